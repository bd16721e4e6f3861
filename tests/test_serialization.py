"""JSON that means the same later and elsewhere, and that can do no harm."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from examples import Conv

from inlay.spaces import Choice, Mask, OutsideSpace, SpaceError, program, read_json, space, symbolic, write_json


@symbolic
def twice(x: Any) -> Any:
    return [x, x]


def round_trip(value: Any, *known: Any) -> Any:
    return read_json(json.loads(json.dumps(write_json(value))), known)


def test_a_saved_candidate_means_the_same_after_options_are_reordered() -> None:
    before = space({"a": Choice("x", "y", "z"), "b": Choice(Conv(Choice(1, 2)), twice(Choice(3, 4)), "none")})
    after = space(
        {"b": Choice("none", "new", twice(Choice(4, 3)), Conv(Choice(2, 1))), "a": Choice("z", "w", "y", "x")}
    )
    for candidate in before.enumerate():
        saved = json.dumps(candidate.to_json())
        assert after.from_json(json.loads(saved)) == candidate
    with pytest.raises(OutsideSpace, match="at a: 'w'"):
        before.from_json({"a": "w", "b": "none"})


@pytest.mark.parametrize(
    "value",
    [
        [math.nan, math.inf, -0.0, 10**30, "ü\ud800", None, True],
        {"$": 1, "$args": 2},
        {1: "a", (2, frozenset({"k"})): "b", None: "c", 1.5: "d"},
        ({1, 2}, frozenset("ab"), b"\x00\xff", 1 + 2j, complex(0, math.nan)),
        np.arange(6.0).reshape(2, 3),
        np.array(5, dtype=">i4"),
        np.zeros((0, 2), dtype=bool),
        np.arange(2000) % 3 == 0,
        np.array(["2020-01-01"], dtype="M8[D]"),
    ],
)
def test_plain_values_round_trip_without_any_help(value: Any) -> None:
    held = space([value]).simplest()
    assert round_trip(held) == held
    assert round_trip(held).digest() == held.digest()


def test_json_is_readable() -> None:
    candidate = space({"net": [Conv(16), "skip"], "mask": np.array([True, False])}).simplest()
    assert write_json(candidate) == {
        "net": [{"$": f"{Conv.__module__}.Conv", "filters": 16, "kernel": 3}, "skip"],
        "mask": {"$": "mask", "shape": [2], "bits": "10"},
    }


def test_a_large_mask_is_packed() -> None:
    mask = Mask(100_000).simplest()
    assert len(json.dumps(write_json(mask))) < 1000
    assert np.array_equal(round_trip(mask), mask)


def test_an_unknown_head_is_refused_and_nothing_is_imported() -> None:
    import sys

    sys.modules.pop("antigravity", None)
    for name in ("os.system", "antigravity.anything", "builtins.eval"):
        with pytest.raises(SpaceError, match=f"{name}' is not known here .* data import nothing"):
            read_json({"$": name, "$args": ["echo harm"]}, [Conv])
    assert "antigravity" not in sys.modules


called: list[int] = []


@symbolic
def noting(x: int) -> int:
    called.append(x)
    return x


@pytest.mark.parametrize(
    "data",
    [
        {"$": "os.system", "command": "echo harm"},
        {"$": ["os.system"]},
        {"$": None},
        {"$": {}},
        {"$": "dict", "items": [[{"$": f"{__name__}.noting", "x": 1}, 2]]},
        {"$": "dict", "items": [[[1], 2]]},
        {"$": "dict", "items": [[1, 2], [1, 3]]},
        {"$": "dict", "items": 5},
        {"$": "dict"},
        {"$": "tuple"},
        {"$": "set", "items": None},
        {"$": "float", "value": "one"},
        {"$": "float", "value": [1]},
        {"$": "complex", "value": ["1"]},
        {"$": "bytes", "value": "xyz"},
        {"$": "mask", "shape": [3], "bits": "10"},
        {"$": "mask", "shape": [-1], "bits": "10"},
        {"$": "mask", "shape": [10**13], "packed": "eJwDAAAAAAE="},
        {"$": "mask", "shape": [True], "bits": "1"},
        {"$": "mask", "shape": "ab", "bits": "10"},
        {"$": "array", "dtype": "O", "shape": [1], "packed": "eJwDAAAAAAE="},
        {"$": "array", "dtype": "nonsense", "shape": [1], "packed": ""},
        {"$": "array", "dtype": "<f8", "shape": [2], "packed": "!!"},
        {"$": "constant", "name": "builtins.exit"},
        {"$": "constant", "name": ["x"]},
        {"$": "constant"},
        {"$": f"{__name__}.noting", "$args": 5},
        [{"a": object()}],
        {"a": {1, 2}},
    ],
)
def test_hostile_and_malformed_data_are_refused(data: Any) -> None:
    with pytest.raises(SpaceError):
        read_json(data, [noting])
    assert called == []


def test_data_nested_too_deeply_are_refused() -> None:
    data: Any = []
    for _ in range(5000):
        data = [data]
    with pytest.raises(SpaceError, match="not the JSON of a program"):
        read_json(data)


def test_arguments_of_known_heads_are_checked_by_the_space() -> None:
    net = space({"net": Conv(Choice(1, 2))})
    for wrong in ({"filters": 3, "kernel": 3}, {"filters": 1}, {"filters": 1, "kernel": 3, "more": 4}):
        with pytest.raises(OutsideSpace, match="net"):
            net.from_json({"net": {"$": f"{Conv.__module__}.Conv", **wrong}})


def test_a_head_that_has_moved_is_found_by_its_last_name() -> None:
    assert read_json({"$": "older.place.Conv", "filters": 1, "kernel": 3}, [Conv]) == Conv(1)


def test_two_things_of_one_name_are_refused_only_where_they_are_needed() -> None:
    def make() -> Any:
        def helper(x: int) -> int:
            return x

        return helper

    first, second = make(), make()
    both = space({"a": Choice(first, second), "b": Choice(1, 2)})
    candidate = both.simplest()
    with pytest.raises(SpaceError, match=r"2 different constants are called .*helper"):
        both.from_json(write_json(candidate))
    heads = space({"a": Choice(program(first, Choice(1, 2)), program(second, 3)), "b": 1})
    assert heads.contains(heads.simplest())
    with pytest.raises(SpaceError, match="2 different heads"):
        heads.from_json(write_json(heads.simplest()))


def test_functions_without_a_name_are_told_apart_by_their_code() -> None:
    activations = Choice(lambda x: x, lambda x: max(x, 0))
    for member in activations.enumerate():
        assert activations.from_json(json.loads(json.dumps(write_json(member)))) is member


def test_what_has_no_json_form_says_so() -> None:
    with pytest.raises(SpaceError, match=r"a\[1\] is still open"):
        space({"a": [1, Choice(1, 2)]}).to_json()  # type: ignore[attr-defined]
    with pytest.raises(SpaceError, match="no JSON form"):
        write_json(np.array([{}], dtype=object))
    with pytest.raises(SpaceError, match="a name that JSON needs"):
        program(lambda **named: named, **{"$": 1}).to_json()
