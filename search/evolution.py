"""Evolution: a population, composed from selection, variation and survival."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ..spaces import Space
from .selection import Tournament
from .strategies import Proposal, Strategy
from .survival import Aging, Elitist
from .trials import Trial
from .variation import CrossAndMutate, Mutate, Pick


@dataclass
class Evolution(Strategy):
    """Keeps a population: selects parents, varies them, and decides who survives.

    With `brood` set, generations are synchronous: a brood is asked for, awaited whole, and then enters the population,
    so the trials do not depend on how many workers evaluate them. Without it every result enters at once.
    """

    population: int
    select: Callable[[Sequence[Trial], Random], Trial]
    vary: Callable[[Space, Pick, Random], Any]
    keep: Callable[[Sequence[Trial], Sequence[Trial], int], list[Trial]]
    brood: int | None = None

    def __post_init__(self) -> None:
        if self.population < 1 or (self.brood is not None and self.brood < 1):
            raise ValueError(f"a population of {self.population} and a brood of {self.brood} must be at least 1")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space, self.rng = space, rng
        self.members: list[Trial] = []
        self.asked = 0
        self.generation = self.asked_in_generation = 0
        self.arrived: list[Trial] = []
        self.awaited: int = 0

    def ask(self, n: int) -> Sequence[Proposal]:
        if self.brood is not None:
            n = min(n, self._brood_size() - self.asked_in_generation)
        proposals = [Proposal(self._child(), origin=self.generation) for _ in range(n)]
        self.asked_in_generation += len(proposals)
        return proposals

    def _brood_size(self) -> int:
        assert self.brood is not None
        return self.population if self.generation == 0 else self.brood

    def _child(self) -> Any:
        self.asked += 1
        if not self.members or self.asked <= self.population:
            return self.space.sample(self.rng)
        return self.vary(self.space, lambda: self.select(self.members, self.rng), self.rng)

    def tell(self, trials: Sequence[Trial]) -> None:
        if self.brood is None:
            self.members = self.keep(self.members, [t for t in trials if t.state == "done"], self.population)
            return
        for trial in trials:
            self.arrived.append(trial)
            self.awaited += not trial.foreign and trial.origin == self.generation
        if self.awaited == self._brood_size():
            self._next_generation()

    def _next_generation(self) -> None:
        arrived = sorted((t for t in self.arrived if t.state == "done"), key=lambda trial: trial.number)
        if arrived:
            self.members = self.keep(self.members, arrived, self.population)
        self.generation += 1
        self.arrived, self.awaited, self.asked_in_generation = [], 0, 0


def RegularizedEvolution(population: int = 100, tournament: int | None = None) -> Evolution:  # noqa: N802
    """Aging evolution: the winner of a tournament is mutated once, and the oldest member dies.

    The tournament has a quarter of the population's size where nothing else is said, 25 of 100 as published.

    Source: Real, Aggarwal, Huang, Le, 2019, Regularized Evolution for Image Classifier Architecture Search,
    arXiv:1802.01548.
    """
    size = max(2, population // 4) if tournament is None else tournament
    return Evolution(population, Tournament(size), Mutate(), Aging())


def GeneticAlgorithm(  # noqa: N802
    population: int = 50,
    *,
    tournament: int = 3,
    crossover: float = 0.7,
    mutation: float = 0.5,
    elite: int = 1,
) -> Evolution:
    """A generational genetic algorithm with tournaments, crossover, mutation and elitism.

    Synchronous: the same seed makes the same trials with any number of workers.
    Source: Holland, 1975, Adaptation in Natural and Artificial Systems.
    """
    if not 0 <= elite < max(2, population):
        raise ValueError(f"GeneticAlgorithm(population={population}, elite={elite}): no place is left for children")
    vary = CrossAndMutate(crossover, mutation)
    return Evolution(population, Tournament(tournament), vary, Elitist(elite), brood=max(1, population - elite))
