"""The pieces of a least-squares step, a tile of rows at a time: residuals, normal equations, and their solution."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..spaces.formulas.compiled import compiled_arithmetic, compiled_sums
from ..spaces.formulas.losses import ABSOLUTE, HUBER, SQUARED
from ..spaces.formulas.scalar_functions import log_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

#: What is added to the unit diagonal of a system that may be singular.
RIDGE = 1e-14


@compiled_arithmetic
def residuals(
    f: Floats, y: Floats, weights: Floats, shift: float, slope: float, kind: int, delta: float, work: Floats
) -> float:
    """The sum of the losses of y - (shift + slope f) over a tile.

    Leaves in work[0] how much each row matters to a least-squares step, and in work[1] that times its residual.
    """
    for i in range(len(y)):
        r = y[i] - (shift + slope * f[i])
        size = abs(r)
        loss, importance = r * r, 1.0
        if kind == ABSOLUTE:
            loss, importance = size, 0.5 / max(size, 1e-12)
        elif kind == HUBER:
            loss = loss if size <= delta else delta * (2.0 * size - delta)
            importance = 1.0 if size <= delta else delta / size
        elif kind != SQUARED:
            importance = 1.0 / (1.0 + (r / delta) * (r / delta))
            loss = -delta * delta * log_of(importance)
        work[0, i] = weights[i] * importance
        work[1, i] = work[0, i] * r
        work[2, i] = weights[i] * loss
    return total(work[2, : len(y)])


@compiled_sums
def total(terms: Floats) -> float:
    """The sum."""
    found = 0.0
    for i in range(len(terms)):
        found += terms[i]
    return found


@compiled_sums
def add_products(memory: Floats, places: Integers, work: Floats, m: int, normal: Floats, gradient: Floats) -> None:
    """Add J'WJ and J'Wr over a tile, with column c of J at places[c]; the lower triangle is enough."""
    for c in range(len(places)):
        first = memory[places[c] : places[c] + m]
        found = 0.0
        for i in range(m):
            found += first[i] * work[1, i]
        gradient[c] += found
        for e in range(c + 1):
            second = memory[places[e] : places[e] + m]
            found = 0.0
            for i in range(m):
                found += work[0, i] * first[i] * second[i]
            normal[c, e] += found


@compiled_arithmetic
def solve(normal: Floats, gradient: Floats, damping: Floats, kept: Flags, root: Floats, step: Floats) -> bool:
    """(normal + diag(damping)) step = gradient by Cholesky's method, for the `kept` unknowns; the others stay.

    The unknowns are scaled to a diagonal of 1, to which `RIDGE` is added. Returns whether the system was definite.
    """
    q = len(gradient)
    for c in range(q):
        size = normal[c, c] + damping[c]
        alive = kept[c] and size > 0.0 and size < math.inf and math.isfinite(gradient[c])
        step[c] = 1.0 / math.sqrt(size) if alive else 0.0
    for c in range(q):
        for e in range(c + 1):
            found = (normal[c, e] + (damping[c] if c == e else 0.0)) * step[c] * step[e] if step[c] * step[e] > 0.0 else 0.0
            found = found + RIDGE if c == e and step[c] > 0.0 else 1.0 if c == e else found
            for k in range(e):
                found -= root[c, k] * root[e, k]
            if c == e and not found > 0.0:
                return False
            root[c, e] = math.sqrt(found) if c == e else found / root[e, e]
    for c in range(q):
        found = gradient[c] * step[c] if step[c] > 0.0 else 0.0
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
