"""Derivatives of register code are register code: a backward pass over its steps writes the steps that compute them.

The interpreter then runs both together. The adjoint of a row is the derivative of the result by it; every row of a
formula is read by one step only, so that nothing needs to be added up.
"""
# ruff: noqa: SIM109 - kernels with comparisons compile faster than those with tuples

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import Whole, arithmetic_inside
from .numpy_evaluation import LARGEST_EXPONENT, NEAR_ZERO
from .operations import (
    ABS,
    ADD,
    ARCCOS,
    ARCSIN,
    ARCTAN,
    CONTRARY,
    COS,
    COSH,
    CUBE,
    DIVIDE,
    EITHER,
    EXP,
    LESS,
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
)
from .register_code import ARITIES, CARRY, FIRST, OPERATOR, PROTECTED, SECOND, TARGET, THIRD, Integers, Steps

#: The numbers that derivatives need, in rows of their own after those of the formula: first the adjoint of the result.
SEED, ZERO, ONE, NEAR, LARGEST = np.arange(5)
NEEDED = np.array([1.0, 0.0, 1.0, NEAR_ZERO, LARGEST_EXPONENT])
#: At most so many steps are added for each step of a formula.
ADDED = 12


@arithmetic_inside
def differentiate(
    steps: Steps, made: int, result: int, free: NDArray[np.bool_], variables: int, temporaries: int, adjoints: Integers
) -> int:
    """Write after the `made` steps those that compute the adjoints of free numbers; returns how many there are in all.

    `adjoints`, room for every row, says afterwards in which row the adjoint of each lies, or -1 where it is zero. The
    rows of `NEEDED` end before row `temporaries`; the steps were translated without `reuse`.
    """
    needed = temporaries - len(NEEDED)
    for row in range(temporaries):
        adjoints[row] = 0 if variables <= row < variables + len(free) and free[row - variables] else -1
    for k in range(made):
        active = False
        for place in range(FIRST, THIRD + 1):
            active |= adjoints[steps[k, place]] >= 0
        adjoints[steps[k, TARGET]] = 0 if active else -1
    if adjoints[result] < 0:
        return made
    adjoints[result] = needed + SEED
    end = made
    for k in range(made - 1, -1, -1):
        above = adjoints[steps[k, TARGET]]
        if above < 0:
            continue
        for which in range(ARITIES[steps[k, OPERATOR] % PROTECTED]):
            row = steps[k, FIRST + which]
            if adjoints[row] >= 0:
                adjoints[row], end = pull(steps, end, k, which, above, needed)
    return end


@arithmetic_inside
def emit(steps: Steps, end: int, op: Whole, first: Whole, second: Whole, third: Whole) -> tuple[Whole, int]:
    """Add a step, whose target is the row after that of the last; returns the target, and how many steps there are."""
    steps[end, OPERATOR], steps[end, FIRST], steps[end, SECOND], steps[end, THIRD] = op, first, second, third
    steps[end, TARGET] = steps[end - 1, TARGET] + 1
    return np.int64(steps[end, TARGET]), end + 1


@arithmetic_inside
def pull(steps: Steps, end: int, k: Whole, which: Whole, above: Whole, needed: Whole) -> tuple[Whole, int]:
    """Steps from the adjoint `above` of the target of step k to that of its operand `which`: its row, and the end."""
    op = np.int64(steps[k, OPERATOR])
    if op == ADD or (op == SUBTRACT and which == 0):
        return above, end
    if op == NEGATIVE or op == SUBTRACT:
        return emit(steps, end, NEGATIVE, above, above, above)
    if op == PROTECTED + POWER:
        slope, end = shielded_power_derivative(steps, end, k, which, needed)
        return emit(steps, end, CARRY, above, slope, slope)
    slope, end = derivative(steps, end, op % PROTECTED, k, which, needed)
    if op >= PROTECTED:
        slope, end = shielded_derivative(steps, end, op - PROTECTED, k, which, slope, needed)
    return emit(steps, end, CARRY, above, slope, slope)


@arithmetic_inside
def derivative(steps: Steps, end: int, op: Whole, k: Whole, which: Whole, needed: Whole) -> tuple[Whole, int]:
    """Steps to the derivative of step k by its operand `which`, without protection."""
    d, a, b = np.int64(steps[k, TARGET]), np.int64(steps[k, FIRST]), np.int64(steps[k, SECOND])
    zero, one = needed + ZERO, needed + ONE
    if op == MULTIPLY:
        return (b if which == 0 else a), end
    if op == EXP:
        return d, end
    if op == DIVIDE:
        if which == 0:
            return emit(steps, end, RECIPROCAL, b, b, b)
        row, end = emit(steps, end, DIVIDE, d, b, b)
        return emit(steps, end, NEGATIVE, row, row, row)
    if op == LOG:
        return emit(steps, end, RECIPROCAL, a, a, a)
    if op == SIN or op == COSH or op == SINH:
        return emit(steps, end, COS if op == SIN else SINH if op == COSH else COSH, a, a, a)
    if op == COS:
        row, end = emit(steps, end, SIN, a, a, a)
        return emit(steps, end, NEGATIVE, row, row, row)
    if op == SQRT:
        row, end = emit(steps, end, ADD, d, d, d)
        return emit(steps, end, RECIPROCAL, row, row, row)
    if op == SQUARE or op == CUBE:
        row, end = emit(steps, end, ADD, a, a, a)
        if op == SQUARE:
            return row, end
        more, end = emit(steps, end, ADD, row, a, a)
        return emit(steps, end, MULTIPLY, more, a, a)
    if op == POWER:
        return power_derivative(steps, end, a, b, d, which, needed)
    if op == MINIMUM or op == MAXIMUM:
        row, end = emit(steps, end, LESS, a if op == MINIMUM else b, b if op == MINIMUM else a, a)
        return (row, end) if which == 0 else emit(steps, end, CONTRARY, row, row, row)
    if op == WHERE and which > 0:
        return emit(steps, end, WHERE, a, one if which == 1 else zero, one if which == 2 else zero)
    if op == ABS:
        return sign(steps, end, a, zero)
    if op == RECIPROCAL or op == TAN or op == TANH or ARCSIN <= op <= ARCTAN:
        return derivative_by_square(steps, end, op, a if ARCSIN <= op <= ARCTAN else d, one)
    return zero, end


