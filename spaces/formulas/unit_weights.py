"""How a random draw prefers the productions of a grammar with units, so that formulas do not run to their bounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .grammar_symbols import Symbol

Floats = NDArray[np.float64]

#: How often the interval in which t lies is halved.
_HALVINGS = 40


def production_weights(
    productions: Sequence[Symbol], sources: Sequence[int], floors: Sequence[int]
) -> list[float]:  # fmt: skip
    """The weights of productions that a random draw uses, given those of their symbols.

    A symbol shares its weight among its productions of one type, every node more of the `floors`, the fewest nodes that
    they need, halving the share. Where the slots that a production opens would then need more nodes on average than its
    own slot did, those of its type are weighed by t^floor, where t <= 1 makes the two alike: E[floor] - 1 = the least
    floor. So sizes spread as they do without units, where a symbol opens one slot on average.
    """
    weights = np.array([production.weight for production in productions])
    types = np.array([production.gives for production in productions])
    order = np.argsort(types, kind="stable")
    symbols, nodes = np.array(sources), np.array(floors, dtype=np.float64)
    for mine in np.split(order, np.flatnonzero(np.diff(types[order])) + 1):
        more = nodes[mine] - nodes[mine].min()
        shared = weights[mine] * _shares(symbols[mine], more)
        weights[mine] = shared * _tilt(shared, more) ** more
    return [float(weight) for weight in weights]


def _shares(symbols: NDArray[np.int64], more: Floats) -> Floats:
    """The share that each production has of the weight of its symbol."""
    shares: Floats = 0.5**more
    _, places = np.unique(symbols, return_inverse=True)
    return np.asarray(shares / np.bincount(places, shares)[places])


def _tilt(weights: Floats, more: Floats) -> float:
    """The t in (0, 1] with which the productions need at most one node more than the smallest, on average."""
    low, high = 0.0, 1.0
    if _excess(high, weights, more) <= 0:
        return high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _excess(middle, weights, more) > 0 else (middle, high)
    return low


def _excess(t: float, weights: Floats, more: Floats) -> float:
    return float(weights * t**more @ (more - 1.0))
