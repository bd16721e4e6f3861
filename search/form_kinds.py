"""Kinds of forms with a hole: a sum, a product and a power, what recurs in each, and how it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..spaces.formulas.composing import Composer, Found
from ..spaces.formulas.expansion import Expansions, Monomial
from ..spaces.formulas.formula import Formula, Path

#: One copy of a term or factor: 3*x has the tokens (x, 1), (x, 2) and (x, 3); -x has (x, -1).
Token = tuple[Monomial, int]

#: How often each term or factor is taken.
Fixed = dict[Monomial, int]

#: No more copies of one term or factor are tokens.
_COPIES = 4


class Kind(NamedTuple):
    """A kind of form: the tokens of a formula, and what they make: a formula with a hole, and the path of the hole."""

    tokens: Callable[[Formula, Expansions], set[Token]]
    written: Callable[[Composer, Fixed, Formula], tuple[Found, Path]]
    text: Callable[[Expansions, Fixed], str]


# -- sums ------------------------------------------------------------------------------------------------------------


def _copies(monomial: Monomial, n: float) -> set[Token]:
    sign = 1 if n > 0 else -1
    return {(monomial, sign * copy) for copy in range(1, min(int(abs(n)), _COPIES) + 1)}


def _terms(formula: Formula, expansions: Expansions) -> set[Token]:
    return set[Token]().union(*[_copies(monomial, n) for monomial, n in expansions.terms(formula).items()])


def _sum(composer: Composer, fixed: Fixed, hole: Formula) -> tuple[Found, Path]:
    """A + f, or f - A where all of A is subtracted."""
    if any(n > 0 for n in fixed.values()):
        return composer.applied("add", composer.sum(fixed), hole), (1,)
    return composer.applied("subtract", hole, composer.sum({m: -n for m, n in fixed.items()})), (0,)


# -- products and powers ---------------------------------------------------------------------------------------------


def _factors(formula: Formula, expansions: Expansions) -> set[Token]:
    """The factors that all terms have in common."""
    products = [dict(monomial) for monomial in expansions.terms(formula)]
    found = set[Token]()
    for key in set(products[0]) if products else ():
        powers = [factors.get(key, 0) for factors in products]
        found |= _copies(((key, 1),), max(min(powers), 0) + min(max(powers), 0))
    return found


def _monomial(fixed: Fixed) -> Monomial:
    return tuple(sorted([(key, n) for ((key, _),), n in fixed.items()]))


def _product(composer: Composer, fixed: Fixed, hole: Formula) -> tuple[Found, Path]:
    """A * f, or f / A where all of A stands below."""
    if any(n > 0 for n in fixed.values()):
        return composer.applied("multiply", composer.product(_monomial(fixed)), hole), (1,)
    below = tuple([(key, -n) for key, n in _monomial(fixed)])
    return composer.applied("divide", hole, composer.product(below)), (0,)


def _bases(formula: Formula, expansions: Expansions) -> set[Token]:
    """The base, where the whole formula is a power."""
    operands = formula.operands()
    if len(operands) < 2 or formula.vocabulary.name(formula.symbols()[0]) != "power":
        return set()
    ((base, _),) = expansions.atom(formula.part(operands[0])).items()
    return {(base, 1)}


def _power(composer: Composer, fixed: Fixed, hole: Formula) -> tuple[Found, Path]:
    """A ** f."""
    return composer.applied("power", composer.product(next(iter(fixed))), hole), (1,)


def _product_text(expansions: Expansions, fixed: Fixed) -> str:
    return f"{expansions.product_text(_monomial(fixed))}*f"


def _power_text(expansions: Expansions, fixed: Fixed) -> str:
    return f"{expansions.product_text(next(iter(fixed)))}**f"


SUM = Kind(_terms, _sum, lambda expansions, fixed: f"{expansions.text(fixed)} + f")
PRODUCT = Kind(_factors, _product, _product_text)
POWER = Kind(_bases, _power, _power_text)
