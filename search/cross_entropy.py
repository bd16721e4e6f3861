"""The cross-entropy method: a product distribution over decisions, refitted to the elite of every generation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ..spaces import Space
from .decision_distributions import DecisionDistribution
from .distribution_search import DistributionSearch
from .trials import Trial


@dataclass
class Marginals:
    """A product of marginals, one for each decision: p <- (1 - smoothing) p + smoothing p'.

    `floor` is the share of the first distribution that every marginal keeps, so that no option dies.
    """

    smoothing: float = 0.7
    floor: float = 0.01

    def __post_init__(self) -> None:
        if not 0 < self.smoothing <= 1:
            raise ValueError(f"a smoothing (or rate) of {self.smoothing} must lie in (0, 1]: at 0 nothing is learned")
        if not 0 <= self.floor < 1:
            raise ValueError(f"floor={self.floor}: it must lie in [0, 1), since at 1 nothing is learned")

    def start(self, space: Space, rng: Random) -> None:
        self.space, self.distribution = space, DecisionDistribution(rng, self.floor)

    def draw(self) -> Any:
        return self.distribution.draw(self.space)

    def learn(self, selected: Sequence[Trial]) -> None:
        observed = [self.distribution.observe(self.space, trial.program) for trial in selected]
        self.distribution.learn(observed, self.smoothing)


def CrossEntropy(  # noqa: N802
    population: int = 100,
    *,
    elite: float = 0.1,
    smoothing: float = 0.7,
    floor: float = 0.01,
    keep: int = 0,
) -> DistributionSearch:
    """The cross-entropy method on any space: v <- smoothing v' + (1 - smoothing) v with v' fitted to the elite.

    >>> from inlay.search import Problem, Study
    >>> from inlay.spaces import Choice, space
    >>> bits = space({f"x{i}": Choice(0, 1) for i in range(12)})
    >>> problem = Problem("ones", bits, lambda value: -sum(value.values()))
    >>> Study(problem, CrossEntropy(30, elite=0.2), seed=0).run(trials=300, progress=False).best.score
    -12.0

    Source: de Boer, Kroese, Mannor, Rubinstein, 2005, A Tutorial on the Cross-Entropy Method, Annals of Operations
    Research 134. Differs: a floor under every option, and `keep` trials of earlier generations compete again.
    """
    return DistributionSearch(Marginals(smoothing, floor), population, elite, keep)
