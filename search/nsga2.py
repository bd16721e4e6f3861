"""NSGA-II: fronts first, then room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from ..spaces import Space
from .evolution import Evolution
from .nondominated import Ranks, crowding_distance, front_ranks, loss_rows
from .real_variation import VaryReals
from .trials import Trial
from .variation import Pick


@dataclass(frozen=True)
class OrderTournament:
    """The foremost of `size` members drawn with replacement, for a population that survival has put in order."""

    size: int = 2

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"OrderTournament(size={self.size}): it must be at least 1")

    def __call__(self, population: Sequence[Trial], rng: Random) -> Trial:
        n, random = len(population), rng.random
        return population[int(min([random() for _ in range(self.size)]) * n)]


@dataclass(frozen=True)
class CrowdedFronts:
    """The best fronts of old and new stay, of the last one those with the most room; the best come first.

    Of equal programs (by key) only the latest trial is kept. Less violation comes before any loss.
    """

    def __call__(self, population: Sequence[Trial], arrived: Sequence[Trial], size: int) -> list[Trial]:
        rivals = distinct([*population, *arrived])
        if not rivals:
            return []
        losses = loss_rows(rivals)
        order: list[int] = []
        for front in fronts(front_ranks(losses, [trial.violation for trial in rivals]), size):
            room = crowding_distance(losses[front])
            order += front[np.argsort(-room, kind="stable")].tolist()
        return [rivals[i] for i in order[:size]]


def distinct(trials: Iterable[Trial]) -> list[Trial]:
    """The latest trial of every key, in the order in which the keys first came."""
    return list({(None, t.number) if t.key is None else t.key: t for t in trials}.values())


def fronts(ranks: Ranks, size: int) -> list[Ranks]:
    """The members of each front, the first fronts that together hold at least `size` members, or all."""
    order = np.argsort(ranks, kind="stable")
    ends = np.searchsorted(ranks[order], np.arange(ranks.max() + 1), side="right")
    last = min(int(np.searchsorted(ends, size)), len(ends) - 1)
    return np.split(order[: ends[last]], ends[:last])


def NSGA2(  # noqa: N802
    population: int = 100, vary: Callable[[Space, Pick, Random], Any] | None = None
) -> Evolution:
    """The non-dominated sorting genetic algorithm II, for several objectives.

    Generations are synchronous; parents win binary tournaments by front, then by crowding distance; old and new
    compete. Reals are varied by simulated binary crossover and polynomial mutation, the rest by the space's own moves.

    Source: Deb, Pratap, Agarwal, Meyarivan, 2002, A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II,
    doi:10.1109/4235.996017. Differs: equal programs are kept once; a pair of parents has one child; equally crowded
    members of a front are preferred in a fixed order instead of by chance.
    """
    return Evolution(population, OrderTournament(), vary or VaryReals(), CrowdedFronts(), brood=population)
