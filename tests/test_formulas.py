"""The space of formulas: what it counts, refuses and explains; formulas as values; their identity and moves."""

from __future__ import annotations

import pickle
from collections import Counter
from itertools import islice
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inlay.spaces import Choice, OutsideSpace, PathError, SpaceError, space
from inlay.spaces.formulas import ARITHMETIC, Formula, Formulas, Operator, Vocabulary, operator_named, parse_formula
from inlay.spaces.formulas.identity import P, as_field, field_key

RICH = (*ARITHMETIC, "sin", "cos", "exp", "log", "sqrt", "negative", "square")


def softsign(x: Any) -> Any:
    return x / (1 + np.abs(x))


def brute_force(size: int, leaves: int, unary: int, binary: int) -> int:
    """The number of expressions of exactly so many nodes, by the recursion of their roots."""
    counts = [0, leaves]
    for n in range(2, size + 1):
        counts.append(unary * counts[n - 1] + binary * sum(counts[a] * counts[n - 1 - a] for a in range(1, n - 1)))
    return counts[size]


# -- counting ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 5, 9])
def test_the_size_is_that_of_the_recursion(size: int) -> None:
    made = Formulas(["x", "y"], [*ARITHMETIC, "sin", "exp"], literals=[1, 2, 3], max_size=size)
    assert made.size() == sum(brute_force(n, 5, 2, 4) for n in range(1, size + 1))


def test_depth_constants_and_rules_are_counted() -> None:
    made = Formulas(["x"], ["+", "sin"], literals=[], max_size=6, max_depth=3, forbidden={"sin": ["sin"]})
    listed = {formula.code for formula in made.enumerate()}
    assert made.size() == len(listed)
    everything = Formulas(["x"], ["+", "sin"], literals=[], max_size=6)
    kept = [f for f in everything.enumerate() if f.depth <= 3 and "sin(sin" not in str(f) and not nested_sine(f)]
    assert listed == {formula.code for formula in kept}


def nested_sine(formula: Formula) -> bool:
    """Whether a sine stands anywhere beneath a sine."""
    parts = dict(formula.walk())
    sines = [path for path, part in parts.items() if part.written()[1].startswith("sin")]
    return any(a != b and b[: len(a)] == a for a in sines for b in sines)


def test_a_limit_of_constants_holds_and_is_counted() -> None:
    made = Formulas(["x"], ["+"], literals=[], constants="fitted", max_constants=1, max_size=5)
    assert made.size() == len(list(made.enumerate())) == 2 + 3 + 2 * 4
    assert max(len(formula.constants) for formula in made.enumerate()) == 1


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"operators": ["addd"]}, "there is no operator 'addd'"),
        ({"operators": ["+", "add"]}, "stands twice"),
        ({"variables": ["x", "x"]}, "stands twice"),
        ({"variables": ["sin"]}, "names an operator"),
        ({"variables": ["x y"]}, "identifier"),
        ({"variables": [], "literals": []}, "needs leaves"),
        ({"literals": [1, 1]}, "differ"),
        ({"literals": [float("nan")]}, "finite"),
        ({"constants": "free"}, "give a range"),
        ({"max_size": 0}, "at least one node"),
        ({"forbidden": {"tan": ["x"]}}, "forbidden names tan"),
        ({"weights": {"tan": 2}}, "weights for tan"),
        ({"weights": {"x": 0}}, "weights must be positive"),
        ({"variables": ["x"], "literals": [], "forbidden": {"root": ["x"]}, "max_size": 1}, "no formula fits"),
        ({"operators": ["less"], "max_size": 3, "variables": ["x"]}, None),
    ],
)
def test_a_space_that_cannot_be_says_why(arguments: dict[str, Any], why: str | None) -> None:
    described = {"variables": ["x"], **arguments}
    if why is None:
        assert Formulas(**described).size() == 2  # nothing takes a truth: only leaves are left
        return
    with pytest.raises(SpaceError, match=why):
        Formulas(**described)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Operator("bad name", abs), "identifier"),
        (lambda: Operator("none", abs, takes=()), "takes 0 arguments"),
        (lambda: Operator("four", max, takes=("real",) * 4), "takes 4 arguments"),
        (lambda: Operator("odd", abs, takes=("text",)), "the types are"),
        (lambda: Operator("number", 3), "cannot be called"),  # type: ignore[arg-type]
        (lambda: operator_named("sine"), "there is no operator 'sine'"),
    ],
)
def test_an_operator_that_cannot_be_says_why(make: Any, why: str) -> None:
    with pytest.raises(SpaceError, match=why):
        make()


