"""Problems about formulas: what a loss is, what is fitted, what is told, and what is refused."""

import pickle
from typing import Any

import cloudpickle
import numpy as np
import pytest

from inlay.problems.formulas.equations import Equation, uniform
from inlay.problems.formulas.formula_loss import FormulaLoss
from inlay.problems.formulas.named import EQUATIONS, MEASURED, named_problem, titles
from inlay.problems.formulas.nguyen import NGUYEN
from inlay.problems.formulas.tasks import equation_problem, formula_problem
from inlay.search import Problem, Study
from inlay.spaces import OutsideSpace
from inlay.spaces.formulas import Formulas, parse_formula

X = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 5.0]])
Y = np.array([3.0, 3.0, 9.0])
SPACE = Formulas(["a", "b"], ["add", "multiply", "exp"], max_size=9)


def judged(problem: Problem, *members: Any) -> list[Any]:
    assert problem.evaluate_many is not None
    return [problem.outcome(found) for found in problem.evaluate_many([*map(problem.members.adopt, members)])]


# --- Losses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("equation", EQUATIONS.values(), ids=EQUATIONS)
def test_the_truth_has_no_loss(equation: Equation) -> None:
    problem = equation_problem(equation, rows=20)
    assert problem.evaluate_many is not None
    assert problem.held_out is not None
    truth = problem.published["truth"]
    assert problem.evaluate_many([truth])[0] <= 1e-20 * max(1.0, np.var(equation.sample(20)[1]))
    assert problem.held_out(truth)["r2"] == pytest.approx(1.0)


def test_the_loss_is_the_mean_squared_error() -> None:
    problem = formula_problem("sum", X, Y, SPACE, names=["a", "b"])
    assert [outcome.objectives["loss"] for outcome in judged(problem, "a + b", "a")] == [1 / 3, 41 / 3]


def test_weights_count_rows() -> None:
    problem = formula_problem("sum", X, Y, SPACE, names=["a", "b"], weights=[1, 1, 0])
    assert judged(problem, "a + b")[0].objectives == {"loss": 0.0}


def test_scaling_fits_a_slope_and_an_intercept() -> None:
    problem = formula_problem(
        "line", X, 7 * X[:, 0] - 2, SPACE, names=["a", "b"], scaling=True, held_out=(X + 1, 7 * X[:, 0] + 5)
    )
    assert judged(problem, "a")[0].objectives["loss"] == pytest.approx(0, abs=1e-20)
    assert problem.held_out is not None
    assert problem.held_out(problem.members.adopt("a"))["r2"] == pytest.approx(1)


def test_complexity_is_an_objective_where_asked() -> None:
    problem = formula_problem("sum", X, Y, SPACE, names=["a", "b"], objectives=["loss", "complexity"])
    assert problem.objectives == {"loss": "minimize", "complexity": "minimize"}
    assert [o.objectives["complexity"] for o in judged(problem, "a + b", "a")] == [3, 1]
    study = Study(problem, seed=0)
    study.run(trials=60)
    assert study.pareto


def test_what_overflows_is_a_bad_candidate_and_no_failure(recwarn: pytest.WarningsRecorder) -> None:
    problem = formula_problem("big", 300 * X, Y, SPACE, names=["a", "b"])
    found = judged(problem, "exp(exp(a))")[0]
    assert found.objectives == {"loss": np.inf}
    assert not found.error
    assert problem.evaluate_many is not None
    assert not recwarn.list


# --- Fitting ---------------------------------------------------------------------------------------

FITTED = Formulas(["a", "b"], ["add", "multiply"], constants="fitted", max_size=9)


def test_constants_are_fitted_and_told() -> None:
    y = 2.5 * X[:, 0] - 0.5
    problem = formula_problem("line", X, y, FITTED, names=["a", "b"], fit=10, held_out=(X + 1, y + 2.5))
    outcome = judged(problem, "0.5*a + 0.5")[0]
    assert outcome.objectives["loss"] == pytest.approx(0, abs=1e-12)
    assert outcome.feedback["constants"] == pytest.approx([2.5, -0.5])
    assert problem.held_out is not None
    assert problem.held_out(problem.members.adopt("0.5*a + 0.5"))["r2"] == pytest.approx(1)


def test_the_held_out_loss_is_the_one_that_is_searched() -> None:
    problem = formula_problem("sum", X, Y, SPACE, names=["a", "b"], loss="absolute", held_out=(X, Y))
    found = judged(problem, "a")[0].objectives["loss"]
    assert problem.held_out is not None
    assert problem.held_out(problem.members.adopt("a"))["loss"] == pytest.approx(found)
    assert problem.held_out(problem.members.adopt("exp(exp(exp(b)))")) == {"loss": np.inf, "r2": -np.inf}


