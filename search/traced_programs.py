"""Traced programs: a program with the decisions that made it, each at its address, so that some can be drawn anew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from ..spaces import Space, Unsatisfied, build
from ..spaces.addresses import Address, Addressing, addressed
from ..spaces.choosers import Decision, weighted_index

if TYPE_CHECKING:
    from ..spaces import Mask

#: How often a whole program is drawn before constraints are met one by one.
_WHOLE_DRAWS = 100

#: A decision, the question that it answers, and the logarithm of its prior density.
Site = tuple[Decision, Any, float]


class Trace:
    """A program and the sites at which it was decided, in the order in which they were asked for.

    The prior density of a trace is the product of those of its decisions. Where constraints hold, all of them together
    restrict this prior.

    >>> from inlay.spaces import Choice, space
    >>> trace = draw_trace(space([Choice("a", "b"), Choice(1, 2, weights=[1, 1])]), Random(0))
    >>> len(trace), round(math.exp(trace.log_prior), 3)
    (2, 0.25)
    """

    __slots__ = ("program", "sites")

    def __init__(self, program: Any, sites: dict[Address, Site]) -> None:
        self.program, self.sites = program, sites

    def __len__(self) -> int:
        return len(self.sites)

    @property
    def value(self) -> Any:
        """The program as an objective sees it, built afresh."""
        return build(self.program)

    @property
    def log_prior(self) -> float:
        """The logarithm of the prior density of all decisions."""
        return sum(site[2] for site in self.sites.values())


def draw_trace(space: Space, rng: Random) -> Trace:
    """A draw from the prior; raises `Unsatisfied` when a constraint refuses every draw.

    A program that a constraint refuses is drawn again as a whole. Only where a hundred draws are refused is each
    constraint met on its own, so that its part is no longer weighed by how often it holds.
    """
    for _ in range(_WHOLE_DRAWS if space.constrained else 0):
        try:
            return _decided(space, Tracing(rng))
        except Unsatisfied:
            continue
    tracing = Tracing(rng)
    tracing.attempts = 1000
    return _decided(space, tracing)


def trace_of(space: Space, value: Any) -> Trace:
    """The trace of a member that somebody else made; raises `OutsideSpace` for any other value."""
    known = addressed(space.record(value))
    return _decided(space, Retracing(known))


def _decided(space: Space, tracing: Tracing) -> Trace:
    return Trace(space.decide(tracing), tracing.sites)


class Tracing(Addressing):
    """Draws every decision from the prior, and keeps each with its question and its prior density."""

    attempts = 1

    def __init__(self, rng: Random) -> None:
        super().__init__()
        self.rng, self.random = rng, rng.random
        self.sites: dict[Address, Site] = {}

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        chosen = self.drawn_index(n, weights)
        self.sites[self.address(hole)] = chosen, n, log_share(chosen, n, weights)
        return chosen

    def real(self, low: float, high: float, hole: Space) -> float:
        chosen = low + (high - low) * self.random()
        self.sites[self.address(hole)] = chosen, (low, high), -math.log(high - low)
        return chosen

    def bits(self, hole: Mask) -> Any:
        chosen = hole.draw_bits(self.rng)
        self.sites[self.address(hole)] = chosen, (hole.shape, hole.ones), log_uniform(hole)
        return chosen

    def drawn_index(self, n: int, weights: Sequence[float] | None) -> int:
        """One of `0 .. n-1`, drawn by the weights."""
        if weights is not None:
            return weighted_index(weights, self.random())
        return int(self.random() * n) if n < 1 << 40 else self.rng.randrange(n)

    def mark(self) -> Any:
        return super().mark(), len(self.sites)

    def rewind(self, mark: Any) -> None:
        inner, length = mark
        super().rewind(inner)
        while len(self.sites) > length:
            self.sites.popitem()


class Retracing(Tracing):
    """Repeats known decisions, to find the questions that they answer."""

    def __init__(self, known: dict[Address, Decision]) -> None:
        super().__init__(Random(0))
        self.known = known

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        address = self.address(hole)
        chosen = int(self.known[address])
        self.sites[address] = chosen, n, log_share(chosen, n, weights)
        return chosen

    def real(self, low: float, high: float, hole: Space) -> float:
        address = self.address(hole)
        chosen: Any = self.known[address]
        self.sites[address] = chosen, (low, high), -math.log(high - low)
        return chosen  # type: ignore[no-any-return]

    def bits(self, hole: Mask) -> Any:
        address = self.address(hole)
        chosen = self.known[address]
        self.sites[address] = chosen, (hole.shape, hole.ones), log_uniform(hole)
        return chosen


def log_share(chosen: int, n: int, weights: Sequence[float] | None) -> float:
    """The log probability of one of `n` options: -log(n), or log(w_i / sum of w)."""
    return -math.log(n) if weights is None else math.log(weights[chosen] / sum(weights))


def log_uniform(hole: Mask) -> float:
    """The log probability of every mask of a hole."""
    n, k = hole.n, hole.ones
    if k is None:
        return -n * math.log(2)
    return math.lgamma(k + 1) + math.lgamma(n - k + 1) - math.lgamma(n + 1)
