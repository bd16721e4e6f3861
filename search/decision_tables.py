"""Policies for the next decision of a partial program: what the hole says itself, or what the best trials decided."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ..spaces import Space
from ..spaces.addresses import Address
from .decision_codes import Coded, coded
from .trials import Trial, ranked

#: The address, how many codes there are, and the codes before as far as they count.
Key = tuple[Address, int, tuple[int, ...]]


class NextDecision(ABC):
    """Says how likely every code of the next decision is. A subclass is a dataclass whose fields are its settings;
    state is made in `start`."""

    def start(self, space: Space, bins: int, rng: Random) -> None:  # noqa: B027  # what learns nothing has no state
        """Begin with nothing learned."""

    def begin(self) -> None:  # noqa: B027
        """Another decoding begins."""

    @abstractmethod
    def shares(self, address: Address, before: tuple[int, ...], own: Sequence[float]) -> Sequence[float]:
        """The chances of all codes at an address, after the codes `before`; `own` are those of the hole itself."""

    def learn(self, trials: Sequence[Trial]) -> None:  # noqa: B027
        """The outcomes of successful trials."""


@dataclass
class OwnWeights(NextDecision):
    """What a random draw would do: the weights of the hole, or all alike."""

    def shares(self, address: Address, before: tuple[int, ...], own: Sequence[float]) -> Sequence[float]:
        return own


@dataclass
class DecisionTable(NextDecision):
    """The shares of the codes among the `elite` best members: P(code) = (count + strength own) / (total + strength).

    They are counted at each address, with `context` m apart for whatever m codes come before: an n-gram of m + 1
    decisions. With `thompson` every decoding draws its shares from their posterior, Dirichlet(count + strength own):
    paths that share a nucleus keep to what is likely, so what is new must come from the table.

    Source: de Boer, Kroese, Mannor, Rubinstein, 2005, A Tutorial on the Cross-Entropy Method, Annals of Operations
    Research 134; Thompson, 1933, On the Likelihood that One Unknown Probability Exceeds Another, Biometrika 25.
    Differs: the elite is that of all trials so far.
    """

    elite: int = 4
    strength: float = 1.0
    context: int = 0
    thompson: bool = True

    def __post_init__(self) -> None:
        if self.elite < 1 or not self.strength > 0 or self.context < 0:
            raise ValueError(f"{self}: elite must be at least 1, strength positive and context not negative")

    def start(self, space: Space, bins: int, rng: Random) -> None:
        self.space, self.bins, self.rng = space, bins, rng
        self.best: list[Trial] = []
        self.counts: dict[Key, Counter[int]] = {}
        self.begin()

    def begin(self) -> None:
        self.drawn: dict[Key, list[float]] = {}

    def shares(self, address: Address, before: tuple[int, ...], own: Sequence[float]) -> Sequence[float]:
        key = address, len(own), self._context(before)
        if key not in self.drawn:
            counts = self.counts.get(key, _NOTHING)
            weights = [counts[code] + self.strength * share for code, share in enumerate(own)]
            self.drawn[key] = self._drawn(weights) if self.thompson else _scaled(weights)
        return self.drawn[key]

    def _drawn(self, weights: Sequence[float]) -> list[float]:
        """Shares from the Dirichlet distribution with these parameters; 0 where one is 0."""
        gammas = [self.rng.gammavariate(weight, 1.0) if weight > 0 else 0.0 for weight in weights]
        return _scaled(gammas if any(gammas) else weights)  # very small parameters may underflow

    def _context(self, before: tuple[int, ...]) -> tuple[int, ...]:
        return before[-self.context :] if self.context else ()

    def learn(self, trials: Sequence[Trial]) -> None:
        found: dict[Any, Trial] = {}
        for trial in ranked([*self.best, *trials]):
            found.setdefault(self.space.key(trial.program), trial)
        best = list(found.values())[: self.elite]
        if best != self.best:
            self.best = best
            self._count()

    def _count(self) -> None:
        self.counts = {}
        for trial in self.best:
            sequence: list[Coded] = coded(self.space, trial.program, self.bins)
            codes = tuple([code for _, _, code in sequence])
            for i, (address, n, code) in enumerate(sequence):
                self.counts.setdefault((address, n, self._context(codes[:i])), Counter())[code] += 1


_NOTHING: Counter[int] = Counter()


def _scaled(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [weight / total for weight in weights]
