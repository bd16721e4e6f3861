"""The interpreter of register code: it takes the steps of one formula on one tile of rows.

Memory is one array: first the columns of a block of rows, `stride` apart; then tiles, one for each number of the
formula and each temporary result; the last tile is spare.
"""
# ruff: noqa: SIM109 - kernels with comparisons compile faster than those with tuples

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from .compiled import Whole, arithmetic_by_address, arithmetic_inside, by_address, compiled_inside
from .operations import (
    ARCSIN,
    CUBE,
    DIVIDE,
    EXP,
    LESS,
    LOG,
    MAXIMUM,
    MINIMUM,
    POWER,
    RECIPROCAL,
    SIN,
    SQUARE,
    TAN,
    TANH,
    Rows,
    algebraic,
    arithmetic,
    choice,
    shield,
    transcendental,
    trigonometric,
)
from .register_code import CARRY, FIRST, OPERATOR, PROTECTED, SECOND, TARGET, THIRD, Steps


@compiled_inside
def place(row: Whole, at: int, variables: int, stride: int, tile: int) -> Any:
    """Where a row of register code lies in memory, from row `at` of the block on."""
    return np.uint64(row * stride + at if row < variables else variables * stride + (row - variables) * tile)


@arithmetic_by_address
def run(steps: Steps, memory: Rows, at: int, rows: int, variables: int, numbers: int, stride: int, tile: int) -> None:
    """Take the steps of one formula on some rows of the block from `at` on."""
    spare, m = np.uint64(len(memory) - tile), np.uint64(rows)
    for k in range(len(steps)):
        op: Whole = np.int64(steps[k, OPERATOR])
        second = np.int64(steps[k, SECOND])
        d = place(np.int64(steps[k, TARGET]), at, variables, stride, tile)
        a = place(np.int64(steps[k, FIRST]), at, variables, stride, tile)
        b = place(second, at, variables, stride, tile)
        if op <= DIVIDE or op == CARRY or op == PROTECTED + DIVIDE:
            arithmetic(op, memory, d, a, b, m)
            continue
        if op >= PROTECTED:
            shield(op, memory, spare, a, b, m)
            op, a = op - PROTECTED, spare
        elif op == POWER and variables <= second < variables + numbers:
            op = power_operator(memory[b])
        if MINIMUM <= op <= MAXIMUM or op >= LESS:
            choice(op, memory, d, a, b, place(np.int64(steps[k, THIRD]), at, variables, stride, tile), m)
        elif SIN <= op <= TAN:
            trigonometric(op, memory, d, a, m)
        elif op == EXP or op == LOG or ARCSIN <= op <= TANH:
            transcendental(op, memory, d, a, m)
        else:
            algebraic(op, memory, d, a, b, m)


@arithmetic_inside
def power_operator(exponent: float) -> Whole:
    """The operator that computes powers with this exponent."""
    return SQUARE if exponent == 2.0 else CUBE if exponent == 3.0 else RECIPROCAL if exponent == -1.0 else POWER


@cache
def run_by_address(dtype: str) -> Any:
    """`run` for memory of a type."""
    return by_address(run, f"void(int32[:,::1], {dtype}[::1], int64, int64, int64, int64, int64, int64)")
