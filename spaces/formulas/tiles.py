"""What happens to tiles of rows before and after the interpreter: loading, copying, and summing up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import Whole, compiled_inside, loops_inside, sums_inside
from .losses import ABSOLUTE, HUBER, SQUARED
from .operations import Rows
from .register_code import Integers
from .scalar_functions import log_of

Floats = NDArray[np.float64]

#: Rows of a tile and of a block; rows are padded to a multiple of `LANES`.
TILE, BLOCK, LANES = np.array([128, 1024, 16])
#: What a sweep gives.
VALUES, MOMENTS, LOSSES = np.arange(3)


@compiled_inside
def longest(starts: Integers) -> Whole:
    """The length of the longest of some stretches that lie end to end."""
    most: Whole = 0
    for f in range(len(starts) - 1):
        most = max(most, starts[f + 1] - starts[f])
    return most


@compiled_inside
def padded(rows: int) -> int:
    """The number of rows, rounded up to whole vectors."""
    return rows + int(-rows % LANES)


@compiled_inside
def load(memory: Rows, columns: NDArray[Any], first: Whole, rows: int, stride: int) -> None:
    """Copy a block of columns to the front of memory, and repeat the last row up to whole vectors."""
    for v in range(len(columns)):
        column = memory[v * stride : (v + 1) * stride]
        for i in range(len(column)):
            column[i] = columns[v, min(first + i, first + rows - 1)]


@compiled_inside
def fill(out: Rows, number: float) -> None:
    """The same number everywhere."""
    for i in range(len(out)):
        out[i] = number


@compiled_inside
def take(out: Rows, found: Rows) -> None:
    """Copy numbers."""
    for i in range(len(out)):
        out[i] = found[i]


@sums_inside
def add_moments(sums: Floats, f: Rows, y: Floats, weights: Floats) -> None:
    """Add the sums of w f, w f^2 and w f y over a tile to `sums`, with f counted from `sums[3]`."""
    s, ss, sy = 0.0, 0.0, 0.0
    for i in range(len(y)):
        centred = f[i] - sums[3]
        weighted = weights[i] * centred
        s += weighted
        ss += weighted * centred
        sy += weighted * y[i]
    sums[0] += s
    sums[1] += ss
    sums[2] += sy


@loops_inside
def to_losses(f: Rows, y: Floats, shift: float, slope: float, kind: int, delta: float) -> None:
    """Replace values f by the losses of y - (shift + slope f)."""
    for i in range(len(y)):
        f[i] = y[i] - (shift + slope * f[i])
    if kind == SQUARED:
        for i in range(len(y)):
            f[i] *= f[i]
    elif kind == ABSOLUTE:
        for i in range(len(y)):
            f[i] = abs(f[i])
    elif kind == HUBER:
        for i in range(len(y)):
            r = abs(f[i])
            f[i] = r * r if r <= delta else delta * (2.0 * r - delta)
    else:
        for i in range(len(y)):
            r = f[i] / delta
            f[i] = delta * delta * log_of(1.0 + r * r)


@sums_inside
def weighted_sum(f: Rows, weights: Floats) -> float:
    """The sum of w f over a tile."""
    total = 0.0
    for i in range(len(weights)):
        total += weights[i] * f[i]
    return total
