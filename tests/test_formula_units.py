"""Units of measurement: how they are read, what operators do with them, and the spaces that respect them."""

from __future__ import annotations

import math
import pickle
from collections.abc import Mapping
from fractions import Fraction
from itertools import islice
from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.problems.formulas.feynman import FEYNMAN
from inlay.spaces import Draw, OutsideSpace, SpaceError
from inlay.spaces.formulas import Formula, Formulas, Operator, UnitError, parse_formula, unit_setup, units_of
from inlay.spaces.formulas.moves import crossed, hoisted, inserted, regrown, renamed, shrunk
from inlay.spaces.formulas.opened import OpenFormula
from inlay.spaces.formulas.unit_codes import UnitCodes
from inlay.spaces.formulas.unit_reach import Steps, reach
from inlay.spaces.formulas.units import Unit, powers, read_unit, unit_text

UNITS: Mapping[str, Unit] = {"m": {"kg": 1}, "v": {"m": 1, "s": -1}, "x": "m", "y": "m", "t": "s"}
NAMES = [*UNITS, "n"]


def soft(x: Any) -> Any:
    return x / (1 + np.abs(x))


def chance(condition: Any) -> Any:
    return np.where(condition, 1.0, 0.5)


#: An operator of one's own from a condition to a pure number.
CHANCE = Operator("chance", chance, ("truth",))


def energy(**settings: Any) -> Formulas:
    """Kinetic energies and the like."""
    given = {"literals": [1, 2], "max_size": 9, **settings}
    operators = given.pop("operators", ["+", "-", "*", "/", "sqrt", "sin"])
    return Formulas(["m", "v", "c", "n"], operators, units={"m": "kg", "v": "m/s", "c": "m/s"}, target="J", **given)


# -- units -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("1", {}),
        ("", {}),
        ("kg m/s2", {"kg": 1, "m": 1, "s": -2}),
        ("1/s", {"s": -1}),
        ("m-1", {"m": -1}),
        ("m(1/2)/s(3/2)", {"m": Fraction(1, 2), "s": Fraction(-3, 2)}),
        ("J/N", {"m": 1}),
        ("kg*m^2/s^2", {"kg": 1, "m": 2, "s": -2}),
        ("m^-1 s^(1/2)", {"m": -1, "s": Fraction(1, 2)}),
    ],
)
def test_units_are_read_and_written(text: str, unit: dict[str, Any]) -> None:
    assert powers(text) == unit
    assert powers(unit_text(unit)) == unit
    assert read_unit(unit, "x") == read_unit(text, "x") == unit


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("furlong/s", "no unit 'furlong' in 'furlong/s': there are kg"),
        ("m//s", r"'m//s' cannot be read at '//s'"),
        ({"m": "one"}, "the unit of x has m to the power 'one': a power is a whole number or a fraction"),
        ({"m": math.pi}, "the unit of x has m to the power 3.14"),
        ({"m": math.nan}, "m to the power nan"),
        ({"m": True}, "m to the power True"),
        ({1: 1}, "the unit of x is {1: 1}: give powers of base units"),
        (3, "the unit of x is 3"),
    ],
)
def test_what_is_no_unit_is_refused(given: Any, why: str) -> None:
    with pytest.raises(SpaceError, match=why):
        read_unit(given, "x")


def test_codes_multiply_as_units_do() -> None:
    units: list[dict[str, int | Fraction]] = [{"m": 1, "s": -2}, {"m": Fraction(1, 3)}, {"kg": -7, "s": 5}]
    codes = UnitCodes(units, raising=9)
    a, b, c = map(codes.encode, units)
    assert codes.decode(a + 2 * b - c) == {"m": Fraction(5, 3), "s": -7, "kg": 7}
    assert codes.decode((a >> 3) * 100) == {"m": Fraction(25, 2), "s": -25}
    assert codes.text(a - a) == "a pure number"


# -- the units of formulas -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("m*v**2/2", "J"),
        ("x + y - min(x, y)", "m"),
        ("where(x < y, abs(x), -y)*n", "m"),
        ("sqrt(x/t)", "m(1/2)/s(1/2)"),
        ("x**1.5", "m(3/2)"),
        ("x**-2", "1/m2"),
        ("reciprocal(cube(t))", "1/s3"),
        ("square(sqrt(x))", "m"),
        ("sin(x/y)*exp(n)", "1"),
        ("n**n", "1"),
        ("2.5*x + 0.5*y", "m"),
        ("(x/y)**n", "1"),
    ],
)
def test_the_unit_of_a_formula(text: str, unit: str) -> None:
    assert units_of(parse_formula(text, NAMES, literals=[1.5, -2, 0.5, 2]), UNITS) == powers(unit)


