"""A study beside its baselines: the published points, random search at the same budget, and the search itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..spaces import build
from .evaluation import Candidate, described, evaluate_together
from .problem import Problem
from .study import NoSuccess, Study
from .trials import Trial


@dataclass(frozen=True)
class Row:
    """One line of a comparison: what the search saw, what the held-out data say, and what it took.

    `searched` and `held_out` hold objectives by name and are empty where there are none; `seconds` is the time of all
    evaluations, in every process; `note` says what is unusual.
    """

    label: str
    program: Any = None
    searched: Mapping[str, float] = field(default_factory=dict)
    held_out: Mapping[str, float] = field(default_factory=dict)
    trials: int = 1
    seconds: float = 0.0
    note: str = ""

    def difference(self, objective: str) -> float | None:
        """Held-out minus searched: the selection bias; None where either is missing."""
        if objective not in self.searched or objective not in self.held_out:
            return None
        return self.held_out[objective] - self.searched[objective]


def against_baselines(study: Study, baseline: Study | None = None) -> list[Row]:
    """A row for each published point, for the baseline and for the study.

    The objective is called only for published points that neither study has tried; held-out scores are computed here.

    >>> from inlay.spaces import Integer
    >>> from inlay.search import Exhaustive
    >>> problem = Problem("square", Integer(-2, 2), lambda x: x * x, published={"guess": 2})
    >>> study = Study(problem, Exhaustive()).run(trials=9, progress=False)
    >>> [(row.label, row.searched) for row in against_baselines(study)]
    [('guess', {'loss': 4.0}), ('this search', {'loss': 0.0})]
    """
    problem = study.problem
    known = {trial.key: trial for run in (study, baseline) if run for trial in run.trials if trial.state == "done"}
    rows = [_published_row(problem, name, point, known) for name, point in problem.published.items()]
    if baseline is not None:
        rows.append(_study_row(f"random search, {_budget(study, baseline)}", baseline))
    return [*rows, _study_row("this search", study)]


def _budget(study: Study, baseline: Study) -> str:
    same = len(baseline.trials) == len(study.trials)
    return "same budget" if same else f"{len(baseline.trials)} of {len(study.trials)} trials"


def _published_row(problem: Problem, name: str, point: Any, known: Mapping[Any, Trial]) -> Row:
    trial = known.get(problem.members.key(point))
    if trial is not None:
        return _scored(problem, Row(name, point, trial.objectives, seconds=trial.seconds))
    [result] = evaluate_together(problem, [Candidate(point)])
    row = Row(name, point, result.outcome.objectives, seconds=result.seconds, note=result.outcome.error)
    return row if row.note else _scored(problem, row)


def _study_row(label: str, study: Study) -> Row:
    trials, seconds = len(study.trials), sum(trial.seconds for trial in study.trials)
    if len(study.problem.objectives) > 1:
        return Row(label, trials=trials, seconds=seconds, note=f"{len(study.pareto)} on the Pareto front")
    try:
        best = study.best
    except NoSuccess:
        return Row(label, trials=trials, seconds=seconds, note="no success")
    return _scored(study.problem, Row(label, best.program, best.objectives, trials=trials, seconds=seconds))


def _scored(problem: Problem, row: Row) -> Row:
    """The row with its held-out scores, or a note that says why there are none."""
    held_out: Mapping[str, float] = {}
    note = row.note
    if problem.held_out is not None:
        try:
            held_out = problem.held_out(build(row.program))
        except Exception as error:
            note = f"no held-out score: {described(error)}"
    return Row(row.label, row.program, row.searched, held_out, row.trials, row.seconds, note)
