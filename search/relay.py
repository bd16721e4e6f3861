"""Relay: strategies one after the other, each told what those before it have found."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from ..spaces import Space
from .inner import Inner, check_startable
from .strategies import Proposal, Strategy
from .trials import Trial, better, ranked


@dataclass(frozen=True)
class Leg:
    """A strategy and when it hands over: after `trials` results, or `patience` without improvement of the best.

    With neither it runs until it has nothing left to propose.
    """

    strategy: Strategy
    trials: int | None = None
    patience: int | None = None

    def __post_init__(self) -> None:
        for name in ("trials", "patience"):
            if (number := getattr(self, name)) is not None and number < 1:
                raise ValueError(f"Leg({name}={number}): it must be at least 1")

    def is_over(self, told: int, stale: int) -> bool:
        """Whether it is time to hand over."""
        return (self.trials is not None and told >= self.trials) or (
            self.patience is not None and stale >= self.patience
        )


class Baton:
    """What is handed over: the `best` best successful trials and the `latest` ones, in the order of their numbers."""

    def __init__(self, best: int, latest: int) -> None:
        self.most = best
        self.best: list[Trial] = []
        self.latest: deque[Trial] = deque(maxlen=latest)

    def take(self, trial: Trial) -> None:
        """Keep a trial while it is among the best or the latest."""
        if trial.state != "done":
            return
        self.latest.append(trial)
        self.best.append(trial)
        if len(self.best) >= 2 * self.most:
            self.best = ranked(self.best)[: self.most]

    def trials(self) -> list[Trial]:
        """All that is kept, each once."""
        kept = {trial.number: trial for trial in (*self.latest, *ranked(self.best)[: self.most])}
        return [kept[number] for number in sorted(kept)]


@dataclass
class Relay(Strategy):
    """Runs strategies one after the other; the last goes on to the end of the study.

    The next leg begins when one is over or has nothing left to propose, and is told the `best` best and the `latest`
    latest successful trials as foreign ones; results of former legs that arrive late are told to it too. The origin
    of a proposal is [leg, origin within it]. Raises `CannotAct` in `start` where any leg does.

    >>> from inlay.search import HillClimb, Problem, RandomSearch, Study
    >>> from inlay.spaces import Integer
    >>> relay = Relay([Leg(RandomSearch(), trials=20), Leg(HillClimb())])
    >>> study = Study(Problem("far", Integer(0, 999), lambda x: abs(x - 7)), relay, seed=0)
    >>> study.run(trials=100, progress=False).best.loss
    0.0
    """

    legs: Sequence[Leg]
    best: int = 50
    latest: int = 50

    def __post_init__(self) -> None:
        if not self.legs:
            raise ValueError("Relay([]): give at least one Leg(strategy, ...)")
        if self.best < 1 or self.latest < 0:
            raise ValueError(f"Relay(best={self.best}, latest={self.latest}): at least one trial must be handed over")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        check_startable([leg.strategy for leg in self.legs[1:]], space, objectives)
        self.space, self.given, self.rng, self.objectives = space, space, rng, objectives
        self.baton = Baton(self.best, self.latest)
        self.leader: Trial | None = None
        self._begin(0)

    def _begin(self, leg: int) -> None:
        self.leg = leg
        self.inner = Inner(self.legs[leg].strategy, self.given, self.rng, self.objectives)
        self.space = self.given
        self.told = self.stale = 0
        handed = self.baton.trials()
        if handed:
            self.inner.tell((), handed)

    def ask(self, n: int) -> Sequence[Proposal]:
        proposals = self.inner.ask(n, self.leg)
        while not proposals and n > 0 and not self.inner.awaited and self.leg + 1 < len(self.legs):
            self._begin(self.leg + 1)
            proposals = self.inner.ask(n, self.leg)
        return proposals

    def tell(self, trials: Sequence[Trial]) -> None:
        own = [trial for trial in trials if not trial.foreign and trial.origin[0] == self.leg]
        self.inner.tell(own, trials)
        self.space = self.inner.edited(self.space)
        for trial in trials:
            self.baton.take(trial)
            improves = trial.state == "done" and (self.leader is None or better(trial, self.leader))
            self.leader = trial if improves else self.leader
            self.stale = 0 if improves else self.stale + 1
        self.told += len(own)
        if self.leg + 1 < len(self.legs) and self.legs[self.leg].is_over(self.told, self.stale):
            self._begin(self.leg + 1)
