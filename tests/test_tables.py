"""The trials of a study as a data frame."""

import sys

import numpy as np
import pytest

from inlay.search import Outcome, Problem, RandomSearch, Study
from inlay.spaces import Choice, Integer, Mask, Permutation, Real, program, space

NET = space({"lr": Real(0.1, 1), "model": Choice(program(complex, real=1.0), "none"), "order": Permutation("abc")})


def study_of(space: object = NET, **options: object) -> Study:
    problem = Problem("p", space, lambda d: 0.5, **options)  # type: ignore[arg-type]
    return Study(problem, RandomSearch(), seed=0)


def test_a_row_for_every_trial_and_a_column_for_every_plain_part() -> None:
    study = study_of().run(trials=20, progress=False)
    study.tell(NET.simplest(), error="it broke")
    frame = study.frame()
    assert list(frame.index) == list(range(21))
    assert frame.index.name == "number"
    assert list(frame.columns[:2]) == ["state", "loss"]
    assert frame["lr"][3] == study.trials[3].program["lr"]
    assert frame["order"][3] == study.trials[3].program["order"].build()
    assert set(frame["model"]) == {"complex", "none"}
    assert frame["state"][20] == "failed"
    assert np.isnan(frame["loss"][20])
    assert frame["error"][20] == "it broke"


def test_a_study_without_trials_is_an_empty_frame() -> None:
    assert len(study_of().frame()) == 0


def test_a_parameter_called_like_an_objective_hides_nothing() -> None:
    study = study_of({"loss": Choice("hinge", "log"), "cost": Integer(1, 3)}).run(trials=3, progress=False)
    frame = study.frame()
    assert set(frame["loss"]) == {0.5}
    assert set(frame["program.loss"]) <= {"hinge", "log"}
    assert set(frame["cost"]) == {1.0}
    assert set(frame["program.cost"]) <= {1, 2, 3}


def test_an_objective_called_like_a_column_hides_nothing() -> None:
    study = study_of(Integer(0, 9), objectives={"seconds": "minimize"}).run(trials=2, progress=False)
    assert set(study.frame()["objective.seconds"]) == {0.5}


def test_violations_and_bare_values_have_columns() -> None:
    study = Study(Problem("p", Mask(3), lambda mask: Outcome({"loss": 1}, violations=[2, -1])), RandomSearch(), seed=0)
    frame = study.run(trials=2, progress=False).frame()
    assert list(frame["violation"]) == [2.0, 2.0]
    assert frame["value"][0].dtype == bool


def test_without_pandas_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install 'inlay\[frames\]'"):
        study_of().frame()
