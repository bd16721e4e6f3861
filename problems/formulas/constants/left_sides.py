"""Left sides P(c)/Q(c): what a continued fraction may stand for, each value once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any

from .named_constants import Constant
from .polynomials import polynomial_text

#: Two values are the same, or a value is rational, where they agree to so many digits.
_SAME = 10**30
#: A number is taken to be rational where a fraction with a denominator up to this one agrees.
_RATIONAL = 10**6


@dataclass(frozen=True)
class LeftSide:
    """P(c) / Q(c), by the integer coefficients of both polynomials, that of the constant term first."""

    numerator: tuple[int, ...]
    denominator: tuple[int, ...]

    def ratio(self, powers: Sequence[int]) -> tuple[int, int]:
        """Two integers whose ratio is the value, from the powers of the constant in fixed point."""
        numerator = sum([a * power for a, power in zip(self.numerator, powers, strict=True)])
        return numerator, sum([a * power for a, power in zip(self.denominator, powers, strict=True)])

    def text(self, symbol: str) -> str:
        """How it is written.

        >>> LeftSide((0, 1), (-1, 1)).text("e"), LeftSide((3, 0), (0, 2)).text("pi")
        ('e/(e - 1)', '3/(2 pi)')
        """
        above, below = polynomial_text(self.numerator, symbol), polynomial_text(self.denominator, symbol)
        if below == "1":
            return above
        return f"{_bracketed(above, ' +', ' -')}/{_bracketed(below, ' ')}"


def _bracketed(text: str, *signs: str) -> str:
    return f"({text})" if any(sign in text for sign in signs) else text


@lru_cache(maxsize=64)
def left_sides(constant: Constant, degree: int = 1, bound: int = 2, digits: int = 100) -> tuple[LeftSide, ...]:
    """Every irrational value |P(c)/Q(c)| once, for coefficients up to `bound` in size, the simplest first.

    P and Q have at most the given degree. Of several ways to write a value the one with the smallest coefficients
    stands for all, with both polynomials positive at c. Raises `ValueError` where nothing is left
    because the constant is rational, and for a degree or bound below 1.

    >>> from inlay.problems.formulas.constants import constant
    >>> [side.text("e") for side in left_sides(constant("e"), bound=1)[:6]]
    ['1/e', 'e', 'e + 1', '1/(e + 1)', '1/(e - 1)', 'e - 1']
    """
    if degree < 1 or bound < 1:
        raise ValueError(f"left sides of degree {degree} with coefficients up to {bound}: both must be at least 1")
    powers = constant.powers(degree, digits)
    found: dict[int, LeftSide] = {}
    for side in _written(degree, bound):
        above, below = side.ratio(powers)
        if below > 0 and above * _SAME > below:
            found.setdefault(above * _SAME // below, side)
    irrational = tuple([side for value, side in found.items() if not _is_rational(value)])
    if not irrational:
        raise ValueError(f"the constant {constant.symbol} looks rational: no left side P/Q of it is irrational")
    return irrational


def _written(degree: int, bound: int) -> list[LeftSide]:
    """Every pair of polynomials, the simplest first."""
    polynomials = list(product(range(-bound, bound + 1), repeat=degree + 1))
    return sorted([LeftSide(above, below) for above in polynomials for below in polynomials], key=_complexity)


def _complexity(side: LeftSide) -> tuple[Any, ...]:
    """By the sum of the sizes of the coefficients, then by powers, minus signs, and what stands for lower powers."""
    both = side.numerator + side.denominator
    powers = sum([k for part in (side.numerator, side.denominator) for k, c in enumerate(part) if c])
    return sum(map(abs, both)), powers, sum([c < 0 for c in both]), [-c for c in both]


def _is_rational(value: int) -> bool:
    """Whether value / 10^30 is near a fraction with a small denominator: to within 2 units."""
    near = Fraction(value, _SAME).limit_denominator(_RATIONAL)
    return abs(near.numerator * _SAME - value * near.denominator) <= 2 * near.denominator
