"""Choosers: who answers the open decisions of a space.

One description of a space serves every use by changing who chooses: a random draw, a replay of known decisions, a
prefix with the rest left open, a callback. A chooser answers three questions: which of n, which number, which mask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .errors import OutsideSpace, Undecided

if TYPE_CHECKING:
    from .abstract import Space
    from .masks import Mask

#: An index among n, a number in the hole's own scale, or a whole mask.
Decision = int | float | NDArray[np.bool_]


class Chooser:
    """Answers the open decisions of one pass through a space.

    `scope` remembers what every `Shared` hole has decided in this pass; `owner` is the outermost dependent hole being
    decided. `attempts` is how often a constraint may ask for another filling before it gives up: choosers that would
    repeat themselves leave it at 1. `leaves_open` says whether decisions may be left to somebody else.
    """

    attempts = 1
    leaves_open = False
    owner: Space | None = None

    def __init__(self) -> None:
        self.scope: dict[Space, Any] = {}

    def mark(self) -> Any:
        """Where this pass stands now, for `rewind`."""
        return dict(self.scope)

    def rewind(self, mark: Any) -> None:
        """Go back to a mark, because what was decided since then is refused by a constraint."""
        self.scope.clear()
        self.scope.update(mark)

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        """One of `0 .. n-1`; `weights` (any positive scale) say how a random draw should prefer them."""
        raise NotImplementedError

    def real(self, low: float, high: float, hole: Space) -> float:
        """A number in `[low, high]`, in the hole's own scale."""
        raise NotImplementedError

    def bits(self, hole: Mask) -> NDArray[np.bool_]:
        """A whole mask, flat; asks for one bit after the other unless a chooser knows a faster way."""
        return hole.bit_by_bit(self)


class Draw(Chooser):
    """Draws every decision at random from `rng`."""

    attempts = 1000

    def __init__(self, rng: Random) -> None:
        self.scope = {}
        self.rng = rng
        self.random = rng.random

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        if weights is None:
            return int(self.random() * n) if n < 1 << 40 else self.rng.randrange(n)
        return weighted_index(weights, self.random())

    def real(self, low: float, high: float, hole: Space) -> float:
        return low + (high - low) * self.random()

    def bits(self, hole: Mask) -> NDArray[np.bool_]:
        return hole.draw_bits(self.rng)


def weighted_index(weights: Sequence[float], position: float) -> int:
    """The index at which the running share of `weights` passes `position` in [0, 1).

    >>> weighted_index([1, 3], 0.2), weighted_index([1, 3], 0.3)
    (0, 1)
    """
    target = position * sum(weights)
    for i, reached in enumerate(accumulate(weights)):
        if target < reached:
            return i
    return len(weights) - 1


class Simplest(Chooser):
    """Takes the first option everywhere and the middle of every continuous range.

    Where a constraint refuses that, goes on with draws that are the same every time.
    """

    attempts = 1000

    def __init__(self) -> None:
        super().__init__()
        self.rest: Draw | None = None

    def rewind(self, mark: Any) -> None:
        super().rewind(mark)
        self.rest = self.rest or Draw(Random(0))

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        return 0 if self.rest is None else self.rest.index(n, hole, weights)

    def real(self, low: float, high: float, hole: Space) -> float:
        return low + (high - low) / 2 if self.rest is None else self.rest.real(low, high, hole)


class Prefix(Chooser):
    """Replays known decisions, then hands over to `rest`; without `rest`, what remains stays open.

    `space.after(decisions)` is what makes a space of the latter: it links again what holes share.

    >>> from inlay.spaces import Choice, space
    >>> print(space([Choice("a", "b"), Choice("c", "d")]).decide(Prefix([1], Simplest())))
    ['b', 'c']
    """

    def __init__(self, decisions: Iterable[Decision], rest: Chooser | None = None) -> None:
        super().__init__()
        self.decisions = list(decisions)
        self.position = 0
        self.rest = rest
        self.attempts = 1 if rest is None else rest.attempts
        self.leaves_open = rest is None

    def mark(self) -> Any:
        return dict(self.scope), self.position

    def rewind(self, mark: Any) -> None:
        scope, self.position = mark
        super().rewind(scope)
        if self.rest is not None:
            self.rest.rewind(scope)

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        if self.position < len(self.decisions):
            self.position += 1
            return checked_index(self.decisions[self.position - 1], n, hole)
        return self.after().index(n, hole, weights)

    def real(self, low: float, high: float, hole: Space) -> float:
        if self.position < len(self.decisions):
            self.position += 1
            return checked_real(self.decisions[self.position - 1], low, high, hole)
        return self.after().real(low, high, hole)

    def bits(self, hole: Mask) -> NDArray[np.bool_]:
        if self.position == len(self.decisions):
            return self.after().bits(hole)
        decision = self.decisions[self.position]
        if not isinstance(decision, np.ndarray):
            return hole.bit_by_bit(self)
        self.position += 1
        return hole.checked_bits(decision)

    def after(self) -> Chooser:
        """Who decides once the known decisions are used up; raises `Undecided` when nobody does."""
        if self.rest is None:
            raise Undecided
        return self.rest


class Replay(Prefix):
    """Replays exactly the given decisions: the inverse of `trace`.

    Raises `OutsideSpace` when a decision does not fit the question, or when there are too few.
    """

    def __init__(self, decisions: Iterable[Decision]) -> None:
        super().__init__(decisions)
        self.leaves_open = False

    def after(self) -> Chooser:
        raise OutsideSpace([], "there are fewer decisions than the space asks for")


@dataclass(frozen=True)
class Question:
    """One open decision: `options` is set for an index, `low` and `high` for a number in the hole's own scale."""

    hole: Space
    options: int | None = None
    low: float = 0.0
    high: float = 0.0
    weights: Sequence[float] | None = None


class Callback(Chooser):
    """Hands each decision to a function: a policy, a person, a foreign optimizer, a language model.

    >>> from inlay.spaces import Choice, Real, space
    >>> net = space({"kind": Choice("a", "b"), "rate": Real(0, 1)})
    >>> print(net.decide(Callback(lambda question: 1 if question.options else question.high / 4)))
    {'kind': 'b', 'rate': 0.25}
    """

    def __init__(self, answer: Callable[[Question], float]) -> None:
        super().__init__()
        self.answer = answer

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        return checked_index(self.answer(Question(hole, options=n, weights=weights)), n, hole)

    def real(self, low: float, high: float, hole: Space) -> float:
        return checked_real(self.answer(Question(hole, low=low, high=high)), low, high, hole)


_INTEGERS = (int, np.integer)
_NUMBERS = (int, float, np.integer, np.floating)


def checked_index(decision: Any, n: int, hole: Space) -> int:
    """The decision as an index below `n`; raises `OutsideSpace` when it is none."""
    if not isinstance(decision, _INTEGERS) or not 0 <= decision < n:
        raise OutsideSpace(decision, f"the decision of {hole!r} must be an index below {n}")
    return int(decision)


def checked_real(decision: Any, low: float, high: float, hole: Space) -> float:
    """The decision as a number in `[low, high]`; raises `OutsideSpace` when it is none."""
    if not isinstance(decision, _NUMBERS) or not low <= decision <= high:
        raise OutsideSpace(decision, f"the decision of {hole!r} must be a number from {low} to {high}")
    return decision  # type: ignore[return-value]  # as it is: a decision in log space remembers its number
