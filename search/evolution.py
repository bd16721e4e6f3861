"""Evolution: a population, composed from selection, variation and survival."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ..spaces import Space
from .changes import Rate
from .crossover import UNIFORM, Crossover
from .mutation_rates import HeavyTail, StandardRate
from .recent import Recent
from .selection import DrawParent, Selection, Tournament, drawing
from .strategies import Proposal, Strategy, as_objectives, check_parts
from .survival import Aging, Comma, Elitist, Plus
from .trials import Trial
from .variation import CrossAndMutate, LearningVariation, Mutate, Noted, Pick

#: How often a child that equals a recent candidate is varied again, where nothing else is said.
RETRIES = 5


@dataclass
class Evolution(Strategy):
    """Keeps a population: selects parents, varies them, and decides who survives.

    With `brood` set, generations are synchronous: a brood is asked for, awaited whole, and then enters the population,
    so the trials do not depend on how many workers evaluate them. Without it every result enters at once.

    A child that equals one of the latest candidates is made anew, from parents drawn anew, up to `retries` times: 5
    where nothing is said, and 0 where evaluations are noisy.

    >>> from inlay.spaces import Mask
    >>> strategy = Evolution(4, Tournament(2), Mutate(), Plus(), brood=6)
    >>> strategy.start(Mask(20), Random(0), {"loss": "minimize"})
    >>> len(strategy.ask(100))
    4
    """

    population: int
    select: Selection
    vary: Callable[[Space, Pick, Random], Any]
    keep: Callable[[Sequence[Trial], Sequence[Trial], int], list[Trial]]
    brood: int | None = None
    retries: int | None = None

    def __post_init__(self) -> None:
        if self.population < 1 or (self.brood is not None and self.brood < 1):
            raise ValueError(f"a population of {self.population} and a brood of {self.brood} must be at least 1")
        if self.retries is not None and self.retries < 0:
            raise ValueError(f"retries={self.retries}: it cannot be negative; 0 leaves equal children as they are")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        check_parts(self, space, objectives)
        self.space, self.rng = space, rng
        self.members: list[Trial] = []
        self.parents: list[Trial] = []
        self.draw_parent: DrawParent | None = None
        self.asked = 0
        self.generation = self.asked_in_generation = 0
        self.arrived: list[Trial] = []
        self.awaited: int = 0
        noisy = as_objectives(objectives).noisy
        self.turns = 1 + (self.retries if self.retries is not None else 0 if noisy else RETRIES)
        self.recent = Recent(space)
        self.names_parents: bool = getattr(self.keep, "by_parents", False)
        self.learner = self.vary if isinstance(self.vary, LearningVariation) else None
        if self.learner is not None:
            self.learner.start(rng)

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self, n: int) -> Sequence[Proposal]:
        if self.brood is not None:
            n = min(n, self._brood_size() - self.asked_in_generation)
        proposals = [self._proposal() for _ in range(n)]
        self.asked_in_generation += len(proposals)
        return proposals

    def _brood_size(self) -> int:
        assert self.brood is not None
        return self.population if self.generation == 0 else self.brood

    def _proposal(self) -> Proposal:
        self.asked += 1
        child = self._new_child()
        if child.__class__ is Noted:
            return Proposal(child.child, self._origin(child.note))
        return Proposal(child, self._origin({}) if self.names_parents else self.generation)

    def _origin(self, note: Mapping[str, Any]) -> dict[str, Any]:
        named = {"parents": sorted({parent.number for parent in self.parents})} if self.names_parents else {}
        return {"generation": self.generation, **named, **note}

    def _new_child(self) -> Any:
        """A child that equals none of the latest candidates, if one is found in time."""
        for turn in range(1, self.turns + 1):
            child = self._child()
            if self.recent.add(child.child if child.__class__ is Noted else child) or turn == self.turns:
                break
            if self.learner is not None and child.__class__ is Noted:
                self.learner.learn(child.note, None)
        return child

    def _child(self) -> Any:
        self.parents.clear()
        if not self.members or self.asked <= self.population:
            return self.space.sample(self.rng)
        return self.vary(self.space, self._pick, self.rng)

    def _pick(self) -> Trial:
        if self.draw_parent is None:
            self.draw_parent = self._drawing()
        parent = self.draw_parent(self.rng)
        self.parents.append(parent)
        return parent

    def _drawing(self) -> DrawParent:
        """What draws parents: prepared where a whole brood comes from the same population."""
        if self.brood is not None:
            return drawing(self.select, self.members)
        return lambda rng: self.select(self.members, rng)

    # -- telling -----------------------------------------------------------------------------------------------------

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            if trial.foreign:
                self.recent.add(trial.program)
        if self.brood is None:
            self._enter(trials)
            return
        for trial in trials:
            self.arrived.append(trial)
            self.awaited += not trial.foreign and self._generation_of(trial) == self.generation
        if self.awaited == self._brood_size():
            self._next_generation()

    def _generation_of(self, trial: Trial) -> Any:
        return trial.origin["generation"] if trial.origin.__class__ is dict else trial.origin

    def _enter(self, trials: Sequence[Trial]) -> None:
        """Learn from trials and let the successful ones compete for a place."""
        if self.learner is not None:
            for trial in trials:
                if not trial.foreign and trial.origin.__class__ is dict:
                    self.learner.learn(trial.origin, trial)
        arrived = [trial for trial in trials if trial.state == "done"]
        if arrived:
            self.members = self.keep(self.members, arrived, self.population)
            self.draw_parent = None

    def _next_generation(self) -> None:
        self._enter(sorted(self.arrived, key=lambda trial: trial.number))
        self.generation += 1
        self.arrived, self.awaited, self.asked_in_generation = [], 0, 0


def RegularizedEvolution(population: int = 100, tournament: int | None = None) -> Evolution:  # noqa: N802
    """Aging evolution: the winner of a tournament is mutated once, and the oldest member dies.

    The tournament has a quarter of the population's size where nothing else is said, 25 of 100 as published.

    Source: Real, Aggarwal, Huang, Le, 2019, Regularized Evolution for Image Classifier Architecture Search,
    arXiv:1802.01548.
    Differs: a child that equals a recent candidate is made anew, a few times, where evaluations are not noisy.
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
    select: Selection | None = None,
    cross: Crossover = UNIFORM,
    times: int | Rate = 1,
) -> Evolution:
    """A generational genetic algorithm with tournaments, crossover, mutation and elitism.

    `select` stands in for the tournament, `cross` says how parents are crossed, `times` how many decisions a mutation
    changes (a number, or a rate such as `HeavyTail()`). Synchronous: the same seed makes the same trials with any
    number of workers.

    Source: Holland, 1975, Adaptation in Natural and Artificial Systems.
    """
    if not 0 <= elite < max(2, population):
        raise ValueError(f"GeneticAlgorithm(population={population}, elite={elite}): no place is left for children")
    vary = CrossAndMutate(crossover, mutation, cross, times)
    brood = max(1, population - elite)
    return Evolution(population, select or Tournament(tournament), vary, Elitist(elite), brood=brood)


