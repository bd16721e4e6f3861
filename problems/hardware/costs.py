"""Costs: time, energy, memory and bytes of operators on a device, for thousands of candidates at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from .collectives import Collective
from .device_table import as_device
from .devices import Device, Efficiency, Memory, UnknownOperator
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


class OperatorCosts(Sequence[OperatorCost]):
    """The cost of each operator, computed when it is asked for, so that estimates of thousands keep no arrays."""

    def __init__(self, operators: Sequence[Operator], device: Device) -> None:
        self.asked, self.device = operators, device

    def __len__(self) -> int:
        return len(self.asked)

    @overload
    def __getitem__(self, place: int) -> OperatorCost: ...
    @overload
    def __getitem__(self, place: slice) -> list[OperatorCost]: ...
    def __getitem__(self, place: int | slice) -> OperatorCost | list[OperatorCost]:
        if isinstance(place, slice):
            return [operator_cost(operator, self.device) for operator in self.asked[place]]
        return operator_cost(self.asked[place], self.device)


@dataclass(frozen=True)
class Cost:
    """What candidates cost, an array (candidates,) of each; operators run one after the other.

    `time` in seconds; `energy` in joules, an order of magnitude only; `memory` in bytes at the peak, all weights and
    the largest operands; `bytes` moved and `flops`, those that fill up tiles among them; `feasible`: whether the
    memory of the device holds it; `bound`: the resource in which most of the time is spent ("compute", the name of a
    memory or of a link, "start");
    `error`: the relative error that the calibration of the kinds measured, weighted by time, and NaN where one of them,
    named in `unmeasured`, was not measured on this device.
    """

    time: Floats
    energy: Floats
    memory: Floats
    bytes: Floats
    flops: Floats
    feasible: NDArray[np.bool_]
    error: Floats
    bound: NDArray[np.str_]
    operators: Sequence[OperatorCost] = ()
    unmeasured: tuple[str, ...] = ()


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
    machine = as_device(device)
    steps = [operators] if isinstance(operators, Operator) else list(operators)
    if not steps:
        raise ValueError("estimate([]): give at least one operator")
    strange = [step for step in steps if not isinstance(step, Operator)]
    if strange:
        raise UnknownOperator(f"{strange[0]!r} is no operator: give Gemm, Attention, ... of inlay.problems.hardware")
    spent = _Spent(machine)
    for step in steps:
        spent.add(step)
    return spent.cost(OperatorCosts(steps, machine))


def operator_cost(operator: Operator, device: Device) -> OperatorCost:
    """What one operator costs."""
    work, reached = operator.work(device.tile), device.reaches(operator.kind)
    moved = traffic(work, device)
    by_resource = _by_resource(operator, work, moved, device)
    joules = work.flops * device.energy.get(operator.dtype, 0.0)
    for level, moved_there in moved:
        joules = joules + moved_there * level.energy
    if isinstance(operator, Collective):
        joules = joules + work.sent * device.link_of(operator).energy
    return OperatorCost(operator, work, reached.start, by_resource, _longest(by_resource), joules)


def _by_resource(
    operator: Operator, work: Work, moved: Sequence[tuple[Memory, Numbers]], device: Device
) -> dict[str, Numbers]:
    """Seconds in each resource."""
    reached, peak = device.reaches(operator.kind), device.peak_of(operator)
    found: dict[str, Numbers] = {}
    if device.array is not None and isinstance(operator, Gemm):
        m, k, n = operator.m, operator.k, operator.n
        found["compute"] = systolic_seconds(m, k, n, operator.count, device.array) / reached.compute
    else:
        lanes = device.lanes if work.scalar else 1
        found["compute"] = work.flops * (lanes / (reached.compute * peak))
    for level, moved_there in moved:
        found[level.name] = moved_there * (1.0 / (reached.stream * level.bandwidth))
    if isinstance(operator, Collective):
        link = device.link_of(operator)
        found[operator.link] = work.messages * link.latency + work.sent / (reached.stream * link.bandwidth)
    return found


def _longest(by_resource: Mapping[str, Numbers]) -> Numbers:
    found, *others = by_resource.values()
    for each in others:
        found = np.maximum(found, each)
    return found


class _Spent:
    """What the operators so far have spent: sums that keep no array of any one operator."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.moved: Numbers = 0.0
        self.stored: Numbers = 0.0
        self.live: Numbers = 0.0
        self.start = 0.0
        self.joules: Numbers = 0.0
        self.unmeasured: dict[str, None] = {}
        # Flops by type of number, bytes by place in the list of memories, seconds by what is reached and by resource.
        self.flops: dict[str, Numbers] = defaultdict(float)
        self.levels: list[Numbers] = [0.0] * len(device.memory)
        self.reached: dict[Efficiency, Numbers] = defaultdict(float)
        self.bound: dict[str, Numbers] = defaultdict(float)

    def add(self, operator: Operator) -> None:
        """One more operator, after the others."""
        work, reached = operator.work(self.device.tile), self.device.reaches(operator.kind)
        moved = traffic(work, self.device)
        by_resource = _by_resource(operator, work, moved, self.device)
        longest = _longest(by_resource)
        self._see(operator, longest)
        self.flops[operator.dtype] = self.flops[operator.dtype] + work.flops
        self.moved = self.moved + work.moved
        self.stored = self.stored + work.stored
        self.live = np.maximum(self.live, work.live)
        self.start += reached.start
        if reached.error is None:
            self.unmeasured[operator.kind] = None
        self.reached[reached] = self.reached[reached] + (longest + reached.start)
        for i, (_, moved_there) in enumerate(moved):
            self.levels[i] = self.levels[i] + moved_there
        if isinstance(operator, Collective):
            self.joules = self.joules + work.sent * self.device.link_of(operator).energy
        self._bind(by_resource, longest)

    def _see(self, operator: Operator, longest: Numbers) -> None:
        """Raises `ValueError` for operators of different numbers of candidates."""
        self.shapes.setdefault(operator.called, np.shape(longest))
        if np.shape(longest) not in ((), self.shapes[operator.called]):
            self.shapes[f"{operator.called} {len(self.shapes)}"] = np.shape(longest)
        if len(set(self.shapes.values())) > 1:
            try:
                np.broadcast_shapes(*self.shapes.values())
            except ValueError:
                raise ValueError(f"operators for different numbers of candidates: {self.shapes}") from None

    def _bind(self, by_resource: Mapping[str, Numbers], longest: Numbers) -> None:
        """Count the time of an operator to the resource that takes it, the last of several."""
        *others, last = by_resource
        rest = longest
        for name in others:
            used = rest * (by_resource[name] >= longest)
            self.bound[name] = self.bound[name] + used
            rest = rest - used
        self.bound[last] = self.bound[last] + rest

    def cost(self, operators: Sequence[OperatorCost]) -> Cost:
        """The cost of all."""
        shape = np.broadcast_shapes(*self.shapes.values()) or (1,)
        filled: Callable[[Numbers], Floats] = lambda numbers: np.zeros(shape) + numbers  # noqa: E731
        time, memory = filled(sum(self.reached.values())), filled(self.stored + self.live)
        joules = self.joules + self.device.power * time
        for dtype, flops in self.flops.items():
            joules = joules + flops * self.device.energy.get(dtype, 0.0)
        for level, moved in zip(self.device.memory, self.levels, strict=True):
            joules = joules + moved * level.energy
        return Cost(
            time=time,
            energy=filled(joules),
            memory=memory,
            bytes=filled(self.moved),
            flops=filled(sum(self.flops.values())),
            feasible=memory <= self.device.memory[-1].capacity,
            error=self._error(time),
            bound=self._bound(shape),
            operators=operators,
            unmeasured=tuple(self.unmeasured),
        )

    def _error(self, time: Floats) -> Floats:
        """The errors of the kinds, weighted by the time that each takes."""
        weighted: Floats = np.zeros_like(time)
        for reached, seconds in self.reached.items():
            weighted += seconds * (np.nan if reached.error is None else reached.error.relative)
        return weighted / time

    def _bound(self, shape: tuple[int, ...]) -> NDArray[np.str_]:
        names, seconds = ["start", *self.bound], [self.start, *self.bound.values()]
        most, bound = np.zeros(shape) + seconds[0], np.zeros(shape, dtype=int)
        for i, each in enumerate(seconds[1:], 1):
            bound[np.broadcast_to(each > most, shape)] = i
            most = np.maximum(most, each)
        found: NDArray[np.str_] = np.array(names)[bound]
        return found


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
