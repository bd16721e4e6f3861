"""Evaluation of formulas: the kernels beside NumPy, both semantics, losses, derivatives, data and its errors."""

import logging
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inlay.spaces.formulas import OPERATORS, Formula, Formulas, Operator, Vocabulary, parse_formula
from inlay.spaces.formulas import compiled as compilation
from inlay.spaces.formulas import evaluation as evaluating
from inlay.spaces.formulas.data import Data, read_csv
from inlay.spaces.formulas.evaluation import evaluate, fingerprints, losses, scaled_losses
from inlay.spaces.formulas.gradients import jacobian
from inlay.spaces.formulas.losses import LOSSES
from inlay.spaces.formulas.numpy_evaluation import SHIELDS, numpy_values

needs_numba = pytest.mark.skipif(not compilation.NUMBA, reason="the kernels need Numba")

EVERYTHING = Formulas(
    2, [operator.name for operator in OPERATORS], literals=[0.5, 2.0, 3.0], constants=(-3, 3), max_size=25
)
SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -2.5,
    3.0,
    1e-310,
    -1e-310,
    1e-3,
    2e-3,
    20.0,
    -80.0,
    700.0,
    720.0,
    -800.0,
    1e7,
    1e300,
]


def rows(n: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).uniform(-3, 3, (n, 2))


def close(ours: Any, theirs: Any, tolerance: float = 2e-13) -> Any:
    """Equal up to rounding: NaN where NaN, infinite where infinite, or both about to be."""
    with np.errstate(all="ignore"):
        huge = (np.abs(ours) > 1e307) & (np.abs(theirs) > 1e307) & (np.sign(ours) == np.sign(theirs))
        return huge | np.isclose(ours, theirs, rtol=tolerance, atol=1e-300, equal_nan=True)


# --- The kernels and NumPy -------------------------------------------------------------------------


@needs_numba
@given(seed=st.integers(0, 2**32), protected=st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_node_is_what_numpy_makes_of_its_operands(seed: int, protected: bool) -> None:
    # Node by node, for a whole formula may turn a difference of rounding into any other: sin(exp(exp(x))).
    formula = EVERYTHING.sample(Random(seed))
    parts = [part for _, part in formula.walk()]
    values = dict(zip(parts, evaluate(parts, rows(20, seed), protected=protected), strict=True))
    for part in parts:
        operands = [values[part.part(node)] for node in part.operands()]
        if operands:
            names = Vocabulary(["a", "b", "c"][: len(operands)])
            code = [part.symbols()[0], *range(256, 256 + len(operands))]
            with np.errstate(all="ignore"):
                known = numpy_values(code, [], np.array(operands), protected, names.own)
            assert close(values[part], known).all(), str(part)


@needs_numba
@pytest.mark.parametrize("protected", [False, True], ids=["plain", "protected"])
@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_operators_treat_special_numbers_as_numpy_does(operator: Operator, protected: bool) -> None:
    pairs = np.array([(x, y, z) for x in SPECIAL for y in SPECIAL for z in (0.0, 2.0)])[:, : operator.arity]
    vocabulary = Vocabulary(["a", "b", "c"][: operator.arity])
    code = [operator.code, *range(256, 256 + operator.arity)]
    formula = Formula(np.array(code, dtype="<i2").tobytes(), [], vocabulary)
    with np.errstate(all="ignore"):
        known = numpy_values(code, [], np.ascontiguousarray(pairs.T), protected)
    found = evaluate([formula], pairs, protected=protected)[0]
    wrong = ~close(found, known)
    assert not wrong.any(), (pairs[wrong][0], found[wrong][0], known[wrong][0])


@needs_numba
@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("exp(x)", -700, 700),
        ("exp(x)", -1e-3, 1e-3),
        ("log(x)", 1e-9, 1e9),
        ("sin(x)", -1e6, 1e6),
        ("sin(x)", -1e9, 1e9),
        ("cos(x)", -1e6, 1e6),
        ("tan(x)", -100, 100),
        ("sinh(x)", -2, 2),
        ("cosh(x)", -9, 9),
        ("tanh(x)", -2, 2),
    ],
)
def test_elementary_functions_are_precise(text: str, low: float, high: float) -> None:
    x = np.random.default_rng(0).uniform(low, high, 20_000)
    formula = parse_formula(text, ["x"])
    known = getattr(np, text[: text.index("(")])(x)
    error = np.abs(evaluate([formula], x[:, None])[0] - known) / np.abs(known)
    assert np.quantile(error, 0.99) < 5e-16
    assert error.max() < 2e-15