@pytest.mark.parametrize(
    ("text", "why", "path"),
    [
        ("x + t", "x + t adds s to m", ()),
        ("n*(x - m)", "x - m subtracts kg from m, at (1,)", (1,)),
        ("x + 1", "x + 1 adds a pure number to m", ()),
        ("sin(max(x, v))", "maximum(x, v) compares m with m/s, at (0,)", (0,)),
        ("where(x < t, x, x)", "x < t compares m with s, at (0,)", (0,)),
        ("where(n < 1, x, t)", "where(n < 1, x, t) chooses between m and s", ()),
        ("1 + exp(t)", "exp(t) gives s to exp, which takes pure numbers, at (1,)", (1,)),
        ("x**n", "x**n raises m to a power that is no whole or half literal", ()),
        ("x**0.3", "x**0.3 raises m to a power that is no whole or half literal", ()),
        ("n**x", "n**x has m in its exponent", ()),
        ("x**y", "x**y has m in its exponent", ()),
    ],
)
def test_units_that_do_not_match_are_told_with_their_place(text: str, why: str, path: tuple[int, ...]) -> None:
    with pytest.raises(UnitError) as caught:
        units_of(parse_formula(text, NAMES, literals=[1, 0.3]), UNITS)
    assert (str(caught.value), caught.value.path) == (why, path)
    assert str(pickle.loads(pickle.dumps(caught.value))) == why


def test_own_operators_take_and_give_pure_numbers() -> None:
    made = Formulas(["x", "y"], ["/", Operator("soft", soft)], units={"x": "m", "y": "m"}, max_size=4)
    assert made.contains("soft(x/y)")
    assert not made.contains("soft(x)/y")
    assert made.units_of("soft(x/y)") == {}


def test_a_long_formula_has_room_for_its_powers() -> None:
    text = "x"
    for _ in range(60):
        text = f"square({text})"
    assert units_of(parse_formula(f"sqrt(sqrt({text}))", ["x"]), {"x": "m"}) == {"m": 2**58}


# -- spaces ----------------------------------------------------------------------------------------------------------

Arguments = dict[str, Any]
CASES: list[tuple[Arguments, dict[str, Unit], Unit]] = [
    ({"variables": ["x", "t"], "operators": ["+", "*", "/"]}, {"x": "m", "t": "s"}, "m/s"),
    ({"operators": ["-", "*", "sqrt", "square", "sin"], "literals": [2]}, {"x": "m", "t": "s"}, "m"),
    ({"operators": ["power", "*", "cube", "reciprocal"], "literals": [2, -0.5]}, {"x": "m", "t": "s"}, "m2"),
    ({"operators": ["less", "where", "+", "min"], "max_size": 6}, {"x": "m"}, "m"),
    ({"operators": ["less", "where", "*", "both"], "literals": [], "max_size": 7}, {"x": "m", "t": "m(1/2)"}, "m"),
    ({"operators": ["/", "*", "abs", "neg"], "literals": [], "max_size": 6, "max_depth": 4}, {"x": "m"}, {}),
    (
        {"operators": ["/", "*", "log", "+"], "forbidden": {"log": ["add"], "root": ["multiply"], "add": ["divide"]}},
        {"x": "m", "t": "m"},
        "m",
    ),
    ({"operators": ["*", "power"], "literals": [2], "constants": "fitted", "max_constants": 1}, {"x": "m"}, "m3"),
    ({"operators": ["sqrt", "*", "power"], "literals": [0.5, 3], "max_size": 6}, {"x": "m", "t": "s"}, {"m": 0.25}),
    ({"operators": ["*", "less", CHANCE], "literals": [], "max_size": 8}, {"x": "m", "t": "s"}, "m2"),
]  # fmt: skip
cases = pytest.mark.parametrize(("arguments", "units", "target"), CASES)


def consistent(free: Formulas, units: Mapping[str, Unit], target: Unit) -> set[Formula]:
    """The members of a space without units whose units match and whose value has the unit of the target."""
    wanted, found = read_unit(target, "the target"), set()
    for formula in free.enumerate():
        try:
            if units_of(formula, units) == wanted:
                found.add(formula)
        except UnitError:
            pass
    return found


@cases
def test_members_are_exactly_the_formulas_whose_units_match(
    arguments: Arguments, units: dict[str, Unit], target: Unit
) -> None:  # fmt: skip
    given = {"variables": ["x", "t"], "max_size": 5, **arguments}
    made, free = Formulas(**given, units=units, target=target), Formulas(**given)
    wanted = consistent(free, units, target)
    listed = list(made.enumerate())
    assert len(listed) == made.size() == len(wanted) > 0
    assert set(listed) == wanted
    assert all(made.contains(formula) == (formula in wanted) for formula in islice(free.enumerate(), 0, None, 5))


