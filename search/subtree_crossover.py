"""Subtree crossover: a part of one candidate takes the place of a part of another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from ..spaces import Space
from ..spaces.abstract import Position, equal
from ..spaces.programs import replace_at, value_at
from .crossover import UNIFORM

#: How many parts of the first parent are tried before the parents are crossed uniformly.
ATTEMPTS = 8


@dataclass(frozen=True)
class SubtreeCrossover:
    """Replaces what fills a hole of the first parent by what fills the same hole, or an equal one, in the second.

    So the child is always a member, and a part may move to another depth. Where no part fits, and in spaces where one
    decision may change what another means, the parents are crossed uniformly.

    Source: Koza, 1992, Genetic Programming; typed as in Montana, 1995, Strongly Typed Genetic Programming.
    Differs: parts are chosen uniformly among all places, not mostly among the inner ones.

    >>> from inlay.spaces import Choice, Integer, space
    >>> sums = space({"a": Choice(0, {"b": Integer(1, 9)})})
    >>> first, second = sums.adopt({"a": {"b": 2}}), sums.adopt({"a": {"b": 7}})
    >>> print(SubtreeCrossover()(sums, first, second, Random(0)))
    {'a': {'b': 7}}
    """

    def __call__(self, space: Space, first: Any, second: Any, rng: Random) -> Any:
        if not space.entangled:
            places, donors = _places(space, first), _places(space, second)
            for _ in range(ATTEMPTS if places and donors else 0):
                position, hole = places[int(rng.random() * len(places))]
                child = _transplanted(first, position, _parts(hole, second, donors), rng)
                if child is not None:
                    return child
        return UNIFORM(space, first, second, rng)


def _places(space: Space, value: Any) -> list[tuple[Position, Space]]:
    """The holes inside a member, without the whole."""
    places: list[tuple[Position, Space]] = []
    space.places(value, (), places)
    return [place for place in places if place[0]]


def _parts(hole: Space, second: Any, donors: list[tuple[Position, Space]]) -> list[Any]:
    """The parts of the second parent that the hole, or an equal one, governs."""
    same = [value_at(second, position) for position, other in donors if other is hole]
    alike = [value_at(second, position) for position, other in donors if other is not hole and _alike(hole, other)]
    return same + [part for part in alike if hole.contains(part)]  # functions may read alike and differ


def _transplanted(first: Any, position: Position, parts: list[Any], rng: Random) -> Any:
    """The first parent with another part at a position; None where all fitting parts equal the one there."""
    old = value_at(first, position)
    others = [part for part in parts if not equal(part, old)]
    return replace_at(first, position, others[int(rng.random() * len(others))]) if others else None


def _alike(hole: Space, other: Space) -> bool:
    return hole.__class__ is other.__class__ and _fingerprint(hole) == _fingerprint(other)


@lru_cache(maxsize=1024)
def _fingerprint(hole: Space) -> str:
    return hole.fingerprint()
