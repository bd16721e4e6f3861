"""Nested search: an architecture outside, its parameters inside."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from inlay.search import Exhaustive, HillClimb, Outcome, Problem, RandomSearch, Study
from inlay.search.nested import Nested
from inlay.spaces import Choice, Integer, Real, space

OUTER = space({"layers": Integer(1, 3), "kind": Choice("wide", "narrow")})


def inner_loss(architecture: dict[str, Any], widths: list[int]) -> float:
    """Every architecture has its own best widths."""
    wanted = [3, 1, 4][: architecture["layers"]]
    penalty = 2 if architecture["kind"] == "wide" else 3 - architecture["layers"]
    return penalty + sum(abs(w - x) for w, x in zip(wanted, widths, strict=True)) + 1 / architecture["layers"]


def pose(architecture: dict[str, Any]) -> Problem:
    widths = space([Integer(0, 4)] * architecture["layers"])
    return Problem("widths", widths, lambda value: inner_loss(architecture, value))


def brute_force() -> tuple[float, dict[str, Any]]:
    architectures = [{"layers": n, "kind": kind} for n in (1, 2, 3) for kind in ("wide", "narrow")]
    return min(
        ((inner_loss(a, list(w)), a) for a in architectures for w in product(range(5), repeat=a["layers"])),
        key=lambda found: found[0],
    )


def test_the_best_architecture_with_its_best_parameters_is_that_of_brute_force() -> None:
    problem = Problem("architecture", OUTER, Nested(pose, Exhaustive(), 125))
    study = Study(problem, Exhaustive(), seed=0).run(trials=99, progress=False)
    loss, architecture = brute_force()
    assert study.best.loss == pytest.approx(loss)
    assert study.best.value == architecture
    assert study.best.feedback == {"program": [3, 1, 4], "trials": 125}
    assert [t.cost for t in study.trials] == [5, 5, 25, 25, 125, 125]


def test_a_learning_inner_search_needs_fewer_trials() -> None:
    problem = Problem("architecture", OUTER, Nested(pose, HillClimb(30), 80))
    study = Study(problem, Exhaustive(), seed=0).run(trials=99, progress=False)
    assert study.best.loss == pytest.approx(brute_force()[0])


def test_the_inner_budget_is_hard() -> None:
    calls = 0

    def pose_counted(x: int) -> Problem:
        def evaluate(y: float) -> Outcome:
            nonlocal calls
            calls += 1
            return Outcome({"loss": y}, cost=2.5)

        return Problem("inner", Real(0, 1), evaluate)

    outcome = Nested(pose_counted, RandomSearch(), trials=7)(3)
    assert (calls, outcome.cost, outcome.feedback["trials"]) == (7, 17.5, 7)
    calls = 0
    outcome = Nested(pose_counted, RandomSearch(), trials=100, cost=10)(3)
    assert (calls, outcome.cost) == (4, 10.0)


def test_equal_candidates_have_equal_outcomes_and_others_have_other_seeds() -> None:
    def same(x: Any) -> Problem:
        return Problem("inner", Real(0, 1), lambda y: y)

    search = Nested(same, RandomSearch(), trials=5)
    assert search(1).objectives == search(1).objectives
    assert len({search(x).objectives["loss"] for x in range(20)}) == 20
    assert search(1).objectives != Nested(same, RandomSearch(), trials=5, seed=1)(1).objectives
    assert search({"a": [1]}).objectives != search({"a": [2]}).objectives


def test_what_is_reused_inside_costs_nothing() -> None:
    outcome = Nested(lambda x: Problem("inner", Integer(0, 1), float), RandomSearch(), trials=50)(0)
    assert outcome.cost == 2.0
    assert outcome.feedback["trials"] == 50


def test_directions_and_violations_pass_through() -> None:
    def pose_profit(limit: int) -> Problem:
        def evaluate(x: int) -> Outcome:
            return Outcome({"profit": 10 * x}, violations=[x - limit])

        return Problem("inner", Integer(0, 9), evaluate, objectives={"profit": "maximize"})

    problem = Problem("limit", Integer(-2, 4), Nested(pose_profit, Exhaustive(), 10), objectives={"profit": "maximize"})
    study = Study(problem, Exhaustive(), seed=0).run(trials=9, progress=False)
    assert study.best.objectives == {"profit": 40.0}
    assert [t.violation for t in study.trials] == [2, 1, 0, 0, 0, 0, 0]


def pose_nothing(x: int) -> Problem:
    return Problem("inner", Integer(0, 9), lambda y: 1 / 0)


def test_an_inner_search_without_success_is_a_failed_trial() -> None:
    problem = Problem("nothing", Integer(0, 2), Nested(pose_nothing, RandomSearch(), 4))
    study = Study(problem, RandomSearch(), seed=0).run(trials=1, progress=False)
    assert study.trials[0].state == "failed"
    assert "all 4 failed" in study.trials[0].error
    assert study.trials[0].cost > 0


def test_a_stored_study_reads_its_feedback_back(tmp_path: Any) -> None:
    problem = Problem("architecture", OUTER, Nested(pose, RandomSearch(), 6))
    first = Study(problem, RandomSearch(), seed=3, store=tmp_path / "s.db").run(trials=5, progress=False)
    again = Study(problem, RandomSearch(), seed=3, store=tmp_path / "s.db")
    assert [t.feedback for t in again.trials] == [t.feedback for t in first.trials]
    assert all(json.dumps(t.feedback) for t in first.trials)


def test_several_inner_objectives_are_refused() -> None:
    both = {"a": "minimize", "b": "minimize"}
    search = Nested(lambda x: Problem("two", Integer(0, 1), lambda y: y, objectives=both), RandomSearch(), trials=3)
    with pytest.raises(ValueError, match="'two' has several objectives"):
        search(1)


@pytest.mark.parametrize("settings", [{"trials": 0}, {"trials": 5, "cost": 0.0}, {"trials": 5, "cost": float("nan")}])
def test_an_inner_budget_of_nothing_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="an inner search needs"):
        Nested(pose, RandomSearch(), **settings)
