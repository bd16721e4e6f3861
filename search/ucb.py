"""UCB1: pull the arm whose loss could still be the lowest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from .bandits import Bandit, LossScale, Pull, check_arms

Floats = NDArray[np.float64]


def lower_bounds(means: Floats, pulls: Floats, exploration: float = 2.0) -> Floats:
    """UCB1's optimistic losses: mean_i - sqrt(exploration ln t / n_i), where t is the sum of all n; one for each arm.

    >>> lower_bounds(np.array([0.5, 0.4]), np.array([1.0, 3.0])).round(3).tolist()
    [-1.165, -0.561]
    """
    bounds: Floats = means - np.sqrt(exploration * math.log(pulls.sum()) / pulls)
    return bounds


@dataclass
class UCB1(Bandit):
    """Pulls every arm once, then the one with the lowest mean_i - sqrt(exploration ln t / n_i).

    Losses are scaled to [0, 1] by the lowest and the highest one so far. A pull whose loss is still awaited counts in
    n_i and t, so that several choices in a row spread.

    Source: P. Auer, N. Cesa-Bianchi, P. Fischer (2002), Finite-time analysis of the multiarmed bandit problem,
    doi:10.1023/A:1013689704352.
    Differs: the scale is learned, the order of the first pulls and of ties is drawn.

    >>> bandit = UCB1()
    >>> bandit.start(2, Random(0))
    >>> for _ in range(100):
    ...     pull = bandit.choose()
    ...     bandit.learn(pull, [1.0, 0.0][pull.arm])
    >>> bandit.pulls.tolist()
    [6.0, 94.0]
    """

    exploration: float = 2.0

    def __post_init__(self) -> None:
        if not self.exploration >= 0:
            raise ValueError(f"UCB1(exploration={self.exploration}): it must not be negative; as published it is 2")

    def start(self, arms: int, rng: Random) -> None:
        check_arms(arms)
        self.order = np.array(rng.sample(range(arms), arms))
        self.fresh = self.order.tolist()
        self.pulls, self.learned, self.sums = np.zeros(arms), np.zeros(arms), np.zeros(arms)
        self.scale = LossScale()

    def choose(self, context: Sequence[float] = ()) -> Pull:
        while self.fresh and self.pulls[self.fresh[-1]]:
            self.fresh.pop()
        arm = self.fresh.pop() if self.fresh else self._most_hopeful()
        self.pulls[arm] += 1
        return Pull(arm)

    def _most_hopeful(self) -> int:
        bounds = lower_bounds(self._scaled_means(), self.pulls, self.exploration)
        return int(self.order[np.argmin(bounds[self.order])])

    def _scaled_means(self) -> Floats:
        """The mean losses on the scale so far; 0 for an arm whose losses are all awaited."""
        learned = self.learned > 0
        means = np.divide(self.sums, self.learned, out=np.zeros_like(self.sums), where=learned)
        scaled: Floats = np.where(learned, (means - self.scale.low) / (self.scale.width or 1.0), 0.0)
        return scaled

    def learn(self, pull: Pull, loss: float, context: Sequence[float] = ()) -> None:
        self.learned[pull.arm] += 1
        self.sums[pull.arm] += self.scale.learn(loss)
        self.pulls[pull.arm] = max(self.pulls[pull.arm], self.learned[pull.arm])  # it may not have chosen this pull
