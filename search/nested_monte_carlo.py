"""Nested Monte Carlo search: every decision is taken by searches of the level below."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from ..spaces import Space, Unsatisfied
from .grades import Grades
from .partial_programs import Completion, Prefix, answers, check_partial, decided_by, next_question
from .rollouts import RandomRollout, Rollout
from .strategies import Proposal, Strategy
from .trials import Trial, better

#: How many playouts in a row may be refused by constraints before any member is proposed.
_REFUSALS = 100


class Playout(NamedTuple):
    """A told trial and what it decided."""

    trial: Trial
    decisions: Prefix


#: Asks for playouts that begin with these prefixes, is given their results (None where a constraint refused all), and
#: ends with the best sequence.
Nested = Generator[list[Prefix], list[Playout | None], Playout | None]

#: The same, and ends with all results.
Tried = Generator[list[Prefix], list[Playout | None], list[Playout | None]]


@dataclass
class NestedMonteCarlo(Strategy):
    """Walks down the tree of decisions: tries each answer by a search one level below (at level 1 by `playouts`
    rollouts), and takes the one that the best sequence found so far has here. Then it begins again.

    Of a question with more than `branching` answers, so many are drawn. At level 1 the playouts of one step may be
    evaluated at the same time. Raises `CannotAct` for several objectives.

    >>> from inlay.spaces import Choice, space
    >>> from inlay.search import minimize
    >>> bits = space([Choice(0, 1)] * 6)
    >>> minimize(sum, bits, strategy=NestedMonteCarlo(), trials=60, seed=1).best.loss
    0.0

    Source: Cazenave, 2009, Nested Monte-Carlo Search, IJCAI.
    """

    level: int = 1
    playouts: int = 1
    branching: int = 16
    rollout: Rollout = field(default_factory=RandomRollout)

    def __post_init__(self) -> None:
        if min(self.level, self.playouts, self.branching) < 1:
            raise ValueError(
                f"NestedMonteCarlo(level={self.level}, playouts={self.playouts}, branching={self.branching}): "
                "each must be at least 1; level 0 would be RandomSearch"
            )

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        check_partial(self, space, objectives)
        self.space, self.rng, self.grades = space, rng, Grades()
        self.rollout.start(rng, self.grades)
        self.flying: dict[int, tuple[int, Completion]] = {}
        self.asked = self.refused = 0
        self.search: Nested = self.nested((), self.level)
        self._await(next(self.search))

    # -- the search as it is written down ----------------------------------------------------------------------------

    def nested(self, prefix: Prefix, level: int) -> Nested:
        """The best sequence found by walking down from a prefix."""
        best: Playout | None = None
        while True:
            steps = self._steps(prefix)
            if not steps:
                break
            results = yield from self._tried(steps, level)
            for playout in results:
                if playout is not None and playout.trial.state == "done":
                    best = playout if best is None or better(playout.trial, best.trial) else best
            prefix = steps[int(self.rng.random() * len(steps))] if best is None else best.decisions[: len(prefix) + 1]
        if best is None:
            results = yield [prefix]
            best = results[0]
        return best

    def _tried(self, steps: list[Prefix], level: int) -> Tried:
        """What the level below makes of each step."""
        if level == 1:
            return (yield [step for step in steps for _ in range(self.playouts)])
        results = []
        for step in steps:
            results.append((yield from self.nested(step, level - 1)))
        return results

    def _steps(self, prefix: Prefix) -> list[Prefix]:
        """The prefixes one decision longer; none where this one is a member, or refused by a constraint."""
        try:
            following = next_question(self.space, prefix)
        except Unsatisfied:
            return []
        if following is None:
            return []
        return [(*prefix, decision) for decision in answers(following, self.branching, self.rollout, self.rng)[0]]

    # -- the same, asked and told ------------------------------------------------------------------------------------

    def ask(self, n: int) -> Sequence[Proposal]:
        proposals: list[Proposal] = []
        while len(proposals) < n:
            if self.wanted:
                proposals += self._playout(*self.wanted.popleft())
            elif self.awaited:
                break
            else:
                self._advance()
        return proposals

    def _playout(self, place: int, prefix: Prefix) -> list[Proposal]:
        """A member that begins with a prefix; none where a constraint refuses it."""
        completion = Completion(prefix, self.rollout)
        try:
            value = self.space.decide(completion)
        except Unsatisfied:
            self.awaited -= 1
            self.refused += 1
            if self.refused < _REFUSALS:
                return []
            value = self.space.sample(self.rng)
            place = -1
        self.refused = 0
        self.flying[self.asked] = place, completion
        self.asked += 1
        return [Proposal(value, origin=self.asked - 1)]

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self.grades.learn(trial)
            flown = None if trial.foreign else self.flying.pop(trial.origin, None)
            if flown is not None:
                place, completion = flown
                if place >= 0:
                    self.results[place] = Playout(trial, completion.decisions())
                    self.awaited -= 1
            if self.rollout.learns and not (flown is not None and flown[0] < 0):
                decided = decided_by(self.space, trial.program) if flown is None else flown[1].decided
                self.rollout.learn(decided, trial)

    def _advance(self) -> None:
        """Hand the results to the search, and take what it wants next; it begins again where it has ended."""
        try:
            self._await(self.search.send(self.results))
        except StopIteration:
            self.search = self.nested((), self.level)
            self._await(next(self.search))

    def _await(self, prefixes: list[Prefix]) -> None:
        self.wanted = deque(enumerate(prefixes))
        self.results: list[Playout | None] = [None] * len(prefixes)
        self.awaited = len(prefixes)
