"""Best-first search: always the most promising partial program."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from ..spaces import Space, Unsatisfied
from .frontier import Frontier, Partial, Place, Score, best_completion
from .partial_programs import check_partial
from .rollouts import RandomRollout, Rollout
from .strategies import Proposal, Strategy, as_objectives
from .trials import Trial


@dataclass
class BestFirst(Strategy):
    """Extends the best of all open partial programs by each answer to its next question, again and again.

    A child is placed by `completions` members that complete it (`best_completion`, `mean_completion`), or by a
    `Bound`; with a lower bound on the loss this is A*: the first whole member that it proposes is a best one. Of a
    question with more than `branching` answers, so many are drawn. Once nothing is open, the search begins again with a
    branching `wider` times as large; it ends when every answer was listed, or with `wider` None. Raises `CannotAct` for
    several objectives.

    Source: Hart, Nilsson, Raphael, 1968, A Formal Basis for the Heuristic Determination of Minimum Cost Paths, IEEE
    Transactions on Systems Science and Cybernetics 4.
    Differs: without a bound, random completions estimate what a partial program is worth.
    """

    branching: int = 16
    completions: int = 2
    score: Score = best_completion
    wider: float | None = 2.0
    rollout: Rollout = field(default_factory=RandomRollout)

    def __post_init__(self) -> None:
        if min(self.branching, self.completions) < 1:
            raise ValueError(
                f"BestFirst(branching={self.branching}, completions={self.completions}): each must be at least 1"
            )
        if self.wider is not None and not 1 < self.wider < math.inf:
            raise ValueError(
                f"BestFirst(wider={self.wider}): branching grows by a factor above 1; None ends the search"
            )

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        check_partial(self, space, objectives)
        noisy = as_objectives(objectives).noisy
        self.space, self.rng = space, rng
        self.frontier = Frontier(space, rng, self.rollout, self.score, self.completions, noisy=noisy)
        self.heap: list[tuple[Place, int, Partial]] = []
        self.pushed, self.begun, self.over, self.factor = 0, False, False, 1.0

    def ask(self, n: int) -> Sequence[Proposal]:
        proposals: list[Proposal] = []
        while len(proposals) < n and not self.over:
            if self.frontier.queue:
                proposal, child = self.frontier.propose()
                if proposal is not None:
                    proposals.append(proposal)
                elif not child.awaited:
                    self._push(child)
            elif self.heap or not self.begun:
                self._expand()
            elif self.frontier.flying:
                break
            else:
                self._next_round()
        return proposals

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            settled = self.frontier.learn(trial)
            if settled is not None:
                self._push(settled)

    def _next_round(self) -> None:
        """Begin again with a larger branching, unless nothing was cut off."""
        self.over = self.frontier.is_over(self.frontier.cut) or self.wider is None
        self.factor, self.begun = self.factor * (self.wider or 1.0), False

    def _push(self, child: Partial) -> None:
        """Open a partial program, now that its place is known."""
        if child.next is not None:
            heapq.heappush(self.heap, (child.place, self.pushed, child))
            self.pushed += 1

    def _expand(self) -> None:
        """Extend the best open partial program, at first the one in which everything is open."""
        try:
            parent = heapq.heappop(self.heap)[2] if self.begun else self.frontier.root()
        except Unsatisfied:
            parent = None
        self.begun = True
        for child in [] if parent is None else self.frontier.expand(parent, math.ceil(self.branching * self.factor)):
            if not child.awaited:
                self._push(child)
