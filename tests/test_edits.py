"""Spaces as values that are edited: fill, restrict, extend, drop, open."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from examples import Conv

from inlay.spaces import (
    Choice,
    Dependent,
    Integer,
    Mask,
    OutsideSpace,
    PathError,
    Permutation,
    Real,
    Repeat,
    Shared,
    Space,
    SpaceError,
    Subset,
    space,
)


def network() -> Space:
    return space(
        {
            "rate": Real(1e-4, 1.0, log=True),
            "layers": Repeat(Choice(Conv(Choice(16, 32, 64), kernel=Choice(3, 5)), "skip", 7), 1, 3),
            "steps": Integer(0, 20, step=5),
            "use": Subset("abcd", 2),
            "order": Permutation("xyz"),
        }
    )


net = network()


@pytest.mark.parametrize(
    "path", ["layers[*].Conv.kernel", ("layers", "*", "Conv", "kernel"), ("layers", "*", 0, "kernel")]
)
def test_fill_through_elements_and_options(path: Any) -> None:
    filled = net.fill({path: 5, "rate": 0.01})
    for seed in range(20):
        value = filled.sample(Random(seed))
        assert value["rate"] == 0.01
        assert all(layer["kernel"] == 5 for _, layer in value.find(Conv))
        assert net.contains(value)
    assert net.fingerprint() == network().fingerprint()


def test_fill_is_all_or_nothing_and_names_the_place() -> None:
    with pytest.raises(OutsideSpace, match=r"at layers\[\*\].Conv.kernel: 4 is outside"):
        net.fill({"rate": 0.1, "layers[*].Conv.kernel": 4})
    with pytest.raises(
        PathError, match=r"layers\[\*\].Dense does not exist: layers\[\*\] of the space has Conv, \[1\], \[2\]"
    ):
        net.fill({"layers[*].Dense": 1})
    with pytest.raises(PathError, match=r"rate.x does not exist: rate of the space has nothing"):
        net.fill({"rate.x": 1})


def test_filling_every_hole_leaves_one_member() -> None:
    value = net.sample(Random(0))
    filled = net.fill({name: value[name] for name in ("rate", "layers", "steps", "use", "order")})
    assert filled.size() == 1
    assert filled.sample(Random(5)) == value


def test_restrict() -> None:
    assert net.restrict("layers[*].Conv.filters", [16, 64]).fill({"rate": 0.1}).size() < net.fill({"rate": 0.1}).size()
    smaller = net.restrict("layers[*]", [Conv, "skip"]).restrict("layers", (2, 2)).restrict("rate", (0.01, 0.1))
    value = smaller.sample(Random(0))
    assert len(value["layers"]) == 2
    assert 7 not in value["layers"]
    assert 0.01 <= value["rate"] <= 0.1
    steps = space([Integer(0, 20, step=5)]).restrict((0,), (3, 12))
    assert [member[0] for member in steps.enumerate()] == [5, 10]
    grid = Real(0, 1, step=0.25).restrict((), (0.3, 0.8))
    assert list(grid.enumerate()) == [0.5, 0.75]
    assert Choice("a", "b", "c", weights=[1, 2, 3]).restrict((), ["a", "c"]).weights == (1.0, 3.0)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("layers[*]", ["none"], "is not an option of"),
        ("layers[*]", [], "would lose its last option"),
        ("rate", (0.5, 2.0), "does not lie inside"),
        ("rate", (0.5, 0.1), "does not lie inside"),
        ("rate", 5, "restricted to a range"),
        ("steps", (1, 4), "holds no member"),
        ("layers", (0, 2), "does not lie inside"),
        ("use", ["a"], "cannot have 2 members"),
    ],
)
def test_restrict_refuses_what_leaves_nothing(path: str, options: Any, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        net.restrict(path, options)


def test_drop_and_extend() -> None:
    assert net.drop("layers[*]", Conv, 7).fill({"rate": 0.1}).contains
    only = net.drop("layers[*]", "Conv", 7)
    assert set(only.sample(Random(0))["layers"]) == {"skip"}
    larger = net.extend("layers[*]", Conv(1), [Choice(1, 2)])
    assert larger.contains({**net.sample(Random(0)).build(), "layers": [Conv(1), [2]]})
    assert not net.contains({**net.sample(Random(0)).build(), "layers": [Conv(1)]})
    assert net.extend("use", "e").contains({**net.sample(Random(0)).build(), "layers": ["skip"], "use": ["e", "a"]})
    with pytest.raises(SpaceError, match="twice"):
        net.extend("layers[*]", "skip")
    with pytest.raises(SpaceError, match="no options to extend"):
        net.extend("rate", 5)


def test_extending_a_weighted_choice_needs_weights() -> None:
    weighted = Choice("a", "b", weights=[1, 2])
    with pytest.raises(SpaceError, match=r"give weights=\[...\]"):
        weighted.extend((), "c")
    assert weighted.extend((), "c", weights=[5]).weights == (1.0, 2.0, 5.0)  # type: ignore[attr-defined]
    assert Choice("a", "b").extend((), "c", weights=[5]).weights == (1.0, 1.0, 5.0)  # type: ignore[attr-defined]


def test_options_that_become_the_same_are_taken_together() -> None:
    both = Choice(Integer(0, 3), 2, "x", weights=[1, 2, 3])
    filled = both.fill({(0,): 2})
    assert filled.size() == 2
    assert filled.weights == (3.0, 3.0)  # type: ignore[attr-defined]


def test_open_keeps_the_rest() -> None:
    value = net.adopt({"rate": 0.01, "layers": [Conv(16), "skip"], "steps": 5, "use": ["a", "b"], "order": list("zyx")})
    for path, size in [("layers[0].filters", 3), ("layers[0]", 8), ("layers", 8 + 64 + 512), ("steps", 5), ("use", 6)]:
        opened = net.open(value, path)
        assert opened.size() == size
        assert opened.contains(value)
        assert not [d for d in value.diff(opened.sample(Random(1))) if not str(d).startswith(path)]
    assert net.open(value, ()).fingerprint() == net.fingerprint()


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        ("nowhere", PathError, "nowhere does not exist"),
        ("layers[7]", PathError, r"layers\[7\] does not exist"),
        ("use[0]", SpaceError, r"use is decided as a whole by Subset"),
        ("layers[1].x", SpaceError, "no hole to open"),
    ],
)
def test_open_refuses_what_is_no_hole(path: str, error: type[Exception], message: str) -> None:
    value = net.adopt({"rate": 0.01, "layers": [Conv(16), "skip"], "steps": 5, "use": ["a", "b"], "order": list("zyx")})
    with pytest.raises(error, match=message):
        net.open(value, path)
    with pytest.raises(OutsideSpace):
        net.open({"rate": 5}, path)


def test_a_shared_hole_opens_in_all_its_uses_with_what_depends_on_it() -> None:
    depth, width = Shared(Integer(1, 3)), Shared(Choice(8, 16))
    made = space(
        {
            "d": depth,
            "w": [width, Choice(1, 2)],
            "e": Dependent(lambda n: Integer(1, n), depth),
            "again": [depth, width],
        }
    )
    value = made.adopt({"d": 2, "w": [8, 1], "e": 2, "again": [2, 8]})
    opened = made.open(value, "again[0]")
    assert opened.size() == 1 + 2 + 3
    assert all(made.contains(member) and member["w"] == value["w"] for member in opened.enumerate())
    assert made.open(value, "e").size() == 2
    assert made.open(value, "w[0]").size() == 2
    assert made.open(value, "w").size() == 2  # the width stays, for it is used elsewhere


def test_an_opened_hole_does_not_free_what_others_share() -> None:
    width = Shared(Choice(1, 2, 3))
    made = space([width, Choice([width, Choice("a", "b")], "none")])
    opened = made.open([2, [2, "a"]], 1)
    assert {str(member) for member in opened.enumerate()} == {"[2, [2, 'a']]", "[2, [2, 'b']]", "[2, 'none']"}


def test_edits_pass_through_sharing_and_constraints() -> None:
    inner = Shared(Choice(1, 2, 3))
    outer = Shared([inner, Choice("a", "b")])
    made = space({"i": inner, "o": outer, "p": outer, "d": Dependent(lambda n: Integer(0, n), inner)})
    constrained = made.where(lambda p: p["d"] < 3)
    filled = constrained.fill({"o[0]": 2})
    assert filled.size() == 2 * 3
    assert all(constrained.contains(member) and member["i"] == 2 for member in filled.enumerate())
    assert constrained.fill({"o": [3, "b"]}).size() == 3
    with pytest.raises(SpaceError, match="needs the value of"):
        made.fill({"d": 1})
    assert made.fill({"i": 2}).fill({"d": 1}).size() == 2
    with pytest.raises(OutsideSpace, match="constraint"):
        constrained.fill({"i": 3, "o": [3, "a"], "d": 3})


def test_a_prefix_of_decisions_leaves_the_rest_open() -> None:
    depth = Shared(Integer(1, 3))
    block = Shared(Conv(Choice(1, 2), kernel=Choice(3, 5)))
    made = space([depth, block, Repeat(block, 0, 2), Dependent(lambda n: Choice(*range(n)), depth)])
    decisions = made.trace([2, Conv(2, 5), [Conv(2, 5)], 1])
    sizes = [made.after(decisions[:k]).size() for k in range(len(decisions) + 1)]
    assert sizes == [72, 24, 12, 6, 2, 1]
    assert Choice(1, 2).after([]).size() == 2
    assert space([Mask(3)]).after([]).size() == 8
    assert np.array_equal(space([Mask(3)]).after([np.ones(3, dtype=bool)]).sample(Random(0))[0], np.ones(3, dtype=bool))
