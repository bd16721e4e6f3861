"""Moves that make many children at once, through what every space offers: crossing, mutating, drawing afresh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple, Protocol

from ..spaces import NoOtherMember, Space
from .many_parents import PickMany
from .trials import Trial


class Children(NamedTuple):
    """Candidates, and for each the trials that it comes from; none where it was drawn afresh."""

    values: list[Any]
    parents: list[tuple[Trial, ...]]


class BroodMove(Protocol):
    """Makes children from parents; `share` is how many of a brood it makes, for once that others make theirs."""

    @property
    def share(self) -> float: ...

    def __call__(self, space: Space, pick: PickMany, n: int, rng: Random) -> Children:
        """`n` children."""


def check_share(move: Any) -> None:
    """Raise `ValueError` for a share below 0."""
    if not move.share >= 0:
        raise ValueError(f"{move!r}: a share cannot be negative")


@dataclass(frozen=True)
class Crossing:
    """Pairs of parents crossed."""

    share: float = 1.0

    def __post_init__(self) -> None:
        check_share(self)

    def __call__(self, space: Space, pick: PickMany, n: int, rng: Random) -> Children:
        firsts, seconds = pick(n), pick(n)
        values = space.crossover_many([t.program for t in firsts], [t.program for t in seconds], rng)
        return Children(list(values), list(zip(firsts, seconds, strict=True)))


@dataclass(frozen=True)
class Mutation:
    """Parents mutated once."""

    share: float = 1.0

    def __post_init__(self) -> None:
        check_share(self)

    def __call__(self, space: Space, pick: PickMany, n: int, rng: Random) -> Children:
        parents = pick(n)
        values = mutated_many(space, [trial.program for trial in parents], rng)
        return Children(list(values), [(parent,) for parent in parents])


@dataclass(frozen=True)
class Fresh:
    """New random members."""

    share: float = 1.0

    def __post_init__(self) -> None:
        check_share(self)

    def __call__(self, space: Space, pick: PickMany, n: int, rng: Random) -> Children:
        return Children(list(space.sample_many(n, rng)), [()] * n)


def mutated_many(space: Space, values: Sequence[Any], rng: Random) -> Sequence[Any]:
    """The values mutated once each; themselves where the space has no other member."""
    try:
        return space.mutate_many(values, rng)
    except NoOtherMember:
        return values
