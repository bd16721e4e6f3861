"""Linear scaling: the shift a and slope b for which a + b f fits a target best in the sense of least squares."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .data import Data, Floats

#: A formula whose values differ by less than this share of their size counts as constant.
ROUNDING = 1e-14
#: Below this share of the variance of the target a loss from moments is but rounding, and is computed anew.
EXPLAINED = 1e-9


class Scaled(NamedTuple):
    """For each formula f the loss of shift + slope f, and these two: (formulas,) each."""

    losses: Floats
    shifts: Floats
    slopes: Floats


def from_moments(moments: Floats, data: Data) -> Scaled:
    """The best shift and slope of each formula, and the squared loss that they leave, from its moments.

    b = cov(f, y) / var(f), a = mean(y) - b mean(f), loss = var(y) - b cov(f, y); b = 0 for a constant f, and an
    infinite loss where f is not finite. `moments` is (formulas, 4), see `compiled_moments`.

    Source: M. Keijzer (2003), Improving symbolic regression with interval arithmetic and linear scaling,
    doi:10.1007/3-540-36599-0_7.

    >>> data = Data([[1.0], [2.0]], [5.0, 7.0])  # f = x, counted from its first value
    >>> loss, shift, slope = from_moments(np.array([[1.0, 1.0, 1.0, 1.0]]), data)
    >>> shift.tolist(), slope.tolist(), loss.tolist()
    ([3.0], [2.0], [0.0])
    """
    total = data.row_weights.sum()
    with np.errstate(all="ignore"):
        mean, square, product = (moments[:, i] / total for i in range(3))
        pivot = moments[:, 3]
        variance = square - mean * mean
        varies = variance > (ROUNDING * pivot) ** 2 + 1e-300
        slopes = np.where(varies, product / np.where(varies, variance, 1.0), 0.0)
        shifts = data.mean - slopes * (pivot + mean)
        losses = np.maximum(data.variance - slopes * product, 0.0)
        fine = np.isfinite(moments).all(axis=1) & np.isfinite(shifts) & np.isfinite(slopes) & np.isfinite(losses)
    return Scaled(np.where(fine, losses, np.inf), np.where(fine, shifts, 0.0), np.where(fine, slopes, 0.0))


def moments_of(values: Floats, data: Data) -> Floats:
    """The moments of values (formulas, rows), by NumPy."""
    centred = values - values[:, :1]
    weighted = centred * data.row_weights
    sums = [weighted, weighted * centred, weighted * data.centred]
    return np.column_stack([*(terms.sum(axis=1) for terms in sums), values[:, 0]])
