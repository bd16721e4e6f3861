"""Which numbers of a formula enter it linearly, as its structure shows."""
# ruff: noqa: SIM109 - kernels with comparisons compile faster than those with tuples

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiled import arithmetic_inside
from .operations import ADD, DIVIDE, MULTIPLY, NEGATIVE, SUBTRACT, WHERE
from .register_code import FIRST, OPERATOR, PROTECTED, SECOND, TARGET, THIRD, Integers, Steps

#: At most so many numbers are told apart.
MOST_LINEAR = 62


@arithmetic_inside
def linear_numbers(steps: Steps, free: NDArray[np.bool_], variables: int, masks: Integers) -> int:
    """Which free numbers enter the result linearly together, as bits; `masks` is room for every row.

    A sum is linear in what its terms are linear in, a product in what one factor is linear in, a quotient in what its
    numerator is; other operators end it.
    """
    for row in range(variables + len(free)):
        j = row - variables
        masks[row] = np.int64(1) << j if 0 <= j < MOST_LINEAR and free[j] else 0
    found = masks[variables] if len(free) else 0
    for k in range(len(steps)):
        op, first, second = steps[k, OPERATOR] % PROTECTED, masks[steps[k, FIRST]], masks[steps[k, SECOND]]
        found = 0
        if op == ADD or op == SUBTRACT:
            found = first | second
        elif op == WHERE:
            found = second | masks[steps[k, THIRD]]
        elif op == MULTIPLY:
            found = first if bits(first) >= bits(second) else second
        elif op == NEGATIVE or op == DIVIDE:
            found = first
        masks[steps[k, TARGET]] = found
    return found


@arithmetic_inside
def bits(mask: int) -> int:
    """How many bits are set."""
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count
