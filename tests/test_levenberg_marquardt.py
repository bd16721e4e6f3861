"""Levenberg and Marquardt's method, and variable projection, on problems whose solutions are known."""

from typing import Any

import numpy as np
import pytest

from inlay.optimizers.levenberg_marquardt import nonlinear_least_squares
from inlay.optimizers.variable_projection import linear_constants, separable_least_squares
from inlay.spaces.formulas import parse_formula


def rosenbrock(x: Any) -> Any:
    return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def powell(x: Any) -> Any:
    return np.array(
        [x[0] + 10 * x[1], np.sqrt(5) * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2, np.sqrt(10) * (x[0] - x[3]) ** 2]
    )


def helix(x: Any) -> Any:
    angle = np.arctan(x[1] / x[0]) / (2 * np.pi) + 0.5 * (x[0] < 0)
    return np.array([10 * (x[2] - 10 * angle), 10 * (np.hypot(x[0], x[1]) - 1), x[2]])


@pytest.mark.parametrize(
    ("residuals", "start", "solution", "within"),
    [
        (rosenbrock, [-1.2, 1.0], [1.0, 1.0], 1e-9),
        (helix, [-1.0, 0.0, 0.0], [1.0, 0.0, 0.0], 1e-9),
        (powell, [3.0, -1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0], 1e-3),  # a singular minimum
    ],
)
def test_classical_problems(residuals: Any, start: list[float], solution: list[float], within: float) -> None:
    fit = nonlinear_least_squares(residuals, start)
    assert fit.x == pytest.approx(solution, abs=within)
    assert fit.loss < 1e-12
    assert fit.iterations <= 100


def saturation(t: Any, b: Any) -> Any:
    """The model of the Misra data: b0 (1 - exp(-b1 t))."""
    return b[0] * (1 - np.exp(-b[1] * t))


TIMES = np.linspace(77.6, 760, 14)
TRUE = np.array([238.94212918, 5.5015643181e-4])


def test_a_badly_scaled_exponential_from_far_away() -> None:
    y = saturation(TIMES, TRUE)

    def jacobian(b: Any) -> Any:
        return np.column_stack([1 - np.exp(-b[1] * TIMES), b[0] * TIMES * np.exp(-b[1] * TIMES)])

    for start in ([500.0, 1e-4], [250.0, 5e-4]):
        for derivative in (jacobian, None):
            fit = nonlinear_least_squares(lambda b: saturation(TIMES, b) - y, start, jacobian=derivative)
            assert fit.x == pytest.approx(TRUE, rel=1e-7)


def test_scaling_of_the_parameters_changes_no_step() -> None:
    y = saturation(TIMES, TRUE)
    plain = nonlinear_least_squares(lambda b: saturation(TIMES, b) - y, [400.0, 3e-4], iterations=4)
    scale = np.array([1e3, 1e-4])
    scaled = nonlinear_least_squares(lambda b: saturation(TIMES, b * scale) - y, [0.4, 3.0], iterations=4)
    assert scaled.x * scale == pytest.approx(plain.x, rel=1e-5)


def test_weights_are_those_of_repeated_rows() -> None:
    t, y = np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 2.2, 2.9, 4.4])
    repeated = np.repeat(np.arange(4), [1, 3, 2, 1])
    weighted = nonlinear_least_squares(lambda x: x[0] + x[1] * t - y, [0.0, 0.0], weights=[1, 3, 2, 1])
    known = nonlinear_least_squares(lambda x: x[0] + x[1] * t[repeated] - y[repeated], [0.0, 0.0])
    assert weighted.x == pytest.approx(known.x)
    assert weighted.loss == pytest.approx(known.loss)
    with pytest.raises(ValueError, match="4 residuals need as many weights"):
        nonlinear_least_squares(lambda x: x[0] - y, [0.0], weights=[1.0])


