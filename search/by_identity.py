"""Remembering what was found out about a space, by its identity: comparing two large spaces is dear."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from ..spaces import Space

T = TypeVar("T")

#: How many spaces are remembered at once.
_MOST = 64


def by_identity(find: Callable[[Space], T]) -> Callable[[Space], T]:
    """The same function, asked once for each of the latest spaces.

    A remembered space is kept alive, so that no other one can take its identity.
    """
    known: dict[int, tuple[Space, T]] = {}

    @wraps(find)
    def remembered(space: Space) -> T:
        entry = known.get(id(space))
        if entry is not None and entry[0] is space:
            return entry[1]
        while len(known) >= _MOST:
            known.pop(next(iter(known)), None)
        found = find(space)
        known[id(space)] = space, found
        return found

    return remembered
