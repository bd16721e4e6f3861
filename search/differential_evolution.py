"""Differential evolution: real vectors that move along the differences between others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..spaces import Space
from .real_vectors import NOWHERE, Brood, Place, RealVectors, Vector, place_of
from .strategies import Proposal, Strategy
from .trials import Trial

Indices = NDArray[np.intp]


class Recombination(Protocol):
    """How children come from a population: the part of `DifferentialEvolution` that differs between variants."""

    def start(self, population: int) -> None:
        """Begin a run; all state is made here."""

    def children(self, members: Vector, order: list[int], generator: np.random.Generator) -> Vector:
        """One child for each member, shape (population, n); `order` has the members' indices from best to worst."""

    def learn(self, replaced: Vector, which: list[int], gains: Sequence[float]) -> None:
        """Which children replaced their parents (those are `replaced`), and by how much the loss fell."""


def others(n: int, k: int, generator: np.random.Generator) -> Indices:
    """`k` distinct indices other than its own for each of `n` members; shape (n, k)."""
    keys = generator.random((n, n))
    np.fill_diagonal(keys, np.inf)
    return np.argsort(keys, axis=1)[:, :k]


def crossed(parents: Vector, mutants: Vector, rate: Vector | float, generator: np.random.Generator) -> Vector:
    """Binomial crossover: every entry from the mutant with probability `rate`, and at least one."""
    n, dimension = parents.shape
    chosen = generator.random((n, dimension)) < rate
    chosen[np.arange(n), generator.integers(dimension, size=n)] = True
    inside = np.where(mutants < 0, parents / 2, np.where(mutants > 1, (1 + parents) / 2, mutants))
    return np.where(chosen, inside, parents)


@dataclass(frozen=True)
class RandOne:
    """rand/1/bin: v = x_r1 + weight (x_r2 - x_r3), then binomial crossover at rate `crossover`."""

    weight: float = 0.7
    crossover: float = 0.9

    def __post_init__(self) -> None:
        _check(self.weight, self.crossover)

    def start(self, population: int) -> None:
        pass

    def children(self, members: Vector, order: list[int], generator: np.random.Generator) -> Vector:
        a, b, c = others(len(members), 3, generator).T
        return crossed(members, members[a] + self.weight * (members[b] - members[c]), self.crossover, generator)

    def learn(self, replaced: Vector, which: list[int], gains: Sequence[float]) -> None:
        pass


@dataclass(frozen=True)
class BestOne:
    """best/1/bin: v = x_best + weight (x_r1 - x_r2), then binomial crossover at rate `crossover`."""

    weight: float = 0.7
    crossover: float = 0.9

    def __post_init__(self) -> None:
        _check(self.weight, self.crossover)

    def start(self, population: int) -> None:
        pass

    def children(self, members: Vector, order: list[int], generator: np.random.Generator) -> Vector:
        a, b = others(len(members), 2, generator).T
        return crossed(members, members[order[0]] + self.weight * (members[a] - members[b]), self.crossover, generator)

    def learn(self, replaced: Vector, which: list[int], gains: Sequence[float]) -> None:
        pass


def _check(weight: float, crossover: float) -> None:
    if not 0 < weight <= 2 or not 0 <= crossover <= 1:
        raise ValueError(f"weight={weight} must lie in (0, 2] and crossover={crossover} in [0, 1]")


@dataclass
class CurrentToPBest:
    """current-to-pbest/1/bin with an archive: v = x + F (x_p - x) + F (x_r1 - x_r2), where x_p is one of the best.

    x_r2 may come from the archive of replaced members. F ~ Cauchy(m_F, 0.1) and the crossover rate ~ Normal(m_CR, 0.1)
    around one of `memory` pairs of means, which follow the settings that lowered the loss, weighted by how much.

    Source: Zhang, Sanderson, 2009, JADE: Adaptive Differential Evolution With Optional External Archive, IEEE TEC 13;
    Tanabe, Fukunaga, 2013, Success-History Based Parameter Adaptation for Differential Evolution, CEC.
    """

    best: float = 0.15
    memory: int = 5

    def __post_init__(self) -> None:
        if not 0 < self.best <= 1 or self.memory < 1:
            raise ValueError(f"best={self.best} must lie in (0, 1] and memory={self.memory} be at least 1")

    def start(self, population: int) -> None:
        self.weights, self.rates = np.full(self.memory, 0.5), np.full(self.memory, 0.7)
        self.archive: list[Vector] = []
        self.slot, self.population = 0, population

    def children(self, members: Vector, order: list[int], generator: np.random.Generator) -> Vector:
        n = len(members)
        self._settings(n, generator)
        top = np.array(order[: max(2, round(self.best * n))])[generator.integers(max(2, round(self.best * n)), size=n)]
        first = others(n, 1, generator)[:, 0]
        pool = np.vstack([members, *self.archive]) if self.archive else members
        second = generator.integers(len(pool), size=n)
        for _ in range(3):  # a draw that meets itself or the first is repeated; more than thrice hardly matters
            clash = (second == first) | (second == np.arange(n))
            second[clash] = generator.integers(len(pool), size=int(clash.sum()))
        weight = self.used_weights[:, None]
        mutants = members + weight * (members[top] - members + members[first] - pool[second])
        self._drop(generator)
        return crossed(members, mutants, self.used_rates[:, None], generator)

    def _settings(self, n: int, generator: np.random.Generator) -> None:
        slots = generator.integers(self.memory, size=n)
        rates = generator.normal(self.rates[slots], 0.1)
        weights = self.weights[slots] + 0.1 * np.tan(np.pi * (generator.random((8, n)) - 0.5))
        positive = np.argmax(weights > 0, axis=0)  # the first positive of eight draws
        self.used_weights = np.clip(weights[positive, np.arange(n)], 0.05, 1.0)
        self.used_rates = np.clip(rates, 0.0, 1.0)

    def _drop(self, generator: np.random.Generator) -> None:
        """Forget archived members at random until the archive is no larger than the population."""
        while len(self.archive) > self.population:
            self.archive.pop(int(generator.integers(len(self.archive))))

    def learn(self, replaced: Vector, which: list[int], gains: Sequence[float]) -> None:
        self.archive.extend(replaced)
        total = sum(gains)
        if total <= 0:
            return
        share = np.array(gains) / total
        weights, rates = self.used_weights[which], self.used_rates[which]
        self.weights[self.slot] = (share @ weights**2) / (share @ weights)  # the Lehmer mean
        self.rates[self.slot] = share @ rates
        self.slot = (self.slot + 1) % self.memory


