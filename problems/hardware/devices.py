"""Devices: a machine as a handful of numbers, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from .operators import BYTES, Operator


class UnknownDevice(LookupError):
    """There is no device of this name."""


class UnknownOperator(LookupError):
    """A device does not know what an operator asks of it: its kind, its type of numbers, or its link."""


class Memory(NamedTuple):
    """A level of memory: its capacity in bytes, its bandwidth in bytes per second, and joules for a byte."""

    name: str
    capacity: float
    bandwidth: float
    energy: float = 0.0


class Link(NamedTuple):
    """A way to other devices: seconds until a message begins to arrive, and bytes per second in one direction."""

    latency: float
    bandwidth: float
    energy: float = 0.0


class Error(NamedTuple):
    """How far estimates were from measurements that no calibration saw.

    The mean absolute relative error, Spearman's rank correlation, the share within a factor of two, and how many.
    """

    relative: float
    rank_correlation: float
    within_twice: float
    measurements: int


class Efficiency(NamedTuple):
    """What a kind of operator reaches: seconds before it begins, shares of the peak and of the bandwidth, the error."""

    start: float = 0.0
    compute: float = 1.0
    stream: float = 1.0
    error: Error | None = None


#: What datasheets promise.
PERFECT = Efficiency()


class SystolicArray(NamedTuple):
    """Weight-stationary arrays of rows x columns multiply-add cells, so many units of them, at a clock in hertz."""

    rows: int
    columns: int
    units: int
    clock: float


class ProcessingInMemory(NamedTuple):
    """Multiply-add units at the banks of each memory channel.

    `channels`; `banks` of a channel; bytes of a `page` (the row buffer); seconds to write a page of the vector to all
    banks (`load`), and to compute with a page of every bank (`compute`).
    """

    channels: int
    banks: int
    page: float
    load: float
    compute: float

    @property
    def bandwidth(self) -> float:
        """Bytes per second that all channels read for their units."""
        return self.channels * self.banks * self.page / self.compute


@dataclass(frozen=True)
class Device:
    """A machine: peaks in operations per second by type of number, memories from the nearest to the farthest, links.

    `efficiency` holds what kinds of operators reach, and those of no entry reach `otherwise`; results of matrix
    products are padded to `tile`; a number computed alone uses one of `lanes`. Where `warm`, operands are found in
    the nearest memory that holds all of an operator; elsewhere weights come from the farthest, and so do operands that
    do not fit into the nearest. `energy` is joules per operation by type, `power` watts that are spent anyway. Raises
    `ValueError` for numbers that are not positive and memories in another order.
    """

    name: str
    peak: Mapping[str, float]
    memory: tuple[Memory, ...]
    links: Mapping[str, Link] = field(default_factory=dict)
    efficiency: Mapping[str, Efficiency] = field(default_factory=dict)
    otherwise: Efficiency = PERFECT
    tile: tuple[int, int] = (1, 1)
    lanes: int = 1
    warm: bool = False
    energy: Mapping[str, float] = field(default_factory=dict)
    power: float = 0.0
    array: SystolicArray | None = None
    pim: ProcessingInMemory | None = None
    source: str = ""

    def __post_init__(self) -> None:
        called = f"Device({self.name!r})"
        if not self.memory or not self.peak:
            raise ValueError(f"{called}: give at least one memory and one peak")
        unknown = [dtype for dtype in self.peak if dtype not in BYTES]
        if unknown:
            raise ValueError(f"{called}.peak: {unknown[0]!r} is no type of number; known are {', '.join(BYTES)}")
        numbers = {f"peak[{dtype}]": peak for dtype, peak in self.peak.items()}
        numbers |= {f"memory[{level.name}].capacity": level.capacity for level in self.memory}
        numbers |= {f"memory[{level.name}].bandwidth": level.bandwidth for level in self.memory}
        numbers |= {f"links[{name}].bandwidth": link.bandwidth for name, link in self.links.items()}
        numbers |= {f"efficiency[{kind}].compute": each.compute for kind, each in self.efficiency.items()}
        numbers |= {f"efficiency[{kind}].stream": each.stream for kind, each in self.efficiency.items()}
        for name, number in numbers.items():
            if not number > 0:
                raise ValueError(f"{called}.{name}={number}: it must be positive")
        if list(self.memory) != sorted(self.memory, key=lambda level: level.capacity):
            raise ValueError(f"{called}.memory: name the nearest and smallest first, the farthest and largest last")

    def reaches(self, kind: str) -> Efficiency:
        """What a kind of operator reaches."""
        return self.efficiency.get(kind, self.otherwise)

    def peak_of(self, operator: Operator) -> float:
        """Operations per second for the numbers of an operator; raises `UnknownOperator` for a type it has not."""
        if operator.dtype not in self.peak:
            raise UnknownOperator(
                f"{operator.called}.dtype={operator.dtype!r}: {self.name} computes with {', '.join(self.peak)}"
            )
        return self.peak[operator.dtype]

    def link_of(self, operator: Operator) -> Link:
        """The link that an operator names; raises `UnknownOperator` for one that the device has not."""
        name = getattr(operator, "link", "")
        if name not in self.links:
            known = ", ".join(self.links) or "none"
            raise UnknownOperator(f"{operator.called}.link={name!r}: {self.name} has {known}")
        return self.links[name]

    def with_efficiency(self, **efficiency: Efficiency) -> Device:
        """The device with other efficiencies of these kinds."""
        return replace(self, efficiency={**self.efficiency, **efficiency})
