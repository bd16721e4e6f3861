"""Policy gradient over decisions: REINFORCE with a leave-one-out baseline on the programs of any space."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..spaces import Mask, Space, Unsatisfied
from ..spaces.addresses import Address, Guided, addressed
from .decision_distributions import MASK, REAL, Picking, Site, Sites, is_ordered
from .distribution_search import DistributionSearch
from .trials import Trial

Vector = NDArray[np.float64]
_ATTEMPTS = 100
_LEAST_DEVIATION = 1e-6
_DIGITS = 53


class Step(Protocol):
    """How parameters follow a gradient; `information` is the diagonal of the Fisher information."""

    def __call__(self, state: dict[str, Any], gradient: Vector, information: Vector) -> Vector:
        """What to add to the parameters; `state` begins empty and belongs to them."""


@dataclass(frozen=True)
class Adam:
    """rate m / (sqrt(v) + e), with running means m of the gradient and v of its square, both corrected for their start.

    Source: Kingma, Ba, 2015, Adam: A Method for Stochastic Optimization, arXiv:1412.6980.
    """

    rate: float = 0.3
    first: float = 0.8
    second: float = 0.95

    def __post_init__(self) -> None:
        if not self.rate > 0 or not 0 <= self.first < 1 or not 0 <= self.second < 1:
            raise ValueError(f"{self!r}: rate must be positive, first and second lie in [0, 1)")

    def __call__(self, state: dict[str, Any], gradient: Vector, information: Vector) -> Vector:
        state["t"] = t = state.get("t", 0) + 1
        state["m"] = m = self.first * state.get("m", 0.0) + (1 - self.first) * gradient
        state["v"] = v = self.second * state.get("v", 0.0) + (1 - self.second) * gradient**2
        return self.rate * (m / (1 - self.first**t)) / (np.sqrt(v / (1 - self.second**t)) + 1e-8)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class NaturalStep:
    """rate F^-1 g with the Fisher information F, no smaller than `least`: options that are rare move far.

    Source: Amari, 1998, Natural Gradient Works Efficiently in Learning, Neural Computation 10.
    """

    rate: float = 0.5
    least: float = 0.05

    def __post_init__(self) -> None:
        if not self.rate > 0 or not self.least > 0:
            raise ValueError(f"rate={self.rate} and least={self.least} must be positive")

    def __call__(self, state: dict[str, Any], gradient: Vector, information: Vector) -> Vector:
        return self.rate * gradient / np.maximum(information, self.least)


class Softmax:
    """P(i) ~ weight_i exp(theta_i) over `n` options; the weights are the hole's own, and may change between calls."""

    def __init__(self, n: int, weights: Sequence[float] | None) -> None:
        self.theta: Vector = np.zeros(n)
        self.state: dict[str, Any] = {}
        self.first = weights
        self._settle()

    def _settle(self) -> None:
        self.powers: list[float] = np.exp(self.theta - self.theta.max()).tolist()
        self.shares = self.among(self.first, None)
        self.gradient = [0.0] * len(self.shares)
        self.visits = 0

    def among(self, weights: Sequence[float] | None, allowed: Iterable[int] | None) -> list[float]:
        """The probabilities of the options, or of those in `allowed`."""
        powers = self.powers if allowed is None else [self.powers[i] for i in allowed]
        raw = powers if weights is None else [p * w for p, w in zip(powers, weights, strict=True)]
        total = sum(raw)
        return [p / total for p in raw]

    def draw(self, weights: Sequence[float] | None, allowed: list[int] | None, rng: Random) -> int:
        shares = self.shares if allowed is None and weights is self.first else self.among(weights, allowed)
        left = rng.random()
        for i, share in enumerate(shares):
            left -= share
            if left < 0:
                return i
        return len(shares) - 1

    def score(self, chosen: int, advantage: float, weights: Sequence[float] | None, allowed: list[int] | None) -> None:
        """Add advantage (1[i = chosen] - P(i)) to the gradient; `chosen` is a position in `allowed` if given."""
        shares = self.shares if allowed is None and weights is self.first else self.among(weights, allowed)
        for position, share in enumerate(shares):
            i = position if allowed is None else allowed[position]
            self.gradient[i] += advantage * ((position == chosen) - share)
        self.visits += 1

    def update(self, step: Step, entropy: float, n: int) -> None:
        """Ascend; the entropy H adds -entropy P(i) (log P(i) + H), for each share of members that asked."""
        if not self.visits:
            return
        shares = np.maximum(self.shares, 1e-12)
        bonus = -shares * (np.log(shares) - (shares * np.log(shares)).sum())
        gradient = np.array(self.gradient) / n + entropy * self.visits / n * bonus
        self.theta = np.clip(self.theta + step(self.state, gradient, shares), -30.0, 30.0)
        self.theta -= self.theta.mean()
        self._settle()


