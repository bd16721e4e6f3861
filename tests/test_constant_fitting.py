"""Fitting the free constants of formulas: what is found, what stays, and that nothing gets worse."""

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inlay.optimizers import constant_fitting
from inlay.optimizers.constant_fitting import fit_constants
from inlay.optimizers.levenberg_marquardt import nonlinear_least_squares
from inlay.optimizers.variable_projection import linear_constants
from inlay.spaces.formulas import Formulas, Operator, Vocabulary, parse_formula
from inlay.spaces.formulas.compiled import NUMBA
from inlay.spaces.formulas.data import Data
from inlay.spaces.formulas.evaluation import evaluate, losses, scaled_losses
from inlay.spaces.formulas.operators import CONSTANT, LITERAL

NAMES = ["x", "y"]
X = np.random.default_rng(0).uniform(0.5, 3, (200, 2))
WEIGHTS = np.random.default_rng(1).random(200)


def target(text: str) -> Any:
    return evaluate([parse_formula(text, NAMES)], X)[0]


def fit(text: str, y: Any, **options: Any) -> tuple[Any, float]:
    ((formula, loss),) = fit_constants([parse_formula(text, NAMES)], Data(X, y, NAMES), **options)
    return formula, loss


@pytest.fixture(params=["kernel", "numpy"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "kernel" and not NUMBA:
        pytest.skip("the kernels need Numba")
    if request.param == "numpy":
        monkeypatch.setattr(constant_fitting, "NUMBA", False)
    return str(request.param)


@pytest.mark.parametrize(
    ("start", "truth"),
    [
        ("1.0*x + 1.0", "2.5*x - 3.25"),
        ("1.0*sin(1.2*x) + 1.0*exp(-1.0*y)", "3.0*sin(1.5*x) - 2.0*exp(-0.7*y)"),
        ("1.0*x**1.0", "0.9*x**1.75"),
        ("1.0*x/(y + 1.0)", "4.5*x/(y + 2.75)"),
        ("1.0*log(x + 1.0) + y*tanh(1.0*x)", "2.0*log(x + 0.5) + y*tanh(0.3*x)"),
    ],
)
def test_constants_are_recovered(start: str, truth: str, backend: str) -> None:
    found, loss = fit(start, target(truth), iterations=25)
    known = parse_formula(truth, NAMES)
    assert loss < 1e-24
    assert evaluate([found], X)[0] == pytest.approx(evaluate([known], X)[0], rel=1e-9)


def test_the_kernel_finds_what_the_general_method_finds() -> None:
    y = target("3.0*sin(1.5*x)") + 0.3 * np.random.default_rng(3).normal(size=200)
    for loss in ("squared", "huber", "cauchy"):
        data = Data(X, y, NAMES, WEIGHTS)
        start = parse_formula("1.0*sin(1.3*x)", NAMES)
        ((found, value),) = fit_constants([start], data, loss=loss, delta=0.4, iterations=60)
        known = nonlinear_least_squares(
            lambda c: c[0] * np.sin(c[1] * X[:, 0]) - y, start.constants, weights=WEIGHTS, loss=loss, delta=0.4
        )
        assert found.constants == pytest.approx(known.x, rel=1e-5)
        assert value == pytest.approx(known.loss / WEIGHTS.sum(), rel=1e-9)
        assert value == pytest.approx(losses([found], data, loss=loss, delta=0.4)[0], rel=1e-12)


def test_literals_stay() -> None:
    start = parse_formula("2*x + 1.5", NAMES)
    assert [code for code in start.symbols() if code in (LITERAL, CONSTANT)] == [LITERAL, CONSTANT]
    found, _ = fit("2*x + 1.5", target("3.0*x + 5.0"))
    assert found.numbers[0] == 2.0
    assert found.numbers[1] == pytest.approx(np.mean(X[:, 0]) + 5.0)
    assert fit("x + 2*y", X[:, 0])[0] == parse_formula("x + 2*y", NAMES)


SPACE = Formulas(
    NAMES,
    ["add", "subtract", "multiply", "divide", "sin", "exp", "log", "sqrt", "power", "minimum", "abs"],
    constants=(-3, 3),
    max_size=15,
)


@given(
    seed=st.integers(0, 2**32),
    scaling=st.booleans(),
    protected=st.booleans(),
    loss=st.sampled_from(["squared", "huber"]),
)
@settings(max_examples=40, deadline=None)
def test_no_formula_gets_worse(seed: int, scaling: bool, protected: bool, loss: str) -> None:
    rng = Random(seed)
    formulas = [SPACE.sample(rng) for _ in range(10)]
    data = Data(X, X[:, 0] * np.log(X[:, 1]), NAMES, WEIGHTS)
    options: dict[str, Any] = {"scaling": scaling, "protected": protected, "loss": loss}
    before = scaled_losses(formulas, data, **options).losses
    found = fit_constants(formulas, data, **options)
    after = scaled_losses([formula for formula, _ in found], data, **options).losses
    assert (after <= before).all()
    assert [loss for _, loss in found] == after.tolist()
    for old, (new, _) in zip(formulas, found, strict=True):
        assert old.code == new.code


def test_the_same_seed_gives_the_same_bits_on_any_number_of_threads() -> None:
    formulas = [SPACE.sample(Random(seed)) for seed in range(40)]
    data = Data(X, X[:, 0] * X[:, 1], NAMES)
    first = fit_constants(formulas, data, starts=3, seed=7)
    for threads in (1, 2, 5):
        assert fit_constants(formulas, data, starts=3, seed=7, threads=threads) == first


def test_starts_that_are_not_finite_are_replaced(backend: str) -> None:
    y = target("1.5*log(x + 2.0)")
    assert np.isinf(losses([parse_formula("1.0*log(x - 9.0)", NAMES)], Data(X, y, NAMES))[0])
    _, loss = fit("1.0*log(x - 9.0)", y, iterations=40)
    assert loss < 1e-6
    hopeless = fit("log(-1*x*x) + 1.5", y)
    assert hopeless == (parse_formula("log(-1*x*x) + 1.5", NAMES), np.inf)


def test_more_starts_escape_from_a_local_minimum(backend: str) -> None:
    y = target("sin(2.2*x)")
    assert fit("sin(9.0*x)", y, iterations=30)[1] > 0.1
    assert fit("sin(9.0*x)", y, iterations=30, starts=12)[1] < 1e-20


@pytest.mark.skipif(not NUMBA, reason="without Numba nothing is projected")
def test_projection_saves_steps() -> None:
    start, y = "1.0*sin(1.2*x) + 1.0*exp(-1.0*y) + 1.0*x", target("30.0*sin(1.5*x) - 20.0*exp(-0.7*y) + 7.0*x")
    assert fit(start, y, iterations=5)[1] < 0.05 * fit(start, y, iterations=5, projection=False)[1]


def test_coefficients_are_found_in_one_step(backend: str) -> None:
    found, loss = fit("1.0*sin(x) + 1.0*x*y + 1.0", target("-7.0*sin(x) + 0.001*x*y + 1000.0"), iterations=2)
    assert (backend, loss < 1e-15) in (("kernel", True), ("numpy", loss < 1e-15))
    assert len(linear_constants(found)) == 3


def test_redundant_constants_do_no_harm(backend: str) -> None:
    for text in ("1.5 + 2.5", "(1.5 + 2.5)*x", "1.5*(2.5*(3.5*x))", "exp(1.5)*exp(2.5*x)", "x*1.5 - x*2.5 + 0*3.5"):
        found, loss = fit(text, target("3.0*x"), iterations=40)
        assert np.isfinite(found.numbers).all()
        assert np.abs(found.constants).max() < 1e4
        assert loss <= losses([parse_formula(text, NAMES)], Data(X, target("3.0*x"), NAMES))[0]


def test_scaled_fits(backend: str) -> None:
    found, loss = fit("sin(1.2*x)", target("5.0 + 3.0*sin(1.5*x)"), scaling=True, iterations=20)
    assert found.constants == pytest.approx((1.5,), rel=1e-8)
    assert loss < 1e-20


def test_outliers_are_seen_through(backend: str) -> None:
    y = target("2.0*x + 0.5*y")
    y[::20] += 100.0
    data = Data(X, y, NAMES)
    ((found, _),) = fit_constants(
        [parse_formula("1.0*x + 1.0*y", NAMES)], data, loss="cauchy", delta=0.1, iterations=60
    )
    assert found.constants == pytest.approx((2.0, 0.5), abs=1e-3)


def test_weights_of_zero_leave_rows_out(backend: str) -> None:
    y, weights = target("2.0*x"), np.ones(200)
    y[:50], weights[:50] = -1e3, 0.0
    ((found, loss),) = fit_constants([parse_formula("1.0*x", NAMES)], Data(X, y, NAMES, weights))
    assert (found.constants, loss) == (pytest.approx((2.0,)), pytest.approx(0.0, abs=1e-25))


def test_formulas_with_operators_of_ones_own_are_fitted_too() -> None:
    vocabulary = Vocabulary(["x"], [Operator("softplus", lambda x: np.logaddexp(0, x))])
    x = np.linspace(-2, 2, 50)
    data = Data(x[:, None], 3 * np.logaddexp(0, 1.5 * x), ["x"])
    ((found, loss),) = fit_constants([parse_formula("1.0*softplus(1.0*x)", vocabulary)], data, iterations=30)
    assert found.constants == pytest.approx((3.0, 1.5))
    assert loss < 1e-18


def test_one_row_a_constant_target_and_nothing_to_fit() -> None:
    assert fit_constants([], Data(X, X[:, 0], NAMES)) == []
    one = Data([[2.0, 1.0]], [6.0], NAMES)
    ((found, loss),) = fit_constants([parse_formula("1.0*x", NAMES)], one)
    assert (found.constants, loss) == (pytest.approx((3.0,)), pytest.approx(0.0, abs=1e-20))
    assert fit("1.5*x + 1.0", np.full(200, 4.0))[1] < 1e-25
    for bad in ({"iterations": -1}, {"starts": 0}, {"loss": "none"}, {"threads": 0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            fit("1.0*x", X[:, 0], **bad)
