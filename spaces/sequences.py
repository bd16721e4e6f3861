"""Holes that hold lists: a subset of items, a repetition of variable length."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import combinations
from random import Random
from typing import Any

from .abstract import ABSENT, Features, Position, Record, Space, product
from .choosers import Chooser
from .counting import REFUSED
from .display import python_text
from .errors import OutsideSpace, SpaceError, Unsatisfied
from .items import Items
from .move_sets import Moves
from .paths import Step
from .programs import Program, make_list, space_of, symbolize


def _checked_lengths(what: str, low: Any, high: Any) -> tuple[int, int]:
    """The bounds of a length as integers; raises `SpaceError` for anything else."""
    high = low if high is None else high
    for bound in (low, high):
        if isinstance(bound, bool) or not hasattr(bound, "__index__"):
            raise SpaceError(f"{what}: a length must be an integer, not {bound!r}")
    if not 0 <= low <= high:
        raise SpaceError(f"{what}: lengths from {low} to {high} are the wrong way round or negative")
    return int(low), int(high)


class Subset(Space):
    """A subset of distinct items of `low` to `high` members (exactly `low` where `high` is left out).

    The value is a list in the order of the items; each item in turn is left out or taken, weighted so that a random
    draw is uniform over subsets. A list in another order is recognised as the same subset.

    >>> Subset(range(60), 30).size()
    118264581564861424
    """

    def __init__(self, items: Iterable[Any], low: int, high: int | None = None) -> None:
        self._items = Items(items, "Subset")
        self.low, self.high = _checked_lengths("Subset", low, high)
        if self.high > len(self.items):
            raise SpaceError(f"Subset of {len(self.items)} items cannot have {self.high} members")

    @property
    def items(self) -> tuple[Any, ...]:
        """The items that may be taken."""
        return self._items.items

    def constants(self) -> Sequence[Any]:
        return self.items

    def setting(self) -> str:
        return f"Subset {self.low}..{self.high}"

    def decide(self, choose: Chooser) -> Program:
        return self._items.pick(i for i, taken in enumerate(self._walk(choose)) if taken)

    def _walk(self, choose: Chooser) -> Iterator[int]:
        """Whether each item is taken; asks only where both answers are possible."""
        taken, n = 0, len(self.items)
        for i in range(n):
            rest = n - i
            if taken + rest == self.low:
                bit = 1
            elif taken == self.high:
                bit = 0
            else:
                bit = choose.index(2, self, self._odds(rest, taken))
            taken += bit
            yield bit

    def _odds(self, rest: int, taken: int) -> tuple[float, float]:
        """The shares of the completions that leave the next item out and that take it."""
        if self.low == self.high:
            share = (self.low - taken) / rest
        else:
            without, within = self._completions(rest - 1, taken), self._completions(rest - 1, taken + 1)
            share = within / (without + within)
        return 1.0 - share, share

    def _completions(self, rest: int, taken: int) -> int:
        known = self._completion_table.get((rest, taken))
        if known is None:
            known = sum(math.comb(rest, k - taken) for k in range(max(self.low, taken), self.high + 1))
            self._completion_table[rest, taken] = known
        return known

    @cached_property
    def _completion_table(self) -> dict[tuple[int, int], int]:
        return {}

    def recognize(self, value: Any, record: Record) -> None:
        found = set(self._items.find(value))
        if not self.low <= len(found) <= self.high:
            raise OutsideSpace(value, f"it must have from {self.low} to {self.high} members, not {len(found)}")
        taken, n = 0, len(self.items)
        for i in range(n):
            bit = int(i in found)
            if taken + n - i != self.low and taken != self.high:
                record.append((self, bit))
            taken += bit

    def own_size(self) -> int:
        return sum(math.comb(len(self.items), k) for k in range(self.low, self.high + 1))

    @property
    def varies(self) -> bool:
        return self.high > self.low or 0 < self.low < len(self.items)

    @property
    def leaf(self) -> bool:
        return self.varies

    @property
    def loose(self) -> bool:
        """The same members in another order are the same subset."""
        return True

    def canonical(self, value: Any) -> Program:
        return self._items.pick(sorted(self._items.find(value)))

    def kinds(self) -> frozenset[Any]:
        return frozenset({list})

    def sample(self, rng: Random) -> Program:
        sizes = [math.comb(len(self.items), k) for k in range(self.low, self.high + 1)]
        target, size = rng.randrange(sum(sizes)) if len(sizes) > 1 else 0, self.low
        for count in sizes[:-1]:
            if target < count:
                break
            target, size = target - count, size + 1
        return self._items.pick(sorted(rng.sample(range(len(self.items)), size)))

    def change(self, value: Program, rng: Random) -> Program:
        """Swap a member for another item, or (where the size is free) add or remove one; each kind as likely."""
        inside = self._items.find(value)
        outside = self._outside(inside)
        kinds = self._kinds_of_moves(len(inside), len(outside))
        kind = kinds[int(rng.random() * len(kinds))]
        out = inside[int(rng.random() * len(inside))] if kind != "add" else None
        into = outside[int(rng.random() * len(outside))] if kind != "remove" else None
        return self._moved(inside, out, into)

    def _outside(self, inside: Sequence[int]) -> list[int]:
        taken = set(inside)
        return [i for i in range(len(self.items)) if i not in taken]

    def _kinds_of_moves(self, inside: int, outside: int) -> list[str]:
        possible = {
            "swap": inside > 0 and outside > 0,
            "add": inside < self.high,
            "remove": inside > self.low,
        }
        return [kind for kind, can in possible.items() if can]

    def _moved(self, inside: Iterable[int], out: int | None, into: int | None) -> Program:
        kept = [i for i in inside if i != out] + ([] if into is None else [into])
        return self._items.pick(sorted(kept))

    def own_neighborhoods(self) -> tuple[str, ...]:
        if not self.varies:
            return ()
        return ("swap", "add", "remove") if self.high > self.low else ("swap",)

    def moves(self, value: Program, kind: str, rng: Random | None = None) -> Moves:
        """Every swap of a member for another item, every addition, or every removal."""
        inside = sorted(self._items.find(value))
        outside = self._outside(inside)
        m, width = len(inside), max(1, len(outside))
        if kind not in self._kinds_of_moves(m, len(outside)):
            return Moves(0, inside.__getitem__)
        if kind == "add":
            return Moves(len(outside), lambda k: self._moved(inside, None, outside[k]))
        if kind == "remove":
            return Moves(m, lambda k: self._moved(inside, inside[k], None))
        return Moves(m * len(outside), lambda k: self._moved(inside, inside[k // width], outside[k % width]))

    def alternatives(self, value: Program) -> Iterator[Program]:
        """Every swap, addition and removal."""
        inside = sorted(self._items.find(value))
        outside = self._outside(inside)
        kinds = self._kinds_of_moves(len(inside), len(outside))
        outs = inside if "swap" in kinds else ()
        yield from (self._moved(inside, i, j) for i in outs for j in outside)
        yield from (self._moved(inside, None, j) for j in outside if "add" in kinds)
        yield from (self._moved(inside, i, None) for i in inside if "remove" in kinds)

    def cross(self, first: Program, second: Program, rng: Random) -> Program:
        """What both hold stays; the rest of the size of one of them is drawn from what one of them holds."""
        a, b = set(self._items.find(first)), set(self._items.find(second))
        size = len(a) if rng.random() < 0.5 else len(b)
        return self._items.pick(sorted([*(a & b), *rng.sample(sorted(a ^ b), size - len(a & b))]))

    def enumerate(self) -> Iterator[Program]:
        n = range(len(self.items))
        return (self._items.pick(picked) for k in range(self.low, self.high + 1) for picked in combinations(n, k))

    def encode(self, value: Any, out: Features) -> None:
        found = set() if value is ABSENT else set(self._items.find(value))
        out.extend(float(i in found) for i in range(len(self.items)))

    def __repr__(self) -> str:
        items = ", ".join(map(python_text, self.items))
        return f"Subset([{items}], {self.low}{'' if self.low == self.high else f', {self.high}'})"


class Repeat(Space):
    """A list of `low` to `high` fillings of one element (exactly `low` where `high` is left out).

    >>> from inlay.spaces import Choice
    >>> Repeat(Choice("a", "b"), 1, 3).size()
    14
    """

    def __init__(self, element: Any, low: int, high: int | None = None) -> None:
        self.element: Space = space_of(symbolize(element))
        self.low, self.high = _checked_lengths("Repeat", low, high)

    def decide(self, choose: Chooser) -> Program:
        n = self.low + (choose.index(self.high - self.low + 1, self) if self.high > self.low else 0)
        if choose.leaves_open or not n:
            return make_list([self.element] * n).decide(choose)
        return make_list([self.element.decide(choose) for _ in range(n)])

    def recognize(self, value: Any, record: Record) -> None:
        if value.__class__ is not Program or value.head is not list:
            raise OutsideSpace(value, "it must be a list")
        n = len(value.args)
        if not self.low <= n <= self.high:
            raise OutsideSpace(value, f"it must have from {self.low} to {self.high} items, not {n}")
        if self.high > self.low:
            record.append((self, n - self.low))
        for i, item in enumerate(value.args):
            try:
                self.element.recognize(item, record)
            except OutsideSpace as error:
                raise error.inside(i) from None

    def children(self) -> Sequence[tuple[Step, Any]]:
        return (("*", self.element),)

    @property
    def entangled(self) -> bool:
        return self.element.entangled

    @property
    def constrained(self) -> bool:
        return self.element.constrained

    @property
    def loose(self) -> bool:
        return self.element.loose

    @property
    def finite(self) -> bool:
        return self.element.finite or self.high == 0

    @property
    def varies(self) -> bool:
        return self.high > self.low or (self.high > 0 and self.element.varies)

    def canonical(self, value: Any) -> Program:
        return make_list([self.element.canonical(item) for item in value.args])

    def own_size(self) -> int | float:
        sizes = range(self.low, self.high + 1)
        if self.high == 0:
            return 1
        return sum(product([self.element.own_size()] * n) for n in sizes)

    def kinds(self) -> frozenset[Any]:
        return frozenset({list})

    def expand(self, scope: dict[Space, Any]) -> Iterator[tuple[dict[Space, Any], Sequence[Any]]]:
        return ((scope, [self.element] * n) for n in range(self.low, self.high + 1))

    def with_parts(self, parts: Sequence[Any]) -> Repeat:
        return Repeat(parts[0], self.low, self.high)

    def places(self, value: Any, position: Position, out: list[tuple[Position, Space]]) -> None:
        if self.high > self.low:
            out.append((position, self))
        for i, item in enumerate(value.args):
            self.element.places(item, (*position, i), out)

    def change(self, value: Program, rng: Random) -> Program:
        """Insert a new element or delete one."""
        args, n = list(value.args), len(value.args)
        if n == self.low or (n < self.high and rng.random() < 0.5):
            args.insert(int(rng.random() * (n + 1)), self.element.sample(rng))
        else:
            del args[int(rng.random() * n)]
        return make_list(args)

    def own_neighborhoods(self) -> tuple[str, ...]:
        return ("insert", "delete") if self.high > self.low else ()

    def moves(self, value: Program, kind: str, rng: Random | None = None) -> Moves:
        """Every deletion, or the insertion of an element (the simplest, or with `rng` a random one) at every place."""
        args, n = value.args, len(value.args)
        if kind == "delete":
            return Moves(n if n > self.low else 0, lambda i: make_list([*args[:i], *args[i + 1 :]]))
        return Moves(n + 1 if n < self.high else 0, lambda i: self._longer(args, i, rng))

    def _longer(self, args: Sequence[Any], i: int, rng: Random | None) -> Any:
        try:
            new = self.element.simplest() if rng is None else self.element.sample(rng)
        except Unsatisfied:
            return REFUSED
        return make_list([*args[:i], new, *args[i:]])

    def alternatives(self, value: Program) -> Iterator[Program]:
        """Every deletion, and the insertion of the simplest element at every place."""
        args, n = value.args, len(value.args)
        shorter = [make_list([*args[:i], *args[i + 1 :]]) for i in range(n)] if n > self.low else []
        longer = [make_list([*args[:i], new, *args[i:]]) for new in self._simplest() for i in range(n + 1)]
        return iter(dict.fromkeys([*shorter, *(longer if n < self.high else [])]))

    def _simplest(self) -> Iterator[Any]:
        """The simplest element, or nothing where a constraint refuses every filling."""
        try:
            yield self.element.simplest()
        except Unsatisfied:
            return

    def cross(self, first: Program, second: Program, rng: Random) -> Program:
        """The length of one parent; each element from a parent that has one there, or crossed where both have."""
        longer, shorter = sorted((first, second), key=lambda p: -len(p.args))
        n = len(first.args) if rng.random() < 0.5 else len(second.args)
        both = min(n, len(shorter.args))
        items = [self.element.cross(a, b, rng) for a, b in zip(first.args[:both], second.args[:both], strict=True)]
        return make_list([*items, *longer.args[both:n]])

    def encode(self, value: Any, out: Features) -> None:
        args = () if value is ABSENT else value.args
        out.append(len(args) / max(1, self.high))
        for i in range(self.high):
            self.element.encode(args[i] if i < len(args) else ABSENT, out)

    def setting(self) -> str:
        return self.title()

    def title(self) -> str:
        return f"Repeat {self.low}..{self.high}" if self.high > self.low else f"Repeat {self.low}"

    def __repr__(self) -> str:
        return f"Repeat({self.element!r}, {self.low}{'' if self.low == self.high else f', {self.high}'})"
