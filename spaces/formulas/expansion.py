"""Expansion: formulas as sums of products, so that terms and factors can be compared between formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite

from .folding import leaf
from .formula import Formula
from .identity import POINTS, UNDEFINED, field_key
from .operators import BY_NAME, CONSTANT, LITERAL

#: An atom, which is not expanded further, by its key, and how often it is a factor; sorted.
Monomial = tuple[tuple[bytes, int], ...]

#: A sum: what stands before each product.
Terms = dict[Monomial, float]

#: Products of more terms, and higher powers, are not expanded.
MOST_TERMS, HIGHEST = 64, 8

#: The key of a constant that an evaluation fits: any number, so that sums and products of them are such a constant.
FITTED = b"constant"

#: The key of formulas that are defined nowhere, such as 1 / (x - x).
NEVER = UNDEFINED.to_bytes(8, "little") * len(POINTS)


class Expansions:
    """Expands formulas of one vocabulary. Atoms are variables, functions, and sums that are divided by.

    `atoms` holds one formula for each atom met so far, by its key: atoms that are equal as functions are one. With
    `fitted` constants are unknown.

    >>> from inlay.spaces.formulas import parse_formula
    >>> expansions = Expansions()
    >>> print(expansions.text(expansions.terms(parse_formula("x*(x + 1)**2 - sin(x)/(x + 1)", ["x"]))))
    -sin(x)/(x + 1) + x + 2*x**2 + x**3
    """

    def __init__(self, fitted: bool = False) -> None:
        self.fitted = fitted
        self.atoms: dict[bytes, Formula] = {}

    def terms(self, formula: Formula, node: int = 0) -> Terms:
        """The part that a node heads as a sum of products."""
        code = formula.symbols()[node]
        if code in (LITERAL, CONSTANT):
            return self._number(formula, node)
        name = formula.vocabulary.name(code) if code < LITERAL else ""
        if name in ("divide", "reciprocal"):
            found = self._quotient(formula, node)
        else:
            rule = _RULES.get(name)
            found = rule(*[self.terms(formula, part) for part in formula.operands(node)]) if rule else None
        return self.atom(formula.part(node)) if found is None else found

    def _number(self, formula: Formula, node: int) -> Terms:
        if self.fitted and formula.symbols()[node] == CONSTANT:
            self.atoms.setdefault(FITTED, leaf(CONSTANT, formula.vocabulary, 1.0))
            return {((FITTED, 1),): 1.0}
        found = settled({(): formula.numbers[formula.numbers_before(node)]})
        return self.atom(formula.part(node)) if found is None else found

    def _quotient(self, formula: Formula, node: int) -> Terms | None:
        """A sum divided by a product; a sum below is an atom."""
        *above, below = formula.operands(node)
        divisor = self.terms(formula, below)
        turned = inverse(divisor if len(divisor) <= 1 else self.atom(formula.part(below)))
        if turned is None:  # divided by zero
            return None
        return product(self.terms(formula, above[0]), turned) if above else turned

    def atom(self, formula: Formula) -> Terms:
        """A formula as it is."""
        key = field_key(formula, abstract=self.fitted)
        if key == NEVER:  # what is defined nowhere is like nothing else
            key = f"{formula.code!r} {formula.numbers!r}".encode()
        self.atoms.setdefault(key, formula)
        return {((key, 1),): 1.0}

    # -- text --------------------------------------------------------------------------------------------------------

    def text(self, terms: Mapping[Monomial, float]) -> str:
        """A sum as mathematics, with the highest powers last."""
        written = sorted([(degree(m), self.product_text(m), c) for m, c in terms.items()])
        signed = [("- " if c < 0 else "+ ") + _times(abs(c), text) for _, text, c in written]
        joined = " ".join(signed) or "0"
        return joined.removeprefix("+ ") if not joined.startswith("- ") else f"-{joined[2:]}"

    def product_text(self, monomial: Monomial) -> str:
        """A product as mathematics; 1 for that of nothing."""
        factors = sorted([(self.atom_text(key), n) for key, n in monomial])
        above = "*".join([_power(text, n) for text, n in factors if n > 0])
        below = "".join([f"/{_power(text, -n)}" for text, n in factors if n < 0])
        return (above or "1") + below

    def atom_text(self, key: bytes) -> str:
        """An atom as mathematics, in parentheses where it is a sum."""
        atom, text = self.atoms[key], "C" if key == FITTED else str(self.atoms[key])
        code = atom.symbols()[0]
        signed = code < LITERAL and code in {BY_NAME[name].code for name in _SIGNED}
        return f"({text})" if signed else text


def _times(coefficient: float, text: str) -> str:
    number = f"{coefficient:g}"
    if coefficient == 1:
        return text
    return number + text.removeprefix("1") if text.startswith("1") else f"{number}*{text}"


def _power(text: str, n: int) -> str:
    return text if n == 1 else f"{text}**{n}"


def degree(monomial: Monomial) -> int:
    """How many factors a product has, less those below."""
    return sum(n for _, n in monomial)


# -- sums and products -----------------------------------------------------------------------------------------------


def settled(terms: Mapping[Monomial, float]) -> Terms | None:
    """Terms without those that are 0; a fitted constant swallows all numbers. None where they are too many or large."""
    found = {m: 1.0 if (FITTED, 1) in m else c for m, c in terms.items() if c or (FITTED, 1) in m}
    return found if len(found) <= MOST_TERMS and all(map(isfinite, found.values())) else None


def total(first: Terms, second: Terms, sign: float = 1.0) -> Terms | None:
    """The sum or difference of two sums."""
    found = dict(first)
    for monomial, coefficient in second.items():
        found[monomial] = found.get(monomial, 0.0) + sign * coefficient
    return settled(found)


def product(first: Terms, second: Terms) -> Terms | None:
    """The product of two sums."""
    if len(first) * len(second) > MOST_TERMS**2:
        return None
    found: Terms = {}
    for a, x in first.items():
        for b, y in second.items():
            monomial = times(a, b)
            found[monomial] = found.get(monomial, 0.0) + x * y
    return settled(found)


def times(a: Monomial, b: Monomial) -> Monomial:
    """The product of two products; fitted constants among the factors are one."""
    powers = dict(a)
    for key, n in b:
        powers[key] = powers.get(key, 0) + n
    powers = {key: 1 if key == FITTED else n for key, n in powers.items()}
    return tuple(sorted([(key, n) for key, n in powers.items() if n]))


def inverse(terms: Terms) -> Terms | None:
    """One over a single product; None for a sum."""
    if len(terms) != 1:
        return None
    ((monomial, coefficient),) = terms.items()
    return {times((), tuple([(key, -n) for key, n in monomial])): 1 / coefficient}


def power(base: Terms, n: int) -> Terms | None:
    """A sum multiplied with itself."""
    found: Terms | None = {(): 1.0}
    for _ in range(n):
        found = None if found is None else product(found, base)
    return found


def raised(base: Terms, exponent: Terms) -> Terms | None:
    """A power with a small whole exponent."""
    n = exponent.get((), 0.0)
    if set(exponent) - {()} or n != int(n) or abs(n) > HIGHEST:
        return None
    root = base if n >= 0 else inverse(base)
    return None if root is None else power(root, int(abs(n)))


_RULES: dict[str, Callable[..., Terms | None]] = {
    "add": total,
    "subtract": lambda a, b: total(a, b, -1.0),
    "negative": lambda a: total({}, a, -1.0),
    "multiply": product,
    "square": lambda a: power(a, 2),
    "cube": lambda a: power(a, 3),
    "power": raised,
}

#: What is written with a sign between operands, and needs parentheses as a factor.
_SIGNED = ("add", "subtract", "multiply", "divide", "power", "negative", "less", "both", "either")
