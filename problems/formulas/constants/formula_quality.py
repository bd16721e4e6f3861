"""The objective: how fast a formula for a constant converges, if it agrees to a hundred digits; 0 if it does not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ....search import Outcome
from .conjectures import Conjecture, conjectured
from .left_side_table import left_side_table
from .named_constants import Constant
from .polynomial_fractions import PolynomialFraction, float_values
from .signed_fractions import LEAST_DEPTH, SignedFraction, SignedLaw, beautiful_recurrence

#: Decimals of the constant for each term that is expanded, and the least number of them.
_DECIMALS_PER_TERM, _FEWEST_DECIMALS = 6, 150


class Finding(NamedTuple):
    """Whether a candidate passed the quick test, and the conjecture if it passed the exact one too."""

    hit: bool
    conjecture: Conjecture | None = None


@dataclass(frozen=True)
class FormulaQuality:
    """The objective `digits_per_term` of formulas for a constant, to be maximised: 100 over the terms for 100 digits.

    A `SignedFraction` is expanded to `depth` terms, whose recurrence must be short modulo 199 and must continue them so
    that 1000 terms agree with the constant to 100 digits. A `PolynomialFraction` must agree, in floating point, with
    one of the left sides up to `bound`, and then to 100 digits. Else it scores 0. The feedback holds `hit`, whether the
    quick test was passed, and `formula`. Raises `TooFewDigits` where the decimals of the constant do not suffice, and
    `ValueError` for a depth at which no recurrence can be short.
    """

    constant: Constant
    depth: int = 105
    bound: int = 5

    def __post_init__(self) -> None:
        if self.depth < LEAST_DEPTH:
            raise ValueError(f"depth={self.depth}: at least {LEAST_DEPTH} terms are needed to see a recurrence")
        self.constant.powers(1, self.decimals)

    @property
    def decimals(self) -> int:
        """How many decimals of the constant are calculated."""
        return max(_FEWEST_DECIMALS, _DECIMALS_PER_TERM * self.depth)

    def __call__(self, candidate: SignedFraction | PolynomialFraction) -> Outcome:
        hit, conjecture = self.judge(candidate)
        score = conjecture.digits_per_term if conjecture else 0.0
        feedback = {"hit": hit, "formula": str(conjecture) if conjecture else ""}
        return Outcome({"digits_per_term": score}, feedback=feedback)

    def judge(self, candidate: SignedFraction | PolynomialFraction) -> Finding:
        """What becomes of a candidate; remembered, as it is always the same."""
        return _judged(self, candidate)


@lru_cache(maxsize=8192)
def _judged(quality: FormulaQuality, candidate: SignedFraction | PolynomialFraction) -> Finding:
    return _signed(quality, candidate) if isinstance(candidate, SignedFraction) else _polynomial(quality, candidate)


def _signed(quality: FormulaQuality, candidate: SignedFraction) -> Finding:
    """Expand, find the recurrence, approve: from the first term on if possible, else after some irregular terms."""
    terms = candidate.terms(quality.constant, quality.depth, quality.decimals)
    recurrence = beautiful_recurrence(terms, quality.depth)
    if recurrence is None:
        return Finding(False)
    for begun in dict.fromkeys((recurrence.degree, recurrence.order)):
        law = SignedLaw(tuple(terms[:begun]), recurrence, candidate.signs)
        if found := conjectured(quality.constant, candidate.left, law, begun, quality.decimals):
            return Finding(True, found)
    return Finding(True)


def _polynomial(quality: FormulaQuality, candidate: PolynomialFraction) -> Finding:
    """Look the value up among the left sides, then approve."""
    side = left_side_table(quality.constant, quality.bound).hit(float_values(candidate.a, candidate.b))
    if side is None:
        return Finding(False)
    return Finding(True, conjectured(quality.constant, side, candidate, 0, quality.decimals))
