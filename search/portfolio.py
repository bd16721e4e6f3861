"""Portfolio: several strategies side by side, and a bandit that learns which of them to trust."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from ..spaces import Space
from .adaptive_pursuit import AdaptivePursuit
from .bandits import Bandit, Pull
from .inner import Inner
from .strategies import CannotAct, Proposal, Strategy, describe_strategy
from .trials import Trial, better


class Ranks:
    """Rewards a trial for its rank r among the last `window` successful ones: decay^r, so 1 for a new best.

    Only ranks count, so losses may have any scale; equal losses rank before the new one, so repetition earns little.
    """

    def __init__(self, window: int, decay: float) -> None:
        self.recent: deque[Trial] = deque(maxlen=window)
        self.decay = decay

    def loss(self, trial: Trial) -> float:
        """1 less the reward of a trial, which then is among the recent ones; 1 for one that failed."""
        if trial.state != "done":
            return 1.0
        rank = sum(not better(trial, other) for other in self.recent)
        self.recent.append(trial)
        return float(1.0 - self.decay**rank)


@dataclass
class Portfolio(Strategy):
    """Asks one of several strategies for each proposal, chosen by a bandit that is rewarded for improvements.

    The reward of a trial is `decay` to the power of its rank among the last `window` successful trials. With `share`
    every strategy is told the trials of the others as foreign ones. A strategy that has nothing to propose now is
    passed over; one that cannot act on the space is left out. The origin of a proposal is
    [strategy, probability, origin within it]. Raises `CannotAct` with every reason where none can act.

    >>> from inlay.search import HillClimb, Problem, RandomSearch, Study
    >>> from inlay.spaces import Integer
    >>> study = Study(Problem("far", Integer(0, 999), lambda x: abs(x - 7)), Portfolio([RandomSearch(), HillClimb()]),
    ...               seed=0)
    >>> study.run(trials=100, progress=False).best.loss
    0.0

    Source: Fialho, Da Costa, Schoenauer, Sebag, 2010, Analyzing bandit-based adaptive operator selection mechanisms,
    doi:10.1007/s10472-010-9213-y (rewards by decayed ranks in a sliding window).
    Differs: the arms are whole strategies.
    """

    strategies: Sequence[Strategy]
    bandit: Bandit = field(default_factory=AdaptivePursuit)
    share: bool = True
    window: int = 50
    decay: float = 0.7

    def __post_init__(self) -> None:
        if not self.strategies:
            raise ValueError("Portfolio([]): give at least one strategy")
        if self.window < 1 or not 0 < self.decay < 1:
            raise ValueError(
                f"Portfolio(window={self.window}, decay={self.decay}): the window must be at least 1 and the decay "
                "between 0 and 1"
            )

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space = space
        self.arms = self._started(space, rng, objectives)
        self.chooser = copy.deepcopy(self.bandit)
        self.chooser.start(len(self.arms), Random(rng.getrandbits(64)))
        self.ranks = Ranks(self.window, self.decay)
        self.pull = self.chooser.choose()

    def _started(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> list[Inner]:
        arms, reasons = [], []
        for strategy in self.strategies:
            own = Random(rng.getrandbits(64))  # drawn for those left out too, so that they change nobody's run
            try:
                arms.append(Inner(strategy, space, own, objectives))
            except CannotAct as refusal:
                reasons.append(f"{describe_strategy(strategy).partition('(')[0]}: {refusal}")
        if not arms:
            raise CannotAct(
                f"Portfolio cannot act on this space, because none of its strategies can: {'; '.join(reasons)}"
            )
        return arms

    def ask(self, n: int) -> Sequence[Proposal]:
        proposals: list[Proposal] = []
        while len(proposals) < n and (proposal := self._next()) is not None:
            proposals.append(proposal)
        return proposals

    def _next(self) -> Proposal | None:
        """A proposal of the chosen strategy, or of the next that has one.

        The choice is made when the last one was used, so that an ask that proposes nothing draws nothing.
        """
        for further in range(len(self.arms)):
            arm = (self.pull.arm + further) % len(self.arms)
            probability = 1.0 if further else float(self.pull.probability)
            if proposals := self.arms[arm].ask(1, arm, probability):
                self.pull = self.chooser.choose()
                return proposals[0]
        return None

    def tell(self, trials: Sequence[Trial]) -> None:
        mine = [trial for trial in trials if not trial.foreign]
        for i, arm in enumerate(self.arms):
            own = [trial for trial in mine if trial.origin[0] == i]
            told = trials if self.share else [t for t in trials if t.foreign or t.origin[0] == i]
            if told:
                arm.tell(own, told)
        for trial in trials if self.chooser.learns else ():
            loss = self.ranks.loss(trial)
            if not trial.foreign:
                self.chooser.learn(Pull(int(trial.origin[0]), float(trial.origin[1])), loss)
