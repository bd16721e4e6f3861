"""Composing: sums of products as formulas, in the operators and numbers that one space has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import TYPE_CHECKING

from .expansion import Monomial
from .folding import applied, leaf
from .formula import Formula
from .operators import BY_NAME, LITERAL

if TYPE_CHECKING:
    from .formulas import Formulas

#: A formula, or None where the space has no operator or number to write it with.
Found = Formula | None


class Composer:
    """Writes products and sums of atoms as the smallest formulas that it finds, or None where the space cannot say it.

    >>> from inlay.spaces.formulas import Formulas, parse_formula
    >>> x, y = parse_formula("x", ["x", "y"]), parse_formula("y", ["x", "y"])
    >>> composer = Composer(Formulas(["x", "y"], ["+", "*", "/"]), {b"x": x, b"y": y})
    >>> print(composer.sum({((b"x", 2), (b"y", -1)): 1, ((b"y", 1),): 2}))
    x*x/y + (y + y)
    """

    def __init__(self, space: Formulas, atoms: Mapping[bytes, Formula]) -> None:
        self.space, self.atoms = space, atoms
        self.codes = {symbol.code for symbol in space.grammar.symbols}

    def applied(self, name: str, *operands: Found) -> Found:
        """An operator applied to formulas, where the space has it and they are known."""
        known = [operand for operand in operands if operand is not None]
        if BY_NAME[name].code not in self.codes or len(known) < len(operands):
            return None
        return applied(name, *known)

    def chain(self, name: str, parts: Iterable[Found]) -> Found:
        """One or more formulas joined by an operator."""
        return reduce(lambda left, right: self.applied(name, left, right), parts)

    def number(self, number: float) -> Found:
        """A literal of the space."""
        return leaf(LITERAL, self.space.vocabulary, number) if number in self.space.grammar.by_number else None

    def power(self, base: Formula, n: int) -> Found:
        """A formula multiplied with itself."""
        if n == 1:
            return base
        short = {2: "square", 3: "cube"}.get(n)
        return smallest(
            self.applied(short, base) if short else None,
            self.applied("power", base, self.number(n)),
            self.chain("multiply", [base] * n),
        )

    def product(self, monomial: Monomial) -> Found:
        """A product of atoms, with those of negative powers below."""
        above = [self.power(self.atoms[key], n) for key, n in monomial if n > 0]
        below = [self.power(self.atoms[key], -n) for key, n in monomial if n < 0]
        if not below:
            return self.chain("multiply", above) if above else self.number(1)
        divisor = self.chain("multiply", below)
        if above:
            return self.applied("divide", self.chain("multiply", above), divisor)
        return smallest(self.applied("reciprocal", divisor), self.applied("divide", self.number(1), divisor))

    def multiple(self, monomial: Monomial, copies: int) -> Found:
        """A product as often as `copies` says."""
        one = self.product(monomial)
        if copies == 1:
            return one
        counted = self.number(copies) if not monomial else self.applied("multiply", self.number(copies), one)
        return smallest(counted, self.chain("add", [one] * copies))

    def sum(self, terms: Mapping[Monomial, int]) -> Found:
        """A sum of products, each as often as it says; negative ones are subtracted."""
        plus = [self.multiple(monomial, n) for monomial, n in terms.items() if n > 0]
        minus = [self.multiple(monomial, -n) for monomial, n in terms.items() if n < 0]
        if not plus:
            return self.applied("negative", self.chain("add", minus))
        return reduce(lambda left, right: self.applied("subtract", left, right), minus, self.chain("add", plus))


def smallest(*candidates: Found) -> Found:
    """The formula with the fewest nodes among those that were found."""
    return min([c for c in candidates if c is not None], key=lambda formula: formula.size, default=None)
