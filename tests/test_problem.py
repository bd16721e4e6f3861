"""Problems: what they accept, what they refuse, and what they make of an objective's answer."""

import math
from typing import Any

import numpy as np
import pytest

from inlay.search import Outcome, OutcomeError, Problem
from inlay.spaces import Choice, Integer, OutsideSpace, Real, space


def problem(**changes: Any) -> Problem:
    return Problem(**{"name": "p", "space": Real(0, 1), "evaluate": lambda x: x} | changes)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"name": ""}, "a problem needs a name"),
        ({"evaluate": None}, "'p': give either evaluate or evaluate_many"),
        ({"evaluate_many": lambda xs: xs}, "'p': give either evaluate or evaluate_many"),
        ({"evaluate": 3}, "'p': 3 cannot be called"),
        ({"objectives": {}}, "'p': objectives must map names"),
        ({"objectives": ["loss"]}, "'p': objectives must map names"),
        ({"objectives": {"loss": "min"}}, "direction of 'loss' must be 'minimize' or 'maximize', not 'min'"),
        ({"fidelities": (3, 1)}, r"fidelities \(3, 1\) must ascend"),
    ],
)
def test_a_problem_that_does_not_fit_is_refused(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        problem(**changes)


def test_a_published_point_outside_the_space_is_refused_by_name_and_path() -> None:
    net = space({"lr": Real(0, 1), "kind": Choice("a", "b")})
    with pytest.raises(OutsideSpace, match=r"at lr: 3\.0 is outside") as caught:
        problem(space=net, published={"paper": {"lr": 3.0, "kind": "a"}})
    assert "the published point 'paper' of problem 'p'" in caught.value.__notes__[0]


def test_published_points_are_members_in_canonical_form() -> None:
    net = space({"lr": Real(0, 1), "kind": Choice("a", "b")})
    point = problem(space=net, published={"paper": {"kind": "a", "lr": 1}}).published["paper"]
    assert net.contains(point)
    assert point.build() == {"lr": 1.0, "kind": "a"}


def test_a_plain_dictionary_with_a_hole_is_a_space() -> None:
    assert problem(space={"lr": Integer(1, 3)}).members.size() == 3


@pytest.mark.parametrize("answer", [0.5, np.float32(0.5), np.array(0.5), {"loss": 0.5}, Outcome({"loss": 0.5})])
def test_numbers_dictionaries_and_outcomes_are_understood(answer: Any) -> None:
    assert problem().outcome(answer).objectives == {"loss": 0.5}


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ({"los": 1.0}, r"declares the objectives \['loss'\], but its objective returned \['los'\]"),
        ({"loss": 1.0, "time": 2.0}, r"returned \['loss', 'time'\]"),
        ({}, r"returned \[\]"),
        (None, "'loss' must be a number, not None .NoneType."),
        ("0.5", "'loss' must be a number, not '0.5' .str."),
        ([1.0, 2.0], "'loss' must be a number"),
        (10**400, "'loss' must be a number"),
        (Outcome({"loss": 1.0}, violations=3.0), "violations must be a list"),  # type: ignore[arg-type]
        (Outcome({"loss": 1.0}, violations=["x"]), "'violations' must be a number"),  # type: ignore[list-item]
        (Outcome({"loss": 1.0}, cost=-1.0), "a cost must be finite and not negative"),
        (Outcome({"loss": 1.0}, cost=math.nan), "a cost must be finite"),
        (Outcome(error="broke", cost=math.inf), "a cost must be finite"),
    ],
)
def test_an_answer_that_breaks_the_contract_is_refused(answer: Any, what: str) -> None:
    with pytest.raises(OutcomeError, match=what):
        problem().outcome(answer)


def test_a_number_is_not_enough_for_several_objectives() -> None:
    with pytest.raises(OutcomeError, match=r"must return a dictionary with them, not 0\.5"):
        problem(objectives={"a": "minimize", "b": "maximize"}).outcome(0.5)


@pytest.mark.parametrize("answer", [math.nan, {"loss": math.nan}, Outcome({"loss": 1.0}, violations=[math.nan])])
def test_nan_is_a_failure_that_says_so(answer: Any) -> None:
    assert "returned NaN" in problem().outcome(answer).error


def test_losses_turn_maximised_objectives_and_keep_the_declared_order() -> None:
    both = problem(objectives={"a": "minimize", "b": "maximize"})
    assert both.losses(both.outcome({"b": 2, "a": 1}).objectives) == (1.0, -2.0)


def test_the_fidelity_is_the_full_one_unless_another_is_wanted() -> None:
    assert problem().fidelity(None) is None
    assert problem().fidelity(3) is None
    staged = problem(fidelities=(1, 10))
    assert (staged.fidelity(None), staged.fidelity(1)) == (10, 1)
