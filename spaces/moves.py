"""Mutation, crossover and neighbours of any space.

Where no decision can change the meaning of another one, a move edits the program in place. Where holes are shared or
depend on one another, a move revises the decisions: it decides anew, keeping every old decision that still fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from .abstract import Position, Record, Space, equal
from .choosers import Chooser, Decision, Draw, Simplest
from .errors import NoOtherMember, Unsatisfied
from .programs import replace_at, shorten, value_at

if TYPE_CHECKING:
    from .masks import Bits, Mask

_ATTEMPTS = 200

#: A decision's place that survives edits elsewhere: the hole and how many of its decisions came before.
Address = tuple[Space, int]


def mutate_in_place(space: Space, value: Any, rng: Random) -> Any:
    """Reopen one place, chosen uniformly, and fill it differently."""
    places: list[tuple[Position, Space]] = []
    space.places(value, (), places)
    while places:
        position, hole = places.pop(int(rng.random() * len(places)))
        try:
            return replace_at(value, position, hole.change(value_at(value, position), rng))
        except NoOtherMember:  # a constraint may pin one place and leave others free
            continue
    raise NoOtherMember(f"{shorten(repr(space))} has no other member than {shorten(repr(value))}")


def neighbors(space: Space, value: Any) -> Iterator[Any]:
    """The distinct members one decision away."""
    found = _neighbors_by_decisions(space, value) if space.entangled else _neighbors_in_place(space, value)
    seen = {space.key(value)}
    for other in found:
        key = space.key(other)
        if key not in seen:
            seen.add(key)
            yield other


def _neighbors_in_place(space: Space, value: Any) -> Iterator[Any]:
    places: list[tuple[Position, Space]] = []
    space.places(value, (), places)
    for position, hole in dict.fromkeys(places):
        for other in hole.alternatives(value_at(value, position)):
            yield replace_at(value, position, other)


# -- by decisions ----------------------------------------------------------------------------------------------------


def addressed(record: Record) -> dict[Address, Decision]:
    """The decisions of a member by their addresses."""
    seen: dict[Space, int] = {}
    decisions: dict[Address, Decision] = {}
    for hole, decision in record:
        seen[hole] = seen.get(hole, -1) + 1
        decisions[hole, seen[hole]] = decision
    return decisions


class Revise(Chooser):
    """Repeats the decision that `recall` finds for an address wherever it fits; asks `rest` for all others."""

    def __init__(self, recall: Callable[[Address], Decision | None], rest: Chooser) -> None:
        super().__init__()
        self.recall, self.rest = recall, rest
        self.seen: dict[Space, int] = {}

    def address(self, hole: Space) -> Address:
        """The address of the decision that `hole` asks for now."""
        self.seen[hole] = self.seen.get(hole, -1) + 1
        return hole, self.seen[hole]

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        old = self.recall(self.address(hole))
        return old if isinstance(old, int) and old < n else self.rest.index(n, hole, weights)

    def real(self, low: float, high: float, hole: Space) -> float:
        old = self.recall(self.address(hole))
        return old if isinstance(old, float) and low <= old <= high else self.rest.real(low, high, hole)

    def bits(self, hole: Mask) -> Bits:
        old = self.recall(self.address(hole))
        return old if isinstance(old, np.ndarray) else self.rest.bits(hole)


class ReviseOne(Revise):
    """Keeps every old decision but the one at `site`, which `turn` makes different."""

    def __init__(self, old: dict[Address, Decision], site: Address, turn: Turn, rest: Chooser) -> None:
        super().__init__(old.get, rest)
        self.site, self.turn = site, turn

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        if (hole, self.seen.get(hole, -1) + 1) == self.site:
            return self.turn.index(n, self.recall(self.address(hole)))
        return super().index(n, hole, weights)

    def real(self, low: float, high: float, hole: Space) -> float:
        if (hole, self.seen.get(hole, -1) + 1) == self.site:
            return self.turn.real(low, high, self.recall(self.address(hole)))
        return super().real(low, high, hole)

    def bits(self, hole: Mask) -> Bits:
        if (hole, self.seen.get(hole, -1) + 1) == self.site:
            return self.turn.bits(hole, self.recall(self.address(hole)))
        return super().bits(hole)


class Turn:
    """Makes one decision different, at random."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def index(self, n: int, old: Any) -> int:
        i = int(self.rng.random() * (n - 1))
        return i + (i >= old)

    def real(self, low: float, high: float, old: Any) -> float:
        from .holes import jump

        return min(max(jump(float(old), low, high, self.rng), low), high)

    def bits(self, hole: Mask, old: Any) -> Bits:
        return hole.change(old.reshape(hole.shape), self.rng).reshape(-1)


class NoTurn(Exception):
    """There is no further alternative to a decision."""


class NextTurn(Turn):
    """Makes one decision different: the `number`-th alternative to it; raises `NoTurn` past the last."""

    def __init__(self, number: int) -> None:
        self.number = number

    def index(self, n: int, old: Any) -> int:
        if self.number >= n - 1:
            raise NoTurn
        return self.number + (self.number >= old)

    def real(self, low: float, high: float, old: Any) -> float:
        steps = [sign * (high - low) * share for share in (0.1, 0.01, 0.001) for sign in (-1, 1)]
        if self.number >= len(steps):
            raise NoTurn
        return min(max(float(old) + steps[self.number], low), high)

    def bits(self, hole: Mask, old: Any) -> Bits:
        for other in islice(hole.alternatives(old.reshape(hole.shape)), self.number, None):
            return other.reshape(-1)
        raise NoTurn


def mutate_by_decisions(space: Space, value: Any, rng: Random) -> Any:
    """Make one decision different, chosen uniformly, and repair what depended on it."""
    old = addressed(space.record(value))
    sites = list(old)
    for _ in range(_ATTEMPTS if sites else 0):
        site = sites[int(rng.random() * len(sites))]
        try:
            other = space.decide(ReviseOne(old, site, Turn(rng), Draw(rng)))
        except Unsatisfied:
            continue
        if not equal(other, value):
            return other
    return _any_other(space, value, rng)


def _any_other(space: Space, value: Any, rng: Random) -> Any:
    """Another member from afar, when no single change was found."""
    others = islice(space.enumerate(), 100_000) if space.finite else (space.sample(rng) for _ in range(_ATTEMPTS))
    for other in others:
        if not equal(other, value):
            return other
    raise NoOtherMember(f"{shorten(repr(space))}: no other member than {shorten(repr(value))} was found")


def _neighbors_by_decisions(space: Space, value: Any) -> Iterator[Any]:
    old = addressed(space.record(value))
    for site in old:
        for number in count():
            try:
                yield space.decide(ReviseOne(old, site, NextTurn(number), Simplest()))
            except Unsatisfied:
                continue
            except NoTurn:
                break


def cross_by_decisions(space: Space, first: Any, second: Any, rng: Random) -> Any:
    """Take every decision from one of two parents; give up on a forbidden combination after 20 attempts."""
    parents = [addressed(space.record(parent)) for parent in (first, second)]

    def recall(address: Address) -> Decision | None:
        known = [parent[address] for parent in parents if address in parent]
        return known[int(rng.random() * len(known))] if known else None

    for _ in range(20):
        try:
            return space.decide(Revise(recall, Draw(rng)))
        except Unsatisfied:
            continue
    return first if rng.random() < 0.5 else second
