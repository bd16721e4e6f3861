"""Intervals by the bootstrap: how far a median would move if the same experiment were made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Interval:
    """A median and the interval that holds it with the stated confidence."""

    median: float
    low: float
    high: float


def median_interval(
    values: Sequence[float], *, confidence: float = 0.95, samples: int = 2000, seed: int = 0
) -> Interval:
    """The median with its percentile bootstrap interval; infinite values, of runs that failed, are allowed.

    The medians of `samples` draws with replacement are sorted, and (1 - confidence) / 2 of them lie beyond each end.
    Raises `ValueError` without values.
    Source: Efron, 1979, Bootstrap Methods: Another Look at the Jackknife, Annals of Statistics 7.

    >>> median_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    Interval(median=3.0, low=1.0, high=5.0)
    """
    if not len(values):
        raise ValueError("an interval needs at least one value")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence}: it must lie between 0 and 1")
    found = np.asarray(values, dtype=np.float64)
    draws = np.random.Generator(np.random.PCG64(seed)).integers(0, len(found), (samples, len(found)))
    medians = np.median(found[draws], axis=1)
    tail = (1 - confidence) / 2
    low, high = np.quantile(medians, [tail, 1 - tail], method="inverted_cdf")  # never between two infinities
    return Interval(float(np.median(found)), float(low), float(high))
