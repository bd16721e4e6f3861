"""Exhaustive search: every member once, the oracle of small spaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from ..spaces import InfiniteSpace, Space
from .strategies import CannotAct, Proposal, Strategy
from .trials import Trial


@dataclass
class Exhaustive(Strategy):
    """Tries every member of a finite space once, in the order of decisions; then it has nothing left to propose.

    Raises `CannotAct` for a space with a continuous hole.
    """

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space = space
        try:
            self.rest = space.enumerate()
        except InfiniteSpace as error:
            raise CannotAct(f"Exhaustive cannot act on this space, because {error}") from None

    def ask(self, n: int) -> Sequence[Proposal]:
        return [Proposal(value) for value in islice(self.rest, n)]

    def tell(self, trials: Sequence[Trial]) -> None:
        pass
