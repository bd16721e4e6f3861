"""A hole that holds an order of items."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, permutations
from random import Random
from typing import Any

from .abstract import ABSENT, Features, Record, Space
from .choosers import Chooser
from .display import python_text
from .errors import OutsideSpace, SpaceError
from .items import Items
from .move_sets import Moves, pair
from .programs import Program, make_list


class Permutation(Space):
    """An order of distinct items, as a list; the decisions are which of the remaining items comes next.

    >>> Permutation(["a", "b", "c"]).size()
    6
    """

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = Items(items, "Permutation")
        if not self._items.items:
            raise SpaceError("Permutation([]) has no items: give at least one")

    @property
    def items(self) -> tuple[Any, ...]:
        """The items in the order in which they were given."""
        return self._items.items

    def constants(self) -> Sequence[Any]:
        return self.items

    def setting(self) -> str:
        return "Permutation"

    def decide(self, choose: Chooser) -> Program:
        rest = list(self.items)
        chosen = [rest.pop(choose.index(n, self)) for n in range(len(rest), 1, -1)]
        return make_list([*chosen, *rest])

    def recognize(self, value: Any, record: Record) -> None:
        found = self._items.find(value)
        if len(found) != len(self.items):
            raise OutsideSpace(value, f"it must hold all {len(self.items)} items")
        rest = list(range(len(found)))
        for i in found[:-1]:
            place = rest.index(i)
            del rest[place]
            record.append((self, place))

    def order(self, value: Any) -> list[int]:
        """The indices of the items, in the order of a member; raises `OutsideSpace` for another value.

        >>> Permutation(["a", "b", "c"]).order(Permutation(["c", "a", "b"]).simplest())
        [2, 0, 1]
        """
        return self._items.find(value)

    def arrange(self, order: Iterable[int]) -> Program:
        """The member that has the items in this order of their indices: the inverse of `order`."""
        return self._items.pick(order)

    def own_size(self) -> int:
        return math.factorial(len(self.items))

    @property
    def varies(self) -> bool:
        return len(self.items) > 1

    @property
    def leaf(self) -> bool:
        return self.varies

    def kinds(self) -> frozenset[Any]:
        return frozenset({list})

    def change(self, value: Program, rng: Random) -> Program:
        """Swap two items, move one, or reverse a stretch, each with equal chance."""
        n = len(value.args)
        i, j = sorted(rng.sample(range(n), 2))
        args = list(value.args)
        kind = int(rng.random() * 3)
        if kind == 0:
            args[i], args[j] = args[j], args[i]
        elif kind == 1:
            args.insert(*((j, args.pop(i)) if rng.random() < 0.5 else (i, args.pop(j))))
        else:
            args[i : j + 1] = args[i : j + 1][::-1]
        return make_list(args)

    def own_neighborhoods(self) -> tuple[str, ...]:
        return ("swap", "insert", "reverse") if self.varies else ()

    def moves(self, value: Program, kind: str, rng: Random | None = None) -> Moves:
        """Every swap of two items, every move of one item to another place, or every reversal of a stretch."""
        n = len(value.args)
        if kind == "insert":
            return Moves((n - 1) ** 2, lambda k: _inserted(value, *_insertion(k, n)))
        make = _swapped if kind == "swap" else _reversed
        return Moves(n * (n - 1) // 2, lambda k: make(value, *pair(k)))

    def alternatives(self, value: Program) -> Iterator[Program]:
        """Every swap of two items."""
        for i, j in combinations(range(len(value.args)), 2):
            args = list(value.args)
            args[i], args[j] = args[j], args[i]
            yield make_list(args)

    def cross(self, first: Program, second: Program, rng: Random) -> Program:
        """Order crossover: a stretch of the first, the rest in the order of the second (Davis 1985)."""
        low, high = sorted(rng.sample(range(len(self.items) + 1), 2))
        kept = self._items.find(first)[low:high]
        inside = set(kept)
        rest = [i for i in self._items.find(second) if i not in inside]
        return self._items.pick([*rest[:low], *kept, *rest[low:]])

    def enumerate(self) -> Iterator[Program]:
        return (make_list(order) for order in permutations(self.items))

    def encode(self, value: Any, out: Features) -> None:
        """The place of every item, scaled to [0, 1]."""
        places = [0.0] * len(self.items)
        if value is not ABSENT:
            for place, i in enumerate(self._items.find(value)):
                places[i] = place / max(1, len(self.items) - 1)
        out.extend(places)

    def __repr__(self) -> str:
        return f"Permutation([{', '.join(map(python_text, self.items))}])"


def _swapped(value: Program, i: int, j: int) -> Program:
    args = list(value.args)
    args[i], args[j] = args[j], args[i]
    return make_list(args)


def _reversed(value: Program, i: int, j: int) -> Program:
    """The stretch from `i` to `j` turned round: the 2-opt move of tours."""
    args = list(value.args)
    args[i : j + 1] = args[i : j + 1][::-1]
    return make_list(args)


def _inserted(value: Program, i: int, j: int) -> Program:
    args = list(value.args)
    args.insert(j, args.pop(i))
    return make_list(args)


def _insertion(k: int, n: int) -> tuple[int, int]:
    """The `k`-th of the (n - 1)^2 ways to move an item from `i` to `j`; to the place before is left out for `i` > 0,
    since it is the same as moving that neighbour on."""
    if k < n - 1:
        return 0, k + 1
    i, j = divmod(k - (n - 1), n - 2)
    return i + 1, j if j < i else j + 2
