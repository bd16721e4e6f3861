"""Restarts: a fresh run of the same strategy when it stalls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from inlay.search import Exhaustive, GeneticAlgorithm, HillClimb, Problem, RandomSearch, Strategy, Study
from inlay.search.restarts import Restarts
from inlay.spaces import Choice, Integer, space

BITS = space([Choice(0, 1) for _ in range(20)])


def study_of(strategy: Strategy, evaluate: Callable[[Any], Any] = sum, space: Any = BITS) -> Study:
    return Study(Problem("p", space, evaluate), strategy, seed=0)


def test_a_run_ends_after_as_many_trials_without_improvement() -> None:
    study = study_of(Restarts(RandomSearch(), patience=7)).run(trials=200, progress=False)
    for run in range(study.trials[-1].origin[0]):
        trials = [t for t in study.trials if t.origin[0] == run]
        best, stale = trials[0].loss, 0
        for trial in trials[1:]:
            assert stale < 7
            best, stale = (trial.loss, 0) if trial.loss < best else (best, stale + 1)
        assert stale == 7
    assert study.trials[-1].origin[0] > 3


def test_an_improvement_over_its_own_run_counts_though_a_former_run_was_better() -> None:
    study = study_of(Restarts(RandomSearch(), patience=3))
    for loss in (1.0, 5.0, 5.0, 5.0):
        study.tell(study.ask(), loss)
    for loss in (90.0, 80.0, 70.0, 60.0, 50.0):
        trial = study.ask()
        assert trial.origin == [1, None]
        study.tell(trial, loss)


def test_every_run_has_another_course() -> None:
    study = study_of(Restarts(RandomSearch(), patience=5), lambda bits: 1.0).run(trials=60, progress=False)
    assert len({t.program for t in study.trials}) == 60
    assert len({t.origin[0] for t in study.trials}) == 10


def test_the_best_trial_is_handed_over_only_where_that_is_wanted() -> None:
    for hand_over in (True, False):
        study = study_of(Restarts(HillClimb(), patience=30, hand_over=hand_over)).run(trials=200, progress=False)
        first, second = (next(t for t in study.trials if t.origin[0] == run) for run in (0, 1))
        best = min((t for t in study.trials if t.origin[0] == 0), key=lambda t: t.loss)
        assert (len(second.program.diff(best.program)) == 1) == hand_over
        assert first.origin == [0, 0]


def test_late_results_of_a_former_run_are_foreign_to_the_next() -> None:
    study = study_of(Restarts(GeneticAlgorithm(4), patience=2))
    first = study.ask(4)
    for trial in first[:3]:
        study.tell(trial, 5.0)
    second = study.ask(9)
    assert [t.origin for t in second] == [[1, 0]] * 4
    study.tell(first[3], 1.0)
    assert study.ask(9) == []  # the generation of the second run is not over
    for trial, loss in zip(second, (4.0, 3.0, 2.0, 1.0), strict=True):
        study.tell(trial, loss)
    assert len(study.ask(9)) == 3


def test_a_strategy_that_has_run_out_begins_afresh() -> None:
    study = study_of(Restarts(Exhaustive(), patience=99), float, Integer(0, 4)).run(trials=12, progress=False)
    assert [t.program for t in study.trials] == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]
    assert [t.origin[0] for t in study.trials] == [0] * 5 + [1] * 5 + [2] * 2


def test_no_patience_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Restarts\(patience=0\): it must be at least 1"):
        Restarts(RandomSearch(), patience=0)
