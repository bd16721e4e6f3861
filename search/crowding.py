"""Crowding: a child competes with what is most similar to it, so that a population stays on several optima."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..spaces.programs import Program
from ..spaces.values import same
from .changes import Rate
from .evolution import Evolution
from .selection import Tournament
from .trials import Trial, better
from .variation import CrossAndMutate


@dataclass(frozen=True)
class Crowding:
    """A child replaces the more similar of its parents, unless that one is better.

    Similarity is the number of decisions in which two programs differ. Where no parent is left in the population, the
    most similar member stands in for it. The population fills up before anyone is replaced.

    Source: Mahfoud, 1992, Crowding and Preselection Revisited, PPSN 2.
    Differs: every child competes by itself, not in a pair with its sibling.

    >>> members = [Trial(number, number) for number in range(3)]
    >>> for trial, loss in zip(members, (5.0, 7.0, 6.0)):
    ...     trial.state, trial.losses, trial.origin = "done", (loss,), {"parents": [1]}
    >>> [member.number for member in Crowding()(members[:2], members[2:], 2)]
    [0, 2]
    """

    #: The proposals' origins must name the parents.
    by_parents: ClassVar[bool] = True

    def __call__(self, population: Sequence[Trial], arrived: Sequence[Trial], size: int) -> list[Trial]:
        members = list(population)
        for child in arrived:
            if len(members) < size:
                members.append(child)
                continue
            place = _nearest(child, members)
            if not better(members[place], child):
                members[place] = child
        return members


def _nearest(child: Trial, members: Sequence[Trial]) -> int:
    """The index of the most similar parent that is a member, or else of the most similar member."""
    numbers = child.origin.get("parents", ()) if isinstance(child.origin, dict) and not child.foreign else ()
    parents = [i for i, member in enumerate(members) if member.number in numbers]
    return min(parents or range(len(members)), key=lambda i: difference(child.program, members[i].program))


def difference(a: Any, b: Any) -> int:
    """In how many smallest parts two programs differ: arguments, items, entries of masks.

    >>> from inlay.spaces import space
    >>> difference(space({"a": [1, 2], "b": 3}), space({"a": [1, 5], "b": 4}))
    2
    """
    if a is b:
        return 0
    if isinstance(a, Program) and isinstance(b, Program):
        return _program_difference(a, b)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape:
        return int(np.count_nonzero(a != b))
    return 0 if same(a, b) else 1


def _program_difference(a: Program, b: Program) -> int:
    if a.head is not b.head:
        return 1
    if a.names == b.names:
        return _sum(zip(a.args, b.args, strict=True))
    shared = [name for name in a.names if name in b.names]
    alone = len(a.names) + len(b.names) - 2 * len(shared)
    return alone + _sum((a.args[a.names.index(name)], b.args[b.names.index(name)]) for name in shared)


def _sum(pairs: Iterable[tuple[Any, Any]]) -> int:
    return sum(difference(x, y) for x, y in pairs if x is not y)


def DeterministicCrowding(  # noqa: N802
    population: int = 50, *, crossover: float = 0.9, mutation: float = 0.5, times: int | Rate = 1
) -> Evolution:
    """Parents drawn evenly are crossed and mutated, and every child takes the place of its more similar parent.

    Keeps several optima at once. Synchronous: a brood is awaited whole.
    Source: Mahfoud, 1992, Crowding and Preselection Revisited, PPSN 2.
    """
    vary = CrossAndMutate(crossover, mutation, times=times)
    return Evolution(population, Tournament(1), vary, Crowding(), brood=population)
