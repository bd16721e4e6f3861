"""Desired values: what a part of a formula would have to give, so that the whole gives a target.

From the root down each operator is undone, its other operands as they are. A desired value is NaN where the operator
cannot give what is wanted. Where several values will do, it is the nearest to what the part gives now.

Source: Pawlak, Wieloch, Krawiec, 2015, Semantic Backpropagation for Designing Search Operators in Genetic Programming,
doi:10.1109/TEVC.2014.2321259.
Differs: one desired value a row, where the source keeps sets of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from .formula import Formula
from .operators import BY_NAME, LITERAL, VARIABLE

Floats = NDArray[np.float64]
#: The operand that gives `wanted`, nearest to what it gives `now`.
Undo = Callable[[Floats, Floats], Floats]
#: The operand that gives `wanted` beside another one.
UndoBeside = Callable[[Floats, Floats], Floats]


def values_of_parts(formula: Formula, columns: Floats) -> list[Floats]:
    """The values of every part on columns (variables, rows), by the node that heads it.

    >>> from inlay.spaces.formulas import parse_formula
    >>> [v.tolist() for v in values_of_parts(parse_formula("x + 2", ["x"]), np.array([[1.0, 5.0]]))]
    [[3.0, 7.0], [1.0, 5.0], [2.0, 2.0]]
    """
    found: list[Floats] = []
    stack: list[Floats] = []
    left, vocabulary = len(formula.numbers), formula.vocabulary
    for code in reversed(formula.symbols()):
        if code >= VARIABLE:
            values = columns[code - VARIABLE]
        elif code >= LITERAL:
            left -= 1
            values = np.full(columns.shape[1], formula.numbers[left])
        else:
            values = vocabulary.operator(code).function(*[stack.pop() for _ in range(vocabulary.arity(code))])
        stack.append(values)
        found.append(values)
    return found[::-1]


def desired_values(formula: Formula, node: int, parts: Sequence[Floats], target: Floats) -> Floats:
    """What the part that a node heads should give for each row; `parts` are the values of all parts.

    >>> from inlay.spaces.formulas import parse_formula
    >>> formula, columns = parse_formula("exp(x) + 2", ["x"]), np.array([[0.0, 1.0, 2.0]])
    >>> desired_values(formula, 2, values_of_parts(formula, columns), np.array([3.0, 2.0 + np.e, 0.0]))
    array([ 0.,  1., nan])
    """
    symbols, ends, at = formula.symbols(), formula.spans(), 0
    with np.errstate(all="ignore"):
        while at != node:
            operands = formula.operands(at)
            place = next(i for i, operand in enumerate(operands) if operand <= node < ends[operand])
            target = _undone(symbols[at], place, target, [parts[operand] for operand in operands])
            at = operands[place]
    return np.where(np.isfinite(target), target, np.nan)


def _undone(code: int, place: int, wanted: Floats, operands: Sequence[Floats]) -> Floats:
    """What one operand of an operator should give."""
    if len(operands) == 1 and code in _UNDO:
        return _UNDO[code](wanted, operands[0])
    if len(operands) == 2 and code in _UNDO_BESIDE:
        return _UNDO_BESIDE[code][place](wanted, operands[1 - place])
    return np.full_like(wanted, np.nan)


# -- what undoes an operator -----------------------------------------------------------------------------------------


def _where(holds: NDArray[np.bool_], values: Floats) -> Floats:
    return np.where(holds, values, np.nan)


def _turned(angle: Floats, now: Floats, period: float) -> Floats:
    """The angle by whole periods nearer to another one."""
    found: Floats = angle + period * np.rint((now - angle) / period)
    return found


def _nearer(a: Floats, b: Floats, now: Floats) -> Floats:
    return np.where(np.abs(a - now) <= np.abs(b - now), a, b)


def _sine(wanted: Floats, now: Floats) -> Floats:
    angle = np.arcsin(wanted)
    return _nearer(_turned(angle, now, 2 * np.pi), _turned(np.pi - angle, now, 2 * np.pi), now)


def _cosine(wanted: Floats, now: Floats) -> Floats:
    angle = np.arccos(wanted)
    return _nearer(_turned(angle, now, 2 * np.pi), _turned(-angle, now, 2 * np.pi), now)


_UNARY: dict[str, Undo] = {
    "negative": lambda wanted, now: -wanted,
    "reciprocal": lambda wanted, now: 1 / wanted,
    "square": lambda wanted, now: np.copysign(np.sqrt(wanted), now),
    "cube": lambda wanted, now: np.cbrt(wanted),
    "sqrt": lambda wanted, now: _where(wanted >= 0, wanted**2),
    "exp": lambda wanted, now: np.log(wanted),
    "log": lambda wanted, now: np.exp(wanted),
    "sin": _sine,
    "cos": _cosine,
    "tan": lambda wanted, now: _turned(np.arctan(wanted), now, np.pi),
    "arcsin": lambda wanted, now: _where(np.abs(wanted) <= np.pi / 2, np.sin(wanted)),
    "arccos": lambda wanted, now: _where((wanted >= 0) & (wanted <= np.pi), np.cos(wanted)),
    "arctan": lambda wanted, now: _where(np.abs(wanted) < np.pi / 2, np.tan(wanted)),
    "sinh": lambda wanted, now: np.arcsinh(wanted),
    "cosh": lambda wanted, now: np.copysign(np.arccosh(wanted), now),
    "tanh": lambda wanted, now: np.arctanh(wanted),
    "abs": lambda wanted, now: _where(wanted >= 0, np.copysign(wanted, now)),
}
_BINARY: dict[str, tuple[UndoBeside, UndoBeside]] = {
    "add": (lambda wanted, b: wanted - b, lambda wanted, a: wanted - a),
    "subtract": (lambda wanted, b: wanted + b, lambda wanted, a: a - wanted),
    "multiply": (lambda wanted, b: wanted / b, lambda wanted, a: wanted / a),
    "divide": (lambda wanted, b: wanted * b, lambda wanted, a: a / wanted),
    "power": (lambda wanted, b: wanted ** (1 / b), lambda wanted, a: np.log(wanted) / np.log(a)),
    "minimum": (lambda wanted, b: _where(b >= wanted, wanted), lambda wanted, a: _where(a >= wanted, wanted)),
    "maximum": (lambda wanted, b: _where(b <= wanted, wanted), lambda wanted, a: _where(a <= wanted, wanted)),
}
_UNDO = {BY_NAME[name].code: undo for name, undo in _UNARY.items()}
_UNDO_BESIDE = {BY_NAME[name].code: pair for name, pair in _BINARY.items()}
