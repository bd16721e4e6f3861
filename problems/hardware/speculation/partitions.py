"""Partitions of the layers of a draft model into contiguous groups, and the best of them by dynamic programming."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import NamedTuple

#: What is paid for the layers from a first one up to (not with) a last one.
Price = Callable[[int, int], float]


def groups_of(cuts: Sequence[bool]) -> tuple[int, ...]:
    """The sizes of the groups, where a cut after layer i tells whether layer i + 1 begins a new group.

    >>> groups_of([False, True, False])
    (2, 2)
    """
    sizes = [1]
    for cut in cuts:
        if cut:
            sizes.append(1)
        else:
            sizes[-1] += 1
    return tuple(sizes)


def cuts_of(groups: Sequence[int]) -> list[bool]:
    """The cuts that make groups of these sizes: the inverse of `groups_of`; raises `ValueError` for an empty group.

    >>> cuts_of((2, 2))
    [False, True, False]
    """
    if not groups or min(groups) < 1:
        raise ValueError(f"cuts_of({tuple(groups)}): every group needs a layer")
    return [last for size in groups for last in [False] * (size - 1) + [True]][:-1]


def every_partition(layers: int) -> Iterator[tuple[int, ...]]:
    """All partitions of so many layers, 2^(layers - 1) of them."""
    return (groups_of(cuts) for cuts in product((True, False), repeat=layers - 1))


class Front(NamedTuple):
    """A partition that no other one beats both in seconds and in lost acceptance."""

    seconds: float
    lost: float
    groups: tuple[int, ...]


def partition_front(layers: int, seconds: Price, lost: Price, largest: int | None = None) -> list[Front]:
    """The partitions that are not dominated where seconds and lost log-acceptance are sums over groups, ascending.

    best(l) = the front of { best(f) + (seconds(f, l), lost(f, l)) : f < l }: a dominated beginning makes a dominated
    whole, so that the front holds the optimum of every objective that grows with both. O(layers^2 front).

    >>> front = partition_front(3, seconds=lambda f, l: 1.0, lost=lambda f, l: float(l - f - 1))
    >>> [(point.seconds, point.lost) for point in front]
    [(1.0, 2.0), (2.0, 1.0), (3.0, 0.0)]
    """
    widest = layers if largest is None else largest
    if layers < 1 or widest < 1:
        raise ValueError(f"partition_front(layers={layers}, largest={largest}): give at least one layer and group size")
    fronts: list[list[Front]] = [[Front(0.0, 0.0, ())]]
    for last in range(1, layers + 1):
        grown = [
            Front(point.seconds + seconds(first, last), point.lost + lost(first, last), (*point.groups, last - first))
            for first in range(max(0, last - widest), last)
            for point in fronts[first]
        ]
        fronts.append(_undominated(grown))
    return fronts[-1]


def _undominated(points: Sequence[Front]) -> list[Front]:
    kept: list[Front] = []
    for point in sorted(points):
        if not kept or point.lost < kept[-1].lost:
            kept.append(point)
    return kept
