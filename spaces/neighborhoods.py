"""Neighbourhoods: the members one move away, by kinds of moves, walked in any order without listing them first."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from random import Random
from typing import Any

from .abstract import Position, Space
from .addresses import Address, Addressing, addressed
from .choosers import Decision, Draw, Replay, Simplest
from .constraints import Where
from .counting import REFUSED
from .errors import SpaceError, Unsatisfied
from .masks import Bits, Mask
from .move_sets import Moves, listed, shuffled, united
from .moves import NextTurn, NoTurn, ReviseOne
from .programs import is_open, replace_at, shorten, value_at


def neighborhoods(space: Space) -> tuple[str, ...]:
    """The kinds of moves of a space and of its parts, in the order in which they first stand there."""
    if space.entangled:
        return ("change",) if space.varies else ()
    found: dict[str, None] = dict.fromkeys(space.own_neighborhoods())
    seen, stack = {id(space)}, [space]
    while stack:
        parts = [part for _, part in stack.pop().children() if is_open(part) and id(part) not in seen]
        seen.update(map(id, parts))
        stack.extend(reversed(parts))
        for part in parts:
            found.update(dict.fromkeys(part.own_neighborhoods()))
    return tuple(found)


def around(space: Space, value: Any, kinds: Collection[str] | None = None, rng: Random | None = None) -> Moves:
    """The moves of some kinds, or of all, from a member of any space; several may lead to the same neighbour."""
    if space.entangled:
        return _by_decisions(space, value, rng) if kinds is None or "change" in kinds else listed(())
    if isinstance(space, Where):
        return _allowed(space, around(space.part, value, kinds, rng))
    places: list[tuple[Position, Space]] = []
    space.places(value, (), places)
    return united(
        moves for position, hole in dict.fromkeys(places) for moves in _of_hole(hole, value, position, kinds, rng)
    )


def _of_hole(
    hole: Space, value: Any, position: Position, kinds: Collection[str] | None, rng: Random | None
) -> Iterator[Moves]:
    """The moves of one place, each kind apart."""
    old = value_at(value, position)
    if isinstance(hole, Where):
        yield _placed(around(hole, old, kinds, rng), value, position)
        return
    for own in hole.own_neighborhoods():
        if kinds is None or own in kinds:
            yield _placed(hole.moves(old, own, rng), value, position)


def _placed(moves: Moves, value: Any, position: Position) -> Moves:
    """Moves of a part as moves of the whole program."""
    if not position:
        return moves

    def at(i: int) -> Any:
        other = moves.at(i)
        return other if other is REFUSED else replace_at(value, position, other)

    return Moves(moves.total, at)


def _allowed(space: Where, moves: Moves) -> Moves:
    """The moves of the part that a constraint leaves."""

    def at(i: int) -> Any:
        other = moves.at(i)
        return other if other is not REFUSED and space.holds(other) else REFUSED

    return Moves(moves.total, at)


def options_entered(hole: Space, value: Any, rng: Random) -> Moves:
    """The other options of a choice, those with holes filled at random."""
    options = hole.alternative_spaces() or ()
    old: Any = hole.record(value)[0][1]

    def at(i: int) -> Any:
        option = options[i + (i >= old)]
        try:
            return option.sample(rng) if is_open(option) else option
        except Unsatisfied:
            return REFUSED

    return Moves(len(options) - 1, at)


# -- by decisions ----------------------------------------------------------------------------------------------------


class Tally(Addressing):
    """Repeats the decisions of a member, and counts the alternatives to each."""

    def __init__(self, old: dict[Address, Decision]) -> None:
        super().__init__()
        self.old = old
        self.counts: dict[Address, int] = {}

    def index(self, n: int, hole: Space, weights: Any = None) -> int:
        address = self.address(hole)
        decision = self.old[address]
        self.counts[address] = n - 1 if hole.bounds() is None else _numbers(hole, decision)
        return decision  # type: ignore[return-value]

    def real(self, low: float, high: float, hole: Space) -> float:
        address = self.address(hole)
        self.counts[address] = _numbers(hole, self.old[address])
        return self.old[address]  # type: ignore[return-value]

    def bits(self, hole: Mask) -> Bits:
        address = self.address(hole)
        decision: Any = self.old[address]
        self.counts[address] = sum(hole.moves(decision.reshape(hole.shape), k).total for k in hole.own_neighborhoods())
        return decision  # type: ignore[no-any-return]


def _numbers(hole: Space, decision: Decision) -> int:
    return sum(1 for _ in hole.alternatives(hole.decide(Replay([decision]))))


class MoveTurn(NextTurn):
    """Makes one decision different: alternative number `which`, a mask by its own moves."""

    def bits(self, hole: Mask, old: Any) -> Bits:
        moves = united(hole.moves(old.reshape(hole.shape), kind) for kind in hole.own_neighborhoods())
        if self.which >= moves.total:
            raise NoTurn
        changed: Bits = moves.at(self.which).reshape(-1)
        return changed


def _by_decisions(space: Space, value: Any, rng: Random | None) -> Moves:
    """Every alternative to every decision, with what depended on it repaired."""
    old = addressed(space.record(value))
    tally = Tally(old)
    space.decide(tally)

    def at(address: Address, which: int) -> Any:
        try:
            rest = Simplest() if rng is None else Draw(rng)
            return space.decide(ReviseOne(old, address, MoveTurn(which), rest))
        except (Unsatisfied, NoTurn):
            return REFUSED

    def moves(address: Address) -> Moves:
        return Moves(tally.counts[address], lambda which: at(address, which))

    return united(moves(address) for address in old)


# -- walks -----------------------------------------------------------------------------------------------------------


def walk(space: Space, value: Any, kinds: Collection[str] | None, rng: Random | None) -> Iterator[Any]:
    """The distinct neighbours, in random order where `rng` is given; raises `SpaceError` for an unknown kind."""
    for kind in kinds or ():
        if kind not in (known := neighborhoods(space)):
            there = ", ".join(map(repr, known)) or "none"
            raise SpaceError(f"{shorten(repr(space))} has no neighbourhood {kind!r}: it has {there}")
    return _distinct(space, value, around(space, value, kinds, rng), rng)


def _distinct(space: Space, value: Any, moves: Moves, rng: Random | None) -> Iterator[Any]:
    seen = {space.key(value)}
    for i in range(moves.total) if rng is None else shuffled(moves.total, rng):
        other = moves.at(i)
        if other is not REFUSED and (key := space.key(other)) not in seen:
            seen.add(key)
            yield other
