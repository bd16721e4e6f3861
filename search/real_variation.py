"""Variation of real numbers: simulated binary crossover and polynomial mutation; the rest by the space's own moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from math import exp, log
from random import Random
from typing import Any, TypeGuard

from ..spaces import NoOtherMember, Program, Real, Space
from ..spaces.abstract import Position, equal
from ..spaces.programs import make, replace_at, value_at
from .objectives import Objectives
from .strategies import check_parts
from .variation import CrossAndMutate, Pick, mutated

Place = tuple[Position, Space]


def simulated_binary(a: float, b: float, low: float, high: float, index: float, rng: Random) -> float:
    """One of the two children of simulated binary crossover of `a` and `b` within `[low, high]`, drawn evenly.

    The children lie at (a + b)/2 ± β |a - b|/2, where the density of the spread β is proportional to β^index up to 1
    and to β^-(index + 2) above, cut off at the bounds.

    Source: Deb, Agrawal, 1995, Simulated Binary Crossover for Continuous Search Space, Complex Systems 9.
    """
    first, second = (a, b) if a < b else (b, a)
    gap = second - first
    if gap <= 1e-14 * (high - low):
        return a
    upper, power = rng.random() < 0.5, index + 1.0
    alpha = 2.0 - (1.0 + 2.0 * (high - second if upper else first - low) / gap) ** -power
    mass = rng.random() * alpha
    spread = (mass if mass <= 1.0 else 1.0 / (2.0 - mass)) ** (1.0 / power)
    child = 0.5 * (first + second + (spread if upper else -spread) * gap)
    return low if child < low else high if child > high else child


def polynomial_step(x: float, low: float, high: float, index: float, rng: Random) -> float:
    """`x` moved within `[low, high]` by polynomial mutation: small steps are likely, the more so the greater `index`.

    Source: Deb, Agrawal, 1999, A Niched-Penalty Approach for Constraint Handling in Genetic Algorithms (the form that
    keeps the bounds).
    """
    u, width, power = rng.random(), high - low, index + 1.0
    if u < 0.5:
        step = (2.0 * u + (1.0 - 2.0 * u) * (1.0 - (x - low) / width) ** power) ** (1.0 / power) - 1.0
    else:
        step = 1.0 - (2.0 - 2.0 * u + (2.0 * u - 1.0) * (1.0 - (high - x) / width) ** power) ** (1.0 / power)
    moved = x + step * width
    return low if moved < low else high if moved > high else moved


@dataclass(frozen=True)
class VaryReals:
    """Varies the reals of a program as real-coded genetic algorithms do, and leaves other holes to their own moves.

    With probability `crossover` two parents are crossed: by the space's crossover, but half of the reals that both
    have by simulated binary crossover of spread index `crossover_index`. Then each place is mutated with probability
    `mutation` (one in as many as there are places where it is None): reals by polynomial mutation of index
    `mutation_index`, other holes by their own change. Logarithmic reals are varied in log space. A child that equals
    its first parent is mutated once by the space. Where there are no reals, and where decisions depend on one another,
    `rest` makes the child.

    >>> from inlay.search import Trial
    >>> from inlay.spaces import space
    >>> line, rng = space([Real(0, 1)] * 3), Random(0)
    >>> parents = iter([Trial(0, space([0.2, 0.2, 0.2])), Trial(1, space([0.4, 0.4, 0.4]))])
    >>> line.contains(VaryReals()(line, lambda: next(parents), rng))
    True
    """

    crossover: float = 0.9
    crossover_index: float = 15.0
    mutation: float | None = None
    mutation_index: float = 20.0
    rest: Callable[[Space, Pick, Random], Any] = field(default_factory=lambda: CrossAndMutate(0.9, 0.3))

    def __post_init__(self) -> None:
        if not (0 <= self.crossover <= 1 and (self.mutation is None or 0 <= self.mutation <= 1)):
            raise ValueError(f"{self!r}: probabilities lie in [0, 1]")
        if self.crossover_index < 0 or self.mutation_index < 0:
            raise ValueError(f"{self!r}: an index cannot be negative; the greater, the closer to the parents")

    def check(self, space: Space, objectives: Objectives) -> None:
        """Let the variation of the rest refuse a space that it does not fit."""
        check_parts(self, space, objectives)

    def __call__(self, space: Space, pick: Pick, rng: Random) -> Any:
        first = pick()
        parent = child = first.program
        if not (only_reals(space) or (not space.entangled and reals_in(space, parent))):
            parents = chain([first], iter(pick, None))
            return self.rest(space, parents.__next__, rng)
        if rng.random() < self.crossover:
            child = self.crossed(space, parent, pick().program, rng)
        child = self.mutated(space, child, rng)
        return mutated(space, child, rng) if equal(child, parent) else child

    # -- crossover ---------------------------------------------------------------------------------------------------

    def crossed(self, space: Space, first: Any, second: Any, rng: Random) -> Any:
        """A child of two parents."""
        if only_reals(space) and first.names is second.names is space.names:
            return self._crossed_reals(space, first, second, rng)
        child = space.crossover(first, second, rng)
        reals, others, found = (reals_in(space, value) for value in (first, second, child))
        both = [p for p, hole in reals.items() if found.get(p) is hole is others.get(p) and rng.random() < 0.5]
        parts = {p: self._between(reals[p], value_at(first, p), value_at(second, p), rng) for p in both}
        return edited(child, parts)

    def _crossed_reals(self, space: Program, first: Any, second: Any, rng: Random) -> Program:
        args, others, random = list(first.args), second.args, rng.random
        for i, hole in space.plan:
            if random() < 0.5 and args[i] != others[i]:
                args[i] = self._between(hole, args[i], others[i], rng)  # type: ignore[arg-type]  # see `only_reals`
        return make(first.head, first.names, tuple(args))

    def _between(self, hole: Real, a: float, b: float, rng: Random) -> float:
        if hole.log:
            low, high = log(hole.low), log(hole.high)
            return in_hole(hole, exp(simulated_binary(log(a), log(b), low, high, self.crossover_index, rng)))
        child = simulated_binary(a, b, hole.low, hole.high, self.crossover_index, rng)
        return child if hole.n is None else in_hole(hole, child)

    # -- mutation ----------------------------------------------------------------------------------------------------

    def mutated(self, space: Space, value: Any, rng: Random) -> Any:
        """The value after each place had its chance to change."""
        found = places(space, value)
        for site in self._sites(len(found), rng):
            position, hole = found[site]  # inner places come after outer ones: going backwards, each is still there
            old = value_at(value, position)
            new = self._moved(hole, old, rng) if isinstance(hole, Real) else other_filling(hole, old, rng)
            value = replace_at(value, position, new)
        return value

    def _sites(self, n: int, rng: Random) -> list[int]:
        """Which of `n` places change, the last one first; draws the gaps between them."""
        chance = 1.0 / n if self.mutation is None else self.mutation
        if chance >= 1.0:
            return list(range(n - 1, -1, -1))
        sites, site, scale = [], n, log(1.0 - chance)
        while scale and (site := site - 1 - int(log(1.0 - rng.random()) / scale)) >= 0:
            sites.append(site)
        return sites

    def _moved(self, hole: Real, x: float, rng: Random) -> float:
        if hole.log:
            u = polynomial_step(log(x), log(hole.low), log(hole.high), self.mutation_index, rng)
            return in_hole(hole, exp(u))
        moved = in_hole(hole, polynomial_step(x, hole.low, hole.high, self.mutation_index, rng))
        return float(hole.change(x, rng)) if hole.n is not None and moved == x else moved


def places(space: Space, value: Any) -> list[Place]:
    """Where a member of an untangled space can be changed in place."""
    out: list[Place] = []
    space.places(value, (), out)
    return out


def other_filling(hole: Space, value: Any, rng: Random) -> Any:
    """A different filling of a hole, or the same where a constraint leaves no other."""
    try:
        return hole.change(value, rng)
    except NoOtherMember:
        return value


def in_hole(hole: Real, x: float) -> float:
    """The member of a real hole that is nearest to `x`."""
    x = min(max(x, hole.low), hole.high)
    return x if hole.n is None else hole.canonical(x)


def only_reals(space: Space) -> TypeGuard[Program]:
    """Whether a space is a program every open argument of which is a real."""
    return isinstance(space, Program) and {hole.__class__ for _, hole in space.plan} == {Real}


def reals_in(space: Space, value: Any) -> dict[Position, Real]:
    """The real holes of a member of an untangled space by their places."""
    return {position: hole for position, hole in places(space, value) if isinstance(hole, Real)}


def edited(value: Any, parts: Mapping[Position, Any]) -> Any:
    """The value with new parts at positions that do not lie inside one another."""
    for position, part in parts.items():
        value = replace_at(value, position, part)
    return value
