"""Depth-first search with a bound: branch and bound."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ..spaces import Space, Unsatisfied
from ..spaces.choosers import Chooser, Decision
from ..spaces.programs import shorten
from .strategies import Proposal, Strategy, cannot_act
from .tree_search import may_repeat
from .trials import Trial


@dataclass
class DepthFirst(Strategy):
    """Lists the members of a finite space in the order of decisions, and skips every partial program whose `bound` says
    that none of its members beats the best one so far.

    `bound` is given the smaller space that a partial program is (a member, when it is whole), and gives a number that
    no loss of its members is below. Then the search ends with an exact optimum. Without a bound it lists all members.
    Raises `CannotAct` for a space with a continuous hole, and for a bound where there are several objectives.

    >>> from inlay.spaces import Choice, space
    >>> from inlay.search import minimize
    >>> study = minimize(sum, space([Choice(0, 1)] * 3), strategy=DepthFirst(lambda part: 0), trials=99)
    >>> len(study.trials), study.best.loss
    (1, 0.0)

    Source: Land, Doig, 1960, An Automatic Method of Solving Discrete Programming Problems, Econometrica 28.
    """

    bound: Callable[[Any], float] | None = None

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        if not space.finite:
            why = f"{shorten(repr(space))} holds a continuous hole and its members cannot be listed"
            raise cannot_act(self, why, "BestFirst, BeamSearch, UCT")
        if len(objectives) > 1 and self.bound is not None:
            raise cannot_act(self, f"it bounds one loss and there are {len(objectives)} objectives", "Exhaustive")
        self.space, self.best = space, math.inf
        self.rest: Iterator[Any] = space.enumerate() if self.bound is None else self._members()

    def ask(self, n: int) -> Sequence[Proposal]:
        proposals: list[Proposal] = []
        while len(proposals) < n and (value := next(self.rest, _NOTHING)) is not _NOTHING:
            proposals.append(Proposal(value))
        return proposals

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            if trial.state == "done" and trial.violation == 0.0:
                self.best = min(self.best, trial.losses[0])

    def _members(self) -> Iterator[Any]:
        """The members that no bound excludes when their turn comes."""
        repeats, seen = may_repeat(self.space), set()
        dive = Dive(self._is_excluded)
        going = not self._is_excluded([])
        while going:
            try:
                value = self.space.decide(dive)
            except (Excluded, Unsatisfied):
                pass
            else:
                key = self.space.key(value) if repeats else None
                if key is None or key not in seen:
                    yield value
                seen.add(key)
            going = dive.advance()

    def _is_excluded(self, prefix: Sequence[Decision]) -> bool:
        """Whether no member that begins with these decisions beats the best one so far."""
        assert self.bound is not None
        if self.best == math.inf:
            return False
        try:
            return self.bound(self.space.after(prefix)) >= self.best
        except Unsatisfied:
            return True


class Excluded(Exception):
    """No member that begins with the decisions so far is worth a look."""


class Dive(Chooser):
    """Replays a script of decisions, extends it by first answers while it is not excluded; `advance` moves on."""

    def __init__(self, is_excluded: Callable[[Sequence[Decision]], bool]) -> None:
        super().__init__()
        self.is_excluded = is_excluded
        self.script: list[Any] = []
        self.rest: list[Iterator[Decision]] = []  # the answers still to be given, for each decision
        self.position = 0

    def _next(self, answers: Callable[[], Iterator[Decision]]) -> Any:
        if self.position == len(self.script):
            rest = answers()
            self.script.append(next(rest))
            self.rest.append(rest)
            if self.is_excluded(self.script):
                raise Excluded
        self.position += 1
        return self.script[self.position - 1]

    def index(self, n: int, hole: Space, weights: Sequence[float] | None = None) -> int:
        found: int = self._next(lambda: iter(range(n)))
        return found

    def real(self, low: float, high: float, hole: Space) -> float:
        found: float = self._next(lambda: map(hole.decision_at, range(int(hole.own_size()))))
        return found

    def advance(self) -> bool:
        """Move to the next script that is not excluded; False when there is none."""
        self.position, self.scope, self.owner = 0, {}, None
        while self.script:
            for decision in self.rest[-1]:
                self.script[-1] = decision
                if not self.is_excluded(self.script):
                    return True
            self.script.pop()
            self.rest.pop()
        return False


_NOTHING = object()
