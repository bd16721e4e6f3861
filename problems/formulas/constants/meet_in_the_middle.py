"""Meeting in the middle: polynomial continued fractions on one side, left sides on the other, compared by values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

import numpy as np

from ....search import CannotAct, Proposal, Strategy, Trial
from ....spaces import Choice, Program, Space, program
from ....spaces import space as as_space
from .left_side_table import LeftSideTable, left_side_table
from .named_constants import Constant, constant
from .polynomial_fractions import PolynomialFraction, float_values

#: So many fractions are evaluated together.
_TOGETHER = 50_000


@dataclass
class MeetInTheMiddle(Strategy):
    """Proposes the polynomial continued fractions of a space whose value, in floating point, is in a table.

    The table holds the left sides (p c + q)/(r c + s) > 0 of a constant with coefficients up to `bound`; every fraction
    is evaluated to `terms` terms, and proposed where it agrees with one of them to ten digits. The objective then
    checks what is proposed to a hundred digits. Raises `CannotAct` for a space without a
    `PolynomialFraction` among its options, or one whose holes depend on each other.

    Source: Raayoni et al., 2021, Generating conjectures on fundamental constants with the Ramanujan Machine, Nature
    590, arXiv:1907.00205, the algorithm MITM-RF.
    Differs: the table is sorted and searched by bisection, so no value is lost at the border of two keys; a fraction
    and its negative are one, that with the positive value.
    """

    constant: str | Constant
    bound: int = 5
    terms: int = 400

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space = space
        families = [option for option in _options(space) if _is_family(option)]
        if not families:
            raise CannotAct(
                "MeetInTheMiddle cannot act on this space, because none of its options is a PolynomialFraction whose "
                "holes are independent; Exhaustive would fit"
            )
        table = left_side_table(constant(self.constant), self.bound)
        self.hits = (hit for family in families for hit in _hits(family, table, self.terms))

    def ask(self, n: int) -> Sequence[Proposal]:
        return [Proposal(value) for value in islice(self.hits, n)]

    def tell(self, trials: Sequence[Trial]) -> None:
        pass


def _options(space: Any) -> Sequence[Any]:
    return space.options if isinstance(space, Choice) else [space]


def _is_family(option: Any) -> bool:
    return isinstance(option, Program) and option.head is PolynomialFraction and not option.entangled


def _hits(family: Program, table: LeftSideTable, terms: int) -> Iterator[Program]:
    """The members whose values hit the table; what fills `a` does not depend on what fills `b`."""
    first, second = (list(as_space(family[name]).enumerate()) for name in ("a", "b"))
    b = _columns(second)
    rows = max(1, _TOGETHER // len(second))
    for begin in range(0, len(first), rows):
        chunk = first[begin : begin + rows]
        values = float_values([column[:, None] for column in _columns(chunk)], b, terms)
        for i, j in zip(*np.nonzero(table.nearest(values)[1]), strict=True):
            yield program(PolynomialFraction, a=chunk[i], b=second[j])


def _columns(polynomials: Sequence[Any]) -> list[Any]:
    """The coefficients of many polynomials, one array for each power."""
    return list(np.array([polynomial.build() for polynomial in polynomials], dtype=np.float64).T)