def test_a_formula_without_constants_is_judged_as_it_is() -> None:
    problem = formula_problem("sum", X, Y, FITTED, names=["a", "b"], fit=10)
    outcome = judged(problem, "a + b")[0]
    assert outcome.objectives["loss"] == pytest.approx(1 / 3)
    assert outcome.feedback is None


def test_keplers_law_is_the_best_that_is_published_and_is_found() -> None:
    problem = named_problem("kepler")
    law = problem.published["Kepler's third law"]
    known = judged(problem, law)[0]
    assert known.feedback["constants"] == pytest.approx([365.2], abs=0.3)
    assert known.objectives["loss"] < 0.01
    assert problem.held_out is not None
    assert problem.held_out(law)["r2"] > 0.99999
    study = Study(problem, seed=0)
    study.run(trials=2000, target=0.01)
    assert study.best.loss < 0.01


# --- Problems by name ------------------------------------------------------------------------------


def test_every_problem_has_a_title() -> None:
    assert list(titles()) == [*MEASURED, *EQUATIONS]
    assert all(titles().values())


@pytest.mark.parametrize("name", ["kepler", "diabetes", "iris", "nguyen-5", "keijzer-10", "feynman-I.8.14"])
def test_a_named_problem_can_be_searched(name: str) -> None:
    problem = named_problem(name)
    assert problem.name == f"formulas/{name}"
    assert problem.source
    study = Study(problem, seed=1)
    study.run(trials=30)
    assert np.isfinite(study.best.loss)
    assert problem.held_out is not None
    assert set(problem.held_out(study.best.value)) == ({"r2"} if name == "kepler" else {"loss", "r2"})


def test_problems_travel_to_other_processes() -> None:
    problem = named_problem("nguyen-5")
    assert isinstance(pickle.loads(pickle.dumps(problem.evaluate_many)), FormulaLoss)
    twin = cloudpickle.loads(cloudpickle.dumps(problem))
    assert judged(twin, "x")[0].objectives == judged(problem, "x")[0].objectives


def test_a_problem_is_named_for_what_is_unusual() -> None:
    assert equation_problem(NGUYEN["nguyen-1"]).name == "formulas/nguyen-1"
    assert equation_problem(NGUYEN["nguyen-1"], rows=50, noise=0.1).name == "formulas/nguyen-1(rows=50, noise=0.1)"
    assert equation_problem(NGUYEN["nguyen-1"], noise=0.1).best_known is None
    assert equation_problem(NGUYEN["nguyen-1"], scaling=True, objectives=["loss", "complexity"]).best_known == 0


# --- Bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "target", "told"),
    [
        ({"a": [1, 2], "b": [1]}, [1, 2], "columns have different lengths"),
        ([[1.0], [2.0]], [1.0, 2.0, 3.0], "for 2 rows: give one number for each row"),
        ([[1.0], [float("nan")]], [1.0, 2.0], "NaN or infinity in x0"),
        ([[1.0], [2.0]], [1.0, float("nan")], "NaN or infinity in the target"),
        ([[1.0], [2.0]], [3.0, 3.0], "'mine': its target is 3 in every row"),
        (np.empty((0, 2)), [], "no rows"),
        ([[1.0]], [1.0], "'mine': its data has one row"),
        ([["a"], ["b"]], [1.0, 2.0], "no table of numbers"),
    ],
)
def test_bad_data_is_refused_with_a_remedy(table: Any, target: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        formula_problem("mine", table, target)


def test_the_space_must_have_the_columns() -> None:
    with pytest.raises(ValueError, match=r"variables a, b, and the data has the columns x0, x1: name the columns"):
        formula_problem("mine", X, Y, SPACE)


@pytest.mark.parametrize("objectives", [(), ("loss", "loss"), ("size",)])
def test_objectives_are_loss_and_complexity(objectives: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="give 'loss', or 'loss' and 'complexity'"):
        formula_problem("mine", X, Y, objectives=objectives)


def test_a_published_point_must_be_a_member() -> None:
    with pytest.raises(OutsideSpace, match="sin"):
        formula_problem("mine", X, Y, SPACE, names=["a", "b"], published={"wave": parse_formula("sin(a)", ["a", "b"])})


def test_held_out_data_are_checked_too() -> None:
    with pytest.raises(ValueError, match="one row"):
        formula_problem("mine", X, Y, held_out=(X[:1], Y[:1]))


def test_an_equation_of_one_row_is_refused() -> None:
    with pytest.raises(ValueError, match="one row"):
        equation_problem(Equation("line", "x + 1", uniform(x=(0, 1))), rows=1)
