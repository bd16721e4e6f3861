"""Costs: time, energy, memory and bytes of operators on a device, for thousands of candidates at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .device_table import device as named_device
from .devices import Device, Memory, UnknownOperator
from .operators import Gemm, Numbers, Operator, Work
from .systolic import systolic_seconds

Floats = NDArray[np.float64]


class OperatorCost(NamedTuple):
    """What one operator costs: its start, seconds by resource of which the longest counts, and the energy."""

    operator: Operator
    work: Work
    start: float
    by_resource: dict[str, Numbers]
    longest: Numbers
    joules: Numbers

    @property
    def seconds(self) -> Numbers:
        """The time from start to end."""
        return self.start + self.longest


@dataclass(frozen=True)
class Cost:
    """What candidates cost, an array (candidates,) of each; operators run one after the other.

    `time` in seconds; `energy` in joules, an order of magnitude only; `memory` in bytes at the peak, all weights and
    the largest operands; `bytes` moved and `flops`; `feasible`: whether the memory of the device holds it;
    `bound`: the resource in which most of the time is spent ("compute", the name of a memory or of a link, "start");
    `error`: the relative error that the calibration of the kinds measured, weighted by time, NaN without calibration.
    """

    time: Floats
    energy: Floats
    memory: Floats
    bytes: Floats
    flops: Floats
    feasible: NDArray[np.bool_]
    error: Floats
    bound: NDArray[np.str_]
    operators: tuple[OperatorCost, ...] = ()


def estimate(operators: Operator | Iterable[Operator], device: Device | str) -> Cost:
    """The cost of operators, one after the other, on a device or the one of that name in the table.

    time = sum of start + max(flops / (compute peak), bytes / (stream bandwidth), messages latency + sent / bandwidth).
    Sizes that are arrays (candidates,) give arrays. Raises `UnknownDevice`; `UnknownOperator` for an operator that the
    device does not know, naming it and the field; `ValueError` for different numbers of candidates.

    >>> from .device_table import datasheet
    >>> cost = estimate([Gemm(m=np.array([1, 4096]), k=4096, n=4096)], datasheet("a100-80g"))
    >>> cost.bound.tolist(), (cost.time * 1e6).round(1).tolist()
    (['hbm', 'compute'], [16.5, 440.5])

    Source: Williams, Waterman, Patterson, 2009, Roofline, doi:10.1145/1498765.1498785.
    """
    machine = named_device(device) if isinstance(device, str) else device
    steps = [operators] if isinstance(operators, Operator) else list(operators)
    if not steps:
        raise ValueError("estimate([]): give at least one operator")
    strange = [step for step in steps if not isinstance(step, Operator)]
    if strange:
        raise UnknownOperator(f"{strange[0]!r} is no operator: give Gemm, Attention, ... of inlay.problems.hardware")
    parts = [operator_cost(step, machine) for step in steps]
    shape = _candidates(parts)
    time = total([part.seconds for part in parts], shape)
    memory = total([part.work.stored for part in parts], shape) + largest([part.work.live for part in parts], shape)
    return Cost(
        time=time,
        energy=total([part.joules for part in parts], shape) + machine.power * time,
        memory=memory,
        bytes=total([part.work.moved for part in parts], shape),
        flops=total([part.work.flops for part in parts], shape),
        feasible=memory <= machine.memory[-1].capacity,
        error=_error(parts, machine, shape),
        bound=_bound(parts, shape),
        operators=tuple(parts),
    )


def operator_cost(operator: Operator, device: Device) -> OperatorCost:
    """What one operator costs."""
    work, reached = operator.work(device.tile), device.reaches(operator.kind)
    by_resource: dict[str, Numbers] = {}
    peak = device.peak_of(operator)
    if device.array is not None and isinstance(operator, Gemm):
        m, k, n = operator.m, operator.k, operator.n
        by_resource["compute"] = systolic_seconds(m, k, n, operator.count, device.array) / reached.compute
    else:
        lanes = device.lanes if work.scalar else 1
        by_resource["compute"] = work.flops * (lanes / (reached.compute * peak))
    joules = work.flops * device.energy.get(operator.dtype, 0.0)
    for level, moved in traffic(work, device):
        by_resource[level.name] = moved / (reached.stream * level.bandwidth)
        joules = joules + moved * level.energy
    if hasattr(operator, "link"):
        link = device.link_of(operator)
        by_resource[operator.link] = work.messages * link.latency + work.sent / (reached.stream * link.bandwidth)
        joules = joules + work.sent * link.energy
    return OperatorCost(operator, work, reached.start, by_resource, _longest([*by_resource.values()]), joules)


def traffic(work: Work, device: Device) -> list[tuple[Memory, Numbers]]:
    """Bytes that come from each memory.

    On a warm device all that an operator needs is in the nearest memory that holds it. Elsewhere weights come from the
    farthest, and operands from the nearest where they fit.
    """
    if len(device.memory) == 1:
        return [(device.memory[0], work.moved)]
    levels: list[tuple[Memory, Numbers]] = []
    if device.warm:
        needed = np.asarray(work.stored + work.live)
        reached: NDArray[np.bool_] = np.zeros(needed.shape, dtype=bool)
        for level in device.memory:
            here = ~reached & ((needed <= level.capacity) if level is not device.memory[-1] else ~reached)
            levels.append((level, np.where(here, work.moved, 0.0)))
            reached = reached | here
        return levels
    near, far = device.memory[0], device.memory[-1]
    fits = np.asarray(work.live) <= near.capacity
    return [(near, work.moved), (far, np.where(fits, np.minimum(work.stored, work.moved), work.moved))]


def _candidates(parts: Sequence[OperatorCost]) -> tuple[int, ...]:
    shapes = {part.operator.called: np.shape(part.seconds) for part in parts}
    try:
        shape = np.broadcast_shapes(*[np.shape(part.seconds) for part in parts])
    except ValueError:
        raise ValueError(f"operators for different numbers of candidates: {shapes}") from None
    return shape or (1,)


def total(numbers: Iterable[Numbers], shape: tuple[int, ...]) -> Floats:
    """The sum for each candidate."""
    found = np.zeros(shape)
    for each in numbers:
        found += each
    return found


def largest(numbers: Iterable[Numbers], shape: tuple[int, ...]) -> Floats:
    """The largest for each candidate."""
    found = np.zeros(shape)
    for each in numbers:
        np.maximum(found, each, out=found)
    return found


def _longest(seconds: Sequence[Numbers]) -> Numbers:
    found = seconds[0]
    for each in seconds[1:]:
        found = np.maximum(found, each)
    return found


def _error(parts: Sequence[OperatorCost], device: Device, shape: tuple[int, ...]) -> Floats:
    """The errors of the kinds, weighted by the time that each takes."""
    known = [(part, device.reaches(part.operator.kind).error) for part in parts]
    if any(error is None for _, error in known):
        return np.full(shape, np.nan)
    weighted = total([part.seconds * error.relative for part, error in known if error is not None], shape)
    found: Floats = weighted / total([part.seconds for part in parts], shape)
    return found


def _bound(parts: Sequence[OperatorCost], shape: tuple[int, ...]) -> NDArray[np.str_]:
    """The resource in which most of the time is spent: of each operator, its start and its longest resource."""
    spent = {"start": np.full(shape, sum(part.start for part in parts))}
    for part in parts:
        for name, seconds in part.by_resource.items():
            used = np.where(np.asarray(seconds) >= part.longest, seconds, 0.0)
            spent[name] = spent.get(name, np.zeros(shape)) + used
    names = np.array(list(spent))
    bound: NDArray[np.str_] = names[np.argmax(np.stack(list(spent.values())), axis=0)]
    return bound