def test_members_obey_a_change_of_units() -> None:
    """In other units of mass, length and time a member gives the same energy in the other units."""
    made, rng = (
        energy(operators=["+", "-", "*", "/", "sqrt", "sin", "abs", "max", "where", "less"]),
        np.random.default_rng(0),
    )
    X = rng.uniform(1, 2, (20, 4))
    kg, m, s = 1.7, 0.6, 2.3
    scales = np.array([kg, m / s, m / s, 1])
    for formula in made.sample_many(80, Random(0)):
        with np.errstate(all="ignore"):
            assert formula(X * scales) == pytest.approx(formula(X) * kg * m**2 / s**2, nan_ok=True, rel=1e-6)
        assert made.units_of(formula) == powers("J")


def test_a_space_with_few_units_holds_the_formulas_of_which_all_parts_have_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments: Arguments = {"variables": ["x", "t"], "operators": ["*", "/"], "literals": [1], "max_size": 7}
    units: dict[str, Unit] = {"x": "m", "t": "s"}
    everything = set(Formulas(**arguments, units=units, target="m/s").enumerate())
    monkeypatch.setattr(unit_setup, "MOST_UNITS", 6)
    few = Formulas(**arguments, units=units, target="m/s")
    assert few.grammar.units is not None
    codes, kept = few.grammar.units.codes, few.grammar.units.reach
    assert (len(kept.least), kept.nodes) == (6, 6)
    parts = {f: {codes.encode(units_of(part, units)) for _, part in f.walk()} for f in everything}
    wanted = {formula for formula in everything if parts[formula] <= kept.least.keys()}
    assert set(few.enumerate()) == wanted
    assert few.size() == len(wanted) < len(everything)
    with pytest.raises(OutsideSpace, match=r"x\*t is in m s, which no part of a formula of at most 6 nodes needs"):
        few.trace("x*x/(x*t)")


def test_units_are_found_from_both_ends() -> None:
    """Every unit that a part can have within the bounds is found, however far it is from the leaves."""
    both = Steps(True, True, ((1, 1), (4, 1)))
    for size in (5, 8):
        codes = UnitCodes([{"m": 1, "s": 1}], raising=size)
        x, t = codes.encode({"m": 1}), codes.encode({"s": 1})
        made = Formulas(
            ["x", "t"], ["*", "/", "sqrt", "square"], literals=[], units={"x": "m", "t": "s"}, max_size=size
        )
        found = reach({x, t}, 0, both, size, most=10_000)
        assert found.nodes == size
        seen = set()
        for formula in made.sample_many(400, Random(size)):
            seen |= {codes.encode(units_of(part, {"x": "m", "t": "s"})) for _, part in formula.walk()}
        assert seen <= found.least.keys() == found.around.keys()
        assert all(found.least[unit] + found.around[unit] <= size for unit in found.least)


def test_draws_do_not_run_to_the_bounds() -> None:
    sizes = [formula.size for formula in energy(max_size=20).sample_many(200, Random(0))]
    assert sum(size <= 9 for size in sizes) > 15
    assert sum(size >= 15 for size in sizes) > 15


def test_constants_are_pure_numbers() -> None:
    made = energy(constants="fitted", max_constants=1)
    assert made.contains("2.5*m*v*v")
    with pytest.raises(OutsideSpace, match="adds a pure number to kg m2/s2"):
        made.trace("m*v*v + 2.5")


def test_a_variable_without_unit_is_a_pure_number() -> None:
    assert energy().contains("n*m*v*v")
    assert energy().contains("sin(n)*m*v*v")


def test_the_text_of_a_space_makes_it_again() -> None:
    halves: dict[str, Unit] = {"x": {"m": 0.5, "s": Fraction(1, 3)}}
    for made in (energy(), Formulas(["x", "y"], units=halves, target={"m": 1, "s": Fraction(2, 3)})):
        again = eval(repr(made), {"Formulas": Formulas})
        assert again.fingerprint() == made.fingerprint()
        assert again.size() == made.size()
    assert "units={'m': {'kg': 1}, 'v': {'m': 1, 's': -1}" in repr(energy())
    assert repr(energy()).endswith("target={'kg': 1, 'm': 2, 's': -2})")
    assert "units={}" in repr(Formulas(["x"], units={}))
    assert Formulas(["x"], units={}).size() == Formulas(["x"]).size()


def test_a_pickle_holds_no_productions() -> None:
    made = energy(max_size=15)
    made.sample_many(50, Random(0))
    data = pickle.dumps(made)
    assert len(data) < 20_000
    assert pickle.loads(data).sample_many(9, Random(1)) == made.sample_many(9, Random(1))


def test_many_at_once_are_made_one_by_one() -> None:
    made, rng = energy(), Random(5)
    assert list(made.sample_many(30, Random(5))) == [made.sample(rng) for _ in range(30)]


# -- moves -----------------------------------------------------------------------------------------------------------


