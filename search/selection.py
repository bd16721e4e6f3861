"""Selection: which members of a population become parents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from .trials import Trial, better, ranked


@dataclass(frozen=True)
class Tournament:
    """The best of `size` members drawn with replacement; with several objectives, one that none of the others beats."""

    size: int = 2

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"Tournament(size={self.size}): it must be at least 1")

    def __call__(self, population: Sequence[Trial], rng: Random) -> Trial:
        n, random = len(population), rng.random
        winner = population[int(random() * n)]
        for _ in range(self.size - 1):
            rival = population[int(random() * n)]
            if better(rival, winner):
                winner = rival
        return winner


@dataclass(frozen=True)
class Truncation:
    """A uniform draw among the best share of the population."""

    share: float = 0.2

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"Truncation(share={self.share}): it must lie in (0, 1]")

    def __call__(self, population: Sequence[Trial], rng: Random) -> Trial:
        best = ranked(population)[: max(1, round(self.share * len(population)))]
        return best[int(rng.random() * len(best))]
