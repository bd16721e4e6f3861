"""Hill climbing: moves, restarts, and results that arrive late."""

from collections.abc import Callable
from typing import Any

import pytest

from inlay.search import HillClimb, Problem, Study
from inlay.spaces import Choice, Integer, space

BITS = space({f"x{i}": Choice(0, 1) for i in range(20)})


def study_of(evaluate: Callable[[Any], Any], patience: int = 200, space: Any = BITS, **options: Any) -> Study:
    return Study(Problem("p", space, evaluate, **options), HillClimb(patience), seed=0)


def ones(value: dict[str, int]) -> int:
    return sum(value.values())


def test_every_candidate_is_a_mutant_of_the_best_one_before_it() -> None:
    study = study_of(lambda value: -ones(value)).run(trials=100, progress=False)
    for trial in study.trials[1:]:
        best = min(study.trials[: trial.number], key=lambda t: (t.losses, -t.number))
        assert len(trial.program.diff(best.program)) == 1
    assert study.best.loss == -20


def test_the_climb_steps_sideways_over_plateaus() -> None:
    study = study_of(lambda value: 0.0).run(trials=100, progress=False)
    assert len(study.trials[-1].program.diff(study.trials[0].program)) > 3


def test_a_climb_that_is_stuck_starts_afresh() -> None:
    study = study_of(lambda value: -ones(value), patience=30).run(trials=300, progress=False)
    climbs = sorted({trial.origin for trial in study.trials})
    assert len(climbs) > 1
    starts = [next(t for t in study.trials if t.origin == climb) for climb in climbs[1:]]
    assert all(len(start.program.diff(study.best.program)) > 2 for start in starts)
    assert study.best.loss == -20


def test_late_results_of_an_old_climb_do_not_bring_it_back() -> None:
    study = study_of(lambda value: 0.0, patience=3)
    asked = study.ask(12)
    study.tell(asked[0], 5.0)
    for trial in asked[1:4]:
        study.tell(trial, 9.0)  # stuck: the next climb begins
    for trial in asked[4:]:
        study.tell(trial, 7.0)  # late, and none of the new climb's business
    fresh = study.ask(8)
    assert {trial.origin for trial in fresh} == {1}
    assert all(min(len(t.program.diff(old.program)) for old in asked) > 1 for t in fresh)


def test_a_late_result_that_beats_the_current_one_counts() -> None:
    study = study_of(lambda value: 0.0, patience=3)
    asked = study.ask(12)
    for trial, loss in zip(asked[:4], (5.0, 9.0, 9.0, 9.0), strict=True):
        study.tell(trial, loss)
    study.tell(study.ask(), 6.0)
    study.tell(asked[8], 1.0)
    assert all(len(trial.program.diff(asked[8].program)) == 1 for trial in study.ask(5))


def test_failures_move_nowhere_and_count_as_stuck() -> None:
    study = study_of(lambda value: 1 / 0, patience=5).run(trials=20, progress=False)
    assert [trial.origin for trial in study.trials] == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5


def test_the_climb_goes_on_from_a_better_program_that_was_told() -> None:
    study = study_of(lambda value: 0.0)
    study.tell(study.ask(), 5.0)
    told = study.tell(BITS.simplest(), loss=1.0)
    assert all(len(trial.program.diff(told.program)) == 1 for trial in study.ask(5))
    study.tell({f"x{i}": 1 for i in range(20)}, loss=3.0)
    assert all(len(trial.program.diff(told.program)) == 1 for trial in study.ask(5))


def test_with_several_objectives_the_climb_moves_unless_it_is_dominated() -> None:
    both = {"a": "minimize", "b": "maximize"}
    study = study_of(lambda value: {"a": ones(value), "b": ones(value)}, objectives=both)
    study.run(trials=60, progress=False)
    assert len({t.losses for t in study.pareto}) > 3


def test_a_space_of_one_member_is_no_trap() -> None:
    assert study_of(float, space=Integer(4, 4)).run(trials=20, progress=False).best.loss == 4


def test_no_patience_is_refused() -> None:
    with pytest.raises(ValueError, match=r"HillClimb\(patience=0\): it must be at least 1"):
        HillClimb(patience=0)
