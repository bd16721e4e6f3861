"""ASHA: successive halving that never waits for a rung to fill."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ..spaces import Space
from .random_search import RandomSearch
from .strategies import Proposal, Strategy, cannot_act
from .successive_halving import check_eta, check_fidelities, full_objectives, lesson
from .trials import Trial

#: The place of a result among others: violation, loss, number of the candidate.
Place = tuple[float, float, int]


class Rung:
    """The results at one fidelity, and which of the best one in eta have not gone on yet; each step O(log n).

    >>> rung = Rung(eta=2)
    >>> for candidate, loss in enumerate([4.0, 2.0, 3.0, 1.0]):
    ...     rung.add((0.0, loss, candidate))
    >>> [rung.pop(), rung.pop(), rung.pop()]
    [3, 1, None]
    """

    def __init__(self, eta: int) -> None:
        self.eta, self.count = eta, 0
        self.top: list[tuple[float, float, int]] = []  # the best one in eta, the worst of them first: negated places
        self.rest: list[Place] = []
        self.ready: list[Place] = []  # those of the top that have not gone on, and some that have left the top
        self.inside: set[int] = set()
        self.gone: set[int] = set()

    def add(self, place: Place) -> None:
        """Enter a result."""
        self.count += 1
        if self.top and place < _negated(self.top[0]):
            out = _negated(heapq.heapreplace(self.top, _negated(place)))
            self.inside.discard(out[2])
            self._entered(place)
            place = out
        heapq.heappush(self.rest, place)
        if len(self.top) < self.count // self.eta:
            best = heapq.heappop(self.rest)
            heapq.heappush(self.top, _negated(best))
            self._entered(best)

    def _entered(self, place: Place) -> None:
        self.inside.add(place[2])
        if place[2] not in self.gone:
            heapq.heappush(self.ready, place)

    def pop(self) -> int | None:
        """The best candidate that is among the best one in eta and has not gone on yet; it goes on now."""
        while self.ready:
            candidate = heapq.heappop(self.ready)[2]
            if candidate in self.inside and candidate not in self.gone:
                self.gone.add(candidate)
                return candidate
        return None

    def pop_any(self) -> int | None:
        """The best candidate whatever its share, where none has gone on yet."""
        places = [*map(_negated, self.top), *self.rest]
        if self.gone or not places:
            return None
        self.gone.add(candidate := min(places)[2])
        return candidate


def _negated(place: Place) -> Place:
    return -place[0], -place[1], -place[2]


@dataclass
class AsynchronousHalving(Strategy):
    """Promotes a candidate as soon as it is among the best one in eta of its rung; else begins with a new one.

    Candidates come from `inner`, which is told of every result at once, as `lesson` says. When `inner` has nothing more
    to propose and nothing is awaited, the best of the highest rung goes on up to the full fidelity. Raises `CannotAct`
    for several objectives, and where the problem has no fidelities.

    Source: L. Li, K. Jamieson, A. Rostamizadeh, E. Gonina, M. Hardt, B. Recht, A. Talwalkar (2020), A system for
    massively parallel hyperparameter tuning (ASHA), arXiv:1810.05934.

    >>> AsynchronousHalving(eta=1)
    Traceback (most recent call last):
    ...
    ValueError: AsynchronousHalving(eta=1): one in eta goes on, so it must be at least 2
    """

    inner: Strategy = field(default_factory=RandomSearch)
    eta: int = 3

    def __post_init__(self) -> None:
        check_eta(self, self.eta)

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        if len(objectives) > 1:
            raise cannot_act(self, f"it has {len(objectives)} objectives", "SuccessiveHalving or NSGA2")
        self.space = space
        self.fidelities = check_fidelities(self, objectives)
        self.inner.start(space, Random(rng.getrandbits(64)), full_objectives(objectives))
        self.rungs = [Rung(self.eta) for _ in self.fidelities]
        self.candidates: list[Any] = []  # their values, by number
        self.origins: dict[int, Any] = {}  # those that `inner` gave, until it is told
        self.awaited = 0

    def ask(self, n: int) -> Sequence[Proposal]:
        proposals: list[Proposal] = []
        while len(proposals) < n and (proposal := self._promoted() or self._fresh() or self._last()):
            self.awaited += 1
            proposals.append(proposal)
        return proposals

    def _promoted(self) -> Proposal | None:
        """A candidate that goes on, from the highest rung where there is one."""
        for rung in reversed(range(len(self.rungs) - 1)):
            if (candidate := self.rungs[rung].pop()) is not None:
                return self._proposal(candidate, rung + 1)
        return None

    def _fresh(self) -> Proposal | None:
        """A new candidate of `inner`, at the lowest rung."""
        for proposal in self.inner.ask(1):
            self.origins[len(self.candidates)] = proposal.origin
            self.candidates.append(proposal.value)
            return self._proposal(len(self.candidates) - 1, 0)
        return None

    def _last(self) -> Proposal | None:
        """When all else is over: the best of the highest rung, so that something reaches the full fidelity."""
        if self.awaited or self.rungs[-1].count:
            return None
        for rung in reversed(range(len(self.rungs) - 1)):
            if (candidate := self.rungs[rung].pop_any()) is not None:
                return self._proposal(candidate, rung + 1)
        return None

    def _proposal(self, candidate: int, rung: int) -> Proposal:
        return Proposal(self.candidates[candidate], {"candidate": candidate, "rung": rung}, self.fidelities[rung])

    def tell(self, trials: Sequence[Trial]) -> None:
        self.inner.tell([self._lesson(trial) for trial in trials])

    def _lesson(self, trial: Trial) -> Trial:
        """Enter a result into its rung; what `inner` is told of it."""
        if trial.foreign:
            return trial.retold(None, True)
        candidate, rung = trial.origin["candidate"], trial.origin["rung"]
        self.awaited -= 1
        if trial.state == "done":
            self.rungs[rung].add((trial.violation, trial.losses[0], candidate))
        return lesson(trial, self.origins.pop(candidate, None), rung == 0, self.fidelities)
