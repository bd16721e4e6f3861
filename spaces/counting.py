"""How many members a space has, and which: exact, and up front about what cannot be counted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from .abstract import Space, equal
from .choosers import Chooser
from .errors import InfiniteSpace, OutsideSpace, SpaceError, Unsatisfied
from .holes import Integer, Real
from .programs import Program, is_open, shorten

#: How many candidates are listed at most to count what no formula counts.
LISTING_LIMIT = 1_000_000


class MustList(Exception):
    """The members can only be counted by listing them."""


def count(space: Space) -> int | float:
    """The exact number of members, `inf` where a hole is continuous."""
    if not space.finite:
        return math.inf
    if not space.entangled:
        return space.own_size()
    try:
        return _count((space,), {})
    except MustList:
        return count_distinct(space)


def _count(spaces: Sequence[Any], scope: dict[Space, Any]) -> int | float:
    """The number of ways to decide `spaces` one after the other, given the shared values in `scope`."""
    total: int | float = 1
    for i, space in enumerate(spaces):
        if not is_open(space):
            continue
        if not space.entangled:
            total *= space.own_size()
        else:
            if getattr(space, "overlapping", False):
                raise MustList
            rest = spaces[i + 1 :]
            return total * sum(_count((*parts, *rest), inner) for inner, parts in space.expand(scope))
    return total


def count_distinct(space: Space) -> int | float:
    """The number of members by listing them; raises `SpaceError` when there are too many to list."""
    if not space.finite:
        return math.inf
    found = sum(1 for _ in islice(enumerate_members(space), LISTING_LIMIT + 1))
    if found > LISTING_LIMIT:
        raise SpaceError(
            f"{shorten(repr(space))} has more than {LISTING_LIMIT:,} members and, because of a constraint or of "
            "overlapping options, no formula to count them"
        )
    return found


class Odometer(Chooser):
    """Replays a script of indices and extends it with zeros; `advance` moves to the next script."""

    def __init__(self) -> None:
        super().__init__()
        self.script: list[int] = []
        self.widths: list[int] = []
        self.position = 0

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        if self.position == len(self.script):
            self.script.append(0)
            self.widths.append(n)
        self.position += 1
        return self.script[self.position - 1]

    def real(self, low: float, high: float, hole: Space) -> float:
        values = list(hole.enumerate())
        decision = hole.trace(values[self.index(len(values), hole)])[0]
        assert isinstance(decision, float)
        return decision

    def advance(self) -> bool:
        """Move to the next script; False when there is none."""
        del self.script[self.position :], self.widths[self.position :]
        while self.script and self.script[-1] + 1 >= self.widths[-1]:
            self.script.pop()
            self.widths.pop()
        if not self.script:
            return False
        self.script[-1] += 1
        self.position, self.scope = 0, {}
        return True


def enumerate_members(space: Space) -> Iterator[Any]:
    """Every member once; raises `InfiniteSpace` at once when a hole is continuous."""
    if not space.finite:
        raise InfiniteSpace(
            f"the members of {shorten(repr(space))} cannot be listed: it holds a continuous hole; give it a step, "
            "or fill it first"
        )
    return _members(space)


def _members(space: Space) -> Iterator[Any]:
    odometer, seen = Odometer(), set()
    repeats = _may_repeat(space)
    while True:
        try:
            value = space.decide(odometer)
        except Unsatisfied:
            pass
        else:
            key = space.key(value) if repeats else None
            if key is None or key not in seen:
                yield value
            if repeats:
                seen.add(key)
        if not odometer.advance():
            return


def _may_repeat(space: Any) -> bool:
    """Whether different decisions may make the same member."""
    from .sharing import Dependent

    if not is_open(space):
        return False
    if isinstance(space, Dependent) or getattr(space, "overlapping", False):
        return True
    return any(_may_repeat(part) for _, part in space.children())


def may_overlap(a: Any, b: Any) -> bool:
    """Whether two spaces or values may share a member; False only when they cannot."""
    if not is_open(a) and not is_open(b):
        return equal(a, b)
    if not is_open(a) or not is_open(b):
        hole, value = (a, b) if is_open(a) else (b, a)
        return _may_contain(hole, value)
    left, right = a.kinds(), b.kinds()
    if left is not None and right is not None and left.isdisjoint(right):
        return False
    if isinstance(a, Program) and isinstance(b, Program):
        if set(a.names) != set(b.names):
            return False
        return all(may_overlap(part, b[(name,)]) for name, part in a.items())
    options = getattr(a, "options", None) or getattr(b, "options", None)
    if options is not None:
        other = b if getattr(a, "options", None) else a
        return any(may_overlap(option, other) for option in options)
    if isinstance(a, Integer | Real) and isinstance(b, Integer | Real):
        return max(a.low, b.low) <= min(a.high, b.high)
    return True


def _may_contain(hole: Space, value: Any) -> bool:
    try:
        hole.record(value)
    except OutsideSpace:
        return False
    except SpaceError:  # a dependent hole whose shared values lie elsewhere
        return True
    return True