def test_single_moves_keep_all_units() -> None:
    made, rng = energy(max_size=12), Random(1)
    found = {move.__name__: 0 for move in (regrown, renamed, hoisted, shrunk, inserted)}
    for formula in made.sample_many(80, rng):
        for move in (regrown, renamed, hoisted, shrunk, inserted):
            other = move(made, formula, int(rng.random() * formula.size), Draw(rng))
            if other is not None:
                assert made.units_of(other) == powers("J")
                assert made.contains(other) or other.size > 12
                found[move.__name__] += other != formula
    assert all(count > 10 for count in found.values())


def test_crossing_finds_parts_of_one_unit() -> None:
    made, rng = energy(max_size=12), Random(2)
    pairs = list(zip(made.sample_many(100, rng), made.sample_many(100, rng), strict=True))
    children = [crossed(made, first, second, rng) for first, second in pairs]
    assert all(map(made.contains, children))
    assert sum(child not in pair for child, pair in zip(children, pairs, strict=True)) > 70


def test_a_part_is_opened_with_its_unit() -> None:
    made = energy(operators=["+", "*", "/"], max_size=7)
    opened = OpenFormula(made, "m*(v*c)", (1,))
    start = parse_formula("m*n", ["m", "v", "c", "n"]).code[:4]
    fillings = {member for member in made.enumerate() if member.code[:4] == start}
    assert opened.size() == len(fillings)
    assert set(opened.enumerate()) == fillings
    assert "target={'m': 2, 's': -2}" in repr(opened.part)


def test_an_exponent_that_units_fix_is_not_opened() -> None:
    made = energy(operators=["*", "power"])
    with pytest.raises(SpaceError, match=r"cannot be opened at \(1, 1\)"):
        OpenFormula(made, "m*v**2", (1, 1))


# -- what cannot be ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"target": "m"}, "target='m' says nothing without units of the variables"),
        ({"units": {"z": "m"}}, "units of z: the variables of this space are x, t"),
        ({"units": {"x": {"m": "1"}}}, "the unit of x has m to the power '1'"),
        (
            {"units": {"x": "m"}, "target": "J"},
            "cannot match: no formula of x in m is in kg m2/s2: no variable has kg, s",
        ),
        (
            {"units": {"x": "m/s"}, "target": "m"},
            "no product of powers of them has the right power of s together with m",
        ),
        (
            {"units": {"x": "m"}, "target": "m9", "max_size": 5},
            "is in m9 within 5 nodes and these operators: allow more",
        ),
        ({"units": {"x": "m"}, "target": "m2", "operators": ["+"]}, "or give multiply, divide, square or sqrt"),
        ({"units": {}, "target": "m"}, "no formula of pure numbers is in m: no variable has m"),
        ({"units": {"x": "m"}, "literals": [], "variables": ["x"], "operators": ["sin"]}, "is in 1 within 20 nodes"),
        ({"units": {"x": "m"}, "target": "m2", "max_depth": 1}, "no formula fits these symbols, bounds and rules"),
    ],
)
def test_units_that_cannot_match_are_refused_when_the_space_is_made(settings: Arguments, why: str) -> None:
    with pytest.raises(SpaceError) as caught:
        Formulas(**{"variables": ["x", "t"], **settings})
    assert why in str(caught.value)


def test_a_space_without_units_tells_none() -> None:
    with pytest.raises(SpaceError, match="this space knows no units"):
        Formulas(["x"]).units_of("x")


def test_conditions_and_numbers_do_not_mix() -> None:
    made = Formulas(["x"], ["sin", "less", "where"], max_size=7, units={})
    less = made.adopt("where(x < 1, x, 1)").part(1)
    sine = parse_formula("sin(x)", made.vocabulary)
    wrong = Formula(sine.code[:2] + less.code, less.numbers, made.vocabulary)
    with pytest.raises(OutsideSpace, match="mixes numbers and conditions"):
        made.trace(wrong)


# -- known laws --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("equation", FEYNMAN.values(), ids=FEYNMAN)
def test_laws_of_physics_have_units_that_match(equation: Any) -> None:
    made = equation.space(balanced=True)
    assert made.contains(equation.formula)
    assert made.units_of(equation.formula) == read_unit(equation.units[equation.target], equation.target)
    assert all(map(made.contains, made.sample_many(3, Random(0))))


@pytest.mark.parametrize(
    ("name", "free", "balanced"),
    [("feynman-I.14.3", 198_188_132, 14_106), ("feynman-I.34.8", 406_337_005, 3_162)],
)
def test_units_leave_a_small_part_of_a_space(name: str, free: int, balanced: int) -> None:
    equation = FEYNMAN[name]
    assert equation.space(max_size=9).size() == free
    assert equation.space(max_size=9, balanced=True).size() == balanced
