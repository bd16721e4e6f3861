"""Adaptive operator choice: a bandit learns which variation improves on the parents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ..spaces import Space
from .bandits import Bandit, Pull
from .grades import Grades
from .objectives import Objectives
from .strategies import check_parts
from .trials import Trial, best_of, better
from .variation import Noted, Pick


@dataclass
class OperatorChoice:
    """Varies by one of several operators, which a bandit chooses; the reward is the improvement over the parent.

    With one objective the improvement is the difference of the grades of the best parent and the child, at least 0;
    with several it is 1 for a child that beats that parent. A failed child, and one that equals another candidate,
    improve nothing. The pull and the parent's outcome travel in the proposal's origin.

    Source: Fialho, Da Costa, Schoenauer, Sebag, 2010, Analyzing Bandit-based Adaptive Operator Selection Mechanisms,
    doi:10.1007/s10472-010-9213-y.

    >>> from inlay.search.ucb import UCB1
    >>> from inlay.search.variation import Mutate
    >>> from inlay.spaces import Mask
    >>> choice, parent = OperatorChoice([Mutate(), Mutate(3)], UCB1()), Trial(0, Mask(9).simplest())
    >>> choice.start(Random(0))
    >>> parent.state, parent.losses = "done", (2.0,)
    >>> choice(Mask(9), lambda: parent, Random(0)).note
    {'pull': [0, 1.0], 'losses': [2.0], 'violation': 0.0}
    """

    operators: Sequence[Callable[[Space, Pick, Random], Any]]
    bandit: Bandit

    def __post_init__(self) -> None:
        if not self.operators:
            raise ValueError("OperatorChoice: give at least one operator, such as Mutate()")

    def check(self, space: Space, objectives: Objectives) -> None:
        check_parts(self, space, objectives)

    def start(self, rng: Random) -> None:
        """Begin a run with nothing learned."""
        self.grades = Grades()
        self.bandit.start(len(self.operators), rng)

    def __call__(self, space: Space, pick: Pick, rng: Random) -> Noted:
        parents: list[Trial] = []

        def noting() -> Trial:
            parents.append(pick())
            return parents[-1]

        pull = self.bandit.choose()
        child = self.operators[pull.arm](space, noting, rng)
        best = best_of(parents)
        return Noted(child, {"pull": [pull.arm, pull.probability], "losses": list(best.losses),
                             "violation": best.violation})  # fmt: skip

    def learn(self, note: Mapping[str, Any], trial: Trial | None) -> None:
        """What became of a noted child; None for one that was not evaluated because it equals another candidate."""
        arm, probability = note["pull"]
        gain = 0.0 if trial is None else self._improvement(note, trial)
        self.bandit.learn(Pull(int(arm), probability), -gain)

    def _improvement(self, note: Mapping[str, Any], trial: Trial) -> float:
        parent = Trial(-1, None)
        parent.state, parent.losses, parent.violations = "done", tuple(note["losses"]), (note["violation"],)
        for one in (parent, trial):
            self.grades.learn(one)
        if not better(trial, parent):
            return 0.0
        return self.grades.grade(parent) - self.grades.grade(trial) if len(parent.losses) == 1 else 1.0
