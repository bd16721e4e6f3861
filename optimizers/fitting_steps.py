"""Levenberg and Marquardt's method on the normal equations of one formula, for the kernel that fits batches."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..spaces.formulas.compiled import compiled_arithmetic
from ..spaces.formulas.interpreter import place
from ..spaces.formulas.register_code import Steps
from ..spaces.formulas.tiles import TILE, padded
from .fitting_kernels import Flags, Floats, Integers, add_products, residuals, solve

#: Damping: where it begins, and beyond what it is hopeless.
FIRST_DAMPING, LAST_DAMPING = 1e-3, 1e12
#: A step that promises less than this share of the loss ends a fit.
ENOUGH = 1e-14


class Fit(NamedTuple):
    """A formula, the data, and room to work: what does not change during a fit, except what is in memory.

    `run` and `backward` are the kernels of these names by their addresses.
    `unknowns` are the free numbers; where there is `scaling`, a shift and a slope are fitted besides. `linear` says
    which unknowns are solved for after every step. `adjoints` is where the adjoints of rows begin in memory, `places`
    where the columns of the Jacobian lie there.
    """

    run: Callable[..., None]
    backward: Callable[..., None]
    program: Steps
    result: int
    active: Flags
    unknowns: Integers
    linear: Flags
    scaling: bool
    variables: int
    numbers: int
    stride: int
    memory: Floats
    adjoints: int
    places: Integers
    work: Floats
    y: Floats
    weights: Floats
    kind: int
    delta: float


class Point(NamedTuple):
    """Values of the unknowns, with J'WJ (lower triangle) and J'Wr there."""

    p: Floats
    normal: Floats
    gradient: Floats


class Solver(NamedTuple):
    """Room for the solution of normal equations."""

    damping: Floats
    scale: Floats
    root: Floats
    step: Floats
    every: Flags


@compiled_arithmetic
def normal_equations(fit: Fit, point: Point, derivatives: Floats) -> float:
    """The loss at a point, whose matrix and vector are set; infinity, and no more, where a value is not finite.

    With room in `derivatives` (numbers, rows) the derivatives by the numbers are kept there.
    """
    memory, p, k, rows = fit.memory, point.p, len(fit.unknowns), len(fit.y)
    shift, slope = (p[k], p[k + 1]) if fit.scaling else (0.0, 1.0)
    for c in range(len(p)):
        point.gradient[c] = 0.0
        for e in range(len(p)):
            point.normal[c, e] = 0.0
    for c in range(k):
        start = fit.variables * fit.stride + fit.unknowns[c] * TILE
        for i in range(start, start + TILE):
            memory[i] = p[c]
        fit.places[c] = fit.adjoints + fit.unknowns[c] * TILE
    loss = 0.0
    for at in range(0, rows, TILE):
        m = min(TILE, rows - at)
        fit.run(fit.program, memory, at, padded(m), fit.variables, fit.numbers, fit.stride, TILE)
        o = np.int64(place(fit.result, at, fit.variables, fit.stride, TILE))
        y, weights = fit.y[at : at + m], fit.weights[at : at + m]
        loss += residuals(memory[o : o + m], y, weights, shift, slope, fit.kind, fit.delta, fit.work)
        if not math.isfinite(loss):
            return math.inf
        if fit.active[fit.result]:
            top = fit.adjoints + (fit.result - fit.variables) * TILE
            for i in range(top, top + TILE):
                memory[i] = slope
            fit.backward(fit.program, fit.active, memory, fit.adjoints, at, m, fit.variables, fit.stride, TILE)
        if fit.scaling:
            fit.places[k], fit.places[k + 1] = len(memory) - 2 * TILE, o
        add_products(memory, fit.places, fit.work, m, point.normal, point.gradient)
        for c in range(len(derivatives)):
            for i in range(m):
                derivatives[c, at + i] = memory[fit.places[c] + i]
    return loss


@compiled_arithmetic
def solve_linear(fit: Fit, point: Point, loss: float, spare: Point, solver: Solver, none: Floats) -> float:
    """Move to the best values of the unknowns that enter linearly, where that helps; returns the loss."""
    q, promised = len(point.p), 0.0
    for c in range(q):
        solver.damping[c] = 0.0
        spare.p[c] = point.p[c]
    if not solve(point.normal, point.gradient, solver.damping, fit.linear, solver.root, solver.step):
        return loss
    for c in range(q):
        promised += solver.step[c] * point.gradient[c]
        spare.p[c] += solver.step[c]
    if promised <= ENOUGH * loss:
        return loss
    found = normal_equations(fit, spare, none)
    if found < loss:
        assign(point, spare)
    return min(found, loss)


@compiled_arithmetic
def assign(target: Point, source: Point) -> None:
    """Copy a point."""
    for c in range(len(source.p)):
        target.p[c] = source.p[c]
        target.gradient[c] = source.gradient[c]
        for e in range(c + 1):
            target.normal[c, e] = source.normal[c, e]


@compiled_arithmetic
def minimize(
    fit: Fit, here: Point, there: Point, spare: Point, solver: Solver, iterations: int, derivatives: Floats
) -> float:
    """Descend from a point; returns the loss where it ends, or infinity where it was not finite to begin with.

    Damping follows Nielsen; it is scaled by the largest diagonal of J'WJ that was met.
    """
    none = derivatives[:0]
    loss = normal_equations(fit, here, derivatives)
    q, projects = len(here.p), fit.linear.any()
    if iterations == 0 or not math.isfinite(loss) or q == 0:
        return loss
    if projects:
        loss = solve_linear(fit, here, loss, spare, solver, none)
    damping, growth = FIRST_DAMPING, 2.0
    for c in range(q):
        solver.scale[c] = 0.0
    for _ in range(iterations):
        promised = 0.0
        for c in range(q):
            solver.scale[c] = max(solver.scale[c], here.normal[c, c])
            solver.damping[c] = 0.0 if fit.linear[c] else damping * solver.scale[c]
        if solve(here.normal, here.gradient, solver.damping, solver.every, solver.root, solver.step):
            for c in range(q):
                there.p[c] = here.p[c] + solver.step[c]
                promised += solver.step[c] * (here.gradient[c] + solver.damping[c] * solver.step[c])
            if promised <= ENOUGH * loss:
                break
            found = normal_equations(fit, there, none)
            if projects and math.isfinite(found):
                found = solve_linear(fit, there, found, spare, solver, none)
            if found < loss:
                gain = (loss - found) / promised
                damping *= max(1.0 / 3.0, 1.0 - (2.0 * gain - 1.0) ** 3) if gain < 1.0 else 1.0 / 3.0
                loss, growth = found, 2.0
                assign(here, there)
                continue
        damping *= growth
        growth *= 2.0
        if damping > LAST_DAMPING:
            break
    return loss
