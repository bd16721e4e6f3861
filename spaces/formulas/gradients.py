"""Derivatives of a formula with respect to its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .batches import Batch, columns
from .compiled import NUMBA, first_use
from .data import Floats
from .formula import Formula
from .numpy_evaluation import numpy_values

#: The step of central differences, the cube root of the rounding error, relative to numbers of at least this size.
STEP, SMALLEST = 6e-6, 1e-3


def jacobian(formula: Formula, X: Any, *, protected: bool = False) -> Floats:
    """The derivatives of a formula by its numbers, literals and constants, on every row of `X`: (numbers, rows).

    By one backward pass where all operators are common ones and Numba is there; else by central differences, which are
    precise to about 1e-9. Where a function has no derivative, one of its sides is taken, or zero.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> jacobian(parse_formula("3 * x + 2", ["x"]), [[1.0], [4.0]]).round(6).tolist()
    [[1.0, 4.0], [1.0, 1.0]]
    """
    table = columns(X, formula.vocabulary)
    batch = Batch.of([formula])
    if NUMBA and batch.common:
        return _by_backward_pass(batch, table, protected)
    return central_differences(formula, table, np.arange(len(formula.numbers)), protected)


def central_differences(formula: Formula, table: Floats, which: NDArray[np.int64], protected: bool) -> Floats:
    """The derivatives of a formula by some of its numbers on columns (variables, rows), by NumPy: (which, rows)."""
    codes, numbers, own = formula.symbols(), np.array(formula.numbers), formula.vocabulary.own
    found = np.empty((len(which), table.shape[1]))
    with np.errstate(all="ignore"):
        for place, j in enumerate(which):
            ends = [numbers.copy(), numbers.copy()]
            step = STEP * max(SMALLEST, abs(numbers[j]))
            ends[0][j] += step
            ends[1][j] -= step
            above, below = (numpy_values(codes, end.tolist(), table, protected, own) for end in ends)
            found[place] = (above - below) / (ends[0][j] - ends[1][j])
    return found


def _by_backward_pass(batch: Batch, table: Floats, protected: bool) -> Floats:
    with first_use("kernels for derivatives of formulas"):
        from .interpreter import run_by_address
        from .jacobian_kernel import jacobian_rows

        found = np.empty((len(batch.numbers), table.shape[1]))
        jacobian_rows(run_by_address("float64"), batch.codes, batch.numbers, table, protected, found)
    return found
