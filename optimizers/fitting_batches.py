"""The kernel that fits the free numbers of a batch of formulas, one formula after the other."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..spaces.formulas.compiled import compiled_arithmetic
from ..spaces.formulas.derivatives import activity
from ..spaces.formulas.linear_numbers import MOST_LINEAR, linear_numbers
from ..spaces.formulas.register_code import translate
from ..spaces.formulas.tiles import TILE, load, longest, padded
from .fitting_kernels import Flags, Floats, Integers
from .fitting_steps import Fit, Point, Solver, minimize


@compiled_arithmetic
def new_point(q: int) -> Point:
    """Room for a point of q unknowns."""
    return Point(np.empty(q), np.empty((q, q)), np.empty(q))


@compiled_arithmetic
def new_solver(q: int) -> Solver:
    """Room for the solution of q normal equations."""
    return Solver(np.empty(q), np.empty(q), np.empty((q, q + 1)), np.empty(q), np.ones(q, dtype=np.bool_))


@compiled_arithmetic
def fit_batch(
    run: Callable[..., None],
    backward: Callable[..., None],
    codes: NDArray[np.int16],
    starts: Integers,
    numbers: Floats,
    number_starts: Integers,
    free: Flags,
    columns: Floats,
    protected: bool,
    y: Floats,
    weights: Floats,
    kind: int,
    delta: float,
    scaling: bool,
    project: bool,
    iterations: int,
    draws: Floats,
    wanted: int,
    memory: Floats,
    fitted: Floats,
    losses: Floats,
    derivatives: Floats,
) -> None:
    """Fit the numbers of each formula that are `free`; writes those `fitted`, and `losses`, sums over the rows.

    A fit begins at the numbers as they are, then at rows of `draws` (starts, numbers), until `wanted` starts had a
    finite loss; the best is kept. `memory` has room for the columns and, of `TILE` rows, for two stretches for each
    code of the longest formula and two more. With `scaling` it is shift + slope f that is fitted.
    """
    variables, rows = columns.shape
    stride, most = padded(rows), longest(starts)
    load(memory, columns, 0, rows, stride)
    steps = np.empty((most, 5), dtype=np.int32)
    pile, masks = np.empty(2 * most, dtype=np.int64), np.empty(variables + 2 * most, dtype=np.int64)
    active, work = np.empty(variables + 2 * most, dtype=np.bool_), np.empty((3, TILE))
    for f in range(len(losses)):
        first, n = number_starts[f], number_starts[f + 1] - number_starts[f]
        mine, unknown = free[first : first + n], np.flatnonzero(free[first : first + n])
        code = codes[starts[f] : starts[f + 1]]
        made, result, used = translate(code, n, variables, variables + n, protected, False, steps, pile)
        program = steps[:made]
        activity(program, mine, variables, active)
        k = len(unknown)
        q = k + 2 if scaling else k
        linear = np.zeros(q, dtype=np.bool_)
        mask = linear_numbers(program, mine, variables, masks) if project and not scaling else 0
        for c in range(q):
            linear[c] = c >= k or (unknown[c] < MOST_LINEAR and (mask >> unknown[c]) & 1 == 1)
        adjoints = variables * stride + (n + used) * TILE
        area = memory[: adjoints + (n + used + 2) * TILE]
        for i in range(n * TILE):
            area[variables * stride + i] = numbers[first + i // TILE]
        for i in range(len(area) - 2 * TILE, len(area) - TILE):
            area[i] = 1.0
        places = np.empty(q, dtype=np.int64)
        fit = Fit(
            run, backward, program, result, active, unknown, linear, scaling, variables, n, stride, area, adjoints, places, work,
            y, weights, kind, delta,
        )  # fmt: skip
        here, there, spare, solver = new_point(q), new_point(q), new_point(q), new_solver(q)
        for j in range(n):
            fitted[first + j] = numbers[first + j]
        losses[f], finite = math.inf, 0
        for s in range(1 + len(draws)):
            for c in range(k):
                here.p[c] = numbers[first + unknown[c]] if s == 0 else draws[s - 1, c]
            if scaling:
                here.p[k], here.p[k + 1] = 0.0, 1.0
            found = minimize(fit, here, there, spare, solver, iterations, derivatives)
            finite += math.isfinite(found)
            if found < losses[f]:
                losses[f] = found
                for c in range(k):
                    fitted[first + unknown[c]] = here.p[c]
            if finite >= wanted or q == 0:
                break
