"""Sums and products of formulas taken apart, with like terms and like factors joined, and put together again."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from functools import reduce
from typing import NamedTuple

from .exact_numbers import ONE, ZERO, Number, is_decimal, is_integer, magnitude, number_formula, number_of, power_of
from .folding import applied, joined, operands_of
from .formula import Formula
from .operators import LITERAL
from .vocabulary import Vocabulary

#: The operators that sums and products are made of.
ARITHMETIC = {"add", "subtract", "multiply", "divide", "negative", "reciprocal", "square", "cube", "sqrt", "power"}
_ODD = {"sin", "tan", "arcsin", "arctan", "sinh", "tanh"}
_EXPONENTS = {"square": 2 * ONE, "cube": 3 * ONE, "sqrt": ONE / 2, "reciprocal": -ONE, "negative": ONE}


class Product(NamedTuple):
    """A number times powers of formulas that are no products themselves."""

    coefficient: Number
    powers: tuple[tuple[Formula, Number], ...]


def head(formula: Formula) -> str:
    """The name of the outermost operator of a formula, empty for leaves."""
    code = int.from_bytes(formula.code[:2], "little")
    return formula.vocabulary.name(code) if code < LITERAL else ""


# -- taking apart ----------------------------------------------------------------------------------------------------


def as_product(formula: Formula) -> Product:
    """A formula as a number times powers, each base once; a fractional power of a product stays together.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> number, powers = as_product(parse_formula("3*x*sqrt(y)/(2*x^3)"))
    >>> print(number, *[f"{base}^{exponent}" for base, exponent in powers])
    3/2 x^-2 y^1/2
    """
    coefficient: Number = ONE
    powers: dict[Formula, Number] = {}
    rest: list[tuple[Formula, Number]] = [(formula, ONE)]
    while rest:
        part, exponent = rest.pop()
        number = number_of(part)
        if number is not None and (power := power_of(number, exponent)) is not None:
            coefficient *= power
        elif is_integer(exponent) and (factors := _factors(part, exponent)):
            coefficient *= factors.coefficient ** int(exponent)
            rest += reversed(factors.powers)
        else:
            powers[part] = powers.get(part, ZERO) + exponent
    left = tuple([(base, exponent) for base, exponent in powers.items() if exponent])
    return Product(coefficient, left if coefficient else ())


def _factors(part: Formula, exponent: Number) -> Product | None:
    """A whole power of a part as the same power of a sign, and of other powers; None where it is no product."""
    name, operands = head(part), operands_of(part)
    if name in _EXPONENTS:
        return Product(-ONE if name == "negative" else ONE, ((operands[0], exponent * _EXPONENTS[name]),))
    if name in ("multiply", "divide"):
        return Product(ONE, ((operands[0], exponent), (operands[1], exponent if name == "multiply" else -exponent)))
    if name == "power" and (power := number_of(operands[1])) is not None:
        return Product(ONE, ((operands[0], exponent * power),))
    if name == "abs" and is_integer(exponent / 2):
        return Product(ONE, ((operands[0], exponent),))
    if name in _ODD and head(operands[0]) == "negative":
        return Product(-ONE, ((joined(int.from_bytes(part.code[:2], "little"), operands_of(operands[0])), exponent),))
    return None


def as_sum(formula: Formula, distribute: bool) -> list[Product]:
    """A formula as products of different powers; with `distribute` also a number times a sum is taken apart."""
    terms: dict[frozenset[tuple[Formula, Number]], Product] = {}
    rest: list[tuple[Formula, Number]] = [(formula, ONE)]
    while rest:
        part, factor = rest.pop()
        if summands := _summands(part, factor):
            rest += reversed(summands)
            continue
        number, powers = as_product(part)
        number *= factor
        if is_sum(powers) and (distribute or magnitude(number) == 1):
            rest.append((powers[0][0], number))
            continue
        known = terms.get(frozenset(powers), Product(ZERO, powers))
        terms[frozenset(powers)] = Product(known.coefficient + number, known.powers)
    return [term for term in terms.values() if term.coefficient]


def is_sum(powers: tuple[tuple[Formula, Number], ...]) -> bool:
    """Whether powers are a single sum, with exponent one."""
    return len(powers) == 1 and powers[0][1] == 1 and head(powers[0][0]) in ("add", "subtract")


def _summands(part: Formula, factor: Number) -> list[tuple[Formula, Number]]:
    """The operands of a sum with their factors; none for what is no sum."""
    name = head(part)
    if name not in ("add", "subtract", "negative"):
        return []
    signs = {"add": (1, 1), "subtract": (1, -1), "negative": (-1,)}[name]
    return [(operand, factor * sign) for operand, sign in zip(operands_of(part), signs, strict=True)]


def factored(terms: list[Product]) -> tuple[Product, list[Product]]:
    """What all terms have in common, with the number of the first where all have its size, and what is left of each."""
    first = terms[0] if terms else Product(ONE, ())
    powers = [power for power in first.powers if all(power in term.powers for term in terms)]
    alike = all(magnitude(term.coefficient) == magnitude(first.coefficient) for term in terms)
    number = first.coefficient if alike else ONE
    left = [Product(t.coefficient / number, tuple([p for p in t.powers if p not in powers])) for t in terms]
    return Product(number, tuple(powers)), left


# -- putting together ------------------------------------------------------------------------------------------------


class Assembly:
    """Puts sums and products together; of square, cube and reciprocal it uses those among `names`.

    Every method raises `OverflowError` for numbers that are too large for a float.
    """

    def __init__(self, vocabulary: Vocabulary, names: Collection[str]) -> None:
        self.vocabulary, self.names = vocabulary, names

    def sum(self, terms: list[Product], fractions: bool) -> Formula:
        """Products joined by plus and minus, a positive one first where there is one."""
        first = next((term for term in terms if term.coefficient > 0), terms[0] if terms else Product(ZERO, ()))
        made = self.product(first, fractions)
        for term in terms:
            if term is not first:
                size = self.product(Product(magnitude(term.coefficient), term.powers), fractions)
                made = applied("add" if term.coefficient > 0 else "subtract", made, size)
        return made

    def product(self, product: Product, fractions: bool) -> Formula:
        """A product, its number as a decimal or, with `fractions`, as one of whole numbers."""
        number, powers = product
        above = [self.power(base, exponent) for base, exponent in powers if exponent > 0]
        below = [self.power(base, -exponent) for base, exponent in powers if exponent < 0]
        if isinstance(number, Fraction) and (fractions or not is_decimal(number)):
            below = self.behind(Fraction(number.denominator), below)
            number = Fraction(number.numerator)
        return self.quotient(self.behind(number, above), below)

    def behind(self, number: Number, factors: list[Formula]) -> list[Formula]:
        """Factors behind a number, which is not written where it is one."""
        if number == -1 and factors:
            return [applied("negative", factors[0]), *factors[1:]]
        return factors if number == 1 else [number_formula(number, self.vocabulary), *factors]

    def quotient(self, above: list[Formula], below: list[Formula]) -> Formula:
        """Factors over factors."""
        if not above and below and "reciprocal" in self.names:
            return applied("reciprocal", _multiplied(below))
        top = _multiplied(above or [number_formula(ONE, self.vocabulary)])
        return applied("divide", top, _multiplied(below)) if below else top

    def power(self, base: Formula, exponent: Number) -> Formula:
        """A positive power."""
        if exponent == 1:
            return base
        for name in ("square", "cube", "sqrt"):
            if exponent == _EXPONENTS[name] and name in (*self.names, "sqrt"):
                return applied(name, base)
        return applied("power", base, number_formula(exponent, self.vocabulary))


def _multiplied(factors: list[Formula]) -> Formula:
    return reduce(lambda made, factor: applied("multiply", made, factor), factors)
