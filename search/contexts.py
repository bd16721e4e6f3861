"""Bins of contexts: a bandit of its own for every range of a feature."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from .bandits import Bandit, Pull


@dataclass
class BinnedContexts(Bandit):
    """Divides [low, high] into equal bins, each with its own copy of `bandit`; the first feature of the context counts.

    A feature outside the range falls into the nearest bin. Raises `ValueError` for an empty context.

    Source: M. Khodak, E. Chow, M.-F. Balcan, A. Talwalkar (2024), Learning to relax, arXiv:2310.02246.

    >>> from inlay.search.ucb import UCB1
    >>> bandit = BinnedContexts(UCB1(), 0.0, 1.0, bins=4)
    >>> [bandit.bin_of([feature]) for feature in (-3.0, 0.3, 1.0)]
    [0, 1, 3]
    """

    bandit: Bandit
    low: float
    high: float
    bins: int = 5

    def __post_init__(self) -> None:
        if not self.low < self.high or self.bins < 1:
            raise ValueError(
                f"BinnedContexts(low={self.low}, high={self.high}, bins={self.bins}): "
                "it needs low < high and at least one bin"
            )

    def start(self, arms: int, rng: Random) -> None:
        self.learners = [copy.deepcopy(self.bandit) for _ in range(self.bins)]
        for learner in self.learners:
            learner.start(arms, Random(rng.getrandbits(64)))

    def bin_of(self, context: Sequence[float]) -> int:
        """The number of the bin into which a context falls."""
        if not len(context):
            raise ValueError("BinnedContexts needs a context with a number: give the search features")
        place = (context[0] - self.low) / (self.high - self.low) * self.bins
        return int(min(max(place, 0), self.bins - 1))

    def choose(self, context: Sequence[float] = ()) -> Pull:
        return self.learners[self.bin_of(context)].choose(context)

    def learn(self, pull: Pull, loss: float, context: Sequence[float] = ()) -> None:
        self.learners[self.bin_of(context)].learn(pull, loss, context)