def test_codes_that_make_no_expression_are_refused() -> None:
    words = Vocabulary(["x"])
    codes = parse_formula("x + x", words).code
    with pytest.raises(SpaceError, match="lack 1 operands"):
        Formula(codes[:-2], (), words)
    with pytest.raises(SpaceError, match="more follow"):
        Formula(codes + codes, (), words)
    with pytest.raises(SpaceError, match="ask for 0 numbers"):
        Formula(codes, (1.0,), words)


# -- formulas as values ------------------------------------------------------------------------------------------------


def test_parts_are_found_and_replaced_by_paths() -> None:
    f = parse_formula("x * sin(y + 1.5)", ["x", "y"])
    assert str(f[1, 0]) == "y + 1.5"
    assert [str(part) for _, part in f.walk()] == [str(f), "x", "sin(y + 1.5)", "y + 1.5", "y", "1.5"]
    assert str(f.replace({0: "y", (1, 0, 1): 3})) == "y*sin(y + 3)"
    assert f.with_constants([2.5])[1, 0].constants == (2.5,)
    assert f.variables == ("x", "y")
    with pytest.raises(PathError, match="no part at"):
        f[1, 1]
    with pytest.raises(SpaceError, match="inside another"):
        f.replace({1: "x", (1, 0): "y"})
    with pytest.raises(SpaceError, match="twice"):
        f.replace({0: "x", (0,): "y"})


def test_equal_formulas_hash_alike_and_pickle() -> None:
    f, g = (parse_formula("x/(y + 2.5)", ["x", "y"]) for _ in range(2))
    assert f == g
    assert hash(f) == hash(g)
    assert pickle.loads(pickle.dumps(f)) == f
    assert f != parse_formula("x/(y + 2.5)", ["x", "y", "z"])
    assert f.with_numbers([float("nan")]) == g.with_numbers([float("nan")])


def test_formulas_live_inside_other_spaces() -> None:
    made = space({"f": Formulas(["x"], max_size=5), "kind": Choice("a", "b")})
    member = made.sample(Random(0))
    assert isinstance(member.build()["f"], Formula)
    assert made.contains({"f": parse_formula("x + 1", ["x"]), "kind": "a"})
    with pytest.raises(OutsideSpace, match=r"at f: .*vocabulary"):
        made.trace({"f": parse_formula("y", ["y"]), "kind": "a"})


def test_own_operators_work_everywhere_that_numpy_does() -> None:
    made = Formulas(["x"], ["+", Operator("softsign", softsign)], max_size=4)
    f = made.adopt("softsign(x) + 1")
    assert f([[1.0], [-3.0]]).tolist() == [1.5, 0.25]
    assert made.from_json({"$": "value", **{"of": f"Vocabulary {made.vocabulary!r}", "text": f.written()[1]}}) == f


# -- identity ----------------------------------------------------------------------------------------------------------