@dataclass
class DifferentialEvolution(Strategy):
    """A population of real vectors, each replaced by its child where that is not worse; in generations.

    Acts on spaces whose decisions are all real numbers, as shares of each range in the hole's own scale. A child beyond
    a bound lies halfway between its parent and the bound. A foreign trial replaces the worst member that it beats.

    >>> from inlay.search import Problem, Study
    >>> from inlay.spaces import Real, space
    >>> problem = Problem("bowl", space([Real(-5, 5)] * 3), lambda x: sum((u - 1) ** 2 for u in x))
    >>> Study(problem, DifferentialEvolution(12), seed=0).run(trials=900, progress=False).best.score < 1e-4
    True

    Source: Storn, Price, 1997, Differential Evolution, Journal of Global Optimization 11.
    """

    population: int = 20
    recombine: Recombination = RandOne()

    def __post_init__(self) -> None:
        if self.population < 4:
            raise ValueError(
                f"DifferentialEvolution(population={self.population}): it must be at least 4, since a child has a "
                "parent and three others"
            )

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space, self.rng = space, rng
        self.vectors = RealVectors(self, space, objectives)
        self.generator = np.random.Generator(np.random.PCG64(rng.getrandbits(128)))
        self.recombine.start(self.population)
        self.members: Vector = np.empty((self.population, self.vectors.dimension))
        self.places: list[Place] = [NOWHERE] * self.population
        self.foreign: list[Trial] = []
        self.brood: Brood | None = None
        self.serial = 0

    def ask(self, n: int) -> Sequence[Proposal]:
        if n < 1:
            return []
        if self.brood is None:
            self.brood = Brood(self._next_vectors(), self.serial)
        return self.brood.ask(n, self.vectors, self.rng)

    def _next_vectors(self) -> Vector:
        """Children, or in the beginning a Latin hypercube."""
        if self.serial:
            order = sorted(range(self.population), key=self.places.__getitem__)
            return self.recombine.children(self.members, order, self.generator)
        cells = np.tile(np.arange(self.population)[:, None], self.vectors.dimension)
        return (self.generator.permuted(cells, axis=0) + self.generator.random(cells.shape)) / self.population

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            if trial.foreign or self.brood is None:
                self.foreign.append(trial)
            else:
                self.brood.tell(trial)
        if self.brood is not None and not self.brood.awaited:
            self._replace(self.brood)

    def _replace(self, brood: Brood) -> None:
        which = [i for i, place in enumerate(brood.places) if place <= self.places[i] and place != NOWHERE]
        first, self.serial = self.serial == 0, self.serial + self.population
        better = [i for i in which if brood.places[i] < self.places[i]]
        pairs = [(self.places[i], brood.places[i]) for i in better]
        gains = [old[2] - new[2] if old[1] == new[1] else 1.0 for old, new in pairs]
        replaced = self.members[better].copy()
        if first:
            self.members = brood.shares
        else:
            self.recombine.learn(replaced, better, gains)
            self.members[which] = brood.shares[which]
        for i in which:
            self.places[i] = brood.places[i]
        self.brood = None
        self._adopt()

    def _adopt(self) -> None:
        """Let foreign trials replace the worst members that they beat."""
        for trial in sorted(self.foreign, key=lambda trial: trial.number):
            worst = max(range(self.population), key=self.places.__getitem__)
            if (place := place_of(trial)) < self.places[worst]:
                self.members[worst], self.places[worst] = self.vectors.vector(trial.program), place
        self.foreign = []


def SelfAdaptingDifferentialEvolution(  # noqa: N802
    population: int = 20, *, best: float = 0.15, memory: int = 5
) -> DifferentialEvolution:
    """Differential evolution that learns its weights and crossover rates from what has succeeded (SHADE)."""
    return DifferentialEvolution(population, CurrentToPBest(best, memory))
