"""Signed continued fractions as candidates: a left side and a period of signs, from which the terms follow."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle, islice, product
from typing import Any

from ....optimizers.continued_fractions import signed_terms
from ....optimizers.linear_recurrences import LinearRecurrence, extended, shortest_recurrence
from ....spaces import Choice, Integer, Program, build, program
from .left_sides import LeftSide, left_sides
from .named_constants import Constant, constant

#: Recurrences are looked for modulo this prime, so their coefficients lie between -99 and 99.
PRIME = 199
#: With fewer terms no recurrence is short.
LEAST_DEPTH = 9
#: Beyond it a term ends a continued fraction: what follows changes no digit that is checked.
_LARGEST = 10**200


@dataclass(frozen=True)
class SignedFraction:
    """x = a_0 + s_0/(a_1 + s_1/(a_2 + ...)) for a left side x, with the period of the signs s_n as text like "+-"."""

    left: LeftSide
    signs: str

    def terms(self, constant: Constant, count: int, digits: int) -> list[int]:
        """The terms a_0, a_1, ...: at most `count`, and no more than so many digits of the constant determine."""
        above, below = self.left.ratio(constant.powers(len(self.left.numerator) - 1, digits))
        return list(islice(signed_terms(above, below, _steps(self.signs), 10 ** (digits // 2 + 10)), count))


def _steps(signs: str) -> list[int]:
    return [1 if sign == "+" else -1 for sign in signs]


def sign_periods(longest: int) -> list[str]:
    """Every period of signs up to a length that does not repeat a shorter one; raises `ValueError` for no length.

    >>> sign_periods(2)
    ['+', '-', '+-', '-+']
    """
    if longest < 1:
        raise ValueError(f"longest={longest}: a period has at least one sign")
    every = ["".join(signs) for length in range(1, longest + 1) for signs in product("+-", repeat=length)]
    return [signs for signs in every if signs not in (signs + signs)[1:-1]]


def signed_fractions(given: str | Constant, degree: int = 1, bound: int = 2, longest: int = 3) -> Program:
    """The space of signed continued fractions: coefficients of the left side up to `bound`, periods up to `longest`.

    Of several left sides with one value only the simplest is a member, and none that is rational. Raises `ValueError`
    for a rational constant, a degree, bound or length below 1.

    >>> signed_fractions("e").size(), signed_fractions("sqrt_2", longest=1).size()
    (1120, 140)
    """
    distinct = frozenset(left_sides(constant(given), degree, bound))

    def is_distinct_left_side(side: Any) -> bool:
        return build(side) in distinct

    coefficients = tuple([Integer(-bound, bound) for _ in range(degree + 1)])
    sides = program(LeftSide, numerator=coefficients, denominator=coefficients).where(is_distinct_left_side)
    return program(SignedFraction, left=sides, signs=Choice(*sign_periods(longest)))


def beautiful_recurrence(terms: list[int], depth: int) -> LinearRecurrence | None:
    """The shortest recurrence of the terms modulo 199, lifted to the integers; None where it is no shorter than chance.

    It counts as beautiful with fewer than `depth`/4 coefficients: that of random terms has about `depth`/2. A zero
    among the terms, or fewer of them than `depth`, makes them ugly.
    """
    if len(terms) < depth or 0 in terms:
        return None
    recurrence = shortest_recurrence(terms, PRIME).lifted(PRIME)
    return recurrence if 4 * len(recurrence.coefficients) < depth else None


@dataclass(frozen=True)
class SignedLaw:
    """The right side of a conjecture: initial terms, a recurrence that continues them for ever, and signs."""

    initial: tuple[int, ...]
    recurrence: LinearRecurrence
    signs: str

    def partials(self, count: int) -> tuple[list[int], list[int]]:
        """The terms a_0, a_1, ... and the numerators b_1, b_2, ..., which are the signs; `count` of each at most."""
        terms = extended(self.recurrence, self.initial, count, largest=_LARGEST)
        return terms, list(islice(cycle(_steps(self.signs)), len(terms)))

    @property
    def irregular(self) -> int:
        """How many terms precede the first that the recurrence uses; 0 for a law that holds from the start."""
        return len(self.initial) - self.recurrence.degree

    @property
    def size(self) -> int:
        """The number of integers that write it."""
        return len(self.initial) + self.recurrence.degree + len(self.signs)

    def text(self) -> str:
        """The law of the terms.

        >>> SignedLaw((1, 2, 3, 2), LinearRecurrence((1, 0, -2, 0, 1), 4), "+-").text()
        'a = 1, 2, 3, 2, then a(n) = 2 a(n-2) - a(n-4); signs +-'
        """
        taps = [(-c, f"a(n-{lag})") for lag, c in enumerate(self.recurrence.coefficients) if lag and c]
        law = " ".join([f"{'-' if c < 0 else '+'} {'' if abs(c) == 1 else f'{abs(c)} '}{name}" for c, name in taps])
        law = law[2:] if law[0] == "+" else f"-{law[2:]}"
        return f"a = {', '.join(map(str, self.initial))}, then a(n) = {law}; signs {self.signs}"
