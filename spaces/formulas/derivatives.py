"""Derivatives of register code with respect to its numbers: one backward pass over the steps, a tile at a time."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import by_address, compiled, compiled_arithmetic
from .interpreter import place
from .numpy_evaluation import LARGEST_EXPONENT, NEAR_ZERO
from .operations import (
    ABS,
    ADD,
    ARCCOS,
    ARCSIN,
    ARCTAN,
    COS,
    COSH,
    CUBE,
    DIVIDE,
    EXP,
    LOG,
    MAXIMUM,
    MINIMUM,
    MULTIPLY,
    NEGATIVE,
    POWER,
    RECIPROCAL,
    SIN,
    SINH,
    SQRT,
    SQUARE,
    SUBTRACT,
    TAN,
    TANH,
    WHERE,
    Rows,
    shield,
    trigonometric,
)
from .register_code import ARITIES, FIRST, OPERATOR, PROTECTED, SECOND, TARGET, THIRD, Steps
from .scalar_functions import log_of, power_of, sinh_of


@compiled
def activity(steps: Steps, free: NDArray[np.bool_], variables: int, active: NDArray[np.bool_]) -> None:
    """Which rows depend on a free number."""
    for row in range(variables + len(free)):
        active[row] = row >= variables and free[row - variables]
    for k in range(len(steps)):
        active[steps[k, TARGET]] = active[steps[k, FIRST]] | active[steps[k, SECOND]] | active[steps[k, THIRD]]


@compiled_arithmetic
def backward(
    steps: Steps,
    active: NDArray[np.bool_],
    memory: Rows,
    adjoints: int,
    at: int,
    m: int,
    variables: int,
    stride: int,
    tile: int,
) -> None:
    """Carry the adjoint of the result back to all active rows; the last tile of memory is spare.

    The adjoint of row r, the derivative of the result by it, lies at `adjoints` + (r - variables) tile; that of the
    result is there already. Every row is read by one step only, so that nothing is added up. `active` says which rows
    depend on a free number; the others are left out.
    """
    spare = np.uint64(len(memory) - tile)
    for k in range(len(steps) - 1, -1, -1):
        op, target = steps[k, OPERATOR], steps[k, TARGET]
        if not active[target]:
            continue
        above = np.uint64(adjoints + (target - variables) * tile)
        for which in range(ARITIES[op % PROTECTED]):
            row = steps[k, FIRST + which]
            if not active[row]:
                continue
            out = np.uint64(adjoints + (row - variables) * tile)
            d = place(target, at, variables, stride, tile)
            a = place(steps[k, FIRST], at, variables, stride, tile)
            b = place(steps[k, SECOND], at, variables, stride, tile)
            partial(op, which, memory, out, d, a, b, spare, np.uint64(m))
            for i in range(np.uint64(m)):
                memory[out + i] = memory[out + i] * memory[above + i] if memory[above + i] != 0.0 else 0.0


@cache
def backward_by_address() -> Any:
    """`backward`, for double precision."""
    return by_address(backward, f"void(int32[:,::1], boolean[::1], float64[::1]{', int64' * 6})")


@compiled_arithmetic
def partial(op: int, which: int, memory: Rows, out: Any, d: Any, a: Any, b: Any, spare: Any, m: Any) -> None:
    """The derivative of a step by its operand `which`, where it gave what lies at d."""
    if op < PROTECTED:
        plain_partial(op, which, memory, out, d, a, b, m)
        return
    op -= PROTECTED
    inner = a
    if op == POWER:
        shield(op + PROTECTED, memory, spare, a, b, m)
        inner = spare
    plain_partial(op, which, memory, out, d, inner, b, m)
    if op == SQRT or op == POWER:
        for i in range(m):
            memory[out + i] *= -1.0 if memory[a + i] < 0.0 and which == 0 else 1.0
    elif op == DIVIDE or op == LOG or op == RECIPROCAL:
        critical = b if op == DIVIDE else a
        for i in range(m):
            memory[out + i] = memory[out + i] if abs(memory[critical + i]) > NEAR_ZERO else 0.0
    else:
        limit = 1.0 if op == ARCSIN or op == ARCCOS else LARGEST_EXPONENT
        for i in range(m):
            memory[out + i] = memory[out + i] if abs(memory[a + i]) < limit else 0.0


@compiled_arithmetic
def plain_partial(op: int, which: int, memory: Rows, out: Any, d: Any, a: Any, b: Any, m: Any) -> None:
    """The same for the unprotected forms; comparisons have derivative zero."""
    if op == MULTIPLY:
        other = b if which == 0 else a
        for i in range(m):
            memory[out + i] = memory[other + i]
    elif op == DIVIDE:
        for i in range(m):
            memory[out + i] = (1.0 if which == 0 else -memory[d + i]) / memory[b + i]
    elif op == POWER:
        power_partial(which, memory, out, d, a, b, m)
    elif op == MINIMUM or op == MAXIMUM:
        for i in range(m):
            first = memory[d + i] == memory[a + i]
            memory[out + i] = first == (which == 0)
    elif op == WHERE:
        for i in range(m):
            memory[out + i] = which > 0 and (memory[a + i] != 0.0) == (which == 1)
    elif op == SIN:
        trigonometric(COS, memory, out, a, m)
    elif op == COS:
        trigonometric(SIN, memory, out, a, m)
        for i in range(m):
            memory[out + i] = -memory[out + i]
    elif op == SQUARE or op == CUBE or op == LOG or op == ABS or op == COSH or ARCSIN <= op <= ARCTAN:
        slope_by_operand(op, memory, out, a, m)
    else:
        slope_by_result(op, which, memory, out, d, m)


@compiled_arithmetic
def power_partial(which: int, memory: Rows, out: Any, d: Any, a: Any, b: Any, m: Any) -> None:
    """d(x**y)/dx = y x**(y - 1) and d(x**y)/dy = x**y log x, which is zero where the result is, and for negative x."""
    if which == 0:
        for i in range(m):
            memory[out + i] = memory[b + i] * power_of(memory[a + i], memory[b + i] - 1.0)
    else:
        for i in range(m):
            positive = memory[d + i] != 0.0 and memory[a + i] > 0.0
            memory[out + i] = memory[d + i] * log_of(memory[a + i]) if positive else 0.0


@compiled_arithmetic
def slope_by_operand(op: int, memory: Rows, out: Any, a: Any, m: Any) -> None:
    """Derivatives that follow from the operand."""
    for i in range(m):
        x = memory[a + i]
        if op == SQUARE:
            memory[out + i] = 2.0 * x
        elif op == CUBE:
            memory[out + i] = 3.0 * x * x
        elif op == LOG:
            memory[out + i] = 1.0 / x
        elif op == ABS:
            memory[out + i] = 1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0
        elif op == COSH:
            memory[out + i] = sinh_of(x)
        elif op == ARCTAN:
            memory[out + i] = 1.0 / (1.0 + x * x)
        else:
            memory[out + i] = (1.0 if op == ARCSIN else -1.0) / math.sqrt(1.0 - x * x)


@compiled_arithmetic
def slope_by_result(op: int, which: int, memory: Rows, out: Any, d: Any, m: Any) -> None:
    """Derivatives that follow from the result."""
    for i in range(m):
        y = memory[d + i]
        if op == EXP:
            memory[out + i] = y
        elif op == SQRT:
            memory[out + i] = 0.5 / y
        elif op == RECIPROCAL:
            memory[out + i] = -y * y
        elif op == TAN:
            memory[out + i] = 1.0 + y * y
        elif op == TANH:
            memory[out + i] = 1.0 - y * y
        elif op == SINH:
            memory[out + i] = math.sqrt(1.0 + y * y)
        else:
            negative = op == NEGATIVE or (op == SUBTRACT and which == 1)
            memory[out + i] = -1.0 if negative else 1.0 if op == ADD or op == SUBTRACT else 0.0
