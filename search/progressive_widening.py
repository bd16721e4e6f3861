"""Progressive widening: how many answers a node with very many may try."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from ..spaces import Space
from ..spaces.choosers import Decision
from ..spaces.ranges import jump


@dataclass(frozen=True)
class ProgressiveWidening:
    """A node visited N times may have `ceil(factor * N ** exponent)` children that are not fully explored.

    Questions with at most `above` answers are not widened: all their answers are tried. With probability `refine` a
    new number is drawn near one of the best so far, and not from the whole range.

    >>> [ProgressiveWidening(factor=1.0, exponent=0.5).limit(visits) for visits in (1, 2, 9, 100)]
    [1, 2, 3, 10]

    Source: Couetoux, Hoock, Sokolovska, Teytaud, Bonnard, 2011, Continuous Upper Confidence Trees, LION 5.
    Differs: children that are fully explored do not count; new numbers may be drawn near good ones.
    """

    factor: float = 1.0
    exponent: float = 0.5
    above: int = 32
    refine: float = 0.5

    def __post_init__(self) -> None:
        if not (0 < self.factor < math.inf and 0 < self.exponent <= 1 and self.above >= 1 and 0 <= self.refine <= 1):
            raise ValueError(
                f"{self}: factor must be positive, exponent in (0, 1], above at least 1 and refine a probability"
            )

    def limit(self, visits: int) -> int:
        """How many children a node with that many visits may have."""
        return math.ceil(self.factor * math.pow(max(1, visits), self.exponent))


def near(elites: Sequence[tuple[float, Decision]], low: float, high: float, rng: Random) -> float:
    """A number near one of the best decisions, by a step of random scale within `[low, high]`."""
    chosen = float(elites[int(rng.random() * len(elites))][1])
    return min(max(jump(chosen, low, high, rng), low), high)


def near_index(elites: Sequence[tuple[float, Decision]], n: int, hole: Space, rng: Random) -> int | None:
    """An index near one of the best, where the hole holds numbers and its indices follow their order."""
    if hole.bounds() is None or n > 1 << 50:
        return None
    return min(max(round(near(elites, -0.5, n - 0.5, rng)), 0), n - 1)
