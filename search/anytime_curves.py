"""Anytime curves: the best value so far over what was spent, in the middle of several runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .comparison_runs import Budget, RunResult

_POINTS = 400


@dataclass(frozen=True)
class Curve:
    """The best value so far over what was spent: the median over seeds and the band of the middle half of them.

    NaN where the median, or the edge of the band, has had no success yet.
    """

    spent: NDArray[np.float64]
    median: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def places(budget: Budget) -> NDArray[np.float64]:
    """Where curves are read: after every trial, or at 400 even steps of a larger budget.

    >>> places(Budget(3)).tolist()
    [1.0, 2.0, 3.0]
    """
    if budget.unit == "trials":
        return np.asarray(np.unique(np.round(np.linspace(1, budget.amount, min(int(budget.amount), _POINTS)))))
    return np.linspace(budget.amount / _POINTS, budget.amount, _POINTS)


def anytime_curve(runs: Sequence[RunResult], at: NDArray[np.float64], sign: float) -> Curve:
    """The curve of several runs, read at the given amounts; `sign` is -1 for an objective that is maximised."""
    losses = np.array([best_at(run, at) for run in runs])
    middle = np.quantile(losses, [0.25, 0.5, 0.75], axis=0, method="inverted_cdf")
    low, median, high = (np.where(np.isfinite(row), sign * row, np.nan) for row in middle[:: int(sign)])
    return Curve(at, median, low, high)


def best_at(run: RunResult, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """The best loss of a run at each amount spent, infinite before its first success."""
    spent = np.array([point[0] for point in run.curve])
    losses = np.array([math.inf, *(point[1] for point in run.curve)])
    return np.asarray(losses[np.searchsorted(spent, at, side="right")])
