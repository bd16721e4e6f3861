"""Rollouts: how the decisions beyond a tree are made, at random or as earlier trials taught."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ..spaces import Space
from ..spaces.addresses import Address
from ..spaces.choosers import Decision, Question, weighted_index
from .grades import Grades
from .progressive_widening import near, near_index
from .tree import Elites, Statistics, key_of
from .tree_policies import Prior, own_weights, shares
from .trials import Trial

#: What a trial decided, in order, by addresses.
Decided = Sequence[tuple[Address, Decision]]


def draw_index(n: int, weights: Sequence[float] | None, rng: Random) -> int:
    """A random index, weighted where the hole says so."""
    if weights is None:
        return int(rng.random() * n) if n < 1 << 40 else rng.randrange(n)
    return weighted_index(weights, rng.random())


class Rollout(ABC):
    """Makes the decisions beyond a tree. A subclass is a dataclass whose fields are its settings; state is made in
    `start`."""

    #: Whether it wants to be told what trials decided.
    learns = False

    def start(self, rng: Random, grades: Grades) -> None:
        """Begin with nothing learned; losses are brought to the scale of `grades`."""
        self.rng, self.grades = rng, grades

    @abstractmethod
    def index(self, address: Any, n: int, hole: Space, weights: Sequence[float] | None) -> int:
        """One of `0 .. n-1`."""

    def real(self, address: Any, low: float, high: float, hole: Space) -> float:
        """A number in `[low, high]`, in the hole's own scale."""
        return low + (high - low) * self.rng.random()

    def learn(self, decided: Decided, trial: Trial) -> None:  # noqa: B027  # most rollouts learn nothing
        """The outcome of a trial with those decisions."""


@dataclass
class RandomRollout(Rollout):
    """Draws every decision as a random member would, with the weights of its hole."""

    def index(self, address: Any, n: int, hole: Space, weights: Sequence[float] | None) -> int:
        if weights is None and n < 1 << 40:
            return int(self.rng.random() * n)
        return draw_index(n, weights, self.rng)


@dataclass
class PriorRollout(Rollout):
    """Draws every decision among at most `widest` options by a prior, others as a random member would."""

    prior: Prior = own_weights
    widest: int = 1024

    def index(self, address: Any, n: int, hole: Space, weights: Sequence[float] | None) -> int:
        if n <= self.widest:
            weights = shares(self.prior, Question(hole, options=n, weights=weights))
        return draw_index(n, weights, self.rng)


@dataclass
class GibbsRollout(Rollout):
    """Draws option i with a chance in proportion to `w_i * exp(-g_i / temperature)`, where g_i is the mean grade of all
    trials that decided so at this address, in the tree or beyond, and w_i the hole's own weight.

    An option never tried counts as the best grade. A number is drawn, with probability `refine`, near one of the best
    at its address; so is an index of a hole with more than `widest` options.

    Source: Finnsson, Bjornsson, 2008, Simulation-Based Approach to General Game Playing, AAAI (move-average sampling).
    Differs: an address stands for the move, so the same option elsewhere is another one; numbers are refined.
    """

    temperature: float = 0.02
    refine: float = 0.8
    widest: int = 64

    learns = True

    def __post_init__(self) -> None:
        if not (0 < self.temperature < math.inf and 0 <= self.refine <= 1 and self.widest >= 1):
            raise ValueError(f"{self}: temperature must be positive, refine a probability and widest at least 1")

    def start(self, rng: Random, grades: Grades) -> None:
        super().start(rng, grades)
        self.seen: dict[Address, dict[Hashable, Statistics]] = {}
        self.elites: dict[Address, Elites] = {}

    def index(self, address: Any, n: int, hole: Space, weights: Sequence[float] | None) -> int:
        if n > self.widest:
            return self._wide_index(address, n, hole, weights)
        seen = self.seen.get(address)
        if seen is None:
            self.seen[address] = {}
            return draw_index(n, weights, self.rng)
        return draw_index(n, self.chances(seen, n, weights), self.rng)

    def chances(self, seen: dict[Hashable, Statistics], n: int, weights: Sequence[float] | None) -> list[float]:
        """The weights of all options, the best of them 1 times its own."""
        grades = [seen[i].mean(self.grades) if i in seen else 0.0 for i in range(n)]
        least, scale = min(grades), -1.0 / self.temperature
        chances = [math.exp((grade - least) * scale) for grade in grades]
        return chances if weights is None else [w * chance for w, chance in zip(weights, chances, strict=True)]

    def _wide_index(self, address: Any, n: int, hole: Space, weights: Sequence[float] | None) -> int:
        known = self.elites.setdefault(address, Elites())
        if known and self.rng.random() < self.refine:
            refined = near_index(known, n, hole, self.rng)
            if refined is not None:
                return refined
        return draw_index(n, weights, self.rng)

    def real(self, address: Any, low: float, high: float, hole: Space) -> float:
        known = self.elites.setdefault(address, Elites())
        if known and self.rng.random() < self.refine:
            return near(known, low, high, self.rng)
        return super().real(address, low, high, hole)

    def learn(self, decided: Decided, trial: Trial) -> None:
        feasible = trial.state == "done" and trial.violation == 0.0
        for address, decision in decided:
            if feasible and address in self.elites:
                self.elites[address].learn(trial.losses[0], decision)
            if address in self.seen and decision.__class__ is int:
                options = self.seen[address]
                key = key_of(decision)
                if key not in options:
                    options[key] = Statistics()
                options[key].add(trial, self.grades)
