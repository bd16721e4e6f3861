"""Levenberg and Marquardt's method on the normal equations of one formula, for the kernel that fits batches."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..spaces.formulas.compiled import Whole, arithmetic_inside
from ..spaces.formulas.derivatives import SEED
from ..spaces.formulas.interpreter import place
from ..spaces.formulas.register_code import Steps
from ..spaces.formulas.tiles import TILE, padded
from .fitting_kernels import GRADIENT, NORMAL, Floats, Integers, P, add_products, residuals, solve

#: Damping: where it begins, and beyond what it is hopeless.
FIRST_DAMPING, LAST_DAMPING = 1e-3, 1e12
#: A step that promises less than this share of the loss ends a fit.
ENOUGH = 1e-14
#: Rows of `Fit.unknowns`, with a column for each: which number it is, the row of register code with the derivative by
#: it, where that lies in memory now, and whether the unknown enters linearly (1) or not (0).
NUMBER, ADJOINT, PLACE, LINEAR = np.arange(4)


class Fit(NamedTuple):
    """A formula, the data, and room to work.

    `run` is the interpreter by its address, and `program` computes values and derivatives with respect to k numbers.
    With `scaling`, a shift and a slope are two more unknowns. `projects` says whether some unknown enters linearly.
    `data` holds the target and the weights.
    """

    run: Callable[..., None]
    program: Steps
    result: int
    unknowns: Integers
    k: int
    scaling: bool
    projects: bool
    variables: int
    numbers: int
    stride: int
    memory: Floats
    work: Floats
    data: Floats
    kind: int
    delta: float


@arithmetic_inside
def load_number(fit: Fit, row: Whole, number: float) -> None:
    """Fill a row with a number."""
    start = fit.variables * fit.stride + (row - fit.variables) * TILE
    for i in range(start, start + TILE):
        fit.memory[i] = number


@arithmetic_inside
def normal_equations(fit: Fit, point: Floats) -> float:
    """The loss at a point, whose matrix and vector are set; infinity, and no more, where a value is not finite."""
    k, rows = fit.k, fit.data.shape[1]
    q = k + 2 if fit.scaling else k
    shift = point[P, k] if fit.scaling else 0.0
    slope = point[P, k + 1] if fit.scaling else 1.0
    for c in range(q):
        for e in range(GRADIENT, NORMAL + q):
            point[e, c] = 0.0
    for c in range(k):
        load_number(fit, fit.variables + fit.unknowns[NUMBER, c], point[P, c])
    load_number(fit, fit.variables + fit.numbers + SEED, slope)
    loss = 0.0
    for at in range(0, rows, TILE):
        m = min(TILE, rows - at)
        fit.run(fit.program, fit.memory, at, padded(m), fit.variables, fit.numbers, fit.stride, TILE)
        for c in range(q):
            fit.unknowns[PLACE, c] = place(fit.unknowns[ADJOINT, c], at, fit.variables, fit.stride, TILE)
        o = np.int64(place(fit.result, at, fit.variables, fit.stride, TILE))
        residuals(fit.memory, o, fit.data, at, m, shift, slope, fit.kind, fit.delta, fit.work)
        loss += add_products(fit.memory, fit.unknowns[PLACE], fit.work, m, q, point)
        if not math.isfinite(loss):
            return math.inf
    return loss


@arithmetic_inside
def minimize(fit: Fit, here: Floats, there: Floats, solver: Floats, root: Floats, iterations: int) -> float:
    """Descend from the unknowns of a point to those that both points then hold.

    Returns the loss there; infinity, where the first was not finite.

    Each iteration is a step in all unknowns, of which those that enter linearly are not damped; after it comes one in
    these alone (variable projection in Kaufman's form). Damping follows Nielsen; it is scaled by the largest diagonal
    of J'WJ that was met.
    """
    damping, scale, step = solver[0], solver[1], solver[2]
    loss = normal_equations(fit, here)
    q = fit.k + 2 if fit.scaling else fit.k
    factor, growth, turn, left = FIRST_DAMPING, 2.0, fit.projects, iterations
    for c in range(q):
        scale[c] = 0.0
    while left > 0 and q > 0 and math.isfinite(loss) and factor < LAST_DAMPING:
        linear = turn
        turn = fit.projects and not linear
        left -= 0 if linear else 1
        for c in range(q):
            scale[c] = max(scale[c], here[NORMAL + c, c])
            damping[c] = 0.0 if fit.unknowns[LINEAR, c] == 1 else factor * scale[c]
        promised, found = 0.0, math.inf
        if solve(here, damping, fit.unknowns[LINEAR], linear, q, root, step):
            for c in range(q):
                there[P, c] = here[P, c] + step[c]
                promised += step[c] * (here[GRADIENT, c] + damping[c] * step[c])
            if promised <= ENOUGH * loss:
                if linear:
                    continue
                break
            found = normal_equations(fit, there)
        if found < loss:
            if not linear:
                over = 2.0 * (loss - found) / promised - 1.0
                factor *= max(1.0 / 3.0, 1.0 - over * over * over)
                growth = 2.0
            loss = found
            here, there = there, here
        elif not linear:
            factor *= growth
            growth *= 2.0
            turn = False
    for c in range(q):
        there[P, c] = here[P, c]
    return loss
