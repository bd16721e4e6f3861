"""Programs: reading, editing, building, and equality that never fails."""

from __future__ import annotations

import math
import os
import pickle
import subprocess
import sys
from copy import copy, deepcopy
from typing import Any

import numpy as np
import pytest

from inlay.spaces import Choice, PathError, Program, SpaceError, digest, program, space, symbolic


@symbolic
def pair(left: Any, right: Any = None) -> Any:
    return [left, right]


@symbolic
def failing(x: Any) -> Any:
    raise RuntimeError("out of luck")


def nest(levels: int, innermost: Any = 0) -> Program:
    made = pair(innermost)
    for _ in range(levels):
        made = pair(made)
    return made


class Hostile:
    """An object whose every question raises."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        raise RuntimeError("no text")


sample = Program(dict, layers=[pair(1, 2), pair(3, 4)], rate=0.5, **{"a key": {"deep": (1, 2)}})


# -- paths -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "part"),
    [
        (("layers", 0, "left"), 1),
        ("layers[0].left", 1),
        ("layers[-1].right", 4),
        (("layers", -2, "right"), 2),
        ('["a key"].deep[1]', 2),
        ("a key", sample["a key"]),
        ((), sample),
    ],
)
def test_a_path_is_a_tuple_or_a_text(key: Any, part: Any) -> None:
    assert sample[key] == part


def test_an_argument_name_wins_over_the_path_that_it_spells() -> None:
    assert Program(dict, {"a.b": 1, "a": {"b": 2}})["a.b"] == 1


def test_keys_of_a_dictionary_are_no_positions() -> None:
    numbers = Program(dict, {-1: "last", 1: "one", 0: "zero"})
    assert (numbers[-1], numbers[1], numbers[0]) == ("last", "one", "zero")
    with pytest.raises(PathError):
        _ = numbers[-2]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("layers[5].left", r"layers\[5\] does not exist: list at layers has \[0\], \[1\]"),
        ("layers[0].width", r"layers\[0\].width does not exist: pair at layers\[0\] has left, right"),
        ("rate.x", r"rate.x does not exist: rate is 0.5, which has no parts"),
        ("nowhere", "nowhere does not exist: dict at the root has layers, rate"),
    ],
)
def test_errors_name_the_path_and_what_is_there(key: str, message: str) -> None:
    with pytest.raises(PathError, match=message):
        _ = sample[key]
    with pytest.raises(PathError, match=message):
        sample.replace({key: 1})


def test_slices_and_iteration_read_like_the_value() -> None:
    assert sample["layers"][:1] == [pair(1, 2)]
    assert list(sample) == ["layers", "rate", "a key"]
    assert [part["left"] for part in sample["layers"]] == [1, 3]
    assert "rate" in sample
    assert pair(3, 4) in sample["layers"]
    assert len(sample["layers"]) == 2


def test_find_by_head_and_by_predicate() -> None:
    assert [path for path, _ in sample.find(pair)] == [("layers", 0), ("layers", 1)]
    assert [path for path, _ in sample.find(lambda part: part == 4)] == [("layers", 1, "right")]
    assert program(len, [1]).find(len) == [((), program(len, [1]))]
    assert sample.find(complex) == []


# -- editing ---------------------------------------------------------------------------------------------------------


def test_replace_of_several_paths_is_atomic() -> None:
    before = digest(sample)
    with pytest.raises(PathError):
        sample.replace({"rate": 1.0, "layers[9]": 2})
    assert digest(sample) == before
    edited = sample.replace({"rate": 1.0, ("layers", 0, "left"): 9, "layers[1]": "none"})
    assert (edited["rate"], edited["layers[0].left"], edited["layers[1]"]) == (1.0, 9, "none")
    assert digest(sample) == before


def test_replace_shares_what_it_does_not_touch() -> None:
    edited = sample.replace({"layers[0].left": 9})
    assert edited["layers", 1] is sample["layers", 1]
    assert edited["a key"] is sample["a key"]


@pytest.mark.parametrize(
    "parts",
    [
        {"layers": 1, "layers[0]": 2},
        {"layers[0].left": 1, "layers": 2},
        {"layers[-1]": 1, ("layers", 1): 2},
        {"layers[1].left": 1, ("layers", -1): 2},
        {"rate": 1, ("rate",): 2},
        {(): 1, "rate": 2},
    ],
)
def test_replace_refuses_paths_that_overlap(parts: Any) -> None:
    with pytest.raises(SpaceError, match="another path that is replaced"):
        sample.replace(parts)


def test_replace_at_the_root_and_of_nothing() -> None:
    assert sample.replace({(): 5}) == 5
    assert sample.replace({}) == sample


def test_programs_never_change() -> None:
    with pytest.raises(AttributeError, match="use replace"):
        sample.head = list
    with pytest.raises(AttributeError, match="use replace"):
        del sample.args  # type: ignore[attr-defined]
    assert copy(sample) is deepcopy(sample) is sample


def test_diff_gives_the_smallest_differing_parts() -> None:
    other = sample.replace({"layers[0].left": 9, "rate": 1})
    assert [(d.path, d.left, d.right) for d in sample.diff(other)] == [
        (("layers", 0, "left"), 1, 9),
        (("rate",), 0.5, 1),
    ]
    assert str(sample.diff(other)[0]) == "layers[0].left: 1 -> 9"
    assert sample.diff(sample.replace({})) == []
    assert [str(d) for d in pair(1).diff(Program(dict, a=1))] == ["the root: pair(left=1, right=None) -> {'a': 1}"]


# -- equality and identity -------------------------------------------------------------------------------------------

different = [1, 1.0, True, "1", b"1", None, 1j, (1,), [1], {1}, frozenset({1}), {1: 1}, {1.0: 1}, {True: 1}, np.ones(1)]


def test_equality_is_typed() -> None:
    for i, a in enumerate(different):
        for j, b in enumerate(different):
            assert (pair(a) == pair(b)) == (i == j)
            assert (digest(pair(a)) == digest(pair(b))) == (i == j)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (math.nan, float("nan")),
        (0.0, -0.0),
        (complex(0, math.nan), complex(-0.0, math.nan)),
        (range(0), range(5, 5)),
        (np.array([1.0, math.nan]), np.array([1.0, math.nan])),
        (np.array([1, "a"], dtype=object), np.array([1, "a"], dtype=object)),
        ({"a": 1, 2: 3}, {2: 3, "a": 1}),
        (dict.fromkeys(range(12)), dict.fromkeys(reversed(range(12)))),
        ({1, 2, "b"}, {"b", 2, 1}),
        (np.float64(1.5), 1.5),
        (ValueError("x"), ValueError("x")),
    ],
)
def test_values_that_mean_the_same_are_equal_with_the_same_hash_and_digest(a: Any, b: Any) -> None:
    assert pair(a) == pair(b)
    assert hash(pair(a)) == hash(pair(b))
    assert digest(pair(a)) == digest(pair(b))


def test_equality_never_raises() -> None:
    hostile = pair(Hostile())
    others = [hostile, pair(Hostile()), np.zeros(3), np.array([], dtype=object), Hostile, 1, None, pair(np.zeros(2))]
    for other in others:
        assert (hostile == other) is (other is hostile)
        assert (hostile != other) is (other is not hostile)
    assert (np.zeros(3) == hostile) is False
    assert isinstance(hash(hostile), int)
    assert isinstance(str(hostile), str)
    assert isinstance(hostile.digest(), str)


def test_hash_and_digest_are_the_same_in_every_process() -> None:
    code = (
        "from inlay.spaces import *; import numpy as np\n"
        "p = program(complex, real=[1, 'a', (2.5, None), {'x': {'u', 'v', 'w'}, (1, 'k'): frozenset('abc')}], "
        "imag={frozenset({'s', 't'}): np.arange(3), 'f': len, 'g': lambda x: x + 1})\n"
        "print(hash(p), digest(p), space([Choice('a', p)]).fingerprint())"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "12345")
    }
    assert len(texts) == 1


def test_deep_programs_compare_and_hash_without_recursion() -> None:
    deep, again, other = nest(2000), nest(2000), nest(2000, 1)
    assert hash(deep) == hash(again) != hash(other)
    assert deep == again != other
    assert deep.digest() == again.digest() != other.digest()
    assert not nest(2000).plan
    assert space([nest(2000), Choice(1, 2)]).contains([nest(2000), 2])


def test_programs_of_reasonable_depth_are_built_and_written() -> None:
    deep = nest(150)
    assert str(deep).count("pair(") == 151
    built = deep.build()
    for _ in range(150):
        built = built[0]
    assert built == [0, None]
    assert pickle.loads(pickle.dumps(deep)) == deep


def test_an_object_without_equality_is_the_same_as_its_copy() -> None:
    class Plain:
        pass

    assert pair(Plain) == pair(Plain)
    error = ValueError("a")
    assert pair(error) == pickle.loads(pickle.dumps(pair(error)))
    assert pair(error) != pair(ValueError("b"))


# -- building --------------------------------------------------------------------------------------------------------


def test_building_never_hands_out_an_object_that_the_space_owns() -> None:
    given = {
        "array": np.zeros(3),
        "list": [1],
        "object": bytearray(b"ab"),
        "objects": np.array([[1], {}], dtype=object),
    }
    held = space([given, Choice(np.ones(2), bytearray(b"x"))])
    candidate = held.simplest()
    before = digest(candidate)
    given["array"][0] = 5.0  # type: ignore[index]
    given["list"].append(2)  # type: ignore[union-attr]
    given["object"].append(3)  # type: ignore[union-attr]
    built = candidate.build()
    assert built[0]["list"] == [1]
    built[0]["array"][0], built[1][0] = 7.0, 7.0
    built[0]["list"].append(3)
    built[0]["object"].append(4)
    built[0]["objects"][0] = 8
    again = candidate.build()
    assert again[0]["array"][0] == 0.0
    assert again[0]["object"] == b"ab"
    assert again[0]["objects"][0] == [1]
    assert digest(candidate) == before
    assert held.contains(candidate)


def test_arrays_inside_are_write_protected_also_after_pickling() -> None:
    made = pair(np.zeros(2))
    for held in (made["left"], pickle.loads(pickle.dumps(made))["left"]):
        with pytest.raises(ValueError, match="read-only"):
            held[0] = 1


def test_building_what_is_open_says_so() -> None:
    with pytest.raises(SpaceError, match="still open: fill every hole"):
        pair(Choice(1, 2)).build()


def test_an_error_of_a_head_says_which_part_was_built() -> None:
    with pytest.raises(RuntimeError) as caught:
        pair([failing(5)]).build()
    assert caught.value.__notes__ == ["while building failing(x=5)"]


def test_what_cannot_be_copied_is_refused_where_it_is_written() -> None:
    with pytest.raises(SpaceError, match="cannot be copied"):
        pair(item for item in "abc")
