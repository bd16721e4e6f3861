"""Losses of residuals: their names, and what they are in NumPy.

With r = y - f and a width delta they are, for each row: squared r^2; absolute |r|; Huber r^2 up to delta and
delta (2 |r| - delta) beyond; Cauchy delta^2 log(1 + (r / delta)^2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SQUARED, ABSOLUTE, HUBER, CAUCHY = range(4)
#: The losses in the order of their numbers.
LOSSES = ("squared", "absolute", "huber", "cauchy")


def loss_kind(loss: str, delta: float = 1.0) -> int:
    """The number of a loss; raises `ValueError` for a name that is none, and for a width that is not above zero.

    >>> loss_kind("huber")
    2
    """
    if loss not in LOSSES:
        raise ValueError(f"there is no loss {loss!r}: there are {', '.join(LOSSES)}")
    if not 0 < delta < np.inf:
        raise ValueError(f"delta={delta}: the width of a loss must be above zero")
    return LOSSES.index(loss)


def row_losses(residuals: Floats, kind: int, delta: float) -> Any:
    """The loss of each residual.

    >>> row_losses(np.array([1.0, 3.0]), HUBER, 2.0).tolist()
    [1.0, 8.0]
    """
    if kind == SQUARED:
        return residuals * residuals
    size = np.abs(residuals)
    if kind == ABSOLUTE:
        return size
    if kind == HUBER:
        return np.where(size <= delta, size * size, delta * (2.0 * size - delta))
    return delta * delta * np.log1p((residuals / delta) ** 2)


def row_importance(residuals: Floats, kind: int, delta: float) -> Any:
    """The weight with which each row enters a least-squares step: the derivative of its loss by r^2.

    >>> row_importance(np.array([1.0, 4.0]), HUBER, 2.0).tolist()
    [1.0, 0.5]
    """
    size = np.abs(residuals)
    if kind == SQUARED:
        return np.ones_like(residuals)
    if kind == ABSOLUTE:
        return 0.5 / np.maximum(size, 1e-12)
    if kind == HUBER:
        return delta / np.maximum(size, delta)
    return 1.0 / (1.0 + (residuals / delta) ** 2)
