"""The kernel that computes the derivatives of one formula by all its numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .compiled import allocating_arithmetic
from .derivatives import ADDED, NEEDED, differentiate
from .interpreter import place
from .register_code import SEPARATE, translate
from .tiles import BLOCK, TILE, fill, load, padded

Floats = NDArray[np.float64]


@allocating_arithmetic
def jacobian_rows(
    run: Callable[..., None],
    codes: NDArray[np.int16],
    numbers: Floats,
    columns: Floats,
    protected: bool,
    found: Floats,
) -> None:
    """Write to `found` (numbers, rows) the derivatives on `columns` (variables, rows); `run` is the interpreter."""
    variables, rows, n = columns.shape[0], columns.shape[1], len(numbers)
    temporaries = variables + n + len(NEEDED)
    steps = np.empty(((1 + ADDED) * len(codes), 5), dtype=np.int32)
    pile = np.empty(2 * len(codes), dtype=np.int64)
    adjoints = np.empty(temporaries + len(steps), dtype=np.int64)
    made, result, _ = translate(codes, n, variables, temporaries, protected, SEPARATE, steps, pile)
    end = differentiate(steps, made, result, np.ones(n, dtype=np.bool_), variables, temporaries, adjoints)
    stride = min(padded(rows), BLOCK)
    memory = np.empty(variables * stride + (n + len(NEEDED) + end + 1) * TILE)
    for j in range(n + len(NEEDED)):
        start = variables * stride + j * TILE
        fill(memory[start : start + TILE], numbers[j] if j < n else NEEDED[j - n])
    for block in range(0, rows, BLOCK):
        size = min(BLOCK, rows - block)
        load(memory, columns, block, size, stride)
        for at in range(0, size, TILE):
            run(steps[:end], memory, at, padded(min(TILE, size - at)), variables, n, stride, TILE)
            for j in range(n):
                row = adjoints[variables + j]
                for i in range(at, min(at + TILE, size)):
                    place_of = place(row, at, variables, stride, TILE) + np.uint64(i - at)
                    found[j, block + i] = memory[place_of] if row >= 0 else 0.0
