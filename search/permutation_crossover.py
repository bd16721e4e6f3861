"""Crossovers of permutations, alone or inside larger programs, whose other decisions are crossed uniformly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from ..spaces import Permutation, Space, Unsatisfied
from ..spaces.abstract import Position
from ..spaces.addresses import Address, addressed
from ..spaces.choosers import Decision, Draw
from ..spaces.counting import parts_within
from ..spaces.moves import Revise
from ..spaces.orders import (
    Order,
    cuts,
    cycle_crossover,
    order_crossover,
    order_of,
    partially_mapped_crossover,
    picks_of,
)
from ..spaces.programs import replace_at, value_at
from .crossover import UNIFORM
from .objectives import Objectives
from .strategies import cannot_act

#: Makes one order of two.
CrossOrders = Callable[[Order, Order, Random], list[int]]


@dataclass(frozen=True)
class PartiallyMappedCrossover:
    """A stretch of the first order, the rest as the second has it where that is free (PMX): keeps absolute places.

    >>> abc = Permutation("abcdef")
    >>> print(PartiallyMappedCrossover()(abc, abc.simplest(), abc.arrange([5, 4, 3, 2, 1, 0]), Random(0)))
    ['f', 'b', 'd', 'c', 'e', 'a']
    """

    def check(self, space: Space, objectives: Objectives) -> None:
        _check(self, space)

    def __call__(self, space: Space, first: Any, second: Any, rng: Random) -> Any:
        return _crossed(space, first, second, rng, _partially_mapped)


@dataclass(frozen=True)
class OrderCrossover:
    """A stretch of the first order, the rest in the order of the second (OX): keeps relative orders.

    >>> abc = Permutation("abcdef")
    >>> print(OrderCrossover()(abc, abc.simplest(), abc.arrange([5, 4, 3, 2, 1, 0]), Random(0)))
    ['e', 'b', 'd', 'c', 'a', 'f']
    """

    def check(self, space: Space, objectives: Objectives) -> None:
        _check(self, space)

    def __call__(self, space: Space, first: Any, second: Any, rng: Random) -> Any:
        return _crossed(space, first, second, rng, _ordered)


@dataclass(frozen=True)
class CycleCrossover:
    """Every item stands where one of the parents has it (CX).

    >>> abc = Permutation("abcdef")
    >>> print(CycleCrossover()(abc, abc.simplest(), abc.arrange([5, 4, 3, 2, 1, 0]), Random(0)))
    ['a', 'e', 'c', 'd', 'b', 'f']
    """

    def check(self, space: Space, objectives: Objectives) -> None:
        _check(self, space)

    def __call__(self, space: Space, first: Any, second: Any, rng: Random) -> Any:
        return _crossed(space, first, second, rng, _cycled)


def _partially_mapped(first: Order, second: Order, rng: Random) -> list[int]:
    return partially_mapped_crossover(first, second, *cuts(len(first), rng))


def _ordered(first: Order, second: Order, rng: Random) -> list[int]:
    return order_crossover(first, second, *cuts(len(first), rng))


def _cycled(first: Order, second: Order, rng: Random) -> list[int]:
    return cycle_crossover(first, second, second_begins=rng.random() < 0.5)


def _check(part: Any, space: Space) -> None:
    if not _holds_permutation(space):
        why = f"no hole of it is a Permutation, and {type(part).__name__} crosses the orders of items"
        raise cannot_act(part, why, "UniformCrossover, OnePointCrossover or SubtreeCrossover")


def _holds_permutation(space: Space) -> bool:
    for part in parts_within(space):
        if isinstance(part, Permutation) or any(map(_holds_permutation, part.examples())):
            return True
    return False


def _crossed(space: Space, first: Any, second: Any, rng: Random, cross: CrossOrders) -> Any:
    if isinstance(space, Permutation):
        return space.arrange(cross(space.order(first), space.order(second), rng))
    if space.entangled or space.constrained:
        return _crossed_by_decisions(space, first, second, rng, cross)
    child = UNIFORM(space, first, second, rng)
    known, other = dict.fromkeys(_orders(space, first)), dict.fromkeys(_orders(space, second))
    for position, hole in _orders(space, child):
        if (position, hole) in known and (position, hole) in other:
            a, b = (hole.order(value_at(parent, position)) for parent in (first, second))
            child = replace_at(child, position, hole.arrange(cross(a, b, rng)))
    return child


def _orders(space: Space, value: Any) -> list[tuple[Position, Permutation]]:
    """Where a member holds permutations."""
    places: list[tuple[Position, Space]] = []
    space.places(value, (), places)
    return [(position, hole) for position, hole in places if isinstance(hole, Permutation)]


def _crossed_by_decisions(space: Space, first: Any, second: Any, rng: Random, cross: CrossOrders) -> Any:
    """Cross the orders, and take every other decision from either parent, until a constraint lets the child pass."""
    parents = [addressed(space.record(parent)) for parent in (first, second)]
    for _ in range(20):
        orders = _crossed_orders(parents, rng, cross)

        def recall(address: Address, orders: dict[Address, int] = orders) -> Decision | None:
            if address in orders:
                return orders[address]
            known = [parent[address] for parent in parents if address in parent]
            return known[int(rng.random() * len(known))] if known else None

        try:
            return space.decide(Revise(recall, Draw(rng)))
        except Unsatisfied:
            continue
    return first if rng.random() < 0.5 else second


def _crossed_orders(parents: list[dict[Address, Decision]], rng: Random, cross: CrossOrders) -> dict[Address, int]:
    """The decisions of the crossed orders: the n-1 decisions of each use of a permutation hole belong together."""
    crossed: dict[Address, int] = {}
    for hole, i in parents[0]:
        if isinstance(hole, Permutation) and i % (picks := len(hole.items) - 1) == 0:
            addresses = [(hole, i + j) for j in range(picks)]
            if all(address in parents[1] for address in addresses):
                first, second = (order_of([int(parent[address]) for address in addresses]) for parent in parents)
                crossed.update(zip(addresses, picks_of(cross(first, second, rng)), strict=True))
    return crossed