def OnePlusLambda(offspring: int = 1, heavy_tail: float | None = 1.5) -> Evolution:  # noqa: N802
    """The (1 + lambda) evolutionary algorithm: the best of a parent and its offspring stays, a new one among equals.

    A mutation changes a number of decisions from a power law with exponent `heavy_tail`, or with None every decision
    with probability 1/n. Synchronous: a brood is awaited whole.

    Source: Doerr, Le, Makhmara, Nguyen, 2017, Fast Genetic Algorithms, GECCO, arXiv:1703.03334.
    """
    return Evolution(1, Tournament(1), Mutate(_rate(heavy_tail)), Plus(), brood=offspring)


def MuCommaLambda(parents: int = 5, offspring: int = 30, heavy_tail: float | None = 1.5) -> Evolution:  # noqa: N802
    """The (mu, lambda) evolutionary algorithm: the best offspring become the parents, and no parent outlives its brood.

    Mutations as in `OnePlusLambda`. Synchronous: a brood is awaited whole.

    Source: Schwefel, 1975, Evolutionsstrategie und numerische Optimierung.
    """
    if offspring < parents:
        raise ValueError(
            f"MuCommaLambda(parents={parents}, offspring={offspring}): there must be at least as many offspring as "
            "parents, who all die"
        )
    return Evolution(parents, Tournament(1), Mutate(_rate(heavy_tail)), Comma(), brood=offspring)


def _rate(heavy_tail: float | None) -> Rate:
    return StandardRate() if heavy_tail is None else HeavyTail(heavy_tail)
