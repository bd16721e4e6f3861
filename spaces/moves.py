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

from .abstract import Position, Space, equal
from .addresses import Address, Addressing, addressed
from .choosers import Chooser, Decision, Draw, Replay, Simplest
from .counting import LISTING_LIMIT, REFUSED, candidates
from .errors import NoOtherMember, Unsatisfied
from .programs import replace_at, shorten, value_at

if TYPE_CHECKING:
    from .masks import Bits, Mask

_ATTEMPTS = 200

#: How often a move behind a constraint draws another member from afar. Single changes may never get past a constraint,
#: and the members that they can reach from one another must not become a trap.
FROM_AFAR = 0.03


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


def from_afar(space: Space, value: Any, rng: Random) -> Any:
    """Any other member: drawn, or listed where draws find none; raises `NoOtherMember`."""
    for _ in range(20):
        try:
            other = space.sample(rng)
        except Unsatisfied:
            break
        if not equal(other, value):
            return other
    listed: Iterator[Any] = islice(candidates(space), LISTING_LIMIT // 10) if space.finite else iter(())
    others = list(islice((other for other in listed if other is not REFUSED and not equal(other, value)), 100))
    if others:
        return others[int(rng.random() * len(others))]
    raise NoOtherMember(f"{shorten(repr(space))}: no other member than {shorten(repr(value))} was found")


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


class Revise(Addressing):
    """Repeats the decision that `recall` finds for an address wherever it fits; asks `rest` for all others."""

    def __init__(self, recall: Callable[[Address], Decision | None], rest: Chooser) -> None:
        super().__init__()
        self.recall, self.rest = recall, rest

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        old = self.recall(self.address(hole))
        return old if isinstance(old, int) and old < n else self.rest.index(n, hole, weights)

    def real(self, low: float, high: float, hole: Space) -> float:
        old = self.recall(self.address(hole))
        return old if isinstance(old, float) and low <= old <= high else self.rest.real(low, high, hole)

    def bits(self, hole: Mask) -> Bits:
        old = self.recall(self.address(hole))
        return old if isinstance(old, np.ndarray) and hole.takes(old) else self.rest.bits(hole)


class ReviseOne(Revise):
    """Keeps every old decision but the one at `site`, which `turn` makes different."""

    def __init__(self, old: dict[Address, Decision], site: Address, turn: Turn, rest: Chooser) -> None:
        super().__init__(old.get, rest)
        self.site, self.turn = site, turn

    def address(self, hole: Space) -> Address:
        address = super().address(hole)
        if address == self.site:
            raise AtSite
        return address

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        try:
            return super().index(n, hole, weights)
        except AtSite:
            return self.turn.index(n, hole, self.recall(self.site))

    def real(self, low: float, high: float, hole: Space) -> float:
        try:
            return super().real(low, high, hole)
        except AtSite:
            return self.turn.number(hole, self.recall(self.site))  # type: ignore[no-any-return]

    def bits(self, hole: Mask) -> Bits:
        try:
            return super().bits(hole)
        except AtSite:
            return self.turn.bits(hole, self.recall(self.site))


class AtSite(Exception):
    """The decision that is asked for is the one to be made different."""


class Turn:
    """Makes one decision different, at random, in the way of the hole where it has one."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def index(self, n: int, hole: Space, old: Any) -> int:
        if hole.bounds() is not None:
            return int(self.number(hole, old))
        i = int(self.rng.random() * (n - 1)) if n < 1 << 40 else self.rng.randrange(n - 1)
        return int(i + (i >= old))

    def number(self, hole: Space, old: Any) -> Any:
        """The decision for another number of a hole that holds numbers."""
        return hole.trace(hole.change(hole.decide(Replay([old])), self.rng))[0]

    def bits(self, hole: Mask, old: Any) -> Bits:
        return hole.change(old.reshape(hole.shape), self.rng).reshape(-1)


class NoTurn(Exception):
    """There is no further alternative to a decision."""


class NextTurn(Turn):
    """Makes one decision different: alternative number `which`; raises `NoTurn` past the last."""

    def __init__(self, which: int) -> None:
        self.which = which

    def index(self, n: int, hole: Space, old: Any) -> int:
        if hole.bounds() is not None:
            return int(self.number(hole, old))
        if self.which >= n - 1:
            raise NoTurn
        return int(self.which + (self.which >= old))

    def number(self, hole: Space, old: Any) -> Any:
        for other in islice(hole.alternatives(hole.decide(Replay([old]))), self.which, None):
            return hole.trace(other)[0]
        raise NoTurn

    def bits(self, hole: Mask, old: Any) -> Bits:
        for other in islice(hole.alternatives(old.reshape(hole.shape)), self.which, None):
            return other.reshape(-1)
        raise NoTurn


def sample_again(space: Space, rng: Random) -> Any:
    """A random member where a constraint may stand behind a shared value that makes it unsatisfiable."""
    for _ in range(99):
        try:
            return space.decide(Draw(rng))
        except Unsatisfied:
            continue
    return space.decide(Draw(rng))


def mutate_by_decisions(space: Space, value: Any, rng: Random) -> Any:
    """Make one decision different, chosen uniformly, and repair what depended on it."""
    old = addressed(space.record(value))
    sites = list(old)
    attempts = 0 if space.constrained and rng.random() < FROM_AFAR else _ATTEMPTS
    for _ in range(attempts if sites else 0):
        site = sites[int(rng.random() * len(sites))]
        try:
            other = space.decide(ReviseOne(old, site, Turn(rng), Draw(rng)))
        except Unsatisfied:
            continue
        if not equal(other, value):
            return other
    return from_afar(space, value, rng)


def _neighbors_by_decisions(space: Space, value: Any) -> Iterator[Any]:
    old = addressed(space.record(value))
    for site in old:
        for which in count():
            try:
                yield space.decide(ReviseOne(old, site, NextTurn(which), Simplest()))
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
