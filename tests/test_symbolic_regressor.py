"""The symbolic regressor: an estimator like others, that finds laws, says what it found, and explains bad data."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from inlay import SymbolicRegressor
from inlay.problems.formulas.front import FrontFormula, chosen, undominated
from inlay.search import RandomSearch
from inlay.spaces.formulas import parse_formula

RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 3, (60, 2))
Y = 3 * np.sin(X[:, 0] * X[:, 1]) / X[:, 0]


@parametrize_with_checks([SymbolicRegressor(trials=60, seconds=None, random_state=0)])  # type: ignore[untyped-decorator]
def test_it_is_an_estimator_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def fitted(**settings: Any) -> SymbolicRegressor:
    return SymbolicRegressor(**{"seconds": None, "trials": 3000, "random_state": 0, **settings}).fit(X, Y)


def test_it_finds_a_law_and_writes_it_in_every_form() -> None:
    import sympy

    model = fitted()
    x0, x1 = sympy.symbols("x0 x1", real=True)
    assert sympy.simplify(model.sympy() - 3 * sympy.sin(x0 * x1) / x0) == 0
    assert "sin" in model.latex()
    assert model.score(X, Y) == pytest.approx(1.0)
    assert model.study_.stop_reason == "target"
    losses = [front.loss for front in model.front_]
    assert losses == sorted(losses, reverse=True)
    assert [f.complexity for f in model.front_] == sorted({f.complexity for f in model.front_})


def test_the_same_seed_finds_the_same_and_trials_are_a_hard_budget() -> None:
    noisy = Y + 0.1 * RNG.normal(size=60)
    settings = {"seconds": None, "trials": 400, "random_state": 3}
    first, second = (SymbolicRegressor(**settings).fit(X, noisy) for _ in range(2))
    assert [str(f) for f in first.front_] == [str(f) for f in second.front_]
    assert len(first.study_.trials) == 400
    assert 0 < first.duplicates_ < 1


def test_columns_bring_their_names() -> None:
    frame = pd.DataFrame({"petal length (cm)": X[:, 0], "2nd": X[:, 1]})
    model = SymbolicRegressor(seconds=None, trials=200, random_state=0).fit(frame, Y)
    assert set(model.best_.formula.vocabulary.variables) == {"petal_length_cm", "x_2nd"}
    assert model.predict(frame).shape == (60,)


def test_a_warm_start_goes_on_and_other_data_begin_anew() -> None:
    noisy = Y + 0.1 * RNG.normal(size=60)
    model = SymbolicRegressor(seconds=None, trials=200, random_state=0, warm_start=True).fit(X, noisy)
    before = model.best_.loss
    assert len(model.fit(X, noisy).study_.trials) == 400
    assert min(f.loss for f in model.front_) <= before
    assert len(model.fit(X, Y).study_.trials) <= 200


def test_settings_are_heard() -> None:
    model = fitted(operators=["+", "*"], constants=False, max_size=7, trials=500)
    names = set(" ".join(trial.program.written()[1] for trial in model.study_.trials).split())
    assert names <= {"add", "multiply", "x0", "x1", "literal:1.0"}
    assert max(trial.program.size for trial in model.study_.trials) <= 7
    assert len(fitted(strategy=RandomSearch(), trials=100).study_.trials) == 100


def test_weights_decide_which_rows_matter() -> None:
    target = np.where(np.arange(60) < 30, X[:, 0], -5 * X[:, 1])
    weights = np.where(np.arange(60) < 30, 1.0, 1e-9)
    model = SymbolicRegressor(seconds=None, trials=300, random_state=0).fit(X, target, sample_weight=weights)
    assert np.allclose(model.predict(X[:30]), X[:30, 0], atol=1e-3)


def test_it_pickles_clones_and_stands_in_pipelines_and_searches() -> None:
    model = fitted()
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(X), model.predict(X))
    assert clone(model).get_params() == model.get_params()
    line = make_pipeline(StandardScaler(), SymbolicRegressor(seconds=None, trials=100, random_state=0))
    grid = GridSearchCV(line, {"symbolicregressor__max_size": [5, 9]}, cv=2).fit(X, Y)
    assert grid.best_score_ > 0


@pytest.mark.parametrize(
    ("rows", "target", "why"),
    [
        ([[1.0], [2.0], [np.nan]], [1, 2, 3], "NaN"),
        ([[1.0], [2.0], [3.0]], [1, 2], "inconsistent numbers of samples"),
        ([[1.0], [2.0], [3.0]], [1, np.inf, 3], "infinity"),
        ([[1.0], [2.0], [3.0]], [4, 4, 4], "4 in every row"),
        ([[1.0]], [1], "minimum of 2 is required"),
        (np.empty((0, 1)), [], "0 sample"),
    ],
)
def test_bad_data_is_explained(rows: Any, target: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        SymbolicRegressor(trials=10).fit(rows, target)


def test_a_formula_that_overflows_is_a_bad_candidate_and_no_warning() -> None:
    large = np.linspace(100, 900, 20)[:, None]
    model = SymbolicRegressor(operators=["exp", "*"], seconds=None, trials=300, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        model.fit(large, large[:, 0] ** 2)
    assert model.score(large, large[:, 0] ** 2) > 0.999


def test_the_criterion_prefers_the_simple_where_it_is_as_good() -> None:
    x = parse_formula("x", ["x"])
    front = undominated([FrontFormula(x, 1e-30, 9), FrontFormula(x, 1e-31, 21), FrontFormula(x, 0.5, 3)])
    assert chosen(front, 20, 1e-25).complexity == 9


def test_it_is_loaded_only_when_it_is_used() -> None:
    loaded = "'sklearn' in sys.modules"
    code = f"import sys, inlay; assert not {loaded}; inlay.SymbolicRegressor; assert {loaded}"
    subprocess.run([sys.executable, "-c", code], check=True)
