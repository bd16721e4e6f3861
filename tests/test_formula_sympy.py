"""Formulas as SymPy expressions and back."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from formula_samples import values
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from inlay.spaces import SpaceError
from inlay.spaces.formulas import Formulas, Operator, Vocabulary, parse_formula
from inlay.spaces.formulas.symbolic_mathematics import from_sympy, to_sympy

sympy = pytest.importorskip("sympy")
X, Y = sympy.symbols("x y", real=True)
SPACE = Formulas(
    2,
    ["+", "-", "*", "/", "power", "square", "sin", "exp", "abs", "min", "where", "less", "reciprocal"],
    literals=[1, 2, -0.5],
    constants=(-2, 2),
    max_size=12,
)


@settings(deadline=None, derandomize=True, database=None, max_examples=60)
@given(st.randoms(use_true_random=False))
def test_there_and_back_keeps_the_values(rng: Any) -> None:
    formula = SPACE.sample(rng)
    try:
        again = from_sympy(to_sympy(formula), formula.vocabulary)
    except SpaceError:
        assume(False)
    exact, blurred, found = values(formula), values(formula, noise=1e-9).values, values(again).values
    steady = exact.finite & np.isclose(exact.values, blurred, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found[steady], exact.values[steady], rtol=1e-4, atol=1e-4)


def test_literals_are_exact_and_constants_are_not() -> None:
    assert to_sympy(parse_formula("x*3/4 + 2*pi")) == X * sympy.Rational(3, 4) + 2 * sympy.pi
    assert to_sympy(parse_formula("0.1 + 0.5", literals=[0.1, 0.5])) == sympy.Rational(3, 5)
    assert to_sympy(parse_formula("2.0*x")) == sympy.Float(2.0) * X
    assert to_sympy(parse_formula("e^x - log(e)")) == sympy.exp(X) - 1


def test_choices_and_own_operators_have_their_counterparts() -> None:
    own = Vocabulary(["x"], [Operator("softplus", abs)])
    assert to_sympy(parse_formula("max(x, abs(y))")) == sympy.Max(X, sympy.Abs(Y))
    assert to_sympy(parse_formula("where(x < 1, y, 2)")) == sympy.Piecewise((Y, X < 1), (2, True))
    assert from_sympy(to_sympy(parse_formula("softplus(x)", own)), own) == parse_formula("softplus(x)", own)


@pytest.mark.parametrize(
    ("expression", "printed"),
    [
        (X - Y / (2 * X), "x - y/(2*x)"),
        (-X - Y, "-x - y"),
        (1 - X**2, "1 - x**2"),
        (-X * Y / 2, "-x*y/2"),
        (-1.5 * X, "-1.5*x"),
        (1 / sympy.sqrt(X), "1/sqrt(x)"),
        (X ** sympy.Rational(1, 3), "x**(1/3)"),
        (X * sympy.exp(-Y), "x/exp(y)"),
        (sympy.Mul(2, X + 1, evaluate=False), "2*(x + 1)"),
        (sympy.Min(X, Y, 1), "minimum(minimum(1, x), y)"),
        (sympy.Piecewise((X, X <= Y), (0, True)), "where(~(y < x), x, 0)"),
        (-sympy.pi * X, "-pi*x"),
    ],
)
def test_expressions_are_written_without_needless_signs(expression: Any, printed: str) -> None:
    assert str(from_sympy(expression, ["x", "y"])) == printed


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        (sympy.I * X, "real and finite"),
        (sympy.oo, "real and finite"),
        (sympy.gamma(X), "no operator gamma"),
        (sympy.Symbol("z"), "not among the variables x, y"),
        (sympy.Piecewise((X, X < 1)), "add a case"),
        ("x + 1", "read by parse_formula"),
    ],
)
def test_what_is_no_formula_is_refused(expression: Any, why: str) -> None:
    with pytest.raises(SpaceError, match=why):
        from_sympy(expression, ["x", "y"])


def test_what_sympy_cannot_express_is_refused() -> None:
    with pytest.raises(SpaceError, match="SymPy cannot express"):
        to_sympy(parse_formula("min(sqrt(-1), x)"))


def test_without_sympy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(ImportError, match=r"pip install 'inlay\[formulas\]'"):
        parse_formula("x").sympy()
