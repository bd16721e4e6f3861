"""The pieces of a least-squares step, a tile of rows at a time: residuals, normal equations, and their solution.

A point is one array: its unknowns in row P, J'Wr in row GRADIENT, and J'WJ (its lower triangle) from row NORMAL on,
where J holds the derivatives of the model, W the weights and r the residuals.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..spaces.formulas.compiled import Whole, arithmetic_inside, loops_inside, sums_inside
from ..spaces.formulas.losses import ABSOLUTE, HUBER, SQUARED
from ..spaces.formulas.scalar_functions import log_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

P, GRADIENT, NORMAL = np.arange(3)
#: What is added to the unit diagonal of a system that may be singular.
RIDGE = 1e-13


@loops_inside
def residuals(
    memory: Floats,
    o: Whole,
    data: Floats,
    at: int,
    m: int,
    shift: float,
    slope: float,
    kind: int,
    delta: float,
    work: Floats,
) -> None:
    """The losses of y - (shift + slope f) over a tile, with f from place o on and y, weights in the rows of `data`.

    Leaves in work[0] how much each row matters to a least-squares step, in work[1] that times its residual, in work[2]
    its weighted loss.
    """
    for i in range(m):
        r = data[0, at + i] - (shift + slope * memory[o + i])
        size, weight = abs(r), data[1, at + i]
        loss, importance = r * r, 1.0
        if kind == ABSOLUTE:
            loss, importance = size, 0.5 / (size if size > 1e-12 else 1e-12)
        elif kind == HUBER:
            loss = loss if size <= delta else delta * (2.0 * size - delta)
            importance = 1.0 if size <= delta else delta / size
        elif kind != SQUARED:
            importance = 1.0 / (1.0 + (r / delta) * (r / delta))
            loss = -delta * delta * log_of(importance)
        work[0, i] = weight * importance
        work[1, i] = weight * importance * r
        work[2, i] = weight * loss


@sums_inside
def add_products(memory: Floats, places: Integers, work: Floats, m: int, q: int, point: Floats) -> float:
    """Add J'Wr and J'WJ over a tile to a point, with column c of J at places[c]; returns the sum of the losses."""
    loss = 0.0
    for i in range(m):
        loss += work[2, i]
    for c in range(q):
        first, found = np.uint64(places[c]), 0.0
        for i in range(np.uint64(m)):
            found += memory[first + i] * work[1, i]
        point[GRADIENT, c] += found
        for e in range(c + 1):
            second, found = np.uint64(places[e]), 0.0
            for i in range(np.uint64(m)):
                found += work[0, i] * memory[first + i] * memory[second + i]
            point[NORMAL + c, e] += found
    return loss


@arithmetic_inside
def solve(point: Floats, damping: Floats, only: Integers, some: bool, q: int, root: Floats, step: Floats) -> bool:
    """(J'WJ + diag(damping)) step = J'Wr by Cholesky's method; with `some`, for the unknowns in `only`, others stay.

    The unknowns are scaled to a diagonal of 1, to which `RIDGE` is added. Returns whether the system was definite.
    `root` has a column more than unknowns, for the solution.
    """
    for c in range(q):
        size = point[NORMAL + c, c] + damping[c]
        alive = (not some or only[c] == 1) and 0.0 < size < math.inf and math.isfinite(point[GRADIENT, c])
        step[c] = 1.0 / math.sqrt(size) if alive else 0.0
    for c in range(q):
        for e in range(c + 1):
            found = 1.0 + RIDGE if c == e else 0.0
            if c != e and step[c] > 0.0 and step[e] > 0.0:
                found = point[NORMAL + c, e] * step[c] * step[e]
            for k in range(e):
                found -= root[c, k] * root[e, k]
            if c == e and not found > 0.0:
                return False
            root[c, e] = math.sqrt(found) if c == e else found / root[e, e]
    for c in range(q):
        found = point[GRADIENT, c] * step[c] if step[c] > 0.0 else 0.0
        for k in range(c):
            found -= root[c, k] * root[k, q]
        root[c, q] = found / root[c, c]
    for c in range(q - 1, -1, -1):
        found = root[c, q]
        for k in range(c + 1, q):
            found -= root[k, c] * root[k, q]
        root[c, q] = found / root[c, c]
    for c in range(q):
        step[c] *= root[c, q]
    return True
