"""The spaces over which every law is checked: all holes, then what is composed of them, one line an entry.

`SPACES` makes a fresh space for each name. `MEMBERS` are written by hand and must be recognised; `OTHERS` must be
refused, each at the path and with the reason given; `SIZES` are counted by hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from inlay.spaces import (
    Choice,
    Dependent,
    Integer,
    Mask,
    Permutation,
    PrefixTrees,
    Program,
    Real,
    Repeat,
    Shared,
    Space,
    Subset,
    program,
    space,
    symbolic,
)
from inlay.spaces.formulas import Formulas, OpenFormula, parse_formula


@symbolic
class Conv:
    """A symbolic class with a default."""

    def __init__(self, filters: int, kernel: int = 3) -> None:
        self.filters, self.kernel = filters, kernel

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) and type(self) is type(other)

    __hash__ = None  # type: ignore[assignment]


@symbolic
def add(left: Any, right: Any) -> Any:
    """A symbolic function."""
    return (left, right)


@symbolic
def power(base: Any, exponent: Any) -> Any:
    """Another one."""
    return {base: exponent} if isinstance(base, str) else [base, exponent]


@dataclass
class Settings:
    """A plain dataclass."""

    rate: float
    names: list[Any]


class Point(NamedTuple):
    """A plain named tuple."""

    x: int
    y: int


class Color(Enum):
    """Plain constants."""

    RED = 1
    BLUE = 2


def formula(depth: int) -> Any:
    """A grammar by recursion: the leaves, or an operation on smaller formulas."""
    smaller = formula(depth - 1) if depth else None
    return Choice("x", 1, add(smaller, smaller), power(smaller, 2)) if depth else Choice("x", 1)


def increasing(pair: Any) -> bool:
    """A constraint between two decisions."""
    return bool(pair["a"] < pair["b"])


def equal_parts(pair: Any) -> bool:
    """A constraint that no single change gets past."""
    return bool(pair["a"] == pair["b"])


def even_sum(items: Any) -> bool:
    """A constraint on a list."""
    return sum(items) % 2 == 0


def is_odd(number: int) -> bool:
    """A constraint on a bare number."""
    return number % 2 == 1


def up_to(n: int) -> Integer:
    """The hole that a shared number leads to."""
    return Integer(1, n)


def kernels(name: str) -> Any:
    """What a shared name leads to: holes of different kinds, or none."""
    return {"conv": Choice(3, 5), "pool": {"size": Integer(1, 4, log=True)}, "skip": None}[name]


def shared_twice() -> Space:
    width = Shared(Integer(1, 4), "width")
    return space({"encoder": width, "decoder": [width, Choice("a", "b")]})


def shared_in_options() -> Space:
    width = Shared(Choice(8, 16), "width")
    return space(Repeat(Choice(Conv(width), add(width, Choice(1, 2)), "skip"), 1, 2))


def shared_program() -> Space:
    block = Shared(Conv(Choice(1, 2), kernel=Choice(3, 5)))
    return space({"first": block, "rest": Repeat(Choice(block, "skip"), 0, 2)})


def shared_overlap() -> Space:
    width = Shared(Choice(1, 2))
    return space([width, Choice([width, 1], [Choice(1, 2), 1])])


def dependent_number() -> Space:
    depth = Shared(Integer(1, 3), "depth")
    return space({"depth": depth, "exit": Dependent(up_to, depth), "again": Dependent(up_to, depth)})


def dependent_kind() -> Space:
    kind = Shared(Choice("conv", "pool", "skip"))
    return space({"kind": kind, "with": Repeat(Dependent(kernels, kind), 1, 2)})


def constrained_shared() -> Space:
    bound = Shared(Integer(0, 3), "bound")
    return space({"bound": bound, "pair": space({"a": Integer(0, 2), "b": bound}).where(increasing)})


def everything() -> Space:
    width = Shared(Choice(8, 16), "width")
    options = Choice(Conv(width, kernel=Choice(3, 5)), add(Real(0, 1), Subset(["u", "v"], 1)), weights=[1, 2])
    parts = {"width": width, "blocks": Repeat(options, 0, 2), "exit": Dependent(up_to, width), "mask": Mask(3)}
    return space(parts).where(lambda p: len(p["blocks"]) < 2 or p["exit"] < 5)


def network() -> Space:
    """The example of the first issue."""
    return space(
        {
            "lr": Real(1e-5, 1e-1, log=True),
            "layers": Repeat(Choice(Conv(Choice(16, 32, 64), kernel=Choice(3, 5)), "skip"), 1, 4),
            "order": Permutation(["a", "b", "c"]),
            "use": Subset(range(10), 3),
        }
    )


def flat(n: int) -> Space:
    return space({f"x{i}": Choice("a", "b", i) for i in range(n)})


SPACES: dict[str, Callable[[], Space]] = {
    # holes
    "one": lambda: Choice("only"),
    "choice": lambda: Choice("a", 1, 1.0, True, None, (1, 2)),
    "weighted": lambda: Choice("a", "b", "c", weights=[1, 2, 5]),
    "nested": lambda: Choice(Choice("a", "b"), Choice("c", Choice("d", "e"))),
    "programs": lambda: Choice(Conv(Choice(1, 2), kernel=Choice(3, 5)), Conv(7), add(Choice(1, 2), 3), "skip"),
    "constants": lambda: Choice(len, math.sin, Fraction, Color.RED, math.nan, b"x", 1j, range(3), timedelta(1)),
    "overlapping": lambda: Choice(1, Integer(0, 3), Choice(1, 2, 9), Real(0, 2, step=1)),
    "alike": lambda: Choice(Subset(["a", "b"], 2), Permutation(["a", "b"]), Repeat(Choice("a", "b"), 2)),
    "integer": lambda: Integer(-2, 5),
    "integer pinned": lambda: Integer(3, 3),
    "integer log": lambda: Integer(1, 30, log=True),
    "integer step": lambda: Integer(2, 12, step=3),
    "integer large": lambda: Integer(-(10**18), 10**18),
    "integer large log": lambda: Integer(1, 10**18, log=True),
    "real": lambda: Real(-1, 2),
    "real pinned": lambda: Real(0.5, 0.5),
    "real log": lambda: Real(1e-6, 1e2, log=True),
    "real step": lambda: Real(0, 1, step=0.1),
    "subset": lambda: Subset("abcde", 2),
    "subset bounded": lambda: Subset(["a", "b", Conv(1), None], 1, 3),
    "subset whole": lambda: Subset([1, 2], 2),
    "permutation": lambda: Permutation(["a", "b", (1, 2), None]),
    "permutation of one": lambda: Permutation(["a"]),
    "repeat": lambda: Repeat(Choice("a", "b"), 3),
    "repeat bounded": lambda: Repeat(Integer(0, 2), 0, 3),
    "repeat of fixed": lambda: Repeat("x", 1, 4),
    "repeat none": lambda: Repeat(Real(0, 1), 0),
    "mask": lambda: Mask(4),
    "mask fixed": lambda: Mask(5, ones=2),
    "mask square": lambda: Mask((2, 3), ones=3),
    "mask full": lambda: Mask((2, 2), ones=4),
    "mask large": lambda: Mask((40, 50)),
    "mask chosen": lambda: Choice(Mask(2), "none", Mask(2, ones=1)),
    "shared": lambda: space([Shared(Integer(0, 4))]),
    "shared twice": shared_twice,
    "shared program": shared_program,
    "shared options": shared_in_options,
    "shared overlap": shared_overlap,
    "dependent": dependent_number,
    "dependent kind": dependent_kind,
    "where": lambda: space({"a": Integer(0, 4), "b": Integer(0, 4)}).where(increasing),
    "where apart": lambda: space({"a": Integer(0, 3), "b": Integer(0, 3)}).where(equal_parts),
    "where bare": lambda: Integer(0, 9).where(is_odd),
    "where inside": lambda: Repeat(Choice(Integer(0, 9).where(is_odd), "even"), 1, 2),
    "where list": lambda: Repeat(Integer(0, 3), 1, 3).where(even_sum),
    "where shared": constrained_shared,
    # prefix-closed trees
    "prefix trees": lambda: PrefixTrees(3, ranks=2, depth=3),
    "prefix trees bounded": lambda: PrefixTrees(4, ranks=3, depth=3, least=0, ordered=True),
    "prefix trees large": lambda: PrefixTrees(30, ranks=8, depth=6),
    # formulas
    "formulas": lambda: Formulas(["x"], ["+", "*"], literals=[1, 2], max_size=3),
    "formulas typed": lambda: Formulas(
        ["x", "y"], ["-", "sin", "cos", "less", "where"], max_size=6, forbidden={"sin": ["sin", "cos"], "root": ["sin"]}
    ),
    "formulas constant": lambda: Formulas(
        ["x", "y"], ["+", "*", "/", "exp"], constants=(-2, 2), max_constants=2, max_size=12, max_depth=5
    ),
    "formulas fitted": lambda: Formulas(2, ["+", "sqrt"], literals=[], constants="fitted", max_constants=1, max_size=4),
    "formulas inside": lambda: space({"f": Formulas(["x"], ["-", "log"], max_size=4), "n": Integer(1, 2)}),
    "formulas with units": lambda: Formulas(
        ["x", "t", "n"], ["+", "*", "/", "sqrt", "sin"], units={"x": {"m": 1}, "t": {"s": 1}}, target="m/s", max_size=6
    ),
    "formulas with powers": lambda: Formulas(
        ["x", "y"], ["min", "power", "*", "less", "where"], literals=[2, 0.5],
        units={"x": "m", "y": "m2"}, target="m", max_size=7,
    ),
    "formulas sums": lambda: Formulas(["x", "y"], ["+", "*"], literals=[], max_size=9),
    "opened formula": lambda: OpenFormula(Formulas(["x"], ["+", "*"], literals=[1, 2], max_size=7), "x*x + 1", (1,)),
    # composed
    "closed": lambda: space({"a": [1, (2, "b")], "c": None}),
    "conditional": lambda: space({"model": Choice({"kind": "a", "c": Choice(1, 9)}, {"kind": "b"}), "n": Choice(1, 2)}),
    "recursive": lambda: formula(2),
    "deep": lambda: space({"f": formula(4), "n": Integer(1, 9)}),
    "hundreds": lambda: flat(500),
    "network": network,
    "everything": everything,
    "foreign": lambda: program(complex, real=Choice(1.0, 2.0), imag=Real(0, 1)),
    "positional": lambda: program(Fraction, Integer(1, 4), Integer(1, 3)),
    "keyword": lambda: program(timedelta, days=Integer(0, 2), hours=Choice(1, 2)),
    "dataclass": lambda: space(Settings(Choice(0.1, 0.2), [Choice("u", "v"), "w"])),
    "named tuple": lambda: space(Point(Choice(1, 2), 3)),
    "tuple": lambda: space((Choice(1, 2), [Choice(3, 4)], "x")),
    "dictionary": lambda: space({1: Choice("a", "b"), (2, "k"): Choice("c", "d"), "$": 5, None: 6}),
    "set": lambda: space({"a", "b", Choice(1, 2)}),
}  # fmt: skip

MEMBERS: dict[str, list[Any]] = {
    "one": ["only"],
    "choice": ["a", 1, 1.0, True, None, (1, 2)],
    "programs": [Conv(2, kernel=5), Conv(1), Conv(7, 3), add(1, 3), "skip"],
    "constants": [len, float("nan"), timedelta(days=1), range(0, 3)],
    "overlapping": [1, 3, 9, 2.0],
    "alike": [["a", "b"], ["b", "a"], ["a", "a"]],
    "integer": [-2, 5, np.int64(3)],
    "integer large log": [10**18, 123_456_789_012_345_678],
    "real": [-1, 0.5, 2, np.float64(0.25)],
    "real log": [1e-6, 100, 0.1],
    "real step": [0.3, 0.1 + 0.2, 0, 1.0],
    "subset": [["a", "c"], ["e", "b"]],
    "subset bounded": [[Conv(1), "a"], [None]],
    "permutation": [[None, "b", (1, 2), "a"]],
    "repeat bounded": [[], [0, 2, 1]],
    "mask": [np.array([True, False, False, True])],
    "mask square": [np.array([[1, 0, 1], [0, 1, 0]], dtype=bool)],
    "mask chosen": ["none", np.array([True, True])],
    "prefix trees": ["0(0 1)", "0(1(0))", "0 1(1)"],
    "prefix trees bounded": ["", "0", "0(0) 1(0)", "0 1 2(0)"],
    "prefix trees large": ["0(0(0(0(0(0 1 2 3 4 5 6 7) 1) 1) 1 2 3 4 5 6 7) 7) 7(0 1 2 3 4 5)"],
    "shared twice": [{"encoder": 2, "decoder": [2, "b"]}],
    "shared options": [[Conv(8), add(8, 2)], ["skip"]],
    "dependent": [{"depth": 2, "exit": 2, "again": 1}],
    "dependent kind": [{"kind": "pool", "with": [{"size": 4}]}, {"kind": "skip", "with": [None, None]}],
    "where": [{"a": 0, "b": 4}, {"b": 4, "a": 0}],
    "where inside": [[1, "even"]],
    "formulas": ["x", "x*x", "1 + 2", "2 + x", "1"],
    "formulas typed": ["x - (y - cos(x))", "where(x < y, x, y)", "1"],
    "formulas constant": ["x/(y + 1.5) + exp(-0.5*x)", "1 + 1"],
    "formulas fitted": ["sqrt(x0)", "x1 + 1.0", "sqrt(sqrt(sqrt(2.5)))"],
    "formulas inside": [{"f": parse_formula("x - log(x)", ["x"]), "n": 2}],
    "formulas with units": ["x/t", "sqrt(n)*x/t", "(x + x)/t", "sqrt(x*x)/t", "1/t*x"],
    "formulas with powers": ["x", "y**0.5", "(x*x)**0.5", "where(x < x, x, x)", "minimum(x, y**0.5)", "x*2**2"],
    "formulas sums": ["x", "x + y*(x + x)", "x*x*x*x*y"],
    "opened formula": ["x*x + x", "x*x + 2*x", "x*x + (1 + 2)"],
    "conditional": [{"model": {"kind": "b"}, "n": 1}],
    "recursive": [add(add("x", 1), power("x", 2)), "x"],
    "network": [{"lr": 0.01, "layers": [Conv(32, 5), "skip"], "order": ["c", "a", "b"], "use": [9, 0, 4]}],
    "foreign": [program(complex, 2.0, 0.5), program(complex, imag=0, real=1.0)],
    "positional": [program(Fraction, 3, 2)],
    "dataclass": [Settings(0.2, ["u", "w"])],
    "named tuple": [Point(2, 3), Point(y=3, x=1)],
    "tuple": [(1, [4], "x")],
    "dictionary": [{None: 6, "$": 5, (2, "k"): "d", 1: "a"}],
}

OTHERS: dict[str, list[tuple[Any, tuple[Any, ...], str]]] = {
    "one": [("other", (), "fits no option")],
    "choice": [(2, (), "fits no option"), ((1, 3), (), "fits no option"), (False, (), "fits no option")],
    "programs": [(Conv(2, kernel=4), (), "kernel: it fits no option"), (program(complex, 1), (), "fits no option")],
    "integer": [(6, (), "not in"), (1.0, (), "holds integers"), (True, (), "holds integers")],
    "integer step": [(3, (), "not in"), (14, (), "not in")],
    "integer log": [(0, (), "not in")],
    "real": [(2.1, (), "not in"), (math.nan, (), "not in"), ("1", (), "holds numbers"), (True, (), "holds numbers")],
    "real step": [(0.35, (), "not on the grid")],
    "subset": [
        (["a"], (), "from 2 to 2"),
        (["a", "a"], (), "twice"),
        (["a", "z"], (1,), "not one of"),
        ("a", (), "list"),
    ],
    "permutation": [(["a", "b"], (), "all 4"), (["a", "b", None, 3], (3,), "not one of")],
    "repeat": [(["a", "b"], (), "from 3 to 3"), (["a", "b", "c"], (2,), "fits no option"), (("a",) * 3, (), "list")],
    "mask": [(np.ones(3, dtype=bool), (), "shape"), (np.ones(4), (), "booleans"), ([True] * 4, (), "booleans")],
    "mask fixed": [(np.ones(5, dtype=bool), (), "2 ones, not 5")],
    "prefix trees": [
        ("0(0)", (), "must have 3 nodes, not 2"),
        ("0(0(0(0)))", (), "must have 3 nodes, not 4"),
        ("0 1 2", (), "rank of the node (2,) must be below 2"),
        ("0(", (), "1 brackets are not closed"),
        (["0", "1"], (), "must be a PrefixTree"),
    ],
    "prefix trees bounded": [
        ("0 2", (), "the node (2,) stands there without the rank before it"),
        ("0(0(0(0)))", (), "is deeper than 3 levels"),
        ("0(0(0 1) 1)", (), "must have from 0 to 4 nodes, not 5"),
    ],
    "shared twice": [({"encoder": 2, "decoder": [3, "b"]}, ("decoder", 0), "another use")],
    "dependent": [({"depth": 2, "exit": 3, "again": 1}, ("exit",), "not in")],
    "dependent kind": [({"kind": "conv", "with": [3, 7]}, ("with", 1), "fits no option")],
    "where": [({"a": 4, "b": 0}, (), "increasing does not hold"), ({"a": 4, "b": 9}, ("b",), "not in")],
    "where inside": [([1, 2], (1,), "is_odd does not hold")],
    "where shared": [({"bound": 1, "pair": {"a": 1, "b": 1}}, ("pair",), "increasing does not hold")],
    "formulas": [
        ("x*x + 1", (), "cannot be completed within 3 nodes"),
        ("x/x", (), "divide is not among"),
        ("y", (), "y"),
        (7, (), "must be a formula"),
        ("x +", (), "x +"),
    ],
    "formulas typed": [
        ("1 - sin(cos(x))", (), "cos must not stand here"),
        ("sin(x)", (), "sin must not stand here"),
        ("x < y", (), "less gives a truth where a real must stand"),
    ],
    "formulas constant": [
        ("x + 2.5", (), "not in"),
        ("0.5 + (0.25 + 0.125*x)", (), "more than 2 constants"),
        ("exp(exp(exp(exp(exp(x)))))", (), "5 levels"),
    ],
    "formulas fitted": [("2.0 + 1.5", (), "more than 1 constants")],
    "formulas with units": [
        ("x + t", (), "x + t adds s to m"),
        ("x/t + x", (), "x/t + x adds m to m/s"),
        ("sin(x)/t", (), "sin(x) gives m to sin, which takes pure numbers, at (0,)"),
        ("x*t", (), "it is in m s, and must be in m/s"),
        ("(x + x)/(t + t)", (), "cannot be completed within 6 nodes"),
        ("x/t - x/t", (), "subtract is not among"),
    ],
    "formulas with powers": [
        ("x**x", (), "x**x has m in its exponent"),
        ("x*y**y", (), "y**y has m2 in its exponent, at (1,)"),
        ("x**(2*2)", (), "raises m to a power that is no whole or half literal"),
        ("where(x < y, x, x)", (), "x < y compares m with m2, at (0,)"),
        ("where(x < x, x, y)", (), "chooses between m and m2"),
        ("y", (), "it is in m2, and must be in m"),
        ("x < x", (), "less gives a truth where m must stand"),
    ],
    "formulas sums": [
        ("x - y", (), "subtract is not among"),
        ("x*x*x*x*x*x", (), "cannot be completed within 9 nodes"),
    ],
    "opened formula": [
        ("1 + x*x", (), "another formula outside the open part"),
        ("x", (), "another formula outside the open part"),
        ("x*x + x*x*x", (), "cannot be completed within 3 nodes"),
        (7, (), "must be a formula"),
    ],
    "closed": [({"a": [1, (2, "x")], "c": None}, ("a",), "must be")],
    "conditional": [({"model": {"kind": "b", "c": 1}, "n": 1}, ("model",), "fits no option")],
    "network": [
        ({"lr": 0.01, "layers": [Conv(32, 4)], "order": ["a"], "use": [1]}, ("layers", 0, "kernel"), "fits no")
    ],
    "foreign": [(complex(1, 0), (), "made by complex"), (program(complex, 1.0), (), "lacks imag")],
    "positional": [(program(Fraction, 9, 1), ("numerator",), "not in")],
    "dataclass": [(Settings(0.2, ["u", "z"]), ("names", 1), "must be")],
    "tuple": [([1, [4], "x"], (), "made by tuple"), ((1, [4], "y"), (2,), "must be")],
    "dictionary": [({1: "a", (2, "k"): "d", "$": 5, None: 6, "more": 1}, (), "unknown more")],
}

SIZES: dict[str, float] = {
    "one": 1,
    "choice": 6,
    "weighted": 3,
    "nested": 5,
    "programs": 4 + 1 + 2 + 1,
    "constants": 9,
    "overlapping": 5 + 3,
    "alike": 4,
    "integer": 8,
    "integer pinned": 1,
    "integer log": 30,
    "integer step": 4,
    "integer large": 2 * 10**18 + 1,
    "integer large log": 10**18,
    "real": math.inf,
    "real pinned": 1,
    "real log": math.inf,
    "real step": 11,
    "subset": 10,
    "subset bounded": 4 + 6 + 4,
    "subset whole": 1,
    "permutation": 24,
    "permutation of one": 1,
    "repeat": 8,
    "repeat bounded": 1 + 3 + 9 + 27,
    "repeat of fixed": 4,
    "repeat none": 1,
    "mask": 16,
    "mask fixed": 10,
    "mask square": 20,
    "mask full": 1,
    "mask large": 2**2000,
    "mask chosen": 4 + 1,
    "prefix trees": 14,
    "prefix trees bounded": 1 + 1 + 2 + 5 + 12,
    "prefix trees large": 130617808205251899661672534457772496,
    "shared": 5,
    "shared twice": 8,
    "shared program": 4 * (1 + 2 + 4),
    "shared options": 1 + 1 + 2 * (3 + (4 * 4 - 1)),
    "shared overlap": 2 * 2,
    "dependent": 1 + 4 + 9,
    "dependent kind": (2 + 4) + (4 + 16) + (1 + 1),
    "where": 10,
    "where apart": 4,
    "where bare": 5,
    "where inside": 6 + 36,
    "where list": 2 + 8 + 32,
    "where shared": 0 + 1 + 2 + 3,
    "formulas": 21,
    "formulas typed": 1065,
    "formulas constant": math.inf,
    "formulas fitted": 44,
    "formulas inside": 24 * 2,
    "formulas with units": 1 + 26 + 50,
    "formulas with powers": 1 + 6 + 68 + 6 + 973,
    "formulas sums": 2 + 8 + 64 + 5 * 2**7 + 14 * 2**9,
    "opened formula": 21,
    "closed": 1,
    "conditional": 6,
    "recursive": 2 + (2 + 4 + 2) ** 2 + (2 + 4 + 2),
    "deep": 9 * (2 + 5552**2 + 5552),
    "hundreds": 3**500,
    "network": math.inf,
    "everything": math.inf,
    "foreign": math.inf,
    "positional": 12,
    "keyword": 6,
    "dataclass": 4,
    "named tuple": 2,
    "tuple": 4,
    "dictionary": 4,
    "set": 2,
}

#: Programs that are no member of any space above, for laws about foreign values.
STRANGERS: list[Any] = [Program(dict, nothing=1), "no such option", 10**40, object(), [], {}, np.zeros(2)]
