"""Hill climbing with restarts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from ..spaces import NoOtherMember, Space
from .strategies import Proposal, Strategy
from .trials import Trial, better


@dataclass
class HillClimb(Strategy):
    """Mutates the current candidate and moves to every one that is not worse; starts afresh when it is stuck.

    `patience` is how many proposals in a row may fail to improve before a new random start. Results that arrive late,
    from an earlier climb, count only when they beat the current candidate. With several objectives the climb moves to
    every candidate that the current one does not dominate.
    """

    patience: int = 200

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise ValueError(f"HillClimb(patience={self.patience}): it must be at least 1")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space, self.rng = space, rng
        self.current: Trial | None = None
        self.climb = self.stuck = 0

    def ask(self, n: int) -> Sequence[Proposal]:
        return [Proposal(self._next(), origin=self.climb) for _ in range(n)]

    def _next(self) -> object:
        if self.current is None:
            return self.space.sample(self.rng)
        try:
            return self.space.mutate(self.current.program, self.rng)
        except NoOtherMember:  # a space of one member: propose it again
            return self.current.program

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self._learn(trial)

    def _learn(self, trial: Trial) -> None:
        late = not trial.foreign and trial.origin != self.climb
        improves = self._improves(trial, late)
        if improves or (not late and not trial.foreign and self._is_level(trial)):
            self.current = trial
        if improves:
            self.stuck = 0
        elif not late:
            self.stuck += 1
        if self.stuck >= self.patience:
            self.current, self.stuck, self.climb = None, 0, self.climb + 1

    def _improves(self, trial: Trial, late: bool) -> bool:
        if self.current is None:  # else the first late result would bring the climb back to where it was stuck
            return trial.state == "done" and not late
        return better(trial, self.current)

    def _is_level(self, trial: Trial) -> bool:
        """Whether the climb may step sideways to this trial, one of its own proposals."""
        return trial.state == "done" and self.current is not None and not better(self.current, trial)
