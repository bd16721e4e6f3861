"""Semantic moves: desired values of parts, the functions nearest to them, and what they find."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from inlay.search import CannotAct, Problem, Study, Trial
from inlay.search.genetic_programming import GeneticProgramming
from inlay.search.semantic_moves import DesiredParts, SemanticProgramming, as_fitted, nearest
from inlay.spaces import Integer
from inlay.spaces.formulas import OPERATORS, Formulas, parse_formula
from inlay.spaces.formulas.data import Data
from inlay.spaces.formulas.desired_values import desired_values, values_of_parts
from inlay.spaces.formulas.evaluation import losses

ROWS = np.random.default_rng(0).uniform(0.2, 1.3, (2, 30))
NAMES = ["x", "y"]
SPACE = Formulas(NAMES, ["+", "-", "*", "/", "sin", "exp"], max_size=15)


# -- desired values --------------------------------------------------------------------------------------------------

REALS = [o.name for o in OPERATORS if set(o.takes) | {o.gives} == {"real"}]


@pytest.mark.parametrize("name", REALS)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_part_with_its_desired_values_gives_the_target(name: str, sign: int) -> None:
    arity = next(o.arity for o in OPERATORS if o.name == name)
    formula = parse_formula(f"{name}(x, y)" if arity == 2 else f"{name}(x)", NAMES)
    columns = ROWS * [[sign], [1.0]]
    with np.errstate(all="ignore"):
        target = values_of_parts(formula, columns)[0] * np.linspace(0.9, 1.1, 30)  # near what is there now
        for place in range(arity):
            wanted = desired_values(formula, 1 + place, values_of_parts(formula, columns), target)
            known = np.isfinite(wanted)
            assert known.any() or sign < 0 or name in ("minimum", "maximum")
            instead = columns.copy()
            instead[place] = wanted
            found = values_of_parts(formula, instead)[0]
            np.testing.assert_allclose(found[known], target[known], rtol=1e-7)


def test_angles_are_turned_to_the_nearest() -> None:
    formula, columns = parse_formula("sin(10*x)", NAMES), ROWS
    parts = values_of_parts(formula, columns)
    wanted = desired_values(formula, 1, parts, np.clip(parts[0] + 0.01, -1, 1))
    assert np.abs(wanted - parts[1]).max() < 0.2


def test_desired_values_go_through_several_operators() -> None:
    formula = parse_formula("exp(x*y) - y", NAMES)
    parts = values_of_parts(formula, ROWS)
    target = np.exp((ROWS[0] + 1) * ROWS[1]) - ROWS[1]
    at = formula.node((0, 0, 0))
    np.testing.assert_allclose(desired_values(formula, at, parts, target), ROWS[0] + 1)
    np.testing.assert_allclose(desired_values(formula, 0, parts, target), target)


def test_what_cannot_be_is_undefined() -> None:
    formula = parse_formula("exp(x) + 0*sin(x)", NAMES)
    parts = values_of_parts(formula, ROWS)
    assert np.isnan(desired_values(formula, formula.node((0, 0)), parts, np.full(30, -1.0))).all()
    assert np.isnan(desired_values(formula, formula.node((1, 1)), parts, np.full(30, 5.0))).all()
    truths = parse_formula("where(x < y, x, y)", NAMES)
    assert np.isnan(desired_values(truths, 2, values_of_parts(truths, ROWS), np.ones(30))).all()


# -- the move --------------------------------------------------------------------------------------------------------


def test_the_nearest_are_found_although_rounding_hides_them() -> None:
    rows = np.array([[1e8, 1e8, 1e8], [1.0, 2.0, 3.0], [1.0, 2.0, 3.5], [-1e8, 0.0, 1.0]])
    assert nearest(rows, rows**2, np.array([1.0, 2.0, 3.1]), 2) == [1, 2]
    assert nearest(rows, rows**2, np.array([1.0, np.nan, 3.4]), 1) == [2]
    assert nearest(rows, rows**2, np.array([1.0, np.nan, np.nan]), 1) == []
    assert nearest(rows[:1], rows[:1] ** 2, np.array([1.0, 2.0, 3.0]), 4) == [0]


def test_one_wrong_part_is_put_right() -> None:
    y = np.exp(ROWS[0] * ROWS[1]) - np.sin(ROWS[1])
    move = DesiredParts(Data(dict(zip(NAMES, ROWS, strict=True)), y))
    wrong = SPACE.adopt("exp(x/(x + 1)) - sin(y)")
    right = move.changed(SPACE, wrong, 2, Random(0))
    assert SPACE.key(right) == SPACE.key(SPACE.adopt("exp(x*y) - sin(y)"))


def test_with_scaling_every_other_part_is_wanted_as_its_parent_lies() -> None:
    y = 3.7 * np.exp(ROWS[0] * ROWS[1]) + 12.5
    data = Data(dict(zip(NAMES, ROWS, strict=True)), y)
    move = DesiredParts(data, scaling=True)
    near = SPACE.adopt("exp(x*y) + 1 - 1")
    found = {str(move.changed(SPACE, near, 0, Random(i))) for i in range(20)}
    assert "exp(x*y)" in found
    assert len(found) == 2


def test_what_it_makes_is_a_member_or_the_parent() -> None:
    space = Formulas(NAMES, ["+", "sin", "exp"], max_size=9, max_depth=4, forbidden={"sin": ["sin", "exp"]})
    move, rng = DesiredParts(Data(dict(zip(NAMES, ROWS, strict=True)), np.sin(ROWS[0]) + ROWS[1])), Random(0)
    for parent in space.sample_many(200, rng):
        assert space.contains(move.changed(space, parent, int(rng.random() * parent.size), rng))


def test_units_are_kept() -> None:
    space = Formulas(NAMES, ["+", "*", "/"], units={"x": {"m": 1}, "y": {"s": 1}}, target="m/s", max_size=9)
    move, rng = DesiredParts(Data(dict(zip(NAMES, ROWS, strict=True)), ROWS[0] / ROWS[1])), Random(0)
    for parent in space.sample_many(60, rng):
        assert space.contains(move.changed(space, parent, int(rng.random() * parent.size), rng))


def test_it_finds_what_no_peer_found() -> None:
    x = np.linspace(-1, 1, 20)
    data = Data({"x": x}, np.sin(x**2) * np.cos(x) - 1)  # Nguyen-5
    space = Formulas(["x"], ["+", "-", "*", "/", "sin", "cos", "exp", "log"], max_size=30)
    problem = Problem("nguyen-5", space, evaluate_many=lambda formulas: losses(formulas, data).tolist())
    study = Study(problem, SemanticProgramming(data), seed=0).run(trials=20_000, target=1e-20, progress=False)
    assert study.stop_reason == "target"


def test_fitted_constants_are_used_and_inherited() -> None:
    space = Formulas(NAMES, ["+", "-", "*", "/", "sin", "exp"], constants="fitted", max_size=9)
    trial = Trial(0, space.adopt("exp(y)*1.5 + y"))
    trial.feedback = {"constants": [2.5]}
    move = DesiredParts(Data(dict(zip(NAMES, ROWS, strict=True)), 2.5 * np.exp(ROWS[0] * ROWS[1]) + ROWS[1]))
    made = {str(move(space, lambda n: [trial] * n, 1, Random(seed)).values[0]) for seed in range(30)}
    assert made & {"exp(x*y)*2.5 + y", "exp(y*x)*2.5 + y"}
    trial.feedback = {"constants": [2.5, 1.0]}
    assert as_fitted(trial) == trial.program


def test_other_spaces_and_columns_are_refused() -> None:
    data = Data({"x": ROWS[0]}, ROWS[1])
    with pytest.raises(CannotAct, match="no space of formulas"):
        GeneticProgramming(moves=[DesiredParts(data)]).start(Integer(1, 3), Random(0), {"loss": "minimize"})
    with pytest.raises(CannotAct, match="columns of the data differ: x, y and x"):
        SemanticProgramming(data).start(SPACE, Random(0), {"loss": "minimize"})
    with pytest.raises(ValueError, match="two rows"):
        DesiredParts(data, rows=1)
    with pytest.raises(ValueError, match=r"\[0, 1\)"):
        SemanticProgramming(data, share=1.0)
