"""Formulas as text: mathematics in one line that `parse_formula` reads back, and functions in Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from keyword import iskeyword
from typing import NamedTuple

from ..errors import SpaceError
from .folding import fold
from .formula import Formula
from .operators import BY_NAME, CONSTANT, LITERAL, OPERATORS, OWN, VARIABLE, Operator

#: How tightly what is no operation between operands binds; a number, unlike a name, may not follow a sign of its own.
NAME, NUMBER, SIGNED, SUM = 100, 99, 30, 10
_SPACED = {"+", "-", "<", "&", "|"}


class Piece(NamedTuple):
    """The text of a part, how tightly its outermost sign binds, and whether it holds no variable."""

    text: str
    binding: int = NAME
    fixed: bool = False

    def within(self, binding: int) -> str:
        """The text, in parentheses where it binds less tightly than asked."""
        return self.text if self.binding >= binding else f"({self.text})"


def infix(formula: Formula) -> str:
    """The formula in one line, with the parentheses that its structure needs; whole literals stand without a point.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> for text in "x - (x - 2)", "(-x)^2.5 / (x*2)", "min(x, 1) < x":
    ...     print(infix(parse_formula(text)))
    x - (x - 2)
    (-x)**2.5/(x*2)
    minimum(x, 1) < x
    """

    def join(code: int, operands: list[Piece]) -> Piece:
        operator = formula.vocabulary.operator(code)
        return signed(operator, operands) if code < OWN and operator.symbol else called(operator.name, operands)

    return fold(formula, _leaves(formula, number_text), join).text


def _leaves(formula: Formula, number: Callable[[int, float], str]) -> Callable[[int, float], Piece]:
    def leaf(code: int, value: float) -> Piece:
        if code >= VARIABLE:
            return Piece(formula.vocabulary.name(code))
        text = number(code, value)
        return Piece(text, SIGNED if text.startswith("-") else NUMBER, fixed=True)

    return leaf


def called(name: str, operands: list[Piece]) -> Piece:
    """A function of its operands."""
    return Piece(f"{name}({', '.join([operand.text for operand in operands])})", NAME, all(o.fixed for o in operands))


def signed(operator: Operator, operands: list[Piece]) -> Piece:
    """An operator by its sign, before its operand or between two."""
    fixed = all(operand.fixed for operand in operands)
    if operator.arity == 1:
        return Piece(operator.symbol + _after(operands[0], operator.precedence, sign=True), SIGNED, fixed)
    binding, chains_right = operator.precedence, operator.name == "power"
    left = operands[0].within(binding + chains_right)
    right = _after(operands[1], binding + (not chains_right), sign=binding >= SUM)
    gap = " " if operator.symbol in _SPACED else ""
    return Piece(f"{left}{gap}{operator.symbol}{gap}{right}", binding, fixed)


def _after(operand: Piece, binding: int, sign: bool) -> str:
    """An operand behind a sign: in parentheses also where it begins with a minus, or is a number behind a minus."""
    bare = operand.binding >= binding and not (sign and operand.text.startswith("-"))
    if binding == SIGNED and operand.binding == NUMBER:
        bare = False
    return operand.text if bare else f"({operand.text})"


# -- numbers ---------------------------------------------------------------------------------------------------------

_NAMES = {math.pi: "pi", math.e: "e"}


def number_text(code: int, number: float) -> str:
    """A number of a formula: constants as Python writes floats, literals by name or without a needless point.

    >>> number_text(LITERAL, 2.0), number_text(CONSTANT, 2.0), number_text(LITERAL, -math.pi)
    ('2', '2.0', '-pi')
    """
    if code == CONSTANT or not math.isfinite(number):
        return repr(number)
    size = abs(number)
    text = repr(int(size)) if size == int(size) and size < 1e15 else repr(size)
    return ("-" if math.copysign(1.0, number) < 0 else "") + _NAMES.get(size, text)


# -- functions in Python ---------------------------------------------------------------------------------------------

_NUMPY_NAMES = {"contrary": "logical_not"}


def python_source(formula: Formula, name: str = "formula") -> str:
    """A Python function of one column for each variable of the vocabulary, that needs nothing but NumPy.

    Raises `SpaceError` for a name that no function can have, and for operators of one's own, whose text is not known.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> print(python_source(parse_formula("2*sin(x)"), "wave"), end="")
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def wave(x):
        return 2.0*np.sin(x)
    """
    if not name.isidentifier() or iskeyword(name):
        raise SpaceError(f"a function cannot be called {name!r}: its name must be an identifier")
    own = [formula.vocabulary.name(code) for code in formula.symbols() if OWN <= code < LITERAL]
    if own:
        raise SpaceError(
            f"{own[0]!r} is an operator of yours, whose source is not known: call the formula itself instead"
        )
    variables = formula.vocabulary.variables
    numpy = "np"
    while numpy in {name, *variables}:
        numpy += "_"
    arguments, text = ", ".join(variables), _source(formula, numpy)
    return f"import numpy as {numpy}\n\n\ndef {name}({arguments}):\n    return {text}\n"


def _source(formula: Formula, numpy: str) -> str:
    """The formula as an expression of Python; numbers alone are divided by NumPy too, where Python would raise."""

    def number(code: int, value: float) -> str:
        known = _NAMES.get(abs(value), "inf" if math.isinf(value) else "nan" if math.isnan(value) else "")
        return f"{'-' if value < 0 else ''}{numpy}.{known}" if known else repr(value)

    def join(code: int, operands: list[Piece]) -> Piece:
        operator = OPERATORS[code]
        if operator.name == "reciprocal":
            operator, operands = BY_NAME["divide"], [Piece("1.0", NUMBER, fixed=True), *operands]
        if operator.name == "cube":
            operator, operands = BY_NAME["power"], [*operands, Piece("3.0", NUMBER, fixed=True)]
        partial = operator.name in ("divide", "power") and all(operand.fixed for operand in operands)
        if operator.symbol and operator.name != "contrary" and not partial:
            return signed(operator, operands)
        return called(f"{numpy}.{_NUMPY_NAMES.get(operator.name, operator.name)}", operands)

    return fold(formula, _leaves(formula, number), join).text
