"""Polynomials with integer coefficients, that of the constant term first: their values, and how they are written."""

from __future__ import annotations

from collections.abc import Sequence


def polynomial_value(coefficients: Sequence[int], x: int) -> int:
    """c_0 + c_1 x + c_2 x^2 + ..., by Horner's rule.

    >>> polynomial_value([5, 0, 2], 3)
    23
    """
    value = 0
    for coefficient in reversed(coefficients):
        value = value * x + coefficient
    return value


def never_zero(coefficients: Sequence[int]) -> bool:
    """Whether a polynomial is 0 at no positive integer: such a root divides the lowest coefficient that is not 0.

    >>> never_zero([-4, 2]), never_zero([-4, 3])
    (False, True)
    """
    return all(polynomial_value(coefficients, n) for n in range(1, max(map(abs, coefficients)) + 2))


def polynomial_text(coefficients: Sequence[int], symbol: str) -> str:
    """A polynomial in a symbol as it is written, from the highest power down; upwards where that begins with a plus.

    >>> polynomial_text([3, -1], "e"), polynomial_text([0, 1, -2], "n"), polynomial_text([-1, 2], "e")
    ('3 - e', 'n - 2 n^2', '2 e - 1')
    """
    terms = [(c, _power(symbol, k)) for k, c in enumerate(coefficients) if c]
    if not terms:
        return "0"
    ordered = terms if terms[-1][0] < 0 < terms[0][0] else terms[::-1]
    text = " ".join([f"{'-' if c < 0 else '+'} {_term(abs(c), power)}" for c, power in ordered])
    return text[2:] if text[0] == "+" else f"-{text[2:]}"


def _power(symbol: str, exponent: int) -> str:
    if exponent < 2:
        return symbol if exponent else ""
    base = symbol if symbol.isalnum() or symbol[0] == "(" else f"({symbol})"
    return f"{base}^{exponent}"


def _term(size: int, power: str) -> str:
    return power if size == 1 and power else f"{size} {power}".rstrip()
