"""A bandit whose arms are the members of a small space, also one that answers what the world gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any

from ..spaces import Integer, Program, Space, SpaceError
from .bandits import Bandit, LossScale, Pull
from .strategies import Proposal, Strategy, cannot_act
from .trials import Trial
from .ucb import UCB1

#: What a learner may know of an instance: a function of it, or a table with a row for each.
Features = Callable[[int], Sequence[float]] | Mapping[int, Sequence[float]] | Sequence[Sequence[float]]


@dataclass
class BanditSearch(Strategy):
    """Pulls the arms of a bandit, which are the members of a finite space.

    With `given`, the path of an `Integer` hole, the world fills that hole round by round, ascending and then from the
    start again; the arms are the fillings of the other holes, and `features` tells the bandit what is known about the
    round's instance. The bandit learns from the strategy's own trials. A trial that violates a constraint by v costs
    the highest loss so far plus 1 + v / (1 + v) ranges of the losses, one that failed two ranges.

    Raises `CannotAct` for several objectives, for a space of more than `most` arms, and where `given` is no free
    `Integer` hole.

    >>> from inlay.search import Problem, Study
    >>> study = Study(Problem("parity", Integer(1, 4), lambda x: x % 2, noisy=True), BanditSearch(), seed=0)
    >>> pulls = [trial.program % 2 for trial in study.run(trials=200, progress=False).trials]
    >>> sum(pulls) < 30
    True
    """

    bandit: Bandit = field(default_factory=UCB1)
    given: str = ""
    features: Features | None = None
    most: int = 1000

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ValueError(f"BanditSearch(most={self.most}): a bandit needs an arm")
        if self.features is not None and not self.given:
            raise ValueError("BanditSearch(features=...) tells about the instances of a hole: give its path, given=...")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        if len(objectives) > 1:
            raise cannot_act(self, f"it has {len(objectives)} objectives, and a pull has one loss", "NSGA2")
        self.space = space
        self.instances = self._instances() if self.given else range(0)
        self.arms = self._listed(space.fill({self.given: self.instances[0]}) if self.given else space)
        self.rounds = 0
        self.losses = LossScale()
        self.bandit.start(len(self.arms), rng)

    def _instances(self) -> range:
        """The values of the hole that the world fills."""
        hole = self.space[self.given] if isinstance(self.space, Program) else None
        if self.space.entangled or not isinstance(hole, Integer):
            raise cannot_act(self, f"it has no Integer hole {self.given!r} that leaves all others as they are", "UCT")
        return range(hole.low, hole.high + 1, hole.step)

    def _listed(self, space: Space) -> list[Any]:
        """The members of a space; refuses one of too many."""
        if (arms := self._few(space)) is None:
            raise cannot_act(self, f"it has more than the {self.most} members that may be arms", "RandomSearch or UCT")
        if not arms:
            raise cannot_act(self, "it has no member")
        return arms

    def _few(self, space: Space) -> list[Any] | None:
        """The members of a space, or None where there are too many to list or to count."""
        try:
            if not space.finite or space.size() > self.most:
                return None
        except SpaceError:
            return None
        return list(islice(space.enumerate(), self.most))

    def ask(self, n: int) -> Sequence[Proposal]:
        return [self._pulled() for _ in range(n)]

    def _pulled(self) -> Proposal:
        instance = self.instances[self.rounds % len(self.instances)] if self.given else 0
        self.rounds += 1
        pull = self.bandit.choose(self._context(instance))
        arm = self.arms[pull.arm]
        value = arm.replace({self.given: instance}) if self.given else arm
        return Proposal(value, {"arm": pull.arm, "probability": pull.probability})

    def _context(self, instance: int) -> Sequence[float]:
        if self.features is None:
            return ()
        return self.features(instance) if callable(self.features) else self.features[instance]

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            if not trial.foreign:
                instance = trial.program[self.given] if self.given else 0
                pull = Pull(trial.origin["arm"], trial.origin["probability"])
                self.bandit.learn(pull, self._loss(trial), self._context(instance))

    def _loss(self, trial: Trial) -> float:
        """What a trial costs the bandit."""
        if trial.state == "done" and trial.violation == 0:
            return self.losses.learn(trial.losses[0])
        worst, width = (self.losses.high, self.losses.width or 1.0) if self.losses.high > float("-inf") else (0.0, 1.0)
        violation = trial.violation  # infinite for one that failed
        return worst + width * (2.0 if violation == float("inf") else 1.0 + violation / (1.0 + violation))
