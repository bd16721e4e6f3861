"""Sets of moves that are counted and made one at a time, so that no large neighbourhood is ever listed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, islice
from math import isqrt
from random import Random
from typing import Any, NamedTuple

from .counting import LISTING_LIMIT


class Moves(NamedTuple):
    """`total` moves from a value, of which `at(i)` makes the `i`-th; `REFUSED` where a constraint forbids it."""

    total: int
    at: Callable[[int], Any]


def listed(others: Iterable[Any]) -> Moves:
    """The moves to members that are few enough to list."""
    found = tuple(islice(others, LISTING_LIMIT))
    return Moves(len(found), found.__getitem__)


def united(parts: Iterable[Moves]) -> Moves:
    """The moves of several parts, one after the other.

    >>> moves = united([listed("ab"), listed("cde")])
    >>> moves.total, moves.at(3)
    (5, 'd')
    """
    made = [part for part in parts if part.total]
    ends = list(accumulate(part.total for part in made))

    def at(i: int) -> Any:
        which = bisect_right(ends, i)
        return made[which].at(i - (ends[which - 1] if which else 0))

    return Moves(ends[-1] if ends else 0, at)


def pair(k: int) -> tuple[int, int]:
    """The `k`-th pair (i, j) with i < j, in the order (0, 1), (0, 2), (1, 2), (0, 3), ...

    >>> [pair(k) for k in range(4)]
    [(0, 1), (0, 2), (1, 2), (0, 3)]
    """
    j = (1 + isqrt(8 * k + 1)) // 2
    return k - j * (j - 1) // 2, j


def shuffled(n: int, rng: Random) -> Iterator[int]:
    """The numbers below `n` in random order, drawn one at a time: memory grows only with those that were drawn.

    Source: Fisher, Yates, 1938, Statistical Tables; Durstenfeld, 1964, Algorithm 235, doi:10.1145/364520.364540.
    """
    moved: dict[int, int] = {}
    for i in range(n):
        j = i + (int(rng.random() * (n - i)) if n < 1 << 40 else rng.randrange(n - i))
        yield moved.get(j, j)
        moved[j] = moved.get(i, i)
        moved.pop(i, None)
