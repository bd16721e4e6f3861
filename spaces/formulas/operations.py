"""What the steps of register code compute, on a stretch of rows at a time.

The functions read the m numbers of `memory` from places a, b and c on, and write those from d on. Places are unsigned,
which spares Python's negative indices, and what is written lies apart from what is read: so loops become vector code.
The protected forms read a changed copy of their operand, on which the common function is harmless.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import Whole, loops_inside
from .numpy_evaluation import LARGEST_EXPONENT, NEAR_ZERO
from .operators import OPERATORS
from .register_code import CARRY, PROTECTED
from .scalar_functions import LARGEST_ANGLE, cos_of, cosh_of, exp_times, log_of, power_of, sin_of, sinh_of, tanh_of

Rows = NDArray[Any]

# Codes as numbers of NumPy: for one of Python Numba compiles each function anew that it is given to.
ADD, SUBTRACT, MULTIPLY, DIVIDE, POWER, MINIMUM, MAXIMUM = np.arange(7)
NEGATIVE, RECIPROCAL, SQUARE, CUBE, SQRT, EXP, LOG, SIN, COS, TAN = np.arange(7, 17)
ARCSIN, ARCCOS, ARCTAN, SINH, COSH, TANH, ABS = np.arange(17, 24)
LESS, WHERE, BOTH, EITHER, CONTRARY = np.arange(24, 29)
assert [operator.name for operator in OPERATORS[TAN : ABS + 1 : 7]] == ["tan", "abs"]
assert len(OPERATORS) == CONTRARY + 1


@loops_inside
def arithmetic(op: Whole, memory: Rows, d: Any, a: Any, b: Any, m: Any) -> None:
    """Sums, products and quotients; a quotient is 1 in its protected form where the denominator is nearly zero."""
    if op == ADD:
        for i in range(m):
            memory[d + i] = memory[a + i] + memory[b + i]
    elif op == SUBTRACT:
        for i in range(m):
            memory[d + i] = memory[a + i] - memory[b + i]
    elif op == MULTIPLY:
        for i in range(m):
            memory[d + i] = memory[a + i] * memory[b + i]
    elif op == DIVIDE:
        for i in range(m):
            memory[d + i] = memory[a + i] / memory[b + i]
    elif op == CARRY:
        for i in range(m):
            memory[d + i] = memory[a + i] * memory[b + i] if memory[a + i] != 0.0 else 0.0
    else:
        for i in range(m):
            memory[d + i] = memory[a + i] / memory[b + i] if abs(memory[b + i]) > NEAR_ZERO else 1.0


@loops_inside
def choice(op: Whole, memory: Rows, d: Any, a: Any, b: Any, c: Any, m: Any) -> None:
    """The smaller or larger of two, NaN where one is; comparisons, and what is built on them.

    Truth is 1, and all but 0 is true.
    """
    if op == MINIMUM:
        for i in range(m):
            x, y = memory[a + i], memory[b + i]
            memory[d + i] = x if x < y or x != x else y
    elif op == MAXIMUM:
        for i in range(m):
            x, y = memory[a + i], memory[b + i]
            memory[d + i] = x if x > y or x != x else y
    elif op == LESS:
        for i in range(m):
            memory[d + i] = memory[a + i] < memory[b + i]
    elif op == WHERE:
        for i in range(m):
            memory[d + i] = memory[b + i] if memory[a + i] != 0.0 else memory[c + i]
    elif op == CONTRARY:
        for i in range(m):
            memory[d + i] = memory[a + i] == 0.0
    else:
        for i in range(m):
            p, q = memory[a + i] != 0.0, memory[b + i] != 0.0
            memory[d + i] = (p & q) | ((op == EITHER) & (p | q))


@loops_inside
def shield(op: Whole, memory: Rows, d: Any, a: Any, b: Any, m: Any) -> None:
    """What a function sees of its operand in its protected form."""
    if op == PROTECTED + POWER:
        for i in range(m):
            size = abs(memory[a + i])
            memory[d + i] = size if size > NEAR_ZERO or memory[b + i] >= 0.0 else math.inf
    elif op == PROTECTED + SQRT or op == PROTECTED + LOG or op == PROTECTED + RECIPROCAL:
        zero = math.inf if op == PROTECTED + RECIPROCAL else 1.0
        for i in range(m):
            size = abs(memory[a + i])
            kept = memory[a + i] if op == PROTECTED + RECIPROCAL else size
            memory[d + i] = kept if size > NEAR_ZERO or op == PROTECTED + SQRT else zero
    else:
        limit = 1.0 if op == PROTECTED + ARCSIN or op == PROTECTED + ARCCOS else LARGEST_EXPONENT
        for i in range(m):
            size = limit if memory[a + i] > limit else memory[a + i]
            memory[d + i] = -limit if size < -limit else size


@loops_inside
def algebraic(op: Whole, memory: Rows, d: Any, a: Any, b: Any, m: Any) -> None:
    """Negation, roots and powers."""
    if op == NEGATIVE:
        for i in range(m):
            memory[d + i] = -memory[a + i]
    elif op == RECIPROCAL:
        for i in range(m):
            memory[d + i] = 1.0 / memory[a + i]
    elif op == SQUARE:
        for i in range(m):
            memory[d + i] = memory[a + i] * memory[a + i]
    elif op == CUBE:
        for i in range(m):
            memory[d + i] = memory[a + i] * memory[a + i] * memory[a + i]
    elif op == SQRT:
        for i in range(m):
            memory[d + i] = math.sqrt(memory[a + i])
    elif op == ABS:
        for i in range(m):
            memory[d + i] = abs(memory[a + i])
    else:
        for i in range(m):
            memory[d + i] = power_of(memory[a + i], memory[b + i])


@loops_inside
def transcendental(op: Whole, memory: Rows, d: Any, a: Any, m: Any) -> None:
    """The exponential and its kin; arc sine, arc cosine and arc tangent are those of libm."""
    if op == EXP:
        for i in range(m):
            memory[d + i] = exp_times(memory[a + i], np.int64(0))
    elif op == LOG:
        for i in range(m):
            memory[d + i] = log_of(memory[a + i])
    elif op == SINH:
        for i in range(m):
            memory[d + i] = sinh_of(memory[a + i])
    elif op == COSH:
        for i in range(m):
            memory[d + i] = cosh_of(memory[a + i])
    elif op == TANH:
        for i in range(m):
            memory[d + i] = tanh_of(memory[a + i])
    else:
        for i in range(m):
            x = np.float64(memory[a + i])
            memory[d + i] = math.asin(x) if op == ARCSIN else math.acos(x) if op == ARCCOS else math.atan(x)


@loops_inside
def trigonometric(op: Whole, memory: Rows, d: Any, a: Any, m: Any) -> None:
    """Sine, cosine and tangent; those of libm for angles beyond `LARGEST_ANGLE`."""
    large = False
    if op == SIN:
        for i in range(m):
            large |= abs(memory[a + i]) > LARGEST_ANGLE
            memory[d + i] = sin_of(memory[a + i])
    elif op == COS:
        for i in range(m):
            large |= abs(memory[a + i]) > LARGEST_ANGLE
            memory[d + i] = cos_of(memory[a + i])
    else:
        for i in range(m):
            large |= abs(memory[a + i]) > LARGEST_ANGLE
            memory[d + i] = sin_of(memory[a + i]) / cos_of(memory[a + i])
    if large:
        for i in range(m):
            x = np.float64(memory[a + i])
            if abs(x) > LARGEST_ANGLE:
                memory[d + i] = math.sin(x) if op == SIN else math.cos(x) if op == COS else math.tan(x)
