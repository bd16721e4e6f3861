"""NSGA-III: fronts first, then the reference directions that fewest survivors serve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from ..spaces import Space
from .evolution import Evolution
from .nondominated import Losses, Ranks, bounded, front_ranks, loss_rows
from .nsga2 import distinct, fronts
from .real_variation import VaryReals
from .reference_directions import reference_directions
from .trials import Trial
from .variation import Pick


@dataclass(frozen=True)
class LessViolated:
    """A member drawn evenly; of two drawn, the one with less violation where they differ in it."""

    def __call__(self, population: Sequence[Trial], rng: Random) -> Trial:
        n = len(population)
        first, second = population[int(rng.random() * n)], population[int(rng.random() * n)]
        return second if second.violation < first.violation else first


@dataclass(frozen=True)
class Niches:
    """The best fronts of old and new stay; of the last one, those that serve the least served reference directions.

    Losses are normalised by the ideal point and the intercepts of the plane through the extreme points of the first
    front. Each member serves the direction whose line is nearest. `directions` is how many there may be at most, as
    many as members where it is None. Of equal programs (by key) only the latest trial is kept.
    """

    directions: int | None = None

    def __post_init__(self) -> None:
        if self.directions is not None and self.directions < 1:
            raise ValueError(f"Niches(directions={self.directions}): at least one is needed, or None for one a member")

    def __call__(self, population: Sequence[Trial], arrived: Sequence[Trial], size: int) -> list[Trial]:
        rivals = distinct([*population, *arrived])
        if not rivals:
            return []
        losses = loss_rows(rivals)
        layers = fronts(front_ranks(losses, [trial.violation for trial in rivals]), size)
        sure = np.concatenate(layers[:-1]) if len(layers) > 1 else np.zeros(0, dtype=np.intp)
        last, room = layers[-1], size - len(sure)
        if room < len(last):
            last = self._fill(losses, layers[0], sure, last, size)
        return [rivals[i] for i in (*sure.tolist(), *last.tolist())]

    def _fill(self, losses: Losses, first: Ranks, sure: Ranks, last: Ranks, size: int) -> Ranks:
        """The members of the last front that get the places left after the `sure` ones."""
        staying = np.concatenate([sure, last])
        points = normalised(bounded(losses[staying]), np.arange(len(first)))
        directions = reference_directions(losses.shape[1], self.directions or size)
        niche, distance = nearest_lines(points, directions)
        served = np.bincount(niche[: len(sure)], minlength=len(directions))
        chosen = fill_niches(served, niche[len(sure) :], distance[len(sure) :], size - len(sure))
        return last[chosen]


def normalised(points: Losses, first: Ranks) -> Losses:
    """The points with the ideal point moved to 0 and the nadir point, as the rows `first` show it, to 1."""
    moved = points - points.min(axis=0)
    scaled: Losses = moved / nadir(moved, first)
    return scaled


def nadir(moved: Losses, first: Ranks) -> Losses:
    """The intercepts of the plane through the extreme points; where there is no such plane, the worst of the first
    front, and where that is ideal too, of all points, or 1."""
    front = moved[first]
    extremes = front[np.argmin(achievement(front), axis=1)]
    worst, widest = front.max(axis=0), moved.max(axis=0)
    try:
        plane = np.linalg.solve(extremes, np.ones(len(extremes)))
        with np.errstate(divide="ignore"):
            intercepts = 1.0 / plane
    except np.linalg.LinAlgError:
        intercepts = worst
    if not (np.isfinite(intercepts).all() and (intercepts > 1e-6 * widest).all()):
        intercepts = worst
    intercepts = np.minimum(intercepts, widest)
    fallback: Losses = np.where(widest > 0, widest, 1.0)
    return np.where(intercepts > 1e-6 * fallback, intercepts, fallback)


def achievement(front: Losses) -> Losses:
    """The achievement scalarising function of each point (column) along each axis (row): its greatest weighted loss.

    The least one marks the extreme point of an axis: the one that is nearest to it.
    """
    weights = np.where(np.eye(front.shape[1]) > 0, 1.0, 1e6)
    found: Losses = (front[None, :, :] * weights[:, None, :]).max(axis=2)
    return found


def nearest_lines(points: Losses, directions: Losses) -> tuple[Ranks, Losses]:
    """The direction whose line through the origin is nearest to each point, and the distance to it."""
    units = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    along = points @ units.T
    niche = np.argmin((points**2).sum(axis=1)[:, None] - along**2, axis=1)
    foot = along[np.arange(len(points)), niche][:, None] * units[niche]
    return niche, np.linalg.norm(points - foot, axis=1)


def fill_niches(served: Ranks, niche: Ranks, distance: Losses, room: int) -> Ranks:
    """Which candidates get `room` places, each given to a least served niche that has a candidate, its nearest first.

    Giving the places one after the other is the same as sorting by how often the niche is served before the candidate.
    """
    order = np.lexsort((distance, niche))
    starts = np.searchsorted(niche[order], niche[order], side="left")
    before = served[niche[order]] + np.arange(len(order)) - starts
    return order[np.lexsort((distance[order], before))][:room]


def NSGA3(  # noqa: N802
    population: int = 92,
    *,
    directions: int | None = None,
    vary: Callable[[Space, Pick, Random], Any] | None = None,
) -> Evolution:
    """The non-dominated sorting genetic algorithm III, for three and more objectives.

    Generations are synchronous; old and new compete by fronts, then by the reference directions that they serve.
    `directions` is how many there may be at most, as many as members where it is None.

    Source: Deb, Jain, 2014, An Evolutionary Many-Objective Optimization Algorithm Using Reference-Point-Based
    Nondominated Sorting Approach, Part I, doi:10.1109/TEVC.2013.2281535; Part II for violations. Differs: where the
    paper draws (among equally served directions, among the candidates of a direction) the candidate nearest to its
    line comes first, so survival needs no chance; ideal and extreme points are those of old and new together, not of
    all generations; equal programs are kept once; a pair of parents has one child.
    """
    varied = vary or VaryReals(1.0, crossover_index=30.0, mutation_index=20.0)
    return Evolution(population, LessViolated(), varied, Niches(directions), brood=population)