@pytest.mark.parametrize("loss", ["absolute", "huber", "cauchy"])
def test_robust_losses_see_through_outliers(loss: str) -> None:
    t = np.linspace(0, 5, 40)
    y = 2 + 0.5 * t + 0.01 * np.sin(40 * t)
    y[[3, 17, 30]] += [50, -40, 60]
    plain = nonlinear_least_squares(lambda x: x[0] + x[1] * t - y, [0.0, 0.0])
    robust = nonlinear_least_squares(lambda x: x[0] + x[1] * t - y, [0.0, 0.0], loss=loss, delta=0.05)
    assert np.abs(plain.x - [2, 0.5]).max() > 0.5
    assert robust.x == pytest.approx([2, 0.5], abs=0.03)


def test_the_result_is_never_worse_than_the_start() -> None:
    def residuals(x: Any) -> Any:
        return np.array([np.log(x[0]), np.nan if x[0] > 1.5 else 0.0])

    fit = nonlinear_least_squares(residuals, [1.4])
    assert fit.x == pytest.approx([1.0])
    assert nonlinear_least_squares(lambda x: x * 0 + 1, [3.0]).x.tolist() == [3.0]
    with pytest.raises(ValueError, match="begin elsewhere"):
        nonlinear_least_squares(residuals, [2.0])


# --- Variable projection ---------------------------------------------------------------------------


def test_two_exponentials_are_told_apart() -> None:
    t = np.linspace(0, 3, 60)
    y = 4.0 * np.exp(-0.8 * t) + 1.5 * np.exp(-3.1 * t) + 0.25
    found = separable_least_squares(lambda x: np.column_stack([np.exp(np.outer(t, x)), np.ones(60)]), y, [-0.5, -5.0])
    assert found.x == pytest.approx([-0.8, -3.1], rel=1e-6)
    assert found.coefficients == pytest.approx([4.0, 1.5, 0.25], rel=1e-6)
    assert found.loss < 1e-20


def test_projection_needs_fewer_steps_than_a_search_in_all_parameters() -> None:
    t = np.linspace(0, 3, 60)
    y = 40 * np.exp(-0.8 * t) - 15 * np.exp(-3.1 * t)
    projected = separable_least_squares(lambda x: np.exp(np.outer(t, x)), y, [-0.3, -5.0], iterations=9)
    whole = nonlinear_least_squares(
        lambda x: x[2] * np.exp(x[0] * t) + x[3] * np.exp(x[1] * t) - y, [-0.3, -5.0, 1.0, 1.0], iterations=9
    )
    assert projected.loss < 1e-12 < whole.loss


def test_projection_with_weights_is_the_weighted_fit() -> None:
    t, weights = np.linspace(0, 2, 30), np.linspace(1, 3, 30)
    y = np.exp(-t) + 0.1 * np.cos(9 * t)
    found = separable_least_squares(lambda x: np.exp(np.outer(t, x)), y, [-0.5], weights=weights)
    known = nonlinear_least_squares(lambda x: x[1] * np.exp(x[0] * t) - y, [-0.5, 1.0], weights=weights)
    assert [*found.x, *found.coefficients] == pytest.approx(known.x, rel=1e-5)
    assert found.loss == pytest.approx(known.loss)


@pytest.mark.parametrize(
    ("text", "linear"),
    [
        ("1.5*x + 2.5", (0, 1)),
        ("1.5", (0,)),
        ("x", ()),
        ("1.5*sin(2.5*x)", (0,)),
        ("(1.5*x + 2.5)/(x + 3.5)", (0, 1)),
        ("x/(x + 3.5)", ()),
        ("-(1.5*x)*y", (0,)),
        ("1.5*(2.5*x + 3.5*y)", (1, 2)),
        ("exp(1.5*x)", ()),
        ("where(x < 1.5, 2.5*x, 3.5)", (1, 2)),
        ("3*x + 1.5*y", (0,)),
    ],
)
def test_constants_that_enter_linearly_are_seen(text: str, linear: tuple[int, ...]) -> None:
    assert linear_constants(parse_formula(text, ["x", "y"])) == linear
