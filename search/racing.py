"""Racing: candidates of a noisy problem are evaluated again and again, and leave as soon as they are proved worse."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from ..spaces import Space
from .objectives import Objectives
from .random_search import RandomSearch
from .rejection import PairedTTest, Reject
from .strategies import Proposal, Strategy, as_objectives, cannot_act
from .trials import Trial


@dataclass(eq=False)
class Runner:
    """A candidate in a race, with the origin that the inner strategy gave it and its trials in this race."""

    value: Any
    origin: Any
    answered: bool = False
    trials: list[Trial] = field(default_factory=list)

    @property
    def healthy(self) -> bool:
        """Whether its last trial succeeded, with a finite loss."""
        return self.trials[-1].state == "done" and math.isfinite(self.trials[-1].losses[0])

    @property
    def violation(self) -> float:
        """The greatest violation of its trials."""
        return max(trial.violation for trial in self.trials)

    @property
    def mean(self) -> float:
        """The mean of its losses."""
        return sum(trial.losses[0] for trial in self.trials) / len(self.trials)

    def answer(self) -> Trial:
        """What the inner strategy is told: the trial that failed or violates most, with the mean loss."""
        self.answered = True
        worst = max(self.trials, key=lambda trial: trial.violation)
        told = worst.retold(self.origin)
        if told.state == "done":
            told.losses = (self.mean,)
        return told


@dataclass
class Racing(Strategy):
    """Races `candidates` of `inner` in rounds, each of one evaluation of every candidate left, until one is left.

    After every round from `first` on, `reject` says who is proved worse; a candidate that fails, or that violates a
    constraint where another one does not, leaves at once. A race ends after `rounds` rounds at the latest; the one
    with the least mean is its winner and enters the next race beside new candidates. `inner` is told of a candidate
    when it leaves: the mean of its losses. Where `inner` has no more to propose, a race makes do with fewer; when
    none is new, the strategy has nothing more to propose.

    Raises `CannotAct` for a problem that is not noisy, and for several objectives.

    Source: O. Maron, A. W. Moore (1994), Hoeffding races, NIPS 6; M. Birattari, T. Stuetzle, L. Paquete, K.
    Varrentrapp (2002), A racing algorithm for configuring metaheuristics (F-Race), GECCO.
    Differs: the tests are `reject`; the winner stays (as in iterated racing), with no memory of earlier races.

    >>> Racing(candidates=1)
    Traceback (most recent call last):
    ...
    ValueError: Racing(candidates=1, first=3, rounds=30): a race needs two candidates, and 1 <= first <= rounds
    """

    inner: Strategy = field(default_factory=RandomSearch)
    candidates: int = 10
    reject: Reject = field(default_factory=PairedTTest)
    first: int = 3
    rounds: int = 30

    def __post_init__(self) -> None:
        if self.candidates < 2 or not 1 <= self.first <= self.rounds:
            raise ValueError(
                f"Racing(candidates={self.candidates}, first={self.first}, rounds={self.rounds}): "
                "a race needs two candidates, and 1 <= first <= rounds"
            )

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        known = as_objectives(objectives)
        if len(known) > 1:
            raise cannot_act(self, f"it has {len(known)} objectives, and a race compares means of one", "NSGA2")
        if not known.noisy:
            raise cannot_act(
                self, "its problem is not declared noisy, so repeating an evaluation tells nothing", "RandomSearch"
            )
        self.space = space
        self.inner.start(space, Random(rng.getrandbits(64)), Objectives(known))
        self.race = -1
        self._next_race([])

    def _next_race(self, winner: list[Runner]) -> None:
        """Begin a race; the winner of the last one joins after the new candidates, so that it never races alone."""
        self.race += 1
        self.round = 0
        self.runners: list[Runner] = []
        self.waiting = [Runner(runner.value, None, answered=True) for runner in winner]
        self._next_round()

    def _next_round(self) -> None:
        self.asked, self.results = 0, 0

    def ask(self, n: int) -> Sequence[Proposal]:
        if n > 0 and self.round == 0:
            self._join(n)
        asked = range(self.asked, min(self.asked + n, len(self.runners)))
        self.asked += len(asked)
        return [self._proposal(place) for place in asked]

    def _join(self, n: int) -> None:
        """Let new candidates join, as many as are wanted now; after them the winner of the last race."""
        wanted = min(n, self._room())
        drawn = self.inner.ask(wanted) if wanted > 0 else ()
        self.runners += [Runner(proposal.value, proposal.origin) for proposal in drawn]
        ended = wanted > 0 and not drawn and len(self.runners) == self.results > 0
        if self._room() == 0 or (ended and self.waiting):
            self.runners += self.waiting
            self.waiting = []
        elif ended:
            self._close_round()
            if self.round == 0:  # `inner` may propose again now that it was told
                self._join(n)

    def _room(self) -> int:
        """How many new candidates the race still takes."""
        return self.candidates - len(self.waiting) - len(self.runners)

    def _proposal(self, place: int) -> Proposal:
        origin = {"race": self.race, "round": self.round, "runner": place}
        return Proposal(self.runners[place].value, origin)

    def tell(self, trials: Sequence[Trial]) -> None:
        self.inner.tell([trial.retold(None, True) for trial in trials if trial.foreign])
        for trial in trials:
            if not trial.foreign:
                self.runners[trial.origin["runner"]].trials.append(trial)
                self.results += 1
        if self.results == len(self.runners) > 0 and (self.round > 0 or self._room() == 0 == len(self.waiting)):
            self._close_round()

    def _close_round(self) -> None:
        """Let those leave who cannot win any more; then another round, or another race."""
        left = self._left()
        self.round += 1
        if len(left) > 1 and self.round < self.rounds:
            self._answer([runner for runner in self.runners if runner not in left])
            self.runners = left
            self._next_round()
        else:
            self._answer(self.runners)
            self._next_race(sorted(left, key=lambda runner: runner.mean)[:1])

    def _left(self) -> list[Runner]:
        """Who may still win, in order."""
        healthy = [runner for runner in self.runners if runner.healthy]
        least = min((runner.violation for runner in healthy), default=0.0)
        left = [runner for runner in healthy if runner.violation == least]
        if len(left) < 2 or self.round + 1 < self.first:
            return left
        worse = self.reject(np.array([[trial.losses[0] for trial in runner.trials] for runner in left]).T)
        return [runner for runner, proved in zip(left, worse.tolist(), strict=True) if not proved]

    def _answer(self, leaving: Sequence[Runner]) -> None:
        """Tell `inner` of those it has not been told of."""
        self.inner.tell([runner.answer() for runner in leaving if not runner.answered])
