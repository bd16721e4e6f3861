"""Identities of arithmetic and functions: each makes an equal formula of a part, or nothing where it does not apply."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import reduce

import numpy as np

from .exact_numbers import ONE, Number, is_integer, magnitude, number_formula, number_of, power_of
from .folding import applied, leaf, operands_of
from .formula import Formula
from .like_terms import ARITHMETIC, Assembly, Product, as_product, as_sum, factored, head, is_sum
from .operators import BY_NAME, LITERAL
from .printing import infix

Identity = Callable[[Formula, Assembly], Formula | None]

_INVERSES = {"log": "exp", "exp": "log", "sin": "arcsin", "cos": "arccos", "tan": "arctan", "contrary": "contrary"}
_EVEN = ("cos", "cosh", "abs")
_NEVER_NEGATIVE = ("abs", "exp", "cosh", "arccos")
_AT_ZERO = {**dict.fromkeys(["sin", "tan", "arcsin", "arctan", "sinh", "tanh"], 0), "cos": 1, "cosh": 1, "exp": 1}
_AT_ONE = {"log": 0, "arccos": 0}


def is_simpler(first: Formula, second: Formula) -> bool:
    """Whether a formula has fewer nodes than another, or as many and a shorter text."""
    if first.size != second.size or first == second:
        return first.size < second.size
    return len(infix(first)) < len(infix(second))


# -- arithmetic ------------------------------------------------------------------------------------------------------


def _like_terms(part: Formula, assembly: Assembly) -> Formula | None:
    """Like terms and like factors joined, with the numbers, products and common factors that make it simplest."""
    if head(part) not in ARITHMETIC:
        return None
    terms = as_sum(part, False)
    ways = [*_sums(terms, assembly)]
    if any(is_sum(term.powers) for term in terms):
        ways += _sums(as_sum(part, True), assembly)
    if len(terms) > 1:
        common, left = factored(terms)
        factor = assembly.sum(left, False), ONE
        ways.append(assembly.product(Product(common.coefficient, (*common.powers, factor)), False))
    return reduce(lambda best, way: way if is_simpler(way, best) else best, ways)


def _sums(terms: list[Product], assembly: Assembly) -> Iterator[Formula]:
    """A sum with decimals, and with fractions where that is another."""
    yield assembly.sum(terms, False)
    if any(isinstance(term.coefficient, Fraction) and term.coefficient.denominator > 1 for term in terms):
        yield assembly.sum(terms, True)


def _powers(part: Formula, assembly: Assembly) -> Formula | None:
    """1^x = 1 and e^x = exp(x)."""
    if head(part) != "power":
        return None
    base, exponent = operands_of(part)
    if number_of(base) == 1:
        return base
    return applied("exp", exponent) if _is_e(base) else None


def _is_e(part: Formula) -> bool:
    return part == leaf(LITERAL, part.vocabulary, math.e)


def _root_of_square(part: Formula, assembly: Assembly) -> Formula | None:
    """sqrt(c x^2n) = sqrt(c) |x|^n."""
    if head(part) != "sqrt":
        return None
    number, powers = as_product(operands_of(part)[0])
    if number < 0 or not powers or not all(is_integer(exponent / 2) for _, exponent in powers):
        return None
    halves = [(_positive(base) if exponent / 2 % 2 else base, exponent / 2) for base, exponent in powers]
    root = power_of(number, ONE / 2)
    if root is None:
        halves.insert(0, (number_formula(number, part.vocabulary), ONE / 2))
    return assembly.product(Product(ONE if root is None else root, tuple(halves)), False)


def _positive(part: Formula) -> Formula:
    return part if head(part) in _NEVER_NEGATIVE else applied("abs", part)


# -- functions -------------------------------------------------------------------------------------------------------


def _computed(part: Formula, assembly: Assembly) -> Formula | None:
    """A function of numbers: of constants always, of literals where the value is exact."""
    name, numbers = head(part), [number_of(operand) for operand in operands_of(part)]
    if name == "log" and _is_e(operands_of(part)[0]):
        return number_formula(ONE, part.vocabulary)
    if name in ARITHMETIC or None in numbers or BY_NAME[name].gives != "real" or not numbers:
        return None
    value = _value(name, [number for number in numbers if number is not None])
    return None if value is None or not math.isfinite(value) else number_formula(value, part.vocabulary)


def _value(name: str, numbers: list[Number]) -> Number | None:
    if name == "abs":
        return magnitude(numbers[0])
    if name in ("minimum", "maximum"):
        return sorted(numbers)[0 if name == "minimum" else -1]
    if any(isinstance(number, float) for number in numbers):
        with np.errstate(all="ignore"):
            return float(BY_NAME[name].function(*map(float, numbers)))
    exact = {0: _AT_ZERO, 1: _AT_ONE}.get(int(numbers[0]), {}).get(name) if is_integer(numbers[0]) else None
    return None if exact is None else exact * ONE


def _inverses(part: Formula, assembly: Assembly) -> Formula | None:
    """log(exp(x)) = x, and so on."""
    inner = operands_of(part)[0]
    return operands_of(inner)[0] if _INVERSES.get(head(part), "none") == head(inner) else None


def _even(part: Formula, assembly: Assembly) -> Formula | None:
    """f(-x) = f(|x|) = f(x) for even functions."""
    if head(part) not in _EVEN:
        return None
    inner = operands_of(part)[0]
    if head(inner) == "abs":
        return applied(head(part), *operands_of(inner))
    return applied(head(part), assembly.sum(as_sum(applied("negative", inner), False), False))


def _absolute(part: Formula, assembly: Assembly) -> Formula | None:
    """|x| = x for what is never negative."""
    if head(part) != "abs":
        return None
    inner = operands_of(part)[0]
    number, powers = as_product(inner)
    even = all(exponent % 2 == 0 or exponent % 1 or head(base) in _NEVER_NEGATIVE for base, exponent in powers)
    return inner if number >= 0 and even else None


#: All of them, tried in turn.
IDENTITIES: tuple[Identity, ...] = (_like_terms, _powers, _root_of_square, _computed, _inverses, _even, _absolute)
