"""Beam search: the most promising partial programs of each length."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from ..spaces import Space, Unsatisfied
from .frontier import Frontier, Partial, Score, best_completion
from .partial_programs import check_partial
from .rollouts import RandomRollout, Rollout
from .strategies import Proposal, Strategy, as_objectives
from .trials import Trial


@dataclass
class BeamSearch(Strategy):
    """Extends the `width` best partial programs by one decision, and of all children keeps the `width` best again.

    A child is placed by `completions` members that complete it (`best_completion`, `mean_completion`), or by a
    `Bound`. Of a question with more than `branching` answers, so many are drawn. Whole members are proposed and leave
    the beam. Once nothing is left, the search begins again with a beam and a branching `wider` times as wide; it ends
    when nothing was cut off, or with `wider` None. Raises `CannotAct` for several objectives.

    >>> from inlay.spaces import Choice, space
    >>> from inlay.search import minimize
    >>> minimize(sum, space([Choice(0, 1)] * 3), strategy=BeamSearch(8), trials=99, seed=0).stop_reason
    'exhausted'

    Source: Lowerre, 1976, The HARPY Speech Recognition System, Carnegie Mellon University.
    """

    width: int = 8
    branching: int = 16
    completions: int = 2
    score: Score = best_completion
    wider: float | None = 2.0
    rollout: Rollout = field(default_factory=RandomRollout)

    def __post_init__(self) -> None:
        if min(self.width, self.branching, self.completions) < 1:
            raise ValueError(
                f"BeamSearch(width={self.width}, branching={self.branching}, completions={self.completions}): "
                "each must be at least 1"
            )
        if self.wider is not None and not 1 < self.wider < math.inf:
            raise ValueError(f"BeamSearch(wider={self.wider}): a beam grows by a factor above 1; None ends the search")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        check_partial(self, space, objectives)
        noisy = as_objectives(objectives).noisy
        self.space, self.rng = space, rng
        self.frontier = Frontier(space, rng, self.rollout, self.score, self.completions, noisy=noisy)
        self.factor, self.over, self.narrowed = 1.0, False, False
        self.children: list[Partial] = []
        self.begun = False

    def ask(self, n: int) -> Sequence[Proposal]:
        proposals: list[Proposal] = []
        while len(proposals) < n and not self.over:
            if self.frontier.queue:
                proposal, _ = self.frontier.propose()
                proposals += [] if proposal is None else [proposal]
            elif any(child.awaited for child in self.children):
                break
            else:
                self._next_level()
        return proposals

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self.frontier.learn(trial)

    def _next_level(self) -> None:
        """Extend the beam, or begin again with a wider one."""
        if not self.begun:
            self.begun, beam = True, self._root()
        else:
            ordered = sorted((c for c in self.children if c.next is not None), key=lambda child: child.place)
            width = math.ceil(self.width * self.factor)
            beam = ordered[:width]
            self.narrowed = self.narrowed or len(ordered) > width
        branching = math.ceil(self.branching * self.factor)
        self.children = [child for parent in beam for child in self.frontier.expand(parent, branching)]
        if not self.children:
            self._next_round()

    def _root(self) -> list[Partial]:
        try:
            return [self.frontier.root()]
        except Unsatisfied:
            return []

    def _next_round(self) -> None:
        """Begin again with a wider beam, unless nothing was cut off."""
        self.over = self.frontier.is_over(self.narrowed or self.frontier.cut) or self.wider is None
        self.factor, self.begun, self.narrowed = self.factor * (self.wider or 1.0), False, False
