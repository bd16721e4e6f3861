"""Changing several decisions of a candidate at once, at distinct places where the space has them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from ..spaces import Mask, NoOtherMember, Space, Subset, Unsatisfied
from ..spaces.abstract import Features, Position, equal
from ..spaces.addresses import Address, addressed
from ..spaces.choosers import Decision, Draw
from ..spaces.moves import Revise, Turn
from ..spaces.programs import Program, make, make_list, replace_at, value_at
from .by_identity import by_identity

#: Where a value can be changed, and the hole that governs it.
Place = tuple[Position, Space]

#: How many of n decisions to change.
Rate = Callable[[int, Random], int]


def changed(space: Space, value: Any, rate: Rate, rng: Random) -> Any:
    """A member with `rate(n, rng)` of the `n` decisions of `value` changed; itself where there is no other member.

    Distinct decisions are changed wherever there are as many. An entry of a mask and an item of a subset is a decision
    each; a number, a choice, a length or an order is one.
    """
    if isinstance(space, Mask):  # one place with many decisions
        return space.change_several(value, rate(space.changes_at_once, rng), rng) if space.varies else value
    flat = _flat(space)
    if flat is not None and (value.names is flat.names or value.names == flat.names):
        return _flat_edited(value, flat, rate, rng)
    try:
        other = _by_decisions(space, value, rate, rng) if space.entangled else _in_place(space, value, rate, rng)
        return space.mutate(value, rng) if equal(other, value) else other
    except NoOtherMember:
        return value


def changes_at_once(hole: Space) -> int:
    """How many decisions of one hole can be changed together."""
    if isinstance(hole, Mask):
        return hole.changes_at_once
    return _swaps(hole) if isinstance(hole, Subset) else 1


def _swaps(hole: Subset) -> int:
    """How many members of a subset can be swapped for others: at least one move, where sizes may differ."""
    return max(1, min(hole.high, len(hole.items) - hole.low))


# -- in place --------------------------------------------------------------------------------------------------------


def _in_place(space: Space, value: Any, rate: Rate, rng: Random) -> Any:
    places: list[Place] = []
    space.places(value, (), places)
    weights = [changes_at_once(hole) for _, hole in places]
    counts = _drawn(weights, sum(weights), rate, rng)
    return _edited(value, [(*places[i], count) for i, count in sorted(counts.items(), reverse=True)], rng)


class Flat(NamedTuple):
    """A program whose holes have no parts: which arguments are open, their holes, and how many decisions each has."""

    names: tuple[Any, ...]
    places: tuple[int, ...]
    holes: tuple[Space, ...]
    weights: tuple[int, ...]
    decisions: int


@by_identity
def _flat(space: Space) -> Flat | None:
    """The holes of a flat program; None for another space."""
    if space.__class__ is not Program or space.layout[1] or not space.layout[0]:
        return None
    places, holes = zip(*[(i, hole) for (i,), hole in space.layout[0]], strict=True)
    weights = tuple(map(changes_at_once, holes))
    return Flat(space.names, places, holes, weights, sum(weights))


def _flat_edited(value: Program, flat: Flat, rate: Rate, rng: Random) -> Program:
    args = list(value.args)
    for i, count in _drawn(flat.weights, flat.decisions, rate, rng).items():
        place = flat.places[i]
        args[place] = _changed_hole(flat.holes[i], args[place], count, rng)
    return make(value.head, value.names, tuple(args))


def _drawn(weights: Sequence[int], n: int, rate: Rate, rng: Random) -> dict[int, int]:
    """At which places how many of the n decisions change: distinct ones, drawn uniformly."""
    k = min(rate(n, rng), n) if n else 0
    if n > len(weights):
        return _spread(weights, k, rng)
    return {int(rng.random() * n): 1} if k == 1 else dict.fromkeys(rng.sample(range(n), k), 1)


def _spread(weights: Sequence[int], k: int, rng: Random) -> dict[int, int]:
    """How many of `k` distinct decisions fall on each place, where a place has several."""
    ends = list(accumulate(weights))
    counts: dict[int, int] = {}
    for drawn in rng.sample(range(ends[-1]), k):
        place = bisect_right(ends, drawn)
        counts[place] = counts.get(place, 0) + 1
    return counts


def _edited(value: Any, edits: Iterable[tuple[Position, Space, int]], rng: Random) -> Any:
    """The value after changes from the last place to the first: what lies inside another place comes before it."""
    for position, hole, count in edits:
        value = replace_at(value, position, _other(hole, value_at(value, position), count, rng))
    return value


def _other(hole: Space, value: Any, count: int, rng: Random) -> Any:
    try:
        return _changed_hole(hole, value, count, rng)
    except NoOtherMember:  # a constraint may pin one place and leave others free
        return value


def _changed_hole(hole: Space, value: Any, count: int, rng: Random) -> Any:
    """Another filling of one hole, `count` of its decisions changed where it has as many."""
    if isinstance(hole, Mask):
        return hole.change_several(value, count, rng)
    if count > 1 and isinstance(hole, Subset):
        return _swapped(hole, value, count, rng)
    return hole.change(value, rng)


def _swapped(hole: Subset, value: Program, count: int, rng: Random) -> Any:
    """A subset with `count` distinct members swapped for items outside; another move where none can be swapped."""
    held = Features()
    hole.encode(value, held)
    inside = [i for i, one in enumerate(held) if one]
    outside = [i for i, one in enumerate(held) if not one]
    count = min(count, len(inside), len(outside))
    if count < 1:
        return hole.change(value, rng)
    kept = set(inside).difference(rng.sample(inside, count))
    return make_list([hole.items[i] for i in sorted(kept.union(rng.sample(outside, count)))])


# -- by decisions ----------------------------------------------------------------------------------------------------

_ATTEMPTS = 20


def _by_decisions(space: Space, value: Any, rate: Rate, rng: Random) -> Any:
    """Turn several decisions of a space in which one may change what others mean, and repair what depended on them."""
    old = addressed(space.record(value))
    sites = list(old)
    weights = [site[0].changes_at_once if isinstance(site[0], Mask) else 1 for site in sites]
    n = sum(weights)
    k = min(rate(n, rng), n) if n else 0
    for _ in range(_ATTEMPTS if k > 1 else 0):
        counts = {sites[i]: count for i, count in _spread(weights, k, rng).items()}
        try:
            return space.decide(ReviseSeveral(old, counts, rng))
        except Unsatisfied:
            continue
    return space.mutate(value, rng)


class ReviseSeveral(Revise):
    """Keeps every old decision but those at some sites, each of which is made different."""

    def __init__(self, old: Mapping[Address, Decision], sites: Mapping[Address, int], rng: Random) -> None:
        super().__init__(old.get, Draw(rng))
        self.sites, self.turn, self.rng = sites, Turn(rng), rng

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        address = self.address(hole)
        old = self.recall(address)
        if not isinstance(old, int) or old >= n:
            return self.rest.index(n, hole, weights)
        return self.turn.index(n, hole, old) if address in self.sites else old

    def real(self, low: float, high: float, hole: Space) -> float:
        address = self.address(hole)
        old = self.recall(address)
        if not isinstance(old, float) or not low <= old <= high:
            return self.rest.real(low, high, hole)
        return self.turn.number(hole, old) if address in self.sites else old

    def bits(self, hole: Mask) -> Any:
        address = self.address(hole)
        old: Any = self.recall(address)
        if getattr(old, "dtype", None) is None or not hole.takes(old):
            return self.rest.bits(hole)
        count = self.sites.get(address, 0)
        return hole.change_several(old.reshape(hole.shape), count, self.rng).reshape(-1) if count else old
