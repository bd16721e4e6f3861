"""Nested search: an objective that is itself a search, with a budget of its own."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..spaces import digest, symbolize, write_json
from .problem import Problem
from .strategies import Strategy
from .study import NoSuccess, Study
from .trials import Outcome


@dataclass(frozen=True)
class Nested:
    """An objective: the best that a strategy finds, within `trials`, in the problem that a candidate poses.

    `pose` makes the inner `Problem` of a built candidate; `cost` bounds the inner search too where it is given. The
    outcome holds the objectives of the best inner trial, as the inner problem names them, its violations, the cost that
    all inner trials spent, and as feedback the best inner program as JSON data and the number of trials. Where no inner
    trial succeeds the outcome is a failure. The inner seed follows from `seed` and the digest of the candidate, so that
    equal candidates have equal outcomes.

    >>> from inlay.search import Exhaustive, minimize
    >>> from inlay.spaces import Integer
    >>> def pose(width):
    ...     return Problem("inner", Integer(0, width), lambda x: (x - 3) ** 2 + width)
    >>> study = minimize(Nested(pose, Exhaustive(), trials=20), Integer(1, 9), trials=9, strategy=Exhaustive(), seed=0)
    >>> study.best.program, study.best.loss, study.best.feedback
    (2, 3.0, {'program': 2, 'trials': 3})
    """

    pose: Callable[[Any], Problem]
    strategy: Strategy
    trials: int
    cost: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise ValueError(f"Nested(trials={self.trials}): an inner search needs at least one trial")
        if self.cost is not None and not self.cost > 0:
            raise ValueError(f"Nested(cost={self.cost}): an inner search needs a positive budget")

    def __call__(self, value: Any) -> Outcome:
        problem = self.pose(value)
        if len(problem.objectives) > 1:
            raise ValueError(f"the inner problem {problem.name!r} has several objectives: there is no single best")
        study = Study(problem, self.strategy, seed=self._inner_seed(value))
        study.run(trials=self.trials, cost=self.cost, progress=False)
        spent = sum(trial.cost for trial in study.trials if trial.reused is None)
        try:
            best = study.best
        except NoSuccess as failure:
            return Outcome(error=str(failure), cost=spent)
        found = {"program": write_json(best.program), "trials": len(study.trials)}
        return Outcome(best.objectives, best.violations, spent, found)

    def _inner_seed(self, value: Any) -> int:
        return random.Random(f"{self.seed} {digest(symbolize(value))}").getrandbits(31)
