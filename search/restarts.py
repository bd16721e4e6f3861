"""Restarts: the same strategy again, from the beginning, when it has stalled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from ..spaces import Space
from .inner import Inner
from .strategies import Proposal, Strategy
from .trials import Trial, better


@dataclass
class Restarts(Strategy):
    """Runs a strategy, and begins a fresh run of it after `patience` trials without improvement of the run's best.

    A strategy that has nothing left to propose begins afresh too. Results of former runs that arrive late are told as
    foreign trials. With `hand_over` a new run is told the best trial of all. The origin of a proposal is
    [run, origin within it].

    >>> from inlay.search import HillClimb, Problem, Study
    >>> from inlay.spaces import Integer
    >>> study = Study(Problem("far", Integer(0, 999), lambda x: abs(x - 7)), Restarts(HillClimb(), patience=20), seed=0)
    >>> study.run(trials=300, progress=False).best.loss
    0.0

    Source: Luby, Sinclair, Zuckerman, 1993, Optimal speedup of Las Vegas algorithms, doi:10.1016/0020-0190(93)90029-9.
    Differs: a run ends when it stalls, not after a number of trials fixed beforehand.
    """

    strategy: Strategy
    patience: int = 100
    hand_over: bool = False

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise ValueError(f"Restarts(patience={self.patience}): it must be at least 1")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space, self.given, self.rng, self.objectives = space, space, rng, objectives
        self.run = -1
        self.best: Trial | None = None
        self._begin()

    def _begin(self) -> None:
        self.run += 1
        self.inner = Inner(self.strategy, self.given, self.rng, self.objectives)
        self.space = self.given
        self.best_of_run: Trial | None = None
        self.stale = 0
        if self.hand_over and self.best is not None:
            self.inner.tell((), (self.best,))

    def ask(self, n: int) -> Sequence[Proposal]:
        proposals = self.inner.ask(n, self.run)
        if proposals or n < 1 or self.inner.awaited:
            return proposals
        self._begin()
        return self.inner.ask(n, self.run)

    def tell(self, trials: Sequence[Trial]) -> None:
        own = [trial for trial in trials if not trial.foreign and trial.origin[0] == self.run]
        self.inner.tell(own, trials)
        self.space = self.inner.edited(self.space)
        for trial in trials:
            if self.best is None or better(trial, self.best):
                self.best = trial
        for trial in own:
            self._count(trial)
        if self.stale >= self.patience:
            self._begin()

    def _count(self, trial: Trial) -> None:
        self.stale += 1
        if trial.state == "done" and (self.best_of_run is None or better(trial, self.best_of_run)):
            self.best_of_run, self.stale = trial, 0
