"""The result of a comparison: medians with intervals, ranks, performance profiles and anytime curves."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .anytime_curves import Curve, anytime_curve, places
from .bootstrap import Interval, median_interval
from .comparison_runs import DONE, FAILED, NO_SEARCH, NOT_APPLICABLE, Budget, RunResult
from .performance_profiles import SLOWEST, profile_score, share_within, slowdowns
from .problem import Problem
from .ranking import mean_ranks

_LEAST_TIME = 1e-9  # of the budget, for what was found at no cost: slowdowns need a positive time


@dataclass(frozen=True)
class Facts:
    """What a comparison keeps of a problem: `sign` is -1 where its objective is maximised."""

    name: str
    objective: str
    sign: float
    best_known: float | None = None
    source: str = ""

    @staticmethod
    def of(problem: Problem) -> Facts:
        """The facts about a problem with one objective."""
        return Facts(problem.name, next(iter(problem.objectives)), problem.signs[0], problem.best_known, problem.source)


@dataclass(frozen=True)
class Line:
    """One line of the table: a strategy (or a published point) on a problem.

    `value` is the median of the best objective with its 95 % interval, None where there is none; `held_out` holds
    medians; `rank` is the mean rank over seeds; `done` of `runs` came to an end; `note` says what is unusual.
    """

    problem: str
    label: str
    value: Interval | None
    rank: float | None
    held_out: Mapping[str, float]
    done: int
    runs: int
    note: str = ""


@dataclass(frozen=True)
class Comparison:
    """What `compare` found: strategies on problems, each with every seed and the same budget.

    `baseline` is the label of random search. Losses of runs that failed, or found nothing feasible, count as infinite.
    """

    problems: tuple[Facts, ...]
    strategies: tuple[str, ...]
    seeds: tuple[int, ...]
    budget: Budget
    baseline: str
    runs: tuple[RunResult, ...]

    @cached_property
    def _grouped(self) -> dict[tuple[str, str], list[RunResult]]:
        found: dict[tuple[str, str], list[RunResult]] = {}
        for run in self.runs:
            found.setdefault((run.problem, run.strategy), []).append(run)
        return found

    def runs_of(self, problem: str, strategy: str) -> list[RunResult]:
        """The runs of a strategy on a problem, in the order of seeds; raises `KeyError` naming what is unknown."""
        if (problem, strategy) not in self._grouped:
            raise KeyError(f"there are no runs of {strategy!r} on {problem!r} in this comparison")
        return self._grouped[problem, strategy]

    def applies(self, problem: str, strategy: str) -> bool:
        """Whether the strategy accepted the problem."""
        return any(run.state != NOT_APPLICABLE for run in self.runs_of(problem, strategy))

    def no_search(self, problem: str) -> list[RunResult]:
        """The published points of a problem, each evaluated once."""
        return [run for run in self.runs if run.problem == problem and run.strategy.startswith(NO_SEARCH)]

    def facts(self, problem: str) -> Facts:
        """What is known of a problem."""
        return next(facts for facts in self.problems if facts.name == problem)

    # -- tables ------------------------------------------------------------------------------------------------------

    def median(self, problem: str, strategy: str) -> Interval:
        """The median of the best objective with its bootstrap interval of 95 %, low below high."""
        sign = self.facts(problem).sign
        return median_interval([sign * run.loss for run in self.runs_of(problem, strategy)])

    def ranks(self, problem: str | None = None) -> dict[str, float]:
        """The mean rank of each strategy, 1 the best, ties averaged, over seeds and problems (or one problem).

        On each problem and for each seed the strategies that accept the problem are ranked by their best loss, a failed
        run last; a strategy has no rank where it is nowhere applicable.
        """
        names = [facts.name for facts in self.problems] if problem is None else [problem]
        return mean_ranks(self._block(name, i) for name in names for i in range(len(self.seeds)))

    def _block(self, problem: str, i: int) -> dict[str, float]:
        taking_part = [label for label in self.strategies if self.applies(problem, label)]
        return {label: self.runs_of(problem, label)[i].loss for label in taking_part}

    def lines(self) -> list[Line]:
        """Every line of the table: for each problem its published points, then the strategies."""
        found = []
        for facts in self.problems:
            ranks = self.ranks(facts.name)
            labels = [label for problem, label in self._grouped if problem == facts.name]
            found += [self._line(facts, label, ranks.get(label)) for label in labels]
        return found

    def _line(self, facts: Facts, label: str, rank: float | None) -> Line:
        runs = self.runs_of(facts.name, label)
        ended = [run for run in runs if run.state == DONE]
        value = self.median(facts.name, label) if any(run.curve for run in runs) else None
        names = dict.fromkeys(name for run in ended for name in run.held_out)
        held_out = {n: float(np.median([run.held_out[n] for run in ended if n in run.held_out])) for n in names}
        return Line(facts.name, label, value, rank, held_out, len(ended), len(runs), _note(runs))

    def failures(self) -> list[RunResult]:
        """The runs that failed, and those that found nothing feasible or have no held-out score."""
        return [run for run in self.runs if run.state == FAILED or (run.state == DONE and run.note)]

    def table(self) -> str:
        """The comparison as text: a summary of the strategies, then each problem."""
        from .comparison_tables import text_tables

        return text_tables(self)

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        from .comparison_page import html_tables

        return html_tables(self)

    # -- profiles ----------------------------------------------------------------------------------------------------

    def targets(self) -> dict[str, float]:
        """For each problem the loss to reach: the median over its strategies of their median best loss.

        So half of the strategies that a problem has reach it; the score of a strategy depends on the others.
        """
        return {facts.name: self._target(facts.name) for facts in self.problems}

    def _target(self, problem: str) -> float:
        labels = [label for label in self.strategies if self.applies(problem, label)]
        finals = [float(np.median([run.loss for run in self.runs_of(problem, label)])) for label in labels]
        return sorted(finals)[(len(finals) - 1) // 2] if finals else math.inf

    def times(self, targets: Mapping[str, float] | None = None) -> dict[str, list[float]]:
        """What each strategy spends on each problem until its loss is at most the target: the median over seeds.

        Infinite where it misses it, or refuses the problem. `targets` are losses by problem; for those left out, the
        ones of `targets()`.
        """
        goals = {**self.targets(), **(targets or {})}
        return {label: [self._time(f.name, label, goals[f.name]) for f in self.problems] for label in self.strategies}

    def _time(self, problem: str, label: str, target: float) -> float:
        middle = float(np.median([run.spent_until(target) for run in self.runs_of(problem, label)]))
        return max(middle, self.budget.amount * _LEAST_TIME)

    def profile(
        self, targets: Mapping[str, float] | None = None, taus: Sequence[float] | None = None
    ) -> dict[str, list[tuple[float, float]]]:
        """The performance profile of each strategy: pairs of a slowdown tau and the share of problems within it."""
        ratios = slowdowns(self.times(targets))
        at = np.linspace(1, SLOWEST, 61).tolist() if taus is None else taus
        return {label: [(tau, share_within(row, tau)) for tau in at] for label, row in ratios.items()}

    def scores(self, targets: Mapping[str, float] | None = None) -> dict[str, float]:
        """The score of each strategy in [0, 1]: the area under its performance profile up to a slowdown of 4."""
        return {label: profile_score(row) for label, row in slowdowns(self.times(targets)).items()}

    # -- curves ------------------------------------------------------------------------------------------------------

    def curves(self, problem: str) -> dict[str, Curve]:
        """The anytime curve of each strategy that accepts the problem."""
        labels = [label for label in self.strategies if self.applies(problem, label)]
        at, sign = places(self.budget), self.facts(problem).sign
        return {label: anytime_curve(self.runs_of(problem, label), at, sign) for label in labels}

    # -- pictures ----------------------------------------------------------------------------------------------------

    def plot(self) -> Any:
        """Draw the performance profile and the curves of every problem with matplotlib; returns the figure."""
        from .comparison_plots import plot_comparison

        return plot_comparison(self)

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Write one HTML page that needs nothing else: tables, profile, curves and failures."""
        from .comparison_page import comparison_page

        Path(path).write_text(comparison_page(self), encoding="utf-8")

    def __repr__(self) -> str:
        done = sum(run.state == DONE for run in self.runs)
        return f"Comparison({len(self.strategies)} strategies, {len(self.problems)} problems, {done} runs done)"


def _note(runs: Sequence[RunResult]) -> str:
    """What is unusual about the runs of a line."""
    refused = next((run for run in runs if run.state == NOT_APPLICABLE), None)
    if refused is not None:
        return f"not applicable: {refused.note}"
    if runs[0].strategy.startswith(NO_SEARCH):
        return runs[0].note
    failed = [run for run in runs if run.state == FAILED]
    empty = [run for run in runs if run.state == DONE and not run.curve]
    notes = [f"{len(failed)} of {len(runs)} runs failed: {failed[0].note}"] if failed else []
    notes += [f"{len(empty)} of {len(runs)} runs found nothing: {empty[0].note}"] if empty else []
    unscored = next((run for run in runs if run.curve and run.note), None)
    notes += [unscored.note] if unscored is not None else []
    failures = sum(run.failures for run in runs)
    notes += [f"{failures} trials failed"] if failures and not notes else []
    return "; ".join(notes)
