"""Programs as vectors of their continuous decisions, each scaled to [0, 1] in its hole's own scale, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spaces import Mask, Space, Unsatisfied
from ..spaces.choosers import Chooser
from .strategies import CannotAct, Proposal, cannot_act
from .trials import Trial

Vector = NDArray[np.float64]

#: From best to worst: feasible trials by loss, then by violation, then failures.
Place = tuple[bool, float, float]
NOWHERE: Place = (True, np.inf, np.inf)


class NotReal(Exception):
    """A decision that is no real number; its text says which."""


class Shares(Chooser):
    """Answers every continuous decision by the next share of its range; the middle where there are no more."""

    def __init__(self, shares: Iterable[float]) -> None:
        super().__init__()
        self.shares = iter(shares)

    def real(self, low: float, high: float, hole: Space) -> float:
        return min(max(low + (high - low) * next(self.shares, 0.5), low), high)

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        raise NotReal(f"{hole!r} is a decision among {n} options")

    def bits(self, hole: Mask) -> Any:
        raise NotReal(f"{hole!r} is no number")


class Probe(Shares):
    """Fills a space to see what it asks for."""

    attempts = 1000

    def __init__(self) -> None:
        self.rng, self.asked = Random(0), 0
        super().__init__(iter(self.rng.random, None))

    def real(self, low: float, high: float, hole: Space) -> float:
        self.asked += 1
        return super().real(low, high, hole)

    def mark(self) -> Any:
        return super().mark(), self.asked

    def rewind(self, mark: Any) -> None:
        inner, self.asked = mark
        super().rewind(inner)


class Scale(Chooser):
    """Replays continuous decisions and notes what share of its range each one is."""

    def __init__(self, decisions: Iterable[Any]) -> None:
        super().__init__()
        self.decisions, self.shares = iter(decisions), list[float]()

    def real(self, low: float, high: float, hole: Space) -> float:
        decision: float = next(self.decisions)
        self.shares.append((float(decision) - low) / (high - low))
        return decision


class RealVectors:
    """The members of a space of real numbers as vectors in the unit cube.

    Raises `CannotAct` in the name of `strategy` for a space with no or other holes, and for several objectives.

    >>> from inlay.spaces import Real, space
    >>> rates = RealVectors("DifferentialEvolution", space([Real(1e-4, 1, log=True), Real(0, 8)]), {"loss": "minimize"})
    >>> rates.dimension, rates.vector([0.01, 6.0]).round(12).tolist()
    (2, [0.5, 0.75])
    """

    def __init__(self, strategy: Any, space: Space, objectives: Mapping[str, str]) -> None:
        self.space = space
        if len(objectives) > 1:
            raise cannot_act(strategy, f"it follows one loss, and there are {len(objectives)} objectives", "NSGA2")
        try:
            self.space.decide(probe := Probe())
        except NotReal as why:
            raise _no_reals(strategy, f"{_shorten(str(why))}, and it moves vectors of real numbers") from None
        except Unsatisfied as why:
            raise cannot_act(strategy, f"no member was found: {why}") from None
        self.dimension = probe.asked
        if not self.dimension:
            raise _no_reals(strategy, "no decision of it is a real number")

    def program(self, shares: Vector) -> Any:
        """The member of a vector; raises `Unsatisfied` where a constraint refuses it."""
        return self.space.decide(Shares(shares.tolist()))

    def vector(self, program: Any) -> Vector:
        """The vector of a member."""
        scale = Scale(self.space.trace(program))
        self.space.decide(scale)
        shares = (scale.shares + [0.5] * self.dimension)[: self.dimension]  # a dependent hole may ask for fewer
        return np.array(shares)


def _no_reals(strategy: Any, why: str) -> CannotAct:
    return cannot_act(strategy, why, "CrossEntropy or GeneticAlgorithm")


def _shorten(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:60]} ... {text[-50:]}"


def place_of(trial: Trial) -> Place:
    """Where a trial stands among others: smaller is better."""
    return (False, trial.violation, trial.losses[0]) if trial.state == "done" else NOWHERE


def reflected(shares: Vector) -> Vector:
    """Vectors mirrored at the walls of the unit cube until they lie inside."""
    folded = np.mod(shares, 2.0)
    return np.where(folded > 1.0, 2.0 - folded, folded)


class Brood:
    """Vectors that are proposed one after the other, and whose results are awaited whole.

    The origin of a proposal is its running number, the first of the brood being `first`.
    """

    def __init__(self, shares: Vector, first: int) -> None:
        self.shares, self.first, self.asked, self.awaited = shares, first, 0, len(shares)
        self.places: list[Place] = [NOWHERE] * len(shares)

    def ask(self, n: int, vectors: RealVectors, rng: Random) -> list[Proposal]:
        """The next proposals; a vector that a constraint refuses gives way to a random member."""
        return [self._propose(vectors, rng) for _ in range(min(n, len(self.shares) - self.asked))]

    def _propose(self, vectors: RealVectors, rng: Random) -> Proposal:
        i = self.asked
        try:
            program = vectors.program(self.shares[i])
        except Unsatisfied:
            program = vectors.space.sample(rng)
            self.shares[i] = vectors.vector(program)
        self.asked += 1
        return Proposal(program, self.first + i)

    def tell(self, trial: Trial) -> None:
        """Take the result of one of these proposals."""
        self.places[trial.origin - self.first] = place_of(trial)
        self.awaited -= 1

    def order(self) -> list[int]:
        """The indices from best to worst."""
        return sorted(range(len(self.places)), key=self.places.__getitem__)
