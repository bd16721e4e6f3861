"""The kernel that fits the free numbers of a batch of formulas, one formula after the other."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spaces.formulas.compiled import compiled_arithmetic, compiled_inside
from ..spaces.formulas.derivatives import ADDED, NEEDED, ONE, ZERO, differentiate
from ..spaces.formulas.linear_numbers import MOST_LINEAR, linear_numbers
from ..spaces.formulas.register_code import SEPARATE, Steps, translate
from ..spaces.formulas.tiles import LANES, TILE, load, padded
from .fitting_kernels import Floats, Integers, P
from .fitting_steps import ADJOINT, LINEAR, NUMBER, Fit, load_number, minimize


class Room(NamedTuple):
    """Room to work on the longest formula of a batch."""

    steps: Steps
    pile: Integers
    rows: Integers
    unknowns: Integers
    memory: Floats
    work: Floats
    points: Floats


def room_for(longest: int, most: int, variables: int, rows: int) -> Room:
    """Room for formulas of at most `longest` codes with at most `most` numbers, on columns of so many rows."""
    steps, q = (1 + ADDED) * longest, most + 2
    tiles = most + len(NEEDED) + steps + 1
    return Room(
        np.empty((steps, 5), dtype=np.int32),
        np.empty(2 * longest, dtype=np.int64),
        np.empty(variables + tiles, dtype=np.int64),
        np.empty((4, q), dtype=np.int64),
        np.empty(variables * (rows + LANES) + tiles * TILE),
        np.empty((3, TILE)),
        np.empty((4, q + 3, q + 3)),
    )


@compiled_inside
def index_unknowns(
    room: Room, free: NDArray[np.bool_], mask: int, scaling: bool, variables: int, result: int
) -> tuple[int, bool]:
    """Fill `room.unknowns` (see `Fit`); returns how many numbers are free, and whether an unknown enters linearly.

    Where numbers enter linearly (the bits of `mask`), a slope can say little new, and is damped like the others.
    """
    k, projects = 0, scaling
    for j in range(len(free)):
        if free[j]:
            room.unknowns[NUMBER, k] = j
            adjoint = room.rows[variables + j]
            room.unknowns[ADJOINT, k] = adjoint if adjoint >= 0 else variables + len(free) + ZERO
            room.unknowns[LINEAR, k] = (mask >> j) & 1 if j < MOST_LINEAR else 0
            projects |= room.unknowns[LINEAR, k] == 1
            k += 1
    if scaling:
        room.unknowns[ADJOINT, k], room.unknowns[ADJOINT, k + 1] = variables + len(free) + ONE, result
        room.unknowns[LINEAR, k], room.unknowns[LINEAR, k + 1] = 1, 1 if mask == 0 else 0
    return k, projects


@compiled_arithmetic
def fit_batch(
    run: Callable[..., None],
    codes: NDArray[np.int16],
    starts: Integers,
    numbers: Floats,
    number_starts: Integers,
    free: NDArray[np.bool_],
    columns: Floats,
    protected: bool,
    data: Floats,
    kind: int,
    delta: float,
    scaling: bool,
    project: bool,
    iterations: int,
    draws: Floats,
    wanted: int,
    room: Room,
    fitted: Floats,
    losses: Floats,
) -> None:
    """Fit the numbers of each formula that are `free`; writes those `fitted`, and `losses`, sums over the rows.

    A fit begins at the numbers as they are, then at rows of `draws` (starts, numbers), until `wanted` starts had a
    finite loss; the best is kept. With `scaling` it is shift + slope f that is fitted. `run` is the interpreter by its
    address; `data` holds the target and the weights.
    """
    variables, rows = columns.shape
    stride = padded(rows)
    load(room.memory, columns, np.int64(0), rows, stride)
    here, there, solver, root = room.points[0], room.points[1], room.points[2], room.points[3]
    for f in range(len(losses)):
        first, n = number_starts[f], number_starts[f + 1] - number_starts[f]
        mine, code = free[first : first + n], codes[starts[f] : starts[f + 1]]
        temporaries = variables + n + len(NEEDED)
        made, result, _ = translate(code, n, variables, temporaries, protected, SEPARATE, room.steps, room.pile)
        mask = linear_numbers(room.steps[:made], mine, variables, room.rows) if project else 0
        end = differentiate(room.steps, made, result, mine, variables, temporaries, room.rows)
        k, projects = index_unknowns(room, mine, mask, scaling, variables, result)
        fit = Fit(
            run, room.steps[:end], result, room.unknowns, k, scaling, projects, variables, n, stride, room.memory,
            room.work, data, kind, delta,
        )  # fmt: skip
        for j in range(n):
            fitted[first + j] = numbers[first + j]
            load_number(fit, variables + j, numbers[first + j])
        for j in range(len(NEEDED)):
            load_number(fit, variables + n + j, NEEDED[j])
        losses[f], finite = math.inf, 0
        for s in range(1 + len(draws)):
            for c in range(k):
                here[P, c] = numbers[first + room.unknowns[NUMBER, c]] if s == 0 else draws[s - 1, c]
            here[P, k], here[P, k + 1] = 0.0, 1.0
            found = minimize(fit, here, there, solver, root, iterations)
            finite += math.isfinite(found)
            if found < losses[f]:
                losses[f] = found
                for c in range(k):
                    fitted[first + room.unknowns[NUMBER, c]] = here[P, c]
            if finite >= wanted or k == 0:
                break
