"""Variation: how parents become a child."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple, Protocol, runtime_checkable

from ..spaces import NoOtherMember, Space
from ..spaces.abstract import equal
from .changes import Rate, changed
from .crossover import UNIFORM, Crossover
from .mutation_rates import Fixed
from .objectives import Objectives
from .strategies import check_parts
from .trials import Trial

#: Draws one parent from the population.
Pick = Callable[[], Trial]


class Noted(NamedTuple):
    """A child with JSON data that travel in its origin and come back to the variation's `learn`."""

    child: Any
    note: Mapping[str, Any]


@runtime_checkable
class LearningVariation(Protocol):
    """A variation that learns which of its children did well: see `OperatorChoice`."""

    def start(self, rng: Random) -> None:
        """Begin a run with nothing learned."""

    def learn(self, note: Mapping[str, Any], trial: Trial | None) -> None:
        """What became of a noted child; None for one that was not evaluated because it equals another candidate."""


@dataclass(frozen=True)
class Mutate:
    """One parent with some decisions changed: `times` of them, or as many as a rate such as `HeavyTail()` draws.

    The decisions are distinct where the space has as many.
    """

    times: int | Rate = 1

    def __post_init__(self) -> None:
        as_rate(self.times, self)

    def __call__(self, space: Space, pick: Pick, rng: Random) -> Any:
        return changed(space, pick().program, as_rate(self.times, self), rng)


@dataclass(frozen=True)
class Cross:
    """Two parents crossed; a child that equals the first one is mutated in `times` decisions.

    >>> from inlay.spaces import Mask
    >>> mask, rng = Mask(9), Random(0)
    >>> a, b = Trial(0, mask.sample(rng)), Trial(1, mask.sample(rng))
    >>> parents = iter([a, b])
    >>> mask.contains(Cross()(mask, lambda: next(parents), rng))
    True
    """

    cross: Crossover = UNIFORM
    times: int | Rate = 1

    def __post_init__(self) -> None:
        as_rate(self.times, self)

    def check(self, space: Space, objectives: Objectives) -> None:
        check_parts(self, space, objectives)

    def __call__(self, space: Space, pick: Pick, rng: Random) -> Any:
        parent = pick().program
        child = self.cross(space, parent, pick().program, rng)
        return changed(space, child, as_rate(self.times, self), rng) if equal(child, parent) else child


@dataclass(frozen=True)
class CrossAndMutate:
    """With probability `crossover` two parents are crossed, else one is copied; then it is mutated.

    A child is mutated with probability `mutation`, and always when it equals its first parent; `times` says how many
    decisions change, as in `Mutate`.
    """

    crossover: float = 0.7
    mutation: float = 0.5
    cross: Crossover = UNIFORM
    times: int | Rate = 1

    def __post_init__(self) -> None:
        if not (0 <= self.crossover <= 1 and 0 <= self.mutation <= 1):
            raise ValueError(f"{self!r}: probabilities lie in [0, 1]")
        as_rate(self.times, self)

    def check(self, space: Space, objectives: Objectives) -> None:
        check_parts(self, space, objectives)

    def __call__(self, space: Space, pick: Pick, rng: Random) -> Any:
        child = parent = pick().program
        if rng.random() < self.crossover:
            child = self.cross(space, parent, pick().program, rng)
        if rng.random() < self.mutation or equal(child, parent):
            child = changed(space, child, as_rate(self.times, self), rng)
        return child


_RATES = {times: Fixed(times) for times in range(1, 9)}


def as_rate(times: int | Rate, part: Any) -> Rate:
    """A number of decisions as the rate that always gives it; raises `ValueError` for one below 1."""
    if callable(times):
        return times
    if times < 1:
        raise ValueError(f"{part!r}: times must be at least 1, else nothing is tried")
    return _RATES.get(times) or Fixed(times)


def mutated(space: Space, value: Any, rng: Random, times: int = 1) -> Any:
    """The value after some mutations; itself where the space has no other member."""
    try:
        for _ in range(times):
            value = space.mutate(value, rng)
    except NoOtherMember:
        pass
    return value
