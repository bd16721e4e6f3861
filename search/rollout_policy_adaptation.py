"""Nested rollout policy adaptation: a policy that learns from the best sequence of every level."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spaces import Mask, Space, Unsatisfied
from ..spaces.addresses import Address, Addressing
from ..spaces.choosers import Decision, weighted_index
from .strategies import Proposal, Strategy, cannot_act
from .tree_walk import written
from .trials import Trial, better

#: How often a member is drawn before a constraint's complaint is passed on.
_ATTEMPTS = 100

#: An address and how many codes are told apart there.
Key = tuple[Address, int]


class Coded(NamedTuple):
    """A decision as a policy sees it: the code of n at an address, and the hole's own weights."""

    key: Key
    code: int
    weights: Sequence[float] | None = None


class CodedMask(NamedTuple):
    """A whole mask as a policy sees it: every bit a code of its own."""

    key: Key
    bits: NDArray[np.bool_]


class SoftmaxPolicy:
    """Draws code m at an address with a chance in proportion to `w_m * exp(p_m)`; every preference p begins at 0.

    >>> policy, key = SoftmaxPolicy(), (("hole", 0), 2)
    >>> policy.adapt([Coded(key, 1)], 1.0)
    >>> policy.preferences[key]
    [-0.5, 0.5]
    """

    def __init__(self, preferences: Mapping[Key, Any] | None = None) -> None:
        self.preferences: dict[Key, Any] = dict(preferences or {})

    def copy(self) -> SoftmaxPolicy:
        """A policy that adapts on its own; preferences are replaced, never changed, so they may be shared."""
        return SoftmaxPolicy(self.preferences)

    def chances(self, key: Key, weights: Sequence[float] | None) -> list[float]:
        """The chances of all codes, up to a common factor."""
        known = self.preferences.get(key)
        if known is None:
            return [1.0] * key[1] if weights is None else list(weights)
        top = max(known)
        found = [math.exp(preference - top) for preference in known]
        return found if weights is None else [w * chance for w, chance in zip(weights, found, strict=True)]

    def logits(self, key: Key) -> NDArray[np.float64]:
        """The preference of every bit of a mask for being set."""
        known: NDArray[np.float64] | None = self.preferences.get(key)
        return np.zeros(key[1]) if known is None else known

    def adapt(self, sequence: Iterable[Coded | CodedMask], rate: float) -> None:
        """Raise the preference of every code of a sequence by `rate`, and lower all by `rate` times their chances."""
        for coded in sequence:
            if isinstance(coded, CodedMask):
                logits = self.logits(coded.key)
                self.preferences[coded.key] = logits + 2 * rate * (coded.bits - 1 / (1 + np.exp(-logits)))
                continue
            key, code, weights = coded
            chances = self.chances(key, weights)
            share = rate / math.fsum(chances)
            known = self.preferences.get(key) or [0.0] * key[1]
            adapted = [old - share * chance for old, chance in zip(known, chances, strict=True)]
            adapted[code] += rate
            self.preferences[key] = adapted


