"""The frontier of a search through partial programs: which are open, and what their completions have shown."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean
from typing import Any

from ..spaces import Space, Unsatisfied
from .grades import Grades
from .partial_programs import Completion, Open, Prefix, answers, decided_by, next_question
from .rollouts import Rollout
from .strategies import Proposal
from .tree import key_of
from .trials import Trial

#: After so many rounds without a proposal a search ends.
_IDLE_ROUNDS = 8

#: What orders partial programs, the least first.
Place = tuple[float, ...]

#: How a partial program is placed by the trials that complete it: `best_completion` or `mean_completion`.
Score = Callable[[Sequence[Trial]], Place]


def best_completion(trials: Sequence[Trial]) -> Place:
    """By its best completion: fewer violations first, then the loss; failed ones last."""
    return min(((float(t.state != "done"), t.violation, *t.losses[:1]) for t in trials), default=(1.0, math.inf))


def mean_completion(trials: Sequence[Trial]) -> Place:
    """By the mean of its completions: the share of failures first, then the mean violation, then the mean loss."""
    done = [trial for trial in trials if trial.state == "done"]
    if not done:
        return 1.0, math.inf
    return 1 - len(done) / len(trials), fmean(t.violation for t in done), fmean(t.losses[0] for t in done)


@dataclass(frozen=True)
class Bound:
    """Places a partial program by a function of the smaller space that it is, and needs no completions.

    Where `function(space)` is a lower bound on the loss of every completion, best-first search with it is exact.
    """

    function: Callable[[Any], float]

    def __call__(self, trials: Sequence[Trial]) -> Place:
        return best_completion(trials)

    def place(self, space: Space, prefix: Prefix) -> Place:
        """The place of a partial program by its bound."""
        return 0.0, 0.0, float(self.function(space.after(prefix)))


class Partial:
    """A partial program: its decisions, what comes next (None for a whole member), and its completions so far."""

    __slots__ = ("awaited", "next", "place", "prefix", "samples")

    def __init__(self, prefix: Prefix, next_: Open | None) -> None:
        self.prefix, self.next = prefix, next_
        self.samples: list[tuple[Trial, Prefix]] = []
        self.awaited = 0
        self.place: Place = ()


class Frontier:
    """Expands partial programs and has their children completed.

    Completions of a parent that pass through a child count for the child, too, and members whose outcome is known are
    not proposed again. `cut` says whether any question had more answers than `branching`.
    """

    def __init__(
        self, space: Space, rng: Random, rollout: Rollout, score: Score, completions: int, *, noisy: bool
    ) -> None:
        self.space, self.rng, self.rollout, self.score, self.noisy = space, rng, rollout, score, noisy
        self.completions, self.cut = completions, False
        self.proposed, self.idle = False, 0
        self.queue: deque[Partial] = deque()
        self.flying: dict[int, tuple[Partial, Completion]] = {}
        self.known: dict[Any, Trial] = {}
        self.asked = 0
        rollout.start(rng, Grades())

    def root(self) -> Partial:
        """The partial program in which everything is open; raises `Unsatisfied` for an empty space."""
        return Partial((), next_question(self.space, ()))

    def expand(self, parent: Partial, branching: int) -> list[Partial]:
        """The children of a partial program, those that need completions queued."""
        if parent.next is None:
            return [self._queued(parent)]
        found, whole = answers(parent.next, branching, self.rollout, self.rng)
        self.cut = self.cut or not whole
        inherited = [decisions[len(parent.prefix)] for _, decisions in parent.samples]
        if not whole:
            found = list({key_of(d): d for d in (*inherited, *found)}.values())
        children = []
        for decision in found:
            try:
                child = Partial((*parent.prefix, decision), next_question(self.space, (*parent.prefix, decision)))
            except Unsatisfied:
                continue
            key = key_of(decision)
            child.samples = [s for s, own in zip(parent.samples, inherited, strict=True) if key_of(own) == key]
            children.append(self._queued(child))
        return children

    def _queued(self, child: Partial) -> Partial:
        wanted = self.completions if child.next is not None else 1
        if child.next is not None and isinstance(self.score, Bound):
            child.place, wanted = self.score.place(self.space, child.prefix), 0
        child.awaited = max(0, wanted - len(child.samples))
        self.queue.extend([child] * child.awaited)
        self._settle(child)
        return child

    def _settle(self, child: Partial) -> None:
        if not child.awaited and not child.place:
            child.place = self.score([trial for trial, _ in child.samples])

    def propose(self) -> tuple[Proposal | None, Partial]:
        """The next completion that is wanted, or None where its outcome is known; and whose it is."""
        child = self.queue.popleft()
        completion = Completion(child.prefix, self.rollout)
        try:
            value = self.space.decide(completion)
        except Unsatisfied:  # neither will its other completions be found
            while self.queue and self.queue[0] is child:
                self.queue.popleft()
                child.awaited -= 1
            self._done(child)
            return None, child
        twin = None if self.noisy else self.known.get(self.space.key(value))
        if twin is not None:
            child.samples.append((twin, completion.decisions()))
            self._done(child)
            return None, child
        self.proposed, self.flying[self.asked] = True, (child, completion)
        self.asked += 1
        return Proposal(value, origin=self.asked - 1), child

    def _done(self, child: Partial) -> None:
        child.awaited -= 1
        self._settle(child)

    def learn(self, trial: Trial) -> Partial | None:
        """The outcome of a completion; gives the partial program when it was the last one it awaited."""
        if not self.noisy:
            self.known[self.space.key(trial.program)] = trial
        flown = None if trial.foreign else self.flying.pop(trial.origin, None)
        self.rollout.grades.learn(trial)
        if flown is None:
            if self.rollout.learns:
                self.rollout.learn(decided_by(self.space, trial.program), trial)
            return None
        child, completion = flown
        if self.rollout.learns:
            self.rollout.learn(completion.decided, trial)
        child.samples.append((trial, completion.decisions()))
        self._done(child)
        return None if child.awaited else child

    def is_over(self, cut: bool) -> bool:
        """Whether another round is pointless: nothing was cut off, or round after round proposed nothing new."""
        self.idle = 0 if self.proposed else self.idle + 1
        self.proposed = self.cut = False
        return not cut or self.idle >= _IDLE_ROUNDS
