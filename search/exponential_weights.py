"""Exp3: exponential weights on estimated losses, for rounds that nothing is assumed of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from .bandits import Bandit, LossScale, Pull, check_arms

Floats = NDArray[np.float64]


def exponential_probabilities(estimates: Floats, rate: float) -> Floats:
    """p_i = exp(-rate L_i) / sum_j exp(-rate L_j), for the estimated cumulative losses L of all arms.

    >>> exponential_probabilities(np.array([0.0, math.log(3)]), 1.0).round(2).tolist()
    [0.75, 0.25]
    """
    weights = np.exp(-rate * (estimates - estimates.min()))
    probabilities: Floats = weights / weights.sum()
    return probabilities


def draw_arm(probabilities: Floats, uniform: float) -> Pull:
    """The arm at which the cumulative probabilities pass a uniform draw, with its probability.

    >>> draw_arm(np.array([0.25, 0.0, 0.75]), 0.25)
    Pull(arm=2, probability=0.75)
    """
    sums = np.cumsum(probabilities)
    arm = int(np.searchsorted(sums, uniform * sums[-1], side="right"))
    if arm == len(sums):  # the product was rounded up
        arm = int(np.flatnonzero(probabilities)[-1])
    return Pull(arm, float(probabilities[arm]))


@dataclass
class Exp3(Bandit):
    """Draws an arm with probability p_i proportional to exp(-rate_t L_i), where a pull adds loss / p_i to its L_i.

    rate_t = sqrt(ln k / (t k)) for k arms in round t. Losses are scaled to [0, 1] by the lowest and the highest one
    so far, as they are when they arrive.

    Source: P. Auer, N. Cesa-Bianchi, Y. Freund, R. E. Schapire (2002), The nonstochastic multiarmed bandit problem,
    doi:10.1137/S0097539701398375; S. Bubeck, N. Cesa-Bianchi (2012), arXiv:1204.5721, for the rate and the form
    without uniform exploration.

    >>> bandit = Exp3()
    >>> bandit.start(2, Random(0))
    >>> for _ in range(200):
    ...     pull = bandit.choose()
    ...     bandit.learn(pull, [7.0, 5.0][pull.arm])
    >>> bool(bandit.probabilities()[1] > 0.9)
    True
    """

    rate: float | None = None

    def __post_init__(self) -> None:
        if self.rate is not None and not self.rate > 0:
            raise ValueError(f"Exp3(rate={self.rate}): it must be positive; None lets it fall as published")

    def start(self, arms: int, rng: Random) -> None:
        check_arms(arms)
        self.rng, self.arms = rng, arms
        self.estimates, self.learned = np.zeros(arms), 0
        self.scale = LossScale()

    def probabilities(self) -> Floats:
        """The probability of each arm to be chosen now."""
        rate = math.sqrt(math.log(self.arms) / ((self.learned + 1) * self.arms)) if self.rate is None else self.rate
        return exponential_probabilities(self.estimates, rate)

    def choose(self, context: Sequence[float] = ()) -> Pull:
        return draw_arm(self.probabilities(), self.rng.random())

    def learn(self, pull: Pull, loss: float, context: Sequence[float] = ()) -> None:
        self.learned += 1
        self.estimates[pull.arm] += self.scale.scaled(self.scale.learn(loss)) / pull.probability
