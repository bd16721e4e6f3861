"""Marginals: distributions over the outcomes of one decision, learned from those of chosen members.

Each has `draw(rng)` and `learn(outcomes, rate, floor)`: p <- (1 - rate) p + rate p', then
p <- (1 - floor) p + floor p0, where p' is the maximum likelihood estimate and p0 the distribution in the beginning.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from random import Random

import numpy as np
from numpy.typing import NDArray

from ..spaces.choosers import weighted_index

_LEAST_DEVIATION = 1e-9
_DIGITS = 53  # of a float's fraction


class Categorical:
    """The shares of `n` options.

    >>> coin = Categorical(2)
    >>> coin.learn([1, 1, 1, 0], rate=0.5, floor=0.0)
    >>> coin.shares
    [0.375, 0.625]
    """

    __slots__ = ("first", "reached", "shares")

    def __init__(self, n: int, weights: Sequence[float] | None = None) -> None:
        total = sum(weights) if weights is not None else 1.0
        self.first = [1 / n] * n if weights is None else [weight / total for weight in weights]
        self.put(self.first)

    def put(self, shares: list[float]) -> None:
        """Take these shares, which sum to 1."""
        self.shares, self.reached = shares, list(accumulate(shares))

    def draw(self, rng: Random) -> int:
        reached = self.reached
        return min(bisect_right(reached, rng.random() * reached[-1]), len(reached) - 1)

    def position_among(self, allowed: Sequence[int], rng: Random) -> int:
        """The position in `allowed` of an option drawn among those only."""
        weights = [self.shares[i] for i in allowed]
        return weighted_index(weights, rng.random()) if sum(weights) > 0 else int(rng.random() * len(allowed))

    def learn(self, outcomes: Sequence[int], rate: float, floor: float) -> None:
        keep, each = (1 - floor) * (1 - rate), (1 - floor) * rate / len(outcomes)
        shares = [keep * share + floor * first for share, first in zip(self.shares, self.first, strict=True)]
        for outcome in outcomes:
            shares[outcome] += each
        self.put(shares)


class TruncatedGaussian:
    """A Gaussian on [0, 1], uniform until it has learned; with probability `floor` a draw is uniform still."""

    __slots__ = ("deviation", "floor", "mean")

    def __init__(self) -> None:
        self.mean, self.deviation, self.floor = 0.5, math.sqrt(1 / 12), 1.0

    def draw(self, rng: Random) -> float:
        if self.floor and rng.random() < self.floor:
            return rng.random()
        for _ in range(20):
            share = rng.gauss(self.mean, self.deviation)
            if 0 <= share <= 1:
                return share
        return min(max(self.mean, 0.0), 1.0)

    def learn(self, outcomes: Sequence[float], rate: float, floor: float) -> None:
        mean = sum(outcomes) / len(outcomes)
        deviation = math.sqrt(sum((outcome - mean) ** 2 for outcome in outcomes) / len(outcomes))
        self.mean += rate * (mean - self.mean)
        self.deviation = max(_LEAST_DEVIATION, self.deviation + rate * (deviation - self.deviation))
        self.floor = floor


class DiscreteGaussian:
    """One of `n` numbers in order: the cell of [0, 1] into which a truncated Gaussian falls."""

    __slots__ = ("n", "share")

    def __init__(self, n: int) -> None:
        self.n, self.share = n, TruncatedGaussian()

    def draw(self, rng: Random) -> int:
        share = float(self.share.draw(rng))
        if self.n < 1 << _DIGITS:
            return min(int(share * self.n), self.n - 1)
        cell = min(int(share * 2**_DIGITS), 2**_DIGITS - 1)
        return int(cell * self.n >> _DIGITS) + rng.randrange(self.n >> _DIGITS)

    def learn(self, outcomes: Sequence[int], rate: float, floor: float) -> None:
        self.share.learn([(2 * outcome + 1) / (2 * self.n) for outcome in outcomes], rate, floor)
        self.share.deviation = max(self.share.deviation, 3 / (10 * self.n))  # else it cannot leave its cell


class Bernoullis:
    """The chance of a one at every entry of a mask, with exactly `ones` of them where that is given.

    A fixed number is drawn as the largest of log(p / (1 - p)) + G with Gumbel noise G: uniform while all p are equal.
    """

    __slots__ = ("chances", "first", "ones")

    def __init__(self, n: int, ones: int | None) -> None:
        self.first, self.ones = 0.5 if ones is None else ones / n, ones
        self.chances: NDArray[np.float64] = np.full(n, self.first)

    def draw(self, generator: np.random.Generator) -> NDArray[np.bool_]:
        if self.ones is None:
            return generator.random(len(self.chances)) < self.chances
        p = np.clip(self.chances, 1e-12, 1 - 1e-12)
        keys = np.log(p) - np.log1p(-p) + generator.gumbel(size=len(p))
        bits = np.zeros(len(p), dtype=np.bool_)
        bits[np.argpartition(keys, -self.ones)[-self.ones :]] = True
        return bits

    def learn(self, outcomes: Sequence[NDArray[np.bool_]], rate: float, floor: float) -> None:
        learned = self.chances + rate * (np.mean(outcomes, axis=0) - self.chances)
        self.chances = (1 - floor) * learned + floor * self.first
