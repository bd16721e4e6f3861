"""Whether a formula was recovered, as SRBench tells it, and what SymPy cannot say in time."""

import time

import numpy as np
import pytest

from inlay.problems.formulas.equations import Equation, Sampling, uniform
from inlay.problems.formulas.feynman import FEYNMAN
from inlay.problems.formulas.metrics import Grade, complexity, exact_recovery, grade, r2, symbolic_recovery
from inlay.problems.formulas.nguyen import NGUYEN
from inlay.problems.formulas.symbolic_comparison import rounded, within
from inlay.spaces import SpaceError
from inlay.spaces.formulas import parse_formula


@pytest.mark.parametrize(
    ("model", "truth", "answer"),
    [
        ("x + x", "2*x", True),
        ("x*(x + 1)*(x - 1)", "x**3 - x", True),
        ("1.0001*x - 0.00004*x**2", "x", True),
        ("x + 3.7", "x", True),
        ("-0.25*x", "x", True),
        ("sin(0.99999*x) - 1.5*cos(0.50001*x)", "sin(x) - 3*cos(x/2)/2", True),
        ("0.3989*exp(-x**2/2)", "exp(-x**2/2)/sqrt(2*pi)", True),
        ("1 - cos(x)**2", "sin(x)**2", True),
        ("1.01*x + 0.02*x**2", "x", False),
        ("x + 0.01*sin(x)", "x", False),
        ("x**2", "x", False),
        ("1.5", "x", False),
        ("0*x", "x", False),
        ("x - x", "x", False),
        ("log(-1 - x**2)", "x", False),
    ],
)
def test_symbolic_recovery_is_up_to_a_constant_or_a_factor(model: str, truth: str, answer: bool) -> None:
    assert symbolic_recovery(model, parse_formula(truth, ["x"])) is answer


def test_a_factor_of_a_sum_counts_only_for_the_whole() -> None:
    truth = parse_formula("sin(x) + sin(x + x**2)", ["x"])
    assert symbolic_recovery("2*sin(x + x**2/2)*cos(x**2/2)", truth) is True
    assert symbolic_recovery("2*sin(x) + sin(x + x**2)", truth) is False


def test_roots_and_logarithms_of_absolute_values_need_positive_variables() -> None:
    assert symbolic_recovery("log(x**2) + 1", parse_formula("2*log(abs(x))"), positive=True) is True
    truth = NGUYEN["nguyen-8"].formula
    assert symbolic_recovery("sqrt(Abs(x))", truth) is False
    assert symbolic_recovery("sqrt(Abs(x))", truth, positive=True) is True
    found = grade("sqrt(Abs(x))", NGUYEN["nguyen-8"])
    assert (found.symbolic, found.positive, found.exact, found.recovered) == (False, True, True, True)


def test_what_sympy_cannot_say_in_time_is_unknown() -> None:
    assert within(0.1, endless) is None
    assert within(20.0, abs, -3) == 3  # the next question is answered
    start = time.process_time()
    assert symbolic_recovery("x", parse_formula("x"), seconds=20) is True
    assert time.process_time() - start < 5


def endless() -> bool:
    while True:
        pass


def test_unknown_counts_as_not_recovered_and_is_told() -> None:
    found = Grade(None, None, exact=False, r2=0.999, complexity=40)
    assert (found.recovered, found.unknown) == (False, True)
    assert not Grade(None, None, exact=True, r2=1.0, complexity=40).unknown
    assert not Grade(False, None, exact=False, r2=0.9, complexity=40).unknown


# --- Numbers ---------------------------------------------------------------------------------------

BOX = uniform(x=(1, 2), y=(1, 2))


@pytest.mark.parametrize(
    ("model", "answer"),
    [
        ("x*y", True),
        ("x*y*1.00005", True),
        ("x*y*1.0002", False),
        ("x*y + 1.0", False),
        ("x*y + 0.01*max(x - 2, 0)", False),  # exact inside the box only
        ("sqrt(x*x*y*y)", True),
        ("log(y - 3)", False),
    ],
)
def test_exact_recovery_looks_beyond_the_box(model: str, answer: bool) -> None:
    assert exact_recovery(model, parse_formula("x*y", ["x", "y"]), BOX) is answer


def test_exact_recovery_does_not_ask_where_the_truth_is_undefined() -> None:
    assert exact_recovery("sqrt(Abs(x))", parse_formula("sqrt(x)"), {"x": Sampling(0, 4)})


def test_exact_recovery_survives_zeros_of_the_truth() -> None:
    truth = parse_formula("sin(x)")
    assert exact_recovery("sin(x) + 1e-9", truth, {"x": Sampling(-3, 3)})
    assert not exact_recovery("sin(x) + 1e-3", truth, {"x": Sampling(-3, 3)})


def test_r2() -> None:
    assert r2([1, 2, 3], [1, 2, 3]) == 1
    assert r2([1, 2, 3], [2, 2, 2]) == 0
    assert r2([1, 2, 3], [1, 2, np.nan]) == -np.inf
    with pytest.raises(ValueError, match="constant target"):
        r2([1, 1], [1, 2])


def test_complexity_counts_the_nodes_of_the_simplified_model() -> None:
    assert complexity(parse_formula("x")) == 1
    assert complexity("x*x + x*x") == complexity("2*x**2") == 5
    assert complexity("sin(x)**2 + cos(x)**2") == 1


def test_numbers_are_rounded_to_three_decimals() -> None:
    import sympy

    x = sympy.Symbol("x")
    assert str(rounded(2.00049 * x + 0.00009 + 0.1236)) == "2*x + 0.124"
    assert rounded(0.00009 * x) == 0


# --- The grader ------------------------------------------------------------------------------------


@pytest.mark.parametrize("equation", [*NGUYEN.values(), FEYNMAN["feynman-I.12.2"], FEYNMAN["feynman-I.50.26"]])
def test_the_truth_is_recovered_and_the_mean_is_not(equation: Equation) -> None:
    oracle, constant = (
        grade(model, equation) for model in (equation.formula.sympy(), str(equation.sample()[1].mean()))
    )
    assert oracle.exact
    assert oracle.symbolic is True
    assert oracle.r2 == pytest.approx(1)
    assert not constant.recovered
    assert constant.r2 < 0.1
    assert constant.complexity == 1


def test_a_model_of_other_variables_is_refused() -> None:
    with pytest.raises(SpaceError, match="no variable 'z'"):
        grade("x + z", NGUYEN["nguyen-1"])
