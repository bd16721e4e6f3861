"""Many parents at once: what draws them from a population that stays the same for a whole brood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol, runtime_checkable

from .selection import Selection, drawing
from .trials import Trial

#: Draws `n` parents.
PickMany = Callable[[int], list[Trial]]


@runtime_checkable
class SelectsMany(Protocol):
    """A selection that looks at a population once, and then draws any number of parents together."""

    def many_among(self, population: Sequence[Trial], rng: Random) -> PickMany:
        """What draws parents from this population."""


def picking(select: Selection, population: Sequence[Trial], rng: Random) -> PickMany:
    """What draws many parents from a population, with any selection."""
    if isinstance(select, SelectsMany):
        return select.many_among(population, rng)
    draw = drawing(select, population)
    return lambda n: [draw(rng) for _ in range(n)]
