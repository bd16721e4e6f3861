"""Running a study: budgets, and the loops that ask, evaluate and tell, here or on an executor."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .collector import rarely_collecting
from .evaluation import Evaluated, Evaluator, described, evaluate, evaluate_together
from .trials import Outcome, OutcomeError, Trial
from .workers import ProcessPool

if TYPE_CHECKING:
    from .study import Study

#: Short trials travel to workers in batches of about this many seconds.
BATCH_SECONDS = 0.02
_LARGEST_BATCH = 64
#: So many candidates are evaluated together although hardly any outcome is known.
_FEWEST_TOGETHER = 4


def worker_count(workers: int | Executor | None) -> int:
    """How many trials run at once; an executor that does not say has as many workers as there are processors."""
    if isinstance(workers, Executor):
        return getattr(workers, "_max_workers", None) or os.cpu_count() or 1
    return 1 if workers is None else workers


class Budget:
    """What one run may spend; the first limit that is reached stops it and gives the reason."""

    def __init__(
        self,
        trials: int | None = None,
        seconds: float | None = None,
        cost: float | None = None,
        target: float | None = None,
    ) -> None:
        if trials is not None and not hasattr(trials, "__index__"):
            raise TypeError(f"trials={trials!r}: a number of trials is an integer")
        for name, limit in (("trials", trials), ("seconds", seconds), ("cost", cost)):
            if limit is not None and not limit >= 0:
                raise ValueError(f"{name}={limit!r}: a budget cannot be negative")
        if target is not None and target != target:
            raise ValueError("target=nan: nothing is ever as good as NaN")
        if trials is None and seconds is None and cost is None and target is None:
            raise ValueError("say when to stop: give trials=, seconds=, cost= or target=")
        self.trials, self.cost, self.target = trials, cost, target
        self.deadline = None if seconds is None else time.monotonic() + seconds
        self.asked = 0
        self.spent = 0.0
        self.stopped = ""

    def reason(self) -> str:
        """Why no further trial may begin, or the empty text."""
        if self.stopped:
            return self.stopped
        if self.trials is not None and self.asked >= self.trials:
            return "trials"
        if self.overdue():
            return "seconds"
        if self.cost is not None and self.spent >= self.cost:
            return "cost"
        return ""

    def overdue(self) -> bool:
        """Whether the seconds are spent."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def left(self) -> int:
        """How many trials may still begin."""
        return 1 << 30 if self.trials is None else self.trials - self.asked

    def pay(self, trial: Trial, full: bool) -> None:
        """Account for a told trial, evaluated at full fidelity or not."""
        self.spent += trial.cost
        if self.target is not None and full and trial.violation == 0.0 and trial.losses[0] <= self.target:
            self.stopped = "target"


