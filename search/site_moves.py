"""Moves of a traced program: some of its sites are redrawn, the rest is replayed, and the odds of the way back noted.

A move proposes x' with density q(x -> x') and gives the log of p(x') q(x' -> x) / (p(x) q(x -> x')), where p is the
prior. A chain that accepts with probability min(1, exp(that) L(x') / L(x)) leaves the density p L invariant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..spaces import Space, Unsatisfied
from ..spaces.addresses import Address
from ..spaces.moves import FROM_AFAR
from ..spaces.ranges import jump
from .traced_programs import Site, Trace, Tracing, draw_trace, log_share, log_uniform

if TYPE_CHECKING:
    from ..spaces import Mask


class Moved(NamedTuple):
    """Where a move leads, the log of the odds of the way back, and whether any decision differs."""

    trace: Trace
    log_ratio: float
    changed: bool = True


#: Proposes another trace, or None where a constraint refuses it (its density is 0: a chain stays).
Move = Callable[[Space, Trace, Random], Moved | None]


@dataclass(frozen=True)
class SingleSite:
    """Redraws one of the n sites, chosen uniformly, and replays the others.

    Forward, q = 1/n p(x'_i) prod p(fresh); back, q' = 1/n' p(x_i) prod p(stale), for the decisions that x' has and x
    has not, and the other way round. With p(x')/p(x) all of these cancel but for the repeated decisions R, whose
    prior may be another one after the redrawn decision (weights may depend on it):
    p(x') q' / (p(x) q) = n/n' prod_R p'(x_r)/p(x_r). `local` is the probability of a symmetric step instead of a
    draw from the prior, for a site that holds a number or a mask. Behind a constraint, which single changes may never
    get past, it now and then draws the whole program: then everything cancels.

    Source: Wingate, Stuhlmueller, Goodman, 2011, Lightweight Implementations of Probabilistic Programming Languages
    via Transformational Compilation. Differs: the decisions are found by their holes, and may take local steps.
    """

    local: float = 0.5

    def __post_init__(self) -> None:
        _check_share(self, self.local)

    def __call__(self, space: Space, trace: Trace, rng: Random) -> Moved | None:
        n = len(trace)
        if not n:
            return Moved(trace, 0.0, False)
        if space.constrained and rng.random() < FROM_AFAR:
            return Moved(draw_trace(space, rng), 0.0)
        site = list(trace.sites)[int(rng.random() * n)]
        redrawing = Redrawing(trace, (site,), rng, self.local)
        moved = redrawing.of(space)
        if moved is None:
            return None
        return Moved(moved, redrawing.log_ratio + math.log(n / len(moved)), redrawing.changed)


@dataclass(frozen=True)
class Block:
    """Redraws every site with probability b = min(1, size / n), and replays the others.

    Given which sites are redrawn, everything cancels as in `SingleSite` but for the repeated decisions R. Choosing
    the s redrawn and the r repeated ones among the sites that both traces have has probability b^s (1 - b)^r, so
    p(x') q' / (p(x) q) = (b'/b)^s ((1 - b')/(1 - b))^r prod_R p'(x_r)/p(x_r) with b' = min(1, size / n').
    """

    size: float = 2.0

    def __post_init__(self) -> None:
        if not self.size > 0:
            raise ValueError(f"Block(size={self.size}): it must be positive, else no site is ever redrawn")

    def __call__(self, space: Space, trace: Trace, rng: Random) -> Moved | None:
        share = self._share(trace)
        redrawing = Redrawing(trace, {site for site in trace.sites if rng.random() < share}, rng)
        moved = redrawing.of(space)
        if moved is None:
            return None
        back = self._share(moved)
        chosen = _power(back / share, redrawing.redrawn) + _power(_ratio(1 - back, 1 - share), redrawing.kept)
        return Moved(moved, redrawing.log_ratio + chosen, redrawing.changed)

    def _share(self, trace: Trace) -> float:
        return min(1.0, self.size / max(1, len(trace)))


def _ratio(a: float, b: float) -> float:
    return a / b if b else 1.0  # nothing was repeated then


def _power(base: float, exponent: int) -> float:
    """The logarithm of a power, where 0 to the power of 0 is 1."""
    if not exponent:
        return 0.0
    return exponent * math.log(base) if base else -math.inf


def _check_share(owner: Any, share: float) -> None:
    if not 0 <= share < 1:
        raise ValueError(f"{owner!r}: local steps alone cannot reach everything: their share must lie in [0, 1)")


class Redrawing(Tracing):
    """Replays a trace with some sites redrawn: missing decisions are drawn afresh, surplus ones are dropped.

    A decision is repeated only where the same question is asked again (as many options, the same bounds): that is the
    case on the way back too, so no move is possible in one direction only. Afterwards `kept` and `redrawn` count the
    sites that were repeated and redrawn, `log_ratio` is the change of the log prior over the repeated ones, and
    `changed` says whether any decision differs.
    """

    def __init__(self, old: Trace, redraw: Collection[Address], rng: Random, local: float = 0.0) -> None:
        super().__init__(rng)
        self.old, self.redraw, self.local = old.sites, redraw, local
        self.kept = self.redrawn = 0
        self.log_ratio = 0.0
        self.changed = False

    def of(self, space: Space) -> Trace | None:
        """The replayed trace; None where a constraint refuses it."""
        try:
            return Trace(space.decide(self), self.sites)
        except Unsatisfied:
            return None

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        address = self.address(hole)
        old = self.old.get(address)
        if old is not None and old[1] == n and address not in self.redraw:
            return self._repeated(address, old, n, weights)
        if old is None or old[1] != n:
            chosen = self.drawn_index(n, weights)
            self.changed = True
        else:
            chosen = self._index_from(old[0], n, hole, weights)
            self._note(chosen != old[0])
        self.sites[address] = chosen, n, log_share(chosen, n, weights)
        return chosen

    def _repeated(self, address: Address, old: Site, n: int, weights: Sequence[float] | None) -> int:
        chosen: int = old[0]  # type: ignore[assignment]  # the question was one for an index
        share = -math.log(n) if weights is None else log_share(chosen, n, weights)
        self.kept += 1
        self.log_ratio += share - old[2]
        self.sites[address] = old if share == old[2] else (chosen, n, share)
        return chosen

    def _index_from(self, old: Any, n: int, hole: Space, weights: Sequence[float] | None) -> int:
        """A redrawn index; at times a step from the old one, where the options are numbers in their order."""
        local = self.local and weights is None and 2 < n < 1 << 40 and hole.bounds() is not None
        if local and self.random() < self.local:
            return min(max(round(jump(float(old), -0.5, n - 0.5, self.rng)), 0), n - 1)
        return self.drawn_index(n, weights)

    def _note(self, differs: bool) -> None:
        self.redrawn += 1
        self.changed = self.changed or differs

    def real(self, low: float, high: float, hole: Space) -> float:
        address = self.address(hole)
        old = self.old.get(address)
        if old is None or old[1] != (low, high):
            chosen = low + (high - low) * self.random()
            self.changed = True
        elif address in self.redraw:
            chosen = self._real_from(float(old[0]), low, high)
            self._note(chosen != old[0])
        else:
            self.kept += 1
            self.sites[address] = old
            return old[0]  # type: ignore[return-value]  # the question was one for a number
        self.sites[address] = chosen, (low, high), -math.log(high - low)
        return chosen

    def _real_from(self, old: float, low: float, high: float) -> float:
        if self.local and self.random() < self.local:
            return min(max(jump(old, low, high, self.rng), low), high)
        return low + (high - low) * self.random()

    def bits(self, hole: Mask) -> Any:
        address, question = self.address(hole), (hole.shape, hole.ones)
        old = self.old.get(address)
        if old is None or old[1] != question:
            chosen = hole.draw_bits(self.rng)
            self.changed = True
        elif address in self.redraw:
            chosen = self._bits_from(old[0], hole)
            self._note(not np.array_equal(chosen, old[0]))
        else:
            self.kept += 1
            self.sites[address] = old
            return old[0]
        self.sites[address] = chosen, question, log_uniform(hole)
        return chosen

    def _bits_from(self, old: Any, hole: Mask) -> Any:
        if self.local and self.random() < self.local:
            return hole.change(old.reshape(hole.shape), self.rng).reshape(-1)
        return hole.draw_bits(self.rng)
