"""Non-dominated sorting: fronts, and how crowded their members are; losses are rows of an array, to be minimised."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .trials import Trial

Losses = NDArray[np.float64]
Ranks = NDArray[np.intp]


def loss_rows(trials: Sequence[Trial]) -> Losses:
    """The losses of trials that are done, a row each."""
    return np.array([trial.losses for trial in trials], dtype=np.float64)


def nondominated(losses: ArrayLike) -> NDArray[np.bool_]:
    """Which rows no other row dominates; of equal rows all are.

    >>> nondominated([[1, 3], [2, 2], [2, 3]]).tolist()
    [True, True, False]
    """
    rows = np.asarray(losses, dtype=np.float64)
    if len(rows) == 0:
        return np.zeros(0, dtype=np.bool_)
    order = np.lexsort(rows.T[::-1])  # whatever dominates a row comes before it
    kept = _first_front_of_two(rows[order]) if rows.shape[1] == 2 else _first_front(rows[order])
    found = np.zeros(len(rows), dtype=np.bool_)
    found[order] = kept
    return found


def _first_front_of_two(rows: Losses) -> NDArray[np.bool_]:
    """Of lexicographically sorted pairs: those below all second losses before, and their equals."""
    second = rows[:, 1]
    least_before = np.concatenate(([np.inf], np.minimum.accumulate(second)[:-1]))
    fresh = second < least_before
    fresh[0] = True
    leader = np.maximum.accumulate(np.where(fresh, np.arange(len(rows)), 0))
    kept: NDArray[np.bool_] = np.all(rows == rows[leader], axis=1)
    return kept


def _first_front(rows: Losses, block: int = 256) -> NDArray[np.bool_]:
    """Of lexicographically sorted rows, block after block: those that no row of the front so far or the block beats."""
    kept = np.zeros(len(rows), dtype=np.bool_)
    for start in range(0, len(rows), block):
        fresh = rows[start : start + block]
        front = rows[:start][kept[:start]]
        beaten = dominance(front, fresh).any(axis=0) | dominance(fresh, fresh).any(axis=0)
        kept[start : start + block] = ~beaten
    return kept


def dominance(rows: Losses, others: Losses) -> NDArray[np.bool_]:
    """Whether row i dominates other row j, at [i, j]."""
    nowhere_worse = np.ones((len(rows), len(others)), dtype=np.bool_)
    somewhere_better = np.zeros_like(nowhere_worse)
    for mine, theirs in zip(rows.T, others.T, strict=True):
        nowhere_worse &= mine[:, None] <= theirs
        somewhere_better |= mine[:, None] < theirs
    return nowhere_worse & somewhere_better


def front_ranks(losses: ArrayLike, violations: ArrayLike | None = None) -> Ranks:
    """The front of each row, 0 for the one that nothing dominates; less violation comes before any loss.

    >>> front_ranks([[1, 3], [2, 2], [2, 3]]).tolist()
    [0, 0, 1]
    >>> front_ranks([[1, 3], [2, 2], [2, 3]], violations=[1, 0, 0]).tolist()
    [2, 0, 1]

    Source: Deb, Pratap, Agarwal, Meyarivan, 2002, A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II,
    doi:10.1109/4235.996017 (the ranks and the constraint-domination).
    """
    rows = np.asarray(losses, dtype=np.float64)
    if violations is None or not len(rows):
        return _ranks(rows)
    levels, level = np.unique(np.asarray(violations, dtype=np.float64), return_inverse=True)
    if len(levels) == 1:
        return _ranks(rows)
    ranks, taken = np.zeros(len(rows), dtype=np.intp), 0
    for i in range(len(levels)):
        inside = np.flatnonzero(level == i)
        ranks[inside] = taken + _ranks(rows[inside])
        taken = int(ranks[inside].max()) + 1
    return ranks


def _ranks(rows: Losses) -> Ranks:
    if len(rows) <= 1:
        return np.zeros(len(rows), dtype=np.intp)
    if rows.shape[1] == 1:
        return np.unique(rows[:, 0], return_inverse=True)[1].reshape(-1).astype(np.intp)
    return _ranks_of_two(rows) if rows.shape[1] == 2 else _ranks_of_many(rows)


def _ranks_of_two(rows: Losses) -> Ranks:
    """A sweep over the first loss: a pair belongs to the first front whose last second loss is greater than its own.

    The fronts' last second losses ascend, so a bisection finds it: O(n log n).
    """
    order = np.lexsort(rows.T[::-1])
    pairs: list[list[float]] = rows[order].tolist()
    lasts: list[float] = []
    found, rank, before = [], 0, [float("nan")] * 2
    for pair in pairs:
        if pair != before:  # equal pairs share a front
            before, low = pair, pair[1]
            rank = bisect_right(lasts, low)
            lasts[rank : rank + 1] = [low]
        found.append(rank)
    ranks = np.empty(len(rows), dtype=np.intp)
    ranks[order] = found
    return ranks


def _ranks_of_many(rows: Losses) -> Ranks:
    """All pairs at once, then front after front is peeled off: O(objectives · n²)."""
    dominating = dominance(rows, rows)
    above = dominating.sum(axis=0)
    ranks, rank = np.zeros(len(rows), dtype=np.intp), 0
    front = np.flatnonzero(above == 0)
    while len(front):
        ranks[front] = rank
        above[front] = -1
        above -= dominating[front].sum(axis=0)
        front, rank = np.flatnonzero(above == 0), rank + 1
    return ranks


def bounded(losses: Losses) -> Losses:
    """The losses with infinite ones replaced by numbers a range beyond the finite ones of their column."""
    if np.isfinite(losses).all():
        return losses
    out = losses.copy()
    for column in out.T:
        finite = column[np.isfinite(column)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
        beyond = min(high - low, 1e300) or 1.0
        column[column == np.inf] = high + beyond
        column[column == -np.inf] = low - beyond
    return out


def crowding_distance(losses: ArrayLike) -> Losses:
    """How much room each member of a front has: the sum over objectives of the gap between its two neighbours.

        distance_i = Σ_m (f_m[next] - f_m[previous]) / (max f_m - min f_m),   infinite at the ends of any objective

    An objective that is the same for all adds nothing.

    >>> crowding_distance([[0, 4], [1, 2], [4, 0]]).tolist()
    [inf, 2.0, inf]

    Source: Deb, Pratap, Agarwal, Meyarivan, 2002, doi:10.1109/4235.996017.
    """
    rows = bounded(np.asarray(losses, dtype=np.float64))
    distance = np.zeros(len(rows))
    for column in rows.T:
        order = np.argsort(column, kind="stable")
        ordered = column[order]
        width = ordered[-1] - ordered[0]
        if width > 0:
            distance[order[1:-1]] += (ordered[2:] - ordered[:-2]) / width
            distance[order[[0, -1]]] = np.inf
    return distance
