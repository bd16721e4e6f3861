"""Distinct items, from which permutations and subsets are made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .abstract import exact_key
from .errors import OutsideSpace, SpaceError
from .programs import Program, is_open, make_list, symbolize


class Items:
    """Distinct closed items with their indices; raises `SpaceError` naming an item that is open or stands twice."""

    def __init__(self, items: Iterable[Any], what: str) -> None:
        self.items = tuple([symbolize(item) for item in items])
        self.indices: dict[Any, int] = {}
        for i, item in enumerate(self.items):
            if is_open(item):
                raise SpaceError(f"{what}: the item {item!r} has holes; items must be closed")
            if self.indices.setdefault(exact_key(item), i) != i:
                raise SpaceError(f"{what}: the item {item!r} stands twice; items must differ")

    def find(self, value: Any) -> list[int]:
        """The indices of a list program's items; raises `OutsideSpace` for another form or a foreign item."""
        if value.__class__ is not Program or value.head is not list:
            raise OutsideSpace(value, "it must be a list")
        found = []
        for place, item in enumerate(value.args):
            i = self.indices.get(exact_key(item))
            if i is None:
                raise OutsideSpace(item, "it is not one of the items").inside(place)
            found.append(i)
        if len(set(found)) < len(found):
            raise OutsideSpace(value, "an item stands twice")
        return found

    def pick(self, indices: Iterable[int]) -> Program:
        """The list program of the items at these indices."""
        return make_list([self.items[i] for i in indices])
