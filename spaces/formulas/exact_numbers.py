"""The numbers of formulas in arithmetic: literals are exact fractions, constants are floats, and a float wins.

A sum or product of literals so stays a literal, and whatever touches a constant becomes one.
"""

from __future__ import annotations

import math
from fractions import Fraction

from .folding import applied, leaf
from .formula import Formula
from .operators import CONSTANT, LITERAL
from .vocabulary import Vocabulary

Number = Fraction | float

ZERO, ONE = Fraction(0), Fraction(1)
_SYMBOLS = (math.pi, math.e)
_LARGEST_POWER = 64


def number_of(formula: Formula) -> Number | None:
    """The number that a formula is; None for others, for pi and e, and for what is not finite.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> number_of(parse_formula("0.1", literals=[0.1])), number_of(parse_formula("0.1")), number_of(parse_formula("pi"))
    (Fraction(1, 10), 0.1, None)
    """
    if formula.size > 1 or not formula.numbers or not math.isfinite(formula.numbers[0]):
        return None
    number = formula.numbers[0]
    if formula.symbols()[0] == CONSTANT:
        return number
    return None if abs(number) in _SYMBOLS else Fraction(repr(number))


def number_formula(number: Number, vocabulary: Vocabulary) -> Formula:
    """The formula of a number: a leaf, or the quotient of two literals where no decimal is exact.

    Raises `OverflowError` for a number that is too large for a float.
    """
    if isinstance(number, Fraction) and not is_decimal(number):
        parts = [leaf(LITERAL, vocabulary, float(part)) for part in number.as_integer_ratio()]
        return applied("divide", *parts)
    if not math.isfinite(number):
        raise OverflowError(f"{number} is not finite")
    return leaf(CONSTANT if isinstance(number, float) else LITERAL, vocabulary, float(number))


def is_decimal(number: Fraction) -> bool:
    """Whether a float reads as exactly this number.

    >>> is_decimal(Fraction(1, 10)), is_decimal(Fraction(1, 3))
    (True, False)
    """
    return Fraction(repr(float(number))) == number


def is_integer(number: Number) -> bool:
    """Whether a number is whole."""
    return number == int(number)


def magnitude(number: Number) -> Number:
    """A number without its sign."""
    return -number if number < 0 else number


def power_of(base: Number, exponent: Number) -> Number | None:
    """A power of numbers, a literal only where it is exact; None where it is neither that nor a finite float.

    >>> power_of(Fraction(9, 4), Fraction(1, 2)), power_of(Fraction(2), Fraction(1, 2)), power_of(Fraction(2), 0.5)
    (Fraction(3, 2), None, 1.4142135623730951)
    """
    if base == 0 and exponent < 0:
        return None
    if isinstance(base, Fraction) and isinstance(exponent, Fraction):
        return _exact_power(base, exponent)
    try:
        power = float(base) ** float(exponent)
    except OverflowError:
        return None
    return power if isinstance(power, float) and math.isfinite(power) and (power != 0) == (base != 0) else None


def _exact_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if abs(exponent) > _LARGEST_POWER or (base < 0 and not is_integer(exponent)):
        return None
    if exponent.denominator == 2:
        root = Fraction(math.isqrt(base.numerator), math.isqrt(base.denominator))
        return Fraction(root**exponent.numerator) if root * root == base else None
    return Fraction(base**exponent.numerator) if exponent.denominator == 1 else None
