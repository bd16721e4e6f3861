"""How many members a space has, and which: exact, and up front about what cannot be counted."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from itertools import islice
from typing import Any

from .abstract import Space, equal, exact_key
from .choosers import Chooser
from .errors import InfiniteSpace, OutsideSpace, SpaceError, Unsatisfied
from .programs import Program, is_open, shorten

#: How many candidates are listed at most to count what no formula counts.
LISTING_LIMIT = 1_000_000

#: How many decisions are made at most where members are counted in haste.
HASTE_LIMIT = 50_000

#: Stands for a candidate that a constraint refused, where candidates are listed.
REFUSED = object()


class MustList(Exception):
    """The members can only be counted by listing them."""


def count(space: Space) -> int | float:
    """The exact number of members, `inf` where a hole is continuous."""
    if not space.finite:
        return math.inf
    if not space.entangled:
        return space.own_size()
    try:
        return _Counter(space).count((space,), {})
    except MustList:
        return count_distinct(space)


class _Counter:
    """Counts the ways to decide spaces one after the other, remembering what was counted before."""

    def __init__(self, root: Space) -> None:
        self.by_value = any(part.needs_scope for part in parts_within(root))
        self.known: dict[Hashable, int | float] = {}

    def count(self, spaces: Sequence[Any], scope: dict[Space, Any]) -> int | float:
        """The number of ways to decide `spaces`, given the shared values in `scope`."""
        total: int | float = 1
        for i, space in enumerate(spaces):
            if not is_open(space):
                continue
            if space.entangled:
                return total * self._count_entangled(tuple(spaces[i:]), scope)
            total *= space.own_size()
        return total

    def _count_entangled(self, spaces: tuple[Any, ...], scope: dict[Space, Any]) -> int | float:
        key = spaces, frozenset((hole, exact_key(value)) for hole, value in scope.items())
        if key not in self.known:
            self.known[key] = self._expanded(spaces[0], spaces[1:], scope)
        return self.known[key]

    def _expanded(self, space: Any, rest: tuple[Any, ...], scope: dict[Space, Any]) -> int | float:
        if space.overlapping or (space.shared and space not in scope and space.part.entangled):
            raise MustList
        if space.shared and space not in scope and not self.by_value:
            # Nothing depends on the value: what matters is only that it is decided.
            return count(space.part) * self.count(rest, {**scope, space: space.part.simplest()})
        return sum(self.count((*parts, *rest), inner) for inner, parts in space.expand(scope))


def parts_within(space: Any) -> Iterator[Any]:
    """The space and all holes and programs inside it."""
    stack = [space]
    while stack:
        part = stack.pop()
        if isinstance(part, Space):
            yield part
            stack.extend(inner for _, inner in part.children())


def count_distinct(space: Space) -> int | float:
    """The number of members by listing them; raises `SpaceError` when there are too many candidates to list."""
    if not space.finite:
        return math.inf
    tried = found = 0
    for candidate in islice(candidates(space), LISTING_LIMIT + 1):
        tried, found = tried + 1, found + (candidate is not REFUSED)
    if tried > LISTING_LIMIT:
        raise SpaceError(
            f"{shorten(repr(space))} has more than {LISTING_LIMIT:,} candidates and, because of a constraint or of "
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
        if not hole.finite:
            raise InfiniteSpace(f"{hole!r} is continuous: its members cannot be listed; give it a step, or fill it")
        size = hole.own_size()
        assert isinstance(size, int)
        return hole.decision_at(self.index(size, hole))  # type: ignore[return-value]

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


class TooMany(Exception):
    """Counting a space would take too long."""


class Hasty(Odometer):
    """An odometer that gives up after so many answers."""

    def __init__(self, answers: int) -> None:
        super().__init__()
        self.left = answers

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        self.left -= 1
        if self.left < 0:
            raise TooMany
        return super().index(n, hole, weights)


def count_few(space: Space, most: int) -> int | None:
    """The number of members where it is at most `most`; None where it is greater, or dear to find.

    Where a formula gives it, it is never dear; else members are listed, by no more decisions than `HASTE_LIMIT`.

    >>> from inlay.spaces import Integer
    >>> count_few(Integer(1, 9), 10), count_few(Integer(1, 9).where(lambda n: n % 2 == 0), 3)
    (9, None)
    """
    if not space.finite:
        return None
    overlap = any(part.overlapping for part in parts_within(space) if is_open(part))
    if not (space.entangled or space.constrained or overlap):
        size = space.own_size()
        return int(size) if size <= most else None
    found = 0
    try:
        for candidate in candidates(space, Hasty(HASTE_LIMIT)):
            found += candidate is not REFUSED
            if found > most:
                return None
    except TooMany:
        return None
    return found


def enumerate_members(space: Space) -> Iterator[Any]:
    """Every member once; raises `InfiniteSpace` at once when a hole is continuous."""
    if not space.finite:
        raise InfiniteSpace(
            f"the members of {shorten(repr(space))} cannot be listed: it holds a continuous hole; give it a step, "
            "or fill it first"
        )
    return (member for member in candidates(space) if member is not REFUSED)


def candidates(space: Space, odometer: Odometer | None = None) -> Iterator[Any]:
    """Every member once, and `REFUSED` for every filling that is none or stood before."""
    odometer, seen = odometer or Odometer(), set()
    repeats = _may_repeat(space)
    while True:
        try:
            value = space.decide(odometer)
        except Unsatisfied:
            value = REFUSED
        else:
            key = space.key(value) if repeats else None
            if key is not None and key in seen:
                value = REFUSED
            seen.add(key)
        yield value
        if not odometer.advance():
            return


def _may_repeat(space: Space) -> bool:
    """Whether different decisions may make the same member."""
    return any(part.overlapping or part.needs_scope for part in parts_within(space) if is_open(part))


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
    if a.alternative_spaces() is None:
        a, b = b, a
    options = a.alternative_spaces()
    if options is not None:
        return any(may_overlap(option, b) for option in options)
    bounds, others = a.bounds(), b.bounds()
    return bounds is None or others is None or max(bounds[0], others[0]) <= min(bounds[1], others[1])


def _may_contain(hole: Space, value: Any) -> bool:
    try:
        hole.record(value)
    except OutsideSpace:
        return False
    except SpaceError:  # a dependent hole whose shared values lie elsewhere
        return True
    return True
