"""Selection: which members of a population become parents."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Any, Protocol, runtime_checkable

from .grades import Grades
from .objectives import Objectives
from .strategies import cannot_act
from .trials import Trial, better, ranked

#: Draws one parent from a population: `select(population, rng)`.
Selection = Callable[[Sequence[Trial], Random], Trial]

#: Draws one parent from the population for which it was made.
DrawParent = Callable[[Random], Trial]


@runtime_checkable
class Prepared(Protocol):
    """A selection that looks at the whole population once, and then draws any number of parents from it."""

    def among(self, population: Sequence[Trial]) -> DrawParent:
        """What draws parents from this population."""


def drawing(select: Selection, population: Sequence[Trial]) -> DrawParent:
    """What draws parents from a population as long as it stays the same."""
    if isinstance(select, Prepared):
        return select.among(population)
    return lambda rng: select(population, rng)


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

    def among(self, population: Sequence[Trial]) -> DrawParent:
        places = _places(population) if all(len(trial.losses) == 1 for trial in population) else None
        if places is None:
            return lambda rng: self(population, rng)
        n, rounds = len(population), range(self.size - 1)

        def draw(rng: Random) -> Trial:
            random = rng.random
            winner = int(random() * n)
            for _ in rounds:
                rival = int(random() * n)
                if places[rival] < places[winner]:
                    winner = rival
            return population[winner]

        return draw


def _places(population: Sequence[Trial]) -> list[int]:
    """For each trial with one loss, how many standings are better than its own."""
    standings = [(trial.violation if trial.violations else 0.0, trial.losses[0]) for trial in population]
    place = {standing: i for i, standing in enumerate(sorted(set(standings)))}
    return [place[standing] for standing in standings]


@dataclass(frozen=True)
class Truncation:
    """A uniform draw among the best share of the population."""

    share: float = 0.2

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"Truncation(share={self.share}): it must lie in (0, 1]")

    def __call__(self, population: Sequence[Trial], rng: Random) -> Trial:
        return self.among(population)(rng)

    def among(self, population: Sequence[Trial]) -> DrawParent:
        best = ranked(population)[: max(1, round(self.share * len(population)))]
        return lambda rng: best[int(rng.random() * len(best))]


@dataclass(frozen=True)
class Ranking:
    """Linear ranking: of n members the i-th worst is drawn with p_i = (2 - s + 2 (s - 1) i / (n - 1)) / n.

    i counts from 0 for the worst to n - 1 for the best. The selection pressure s is how often the best is drawn, for
    once that an average member is.

    Source: Baker, 1985, Adaptive Selection Methods for Genetic Algorithms, ICGA 1.

    >>> [round(share, 3) for share in Ranking(2.0).shares(3)]
    [0.667, 0.333, 0.0]
    """

    pressure: float = 1.5

    def __post_init__(self) -> None:
        if not 1 < self.pressure <= 2:
            raise ValueError(f"Ranking(pressure={self.pressure}): it must lie in (1, 2]; at 1 all would be drawn alike")

    def shares(self, n: int) -> list[float]:
        """The probabilities of n members, from best to worst."""
        s = self.pressure
        return [(2 - s + 2 * (s - 1) * i / (n - 1)) / n for i in range(n - 1, -1, -1)] if n > 1 else [1.0]

    def __call__(self, population: Sequence[Trial], rng: Random) -> Trial:
        return self.among(population)(rng)

    def among(self, population: Sequence[Trial]) -> DrawParent:
        return weighted_draw(ranked(population), self.shares(len(population)))


@dataclass(frozen=True)
class Proportional:
    """The roulette wheel: members are drawn in proportion to how much better than the worst they are.

    The best weighs 1, the worst `floor`, and what lies between by its loss, so that losses of any sign and scale will
    do. Members that violate a constraint are drawn only where no other is there.

    Source: Holland, 1975, Adaptation in Natural and Artificial Systems.
    Differs: fitness is measured from the worst member of the population on, since losses have no natural zero.

    >>> Proportional(floor=0.5).weights([0.0, 0.5, 1.0])
    [1.0, 0.75, 0.5]
    """

    floor: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.floor <= 1:
            raise ValueError(f"Proportional(floor={self.floor}): the weight of the worst must lie in [0, 1]")

    def check(self, space: Any, objectives: Objectives) -> None:
        if len(objectives) > 1:
            raise cannot_act(self, f"it has {len(objectives)} objectives, and one loss must make the proportion",
                             "Tournament, Ranking or Lexicase")  # fmt: skip

    def weights(self, grades: Sequence[float]) -> list[float]:
        """The weights of members by their grades, of which the least is best."""
        low, high = min(grades), max(grades)
        return [1.0 - (1.0 - self.floor) * (grade - low) / (high - low) if high > low else 1.0 for grade in grades]

    def __call__(self, population: Sequence[Trial], rng: Random) -> Trial:
        return self.among(population)(rng)

    def among(self, population: Sequence[Trial]) -> DrawParent:
        grades = Grades()
        for trial in population:
            grades.learn(trial)
        members = [trial for trial in population if trial.violation == 0.0] or list(population)
        return weighted_draw(members, self.weights([grades.grade(trial) for trial in members]))


def weighted_draw(members: Sequence[Trial], weights: Sequence[float]) -> DrawParent:
    """Draws members in proportion to their weights."""
    reached = list(accumulate(weights))
    last = len(members) - 1
    return lambda rng: members[bisect_right(reached, rng.random() * reached[-1], 0, last)]
