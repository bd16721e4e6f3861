"""Hypervolume: how much of the objective space a set of losses dominates, exactly."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .nondominated import Losses, nondominated


def hypervolume(losses: ArrayLike, reference: Sequence[float]) -> float:
    """The volume of all points that some row of `losses` dominates and that dominate `reference`; exact.

    `losses` has a row for each point, all objectives to be minimised. Rows that are not better than the reference in
    every objective add nothing. Two and three objectives take O(n log n) and O(n²) time, more take exponential time in
    the worst case. Raises `ValueError` where rows and reference do not fit together, for NaN, and for a row whose
    volume is infinite.

    >>> hypervolume([[1, 3], [2, 2]], reference=[4, 4])
    5.0

    Source: While, Bradstreet, Barone, 2012, A Fast Way of Calculating Exact Hypervolumes,
    doi:10.1109/TEVC.2010.2077298.
    """
    corner = checked_reference(reference)
    return _volume(_front(checked_rows(losses, corner), corner), corner)


def hypervolume_contributions(losses: ArrayLike, reference: Sequence[float]) -> Losses:
    """By how much the hypervolume shrinks when one row is left out, for each row; raises like `hypervolume`.

    >>> hypervolume_contributions([[1, 3], [2, 2], [3, 3]], reference=[4, 4]).tolist()
    [1.0, 2.0, 0.0]
    """
    corner = checked_reference(reference)
    rows = checked_rows(losses, corner)
    found = np.zeros(len(rows))
    for i in np.flatnonzero(np.all(rows < corner, axis=1) & nondominated(rows)):
        found[i] = _exclusive(rows[i], np.delete(rows, i, axis=0), corner)
    return found


def checked_reference(reference: Sequence[float]) -> Losses:
    """The reference point as an array; raises `ValueError` where it is none."""
    corner = np.asarray(reference, dtype=np.float64)
    if corner.ndim != 1 or not len(corner) or not np.isfinite(corner).all():
        raise ValueError(f"reference={reference!r}: a finite number for each objective, worse than what is to count")
    return corner


def checked_rows(losses: ArrayLike, corner: Losses) -> Losses:
    """The losses as rows as wide as the reference point; raises `ValueError` where they are not."""
    rows = np.asarray(losses, dtype=np.float64)
    if rows.size == 0:
        return np.empty((0, len(corner)))
    if rows.ndim != 2 or rows.shape[1] != len(corner):
        raise ValueError(f"losses of shape {rows.shape} with {len(corner)} numbers in reference: a row for each point, "
                         "a number for each objective")  # fmt: skip
    if np.isnan(rows).any() or (rows == -np.inf).any():
        raise ValueError("losses hold NaN or -inf, whose hypervolume is not a number: leave those rows out")
    return rows


def _front(rows: Losses, corner: Losses) -> Losses:
    """The distinct non-dominated rows within the reference, in ascending order."""
    inside = rows[np.all(rows < corner, axis=1)]
    return np.unique(inside[nondominated(inside)], axis=0) if len(inside) else inside


def _volume(front: Losses, corner: Losses) -> float:
    """The hypervolume of distinct non-dominated rows in ascending order."""
    if len(front) <= 1:
        return float(np.prod(corner - front[0])) if len(front) else 0.0
    if len(corner) == 2:
        return _area(front, corner)
    if len(corner) == 3:
        return _volume_of_three(front, corner)
    return sum(_exclusive(row, front[i + 1 :], corner) for i, row in enumerate(front))


def _area(front: Losses, corner: Losses) -> float:
    """Two objectives: a sweep over the first, a rectangle down to the row before for each row."""
    above = np.concatenate(([corner[1]], front[:-1, 1]))
    return float(np.sum((corner[0] - front[:, 0]) * (above - front[:, 1])))


def _volume_of_three(front: Losses, corner: Losses) -> float:
    """Three objectives: a sweep over the third that keeps the staircase of the first two and its area.

    `xs` ascend and `ys` descend; the staircase ends with steps outside the reference.
    """
    x_end, y_end, z_end = corner.tolist()
    xs, ys = [-np.inf, x_end], [y_end, -np.inf]
    area = volume = 0.0
    rows: list[list[float]] = front[np.argsort(front[:, 2], kind="stable")].tolist()
    for (x, y, z), after in zip(rows, [*(row[2] for row in rows[1:]), z_end], strict=True):
        area += _step(xs, ys, x, y)
        volume += area * (after - z)
    return volume


def _step(xs: list[float], ys: list[float], x: float, y: float) -> float:
    """Add a point to a staircase, remove the points it covers; returns the area gained."""
    start = bisect_left(xs, x)
    if ys[start - 1] <= y or (xs[start] == x and ys[start] <= y):
        return 0.0
    gained, end, left = 0.0, start, x
    height = ys[start - 1]
    while ys[end] >= y:  # the last step lies at minus infinity
        gained += (xs[end] - left) * (height - y)
        left, height = xs[end], ys[end]
        end += 1
    gained += (xs[end] - left) * (height - y)
    xs[start:end], ys[start:end] = [x], [y]
    return gained


def _exclusive(row: Losses, others: Losses, corner: Losses) -> float:
    """The volume that `row` dominates and none of the others: its own less what they dominate of it."""
    own = float(np.prod(corner - row))
    return own - _volume(_front(np.maximum(others, row), corner), corner) if len(others) else own
