"""Evaluation of formulas by NumPy alone: the reference, and what runs without Numba or with operators of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .operators import LITERAL, OPERATORS, OWN, VARIABLE, Operator

Array = NDArray[Any]

#: What the protected semantics take for zero in a denominator or logarithm, as gplearn does.
NEAR_ZERO = 1e-3
#: The largest exponent of the protected exp, sinh and cosh: their values fit single precision.
LARGEST_EXPONENT = 80.0


def numpy_values(
    codes: Sequence[int],
    numbers: Sequence[float],
    columns: Array,
    protected: bool = False,
    own: Sequence[Operator] = (),
) -> Array:
    """The values of one formula, given in prefix order, on columns (variables, rows): (rows,), of their type.

    Silent where it overflows or is undefined only inside `np.errstate`, which the caller sets once for many formulas.

    >>> numpy_values([2, 256, 254], [3.0], np.array([[1.0, 2.0]])).tolist()
    [3.0, 6.0]
    """
    functions = _PROTECTED if protected else _PLAIN
    kind, left = columns.dtype.type, len(numbers)
    stack: list[Any] = []
    for code in reversed(codes):
        if code >= VARIABLE:
            stack.append(columns[code - VARIABLE])
        elif code >= LITERAL:
            left -= 1
            stack.append(kind(numbers[left]))
        elif code >= OWN:
            operator = own[code - OWN]
            stack.append(operator.function(*[stack.pop() for _ in operator.takes]))
        else:
            stack.append(functions[code](*[stack.pop() for _ in OPERATORS[code].takes]))
    try:
        return np.broadcast_to(np.asarray(stack[0], dtype=columns.dtype), columns.shape[1:])
    except ValueError as error:
        raise ValueError(
            f"an operator gave an array of shape {np.shape(stack[0])} for {columns.shape[1]} rows"
        ) from error


def batch_values(batch: Any, columns: Array, protected: bool = False, own: Sequence[Operator] = ()) -> Iterator[Array]:
    """The values of each formula of a batch, silently."""
    codes, numbers = batch.codes.tolist(), batch.numbers.tolist()
    starts, number_starts = batch.starts.tolist(), batch.number_starts.tolist()
    with np.errstate(all="ignore"):
        for i in range(len(batch)):
            yield numpy_values(
                codes[starts[i] : starts[i + 1]],
                numbers[number_starts[i] : number_starts[i + 1]],
                columns,
                protected,
                own,
            )


# -- protected semantics ---------------------------------------------------------------------------------------------


def _divide(x: Any, y: Any) -> Any:
    return np.where(np.abs(y) > NEAR_ZERO, x / y, x.dtype.type(1))


def _reciprocal(x: Any) -> Any:
    return np.where(np.abs(x) > NEAR_ZERO, 1 / x, x.dtype.type(0))


def _log(x: Any) -> Any:
    return np.where(np.abs(x) > NEAR_ZERO, np.log(np.abs(x)), x.dtype.type(0))


def _power(x: Any, y: Any) -> Any:
    return np.where((np.abs(x) <= NEAR_ZERO) & (y < 0), x.dtype.type(0), np.abs(x) ** y)


def _clamped(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: function(np.clip(x, -LARGEST_EXPONENT, LARGEST_EXPONENT))


def _inside(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: function(np.clip(x, -1, 1))


#: The operators that differ under protected semantics.
SHIELDS: Mapping[str, Callable[..., Any]] = {
    "divide": _divide,
    "power": _power,
    "reciprocal": _reciprocal,
    "sqrt": lambda x: np.sqrt(np.abs(x)),
    "log": _log,
    "exp": _clamped(np.exp),
    "sinh": _clamped(np.sinh),
    "cosh": _clamped(np.cosh),
    "arcsin": _inside(np.arcsin),
    "arccos": _inside(np.arccos),
}
_PLAIN = [operator.function for operator in OPERATORS]
_PROTECTED = [SHIELDS.get(operator.name, operator.function) for operator in OPERATORS]
