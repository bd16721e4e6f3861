"""Collectives: operators by which the members of a group exchange numbers over their links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .operators import Numbers, Operator, Work


@dataclass(frozen=True)
class Collective(Operator):
    """An exchange of a matrix (rows, columns) among `members`, over a link of the device that has a name.

    time = latency messages + bytes sent by a member / bandwidth; nothing is sent in a group of one.
    """

    rows: Numbers
    columns: Numbers
    members: Numbers
    link: str = "intra"
    dtype: str = "fp16"

    @property
    def numbers(self) -> Numbers:
        """Bytes of the matrix."""
        return self.size * self.rows * self.columns

    @property
    def others(self) -> Numbers:
        """The share of a matrix that lies with the other members: (p - 1) / p."""
        share: Numbers = 1.0 - 1.0 / np.asarray(self.members, dtype=float)
        return share

    def exchange(self, share: Numbers, rounds: Numbers = 1.0) -> Work:
        """Sending a share of the matrix; a group of one sends nothing and waits for nothing."""
        alone: Any = np.asarray(self.members) <= 1
        return Work(0.0, 0.0, 0.0, self.numbers, sent=self.numbers * share, messages=np.where(alone, 0.0, rounds))

    def work(self, tile: tuple[int, int] = (1, 1)) -> Work:
        return self.exchange(self.others)

    @property
    def takes(self) -> tuple[Numbers, Numbers]:
        return self.rows, self.columns


@dataclass(frozen=True)
class AllToAll(Collective):
    """Every member sends each other one its part: (p - 1) / p of the matrix are sent."""

    kind = "all_to_all"


@dataclass(frozen=True)
class AllGather(Collective):
    """Every member gets the parts of all: (p - 1) / p of the matrix pass each link."""

    kind = "all_gather"


@dataclass(frozen=True)
class ReduceScatter(Collective):
    """Every member gets its part of the sum: (p - 1) / p of the matrix pass each link."""

    kind = "reduce_scatter"


@dataclass(frozen=True)
class AllReduce(Collective):
    """Every member gets the sum: a reduce-scatter and an all-gather, so 2 (p - 1) / p of the matrix pass each link."""

    kind = "all_reduce"

    def work(self, tile: tuple[int, int] = (1, 1)) -> Work:
        return self.exchange(2.0 * self.others)
