"""Search by a distribution over the space, learned from the best of every generation drawn from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from ..spaces import Space
from .strategies import Proposal, Strategy
from .trials import Trial, ranked


class Model(Protocol):
    """A distribution over the members of a space: the part of `DistributionSearch` that differs between methods."""

    def start(self, space: Space, rng: Random) -> None:
        """Begin with what a random draw would be; all state is made here."""

    def draw(self) -> Any:
        """A member."""

    def learn(self, selected: Sequence[Trial]) -> None:
        """Move towards successful trials, given from best to worst."""


@dataclass
class DistributionSearch(Strategy):
    """Draws a generation from a model, awaits it whole, and lets the model learn from its best share.

    `elite` is the share of a generation that is selected. The best `keep` trials of earlier generations compete again.
    Foreign trials enter the generation in which they are told; failed ones are never selected.
    """

    model: Model
    population: int = 100
    elite: float = 0.1
    keep: int = 0

    def __post_init__(self) -> None:
        if self.population < 2:
            raise ValueError(f"a population of {self.population} must be at least 2")
        if not 0 < self.elite <= 1:
            raise ValueError(f"elite={self.elite}: the selected share must lie in (0, 1]")
        if self.keep < 0:
            raise ValueError(f"keep={self.keep}: the number of trials kept must be at least 0")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space = space
        self.model.start(space, rng)
        self.generation = self.asked = self.awaited = 0
        self.arrived: list[Trial] = []

    def ask(self, n: int) -> Sequence[Proposal]:
        proposals = [Proposal(self.model.draw(), self.generation) for _ in range(min(n, self.population - self.asked))]
        self.asked += len(proposals)
        return proposals

    def tell(self, trials: Sequence[Trial]) -> None:
        self.arrived += [trial for trial in trials if trial.state == "done"]
        self.awaited += sum(not trial.foreign for trial in trials)
        if self.awaited >= self.population:
            self._next_generation()

    def _next_generation(self) -> None:
        best = ranked(self.arrived)
        if best:
            self.model.learn(best[: max(1, round(self.elite * self.population))])
        self.arrived = best[: self.keep]
        self.generation += 1
        self.asked = self.awaited = 0