class Bell:
    """A Gaussian on [0, 1] with mean m and logarithm of the deviation s as parameters, in units in which F = (1, 2)."""

    def __init__(self) -> None:
        self.mean, self.deviation = 0.5, 0.3
        self.state: dict[str, Any] = {}
        self.gradient, self.visits = [0.0, 0.0], 0

    def draw(self, rng: Random) -> float:
        for _ in range(20):
            share = rng.gauss(self.mean, self.deviation)
            if 0 <= share <= 1:
                return share
        return rng.random()

    def score(self, share: float, advantage: float) -> None:
        z = (share - self.mean) / self.deviation
        self.gradient[0] += advantage * z
        self.gradient[1] += advantage * (z * z - 1)
        self.visits += 1

    def update(self, step: Step, entropy: float, n: int) -> None:
        if not self.visits:
            return
        gradient = np.array([self.gradient[0] / n, self.gradient[1] / n + entropy * self.visits / n])
        change = np.clip(step(self.state, gradient, np.array([1.0, 2.0])), -1.0, 1.0)
        self.mean = min(max(self.mean + self.deviation * float(change[0]), 0.0), 1.0)
        self.deviation = min(max(self.deviation * math.exp(float(change[1])), _LEAST_DEVIATION), 1.0)
        self.gradient, self.visits = [0.0, 0.0], 0


class Entries:
    """A mask as independent Bernoulli entries; with a fixed number of ones, the largest of theta + Gumbel noise."""

    def __init__(self, hole: Mask) -> None:
        share = 0.5 if hole.ones is None else hole.ones / hole.n
        self.ones, self.theta = hole.ones, np.full(hole.n, math.log(share / (1 - share)))
        self.state: dict[str, Any] = {}
        self.gradient, self.visits = np.zeros(hole.n), 0

    def chances(self) -> Vector:
        return 1 / (1 + np.exp(-self.theta))  # type: ignore[no-any-return]

    def draw(self, generator: np.random.Generator) -> NDArray[np.bool_]:
        if self.ones is None:
            return generator.random(len(self.theta)) < self.chances()
        keys = self.theta + generator.gumbel(size=len(self.theta))
        bits = np.zeros(len(keys), dtype=np.bool_)
        bits[np.argpartition(keys, -self.ones)[-self.ones :]] = True
        return bits

    def score(self, bits: NDArray[np.bool_], advantage: float) -> None:
        self.gradient += advantage * (bits - self.chances())
        self.visits += 1

    def update(self, step: Step, entropy: float, n: int) -> None:
        if not self.visits:
            return
        p = self.chances()
        gradient = self.gradient / n - entropy * self.visits / n * p * (1 - p) * self.theta
        self.theta = np.clip(self.theta + step(self.state, gradient, p * (1 - p)), -15.0, 15.0)
        self.gradient, self.visits = np.zeros(len(p)), 0


class Parameters:
    """The parameters of every site that was seen."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.generator = np.random.Generator(np.random.PCG64(rng.getrandbits(128)))
        self.known: dict[Site, Any] = {}

    def at(self, site: Site, hole: Space, weights: Sequence[float] | None = None) -> Any:
        """The parameters of a site, begun where there are none yet."""
        known = self.known.get(site)
        if known is None:
            if site[2] == MASK:
                assert isinstance(hole, Mask)
                known = Entries(hole)
            else:
                known = Bell() if site[2] == REAL or is_ordered(site, hole) else Softmax(site[2], weights)
            self.known[site] = known
        return known


class Acting(Sites):
    """Draws every decision from the policy."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__()
        self.parameters, self.rng = parameters, parameters.rng

    def pick(self, site: Site, allowed: list[int] | None, hole: Space, weights: Sequence[float] | None) -> int:
        known = self.parameters.at(site, hole, weights)
        if known.__class__ is Bell:
            return (int(known.draw(self.rng) * ((1 << _DIGITS) - 1)) * site[2]) >> _DIGITS
        return int(known.draw(weights, allowed, self.rng))

    def take(self, picking: Picking, weights: Sequence[float] | None) -> int:
        return self.pick(picking.site(len(picking.bits)), None, picking.hole, weights)

    def real(self, address: Address, low: float, high: float, hole: Space) -> float:
        share = float(self.parameters.at((*address, REAL), hole).draw(self.rng))
        return min(max(low + (high - low) * share, low), high)

    def bits(self, address: Address, hole: Mask) -> Any:
        return self.parameters.at((*address, MASK), hole).draw(self.parameters.generator)


