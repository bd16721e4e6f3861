"""Bandits: which of several arms to pull next, learned from the losses of those pulled."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from random import Random
from typing import NamedTuple


class Pull(NamedTuple):
    """An arm and the probability with which it was chosen; JSON data as a list.

    The probability is 1 where no chance was involved, or where the bandit does not know it (Thompson sampling).
    """

    arm: int
    probability: float = 1.0


class Bandit(ABC):
    """Chooses among `arms` arms. A subclass is a dataclass whose fields are its settings; all state is made in `start`.

    Losses may have any scale; losses of several pulls may arrive late and in any order. `context` holds features of
    the round, and is empty for a bandit that knows none. `choose` may be called several times before `learn`. One that
    never `learns` is told no losses.
    """

    learns = True

    @abstractmethod
    def start(self, arms: int, rng: Random) -> None:
        """Begin with nothing known; raises `ValueError` for fewer than one arm."""

    @abstractmethod
    def choose(self, context: Sequence[float] = ()) -> Pull:
        """The arm to pull now."""

    @abstractmethod
    def learn(self, pull: Pull, loss: float, context: Sequence[float] = ()) -> None:
        """The loss of a pull, in the context in which it was chosen."""


def check_arms(arms: int) -> None:
    """Raise `ValueError` for fewer than one arm."""
    if arms < 1:
        raise ValueError(f"a bandit needs at least one arm, not {arms}")


class LossScale:
    """The range of the losses so far, for bandits whose bounds are stated for losses in [0, 1].

    >>> scale = LossScale()
    >>> for loss in (10.0, 30.0, 15.0):
    ...     _ = scale.learn(loss)
    >>> scale.scaled(15.0)
    0.25
    """

    def __init__(self) -> None:
        self.low, self.high = math.inf, -math.inf

    @property
    def width(self) -> float:
        """The highest loss less the lowest one; 0 before there are two different ones."""
        return max(0.0, self.high - self.low)

    def learn(self, loss: float) -> float:
        """Widen the range by a loss and return it; an infinite one counts as the worst (or best) finite one so far."""
        if math.isfinite(loss):
            self.low, self.high = min(self.low, loss), max(self.high, loss)
            return loss
        if self.high < self.low:
            return 0.0
        return self.high if loss > 0 else self.low

    def scaled(self, loss: float) -> float:
        """A loss as a share of the range, 0 where all losses are alike."""
        return (loss - self.low) / self.width if self.width > 0 else 0.0
