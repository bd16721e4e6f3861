"""Local search: descents through neighbourhoods, and how to leave a local optimum."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ..spaces import Space
from .scans import DONE, Memory, Scan, Tries, checked_kinds
from .strategies import Proposal, Strategy, check_parts
from .trials import Trial, better
from .variation import mutated


@dataclass(frozen=True)
class Afresh:
    """Leaves a local optimum for a random member."""

    def __call__(self, space: Space, home: Any, rng: Random) -> Any:
        return space.sample(rng)


@dataclass(frozen=True)
class Kick:
    """Leaves a local optimum by `strength` random changes at once."""

    strength: int = 3

    def __post_init__(self) -> None:
        if self.strength < 1:
            raise ValueError(f"Kick(strength={self.strength}): it must be at least 1, or nothing is left behind")

    def __call__(self, space: Space, home: Any, rng: Random) -> Any:
        return mutated(space, home, rng, self.strength)


def accept_better(found: Trial, home: Trial) -> bool:
    """Whether a local optimum beats the one from which the descent set out."""
    return better(found, home)


def accept_level(found: Trial, home: Trial) -> bool:
    """Whether a local optimum is not beaten by the one from which the descent set out."""
    return not better(home, found)


def accept_always(found: Trial, home: Trial) -> bool:
    """Whichever local optimum was found last: a random walk over local optima."""
    return True


@dataclass
class LocalSearch(Strategy):
    """Descends through neighbourhoods to a local optimum, leaves it, and descends again.

    Neighbours are proposed in random order, none twice. With `steepest` a neighbourhood is awaited whole and its best
    member taken; without it every improvement is taken at once, however many results are in flight, and the results
    that arrive late count only when they beat the current candidate. `sideways` is how many moves in a row may go to
    an equal loss. `kinds` names the neighbourhoods, all of them where it is empty; with `in_order` they are searched
    one after the other, each once those before it are exhausted. A neighbourhood is given up after `sample` proposals.
    `leave` makes the start of the next descent from the best optimum, `accept` decides whether a new optimum takes its
    place, and after `patience` descents without improvement the search starts afresh. Candidates whose outcome is
    known cost nothing: they are not proposed, but moved to where they improve; `memory` of them are kept.

    >>> from inlay.search import Study, Problem
    >>> from inlay.spaces import Permutation
    >>> order = Problem("order", Permutation(range(6)), lambda p: sum(abs(x - i) for i, x in enumerate(p)))
    >>> Study(order, LocalSearch(), seed=0).run(trials=200, progress=False).best.loss
    0.0
    """

    steepest: bool = False
    sideways: int = 0
    kinds: Sequence[str] = ()
    in_order: bool = False
    sample: int | None = None
    leave: Callable[[Space, Any, Random], Any] = Afresh()
    accept: Callable[[Trial, Trial], bool] = accept_better
    patience: int | None = None
    memory: int = 20_000

    def __post_init__(self) -> None:
        for name in ("sample", "patience", "memory"):
            if (number := getattr(self, name)) is not None and number < 1:
                raise ValueError(f"LocalSearch({name}={number}): it must be at least 1")
        if self.sideways < 0:
            raise ValueError(f"LocalSearch(sideways={self.sideways}): it cannot be negative")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        check_parts(self, space, objectives)
        kinds = checked_kinds(self, self.kinds, space)
        self.space, self.rng = space, rng
        in_order = kinds or space.neighborhoods()
        self.stages: list[tuple[str, ...]] = [(kind,) for kind in in_order] if self.in_order and in_order else [kinds]
        self.known = Memory(space, self.memory)
        self.tries = Tries(self.known, 10)
        self.current: Trial | None = None
        self.home: Trial | None = None
        self.descent = self.pending = self.stale = self.aside = 0

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self, n: int) -> Sequence[Proposal]:
        proposals: list[Proposal] = []
        while len(proposals) < n and (value := self._next()) is not DONE:
            self.pending += 1
            proposals.append(Proposal(value, origin=self.descent))
        return proposals

    def _next(self) -> Any:
        """The next candidate, or `DONE` while results are awaited."""
        while self.current is not None:
            if not self.steepest and not self.pending and self.scan.best is not None:
                self._move(self.scan.best)
            found = self.scan.step()
            if found is DONE:
                if self.pending:
                    return DONE
                self._finish_scan()
            elif isinstance(found, Trial):
                self._meet(found)
            else:
                return found
        return self._beginning()

    def _meet(self, trial: Trial) -> None:
        """Keep a neighbour in mind whose outcome is known to be better: the best, or else the first one.

        The move there waits until no results are awaited: an ask that proposes nothing must not move, since it never
        happened when the run is resumed.
        """
        assert self.current is not None
        if trial.state == "done" and better(trial, self.current) and (self.steepest or self.scan.best is None):
            self.scan.note(trial)

    def _beginning(self) -> Any:
        return self.tries.draw(self._start_of_descent)[0]

    def _start_of_descent(self) -> Any:
        if self.home is None:
            return self.space.sample(self.rng)
        return self.leave(self.space, self.home.program, self.rng)

    # -- moving ------------------------------------------------------------------------------------------------------

    def _move(self, trial: Trial) -> None:
        self.current = trial
        self._scan_stage(0)

    def _scan_stage(self, stage: int) -> None:
        assert self.current is not None
        self.stage = stage
        self.scan = Scan(self.current, self.known, self.stages[stage], self.rng, self.sample)

    def _finish_scan(self) -> None:
        """All neighbours are known: move to the best of them, turn to the next kind, or leave."""
        best, current = self.scan.best, self.current
        assert current is not None
        if best is not None and better(best, current):
            self.aside = 0
            self._move(best)
        elif best is not None and self._may_step_aside(best):
            self._step_aside(best)
        elif self.stage + 1 < len(self.stages):
            self._scan_stage(self.stage + 1)
        else:
            self._settle(current)

    def _settle(self, optimum: Trial) -> None:
        """A local optimum: decide from where the next descent sets out."""
        improves = self.home is None or better(optimum, self.home)
        self.stale = 0 if improves else self.stale + 1
        if self.home is None or self.accept(optimum, self.home):
            self.home = optimum
        if self.patience is not None and self.stale >= self.patience:
            self.home, self.stale = None, 0
        self.current, self.aside, self.descent = None, 0, self.descent + 1

    def _may_step_aside(self, trial: Trial) -> bool:
        assert self.current is not None
        return self.aside < self.sideways and not better(self.current, trial)

    def _step_aside(self, trial: Trial) -> None:
        self.aside += 1
        self._move(trial)

    # -- learning ----------------------------------------------------------------------------------------------------

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self.pending -= not trial.foreign
            self.known.learn(trial)
            if trial.state == "done":
                self._learn(trial)

    def _learn(self, trial: Trial) -> None:
        if self.current is None:
            self._move(trial)
        elif self.steepest:
            self.scan.note(trial)
        elif better(trial, self.current):
            self.aside = 0
            self._move(trial)
        elif not trial.foreign and self._may_step_aside(trial):
            self._step_aside(trial)