@arithmetic_inside
def power_derivative(
    steps: Steps, end: int, a: Whole, b: Whole, d: Whole, which: Whole, needed: Whole
) -> tuple[Whole, int]:
    """d(x**y)/dx = y x**(y - 1); d(x**y)/dy = x**y log x, and zero where x is not positive."""
    if which == 0:
        row, end = emit(steps, end, SUBTRACT, b, needed + ONE, b)
        row, end = emit(steps, end, POWER, a, row, row)
        return emit(steps, end, MULTIPLY, b, row, row)
    row, end = emit(steps, end, LOG, a, a, a)
    row, end = emit(steps, end, CARRY, d, row, row)
    positive, end = emit(steps, end, LESS, needed + ZERO, a, a)
    return emit(steps, end, WHERE, positive, row, needed + ZERO)


@arithmetic_inside
def derivative_by_square(steps: Steps, end: int, op: Whole, x: Whole, one: Whole) -> tuple[Whole, int]:
    """Derivatives made of 1 and the square of a row: of 1 / x, tan, tanh and the arc functions."""
    square, end = emit(steps, end, SQUARE, x, x, x)
    if op == RECIPROCAL:
        return emit(steps, end, NEGATIVE, square, square, square)
    adds = op == TAN or op == ARCTAN
    row, end = emit(steps, end, ADD if adds else SUBTRACT, one, square, square)
    if op == TAN or op == TANH:
        return row, end
    if op != ARCTAN:
        row, end = emit(steps, end, SQRT, row, row, row)
    row, end = emit(steps, end, RECIPROCAL, row, row, row)
    return emit(steps, end, NEGATIVE, row, row, row) if op == ARCCOS else (row, end)


@arithmetic_inside
def sign(steps: Steps, end: int, a: Whole, zero: Whole) -> tuple[Whole, int]:
    """Steps to 1 where a row is above zero, -1 where it is below."""
    above, end = emit(steps, end, LESS, zero, a, a)
    below, end = emit(steps, end, LESS, a, zero, a)
    return emit(steps, end, SUBTRACT, above, below, below)


@arithmetic_inside
def shielded_derivative(
    steps: Steps, end: int, op: Whole, k: Whole, which: Whole, slope: Whole, needed: Whole
) -> tuple[Whole, int]:
    """The derivative of a protected step from that of the plain one: zero where the protection makes it constant."""
    a = np.int64(steps[k, SECOND] if op == DIVIDE else steps[k, FIRST])
    zero, near = needed + ZERO, needed + NEAR
    size, end = emit(steps, end, ABS, a, a, a)
    if op == SQRT:
        row, end = sign(steps, end, a, zero)
        return emit(steps, end, CARRY, row, slope, slope)
    if op == DIVIDE or op == LOG or op == RECIPROCAL:
        row, end = emit(steps, end, LESS, near, size, size)
    else:
        limit = needed + ONE if op == ARCSIN or op == ARCCOS else needed + LARGEST
        row, end = emit(steps, end, LESS, size, limit, size)
    return emit(steps, end, WHERE, row, slope, zero)


@arithmetic_inside
def shielded_power_derivative(steps: Steps, end: int, k: Whole, which: Whole, needed: Whole) -> tuple[Whole, int]:
    """The derivative of |x|**y: zero where x is nearly zero and y negative, for there the power is taken for zero."""
    d, a, b = np.int64(steps[k, TARGET]), np.int64(steps[k, FIRST]), np.int64(steps[k, SECOND])
    zero = needed + ZERO
    size, end = emit(steps, end, ABS, a, a, a)
    slope, end = power_derivative(steps, end, size, b, d, which, needed)
    if which == 1:
        return slope, end
    row, end = sign(steps, end, a, zero)
    slope, end = emit(steps, end, CARRY, row, slope, slope)
    far, end = emit(steps, end, LESS, needed + NEAR, size, size)
    negative, end = emit(steps, end, LESS, b, zero, b)
    harmless, end = emit(steps, end, CONTRARY, negative, negative, negative)
    row, end = emit(steps, end, EITHER, far, harmless, harmless)
    return emit(steps, end, WHERE, row, slope, zero)
