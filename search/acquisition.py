"""Acquisition: how promising a candidate is, from a predicted mean and its standard deviation."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ExpectedImprovement:
    """E[max(0, best - margin - loss)] = d * Phi(d / s) + s * phi(d / s), with d = best - margin - mean.

    Source: Mockus, 1975, On Bayesian Methods for Seeking the Extremum.

    >>> ExpectedImprovement()(np.array([0.0]), np.array([1.0]), 0.0).round(4).tolist()
    [0.3989]
    """

    margin: float = 0.0

    def __call__(self, mean: Floats, deviation: Floats, best: float) -> Floats:
        gain = best - self.margin - mean
        spread = np.maximum(deviation, 1e-12)
        score = gain / spread
        return np.asarray(gain * _normal_share(score) + spread * np.exp(-score * score / 2) / sqrt(2 * pi))


@dataclass(frozen=True)
class LowerConfidenceBound:
    """Optimism: the negative of mean - width * deviation.

    Source: Srinivas, Krause, Kakade, Seeger, 2010, Gaussian Process Optimization in the Bandit Setting,
    arXiv:0912.3995.
    """

    width: float = 2.0

    def __call__(self, mean: Floats, deviation: Floats, best: float) -> Floats:
        return np.asarray(self.width * deviation - mean)


def _normal_share(x: Floats) -> Floats:
    """The standard normal distribution function; the error function is Abramowitz and Stegun's 7.1.26 (to 1.5e-7)."""
    z = np.abs(x) / sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    upper = 0.5 * series * np.exp(-z * z)
    return np.asarray(np.where(x >= 0, 1 - upper, upper))


def normal_scores(n: int) -> Floats:
    """The expected values of n sorted standard normal draws, nearly: the quantiles at (i + 0.5) / n.

    >>> normal_scores(3).round(2).tolist()
    [-0.97, 0.0, 0.97]
    """
    from statistics import NormalDist

    normal = NormalDist()
    return np.array([normal.inv_cdf((i + 0.5) / n) for i in range(n)])
