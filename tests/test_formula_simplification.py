"""Simplified formulas: equal, never larger, as simple as they were said to be."""

from __future__ import annotations

import numpy as np
import pytest
from formula_samples import MEMBERS, values
from hypothesis import given, settings

from inlay.spaces.formulas import Formula, Formulas, Operator, Vocabulary, parse_formula
from inlay.spaces.formulas.simplification import is_simpler

law = settings(deadline=None, derandomize=True, database=None, max_examples=200)


@law
@given(MEMBERS)
def test_values_are_kept_where_all_parts_are_finite(member: tuple[Formulas, Formula]) -> None:
    formula = member[1]
    exact, blurred, found = values(formula), values(formula, noise=1e-9).values, values(formula.simplified()).values
    steady = exact.finite & np.isclose(exact.values, blurred, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found[steady], exact.values[steady], rtol=1e-4, atol=1e-4)


@law
@given(MEMBERS)
def test_it_is_never_larger_and_done_at_once(member: tuple[Formulas, Formula]) -> None:
    simple = member[1].simplified()
    assert simple == member[1] or is_simpler(simple, member[1])
    assert simple.size <= member[1].size
    assert simple.simplified() == simple


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        # neutral and cancelling parts
        *[(text, "x") for text in ("x + 0", "x*1", "x/1", "x - 0", "--x", "x**1", "0 + x*1", "1/(1/x)", "x + y - y")],
        *[("x - x", "0"), ("x/x", "1"), ("x*0", "0"), ("0/x", "0"), ("x**0", "1"), ("0 - x", "-x"), ("x*-1", "-x")],
        *[("x*y - y*x", "0"), ("x*y/(y*x)", "1"), ("x*pi/pi", "x"), ("-(x - y)", "y - x"), ("-x*-y", "x*y")],
        # like terms and factors
        *[("x + x + x", "3*x"), ("2*(x + 1) + 3*(x + 1)", "5*x + 5"), ("x/3 + x/3", "2*x/3"), ("1/3*x", "x/3")],
        *[("x*x*x", "x**3"), ("square(x)*x", "x**3"), ("x*x + 2*x*x", "3*x**2"), ("2*x + 2*y", "2*(x + y)")],
        *[("x*y + x*sin(y)", "x*(y + sin(y))"), ("x + (-2)", "x - 2"), ("x - (-y)", "x + y"), ("2.0*x + x", "3.0*x")],
        # numbers: literals exactly, constants as floats
        *[("2/3", "2/3"), ("2/4", "0.5"), ("sqrt(2)", "sqrt(2)"), ("sqrt(9/4)", "1.5"), ("sqrt(4.0)", "2.0")],
        *[("sin(0) + exp(0)", "1"), ("sin(1)", "sin(1)"), ("sin(0.0)", "0.0"), ("log(e)", "1"), ("1.5*2", "3.0")],
        *[("exp(800.0)", "exp(800.0)"), ("1e300*1e300*x", "1e+300*1e+300*x"), ("x/0", "x/0"), ("sqrt(-4)", "sqrt(-4)")],
        # functions
        *[("sqrt(x*x)", "abs(x)"), ("sqrt(x**4)", "x**2"), ("square(sqrt(x))", "x"), ("sqrt(x)", "sqrt(x)")],
        *[("log(exp(x))", "x"), ("exp(log(x))", "x"), ("tan(arctan(x))", "x"), ("arctan(tan(x))", "arctan(tan(x))")],
        *[("e**x", "exp(x)"), ("1**x", "1"), ("-sin(-x)", "sin(x)"), ("cos(-x - y)", "cos(x + y)")],
        *[("abs(-x)", "abs(x)"), ("abs(x*x)", "x*x"), ("abs(abs(x))", "abs(x)"), ("cos(abs(x))", "cos(x)")],
        # choices
        *[("min(x, min(y, x))", "minimum(x, y)"), ("max(2, max(x, 1))", "maximum(2, x)"), ("min(x, x)", "x")],
        *[("where(1 < 2, x, y)", "x"), ("where(x < x, x, y)", "y"), ("where(x < y, x, x)", "x")],
        *[("where(~(x < 1), x, y)", "where(x < 1, y, x)"), ("where((x < y) & (1 < 2), x, y)", "where(x < y, x, y)")],
        ("where(~((x < y) | (1 < 2)), x, y)", "y"),
    ],
)
def test_what_becomes_of(text: str, simple: str) -> None:
    assert str(parse_formula(text).simplified()) == simple


def test_operators_of_ones_own_are_left_alone() -> None:
    vocabulary = Vocabulary(["x"], [Operator("twice", lambda x: 2 * x)])
    assert str(parse_formula("twice(1.0) + twice(x + 0)", vocabulary).simplified()) == "twice(1.0) + twice(x)"


def test_large_sums_are_simplified_in_time() -> None:
    formula = parse_formula(" + ".join(f"{i % 7}*x{i % 5}" for i in range(300)))
    assert formula.simplified().size == 19
