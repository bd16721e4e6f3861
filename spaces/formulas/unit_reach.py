"""Which units the parts of short formulas have, and how many nodes they need: found from both ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

#: No part has a unit that only longer formulas need.
LONGEST = 64
#: The search from both ends stops at so many units; before the ends have met, at so many.
ENOUGH, TOO_MANY = 1500, 6000

#: Units by the least number of nodes that they need.
Levels = list[list[int]]


class Steps(NamedTuple):
    """How operators make units of others.

    `powers`: twice the exponents that a unit can be raised to, each with the nodes that this takes. `conditions`:
    whether values of any unit can be compared.
    """

    multiply: bool
    divide: bool
    powers: tuple[tuple[int, int], ...]
    conditions: bool = False

    def above(self, levels: Levels, nodes: int) -> Iterator[int]:
        """The units that formulas of `nodes` nodes can have, from those of smaller formulas."""
        for exponent, taken in self.powers:
            yield from [unit * exponent // 2 for unit in levels[max(nodes - taken, 0)]]
        for n in range(1, nodes - 1):
            for unit in levels[n]:
                if self.multiply and 2 * n < nodes:
                    yield from [unit + other for other in levels[nodes - 1 - n]]
                if self.divide:
                    yield from [unit - other for other in levels[nodes - 1 - n]]

    def beneath(self, unit: int, other: int) -> Iterator[int]:
        """The units that become this one in a product or quotient with another one."""
        if self.multiply:
            yield unit - other
        if self.divide:
            yield unit + other
            yield other - unit

    def roots(self, unit: int) -> Iterator[tuple[int, int]]:
        """The units that become this one when they are raised to a power, with the nodes that this takes."""
        for exponent, taken in self.powers:
            if 2 * unit % exponent == 0:
                yield 2 * unit // exponent, taken


class Reach(NamedTuple):
    """Units of parts, and how near they are.

    `least`: the number of nodes of the smallest formula with a unit. `around`: the number of nodes of the smallest rest
    of a formula in which a part with that unit can stand. `nodes`: how long a formula may be to count.
    """

    least: dict[int, int]
    around: dict[int, int]
    nodes: int


def reach(leaves: Collection[int], target: int, steps: Steps, max_size: int, most: int) -> Reach:
    """The units that parts of formulas have whose value has the unit `target`; none where that is not found.

    Formulas of at most `max_size` nodes count, or of fewer where parts would have more than `most` units; the smallest
    one always. Every unit is found from where it is nearer, the leaves or the target: what needs many nodes beneath it
    leaves few around it.

    >>> reach({1}, 3, Steps(True, False, ()), max_size=5, most=99)
    Reach(least={1: 1, 2: 3, 3: 5}, around={1: 4, 2: 2, 3: 0}, nodes=5)
    """
    near = _Near(leaves, target, steps)
    near.grow(min(max_size, LONGEST))
    longest = min(max_size, LONGEST, 2 * near.radius + 1)
    least = near.least(longest)
    shortest = least.get(target, longest + 1)
    found = Reach({}, {}, longest)
    for nodes in range(shortest, longest + 1):
        around = _around(least, target, steps, nodes)
        if nodes > shortest and len(around) > most:
            break
        kept = sorted(around, key=lambda unit: (least[unit], unit))
        found = Reach({unit: least[unit] for unit in kept}, {unit: around[unit] for unit in kept}, nodes)
    return found


class _Near:
    """The units that lie within a radius of the leaves (`up`) or of the target (`down`), by their number of nodes."""

    def __init__(self, leaves: Collection[int], target: int, steps: Steps) -> None:
        self.steps, self.radius = steps, 1
        self.up, self.down = [[], sorted(leaves)], [[target]]
        self.down.append(sorted(self._beneath(1)))
        self.above, self.below = set(leaves), {target, *self.down[1]}

    def grow(self, nodes: int) -> None:
        """Go on until formulas of `nodes` nodes are covered, or there are too many units."""
        while 2 * self.radius + 1 < nodes:
            radius = self.radius + 1
            limit = TOO_MANY if self.above.isdisjoint(self.below) else ENOUGH
            up = _new(self.steps.above(self.up, radius), self.above, limit - len(self.below))
            down = _new(self._beneath(radius), self.below, limit - len(self.above))
            if up is None or down is None:
                return
            self.up.append(sorted(up))
            self.down.append(sorted(down))
            self.above |= up
            self.below |= down
            self.radius = radius

    def _beneath(self, nodes: int) -> Iterator[int]:
        """The units of parts around which `nodes` nodes may stand."""
        for n in range(nodes):
            others = self.up[nodes - n - 1]
            for unit in self.down[n]:
                yield from [root for root, taken in self.steps.roots(unit) if taken == nodes - n]
                for other in others:
                    yield from self.steps.beneath(unit, other)

    def least(self, nodes: int) -> dict[int, int]:
        """The least number of nodes of every unit found, up to `nodes`."""
        levels, near = list(self.up), self.above | self.below
        least = {unit: n for n, units in enumerate(levels) for unit in units}
        for n in range(len(levels), nodes + 1):
            made = {unit for unit in self.steps.above(levels, n) if unit in near and unit not in least}
            least |= dict.fromkeys(made, n)
            levels.append(sorted(made))
        return least


def _new(units: Iterable[int], known: set[int], limit: int) -> set[int] | None:
    """The units that are not known; None where all together are more than the limit."""
    found = set[int]()
    for unit in units:
        if unit not in known:
            found.add(unit)
            if len(known) + len(found) > limit:
                return None
    return found


def _around(least: dict[int, int], target: int, steps: Steps, nodes: int) -> dict[int, int]:
    """The least number of nodes around a part of every unit, within formulas of `nodes` nodes.

    Source: Knuth, 1977, A generalization of Dijkstra's algorithm.
    """
    around: dict[int | None, int] = {target: 0}  # None stands for conditions
    heap: list[tuple[int, bool, int]] = [(0, True, target)]
    others = sorted(least.items(), key=lambda item: item[1])
    while heap:
        n, valued, unit = heappop(heap)
        key = unit if valued else None
        if n > around[key]:
            continue
        for part, more in _beneath(key, others, steps, nodes - n):
            if n + more + least.get(part, nodes) <= nodes and n + more < around.get(part, nodes):
                around[part] = n + more
                heappush(heap, (n + more, True, part))
        if steps.conditions and valued and n + 1 + 2 * least[unit] * (unit != 0) < around.get(None, nodes):
            around[None] = n + 1 + 2 * least[unit] * (unit != 0)
            heappush(heap, (around[None], False, 0))
    return {unit: n for unit, n in around.items() if unit is not None}


def _beneath(
    unit: int | None, others: Sequence[tuple[int, int]], steps: Steps, room: int
) -> Iterator[tuple[int, int]]:  # fmt: skip
    """The units of operands of a unit (None: of a condition), with the number of nodes around them and below it."""
    if unit is None:
        yield from [(other, 1 + taken) for other, taken in others]
        return
    yield from steps.roots(unit)
    for other, taken in others:
        if taken + 1 >= room:
            break
        for part in steps.beneath(unit, other):
            yield part, 1 + taken
