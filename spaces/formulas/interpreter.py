"""The interpreter of register code: it takes the steps of one formula on one tile of rows.

Memory is one array: first the columns of a block of rows, `stride` apart; then tiles, one for each number of the
formula and each temporary result; the last tile is spare.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from .compiled import by_address, compiled, compiled_arithmetic
from .operations import Rows, compute
from .register_code import FIRST, OPERATOR, SECOND, TARGET, THIRD, Steps


@compiled
def place(row: int, at: int, variables: int, stride: int, tile: int) -> Any:
    """Where a row of register code lies in memory, from row `at` of the block on."""
    return np.uint64(row * stride + at if row < variables else variables * stride + (row - variables) * tile)


@compiled_arithmetic
def run(steps: Steps, memory: Rows, at: int, m: int, variables: int, numbers: int, stride: int, tile: int) -> None:
    """Take the steps of one formula on the m rows of the block from `at` on; the last tile of memory is spare."""
    for k in range(len(steps)):
        second = steps[k, SECOND]
        compute(
            steps[k, OPERATOR],
            memory,
            place(steps[k, TARGET], at, variables, stride, tile),
            place(steps[k, FIRST], at, variables, stride, tile),
            place(second, at, variables, stride, tile),
            place(steps[k, THIRD], at, variables, stride, tile),
            np.uint64(len(memory) - tile),
            np.uint64(m),
            variables <= second < variables + numbers,
        )


@cache
def run_by_address(dtype: str) -> Any:
    """`run` for memory of a type."""
    return by_address(run, f"void(int32[:,::1], {dtype}[::1], int64, int64, int64, int64, int64, int64)")
