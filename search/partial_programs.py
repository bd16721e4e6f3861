"""Partial programs: a prefix of decisions, the question that comes next, and members that complete it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spaces import Mask, Space, Unsatisfied
from ..spaces.addresses import Address, Addressing
from ..spaces.choosers import Decision, Question
from ..spaces.counting import parts_within
from .rollouts import Decided, Rollout
from .strategies import cannot_act
from .tree import key_of
from .tree_walk import asked_bits, written

#: How often a constraint may ask for another completion.
_ATTEMPTS = 20

#: Larger masks are not decided bit by bit.
LARGEST_MASK = 1024

Prefix = tuple[Decision, ...]


class Completion(Addressing):
    """Replays a prefix, lets a rollout decide the rest, and keeps all decisions with their addresses.

    A constraint that refuses what the prefix alone decides is not asked twice.
    """

    def __init__(self, prefix: Sequence[Decision], rollout: Rollout) -> None:
        super().__init__()
        self.prefix, self.rollout = prefix, rollout
        self.decided: list[tuple[Address, Decision]] = []
        self.attempts = _ATTEMPTS

    def decisions(self) -> Prefix:
        """All decisions without their addresses; those of a mask bit by bit."""
        return tuple([decision for _, decision in self.decided])

    def _decision(self, address: Address, draw: Callable[[], Decision]) -> Any:
        at = len(self.decided)
        decision = self.prefix[at] if at < len(self.prefix) else draw()
        self.decided.append((address, decision))
        return decision

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        address = self.address(hole)
        found: int = self._decision(address, lambda: self.rollout.index(address, n, hole, weights))
        return found

    def real(self, low: float, high: float, hole: Space) -> float:
        address = self.address(hole)
        found: float = self._decision(address, lambda: written(hole, self.rollout.real(address, low, high, hole)))
        return found

    def bits(self, hole: Mask) -> NDArray[np.bool_]:
        return hole.bit_by_bit(self)

    def mark(self) -> Any:
        return super().mark(), len(self.decided)

    def rewind(self, mark: Any) -> None:
        if len(self.decided) <= len(self.prefix):
            raise Unsatisfied("a constraint refuses what the prefix decides")
        inner, length = mark
        super().rewind(inner)
        del self.decided[length:]


class Open(NamedTuple):
    """The question that comes after a prefix, and its address."""

    question: Question
    address: Address


class Reached(Exception):
    """The prefix is used up, and this comes next."""

    def __init__(self, open_: Open) -> None:
        super().__init__(open_)
        self.open = open_


@dataclass
class Stop(Rollout):
    """Decides nothing: raises `Reached` with the question that it is asked."""

    def index(self, address: Address, n: int, hole: Space, weights: Sequence[float] | None) -> int:
        raise Reached(Open(Question(hole, options=n, weights=weights), address))

    def real(self, address: Address, low: float, high: float, hole: Space) -> float:
        raise Reached(Open(Question(hole, low=low, high=high), address))


_STOP = Stop()


def next_question(space: Space, prefix: Sequence[Decision]) -> Open | None:
    """The question that comes after a prefix, or None where the prefix is a whole member.

    Raises `Unsatisfied` where a constraint refuses what the prefix decides.

    >>> from inlay.spaces import Choice, space
    >>> next_question(space([Choice("a", "b"), Choice("c", "d", "e")]), [1]).question.options
    3
    """
    try:
        space.decide(Completion(prefix, _STOP))
    except Reached as reached:
        return reached.open
    return None


def answers(open_: Open, most: int, rollout: Rollout, rng: Random) -> tuple[list[Decision], bool]:
    """At most so many answers to a question, and whether these are all: listed where they are few, else drawn."""
    question, address = open_
    hole, n = question.hole, question.options
    if n is not None:
        if n <= most:
            return list(range(n)), True
        drawn = [rollout.index(address, n, hole, question.weights) for _ in range(most)]
        return list(dict.fromkeys(drawn)), False
    size = hole.own_size() if hole.finite else most + 1
    if size <= most:
        return [hole.decision_at(i) for i in range(int(size))], True
    low, high = question.low, question.high
    drawn_reals = [written(hole, rollout.real(address, low, high, hole)) for _ in range(most)]
    return list({key_of(decision): decision for decision in drawn_reals}.values()), False


def decided_by(space: Space, program: Any) -> Decided:
    """The decisions of a member by their addresses, those of a mask bit by bit."""
    flat: list[Decision] = []
    for hole, decision in space.record(program):
        flat.extend(asked_bits(hole, decision, hole.n) if isinstance(hole, Mask) else [decision])  # type: ignore[arg-type]
    completion = Completion(flat, _STOP)
    space.decide(completion)
    return completion.decided


def check_partial(strategy: Any, space: Space, objectives: Any) -> None:
    """Raise `CannotAct` for several objectives, and for masks that are too large to be decided bit by bit."""
    if len(objectives) > 1:
        raise cannot_act(strategy, f"it ranks by one loss and there are {len(objectives)} objectives", "NSGA2")
    for part in parts_within(space):
        if isinstance(part, Mask) and part.n > LARGEST_MASK:
            why = f"it would decide the {part.n:,} entries of {part!r} one by one"
            raise cannot_act(strategy, why, "UCT, HillClimb")