@needs_numba
def test_powers_of_whole_and_other_exponents() -> None:
    x = np.random.default_rng(0).uniform(0.1, 9, 500)
    for exponent in (2.0, 3.0, -1.0, 0.5, 1.5, -2.0, 7.0, 0.0, 40.0):
        found = evaluate([parse_formula(f"x**({exponent})", ["x"])], x[:, None])[0]
        assert close(found, x**exponent, 3e-14).all()
    signed = evaluate(
        [parse_formula("x**3", ["x"]), parse_formula("x**5", ["x"]), parse_formula("x**0.5", ["x"])], [[-2.0]]
    )
    assert signed[:2].ravel() == pytest.approx([-8.0, -32.0])
    assert np.isnan(signed[2, 0])


@pytest.mark.parametrize("n", [1, 15, 16, 17, 128, 129, 255, 257, 1000, 1023, 1025, 2500])
def test_no_number_of_rows_is_special(n: int) -> None:
    # Rows are worked off in vectors, tiles and blocks, whose last is rarely full.
    X = rows(n)
    texts = ["x0*x1 + sin(x0)", "exp(x0) - 2.5", "x1", "1.5", "log(x0)/x1"]
    formulas = [parse_formula(text, ["x0", "x1"]) for text in texts]
    with np.errstate(all="ignore"):
        known = [
            X[:, 0] * X[:, 1] + np.sin(X[:, 0]),
            np.exp(X[:, 0]) - 2.5,
            X[:, 1],
            np.full(n, 1.5),
            np.log(X[:, 0]) / X[:, 1],
        ]
    assert close(evaluate(formulas, X), np.array(known)).all()
    data = Data(X, X[:, 0] + 1.0)
    expected = [float(np.mean((values - data.y) ** 2)) for values in known]
    assert losses(formulas, data) == pytest.approx([e if np.isfinite(e) else np.inf for e in expected], rel=1e-12)


