"""Systolic arrays: the exact cycles of a matrix product on a weight-stationary array."""

from __future__ import annotations

import numpy as np

from .devices import SystolicArray
from .operators import Numbers


def systolic_cycles(m: Numbers, k: Numbers, n: Numbers, rows: int, columns: int) -> Numbers:
    """Cycles of (m, k) times (k, n) on an array of rows x columns that holds weights, without stalls for memory.

    cycles = ceil(n / columns) ceil(k / rows) (m + 2 rows + columns - 2) - 1: for each tile of weights the array is
    loaded (rows), the m rows flow through it, and it drains (rows + columns - 2).

    >>> float(systolic_cycles(128, 64, 32, 32, 32))
    443.0

    Source: Samajdar et al., 2018, SCALE-Sim, arXiv:1811.02883; equal to what its version 3.0.0 gives.
    """
    tiles = np.ceil(np.asarray(n) / columns) * np.ceil(np.asarray(k) / rows)
    cycles: Numbers = tiles * (m + 2 * rows + columns - 2) - 1
    return cycles


def systolic_seconds(m: Numbers, k: Numbers, n: Numbers, count: Numbers, array: SystolicArray) -> Numbers:
    """Seconds of `count` products shared evenly by the arrays: tiles of weights go to whichever array is free."""
    tiles = np.ceil(np.asarray(n) / array.columns) * np.ceil(np.asarray(k) / array.rows) * count
    turns = np.ceil(tiles / array.units)
    seconds: Numbers = (turns * (m + 2 * array.rows + array.columns - 2) - 1) / array.clock
    return seconds