@dataclass
class Run:
    """One call of `Study.run`: the budget, and what happens after every told trial."""

    study: Study
    budget: Budget
    after: Callable[[Trial], None] | None

    def __post_init__(self) -> None:
        self.taken: dict[int, Trial] = {}  # trials that this run has begun and not told

    def give_back(self) -> None:
        """Leave the trials that were begun and not told to the next run."""
        self.study.put_back([self.taken[number] for number in sorted(self.taken)])

    # -- in this process ---------------------------------------------------------------------------------------------

    def here(self) -> str:
        """Evaluate one trial after the other in this process; returns why the run stopped."""
        study, budget, problem = self.study, self.budget, self.study.problem
        if problem.evaluate_many is not None:
            with rarely_collecting():
                return self._batches()
        while not (reason := budget.reason()):
            trials = self._next(1)
            if not trials:
                return "exhausted"
            if study.reuse(trials[0]):
                self._tell_reused(trials)
            else:
                self._tell(trials, [evaluate(problem, *study.candidate(trials[0]))])
        return reason

    def _batches(self) -> str:
        """Evaluate one batch after the other in this process; returns why the run stopped."""
        while not (reason := self.budget.reason()):
            trials = self._next(min(self._together_at_once(), self.budget.left()))
            if not trials:
                return "exhausted"
            self._together(trials)
        return reason

    def _together_at_once(self) -> int:
        """How many candidates are evaluated together: a strategy learns from outcomes, so first few, then ever more."""
        return min(self.study.batch, max(_FEWEST_TOGETHER, len(self.study.trials) // 4))

    def _together(self, trials: list[Trial]) -> None:
        """Evaluate a batch at once, equal candidates in it only once; those whose twin failed have their own turn."""
        problem = self.study.problem
        while trials:
            self._tell_reused([trial for trial in trials if self.study.reuse(trial)])
            first: dict[object, Trial] = {}
            for trial in trials:
                if trial.number in self.taken:
                    first.setdefault(trial.number if problem.noisy else trial.key, trial)
            fresh = list(first.values())
            if fresh:
                self._tell(fresh, evaluate_together(problem, [self.study.candidate(trial) for trial in fresh]))
            trials = [trial for trial in trials if trial.number in self.taken]

    def _next(self, n: int) -> list[Trial]:
        trials = self.study.next_trials(n)
        self.budget.asked += len(trials)
        for trial in trials:
            self.taken[trial.number] = trial
        return trials

    def _tell(self, trials: list[Trial], results: list[Evaluated]) -> None:
        """Tell evaluated trials and account for them; a broken contract is told as a failure, then raised."""
        breach = ""
        for trial, result in zip(trials, results, strict=True):
            self.study.settle(trial, result.outcome, result.seconds)
            breach = breach or result.breach
        self._finish(trials)
        if breach:
            raise OutcomeError(breach)

    def _tell_reused(self, trials: list[Trial]) -> None:
        for trial in trials:
            self.study.settle_reused(trial)
        if trials:
            self._finish(trials)

    def _finish(self, trials: list[Trial]) -> None:
        study = self.study
        study.tell_settled(trials)
        for trial in trials:
            del self.taken[trial.number]
        for trial in trials:
            self.budget.pay(trial, study.is_full(trial))
            if self.after is not None:
                self.after(trial)
        if study.stopping:
            self.budget.stopped = "stopped"

    # -- on an executor ----------------------------------------------------------------------------------------------

    def on(self, executor: Executor, workers: int) -> str:
        """Keep `workers` batches in flight on an executor; returns why the run stopped."""
        self.executor, self.workers = executor, workers
        self.evaluator = Evaluator(self.study.problem)
        if isinstance(executor, ProcessPool):
            self.evaluator.ship()
        self.flying: dict[Future[list[Evaluated]], list[Trial]] = {}
        self.twins: dict[object, list[Trial]] = {}
        self.mean_seconds: float | None = None
        try:
            return self._fly()
        finally:
            for future in self.flying:
                future.cancel()

    def _fly(self) -> str:
        while True:
            exhausted = self._launch()
            reason = self.budget.reason()
            if not self.flying:
                assert reason or exhausted
                return reason or "exhausted"
            if self.budget.overdue():
                return "seconds"
            if reason in ("target", "stopped"):
                return reason
            self._land()

    def _launch(self) -> bool:
        """Fill the free workers; True when the strategy has nothing to propose now."""
        while len(self.flying) < self.workers and not self.budget.reason():
            batch = self._batch()
            if batch is None:
                return True
            if batch:
                self._submit(batch)
        return False

    def _batch(self) -> list[Trial] | None:
        """Fresh trials for one worker; those with a known outcome are told at once, twins of flying ones wait."""
        trials = self._next(min(self._batch_size(), self.budget.left()))
        if not trials:
            return None
        batch = []
        for trial in trials:
            if self.study.reuse(trial):
                self._tell_reused([trial])
            elif trial.key in self.twins and not self.study.problem.noisy:
                self.twins[trial.key].append(trial)
            else:
                self.twins[trial.key] = []
                batch.append(trial)
        return batch

    def _batch_size(self) -> int:
        if self.study.problem.evaluate_many is not None:
            return self._together_at_once()
        if self.mean_seconds is None:
            return 1
        return max(1, min(_LARGEST_BATCH, int(BATCH_SECONDS / max(self.mean_seconds, 1e-6))))

    def _submit(self, batch: list[Trial]) -> None:
        packed = self.evaluator.pack([self.study.candidate(trial) for trial in batch])
        try:
            self.flying[self.executor.submit(self.evaluator, packed)] = batch
        except BrokenExecutor as error:
            raise _broken(self.executor, error) from error

    def _land(self) -> None:
        """Wait for one batch or the deadline, and tell what has arrived, in the order of numbers."""
        deadline = self.budget.deadline
        patience = None if deadline is None else max(0.0, deadline - time.monotonic())
        done, _ = wait(self.flying, timeout=patience, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda future: self.flying[future][0].number):
            batch = self.flying.pop(future)
            error = future.exception()
            if isinstance(error, BrokenExecutor) and (self.flying or len(batch) > 1):
                raise _broken(self.executor, error) from error
            if error is not None and len(batch) > 1:
                for trial in batch:  # one of them killed the worker: find out which, the others are innocent
                    self._submit([trial])
                continue
            results = [Evaluated(Outcome(error=described(error)), 0.0)] if error is not None else future.result()
            if error is None:
                self._learn_duration(results)
            twins = [self.twins.pop(trial.key, []) for trial in batch]
            self._tell(batch, results)
            for group in twins:
                self._tell_twins(group)

    def _tell_twins(self, group: list[Trial]) -> None:
        for trial in group:
            if self.study.reuse(trial):
                self._tell_reused([trial])
            elif trial.key in self.twins:
                self.twins[trial.key].append(trial)
            else:  # the twin failed: this one gets its own chance
                self.twins[trial.key] = []
                self._submit([trial])

    def _learn_duration(self, results: list[Evaluated]) -> None:
        mean = sum(result.seconds for result in results) / len(results)
        self.mean_seconds = mean if self.mean_seconds is None else 0.8 * self.mean_seconds + 0.2 * mean


def _broken(executor: Executor, error: BaseException) -> RuntimeError:
    return RuntimeError(
        f"{type(executor).__name__} is broken: {error}; the trials in flight stay for the next run, which needs "
        "another executor; workers=n survives a lost worker and finds the trial that it was lost to"
    )
