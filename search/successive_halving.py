"""Successive halving: many candidates at a low fidelity, the best of them at higher ones."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ..spaces import Space
from .objectives import Objectives
from .random_search import RandomSearch
from .strategies import Proposal, Strategy, as_objectives, cannot_act
from .trials import Trial, ranked

#: The rung (number of a fidelity) at which a bracket begins, and how many candidates it compares at each from there on.
Plan = tuple[int, Sequence[int]]


def halving_plan(rungs: int, eta: int, bracket: int) -> Plan:
    """From the lowest rung on, eta^(rungs - 1) candidates, of which each rung keeps one in eta.

    >>> halving_plan(3, eta=3, bracket=0)
    (0, (9, 3, 1))
    """
    return 0, tuple(eta**i for i in reversed(range(rungs)))


@dataclass
class Halving(Strategy):
    """Runs brackets: candidates of `inner` at a low fidelity, the best of each rung at the next; then a new bracket.

    `plan` says for the number of fidelities, eta and the number of a bracket where it begins and how many candidates it
    compares at each rung. A rung is awaited whole, so the trials do not depend on how many workers evaluate them. Where
    `inner` has nothing to propose although nothing is awaited, a rung makes do with fewer.

    `inner` is told of results whenever none is awaited, as `lesson` says. Raises `CannotAct` where the problem has no
    fidelities.
    """

    plan: Callable[[int, int, int], Plan] = halving_plan
    inner: Strategy = field(default_factory=RandomSearch)
    eta: int = 3

    def __post_init__(self) -> None:
        check_eta(self, self.eta)

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space = space
        self.fidelities = check_fidelities(self, objectives)
        self.inner.start(space, Random(rng.getrandbits(64)), full_objectives(objectives))
        self.bracket = -1
        self._next_bracket()

    def _next_bracket(self) -> None:
        self.bracket += 1
        self.rung, self.sizes = self.plan(len(self.fidelities), self.eta, self.bracket)
        self.lowest = self.rung
        self._open_rung([])

    def _open_rung(self, candidates: list[tuple[Any, Any]]) -> None:
        """Begin a rung with candidates, each with the origin that `inner` gave it."""
        self.candidates, self.asked, self.taught = candidates, 0, 0
        self.results: dict[int, Trial] = {}

    def ask(self, n: int) -> Sequence[Proposal]:
        if n > 0 and self.rung == self.lowest:
            self._draw(n)
        asked = range(self.asked, min(self.asked + n, len(self.candidates)))
        self.asked += len(asked)
        return [self._proposal(place) for place in asked]

    def _draw(self, n: int) -> None:
        """Let `inner` propose as many candidates as are wanted now and fit into the lowest rung."""
        wanted = min(n, self.sizes[0] - len(self.candidates))
        drawn = self.inner.ask(wanted) if wanted > 0 else ()
        self.candidates += [(proposal.value, proposal.origin) for proposal in drawn]
        if wanted > 0 and not drawn and len(self.results) == len(self.candidates) and (best := self._best()):
            self._rise(best)

    def _proposal(self, place: int) -> Proposal:
        origin = {"bracket": self.bracket, "rung": self.rung, "candidate": place}
        return Proposal(self.candidates[place][0], origin, self.fidelities[self.rung])

    def tell(self, trials: Sequence[Trial]) -> None:
        self.inner.tell([trial.retold(None, True) for trial in trials if trial.foreign])
        for trial in trials:
            if not trial.foreign:
                self.results[trial.origin["candidate"]] = trial
        if self.results and len(self.results) == len(self.candidates):
            self._teach()
            if self.rung != self.lowest or len(self.candidates) == self.sizes[0]:
                self._rise(self._best())

    def _teach(self) -> None:
        """Tell `inner` of the results of which it does not know yet, now that none is awaited."""
        own = self.rung == self.lowest
        fresh = range(self.taught, len(self.candidates))
        self.taught = len(self.candidates)
        self.inner.tell([lesson(self.results[i], self.candidates[i][1], own, self.fidelities) for i in fresh])

    def _best(self) -> list[Trial]:
        """The best results of a rung, as many as go on: one in eta, at least one; none after the last rung."""
        place = self.rung - self.lowest + 1
        if place == len(self.sizes):
            return []
        results = [self.results[place] for place in range(len(self.candidates))]
        kept = min(self.sizes[place], max(1, len(results) // self.eta))
        return [trial for trial in ranked(results) if trial.state == "done"][:kept]

    def _rise(self, best: Sequence[Trial]) -> None:
        """Go on with the best at the next rung; with a new bracket where there are none."""
        if best:
            self.rung += 1
            self._open_rung([self.candidates[trial.origin["candidate"]] for trial in best])
        else:
            self._next_bracket()


def SuccessiveHalving(inner: Strategy | None = None, eta: int = 3) -> Halving:  # noqa: N802
    """Brackets of eta^(r - 1) candidates at the lowest of r fidelities; the best of every eta go on to the next one.

    With an `inner` that learns it learns from the rungs; else candidates are drawn at random.
    Source: K. Jamieson, A. Talwalkar (2016), Non-stochastic best arm identification and hyperparameter optimization,
    arXiv:1502.07943.
    Differs: when a bracket has its winner, another one begins.

    >>> SuccessiveHalving(eta=4).eta
    4
    """
    return Halving(halving_plan, RandomSearch() if inner is None else inner, eta)


def lesson(trial: Trial, origin: Any, own: bool, fidelities: Sequence[float]) -> Trial:
    """A result as a strategy inside a multi-fidelity one is told it.

    Its first result answers the proposal that the inner strategy made, those at higher fidelities are told as foreign.
    One below full fidelity has another violation, the share of the rungs that it lacks: so the inner strategy compares
    candidates by the fidelity they have reached first and by their losses second, and never mistakes a cheap estimate
    for a result.
    """
    told = trial.retold(origin if own else None, not own)
    rung = fidelities.index(trial.fidelity) if trial.fidelity in fidelities else len(fidelities) - 1
    if told.state == "done" and rung < len(fidelities) - 1:
        told.violations = (*trial.violations, 1.0 - (rung + 1) / len(fidelities))
    return told


def check_eta(strategy: Any, eta: int) -> None:
    """Raise `ValueError` for an eta below 2."""
    if eta < 2:
        raise ValueError(f"{type(strategy).__name__}(eta={eta}): one in eta goes on, so it must be at least 2")


def check_fidelities(strategy: Any, objectives: Mapping[str, str]) -> Sequence[float]:
    """The fidelities of a problem; raises `CannotAct` where it has fewer than two."""
    fidelities = as_objectives(objectives).fidelities
    if len(fidelities) < 2:
        raise cannot_act(
            strategy,
            "its problem offers no cheaper evaluations: give it at least two fidelities",
            "RegularizedEvolution or RandomSearch",
        )
    return fidelities


def full_objectives(objectives: Mapping[str, str]) -> Objectives:
    """The objectives as an inner strategy sees them, which leaves the fidelities to the outer one."""
    known = copy.copy(as_objectives(objectives))
    known.fidelities = ()
    return known
