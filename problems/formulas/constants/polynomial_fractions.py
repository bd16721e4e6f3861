"""Polynomial continued fractions as candidates, and their values in floating point, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....spaces import Integer, Program, Space, build, program, space
from .polynomials import never_zero, polynomial_text, polynomial_value

#: So many steps are taken before the convergents are scaled again.
_STEPS = 4


@dataclass(frozen=True)
class PolynomialFraction:
    """a(0) + b(1)/(a(1) + b(2)/(a(2) + ...)) for two polynomials, by their coefficients, the constant one first."""

    a: tuple[int, ...]
    b: tuple[int, ...]

    def partials(self, count: int) -> tuple[list[int], list[int]]:
        """The terms a(0), a(1), ... and the numerators b(1), b(2), ...; `count` of each."""
        terms = [polynomial_value(self.a, n) for n in range(count)]
        return terms, [polynomial_value(self.b, n) for n in range(1, count + 1)]

    @property
    def size(self) -> int:
        """The number of integers that write it."""
        return sum(c != 0 for c in (*self.a, *self.b))

    def text(self) -> str:
        """The law of the terms.

        >>> PolynomialFraction((3, 1), (0, -1)).text()
        'a(n) = n + 3, b(n) = -n'
        """
        return f"a(n) = {polynomial_text(self.a, 'n')}, b(n) = {polynomial_text(self.b, 'n')}"


def polynomial_fractions(a_degree: int = 1, b_degree: int = 2, bound: int = 4) -> Program:
    """The space of polynomial continued fractions, coefficients up to `bound` in size, neither polynomial 0 at n >= 1.

    Raises `ValueError` for a degree below 0 or a bound below 1.

    >>> polynomial_fractions().size(), polynomial_fractions(b_degree=1, bound=5).size()
    (40704, 10000)
    """
    if min(a_degree, b_degree) < 0 or bound < 1:
        raise ValueError(
            f"polynomials of degrees {a_degree} and {b_degree} with coefficients up to {bound}: no degree may be "
            "negative, and the bound must be at least 1"
        )
    return program(PolynomialFraction, a=_polynomials(a_degree, bound), b=_polynomials(b_degree, bound))


def _polynomials(degree: int, bound: int) -> Space:
    def has_no_positive_integer_root(coefficients: Any) -> bool:
        return never_zero(build(coefficients))

    return space(tuple([Integer(-bound, bound) for _ in range(degree + 1)])).where(has_no_positive_integer_root)


def float_values(a: Sequence[Any], b: Sequence[Any], terms: int = 400) -> Any:
    """The value after so many terms in floating point; NaN where it is infinite.

    The coefficients of `a` and `b` are numbers, or arrays that fit each other, for many fractions at once.

    >>> f"{float_values([3, 1], [0, -1]):.12f}", float_values([1, np.array([2, 3])], [0, 0, 1]).shape
    ('2.718281828459', (2,))
    """
    with np.errstate(all="ignore"):
        p, q, p_before, q_before = a[0] + 0.0 * b[0], 1.0 + 0.0 * b[0], 1.0, 0.0
        for n in range(1, terms):
            above, below = _float_value(a, float(n)), _float_value(b, float(n))
            p, p_before = above * p + below * p_before, p
            q, q_before = above * q + below * q_before, q
            if n % _STEPS == 0:
                scale = 1.0 / (abs(p) + abs(q) + 1e-300)
                p, q, p_before, q_before = p * scale, q * scale, p_before * scale, q_before * scale
        return p / np.where(q == 0.0, np.nan, q)


def _float_value(coefficients: Sequence[Any], x: float) -> Any:
    value = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        value = value * x + coefficient
    return value