@needs_numba
@pytest.mark.parametrize("protected", [False, True], ids=["plain", "protected"])
def test_losses_and_values_by_numpy_are_the_same(protected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(1)
    smooth = Formulas(2, ["add", "subtract", "multiply", "divide", "tanh", "sqrt"], constants=(-2, 2), max_size=15)
    formulas = [smooth.sample(rng) for _ in range(150)]
    X = rows(300)
    data = Data(X, X[:, 0] * X[:, 1], weights=np.random.default_rng(2).random(300))

    def everything() -> list[Any]:
        found = [evaluate(formulas, X, protected=protected)]
        for kind in LOSSES:
            for scaling in (False, True):
                found += scaled_losses(formulas, data, loss=kind, delta=0.7, scaling=scaling, protected=protected)
        return found

    ours = everything()
    monkeypatch.setattr(evaluating, "NUMBA", False)
    for a, b in zip(ours, everything(), strict=True):
        assert close(a, b, 1e-9).mean() > 0.99
        assert (np.isfinite(a) == np.isfinite(b)).all()


def test_threads_change_no_bit() -> None:
    formulas = [EVERYTHING.sample(Random(seed)) for seed in range(60)]
    data = Data(rows(400), rows(400)[:, 0])
    for call in (
        lambda t: evaluate(formulas, data, threads=t),
        lambda t: losses(formulas, data, scaling=True, threads=t),
    ):
        assert all(np.array_equal(call(1), call(threads), equal_nan=True) for threads in (2, 3, 100))
    with pytest.raises(ValueError, match="at least one thread"):
        evaluate(formulas, data, threads=0)


def test_single_precision() -> None:
    X = rows(200)
    formula = parse_formula("x0*x1 + sin(2.5*x0)", ["x0", "x1"])
    found = evaluate([formula], X, dtype="float32")
    assert found.dtype == np.float32
    assert found[0] == pytest.approx(evaluate([formula], X)[0], abs=1e-5)
    with pytest.raises(ValueError, match="'float64' or 'float32'"):
        evaluate([formula], X, dtype="int8")


def test_values_may_go_to_an_array_that_is_there() -> None:
    formula, out = parse_formula("2*x", ["x"]), np.empty((1, 2))
    assert evaluate([formula], [[1.0], [2.0]], out=out) is out
    assert out.tolist() == [[2.0, 4.0]]
    with pytest.raises(ValueError, match=r"contiguous array \(1, 2\) of float64"):
        evaluate([formula], [[1.0], [2.0]], out=np.empty((2, 1)))


# --- Semantics -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "x", "plain", "protected"),
    [
        ("1/x", 0.0, np.inf, 0.0 + 1.0),
        ("2/x", 5e-4, 4000.0, 1.0),
        ("reciprocal(x)", 0.0, np.inf, 0.0),
        ("log(x)", -np.e, np.nan, 1.0),
        ("log(x)", 0.0, -np.inf, 0.0),
        ("sqrt(x)", -4.0, np.nan, 2.0),
        ("exp(x)", 1000.0, np.inf, np.exp(80.0)),
        ("x**0.5", -4.0, np.nan, 2.0),
        ("x**(-2.0)", 0.0, np.inf, 0.0),
        ("arcsin(x)", 2.0, np.nan, np.pi / 2),
        ("sinh(x)", -1000.0, -np.inf, -np.sinh(80.0)),
    ],
)
@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_protected_forms(
    text: str, x: float, plain: float, protected: float, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if backend == "numpy":
        monkeypatch.setattr(evaluating, "NUMBA", False)
    formula = parse_formula(text, ["x"])
    for known, chosen in ((plain, False), (protected, True)):
        found = evaluate([formula], [[x]], protected=chosen)[0, 0]
        assert found == pytest.approx(known, rel=1e-12, nan_ok=True)


def test_overflow_is_a_bad_candidate_and_no_warning() -> None:
    texts = ["exp(exp(exp(x)))", "log(x - 10)", "1/(x - x)", "x"]
    data = Data([[5.0], [6.0]], [1.0, 2.0], ["x"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for scaling in (False, True):
            found = losses([parse_formula(text, ["x"]) for text in texts], data, scaling=scaling)
            assert np.isinf(found[:3]).all()
            assert np.isfinite(found[3])


def test_operators_of_ones_own_are_numpy_functions() -> None:
    softplus = Operator("softplus", lambda x: np.logaddexp(0, x))
    vocabulary = Vocabulary(["x"], [softplus])
    formulas = [parse_formula("softplus(2*x) + 1", vocabulary), parse_formula("x", vocabulary)]
    assert evaluate(formulas, [[0.0], [1.0]])[0] == pytest.approx([1 + np.log(2), 1 + np.logaddexp(0, 2)])
    assert losses(formulas, Data([[0.0]], [1 + np.log(2)], ["x"]))[0] == pytest.approx(0, abs=1e-30)
    wrong = Vocabulary(["x"], [Operator("twice", lambda x: np.concatenate([x, x]))])
    with pytest.raises(ValueError, match=r"shape \(4,\) for 2 rows"):
        evaluate([parse_formula("twice(x)", wrong)], [[0.0], [1.0]])


# --- Losses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "known"),
    [
        ("squared", lambda r: r**2),
        ("absolute", np.abs),
        ("huber", lambda r: np.where(np.abs(r) < 0.5, r**2, np.abs(r) - 0.25)),
        ("cauchy", lambda r: 0.25 * np.log(1 + 4 * r**2)),
    ],
)
def test_losses_are_weighted_means(loss: str, known: Callable[[Any], Any]) -> None:
    X, weights = rows(333), np.random.default_rng(5).random(333)
    data = Data(X, np.sin(X[:, 1]), weights=weights)
    residuals = X[:, 0] * 2 - data.y
    found = losses([parse_formula("2*x0", ["x0", "x1"])], data, loss=loss, delta=0.5)[0]
    assert found == pytest.approx(np.average(known(residuals), weights=weights), rel=1e-12)
    with pytest.raises(ValueError, match="squared, absolute, huber, cauchy"):
        losses([], data, loss="least squares")
    with pytest.raises(ValueError, match="above zero"):
        losses([], data, loss=loss, delta=0.0)


def test_scaling_is_the_least_squares_line() -> None:
    X, weights = rows(500), np.random.default_rng(5).random(500)
    data = Data(X, np.exp(X[:, 0]) + 10, weights=weights)
    texts = ["x0", "1000000 + x0*x1", "2.5", "1e8", "exp(x0)"]
    formulas = [parse_formula(text, ["x0", "x1"]) for text in texts]
    found = scaled_losses(formulas, data)
    for i, values in enumerate(evaluate(formulas, X)):
        centred = np.column_stack([np.ones(500), values - values.mean()]) * np.sqrt(weights)[:, None]
        fit, *_ = np.linalg.lstsq(centred, data.y * np.sqrt(weights), rcond=1e-12)
        residual = centred @ fit - data.y * np.sqrt(weights)
        assert found.losses[i] == pytest.approx(residual @ residual / weights.sum(), rel=1e-8, abs=1e-24)
    assert found.slopes[2:4].tolist() == [0.0, 0.0]
    assert (found.shifts[4], found.slopes[4]) == pytest.approx((10.0, 1.0))
    # What fits exactly is told from what nearly does.
    assert found.losses[4] < 1e-26


def test_empty_batches() -> None:
    assert evaluate([], rows(3)).shape == (0, 3)
    assert losses([], Data(rows(3), [1.0, 2.0, 3.0])).shape == (0,)
    assert fingerprints([], rows(3)) == []


def test_fingerprints_agree_for_equal_functions() -> None:
    X = np.random.default_rng(3).uniform(-2, 2, (16, 2))
    same = ["x0*x1 + x0", "x0*(1 + x1)", "(x1 + 1)*x0", "x0 - -x0*x1"]
    other = ["x0*x1", "x0*x1 + x0*1.000001", "log(x0)", "log(x0)*2", "1", "1.0000000001", "-1", "1e-30*x0", "1e-30*x1"]
    keys = fingerprints([parse_formula(text, ["x0", "x1"]) for text in same + other], X)
    assert len(set(keys[:4])) == 1
    assert len(set(keys)) == 1 + len(other) - 1  # 1 and 1.0000000001 are the same to 1e-10


# --- Derivatives -----------------------------------------------------------------------------------

ANALYTIC = ["add", "subtract", "multiply", "divide", "negative", "square", "cube", "reciprocal", "exp", "sin", "cos"]


@needs_numba
@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_derivatives_are_those_of_a_complex_step(seed: int) -> None:
    space = Formulas(2, [*ANALYTIC, "tan", "arctan", "sinh", "cosh", "tanh"], constants=(-2, 2), max_size=12)
    formula = space.sample(Random(seed))
    X = np.random.default_rng(seed).uniform(-1, 1, (30, 2))
    found = jacobian(formula, X)
    # A large part would make rounding large: sin(x**3 / y).
    tame = (np.abs(evaluate([part for _, part in formula.walk()], X)) < 50).all(axis=0)
    for j, number in enumerate(formula.numbers):
        numbers: list[Any] = list(formula.numbers)
        numbers[j] = number + 1e-30j
        with np.errstate(all="ignore"):
            known = np.imag(numpy_values(formula.symbols(), numbers, X.T.astype(complex))) / 1e-30
        assert found[j][tame] == pytest.approx(known[tame], rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("protected", [False, True], ids=["plain", "protected"])
@pytest.mark.parametrize("operator", [o for o in OPERATORS if o.gives == "real"], ids=lambda operator: operator.name)
def test_derivatives_of_each_operator_are_those_of_differences(operator: Operator, protected: bool) -> None:
    code = [operator.code]
    numbers = [0.37, 1.3, 0.6]
    for i in range(operator.arity):
        code += [2, 255, 256 + i] if operator.takes[i] == "real" else [24, 254, 256 + i]
    count = operator.arity
    formula = Formula(np.array(code, dtype="<i2").tobytes(), numbers[:count], Vocabulary(["a", "b", "c"][:count]))
    X = np.random.default_rng(0).uniform(-1.5, 1.5, (40, count))
    found = jacobian(formula, X, protected=protected)
    for j in range(count):
        step = np.eye(count)[j] * 1e-6
        ends = [formula.with_numbers(np.array(numbers[:count]) + sign * step) for sign in (1, -1)]
        above, below = evaluate(ends, X, protected=protected)
        known = (above - below) / 2e-6
        fine = np.isfinite(known)
        assert found[j][fine] == pytest.approx(known[fine], rel=1e-5, abs=1e-5)
        assert fine.sum() > 8


@needs_numba
def test_derivatives_without_numba_are_nearly_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = parse_formula("1.5*sin(2.5*x) + exp(0.5*x)**1.5", ["x"])
    X = rows(1100)[:, :1]
    found = jacobian(formula, X)
    monkeypatch.setattr("inlay.spaces.formulas.gradients.NUMBA", False)
    assert jacobian(formula, X) == pytest.approx(found, rel=1e-7, abs=1e-7)


# --- Data ------------------------------------------------------------------------------------------


def test_columns_come_from_arrays_lists_frames_and_mappings() -> None:
    formula = parse_formula("a - b", ["a", "b"])
    table = [[3.0, 1.0], [5.0, 2.0]]
    frame = pd.DataFrame(table, columns=["a", "b"])
    shuffled = pd.DataFrame({"other": ["p", "q"], "b": [1.0, 2.0], "a": [3.0, 5.0]})
    mapping = {"b": [1.0, 2.0], "a": (3.0, 5.0)}
    for X in (table, np.array(table), np.asfortranarray(table), frame, shuffled, mapping, Data(frame, [0.0, 0.0])):
        assert evaluate([formula], X).tolist() == [[2.0, 3.0]]
    assert evaluate([parse_formula("2*x", ["x"])], [1, 2]).tolist() == [[2.0, 4.0]]
    assert formula(frame).tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    ("X", "why"),
    [
        ({"a": [1.0, 2.0], "b": [1.0]}, "different lengths .a: 2, b: 1."),
        ([[1.0, 2.0], [3.0]], "no table of numbers"),
        ([[1.0, np.nan], [2.0, 3.0]], r"NaN or infinity in b \(row 0\)"),
        ([[1.0, 2.0], [np.inf, 3.0]], r"NaN or infinity in a \(row 1\)"),
        (np.empty((0, 2)), "no rows"),
        ([[1.0], [2.0]], "1 columns for 2 variables"),
        ([[1.0, 2.0, 3.0]], "3 columns for 2 variables"),
        ([1.0, 2.0], "1 dimension"),
        ([["x", "y"]], "no table of numbers"),
        (pd.DataFrame({"a": [1.0], "c": [2.0]}), "no column b: its columns are a, c"),
    ],
)
def test_data_that_does_not_fit_is_refused(X: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        evaluate([parse_formula("a + b", ["a", "b"])], X)


@pytest.mark.parametrize(
    ("y", "options", "why"),
    [
        ([1.0], {}, "one number for each row"),
        ([1.0, np.nan], {}, r"NaN or infinity in the target \(row 1\)"),
        (["p", "q"], {}, "no numbers"),
        ([1.0, 2.0], {"weights": [1.0, -1.0]}, "must not be negative"),
        ([1.0, 2.0], {"weights": [0.0, 0.0]}, "above zero"),
        ([1.0, 2.0], {"weights": [1.0]}, "the weights"),
        ([1.0, 2.0], {"names": ["a"]}, "1 names for 2 columns"),
    ],
)
def test_targets_weights_and_names_must_fit(y: Any, options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Data([[1.0, 2.0], [3.0, 4.0]], y, **options)


def test_constant_targets_and_single_rows_are_told_not_refused() -> None:
    data = Data([[1.0]], [2.0], ["x"])
    assert data.constant
    assert data.rows == 1
    assert losses([parse_formula("2*x", ["x"])], data).tolist() == [0.0]
    assert scaled_losses([parse_formula("x", ["x"])], data).shifts.tolist() == [2.0]


def test_data_is_not_changed_from_outside() -> None:
    X, y = rows(4), np.arange(4.0)
    data = Data(X, y)
    X[:], y[:] = 0.0, 0.0
    assert data.X.any()
    assert data.y.any()
    assert data.take([1, 3]).y.tolist() == [1.0, 3.0]


def test_csv_files(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("mass,speed,energy\n1,2,2\n3,4,24\n\n", encoding="utf-8")
    data = read_csv(path)
    assert (data.names, data.y.tolist()) == (("mass", "speed"), [2.0, 24.0])
    assert read_csv(path, "mass").names == ("speed", "energy")
    for text, why in [
        ("a,b\n1\n", "row 1: 1 cells for 2 columns"),
        ("a,b\n1,x\n", "row 1: could not"),
        ("a,b\n", "no rows"),
    ]:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=why):
            read_csv(path)
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no column 'c': there are a, b"):
        read_csv(path, "c")


def test_formulas_of_two_vocabularies_are_not_evaluated_together() -> None:
    with pytest.raises(ValueError, match="one vocabulary at a time"):
        evaluate([parse_formula("x", ["x"]), parse_formula("y", ["y"])], [[1.0]])


# --- Compilation -----------------------------------------------------------------------------------


@pytest.mark.parametrize("blocked", [False, True], ids=["with Numba", "without"])
def test_numba_is_loaded_on_first_use_and_not_needed(blocked: bool) -> None:
    code = f"""
import sys
if {blocked}: sys.modules["numba"] = None
import inlay, inlay.spaces, inlay.spaces.formulas.evaluation
assert {blocked} or "numba" not in sys.modules
from inlay.spaces.formulas import parse_formula
print(parse_formula("x*sin(x)", ["x"])([[2.0]]).round(6), len([m for m in sys.modules if m.startswith("numba.")]) > 9)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[1.818595]", str(not blocked and compilation.NUMBA)]


def test_a_change_of_any_imported_file_makes_kernels_stale(tmp_path: Path) -> None:
    (tmp_path / "low.py").write_text("A = 1\n")
    (tmp_path / "middle.py").write_text("from .low import A\n")
    (tmp_path / "top.py").write_text("from .middle import A\n")
    before = compilation._stamp.__wrapped__(tmp_path / "top.py")
    assert compilation._stamp.__wrapped__(tmp_path / "top.py") == before
    (tmp_path / "low.py").write_text("A = 2\n")
    assert compilation._stamp.__wrapped__(tmp_path / "top.py") != before


@needs_numba
def test_the_first_use_is_announced_once(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compilation, "PATIENCE", 0.0)
    monkeypatch.setattr(compilation, "_announced", set())
    with caplog.at_level(logging.INFO, "inlay"):
        for _ in range(2):
            with compilation.first_use("kernels of this test"):
                import time

                time.sleep(0.1)
    assert [record.message for record in caplog.records].count(caplog.records[0].message) == 1
    assert capsys.readouterr().err == "inlay: compiling the kernels of this test; this happens once\n"


def test_the_shields_are_named_after_operators() -> None:
    assert set(SHIELDS) <= {operator.name for operator in OPERATORS}
