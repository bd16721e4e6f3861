"""Crossover: how two candidates become one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import compress
from random import Random
from typing import Any

import numpy as np

from ..spaces import Choice, Mask, Space, Unsatisfied
from ..spaces.addresses import addressed
from ..spaces.choosers import Draw
from ..spaces.moves import Revise, cross_by_decisions
from ..spaces.programs import Program, make
from .by_identity import by_identity

#: Makes one member of two: `cross(space, first, second, rng)`.
Crossover = Callable[[Space, Any, Any, Random], Any]


@dataclass(frozen=True)
class UniformCrossover:
    """Takes every decision from either parent with equal chance, where the combination is a member.

    Source: Syswerda, 1989, Uniform Crossover in Genetic Algorithms, ICGA 3.

    >>> from inlay.spaces import space
    >>> bits = space([Choice(0, 1)] * 8)
    >>> print(UniformCrossover()(bits, bits.adopt([0] * 8), bits.adopt([1] * 8), Random(0)))
    [0, 0, 1, 0, 0, 1, 1, 1]
    """

    def __call__(self, space: Space, first: Any, second: Any, rng: Random) -> Any:
        if is_flat_choices(space) and first.names == second.names:
            args = list(second.args)
            for i in compress(range(len(args)), _random_bits(len(args), rng)):
                args[i] = first.args[i]
            return make(first.head, first.names, tuple(args))
        if space.entangled:
            return cross_by_decisions(space, first, second, rng)
        return space.cross(first, second, rng)


#: The crossover that is meant where nothing is said.
UNIFORM = UniformCrossover()


@dataclass(frozen=True)
class OnePointCrossover:
    """Takes the decisions before a random point from the first parent and the others from the second.

    A mask that is a space by itself is cut between its entries, one inside a larger program is one decision.
    Source: Holland, 1975, Adaptation in Natural and Artificial Systems.

    >>> from inlay.spaces import space
    >>> bits = space([Choice(0, 1)] * 8)
    >>> print(OnePointCrossover()(bits, bits.adopt([0] * 8), bits.adopt([1] * 8), Random(0)))
    [0, 0, 0, 0, 0, 0, 1, 1]
    """

    def __call__(self, space: Space, first: Any, second: Any, rng: Random) -> Any:
        if isinstance(space, Mask) and space.ones is None:
            cut = _point(space.n, rng)
            return space.decide(Parts(first.reshape(-1)[:cut], second.reshape(-1)[cut:]))
        if is_flat_choices(space) and first.names == second.names:
            cut = _point(len(first.args), rng)
            return make(first.head, first.names, first.args[:cut] + second.args[cut:])
        return _cut_by_decisions(space, first, second, rng)


@dataclass(frozen=True)
class TwoPointCrossover:
    """Takes the decisions between two random points from the second parent and the others from the first.

    Decisions that stand close together stay together, whatever their place. A mask that is a space by itself is cut
    between its entries. Where nothing can be cut, decisions are taken from either parent as they come.
    Source: De Jong, 1975, An Analysis of the Behavior of a Class of Genetic Adaptive Systems.

    >>> from inlay.spaces import space
    >>> bits = space([Choice(0, 1)] * 8)
    >>> print(TwoPointCrossover()(bits, bits.adopt([0] * 8), bits.adopt([1] * 8), Random(1)))
    [0, 1, 1, 1, 1, 1, 1, 0]
    """

    def __call__(self, space: Space, first: Any, second: Any, rng: Random) -> Any:
        if isinstance(space, Mask) and space.ones is None:
            low, high = _stretch(space.n, rng)
            a, b = first.reshape(-1), second.reshape(-1)
            return space.decide(Parts(a[:low], b[low:high], a[high:]))
        if is_flat_choices(space) and first.names == second.names:
            low, high = _stretch(len(first.args), rng)
            args = first.args[:low] + second.args[low:high] + first.args[high:]
            return make(first.head, first.names, args)
        return UNIFORM(space, first, second, rng)


class Parts(Draw):
    """Decides a mask by parts of others."""

    def __init__(self, *parts: Any) -> None:
        self.scope, self.parts = {}, parts

    def bits(self, hole: Mask) -> Any:
        return np.concatenate(self.parts)


def _random_bits(n: int, rng: Random) -> bytes:
    """`n` bytes, each 0 or 1."""
    return f"{rng.getrandbits(n):0{n}b}".encode().translate(_LAST_BITS)


_LAST_BITS = bytes(byte & 1 for byte in range(256))


def _point(n: int, rng: Random) -> int:
    """A point between the first and the last of `n` decisions."""
    return 1 + int(rng.random() * (n - 1)) if n > 1 else 1


def _stretch(n: int, rng: Random) -> tuple[int, int]:
    """Two points between decisions, or at their ends, in order."""
    first, second = int(rng.random() * (n + 1)), int(rng.random() * (n + 1))
    return min(first, second), max(first, second)


def _cut_by_decisions(space: Space, first: Any, second: Any, rng: Random) -> Any:
    before, after = (addressed(space.record(parent)) for parent in (first, second))
    if len(before) < 2:
        return UNIFORM(space, first, second, rng)
    for _ in range(_ATTEMPTS):
        head = dict(list(before.items())[: _point(len(before), rng)])
        try:
            return space.decide(Revise({**before, **after, **head}.get, Draw(rng)))
        except Unsatisfied:
            continue
    return first if rng.random() < 0.5 else second


#: How often a forbidden combination is drawn again.
_ATTEMPTS = 20


@by_identity
def is_flat_choices(space: Space) -> bool:
    """Whether a space is a program whose holes are all plain choices: then arguments are taken without asking them."""
    if space.__class__ is not Program or space.layout[1]:
        return False
    return bool(space.layout[0]) and all(isinstance(hole, Choice) for _, hole in space.layout[0])
