"""A product distribution over the decisions of any space: one marginal for each site, learned from chosen members.

A site is a decision that means the same in every member: an address and how many options it has, the item at a place of
a permutation, an item of a subset. What a site holds is an outcome; a marginal is a distribution over outcomes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np

from ..spaces import Mask, Permutation, Space, Subset, Unsatisfied
from ..spaces.addresses import Address, Guided, addressed
from .marginals import Bernoullis, Categorical, DiscreteGaussian, TruncatedGaussian

#: The hole (or the dependent hole around it), the place among its decisions, and the number of options; the last is
#: `REAL` for a number and `MASK` for a whole mask.
Site = tuple[Space, Any, int]
REAL, MASK = 0, -1

#: Ranges of more numbers than this, and any decision among more than `_MOST_OPTIONS`, get a discretised Gaussian.
_ORDERED_FROM, _MOST_OPTIONS = 16, 4096
_ATTEMPTS = 100


class Picking:
    """The items of one use of a subset, taken or left out one after the other."""

    def __init__(self, hole: Subset, start: int, use: int) -> None:
        self.hole, self.start, self.use, self.n = hole, start, use, len(hole.items)
        self.bits: list[int] = []
        self.taken = 0
        self.size = -1
        self.shares: list[float] = []
        self.chances: list[list[float]] | None = None

    def site(self, i: int) -> Site:
        return self.hole, self.use * self.n + i, 2

    def size_site(self) -> Site:
        return self.hole, ("size", self.use), self.hole.high - self.hole.low + 1

    def add(self, bit: int) -> None:
        self.bits.append(bit)
        self.taken += bit

    @property
    def finished(self) -> bool:
        """Whether the items that are left are no longer asked for."""
        left = self.n - len(self.bits)
        return left == 0 or self.taken == self.hole.high or self.taken + left == self.hole.low

    def complete(self) -> list[int]:
        """The bit of every item, those that are no longer asked for included."""
        left = self.n - len(self.bits)
        return self.bits + [int(self.taken + left == self.hole.low and self.taken < self.hole.high)] * left


def chances_of_sizes(shares: Sequence[float], most: int) -> list[list[float]]:
    """R(i, k): how likely independent draws with these shares take exactly k of the items from i on, k up to `most`.

    R(i, k) = p_i R(i + 1, k - 1) + (1 - p_i) R(i + 1, k).

    >>> chances_of_sizes([0.5, 0.5], 2)[0]
    [0.25, 0.5, 0.25]
    """
    row = [1.0] + [0.0] * most
    rows = [row]
    for share in reversed(shares):
        other = 1.0 - share
        row = [other * row[0], *(share * less + other * same for less, same in pairwise(row))]
        rows.append(row)
    return rows[::-1]


class Sites:
    """A policy that knows the site of every decision; a subclass answers for outcomes.

    The first decision of a hole's use begins that use anew, so that a constraint may ask again.
    """

    def __init__(self) -> None:
        self.rest: dict[Space, list[int]] = {}
        self.pickings: dict[Space, list[Picking]] = {}

    def pick(self, site: Site, allowed: list[int] | None, hole: Space, weights: Sequence[float] | None) -> int:
        """The decision at a site: an option, or a position in `allowed` where only those may be taken."""
        raise NotImplementedError

    def take(self, picking: Picking, weights: Sequence[float] | None) -> int:
        """Whether the next item of a subset is taken."""
        raise NotImplementedError

    def index(self, address: Address, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        if address[0] is hole:
            if hole.__class__ is Permutation:
                return self._next_item(address[1], hole)
            if hole.__class__ is Subset:
                picking = self._picking(address[1], hole)
                bit = self.take(picking, weights)
                picking.add(bit)
                return bit
        return self.pick((*address, n), None, hole, weights)

    def _next_item(self, k: int, hole: Permutation) -> int:
        n = len(hole.items)
        use, place = divmod(k, n - 1)
        if place == 0:
            self.rest[hole] = list(range(n))
        rest = self.rest[hole]
        position = self.pick((hole, use * n + place, n), rest, hole, None)
        del rest[position]
        return position

    def _picking(self, k: int, hole: Subset) -> Picking:
        pickings = self.pickings.setdefault(hole, [])
        while pickings and pickings[-1].start >= k:  # a constraint asks again
            pickings.pop()
        if not pickings or pickings[-1].finished:
            pickings.append(Picking(hole, k, len(pickings)))
        return pickings[-1]


class Sampler(Sites):
    """Draws every decision from its marginal; a site in `wanted` gets the outcome that stands there, where it may."""

    def __init__(self, distribution: DecisionDistribution, wanted: dict[Site, int] | None = None) -> None:
        super().__init__()
        self.distribution, self.rng = distribution, distribution.rng
        self.marginals, self.wanted = distribution.marginals, wanted

    def pick(self, site: Site, allowed: list[int] | None, hole: Space, weights: Sequence[float] | None) -> int:
        marginal = self.marginals.get(site)
        if marginal is None:
            marginal = self.distribution.begin(site, hole, weights)
        if self.wanted is not None and (outcome := self.wanted.get(site, -1)) >= 0:
            if allowed is None:
                return outcome if outcome < site[2] else int(marginal.draw(self.rng))
            if outcome in allowed:
                return allowed.index(outcome)
        return marginal.draw(self.rng) if allowed is None else marginal.position_among(allowed, self.rng)  # type: ignore[no-any-return]

    def take(self, picking: Picking, weights: Sequence[float] | None) -> int:
        """Item i as independent draws with the shares p would take it, given that they take k items in all.

        That is with probability p_i R(i + 1, k - 1) / R(i, k), where R(i, k) is the chance to take k of the items from
        i on, and the first k of those left where the shares make k impossible.
        """
        if not picking.bits:
            picking.size = picking.hole.low + self._size(picking)
        i, wanted = len(picking.bits), picking.size - picking.taken
        if wanted == 0 or wanted == picking.n - i:
            return int(wanted > 0)
        if self.wanted is not None and (bit := self.wanted.get(picking.site(i), -1)) in (0, 1):
            return bit
        if picking.chances is None:
            picking.shares = self.distribution.shares_of_items(picking, 0)
            picking.chances = chances_of_sizes(picking.shares, picking.hole.high)
        here, after = picking.chances[i][wanted], picking.chances[i + 1][wanted - 1]
        return int(self.rng.random() * here < picking.shares[i] * after) if here > 0 else 1

    def _size(self, picking: Picking) -> int:
        site = picking.size_site()
        if site[2] == 1:
            return 0
        return int(self.distribution.marginal(site, picking.hole, _sizes(picking.hole)).draw(self.rng))

    def real(self, address: Address, low: float, high: float, hole: Space) -> float:
        share = self.distribution.marginal((*address, REAL), hole).draw(self.rng)
        return min(max(low + (high - low) * share, low), high)  # type: ignore[no-any-return]

    def bits(self, address: Address, hole: Mask) -> Any:
        return self.distribution.marginal((*address, MASK), hole).draw(self.distribution.generator)


class Observer(Sites):
    """Replays the decisions of a member and notes the outcome at every site."""

    def __init__(self, distribution: DecisionDistribution, decisions: dict[Address, Any]) -> None:
        super().__init__()
        self.distribution, self.decisions = distribution, iter(decisions.values())
        self.outcomes: dict[Site, Any] = {}

    def pick(self, site: Site, allowed: list[int] | None, hole: Space, weights: Sequence[float] | None) -> int:
        decision = next(self.decisions)
        self.distribution.marginal(site, hole, weights)
        self.outcomes[site] = decision if allowed is None else allowed[decision]
        return decision  # type: ignore[no-any-return]

    def take(self, picking: Picking, weights: Sequence[float] | None) -> int:
        bit: int = next(self.decisions)
        after = Picking(picking.hole, picking.start, picking.use)
        after.bits, after.taken = [*picking.bits, bit], picking.taken + bit
        if after.finished:
            self._note(after)
        return bit

    def _note(self, picking: Picking) -> None:
        bits = picking.complete()
        self.distribution.shares_of_items(picking, 0)  # makes the marginals
        self.outcomes |= {picking.site(i): bit for i, bit in enumerate(bits)}
        site = picking.size_site()
        if site[2] > 1:
            self.distribution.marginal(site, picking.hole, _sizes(picking.hole))
            self.outcomes[site] = sum(bits) - picking.hole.low

    def real(self, address: Address, low: float, high: float, hole: Space) -> float:
        decision: float = next(self.decisions)
        site = (*address, REAL)
        self.distribution.marginal(site, hole)
        self.outcomes[site] = (float(decision) - low) / (high - low)
        return decision

    def bits(self, address: Address, hole: Mask) -> Any:
        decision, site = next(self.decisions), (*address, MASK)
        self.distribution.marginal(site, hole)
        self.outcomes[site] = decision
        return decision


def is_ordered(site: Site, hole: Space) -> bool:
    """Whether the options of a site are so many and so much in order that a bell over them says more than shares."""
    return site[2] > _MOST_OPTIONS or (site[2] > _ORDERED_FROM and hole.bounds() is not None)


def _sizes(hole: Subset) -> list[float]:
    """The shares of the subsets of each size."""
    counts = [math.comb(len(hole.items), k) for k in range(hole.low, hole.high + 1)]
    return [count / sum(counts) for count in counts]


class DecisionDistribution:
    """Independent marginals for every site that has been seen; what is new begins as a random draw would be.

    Numbers are kept as shares of their range in the hole's own scale. `floor` is the share of the first distribution
    that every marginal keeps for ever, so that no option dies.

    >>> from inlay.spaces import Choice, space
    >>> pair = space([Choice("a", "b"), Choice("c", "d")])
    >>> distribution = DecisionDistribution(Random(0), floor=0.0)
    >>> distribution.learn([distribution.observe(pair, ["b", "c"])], 1.0)
    >>> print(distribution.draw(pair))
    ['b', 'c']
    """

    def __init__(self, rng: Random, floor: float = 0.01) -> None:
        self.rng, self.floor = rng, floor
        self.generator = np.random.Generator(np.random.PCG64(rng.getrandbits(128)))
        self.marginals: dict[Site, Any] = {}

    def marginal(self, site: Site, hole: Space, weights: Sequence[float] | None = None) -> Any:
        """The marginal of a site, begun where there is none yet."""
        known = self.marginals.get(site)
        return self.begin(site, hole, weights) if known is None else known

    def begin(self, site: Site, hole: Space, weights: Sequence[float] | None) -> Any:
        """A first marginal: uniform, or weighted as the hole says."""
        n = site[2]
        made: TruncatedGaussian | Bernoullis | DiscreteGaussian | Categorical
        if n == REAL:
            made = TruncatedGaussian()
        elif n == MASK:
            assert isinstance(hole, Mask)
            made = Bernoullis(hole.n, hole.ones)
        elif is_ordered(site, hole):
            made = DiscreteGaussian(n)
        else:
            made = Categorical(n, weights)
        self.marginals[site] = made
        return made

    def shares_of_items(self, picking: Picking, start: int) -> list[float]:
        """How likely each item of a subset from number `start` on is to be a member."""
        hole, n = picking.hole, picking.n
        found = [self.marginals.get(picking.site(i)) for i in range(start, n)]
        if any(marginal is None for marginal in found):
            mean = sum((hole.low + k) * share for k, share in enumerate(_sizes(hole))) / n
            found = [self.marginal(picking.site(i), hole, (1 - mean, mean)) for i in range(start, n)]
        return [marginal.shares[1] for marginal in found if marginal is not None]

    def draw(self, space: Space) -> Any:
        """A member; a random one where a constraint refuses whatever the distribution says."""
        try:
            return space.decide(Guided(Sampler(self), _ATTEMPTS))
        except Unsatisfied:
            return space.sample(self.rng)

    def observe(self, space: Space, value: Any) -> dict[Site, Any]:
        """The outcome at every site of a member."""
        observer = Observer(self, addressed(space.record(value)))
        space.decide(Guided(observer))
        return observer.outcomes

    def learn(self, observed: Sequence[dict[Site, Any]], rate: float) -> None:
        """p <- (1 - rate) p + rate p', where p' is the maximum likelihood estimate from the members observed."""
        outcomes: dict[Site, list[Any]] = {}
        for member in observed:
            for site, outcome in member.items():
                outcomes.setdefault(site, []).append(outcome)
        for site, found in outcomes.items():
            self.marginals[site].learn(found, rate, self.floor)
