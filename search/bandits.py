"""Bandits: which of several arms to pull next, learned from the losses of those pulled."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from random import Random
from typing import NamedTuple


class Pull(NamedTuple):
    """An arm and the probability with which it was chosen (1 where no chance was involved); JSON data as a list."""

    arm: int
    probability: float = 1.0


class Bandit(ABC):
    """Chooses among `arms` arms. A subclass is a dataclass whose fields are its settings; all state is made in `start`.

    Losses may have any scale; losses of several pulls may arrive late and in any order. `context` holds features of
    the round, and is empty for a bandit that knows none. `choose` may be called several times before `learn`.
    """

    @abstractmethod
    def start(self, arms: int, rng: Random) -> None:
        """Begin with nothing known; raises `ValueError` for fewer than one arm."""

    @abstractmethod
    def choose(self, context: Sequence[float] = ()) -> Pull:
        """The arm to pull now."""

    @abstractmethod
    def learn(self, pull: Pull, loss: float, context: Sequence[float] = ()) -> None:
        """The loss of a pull, in the context in which it was chosen."""
