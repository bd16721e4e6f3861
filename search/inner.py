"""A strategy at work inside another one."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from ..spaces import Space
from .strategies import Proposal, Strategy
from .trials import Trial


class Inner:
    """A started copy of a strategy whose proposals carry a mark, and how many of them are awaited.

    The origin of a proposal becomes the list `[*mark, origin]`.
    """

    def __init__(self, strategy: Strategy, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.strategy = copy.deepcopy(strategy)
        self.strategy.start(space, Random(rng.getrandbits(64)), objectives)
        self.first_space = self.strategy_space
        self.awaited = 0

    @property
    def strategy_space(self) -> Space | None:
        """The space that the strategy searches now."""
        return getattr(self.strategy, "space", None)

    def edited(self, space: Space) -> Space:
        """The given space, or the one to which the strategy has changed it since."""
        now = self.strategy_space
        return space if now is None or now is self.first_space else now

    def ask(self, n: int, *mark: Any) -> list[Proposal]:
        """At most `n` proposals of the strategy, marked."""
        proposals = self.strategy.ask(n)
        self.awaited += len(proposals)
        return [Proposal(p.value, [*mark, p.origin], p.fidelity) for p in proposals]

    def tell(self, own: Sequence[Trial], trials: Sequence[Trial]) -> None:
        """Tell trials at once: those in `own` with the origin that the strategy gave, all others as foreign ones."""
        mine = {id(trial) for trial in own}
        self.awaited -= len(own)
        self.strategy.tell([t.retold(t.origin[-1]) if id(t) in mine else t.retold(None, True) for t in trials])


def check_startable(strategies: Sequence[Strategy], space: Space, objectives: Mapping[str, str]) -> None:
    """Let strategies that are to begin later refuse the space now."""
    for strategy in strategies:
        copy.deepcopy(strategy).start(space, Random(0), objectives)
