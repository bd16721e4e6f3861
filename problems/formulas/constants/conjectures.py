"""Conjectures: a left side and a law that agree to a hundred digits; checked, never proved."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from ....optimizers.continued_fractions import convergents
from .left_sides import LeftSide
from .named_constants import Constant

#: A law is continued to so many terms, and must then agree with the constant to so many digits.
TERMS, DIGITS = 1000, 100
#: So many of the digits must come from the law, and not from the terms that it begins with.
EARNED = 50
#: So many decimals are calculated beyond those that are compared.
_GUARD = 10


class Law(Protocol):
    """The right side of a conjecture: what gives every term and numerator of a continued fraction."""

    @property
    def size(self) -> int:
        """The number of integers that write it."""

    def partials(self, count: int) -> tuple[list[int], list[int]]:
        """The terms a_0, a_1, ... and the numerators b_1, b_2, ...; `count` of each at most."""

    def text(self) -> str:
        """The law of the terms."""


@dataclass(frozen=True)
class Conjecture:
    """An equation between a left side in a constant and a continued fraction, checked to some digits and not proved.

    `digits` is to how many significant digits both sides agree after `TERMS` terms, among those calculated; and
    `digits_per_term` is 100 over the number of terms after which the first 100 digits are right.
    """

    constant: Constant
    left: LeftSide
    law: Law
    digits: int
    digits_per_term: float

    @cached_property
    def formula(self) -> str:
        """The equation with the first terms of the fraction."""
        return f"{self.left.text(self.constant.symbol)} = {fraction_text(*self.law.partials(4))}"

    def __str__(self) -> str:
        return (
            f"{self.formula} with {self.law.text()} (conjecture: checked to {self.digits} digits, not proved; "
            f"{self.digits_per_term:.3g} digits a term)"
        )


def fraction_text(terms: Sequence[int], numerators: Sequence[int]) -> str:
    """The beginning of a continued fraction as it is written.

    >>> fraction_text([3, 4, 5], [-1, -2, -3]), fraction_text([0, 1], [4, 9])
    ('3 - 1/(4 - 2/(5 - ...))', '4/(1 + ...)')
    """
    signs = ["-" if b < 0 else "+" for b in numerators]
    text = f"{terms[-1]} {signs[-1]} ..."
    for a, sign, b in reversed(list(zip(terms, signs, numerators, strict=True))[:-1]):
        text = f"{a} {sign} {abs(b)}/({text})"
    return text.removeprefix("0 + ") if terms[0] == 0 else text


def conjectured(constant: Constant, left: LeftSide, law: Law, begun: int, decimals: int) -> Conjecture | None:
    """The conjecture that a law gives the left side, or None where it fails the check in exact integers.

    The law is continued to 1000 terms and must agree with the constant, calculated to so many decimals, in 100 digits,
    50 more than the `begun` terms give that it begins with.
    """
    value = left.ratio(constant.powers(len(left.numerator) - 1, decimals))
    terms, numerators = law.partials(TERMS)
    *_, last = convergents(terms, numerators)
    digits = min(agreement(last, value), decimals - _GUARD)
    if digits < DIGITS:
        return None
    given = [agreement(convergent, value) for convergent in convergents(terms[:begun], numerators)]
    if digits - max(given, default=0) < EARNED:
        return None
    return Conjecture(constant, left, law, digits, DIGITS / _terms_needed(terms, numerators, value))


def _terms_needed(terms: Sequence[int], numerators: Sequence[int], value: tuple[int, int]) -> int:
    """After how many terms the first 100 digits are right."""
    agreements = (agreement(convergent, value) for convergent in convergents(terms, numerators))
    return next(n for n, digits in enumerate(agreements, start=1) if digits >= DIGITS)


def agreement(fraction: tuple[int, int], value: tuple[int, int]) -> int:
    """To how many significant digits p/q and N/D agree, at least: log10 |N q| - log10 |p D - N q|; 0 for q = 0.

    >>> agreement((355, 113), (314159265, 100000000))
    6
    """
    (p, q), (above, below) = fraction, value
    size, difference = abs(above * q), abs(p * below - above * q)
    return max(0, int((size.bit_length() - difference.bit_length() - 1) * math.log10(2)))


def distinct(conjectures: Iterable[Conjecture]) -> list[list[Conjecture]]:
    """The conjectures by the value of their left sides, the one with the shortest law first: the others are redundant.

    In the order in which the values first occur; of laws that are equally short the one that converges faster leads.
    """
    groups: dict[LeftSide, list[Conjecture]] = {}
    for conjecture in dict.fromkeys(conjectures):
        groups.setdefault(conjecture.left, []).append(conjecture)
    return [sorted(group, key=lambda c: (c.law.size, -c.digits_per_term)) for group in groups.values()]
