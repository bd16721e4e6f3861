"""One run of a comparison: a strategy on a problem with one seed, as a small record of how far it came."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cloudpickle

from ..spaces import build
from .evaluation import Candidate, described, evaluate_together
from .problem import Problem
from .strategies import CannotAct, Strategy
from .study import Study
from .trials import Trial, better

DONE, NOT_APPLICABLE, FAILED = "done", "not applicable", "failed"

#: What the published points of a problem are called beside the strategies.
NO_SEARCH = "no search: "


@dataclass(frozen=True)
class RunResult:
    """How one run went; `curve` holds pairs of what was spent and the best loss then, feasible and at full fidelity.

    `state` is "done", "not applicable" (the strategy refused the problem) or "failed"; then `note` says why. A run that
    is done has an empty curve where no trial succeeded, and `note` tells the first failure. `failures` counts trials.
    """

    problem: str
    strategy: str
    seed: int
    state: str = DONE
    curve: tuple[tuple[float, float], ...] = ()
    trials: int = 0
    failures: int = 0
    held_out: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    seconds: float = field(default=0.0, compare=False)

    @property
    def loss(self) -> float:
        """The best loss of the run, infinite where there is none."""
        return self.curve[-1][1] if self.curve else math.inf

    def spent_until(self, target: float) -> float:
        """What was spent when the loss was first at most `target`; infinite where it never was."""
        return next((spent for spent, loss in self.curve if loss <= target), math.inf)


@dataclass(frozen=True)
class Budget:
    """What every run may spend: so many trials, or so much cost."""

    amount: float
    unit: str = "trials"

    def __post_init__(self) -> None:
        if not self.amount > 0 or self.amount == math.inf:
            raise ValueError(f"{self.unit}={self.amount!r}: the budget of a comparison must be positive and finite")

    def options(self) -> dict[str, Any]:
        """The budget as `Study.run` takes it."""
        return {self.unit: self.amount}

    def spent(self, trial: Trial) -> float:
        """What a trial takes of the budget."""
        return 1.0 if self.unit == "trials" else trial.cost


class Record:
    """Follows a study: each improvement with what had been spent by then."""

    def __init__(self, budget: Budget) -> None:
        self.budget, self.spent = budget, 0.0
        self.best: Trial | None = None
        self.curve: list[tuple[float, float]] = []

    def __call__(self, study: Study, trial: Trial) -> None:
        self.spent += self.budget.spent(trial)
        if trial.violation == 0.0 and study.is_full(trial) and (self.best is None or better(trial, self.best)):
            self.best = trial
            self.curve.append((self.spent, trial.losses[0]))


class Contest:
    """The runs on one problem: called with the label of a strategy and a seed, here or in a worker process."""

    def __init__(self, problem: Problem, strategies: Mapping[str, Strategy], budget: Budget) -> None:
        self.problem, self.strategies, self.budget = problem, dict(strategies), budget
        self._shipped = b""

    def __call__(self, label: str, seed: int) -> RunResult:
        start = time.perf_counter()
        try:
            if label not in self.strategies:
                return self._published(label)
            return self._search(label, seed, start)
        except CannotAct as refusal:
            return RunResult(self.problem.name, label, seed, NOT_APPLICABLE, note=str(refusal))
        except Exception as error:
            return self.failed(label, seed, error)

    def failed(self, label: str, seed: int, error: BaseException) -> RunResult:
        """The result of a run that raised an error, or was lost."""
        return RunResult(self.problem.name, label, seed, FAILED, note=described(error))

    def _search(self, label: str, seed: int, start: float) -> RunResult:
        record, study = Record(self.budget), Study(self.problem, self.strategies[label], seed=seed)
        study.run(**self.budget.options(), progress=False, callbacks=[record])
        failed = [trial.error for trial in study.trials if trial.state == "failed"]
        held_out, note = ({}, "") if record.best is None else _held_out(self.problem, record.best.program)
        if record.best is None:
            note = f"no feasible success; {failed[0]}" if failed else "no feasible success"
        trials, seconds = len(study.trials), time.perf_counter() - start
        return RunResult(
            self.problem.name, label, seed, DONE, tuple(record.curve), trials, len(failed), held_out, note, seconds
        )

    def _published(self, label: str) -> RunResult:
        """A published point, evaluated once."""
        point = self.problem.published[label.removeprefix(NO_SEARCH)]
        (found,) = evaluate_together(self.problem, [Candidate(point)])
        result = RunResult(self.problem.name, label, 0, seconds=found.seconds, trials=1)
        if found.outcome.error:
            return RunResult(self.problem.name, label, 0, FAILED, note=found.outcome.error)
        if any(violation > 0 for violation in found.outcome.violations):
            return RunResult(self.problem.name, label, 0, trials=1, note="it violates a constraint")
        loss = self.problem.losses(found.outcome.objectives)[0]
        held_out, note = _held_out(self.problem, point)
        return RunResult(result.problem, label, 0, DONE, ((1.0, loss),), 1, 0, held_out, note, result.seconds)

    def __reduce__(self) -> tuple[Any, ...]:
        if not self._shipped:
            self._shipped = cloudpickle.dumps((self.problem, self.strategies, self.budget))
        return _load_contest, (self._shipped,)


@lru_cache(maxsize=8)
def _load_contest(data: bytes) -> Contest:
    return Contest(*cloudpickle.loads(data))


def _held_out(problem: Problem, program: Any) -> tuple[Mapping[str, float], str]:
    """The scores on data that no search saw, or why there are none."""
    if problem.held_out is None:
        return {}, ""
    try:
        return {name: float(score) for name, score in problem.held_out(build(program)).items()}, ""
    except Exception as error:
        return {}, f"no held-out score: {described(error)}"
