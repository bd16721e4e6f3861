"""Trials: one candidate, its outcome, and which of two is better."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..spaces import build

#: What `Trial.report` and `Study.tell` take by name beside the objectives.
OUTCOME_FIELDS = ("violations", "cost", "feedback", "error")


class OutcomeError(ValueError):
    """An objective returned something that the problem does not declare."""


@dataclass(slots=True)
class Outcome:
    """What evaluating a candidate gave; an objective may return one instead of a number or a dictionary.

    `objectives`: the value of each objective as it is (never with its sign turned). `violations`: one number for each
    constraint, satisfied where it is at most 0. `cost`: in the problem's units, 1 where nothing else is said.
    `feedback`: JSON data for strategies that read it. `error`: why the trial failed, empty when it did not.
    """

    objectives: Mapping[str, float] = field(default_factory=dict)
    violations: Sequence[float] = ()
    cost: float = 1.0
    feedback: Any = None
    error: str = ""


class Trial:
    """One candidate in a study and, once told, its outcome.

    `state` is "pending", "done" or "failed". `losses` holds one number for each objective, all to be minimised;
    `objectives` holds them by name as they were reported. `reused` is the number of the equal trial whose outcome this
    one shares.
    """

    __slots__ = (
        "cost",
        "error",
        "feedback",
        "fidelity",
        "finished",
        "foreign",
        "key",
        "losses",
        "number",
        "objectives",
        "origin",
        "program",
        "report_to",
        "reused",
        "seconds",
        "state",
        "told",
        "violations",
    )

    def __init__(self, number: int, program: Any, origin: Any = None, fidelity: float | None = None) -> None:
        self.number, self.program, self.origin, self.fidelity = number, program, origin, fidelity
        self.state = "pending"
        self.objectives: Mapping[str, float] = {}
        self.losses: tuple[float, ...] = ()
        self.violations: Sequence[float] = ()
        self.cost = 0.0
        self.seconds = 0.0
        self.finished = 0.0
        self.feedback: Any = None
        self.error = ""
        self.reused: int | None = None
        self.told: int | None = None
        self.foreign = False
        self.key: Any = None
        self.report_to: Callable[[Trial, Any, dict[str, Any]], None] | None = None

    @property
    def value(self) -> Any:
        """The candidate as the objective sees it, built afresh."""
        return build(self.program)

    @property
    def loss(self) -> float:
        """The only objective, to be minimised; raises `ValueError` where there are several or the trial failed."""
        if len(self.losses) != 1:
            why = f"it has {len(self.losses)} objectives: read .losses" if self.losses else f"it is {self.state}"
            raise ValueError(f"trial {self.number} has no single loss: {why}{f' ({self.error})' if self.error else ''}")
        return self.losses[0]

    @property
    def score(self) -> float:
        """The only objective as it was reported; raises `ValueError` like `loss`."""
        loss = self.loss
        return next(iter(self.objectives.values()), loss)

    @property
    def violation(self) -> float:
        """By how much the constraints are violated, in sum; infinite for a trial without outcome."""
        if self.state != "done":
            return math.inf
        return sum(v for v in self.violations if v > 0) if self.violations else 0.0

    def report(self, outcome: Any = None, /, **objectives: Any) -> None:
        """Tell the study the outcome: a number, an `Outcome`, or the objectives by name.

        `violations`, `cost`, `feedback` and `error` may be given by name too, as in `Outcome`.
        """
        if self.report_to is None:
            raise ValueError(f"trial {self.number} belongs to no running study or was reported already")
        self.report_to(self, outcome, objectives)

    def retold(self, origin: Any, foreign: bool = False) -> Trial:
        """The same trial as a strategy inside another one sees it: with the origin that it gave itself."""
        other = Trial.__new__(Trial)
        for name in Trial.__slots__:  # a third of what copy.copy takes
            setattr(other, name, getattr(self, name))
        other.origin, other.foreign = origin, foreign
        return other

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value:.6g}" for name, value in self.objectives.items()) or self.error
        return f"Trial({self.number}, {self.state}{f', {shown}' if shown else ''}, {self.program!r})"


def dominates(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether losses `a` are nowhere worse than `b` and somewhere better.

    >>> dominates((1, 2), (1, 3)), dominates((1, 2), (2, 1))
    (True, False)
    """
    if len(a) == 1:
        return a[0] < b[0]
    return all(x <= y for x, y in zip(a, b, strict=True)) and any(x < y for x, y in zip(a, b, strict=True))


def better(a: Trial, b: Trial) -> bool:
    """Whether `a` beats `b`: fewer violations first, then losses that dominate; a failed trial beats nothing."""
    if a.state != "done" or b.state != "done":
        return a.state == "done"
    if (a.violations or b.violations) and a.violation != b.violation:
        return a.violation < b.violation
    return dominates(a.losses, b.losses)


def best_of(trials: Sequence[Trial]) -> Trial:
    """A trial that no other one of the sequence beats; the first such one."""
    best = trials[0]
    for trial in trials:
        if better(trial, best):
            best = trial
    return best


def ranked(trials: Sequence[Trial]) -> list[Trial]:
    """The trials from best to worst: by violation, by how many of them beat it where there are several objectives,
    then by losses and number, so that the order is the same in every run."""

    def beaten(trial: Trial) -> int:
        return 0 if len(trial.losses) <= 1 else sum(better(other, trial) for other in trials)

    def place(trial: Trial) -> tuple[Any, ...]:
        return trial.state != "done", trial.violation, beaten(trial), trial.losses, trial.number

    return sorted(trials, key=place)
