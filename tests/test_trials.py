"""Trials: which of two is better, and what a trial says of itself."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inlay.search import Outcome, Problem, RandomSearch, Study, Trial, best_of, better, dominates, ranked
from inlay.spaces import Integer, Real

LOSSES = st.floats(allow_nan=False)


@st.composite
def told(draw: st.DrawFn, objectives: int = 1) -> Trial:
    trial = Trial(draw(st.integers(0, 99)), 0.5)
    trial.state = draw(st.sampled_from(["done", "done", "done", "failed"]))
    if trial.state == "done":
        trial.losses = tuple(draw(st.lists(LOSSES, min_size=objectives, max_size=objectives)))
        trial.violations = tuple(draw(st.lists(LOSSES, max_size=2)))
    return trial


def done(*losses: float, violations: tuple[float, ...] = (), number: int = 0) -> Trial:
    trial = Trial(number, 0.5)
    trial.state, trial.losses, trial.violations = "done", losses, violations
    return trial


def failed(number: int = 0) -> Trial:
    trial = Trial(number, 0.5)
    trial.state, trial.error = "failed", "it broke"
    return trial


@given(told(), told(), told())
def test_better_is_a_strict_partial_order(a: Trial, b: Trial, c: Trial) -> None:
    assert not better(a, a)
    assert not (better(a, b) and better(b, a))
    assert not (better(a, b) and better(b, c)) or better(a, c)


@given(st.lists(told(objectives=2), min_size=1, max_size=6))
def test_nothing_beats_the_best_and_the_ranking_agrees(trials: list[Trial]) -> None:
    assert not any(better(other, best_of(trials)) for other in trials)
    order = ranked(trials)
    assert sorted(map(id, order)) == sorted(map(id, trials))
    assert not any(better(late, early) for i, early in enumerate(order) for late in order[i + 1 :])


@given(LOSSES, LOSSES, st.floats(min_value=0, exclude_min=True, allow_nan=False))
def test_infeasible_never_beats_feasible(loss: float, other: float, violation: float) -> None:
    assert better(done(loss, violations=(-1.0, 0.0)), done(other, violations=(violation, -5.0)))
    assert not better(done(other, violations=(violation, -5.0)), done(loss))


@given(told())
def test_a_failed_trial_beats_nothing(other: Trial) -> None:
    assert not better(failed(), other)
    assert better(other, failed()) == (other.state == "done")


def test_an_infinite_violation_still_beats_a_failure() -> None:
    assert better(done(1.0, violations=(math.inf,)), failed())
    assert [t.state for t in ranked([failed(0), done(1.0, violations=(math.inf,), number=1)])] == ["done", "failed"]


def test_dominance_of_several_losses() -> None:
    assert dominates((1, 2), (1, 3))
    assert not dominates((1, 3), (1, 3))
    assert not dominates((0, 4), (1, 3))


def test_loss_and_score_read_as_reported() -> None:
    study = Study(Problem("up", Real(0, 1), lambda x: x, objectives={"gain": "maximize"}), RandomSearch(), seed=0)
    trial = study.tell(0.5, gain=3.0)
    assert (trial.loss, trial.score) == (-3.0, 3.0)
    assert study.tell(0.25, gain=math.inf).score == math.inf


def test_loss_says_why_there_is_none() -> None:
    with pytest.raises(ValueError, match=r"trial 0 has no single loss: it is failed \(it broke\)"):
        _ = failed().loss
    with pytest.raises(ValueError, match=r"has 2 objectives: read \.losses"):
        _ = done(1.0, 2.0).loss


def test_reporting_twice_or_to_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="trial 0 belongs to no running study"):
        Trial(0, 1.0).report(1.0)
    for trial in Study(Problem("p", Integer(0, 9), lambda x: x), RandomSearch(), seed=0).propose(1):
        trial.report(2.0)
        with pytest.raises(ValueError, match="was reported already"):
            trial.report(2.0)


def test_the_value_is_built_afresh_each_time() -> None:
    study = Study(Problem("p", {"a": [Integer(0, 9)]}, lambda d: d["a"][0]), RandomSearch(), seed=0)
    study.run(trials=1, progress=False)
    study.trials[0].value["a"].append("mine")
    assert len(study.trials[0].value["a"]) == 1


def test_an_outcome_has_quiet_defaults() -> None:
    outcome = Outcome({"loss": 1.0})
    assert (outcome.violations, outcome.cost, outcome.feedback, outcome.error) == ((), 1.0, None, "")


def test_repr_shows_what_happened() -> None:
    study = Study(Problem("p", Integer(0, 9), lambda x: x), RandomSearch(), seed=0)
    assert repr(study.tell(3, loss=3)) == "Trial(0, done, loss=3, 3)"
    assert "failed, no luck" in repr(study.tell(4, error="no luck"))
