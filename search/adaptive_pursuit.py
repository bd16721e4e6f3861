"""Adaptive pursuit: a bandit for rewards that drift, as those of search strategies do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from .bandits import Bandit, Pull


@dataclass
class AdaptivePursuit(Bandit):
    """Draws the arm with the least mean loss with a probability that is driven to its maximum, all others seldom.

    The mean forgets: q <- q + memory (loss - q). The probability of the best arm moves by the share `pursuit` towards
    1 - (arms - 1) least, those of all others towards `least` = `floor` / arms.

    >>> bandit = AdaptivePursuit()
    >>> bandit.start(2, Random(0))
    >>> for _ in range(50):
    ...     pull = bandit.choose()
    ...     bandit.learn(pull, loss=float(pull.arm == 0))
    >>> [round(share, 2) for share in bandit.shares]
    [0.1, 0.9]

    Source: Thierens, 2005, An Adaptive Pursuit Strategy for Allocating Operator Probabilities,
    doi:10.1145/1068009.1068251.
    """

    memory: float = 0.1
    pursuit: float = 0.1
    floor: float = 0.2

    def __post_init__(self) -> None:
        for name in ("memory", "pursuit", "floor"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"AdaptivePursuit({name}={getattr(self, name)}): it must lie in (0, 1]")

    def start(self, arms: int, rng: Random) -> None:
        if arms < 1:
            raise ValueError(f"AdaptivePursuit with {arms} arms: give it at least one")
        self.rng = rng
        self.shares, self.losses = [1 / arms] * arms, [0.0] * arms
        self.least = self.floor / arms

    def choose(self, context: Sequence[float] = ()) -> Pull:
        target = self.rng.random()
        for arm, share in enumerate(self.shares):
            target -= share
            if target < 0:
                return Pull(arm, share)
        return Pull(len(self.shares) - 1, self.shares[-1])

    def learn(self, pull: Pull, loss: float, context: Sequence[float] = ()) -> None:
        self.losses[pull.arm] += self.memory * (loss - self.losses[pull.arm])
        best = min(range(len(self.losses)), key=self.losses.__getitem__)
        most = 1 - (len(self.shares) - 1) * self.least
        for arm, share in enumerate(self.shares):
            self.shares[arm] += self.pursuit * ((most if arm == best else self.least) - share)