class Scoring(Sites):
    """Replays the decisions of a member and adds its score, grad log P, times its advantage to the gradient."""

    def __init__(self, parameters: Parameters, decisions: dict[Address, Any], advantage: float) -> None:
        super().__init__()
        self.parameters, self.decisions, self.advantage = parameters, iter(decisions.values()), advantage

    def pick(self, site: Site, allowed: list[int] | None, hole: Space, weights: Sequence[float] | None) -> int:
        decision: int = next(self.decisions)
        known = self.parameters.at(site, hole, weights)
        if known.__class__ is Bell:
            known.score((2 * decision + 1) / (2 * site[2]), self.advantage)
        else:
            known.score(decision, self.advantage, weights, allowed)
        return decision

    def take(self, picking: Picking, weights: Sequence[float] | None) -> int:
        return self.pick(picking.site(len(picking.bits)), None, picking.hole, weights)

    def real(self, address: Address, low: float, high: float, hole: Space) -> float:
        decision: float = next(self.decisions)
        self.parameters.at((*address, REAL), hole).score((float(decision) - low) / (high - low), self.advantage)
        return decision

    def bits(self, address: Address, hole: Mask) -> Any:
        decision = next(self.decisions)
        self.parameters.at((*address, MASK), hole).score(decision, self.advantage)
        return decision


def leave_one_out(returns: Sequence[float]) -> list[float]:
    """Each return minus the mean of all the others: R_k - (sum of R_j, j not k) / (K - 1).

    >>> leave_one_out([3.0, 1.0, 2.0])
    [1.5, -1.5, 0.0]

    Source: Kool, van Hoof, Welling, 2019, Buy 4 REINFORCE Samples, Get a Baseline for Free!, ICLR workshop.
    """
    total, n = sum(returns), len(returns)
    return [value - (total - value) / (n - 1) for value in returns] if n > 1 else [0.0] * n


def rank_returns(trials: Sequence[Trial]) -> list[float]:
    """From 1 for the best to -1 for the worst of trials given in that order; equals share the mean of their ranks."""
    marks = [(trial.violation, trial.losses) for trial in trials]
    n, returns, i = len(marks), list[float](), 0
    while i < n:
        j = next((k for k in range(i, n) if marks[k] != marks[i]), n)
        returns += [1.0 - (i + j - 1) / max(1, n - 1)] * (j - i)
        i = j
    return returns


@dataclass
class DecisionPolicy:
    """A softmax for every choice and a Gaussian for every number, moved by sum A_k grad log P(x_k) / K.

    A_k is the return of member k minus the mean return of the others. Returns are ranks, or with `ranks=False` the
    negative first losses of the feasible members. `entropy` weighs a bonus for undecided decisions.
    """

    step: Step = field(default_factory=Adam)
    entropy: float = 0.01
    ranks: bool = True

    def __post_init__(self) -> None:
        if not self.entropy >= 0:
            raise ValueError(f"entropy={self.entropy}: the weight of the entropy bonus must be at least 0")

    def start(self, space: Space, rng: Random) -> None:
        self.space, self.rng, self.parameters = space, rng, Parameters(rng)

    def draw(self) -> Any:
        try:
            return self.space.decide(Guided(Acting(self.parameters), _ATTEMPTS))
        except Unsatisfied:
            return self.space.sample(self.rng)

    def learn(self, selected: Sequence[Trial]) -> None:
        feasible = [trial for trial in selected if self.ranks or trial.violation == 0]
        returns = rank_returns(feasible) if self.ranks else [-trial.losses[0] for trial in feasible]
        for trial, advantage in zip(feasible, leave_one_out(returns), strict=True):
            decisions = addressed(self.space.record(trial.program))
            self.space.decide(Guided(Scoring(self.parameters, decisions, advantage)))
        for known in self.parameters.known.values():
            known.update(self.step, self.entropy, max(1, len(feasible)))


def PolicyGradient(  # noqa: N802
    population: int = 20, *, step: Step | None = None, entropy: float = 0.01, ranks: bool = True, keep: int = 0
) -> DistributionSearch:
    """REINFORCE over the decisions of any space, a generation at a time, with a leave-one-out baseline.

    Source: Williams, 1992, Simple Statistical Gradient-Following Algorithms, Machine Learning 8; Kool, van Hoof,
    Welling, 2019 (see `leave_one_out`). Differs: ranks take the place of returns; subsets and masks with a fixed number
    of ones, and the bounds of numbers, enter the score as if they were free; foreign and kept members count as drawn.
    """
    policy = DecisionPolicy(Adam() if step is None else step, entropy, ranks)
    return DistributionSearch(policy, population, 1.0, keep)
