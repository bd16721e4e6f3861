"""Formulas as text: what is printed is read back, what cannot be read is refused with its place."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from formula_samples import EVERY, MEMBERS, POINTS, SPACES, values
from hypothesis import given, settings

from inlay.spaces import SpaceError
from inlay.spaces.formulas import Formula, Formulas, Operator, Vocabulary, parse_formula
from inlay.spaces.formulas.features import formula_features
from inlay.spaces.formulas.parsing import as_formula
from inlay.spaces.formulas.prefix_words import read_prefix

law = settings(deadline=None, derandomize=True, database=None, max_examples=150)
SOFTPLUS = Operator("softplus", lambda x: np.logaddexp(0, x))
XY = Vocabulary(["x", "y", "θ"], [SOFTPLUS])


# -- text and back -----------------------------------------------------------------------------------------------------


@law
@given(MEMBERS)
def test_what_is_printed_is_read_back_exactly(member: tuple[Formulas, Formula]) -> None:
    space, formula = member
    assert parse_formula(str(formula), space.vocabulary, literals=space.grammar.by_number) == formula
    assert space.contains(str(formula))
    assert read_prefix(*reversed(formula.written())) == formula


@law
@given(MEMBERS)
def test_a_text_without_its_literals_has_the_same_values(member: tuple[Formulas, Formula]) -> None:
    again = parse_formula(str(member[1]), member[0].vocabulary)
    np.testing.assert_array_equal(values(again).values, values(member[1]).values)


@law
@given(MEMBERS)
def test_the_python_source_has_the_same_values(member: tuple[Formulas, Formula]) -> None:
    names: dict[str, Any] = {}
    exec(member[1].source("made"), names)
    with np.errstate(all="ignore"):
        made = np.broadcast_to(
            np.asarray(names["made"](*POINTS[: len(member[0].vocabulary.variables)])), POINTS.shape[1]
        )
    np.testing.assert_allclose(made, values(member[1]).values, rtol=1e-9)


def test_the_python_source_treats_numbers_as_numpy_does() -> None:
    names: dict[str, Any] = {}
    exec(parse_formula("where(~(2 < 1), x/(1/0), (-8)**0.5)").source(), names)
    with np.errstate(all="ignore"):
        assert names["formula"](np.array([1.0])).tolist() == [0.0]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("x - (y - 1)", "x - (y - 1)"),
        ("(x - y) - 1", "x - y - 1"),
        ("x + (y + 1)", "x + (y + 1)"),
        ("(x/y)/2", "x/y/2"),
        ("x/(y/2)", "x/(y/2)"),
        ("-(x**2)", "-x**2"),
        ("(-x)**2", "(-x)**2"),
        ("x**(y**2)", "x**y**2"),
        ("(x**y)**2", "(x**y)**2"),
        ("x^2*y^-1 + x", "x**2*y**(-1) + x"),
        ("-2*x", "-2*x"),
        ("x*-2", "x*(-2)"),
        ("x - -2*y", "x - (-2*y)"),
        ("(-2)**x", "(-2)**x"),
        ("-2**x", "-2**x"),
        ("- x - -y", "-x - (-y)"),
        ("-(2)", "-(2)"),
        ("--2", "2"),
        ("2 + 2.0 + 0.5 + 2e0", "2 + 2.0 + 0.5 + 2.0"),
        ("2*pi*e", "2*pi*e"),
        ("square(x) + x**2", "square(x) + x**2"),
        ("min(x, ln(y)) + asin(Abs(x))", "minimum(x, log(y)) + arcsin(abs(x))"),
        ("where((x > 1) & (y < 2) | ~(x < y), x, y)", "where((1 < x) & (y < 2) | ~(x < y), x, y)"),
        ("softplus(θ\n + x)", "softplus(θ + x)"),
    ],
)
def test_parentheses_are_those_that_the_structure_needs(text: str, printed: str) -> None:
    assert str(parse_formula(text, XY)) == printed
    assert parse_formula(printed, XY) == parse_formula(text, XY)


def test_numbers_are_literals_or_constants() -> None:
    assert parse_formula("2*x + 2.0 + pi").constants == (2.0,)
    assert parse_formula("2*x + 2.5 + 3 + pi", literals=[2.5]).constants == (2.0, 3.0)
    assert parse_formula("-x - 1", literals=[-1.0]).constants == (1.0,)


def test_variables_are_found_in_natural_order() -> None:
    assert parse_formula("x10*sin(x2) + pi - y1^x1").vocabulary.variables == ("x1", "x2", "x10", "y1")
    assert parse_formula("µ + 1", ["µ"]).variables == ("µ",)  # Python reads the micro sign as the Greek letter


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "column", "why"),
    [
        ("x +", 4, "ends where an operand"),
        ("x + * y", 5, "'\\*' stands there"),
        ("2x", 1, "a sign such as \\* is expected"),
        ("(x", 1, "never closed"),
        ("x^y^2 + q", 9, "no variable 'q': the variables are x, y, θ"),
        ("  θ^2 +\n q", 10, "no variable 'q'"),
        ("x + foo(y)", 5, "no operator 'foo'"),
        ("1 + sin", 5, "write sin\\(...\\)"),
        ("sin(x, y)", 1, "sin takes 1 operand, not 2"),
        ("sin(x=1)", 1, "operands alone"),
        ("x(2)", 1, "write x\\*\\(...\\)"),
        ("x < y < 1", 1, "do not chain"),
        ("x <= y", 1, "only < and >"),
        ("x and y", 1, "write & and |"),
        ("(x < 1) + 1", 2, "a number is expected"),
        ("where(x, 1, 2)", 7, "a condition, such as x < 1"),
        ("x % 2", 1, "the signs are"),
        ("lambda*x", 1, "a word of Python"),
        ("x # y", 3, "'#'"),
        ("1e999", 1, "too large"),
        ("1 + True", 5, "is expected here"),
        ("x + 'y'", 5, "is expected here"),
        ("[x]", 1, "is expected here"),
        ("__import__('os').getcwd()", 1, "called by its name"),
    ],
)
def test_an_error_shows_its_place(text: str, column: int, why: str) -> None:
    with pytest.raises(SpaceError, match=f"column {column}: .*{why}"):
        parse_formula(text, XY)


@pytest.mark.parametrize(
    ("part", "times"), [("", 1), (" ", 1), ("-", 9000), ("(", 999), ("x+", 9000), ("x", 10**6), ("\ud800", 1)]
)
def test_no_text_does_worse_than_a_clear_error(part: str, times: int) -> None:
    with pytest.raises(SpaceError, match=r"formula|nested|characters"):
        parse_formula(part * times, ["x"])


def test_only_texts_are_read() -> None:
    unread: Any = 3
    with pytest.raises(SpaceError, match="read from a text, not from 3"):
        parse_formula(unread)


def test_a_formula_has_at_most_ten_thousand_nodes() -> None:
    balanced = "x*x"
    for _ in range(12):
        balanced = f"({balanced})+({balanced})"
    with pytest.raises(SpaceError, match="at most 10000 nodes"):
        parse_formula(balanced)


@pytest.mark.parametrize("text", ["add x", "x x", "literal", "literal:2", "literal:1_0.0", "foo:1.0", "", "x  ", "q"])
def test_prefix_words_are_read_strictly(text: str) -> None:
    with pytest.raises(SpaceError):
        read_prefix(text, XY)


def test_formulas_are_made_of_other_values() -> None:
    assert as_formula(parse_formula("x*2"), XY) == parse_formula("x*2", XY)
    assert [as_formula(number, XY).constants for number in (2, 2.0, np.float64(2))] == [(), (2.0,), (2.0,)]
    stranger = Vocabulary(["x"], [Operator("softplus", abs)])
    for value in (True, None, "q", parse_formula("q"), parse_formula("softplus(x)", stranger)):
        with pytest.raises(SpaceError):
            as_formula(value, XY)


# -- other texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("2*x + x*2 + 2*3", r"2 x + x \cdot 2 + 2 \cdot 3"),
        ("(x + 1)*(y - 2) + x*(y + 1)", r"\left(x + 1\right) \left(y - 2\right) + x \cdot \left(y + 1\right)"),
        ("x - (y - 1) + (x + y)", r"x - \left(y - 1\right) + x + y"),
        ("-(x + 1)/y**2", r"\frac{-\left(x + 1\right)}{y^{2}}"),
        ("2*(1/2)*x", r"2 \cdot \frac{1}{2} x"),
        ("(x**2)**y + (-x)**2", r"\left(x^{2}\right)^{y} + \left(-x\right)^{2}"),
        ("sin(x)^2 + exp(-x) + sqrt(x + 1)", r"\sin^{2}\left(x\right) + e^{-x} + \sqrt{x + 1}"),
        (
            "omega_0*lambda_ + speed_max*speed",
            r"\omega_{0} \lambda + \mathrm{speed}_{\mathrm{max}} \cdot \mathrm{speed}",
        ),
        ("x*1.5e-7 + 1e20", r"x \cdot 1.5 \cdot 10^{-7} + 1 \cdot 10^{20}"),
        ("abs(x)*max(x, pi)", r"\left|x\right| \max\left(x, \pi\right)"),
        ("where(x < 1, x, 2)", r"\begin{cases} x & \text{if } x < 1 \\ 2 & \text{otherwise} \end{cases}"),
    ],
)
def test_latex(text: str, latex: str) -> None:
    assert parse_formula(text).latex() == latex


@law
@given(MEMBERS)
def test_latex_is_balanced(member: tuple[Formulas, Formula]) -> None:
    text = member[1].latex()
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right")


def test_the_python_source_is_refused_where_there_is_none() -> None:
    with pytest.raises(SpaceError, match="'softplus' is an operator of yours"):
        parse_formula("softplus(x)", XY).source()
    with pytest.raises(SpaceError, match="cannot be called 'class'"):
        parse_formula("x", XY).source("class")
    assert "import numpy as np_\n" in parse_formula("sin(np)").source()


SETTINGS: list[dict[str, Any]] = [
    {},
    {"operators": ["+"]},
    {"operators": ["+", SOFTPLUS]},
    {"operators": ["+", Operator("softplus", np.exp)]},
    {"operators": ["+", Operator("softplus", np.exp, commutative=True)]},
    {"operators": EVERY},
    {"literals": [2]},
    {"literals": [1, 0.0]},
    {"literals": [1, -0.0]},
    {"constants": (0, 1)},
    {"constants": (0, 2)},
    {"constants": "fitted"},
    {"max_size": 9},
    {"max_depth": 4},
    {"constants": (0, 1), "max_constants": 2},
    {"forbidden": {"root": ["1"]}},
    {"forbidden": {"add": ["1"]}},
    {"weights": {"add": 2}},
    {"weights": {"x0": 2}},
    {"weights": {"x0": 2, "add": 2}},
]


def test_a_space_is_written_as_the_python_that_makes_it() -> None:
    known = {"Formulas": Formulas, "Operator": Operator, "numpy": np}
    spaces = [Formulas(2, **setting) for setting in SETTINGS if SOFTPLUS not in setting.get("operators", [])]
    for space in [*SPACES, *spaces]:
        again = eval(repr(space), known)
        assert repr(again) == repr(space)
        assert again.grammar == space.grammar
    assert repr(Formulas(["x", "y"])) == "Formulas(['x', 'y'])"
    assert repr(Formulas(2, weights={"add": 2})) == "Formulas(2, weights={'add': 2})"


def test_different_spaces_are_written_differently() -> None:
    spaces = [Formulas(2, **setting) for setting in SETTINGS]
    assert all(repr(first) != repr(second) for first, second in combinations(spaces, 2))


# -- features ----------------------------------------------------------------------------------------------------------


@law
@given(MEMBERS)
def test_features_lie_between_zero_and_one(member: tuple[Formulas, Formula]) -> None:
    space, formula = member
    features = formula_features(space.grammar, formula)
    assert len(features) == len(formula_features(space.grammar, None))
    assert all(0 <= feature <= 1 for feature in features)
    assert math.isclose(sum(features[: len(space.grammar.symbols)]), formula.size / space.grammar.max_size)


def test_features_tell_numbers_apart() -> None:
    space = Formulas(["x"], literals=[1, 2], constants=(-9, 9), max_size=4)
    names = [symbol.name for symbol in space.grammar.symbols]
    features = formula_features(space.grammar, parse_formula("x*2.5 + 2", ["x"], literals=[1, 2]))
    assert [features[names.index(name)] for name in ("x", "1", "2", "constant")] == [0.25, 0, 0.25, 0.25]
    assert features[-2:] == [0.5 + math.atan(2.5) / math.pi, 0.0]
