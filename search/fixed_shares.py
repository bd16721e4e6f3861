"""Fixed shares: arms pulled in given proportions, whatever comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from .bandits import Bandit, Pull


@dataclass
class FixedShares(Bandit):
    """Pulls each arm in proportion to its share, as evenly spread as can be, and learns nothing.

    The next arm is the one that lags most behind its share. Raises `ValueError` for a share that is not positive, and
    in `start` for another number of arms.

    >>> shares = FixedShares((1, 3))
    >>> shares.start(2, Random(0))
    >>> [shares.choose().arm for _ in range(8)]
    [1, 0, 1, 1, 1, 0, 1, 1]
    """

    shares: Sequence[float]

    learns = False

    def __post_init__(self) -> None:
        if not self.shares or any(not share > 0 for share in self.shares):
            raise ValueError(f"FixedShares({self.shares!r}): give a positive share for each arm")

    def start(self, arms: int, rng: Random) -> None:
        if arms != len(self.shares):
            raise ValueError(
                f"FixedShares({self.shares!r}): {len(self.shares)} shares for {arms} arms: give one for each"
            )
        self.credit = [0.0] * arms

    def choose(self, context: Sequence[float] = ()) -> Pull:
        total = sum(self.shares)
        self.credit = [credit + share / total for credit, share in zip(self.credit, self.shares, strict=True)]
        arm = max(range(len(self.credit)), key=self.credit.__getitem__)
        self.credit[arm] -= 1.0
        return Pull(arm)

    def learn(self, pull: Pull, loss: float, context: Sequence[float] = ()) -> None:
        """Nothing is learned."""
