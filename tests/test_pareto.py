"""The Pareto front against brute force."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inlay.search import Problem, RandomSearch, Study, Trial, better, pareto_front
from inlay.spaces import Integer, Real

POINTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.integers(0, 1)), max_size=20)


def trials_at(points: list[tuple[int, ...]]) -> list[Trial]:
    trials = []
    for number, (*losses, violation) in enumerate(points):
        trial = Trial(number, number)
        trial.state, trial.losses, trial.violations = "done", tuple(map(float, losses)), (float(violation),)
        trials.append(trial)
    return trials


@given(POINTS)
def test_the_front_is_what_brute_force_finds(points: list[tuple[int, ...]]) -> None:
    trials = trials_at(points)
    assert pareto_front(trials) == [t for t in trials if not any(better(other, t) for other in trials)]


def test_studies_of_several_objectives_give_a_pareto_front_not_one_best() -> None:
    problem = Problem(
        "two",
        {"x": Real(0, 1), "y": Integer(0, 3)},
        lambda d: {"loss": d["x"], "gain": d["x"] + d["y"]},
        objectives={"loss": "minimize", "gain": "maximize"},
    )
    study = Study(problem, RandomSearch(), seed=0).run(trials=200, progress=False)
    assert study.pareto == [t for t in study.trials if not any(better(other, t) for other in study.trials)]
    assert 1 < len(study.pareto) < 200
    with pytest.raises(ValueError, match=r"study 'two' has several objectives and no single best: read \.pareto"):
        _ = study.best
    with pytest.raises(ValueError, match="target= needs a single objective"):
        study.run(trials=1, target=0.5)
    assert "on the front" in repr(study)


def test_failed_trials_are_never_on_the_front() -> None:
    problem = Problem("two", Integer(0, 9), lambda x: {"a": x, "b": 1 / x}, objectives=dict.fromkeys("ab", "minimize"))
    study = Study(problem, RandomSearch(), seed=0).run(trials=50, progress=False)
    assert any(trial.state == "failed" for trial in study.trials)
    assert study.pareto
    assert all(trial.state == "done" for trial in study.pareto)
