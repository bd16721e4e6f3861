"""The kernel that runs a whole batch of formulas over all rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import allocating_arithmetic
from .interpreter import place
from .register_code import REUSE, Integers, translate
from .tiles import (
    BLOCK,
    MOMENTS,
    TILE,
    VALUES,
    Floats,
    add_moments,
    fill,
    load,
    longest,
    padded,
    take,
    to_losses,
    weighted_sum,
)


@allocating_arithmetic
def sweep(
    run: Callable[..., None],
    mode: int,
    codes: NDArray[np.int16],
    starts: Integers,
    numbers: Floats,
    number_starts: Integers,
    columns: NDArray[Any],
    protected: bool,
    y: Floats,
    weights: Floats,
    shifts: Floats,
    slopes: Floats,
    kind: int,
    delta: float,
    values: NDArray[Any],
    sums: Floats,
) -> None:
    """Run a batch over all rows of `columns` (variables, rows); `run` is `run_by_address` for their type.

    Writes `values` (formulas, rows); or to `sums` (formulas, 4) the moments of the values and the pivot from which they
    are counted, the first value; or to `sums[:, 0]` the loss of shift + slope f. Where a sum is not finite, the formula
    ends early with infinity.
    """
    n, variables, rows = len(starts) - 1, columns.shape[0], columns.shape[1]
    most = longest(number_starts)
    steps = np.empty((starts[n] - starts[0], 5), dtype=np.int32)
    pile = np.empty(2 * longest(starts), dtype=np.int64)
    lengths, results = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    used = 0
    for f in range(n):
        code, room = codes[starts[f] : starts[f + 1]], steps[starts[f] - starts[0] :]
        own = number_starts[f + 1] - number_starts[f]
        lengths[f], results[f], taken = translate(code, own, variables, variables + most, protected, REUSE, room, pile)
        used = max(used, taken)
    stride = min(padded(rows), BLOCK)
    tile = stride if stride <= 2 * TILE else TILE
    memory = np.empty(variables * stride + (most + used + 1) * tile, dtype=columns.dtype)
    for block in range(0, rows, BLOCK):
        size = min(BLOCK, rows - block)
        load(memory, columns, block, size, stride)
        for f in range(n):
            if not math.isfinite(sums[f, 0]):
                continue
            for j in range(number_starts[f], number_starts[f + 1]):
                start = variables * stride + (j - number_starts[f]) * tile
                fill(memory[start : start + tile], numbers[j])
            program = steps[starts[f] - starts[0] : starts[f] - starts[0] + lengths[f]]
            for at in range(0, size, tile):
                m = min(tile, size - at)
                run(program, memory, at, padded(m), variables, most, stride, tile)
                start = place(results[f], at, variables, stride, tile)
                found = memory[np.int64(start) : np.int64(start) + m]
                first = block + at
                if mode == VALUES:
                    take(values[f, first : first + m], found)
                    continue
                if mode == MOMENTS:
                    if first == 0:
                        sums[f, 3] = found[0]
                    add_moments(sums[f], found, y[first : first + m], weights[first : first + m])
                else:
                    spare = memory[len(memory) - tile : len(memory) - tile + m]
                    take(spare, found)
                    to_losses(spare, y[first : first + m], shifts[f], slopes[f], kind, delta)
                    sums[f, 0] += weighted_sum(spare, weights[first : first + m])
                if not math.isfinite(sums[f, 0] + sums[f, 1]):
                    sums[f, 0] = math.inf
                    break
