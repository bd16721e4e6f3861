"""Every decision as one of a few codes: the options of a question, or equal parts of a range."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from ..spaces import Space
from ..spaces.addresses import Address
from ..spaces.choosers import Decision, Question
from .partial_programs import Completion, Stop, decided_by
from .tree_policies import own_weights, shares
from .tree_walk import written

#: A decision as a policy sees it: its address, how many codes are told apart there, and which one it is.
Coded = tuple[Address, int, int]


def own_shares(question: Question, bins: int) -> list[float]:
    """The chance of every code by the hole itself: of its options, or of `bins` equal parts where there are more.

    >>> from inlay.spaces import Integer
    >>> own_shares(Question(Integer(0, 1), options=2), 16), len(own_shares(Question(Integer(0, 99), options=100), 16))
    ([0.5, 0.5], 16)
    """
    if question.weights is not None:
        return shares(own_weights, question)
    codes = bins if question.options is None else min(question.options, bins)
    return [1 / codes] * codes


def decision_of(question: Question, code: int, codes: int, rng: Random) -> Decision:
    """A decision with that code, drawn evenly where there are several."""
    n = question.options
    if n is None:
        u = question.low + (question.high - question.low) * ((code + rng.random()) / codes)
        return written(question.hole, min(u, question.high))
    return code if n == codes else rng.randrange(code * n // codes, (code + 1) * n // codes)


def code_of(question: Question, decision: Any, codes: int) -> int:
    """The code of a decision."""
    n = question.options
    if n is not None:
        return int(decision) if n == codes else ((int(decision) + 1) * codes - 1) // n
    width = question.high - question.low
    part = int((float(decision) - question.low) / width * codes) if width > 0 else 0
    return min(max(part, 0), codes - 1)


class Coding(Completion):
    """Replays a whole member and notes its decisions as codes."""

    def __init__(self, decisions: Sequence[Decision], bins: int) -> None:
        super().__init__(decisions, Stop())
        self.bins = bins
        self.coded: list[Coded] = []

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        decision = super().index(n, hole, weights)
        self._note(Question(hole, options=n, weights=weights))
        return decision

    def real(self, low: float, high: float, hole: Space) -> float:
        decision = super().real(low, high, hole)
        self._note(Question(hole, low=low, high=high))
        return decision

    def _note(self, question: Question) -> None:
        address, decision = self.decided[-1]
        codes = len(own_shares(question, self.bins))
        self.coded.append((address, codes, code_of(question, decision, codes)))


def coded(space: Space, program: Any, bins: int) -> list[Coded]:
    """The decisions of a member as codes, those of a mask bit by bit.

    >>> from inlay.spaces import Choice, Real, space
    >>> [code for _, _, code in coded(space([Choice("a", "b"), Real(0, 1)]), ["b", 0.3], bins=10)]
    [1, 3]
    """
    coding = Coding([decision for _, decision in decided_by(space, program)], bins)
    space.decide(coding)
    return coding.coded
