"""Tabu search: the best neighbour that undoes nothing recent, even where it is worse."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ..spaces import Space
from .scans import DONE, Memory, Scan, Tries, checked_kinds
from .strategies import Proposal, Strategy
from .trials import Trial, better, ranked
from .variation import mutated

#: How many moves in a row may lead over known candidates only.
FREE_MOVES = 100


def entries(space: Space, value: Any) -> Sequence[Hashable]:
    """The entries of a candidate's feature vector: which option, which bit, which place of which item."""
    found: list[float] = space.features(value).tolist()
    return found


def whole(space: Space, value: Any) -> Sequence[Hashable]:
    """The candidate itself as its only attribute, so that only candidates are tabu."""
    return [space.key(value)]


class TabuList:
    """Attributes that must not come back before their tenure ends."""

    def __init__(self) -> None:
        self.until: dict[tuple[int, Hashable], int] = {}
        self.moves = 0

    def forbid(self, old: Sequence[Hashable], new: Sequence[Hashable], tenure: int) -> None:
        """Count a move, and forbid for `tenure` moves what it has given up."""
        self.moves += 1
        if len(self.until) > 1000:
            self.until = {attribute: end for attribute, end in self.until.items() if end >= self.moves}
        self.until.update({(i, before): self.moves + tenure for i, before, _ in changes(old, new)})

    def forbids(self, old: Sequence[Hashable], new: Sequence[Hashable]) -> bool:
        """Whether all that a move would change returns to what is tabu."""
        return all(self.until.get((i, after), -1) >= self.moves for i, _, after in changes(old, new))


def changes(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[tuple[int, Hashable, Hashable]]:
    """Where the attributes of two candidates differ, with both.

    >>> list(changes([0, 1, 0], [0, 0, 1]))
    [(1, 1, 0), (2, 0, 1)]
    """
    return ((i, a, b) for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b)


@dataclass
class TabuSearch(Strategy):
    """Moves to the best of some neighbours, worse ones too, but takes back none of its last moves.

    A move is tabu when all the attributes that it changes return to values that a move gave up less than `tenure` to
    2 `tenure` moves ago (drawn for each move), unless it leads to a new best candidate (aspiration). `sample` unknown
    neighbours are awaited for each move, the whole neighbourhood where it is None; known ones are looked at for free.
    With `eager` the first one that improves and is not tabu is moved to at once. After `patience` moves without a new
    best candidate the search goes on from the best one after `strength` random changes.

    >>> from inlay.search import Study, Problem
    >>> from inlay.spaces import Permutation
    >>> order = Problem("order", Permutation(range(6)), lambda p: sum(abs(x - i) for i, x in enumerate(p)))
    >>> Study(order, TabuSearch(), seed=0).run(trials=300, progress=False).best.loss
    0.0

    Source: Glover, 1989, Tabu Search - Part I, ORSA Journal on Computing 1(3), doi:10.1287/ijoc.1.3.190; Taillard,
    1991, Robust taboo search for the quadratic assignment problem, doi:10.1016/S0167-8191(05)80147-4.
    Differs: attributes are read from feature vectors, so that they fit every space.
    """

    tenure: int = 8
    sample: int | None = 40
    attributes: Callable[[Space, Any], Sequence[Hashable]] = entries
    eager: bool = True
    patience: int = 60
    strength: int = 4
    kinds: Sequence[str] = ()
    memory: int = 20_000

    def __post_init__(self) -> None:
        for name in ("tenure", "sample", "patience", "strength", "memory"):
            if (number := getattr(self, name)) is not None and number < 1:
                raise ValueError(f"TabuSearch({name}={number}): it must be at least 1")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.used = checked_kinds(self, self.kinds, space)
        self.space, self.rng = space, rng
        self.known = Memory(space, self.memory)
        self.tries = Tries(self.known, 10)
        self.current: Trial | None = None
        self.best: Trial | None = None
        self.held: Sequence[Hashable] = ()
        self.pending = self.stale = self.scans = 0

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self, n: int) -> Sequence[Proposal]:
        proposals: list[Proposal] = []
        while len(proposals) < n and (value := self._next()) is not DONE:
            self.pending += 1
            proposals.append(Proposal(value, origin=self.scans))
        return proposals

    def _next(self) -> Any:
        """The next candidate, or `DONE` while results are awaited."""
        moves = 0
        while self.current is not None:
            found = self.scan.step()
            if found is DONE:
                if self.pending:
                    return DONE
                moves += 1
                self._advance(moves > FREE_MOVES)
            elif not isinstance(found, Trial):
                return found
            elif found.state == "done":
                self.met.append(found)
        return self._beginning()

    def _beginning(self) -> Any:
        return self.tries.draw(self._start_of_walk)[0]

    def _start_of_walk(self) -> Any:
        if self.best is None:
            return self.space.sample(self.rng)
        return mutated(self.space, self.best.program, self.rng, self.strength)

    # -- moving ------------------------------------------------------------------------------------------------------

    def _advance(self, idle: bool) -> None:
        """The neighbours are known: move to the best that may be, or leave where there is none."""
        admissible = (trial for trial in ranked(self.met) if self._may_move(trial))
        target = next(admissible, None)
        if target is None or idle or self.stale >= self.patience:
            self.current, self.stale, self.scans = None, 0, self.scans + 1
        else:
            self._move(target)

    def _may_move(self, trial: Trial) -> bool:
        if self.best is not None and better(trial, self.best):
            return True
        return not self.tabu.forbids(self.held, self.attributes(self.space, trial.program))

    def _move(self, trial: Trial) -> None:
        held = self.attributes(self.space, trial.program)
        if self.current is None:
            self.tabu = TabuList()
        else:
            self.tabu.forbid(self.held, held, self.tenure + int(self.rng.random() * (self.tenure + 1)))
        self.current, self.held, self.stale = trial, held, self.stale + 1
        self._keep_best(trial)
        self.met: list[Trial] = []
        self.scans += 1
        self.scan = Scan(trial, self.known, self.used, self.rng, self.sample)

    def _keep_best(self, trial: Trial) -> None:
        if self.best is None or better(trial, self.best):
            self.best, self.stale = trial, 0

    # -- learning ----------------------------------------------------------------------------------------------------

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self.pending -= not trial.foreign
            key = self.known.learn(trial)
            if trial.state == "done":
                self._learn(trial, key)

    def _learn(self, trial: Trial, key: Hashable) -> None:
        if self.current is None:
            self._move(trial)
        elif not trial.foreign and trial.origin == self.scans:
            if self.eager and better(trial, self.current) and self._may_move(trial):
                self._move(trial)
            else:
                self.met.append(trial)
        elif self.best is not None and better(trial, self.best):
            self._move(trial)
        elif key in self.scan.expected:
            self.met.append(trial)
