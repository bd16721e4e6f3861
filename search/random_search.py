"""Random search: the baseline of every comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from ..spaces import Space
from .strategies import Proposal, Strategy
from .trials import Trial


@dataclass
class RandomSearch(Strategy):
    """Draws every candidate independently.

    Source: Bergstra, Bengio, 2012, Random Search for Hyper-Parameter Optimization, JMLR 13.
    """

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space, self.rng = space, rng

    def ask(self, n: int) -> Sequence[Proposal]:
        return [Proposal(value) for value in self.space.sample_many(n, self.rng)]

    def tell(self, trials: Sequence[Trial]) -> None:
        pass
