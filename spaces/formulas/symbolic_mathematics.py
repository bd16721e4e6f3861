"""Formulas as SymPy expressions, and back."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from importlib import import_module
from typing import Any

from ..errors import SpaceError
from .folding import applied, fold, joined, leaf
from .formula import Formula
from .operators import CONSTANT, LITERAL, OWN, VARIABLE
from .vocabulary import Vocabulary

_FUNCTIONS = {
    **{name: name for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sqrt")},
    **{"arcsin": "asin", "arccos": "acos", "arctan": "atan", "abs": "Abs", "minimum": "Min", "maximum": "Max"},
    **{"less": "Lt", "both": "And", "either": "Or", "contrary": "Not"},
}
_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "power": lambda x, y: x**y,
    "negative": lambda x: -x,
    "reciprocal": lambda x: 1 / x,
    "square": lambda x: x**2,
    "cube": lambda x: x**3,
}
#: For each comparison of SymPy whether its sides change places, and whether it is the contrary of `less`.
_COMPARISONS = {
    "StrictLessThan": (False, False),
    "StrictGreaterThan": (True, False),
    "LessThan": (True, True),
    "GreaterThan": (False, True),
}


def _sympy() -> Any:
    try:
        return import_module("sympy")
    except ImportError:
        raise ImportError("symbolic mathematics needs SymPy: pip install 'inlay[formulas]'") from None


# -- to SymPy --------------------------------------------------------------------------------------------------------


def to_sympy(formula: Formula) -> Any:
    """The formula as a SymPy expression of real symbols: literals exact where a simple fraction is, constants floats.

    Operators of one's own become functions of their names. Raises `SpaceError` for what SymPy cannot express, such as
    the minimum of complex numbers, and `ImportError` without SymPy.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> to_sympy(parse_formula("x*x + 2/3 - 0.5*x"))
    x**2 - 0.5*x + 2/3
    """
    sympy = _sympy()

    def number(code: int, value: float) -> Any:
        if code >= VARIABLE:
            return sympy.Symbol(formula.vocabulary.name(code), real=True)
        return sympy.Float(value) if code == CONSTANT else _exact(sympy, value)

    try:
        return fold(formula, number, lambda code, operands: _joined(sympy, formula.vocabulary, code, operands))
    except (TypeError, ValueError, RecursionError) as error:
        raise SpaceError(f"SymPy cannot express {str(formula)[:200]}: {error}") from error


def _exact(sympy: Any, number: float) -> Any:
    """A literal as pi or e, or as a fraction of small numbers, where it is the float of one."""
    for known in (sympy.pi, sympy.E):
        if abs(number) == float(known):
            return known if number > 0 else -known
    if not math.isfinite(number):
        return sympy.Float(number)
    fraction = Fraction(number).limit_denominator(10_000)
    return sympy.Rational(*fraction.as_integer_ratio()) if float(fraction) == number else sympy.Float(number)


def _joined(sympy: Any, vocabulary: Vocabulary, code: int, operands: list[Any]) -> Any:
    name = vocabulary.name(code)
    if code >= OWN:
        return sympy.Function(name, real=True)(*operands)
    if name == "where":
        return sympy.Piecewise((operands[1], operands[0]), (operands[2], True))
    return _ARITHMETIC[name](*operands) if name in _ARITHMETIC else getattr(sympy, _FUNCTIONS[name])(*operands)


# -- from SymPy ------------------------------------------------------------------------------------------------------


def from_sympy(expression: Any, variables: Sequence[str] | Vocabulary) -> Formula:
    """The formula of a SymPy expression: its floats become constants, its other numbers literals.

    Raises `SpaceError` for symbols that are not among the variables, for imaginary and infinite numbers, and for
    functions that are no operators.

    >>> import sympy
    >>> print(from_sympy(sympy.sympify("x**2 - y/(2*x) + sqrt(x) - 1.5"), ["x", "y"]))
    sqrt(x) + x**2 - 1.5 - y/(2*x)
    """
    sympy = _sympy()
    vocabulary = variables if isinstance(variables, Vocabulary) else Vocabulary(variables)
    try:
        return _FromSympy(sympy, vocabulary).formula(sympy.sympify(expression, strict=True))
    except sympy.SympifyError:
        raise SpaceError(f"{expression!r} is no SymPy expression: texts are read by parse_formula") from None
    except RecursionError:
        raise SpaceError("this SymPy expression is nested too deeply: simplify or split it") from None


class _FromSympy:
    """Reads expressions from their roots down; sums and products of many operands become binary, without signs."""

    def __init__(self, sympy: Any, vocabulary: Vocabulary) -> None:
        self.sympy, self.vocabulary = sympy, vocabulary
        self.own = {operator.name: OWN + i for i, operator in enumerate(vocabulary.own)}
        self.operators = {other: name for name, other in _FUNCTIONS.items() if name not in ("sqrt", "less")}
        self.readers = {"Add": self.sum, "Mul": self.product, "Pow": self.power, "Piecewise": self.cases}
        self.readers |= dict.fromkeys(_COMPARISONS, self.compared)

    def formula(self, expression: Any) -> Formula:
        """The formula of any expression."""
        kind = type(expression).__name__
        if expression.is_Symbol or (expression.is_number and expression.is_Atom):
            return self.atom(expression)
        if kind in self.readers:
            return self.readers[kind](expression)
        operands = [self.formula(operand) for operand in expression.args]
        if kind in self.own and operands:
            return joined(self.own[kind], operands)
        if kind not in self.operators:
            raise SpaceError(f"{expression} is no formula: there is no operator {kind}; rewrite it in SymPy first")
        name = self.operators[kind]
        return self.chained(name, operands) if len(operands) > 1 else applied(name, *operands)

    def chained(self, name: str, operands: list[Formula]) -> Formula:
        """One formula of many by a binary operator."""
        return reduce(lambda made, operand: applied(name, made, operand), operands)

    def atom(self, expression: Any) -> Formula:
        """A variable or number."""
        if expression.is_Symbol:
            if expression.name not in self.vocabulary.variables:
                raise SpaceError(f"{expression} is not among the variables {', '.join(self.vocabulary.variables)}")
            return leaf(self.vocabulary.codes[expression.name], self.vocabulary)
        if not (expression.is_real and expression.is_finite):
            raise SpaceError(f"{expression} is no number of a formula: numbers are real and finite")
        if expression.is_Rational and Fraction(repr(float(expression))) != Fraction(
            int(expression.p), int(expression.q)
        ):
            return applied("divide", self.literal(expression.p), self.literal(expression.q))
        return self.literal(expression, CONSTANT if expression.is_Float else LITERAL)

    def literal(self, number: Any, code: int = LITERAL) -> Formula:
        """A number as a leaf."""
        return leaf(code, self.vocabulary, float(number))

    def sum(self, expression: Any) -> Formula:
        """Terms joined by plus and minus, a positive one first where there is one."""
        terms = list(expression.as_ordered_terms())
        first = next((term for term in terms if not term.could_extract_minus_sign()), terms[0])
        terms.remove(first)
        made = self.formula(first)
        for term in terms:
            negative = term.could_extract_minus_sign()
            made = applied("subtract" if negative else "add", made, self.formula(-term if negative else term))
        return made

    def product(self, expression: Any) -> Formula:
        """Factors over factors, a minus before the first."""
        coefficient, rest = expression.as_coeff_Mul()
        factors = rest.as_ordered_factors()
        below = [1 / factor for factor in factors if self.is_below(factor)]
        above = [factor for factor in factors if not self.is_below(factor)]
        if coefficient.is_Rational and coefficient.q != 1:
            below.insert(0, self.sympy.Integer(coefficient.q))
            coefficient = self.sympy.Integer(coefficient.p)
        made = self.chained("multiply", self.coefficient(coefficient, above))
        return applied("divide", made, self.chained("multiply", list(map(self.formula, below)))) if below else made

    def is_below(self, factor: Any) -> bool:
        """Whether a factor is one over something without a fraction."""
        exponent = factor.args[-1] if factor.is_Pow or factor.func == self.sympy.exp else self.sympy.S.One
        return bool(exponent.could_extract_minus_sign()) and not exponent.is_Float

    def coefficient(self, number: Any, factors: list[Any]) -> list[Formula]:
        """The formulas of factors behind a number, which is not written where it is one."""
        made = list(map(self.formula, factors))
        if number == -1 and factors:
            first = self.literal(-factors[0]) if factors[0].is_NumberSymbol else applied("negative", made[0])
            return [first, *made[1:]]
        return made if number == 1 and factors else [self.formula(number), *made]

    def power(self, expression: Any) -> Formula:
        """A power, a root, or one over either."""
        base, exponent = expression.args
        if exponent.is_Rational and exponent.is_negative:
            return applied("divide", self.literal(1), self.formula(base**-exponent))
        if exponent == self.sympy.S.Half:
            return applied("sqrt", self.formula(base))
        return applied("power", self.formula(base), self.formula(exponent))

    def cases(self, expression: Any) -> Formula:
        """Nested `where`, from the last case to the first."""
        *cases, (made, always) = expression.args
        if always != True:  # noqa: E712 - SymPy's own truth
            raise SpaceError(f"{expression} is undefined where no condition holds: add a case (value, True)")
        other = self.formula(made)
        for value, condition in reversed(cases):
            other = applied("where", self.formula(condition), self.formula(value), other)
        return other

    def compared(self, expression: Any) -> Formula:
        """Comparisons by `less` alone."""
        exchanged, contrary = _COMPARISONS[type(expression).__name__]
        left, right = map(self.formula, expression.args)
        made = applied("less", right, left) if exchanged else applied("less", left, right)
        return applied("contrary", made) if contrary else made
