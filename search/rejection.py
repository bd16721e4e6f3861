"""Rejection: which of several noisy candidates are proved worse than another one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Which candidates are proved worse than another: from their losses (rounds, candidates), a flag for each.
Reject = Callable[[Floats], Flags]


def student_tail(t: float, freedom: int) -> float:
    """P(T > t) for Student's t with `freedom` degrees of freedom, by the finite series for whole degrees.

    >>> round(student_tail(2.0, 10), 6)
    0.036694
    """
    angle = math.atan(t / math.sqrt(freedom))
    cosine, term, series = math.cos(angle), 1.0, 0.0
    for k in range(freedom % 2, freedom - 1, 2):
        series += term
        term *= (k + 1) / (k + 2) * cosine**2
    if freedom % 2 == 0:
        return 0.5 - 0.5 * math.sin(angle) * series
    return 0.5 - (angle + math.sin(angle) * cosine * series) / math.pi


@dataclass(frozen=True)
class PairedTTest:
    """Rejects whom a one-sided paired t-test proves worse than the candidate with the least mean.

    The level is divided by the number of comparisons (Bonferroni).

    >>> PairedTTest()(np.array([[1.0, 5.0], [2.0, 6.1], [1.5, 5.4]])).tolist()
    [False, True]
    """

    level: float = 0.05

    def __post_init__(self) -> None:
        _check_level("PairedTTest", self.level)

    def __call__(self, losses: Floats) -> Flags:
        rounds, candidates = losses.shape
        if rounds < 2:
            return np.zeros(candidates, dtype=np.bool_)
        differences = losses - losses[:, [int(losses.mean(axis=0).argmin())]]
        means, errors = differences.mean(axis=0), differences.std(axis=0, ddof=1) / math.sqrt(rounds)
        scores = np.divide(means, errors, out=np.where(means > 0, np.inf, 0.0), where=errors > 0)
        level = self.level / max(1, candidates - 1)
        return np.array([student_tail(min(score, 1e12), rounds - 1) < level for score in scores.tolist()])


@dataclass(frozen=True)
class BernsteinBounds:
    """Rejects whose lower empirical Bernstein bound lies above another one's upper bound, after any number of rounds.

    |mean - truth| <= sqrt(2 v ln(3 / d) / n) + 3 w ln(3 / d) / n, with n losses of variance v in a range of width w,
    and d = level / (k n (n + 1)) for k candidates, so that all bounds hold at all times. The `width` of the losses is
    known, or that of those seen where it is None.

    Source: V. Mnih, C. Szepesvari, J.-Y. Audibert (2008), Empirical Bernstein stopping, doi:10.1145/1390156.1390241.
    """

    level: float = 0.05
    width: float | None = None

    def __post_init__(self) -> None:
        _check_level("BernsteinBounds", self.level)

    def __call__(self, losses: Floats) -> Flags:
        n, candidates = losses.shape
        means, variances = losses.mean(axis=0), losses.var(axis=0)
        width = float(np.ptp(losses)) if self.width is None else self.width
        log = math.log(3 * candidates * n * (n + 1) / self.level)
        radius = np.sqrt(2 * variances * log / n) + 3 * width * log / n
        worse: Flags = means - radius > (means + radius).min()
        return worse


def _check_level(name: str, level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"{name}(level={level}): the probability of a wrong rejection lies between 0 and 1")
