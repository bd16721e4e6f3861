"""Double tournaments: parents that are good, and then small, drawn many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .many_parents import PickMany
from .nondominated import front_ranks
from .selection import DrawParent
from .trials import Trial

#: The objective that counts as size where a problem has it.
COMPLEXITY = "complexity"


@dataclass(frozen=True)
class DoubleTournament:
    """Two winners of tournaments of `size` members by their losses meet; the smaller one wins with p = parsimony / 2.

    A parsimony of 1 is blind to sizes, and then one tournament does; 2 always takes the smaller. The size of a member
    is its objective "complexity" where there is one, which then is none of the losses, else what `complexity` says.
    Members are drawn with replacement; violations come before losses.

    Source: Luke, Panait, 2002, Fighting Bloat with Nonparametric Parsimony Pressure, PPSN VII,
    doi:10.1007/3-540-45712-7_40.

    >>> members = [Trial(number, "x" * number) for number in (2, 5)]
    >>> for trial in members:
    ...     trial.state, trial.losses, trial.objectives = "done", (1.0,), {"loss": 1.0}
    >>> [trial.number for trial in DoubleTournament(2, parsimony=2.0).many_among(members, Random(0))(5)]
    [2, 5, 2, 2, 2]
    """

    size: int = 3
    parsimony: float = 1.2

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"DoubleTournament(size={self.size}): a tournament has at least 1 member")
        if not 1 <= self.parsimony <= 2:
            raise ValueError(f"DoubleTournament(parsimony={self.parsimony}): it must lie in [1, 2]")

    def __call__(self, population: Sequence[Trial], rng: Random) -> Trial:
        return self.many_among(population, rng)(1)[0]

    def among(self, population: Sequence[Trial]) -> DrawParent:
        return lambda rng: self(population, rng)

    def many_among(self, population: Sequence[Trial], rng: Random) -> PickMany:
        places, generator = places_of(population), np.random.Generator(np.random.PCG64(rng.getrandbits(128)))
        sizes = np.array([complexity(trial) for trial in population])

        def pick(n: int) -> list[Trial]:
            winners = self._winners(places, n, generator)
            if self.parsimony > 1:
                rivals = self._winners(places, n, generator)
                smaller = np.where(sizes[rivals] < sizes[winners], rivals, winners)
                larger = np.where(sizes[rivals] < sizes[winners], winners, rivals)
                winners = np.where(generator.random(n) < self.parsimony / 2, smaller, larger)
            return [population[i] for i in winners.tolist()]

        return pick

    def _winners(self, places: NDArray[np.intp], n: int, generator: np.random.Generator) -> NDArray[np.intp]:
        """The winners of `n` tournaments, by their numbers."""
        drawn = generator.integers(len(places), size=(n, self.size))
        best = places[drawn].argmin(axis=1)
        winners: NDArray[np.intp] = drawn[np.arange(n), best]
        return winners


def places_of(population: Sequence[Trial]) -> NDArray[np.intp]:
    """The place of each trial, 0 for the best: by violation, then by the fronts of its losses without complexity."""
    losses = main_losses(population)
    return front_ranks(losses, [trial.violation for trial in population])


def main_losses(population: Sequence[Trial]) -> NDArray[np.float64]:
    """The losses of trials that are done, a row each, without that of their complexity unless it is the only one."""
    losses = np.array([trial.losses for trial in population], dtype=np.float64)
    columns = [i for i, name in enumerate(population[0].objectives) if name != COMPLEXITY]
    return losses[:, columns] if 0 < len(columns) < losses.shape[1] else losses


def complexity(trial: Trial) -> float:
    """The objective of that name, else how many nodes or items the program has, else 0.

    >>> complexity(Trial(0, "abc")), complexity(Trial(0, 3.5))
    (3.0, 0.0)
    """
    if COMPLEXITY in trial.objectives:
        return float(trial.objectives[COMPLEXITY])
    return _nodes(trial.program)


def _nodes(program: Any) -> float:
    size = getattr(program, "size", None)
    if isinstance(size, int):
        return float(size)
    return float(len(program)) if hasattr(program, "__len__") else 0.0
