"""Crossovers of orders: lists that hold each of `0 .. n-1` once."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

Order = Sequence[int]


def cuts(n: int, rng: Random) -> tuple[int, int]:
    """The ends of a stretch of an order of `n` items: never empty, and not all of them where `n` > 1."""
    while True:
        low, high = sorted((int(rng.random() * (n + 1)), int(rng.random() * (n + 1))))
        if low < high and (high - low < n or n == 1):
            return low, high


def order_crossover(first: Order, second: Order, low: int, high: int) -> list[int]:
    """Keeps `first[low:high]` where it stands; the others follow from `high` on, around the end, as in the second.

    The second is read from `high` on, around its end, too.
    Source: Davis, 1985, Applying Adaptive Algorithms to Epistatic Domains, IJCAI.

    >>> order_crossover([0, 1, 2, 3, 4, 5, 6, 7, 8], [8, 2, 6, 7, 1, 5, 4, 0, 3], 3, 7)
    [2, 7, 1, 3, 4, 5, 6, 0, 8]
    """
    n, kept = len(first), set(first[low:high])
    rest = [item for item in (*second[high:], *second[:high]) if item not in kept]
    after = n - high
    return [*rest[after:], *first[low:high], *rest[:after]]


def partially_mapped_crossover(first: Order, second: Order, low: int, high: int) -> list[int]:
    """Keeps `first[low:high]`; elsewhere the second's items, each that is taken already mapped on along the stretch.

    An item that the stretch of the first holds gives way to the one that stands in the second at the same place, again
    and again until one is free.
    Source: Goldberg, Lingle, 1985, Alleles, Loci and the Traveling Salesman Problem, ICGA.

    >>> partially_mapped_crossover([0, 1, 2, 3, 4, 5, 6, 7, 8], [8, 2, 6, 7, 1, 5, 4, 0, 3], 3, 7)
    [8, 2, 1, 3, 4, 5, 6, 0, 7]
    """
    gives_way = dict(zip(first[low:high], second[low:high], strict=True))

    def free(item: int) -> int:
        while item in gives_way:
            item = gives_way[item]
        return item

    return [*map(free, second[:low]), *first[low:high], *map(free, second[high:])]


def cycle_crossover(first: Order, second: Order, *, second_begins: bool = False) -> list[int]:
    """Every item stands where one of the parents has it: whole cycles come from the first and the second in turn.

    A cycle are the places that hold the same items in both. The first cycle, by its least place, comes from the first
    parent unless `second_begins`; cycles of one place, where the parents agree, take no turn.
    Source: Oliver, Smith, Holland, 1987, A Study of Permutation Crossover Operators on the TSP, ICGA.

    >>> cycle_crossover([0, 1, 2, 3, 4, 5, 6, 7], [7, 4, 1, 0, 2, 5, 3, 6])
    [0, 4, 1, 3, 2, 5, 6, 7]
    """
    child, place_of = list(second), {item: place for place, item in enumerate(first)}
    seen: set[int] = set()
    takes_first = not second_begins
    for start in range(len(first)):
        if start in seen or first[start] == second[start]:
            continue
        for place in _cycle(start, second, place_of):
            seen.add(place)
            if takes_first:
                child[place] = first[place]
        takes_first = not takes_first
    return child


def _cycle(start: int, second: Order, place_of: dict[int, int]) -> list[int]:
    """The places of the cycle that holds `start`."""
    places, place = [start], place_of[second[start]]
    while place != start:
        places.append(place)
        place = place_of[second[place]]
    return places


def order_of(decisions: Sequence[int]) -> list[int]:
    """The order that picking, each time, one of the remaining items makes.

    >>> order_of([2, 0, 0])
    [2, 0, 1, 3]
    """
    rest = list(range(len(decisions) + 1))
    return [*(rest.pop(decision) for decision in decisions), *rest]


def picks_of(order: Order) -> list[int]:
    """Which of the remaining items each place of an order picks: the inverse of `order_of`.

    >>> picks_of([2, 0, 1, 3])
    [2, 0, 0]
    """
    rest, picks = list(range(len(order))), []
    for item in order[:-1]:
        picks.append(rest.index(item))
        del rest[picks[-1]]
    return picks
