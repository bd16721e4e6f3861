"""The best candidate of a noisy problem: by the mean of its repetitions, not by one lucky one."""

from __future__ import annotations

import heapq
import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from .trials import Trial

#: Repetitions that are always evidence enough.
ENOUGH = 30


class BestByMean(NamedTuple):
    """A candidate by its first successful trial, with mean and standard error of its losses and how many they are.

    The standard error of a single loss is infinite.
    """

    trial: Trial
    mean: float
    error: float
    repetitions: int


@dataclass
class _Candidate:
    trial: Trial
    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    violation: float = 0.0

    def learn(self, trial: Trial) -> None:
        self.count += 1
        self.violation += (trial.violation - self.violation) / self.count
        before = trial.losses[0] - self.mean
        self.mean += before / self.count
        self.squares += before * (trial.losses[0] - self.mean)


class Repetitions:
    """Means of the losses of equal candidates (by `trial.key`), one trial at a time, each in O(log n).

    The best is the candidate of least mean violation, then of least mean loss, among those with evidence enough: at
    least half as many repetitions as the most often repeated candidate of equal violation, or `enough` of them. So one
    lucky evaluation does not beat a candidate that was measured often. The order of the trials does not matter but for
    which of equal candidates is named. Failed trials and trials with an infinite loss count for nothing; give it trials
    of one fidelity and one objective.

    >>> repetitions = Repetitions()
    >>> for number, (key, loss) in enumerate([("a", 1.0), ("a", 2.0), ("a", 3.0), ("b", 0.0)]):
    ...     trial = Trial(number, None)
    ...     trial.key, trial.state, trial.losses = key, "done", (loss,)
    ...     repetitions.learn(trial)
    >>> best = repetitions.best
    >>> best.trial.key, best.mean, round(best.error, 3), best.repetitions
    ('a', 2.0, 0.577, 3)
    """

    def __init__(self, enough: int = ENOUGH) -> None:
        if enough < 1:
            raise ValueError(f"Repetitions(enough={enough}): it takes at least one evaluation to know a mean")
        self.enough = enough
        self._most: dict[float, int] = {}  # the repetitions of the most often repeated candidate of each violation
        self._candidates: dict[Hashable, _Candidate] = {}
        self._heap: list[tuple[float, float, int, int, Hashable]] = []  # some of it outdated: see `_holds`

    def learn(self, trial: Trial) -> None:
        """Enter a trial; one that failed is passed over."""
        if trial.state != "done" or not math.isfinite(trial.losses[0]) or not math.isfinite(trial.violation):
            return
        known = self._candidates.setdefault(trial.key, _Candidate(trial))
        known.learn(trial)
        self._most[known.violation] = max(self._most.get(known.violation, 0), known.count)
        if known.count >= self.needed(known.violation):
            heapq.heappush(self._heap, (known.violation, known.mean, known.trial.number, known.count, trial.key))

    def needed(self, violation: float) -> int:
        """How many repetitions are evidence enough now, for a candidate of that mean violation."""
        return min(self.enough, (self._most[violation] + 1) // 2)

    @property
    def best(self) -> BestByMean | None:
        """The best candidate now, or None before any success."""
        while self._heap and not self._holds(*self._heap[0]):
            heapq.heappop(self._heap)
        if not self._heap:
            return None
        found = self._candidates[self._heap[0][4]]
        variance = found.squares / (found.count - 1) if found.count > 1 else math.inf
        return BestByMean(found.trial, found.mean, math.sqrt(variance / found.count), found.count)

    def _holds(self, violation: float, mean: float, number: int, count: int, key: Hashable) -> bool:
        """Whether an entry of the heap is still true, and still enough."""
        return self._candidates[key].count == count >= self.needed(violation)


def best_by_mean(trials: Iterable[Trial], enough: int = ENOUGH) -> BestByMean | None:
    """The best candidate by the mean of its repetitions: see `Repetitions`."""
    repetitions = Repetitions(enough)
    for trial in trials:
        repetitions.learn(trial)
    return repetitions.best