class Play(Addressing):
    """One pass in which a policy draws every decision; `sequence` keeps them as codes.

    Numbers, and indices among more than `bins`, are drawn evenly from one of `bins` equal parts of their range.
    """

    attempts = 1000

    def __init__(self, policy: SoftmaxPolicy, bins: int, rng: Random) -> None:
        super().__init__()
        self.policy, self.bins, self.rng = policy, bins, rng
        self.sequence: list[Coded | CodedMask] = []

    def _code(self, hole: Space, codes: int, weights: Sequence[float] | None = None) -> int:
        key = self.address(hole), codes
        code = self.pick(key, weights)
        self.sequence.append(Coded(key, code, weights))
        return code

    def pick(self, key: Key, weights: Sequence[float] | None) -> int:
        """The code of the next decision."""
        return weighted_index(self.policy.chances(key, weights), self.rng.random())

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        if n <= self.bins or weights is not None:
            return self._code(hole, n, weights)
        part = self._code(hole, self.bins)
        return self.rng.randrange(part * n // self.bins, (part + 1) * n // self.bins)

    def real(self, low: float, high: float, hole: Space) -> float:
        part = self._code(hole, self.bins)
        return written(hole, low + (high - low) * ((part + self.rng.random()) / self.bins))

    def bits(self, hole: Mask) -> NDArray[np.bool_]:
        key = self.address(hole), hole.n
        flat = self.draw_bits(hole, key)
        self.sequence.append(CodedMask(key, flat))
        return flat

    def draw_bits(self, hole: Mask, key: Key) -> NDArray[np.bool_]:
        """A mask, every bit by its own preference; of a fixed number of ones, those of the highest perturbed ones."""
        numbers = np.random.Generator(np.random.PCG64(self.rng.getrandbits(128)))
        perturbed = self.policy.logits(key) + numbers.logistic(size=hole.n)
        if hole.ones is None:
            return perturbed > 0
        flat = np.zeros(hole.n, dtype=np.bool_)
        flat[np.argpartition(-perturbed, hole.ones - 1)[: hole.ones]] = True
        return flat

    def mark(self) -> Any:
        return super().mark(), len(self.sequence)

    def rewind(self, mark: Any) -> None:
        inner, length = mark
        super().rewind(inner)
        del self.sequence[length:]


class Recall(Play):
    """The pass that made a known member, to find its codes."""

    def __init__(self, decisions: Iterable[Decision], bins: int, rng: Random) -> None:
        super().__init__(SoftmaxPolicy(), bins, rng)
        self.known: Iterator[Any] = iter(decisions)

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        decision: int = next(self.known)
        whole = n <= self.bins or weights is not None
        codes = n if whole else self.bins
        code = decision if whole else min(((decision + 1) * self.bins - 1) // n, self.bins - 1)
        self.sequence.append(Coded((self.address(hole), codes), code, weights if whole else None))
        return decision

    def real(self, low: float, high: float, hole: Space) -> float:
        decision: float = next(self.known)
        part = int((decision - low) / (high - low) * self.bins) if high > low else 0
        self.sequence.append(Coded((self.address(hole), self.bins), min(max(part, 0), self.bins - 1)))
        return decision

    def draw_bits(self, hole: Mask, key: Key) -> NDArray[np.bool_]:
        flat: NDArray[np.bool_] = next(self.known)
        return flat


class Played(NamedTuple):
    """A told trial and its codes."""

    trial: Trial
    sequence: Sequence[Coded | CodedMask]


class Run:
    """One search of one level: its policy, the best sequence so far, and how many of its iterations are done."""

    def __init__(self, policy: SoftmaxPolicy) -> None:
        self.policy, self.best, self.done = policy, None, 0

    best: Played | None


@dataclass
class NestedRolloutPolicyAdaptation(Strategy):
    """Every level runs the one below `iterations` times, each time from its own policy, and after each adapts its
    policy by `rate` towards the best sequence that it has seen; below level 1 is a playout. Then it begins again.

    The playouts of one run at level 1 may be evaluated at the same time, and learn from those told so far. Ranges are
    cut into `bins` parts. Raises `CannotAct` for several objectives.

    >>> from inlay.spaces import Choice, space
    >>> from inlay.search import minimize
    >>> bits = space([Choice(0, 1)] * 12)
    >>> minimize(sum, bits, strategy=NestedRolloutPolicyAdaptation(), trials=200, seed=0).best.loss
    0.0

    Source: Rosin, 2011, Nested Rollout Policy Adaptation for Monte Carlo Tree Search, IJCAI.
    Differs: a code is an answer at an address; ranges and masks are handled, and weights bias the policy.
    """

    level: int = 2
    iterations: int = 20
    rate: float = 1.0
    bins: int = 16

    def __post_init__(self) -> None:
        if min(self.level, self.iterations, self.bins) < 1 or not 0 < self.rate < math.inf:
            raise ValueError(
                f"NestedRolloutPolicyAdaptation(level={self.level}, iterations={self.iterations}, rate={self.rate}, "
                f"bins={self.bins}): level, iterations and bins must be at least 1, and the rate positive"
            )

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        if len(objectives) > 1:
            raise cannot_act(self, f"it ranks by one loss and there are {len(objectives)} objectives", "NSGA2")
        self.space, self.rng = space, rng
        self.flying: dict[int, Sequence[Coded | CodedMask]] = {}
        self.asked = 0
        self._begin()

    def _begin(self) -> None:
        self.runs = [Run(SoftmaxPolicy()) for _ in range(self.level)]  # from level 1 to the top
        self.begun = 0

    def ask(self, n: int) -> Sequence[Proposal]:
        return [self._playout() for _ in range(min(n, self.iterations - self.begun))]

    def _playout(self) -> Proposal:
        value, sequence = self._played()
        self.flying[self.asked] = sequence
        self.begun, self.asked = self.begun + 1, self.asked + 1
        return Proposal(value, origin=self.asked - 1)

    def _played(self) -> tuple[Any, Sequence[Coded | CodedMask]]:
        """A member drawn by the policy of level 1; shared values that no constraint allows are drawn again."""
        for attempt in range(_ATTEMPTS):
            play = Play(self.runs[0].policy, self.bins, self.rng)
            try:
                return self.space.decide(play), play.sequence
            except Unsatisfied:
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            sequence = None if trial.foreign else self.flying.pop(trial.origin, None)
            if sequence is None:
                self._learn_foreign(trial)
            else:
                self._receive(0, Played(trial, sequence) if trial.state == "done" else None)

    def _learn_foreign(self, trial: Trial) -> None:
        """A trial that was never asked for may be the best sequence of the top level."""
        top = self.runs[-1]
        if trial.state != "done" or (top.best is not None and not better(trial, top.best.trial)):
            return
        recall = Recall(self.space.trace(trial.program), self.bins, self.rng)
        self.space.decide(recall)
        top.best = Played(trial, recall.sequence)

    def _receive(self, level: int, found: Played | None) -> None:
        """One iteration of a level is done; where it was the last one, so is one of the level above."""
        run = self.runs[level]
        if found is not None and (run.best is None or not better(run.best.trial, found.trial)):
            run.best = found
        if run.best is not None:
            run.policy.adapt(run.best.sequence, self.rate)
        run.done += 1
        if run.done < self.iterations:
            return
        if level + 1 == self.level:
            self._begin()
            return
        self._receive(level + 1, run.best)
        self.runs[level] = Run(self.runs[level + 1].policy.copy())
        self.begun = 0
