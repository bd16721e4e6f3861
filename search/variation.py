"""Variation: how parents become a child."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from ..spaces import NoOtherMember, Space
from .trials import Trial

#: Draws one parent from the population.
Pick = Callable[[], Trial]


@dataclass(frozen=True)
class Mutate:
    """One parent, `times` decisions changed."""

    times: int = 1

    def __post_init__(self) -> None:
        if self.times < 1:
            raise ValueError(f"Mutate(times={self.times}): it must be at least 1")

    def __call__(self, space: Space, pick: Pick, rng: Random) -> Any:
        return mutated(space, pick().program, rng, self.times)


@dataclass(frozen=True)
class CrossAndMutate:
    """With probability `crossover` two parents are crossed, else one is copied; then it is mutated.

    A child is mutated with probability `mutation`, and always when it equals its first parent.
    """

    crossover: float = 0.7
    mutation: float = 0.5

    def __post_init__(self) -> None:
        if not (0 <= self.crossover <= 1 and 0 <= self.mutation <= 1):
            raise ValueError(f"{self!r}: probabilities lie in [0, 1]")

    def __call__(self, space: Space, pick: Pick, rng: Random) -> Any:
        parent = pick().program
        child = parent
        if rng.random() < self.crossover:
            child = space.crossover(parent, pick().program, rng)
        if rng.random() < self.mutation or space.key(child) == space.key(parent):
            child = mutated(space, child, rng)
        return child


def mutated(space: Space, value: Any, rng: Random, times: int = 1) -> Any:
    """The value after some mutations; itself where the space has no other member."""
    try:
        for _ in range(times):
            value = space.mutate(value, rng)
    except NoOtherMember:
        pass
    return value
