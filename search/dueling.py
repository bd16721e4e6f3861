"""Dueling bandits: arms are compared in pairs, and only who won is known."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bandits import check_arms

Floats = NDArray[np.float64]


class Duel(NamedTuple):
    """Two arms to be compared; an arm against itself means that the bandit has nothing to learn."""

    first: int
    second: int


class DuelingBandit(ABC):
    """Chooses pairs of arms and learns who won. A subclass is a dataclass; all state is made in `start`."""

    @abstractmethod
    def start(self, arms: int, rng: Random) -> None:
        """Begin with nothing known; raises `ValueError` for fewer than one arm."""

    @abstractmethod
    def choose(self) -> Duel:
        """The pair to compare now; it may be asked for several times before the first answer."""

    @abstractmethod
    def learn(self, duel: Duel, winner: int | None) -> None:
        """Who won a duel, None for a draw; raises `ValueError` for an arm that was not in it."""


class Wins:
    """How often each of k arms has beaten each other one, `counts` (k, k) with entry i, j for i over j."""

    def __init__(self, arms: int) -> None:
        check_arms(arms)
        self.counts, self.rounds = np.zeros((arms, arms)), 0

    def learn(self, duel: Duel, winner: int | None) -> None:
        """Enter a duel; a draw is half a victory for either, an arm against itself only counts as a round."""
        if winner is not None and winner not in duel:
            raise ValueError(f"arm {winner} did not take part in {duel}")
        self.rounds += 1
        if duel.first != duel.second:
            self.counts[duel] += 0.5 if winner is None else float(winner == duel.first)
            self.counts[duel.second, duel.first] += 0.5 if winner is None else float(winner == duel.second)

    def bounds(self, alpha: float) -> tuple[Floats, Floats]:
        """Lower and upper bounds of the probability that i beats j: w_ij / n_ij -+ sqrt(alpha ln t / n_ij).

        n_ij counts the duels of i and j, t all rounds and the next one, also those of an arm with itself. The bounds
        are 0 and 1 where there was no duel, 1/2 on the diagonal.

        >>> wins = Wins(2)
        >>> for winner in (0, 0, 1):
        ...     wins.learn(Duel(0, 1), winner)
        >>> [bounds[0, 1].round(3).item() for bounds in wins.bounds(0.5)]
        [0.186, 1.147]
        """
        duels = self.counts + self.counts.T
        known = np.maximum(duels, 1.0)
        means, radius = self.counts / known, np.sqrt(alpha * math.log(self.rounds + 1) / known)
        lower, upper = np.where(duels > 0, means - radius, 0.0), np.where(duels > 0, means + radius, 1.0)
        np.fill_diagonal(lower, 0.5)
        np.fill_diagonal(upper, 0.5)
        return lower, upper

    @property
    def best(self) -> int:
        """The arm that beats the most others more often than not (Copeland's rule), of equals the one of most wins."""
        beaten = (self.counts > self.counts.T).sum(axis=1)
        return int(np.lexsort((self.counts.sum(axis=1), beaten))[-1])


def _check_alpha(name: str, alpha: float) -> None:
    if not alpha > 0:
        raise ValueError(f"{name}(alpha={alpha}): the width of the bounds must be positive")


@dataclass
class RelativeUCB(DuelingBandit):
    """Pits an arm that may still beat all others against the one that may beat it by most.

    The champion is drawn among those whose upper bounds against all others are at least 1/2, half of the time the arm
    that was once the only such one.

    Source: M. Zoghi, S. Whiteson, R. Munos, M. de Rijke (2014), Relative upper confidence bound for the K-armed dueling
    bandit problem, arXiv:1312.3393.

    >>> bandit = RelativeUCB()
    >>> bandit.start(3, Random(0))
    >>> for _ in range(300):
    ...     duel = bandit.choose()
    ...     bandit.learn(duel, max(duel))
    >>> bandit.wins.best, bandit.choose()
    (2, Duel(first=2, second=2))
    """

    alpha: float = 0.51

    def __post_init__(self) -> None:
        _check_alpha("RelativeUCB", self.alpha)

    def start(self, arms: int, rng: Random) -> None:
        self.wins, self.rng = Wins(arms), rng
        self.held: int | None = None  # the hypothesised best arm

    def choose(self) -> Duel:
        _, upper = self.wins.bounds(self.alpha)
        champion = self._champion(np.flatnonzero((upper >= 0.5).all(axis=1)).tolist())
        against = upper[:, champion]
        rivals = np.flatnonzero(against == against.max()).tolist()
        if len(rivals) > 1 and champion in rivals:
            rivals.remove(champion)
        return Duel(champion, self.rng.choice(rivals))

    def _champion(self, hopeful: list[int]) -> int:
        """An arm of those that may still be the best; any one where there are none."""
        if self.held not in hopeful:
            self.held = None
        if len(hopeful) == 1:
            self.held = hopeful[0]
            return hopeful[0]
        if self.held is not None and self.rng.random() < 0.5:
            return self.held
        others = [arm for arm in hopeful if arm != self.held]
        return self.rng.choice(others or range(len(self.wins.counts)))

    def learn(self, duel: Duel, winner: int | None) -> None:
        self.wins.learn(duel, winner)


@dataclass
class DoubleThompson(DuelingBandit):
    """Double Thompson sampling: both arms of a pair by draws from the posteriors of who beats whom.

    The first is, among those that may beat the most others by their upper bounds, the one that beats the most in a draw
    of all Beta(w_ij + 1, w_ji + 1); the second beats it by most in a second draw, among those whose lower bound
    against it is at most 1/2.

    Source: H. Wu, X. Liu (2016), Double Thompson sampling for dueling bandits, arXiv:1604.07101.

    >>> bandit = DoubleThompson()
    >>> bandit.start(3, Random(0))
    >>> for _ in range(300):
    ...     duel = bandit.choose()
    ...     bandit.learn(duel, max(duel))
    >>> bandit.wins.best
    2
    """

    alpha: float = 0.6

    def __post_init__(self) -> None:
        _check_alpha("DoubleThompson", self.alpha)

    def start(self, arms: int, rng: Random) -> None:
        self.wins = Wins(arms)
        self.random = np.random.Generator(np.random.PCG64(rng.getrandbits(128)))

    def choose(self) -> Duel:
        lower, upper = self.wins.bounds(self.alpha)
        np.fill_diagonal(upper, 0.0)  # an arm does not beat itself
        reach = (upper > 0.5).sum(axis=1)
        first = self._most(np.where(reach == reach.max(), self._drawn_victories(), -1))
        second = self.random.beta(self.wins.counts[:, first] + 1, self.wins.counts[first] + 1)
        second[first] = 0.5
        return Duel(first, self._most(np.where(lower[:, first] <= 0.5, second, -1.0)))

    def _drawn_victories(self) -> NDArray[np.int_]:
        """How many others each arm beats in a draw from the posteriors."""
        drawn = np.triu(self.random.beta(self.wins.counts + 1, self.wins.counts.T + 1), 1)
        beats = drawn > 0.5
        lost = np.triu(drawn <= 0.5, 1)
        victories: NDArray[np.int_] = (beats | lost.T).sum(axis=1)
        return victories

    def _most(self, scores: NDArray[np.number]) -> int:
        """The arm of the highest score; drawn among equals."""
        return int(self.random.choice(np.flatnonzero(scores == scores.max())))

    def learn(self, duel: Duel, winner: int | None) -> None:
        self.wins.learn(duel, winner)
