"""Mutation rates: how many of a candidate's decisions a mutation changes."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import log, log1p
from random import Random


@dataclass(frozen=True)
class Fixed:
    """Always the same number of decisions.

    >>> Fixed(2)(100, Random(0))
    2
    """

    decisions: int = 1

    def __post_init__(self) -> None:
        if self.decisions < 1:
            raise ValueError(f"Fixed(decisions={self.decisions}): it must be at least 1, else nothing is tried")

    def __call__(self, n: int, rng: Random) -> int:
        return self.decisions


@dataclass(frozen=True)
class StandardRate:
    """Each of n decisions changes with probability `mean / n`: a binomial number, drawn again while it is 0.

    Source: Mühlenbein, 1992, How Genetic Algorithms Really Work, PPSN 2.
    Differs: a mutation that would change nothing is drawn again.

    >>> StandardRate()(100, Random(1))
    1
    """

    mean: float = 1.0

    def __post_init__(self) -> None:
        if not self.mean > 0:
            raise ValueError(f"StandardRate(mean={self.mean}): it must be above 0, else nothing ever changes")

    def __call__(self, n: int, rng: Random) -> int:
        return _binomial_above_zero(n, min(1.0, self.mean / max(1, n)), rng)


@dataclass(frozen=True)
class HeavyTail:
    """A number k of 1 .. n/2 decisions with probability proportional to k^-beta: mostly few, at times very many.

    Source: Doerr, Le, Makhmara, Nguyen, 2017, Fast Genetic Algorithms, GECCO, arXiv:1703.03334.
    Differs: the number itself is drawn, not a rate whose mean it is, so that no mutation changes nothing.

    >>> rng = Random(0)
    >>> [HeavyTail()(64, rng) for _ in range(9)]
    [8, 5, 1, 1, 2, 1, 6, 1, 2]
    """

    beta: float = 1.5

    def __post_init__(self) -> None:
        if not self.beta > 1:
            raise ValueError(f"HeavyTail(beta={self.beta}): the exponent must be above 1; published is 1.5")

    def __call__(self, n: int, rng: Random) -> int:
        reached = _power_law(max(1, n // 2), self.beta)
        return 1 + bisect_right(reached, rng.random() * reached[-1], 0, len(reached) - 1)


#: A power law over more numbers than these is cut: a heavier tail is not worth its table.
_LONGEST = 10_000


@lru_cache(maxsize=256)
def _power_law(n: int, beta: float) -> list[float]:
    return list(accumulate(k**-beta for k in range(1, min(n, _LONGEST) + 1)))


def _binomial_above_zero(n: int, p: float, rng: Random) -> int:
    """A binomial number, given that it is not 0: by the gaps between successes, the first of which lies within n."""
    if p >= 1.0:
        return max(1, n)
    rate = log1p(-p)
    none = (1.0 - p) ** n
    place = int(log(1.0 - rng.random() * (1.0 - none)) / rate)  # of the first success, below n
    k = 0
    while place < n:
        k += 1
        place += 1 + int(log(1.0 - rng.random()) / rate)
    return max(1, k)