EQUAL = [
    ("x + y", "y + x"),
    ("(x + y) + x", "2*x + y"),
    ("x*(y + 1)", "x*y + x"),
    ("x - x", "0*y"),
    ("x/x", "1"),
    ("x/y/y", "x/(y*y)"),
    ("sin(-x)", "-sin(x)"),
    ("cos(x - y)", "cos(y - x)"),
    ("max(x, y)", "max(y, x)"),
    ("x**3", "cube(x)"),
    ("x**-2", "1/square(x)"),
    ("1/(x - x)", "y/(x - x)"),
    ("sin(x + x)", "sin(2*x)"),
]
DIFFERENT = [
    ("x - y", "y - x"),
    ("sin(x)", "cos(x)"),
    ("sin(-x)", "sin(x)"),
    ("x**2.5", "x**2"),
    ("exp(x)", "x"),
    ("min(x, y)", "max(x, y)"),
    ("0.1 + 0.2", "0.4"),
    ("where(x < y, x, y)", "where(y < x, x, y)"),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_equal_expressions_have_one_key(one: str, other: str) -> None:
    assert field_key(parse_formula(one, ["x", "y"])) == field_key(parse_formula(other, ["x", "y"]))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_functions_have_different_keys(one: str, other: str) -> None:
    assert field_key(parse_formula(one, ["x", "y"])) != field_key(parse_formula(other, ["x", "y"]))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_formulas_of_one_key_have_the_same_values(seed: int) -> None:
    """The other direction: what the key takes for one function is one, wherever both are defined."""
    made, rng = Formulas(["x", "y"], RICH, literals=[1, 2], max_size=6), Random(seed)
    points = np.random.default_rng(seed).uniform(0.3, 1.7, (6, 2))
    groups: dict[bytes, list[Formula]] = {}
    for _ in range(60):
        formula = made.sample(rng)
        groups.setdefault(made.key(formula), []).append(formula)
    for alike in groups.values():
        with np.errstate(all="ignore"):
            values = [formula(points) for formula in alike]
        for one in values[1:]:
            both = np.isfinite(one) & np.isfinite(values[0])
            assert np.allclose(one[both], values[0][both], rtol=1e-6, atol=1e-9)


def test_numbers_enter_the_field_exactly() -> None:
    assert as_field(-1.0) == P - 1
    assert as_field(0.1) * 10 % P != 1  # 0.1 is no tenth
    assert as_field(1.5) * 2 % P == 3
    assert as_field(2.0**-1074) * pow(2, 1074, P) % P == 1


def test_fitted_constants_are_unknowns_in_keys() -> None:
    made = Formulas(["x"], ["+", "*"], literals=[], constants="fitted", max_size=7)
    keys = [made.key(made.adopt(text)) for text in ("1.0*x", "2.5*x", "x", "1.0*x + 1.0", "1.0 + 3.0*x")]
    assert keys[0] == keys[1] != keys[2]
    assert len(set(keys)) == 4 or keys[3] != keys[0]


# -- moves -------------------------------------------------------------------------------------------------------------


def test_mutation_is_local_and_crossover_takes_parts_of_both() -> None:
    made, rng = Formulas(["x", "y"], RICH, max_size=25), Random(3)
    first, second = (max(islice(iter(lambda: made.sample(rng), None), 40), key=len_of) for _ in range(2))
    shared = Counter[bool]()
    for _ in range(200):
        child = made.crossover(first, second, rng)
        parts = {part.code for formula in (first, second) for _, part in formula.walk()}
        shared[any(part.code in parts for _, part in child.walk() if part.size > 1) or child.size <= 2] += 1
        assert made.contains(child)
    assert shared[True] > 150
    smaller = [made.mutate(first, rng).size for _ in range(300)]
    assert min(smaller) < first.size < max(smaller) or first.size == 25


def len_of(formula: Formula) -> int:
    return formula.size


def test_a_constant_moves_within_its_range() -> None:
    made = Formulas(["x"], ["+"], literals=[], constants=(-1, 1), max_size=3)
    f, rng = made.adopt("x + 0.5"), Random(0)
    found = {made.mutate(f, rng).constants for _ in range(100)}
    assert len({c for (c, *_) in filter(None, found)}) > 5
    assert all(-1 <= c <= 1 for constants in found for c in constants)


def test_moves_know_that_what_the_root_bans_may_stand_beneath_it() -> None:
    made = Formulas(["x"], ["sin"], literals=[], max_size=4, forbidden={"root": ["x"]})
    members = [str(member) for member in made.enumerate()]
    assert sorted(members) == ["sin(sin(sin(x)))", "sin(sin(x))", "sin(x)"]
    for seed in range(30):
        assert str(made.mutate("sin(sin(x))", Random(seed))) in members
    assert {str(other) for other in made.neighbors("sin(sin(x))")} == {"sin(x)", "sin(sin(sin(x)))"}
