"""Programs and spaces as text and as HTML."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from examples import Conv

from inlay.spaces import (
    Choice,
    Dependent,
    Integer,
    Mask,
    Permutation,
    Program,
    Real,
    Repeat,
    Shared,
    Subset,
    Where,
    program,
    space,
)


def small(value: Any) -> bool:
    return len(str(value)) < 60


names = {
    **{kind.__name__: kind for kind in (Choice, Integer, Real, Subset, Permutation, Repeat, Mask, Conv, Where, Shared)},
    "small": small,
    "len": len,
    "Dependent": Dependent,
}


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, (2,), (), 2.5], (1, "k"): {"x", "y"}, None: frozenset({1}), 3: set(), "f": frozenset(), "n": len},
        Conv(1),
        program(dict.fromkeys, [1, 2], 5),
        [math.inf, -math.inf],
        Conv([Conv(True), b"x", 1j]),
    ],
)
def test_a_program_reads_as_the_python_that_would_write_it(value: Any) -> None:
    held = space([value]).simplest()
    if "fromkeys" not in str(held):
        assert space(eval(str(held), names)) == held
    assert str(held) == repr(held)


@pytest.mark.parametrize(
    "made",
    [
        Choice("a", Conv(Choice(1, 2)), [3, None]),
        Choice("a", "b", weights=[1, 2]),
        space({"x": Integer(1, 8, log=True), "y": Integer(0, 9, step=3), "z": [Real(0.0, 1.0, step=0.25), "w"]}),
        Real(1e-5, 0.1, log=True),
        Repeat(Conv(Choice(1, 2)), 1, 4),
        Subset(["a", Conv(1)], 1, 2),
        Permutation([1, (2, 3)]),
        space([Mask(4), Mask((2, 3), ones=2)]),
        Where(Integer(0, 9), small, attempts=7),
        Shared(Choice(1, 2), "width"),
    ],
)
def test_a_space_reads_as_the_python_that_would_write_it(made: Any) -> None:
    again = space(eval(repr(made), names))
    assert repr(again) == repr(made)
    assert again.fingerprint() == made.fingerprint()


def test_names_that_are_no_identifiers_and_large_arrays() -> None:
    made = program(lambda **named: named, **{"class": 1, "a b": 2})
    assert str(made) == "<lambda>(**{'class': 1}, **{'a b': 2})"
    assert str(space([np.zeros((10, 10), dtype=bool)])) == "[<array bool 10x10, 0 ones>]"
    assert str(space([np.arange(3)])) == "[array([0, 1, 2])]"


def test_a_tree_of_text_shows_what_is_shared_and_what_depends_on_it() -> None:
    width = Shared(Choice(8, 16), "width")
    made = space(
        {
            "w": width,
            "layers": Repeat(Choice(Conv(width), "skip"), 0, 2),
            "exit": Dependent(small, width),
            "pair": space({"a": Integer(0, 3)}).where(small),
        }
    )
    assert made.describe() == "\n".join(
        [
            "dict",
            "├─ w: Shared width #1",
            "│  └─ shared: Choice(8, 16)",
            "├─ layers: Repeat 0..2",
            "│  └─ *: Choice",
            "│     ├─ Conv",
            "│     │  ├─ filters: Shared width #1, as above",
            "│     │  └─ kernel: 3",
            "│     └─ 'skip'",
            "├─ exit: Dependent small on #1",
            "└─ pair: Where small",
            "   └─ where: dict",
            "      └─ a: Integer(0, 3)",
        ]
    )


def test_a_tree_of_html_escapes_what_it_shows() -> None:
    page = space({"<b>": Choice("<script>", "&"), "x": [1, "<i>"]})._repr_html_()
    assert "<script>" not in page
    assert "<i>" not in page
    assert "&lt;script&gt;" in page
    assert page.count("<details") == page.count("</details>") == 2
    assert page.count("<div") == page.count("</div>")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Choice(*range(500)), Choice(*range(499), 500)),
        (Choice("a", "b"), Choice("b", "a")),
        (Choice("a", "b"), Choice("a", "b", weights=[1, 1])),
        (Choice(1, 2), Choice(1, 2.0)),
        (space([np.zeros(100), 1]), space([np.append(np.zeros(99), 1), 1])),
        (Integer(0, 9).where(lambda n: n > 3), Integer(0, 9).where(lambda n: n > 4)),
        (Subset(range(9), 2), Subset(range(9), 2, 3)),
        (Subset("ab", 1), Permutation("ab")),
        (Mask(4), Mask((2, 2))),
        (program(complex, 1), program(complex, 1.0)),
        (program(min, 1), program(max, 1)),
    ],
)
def test_different_spaces_have_different_fingerprints(one: Any, other: Any) -> None:
    assert one.fingerprint() != other.fingerprint()


def test_text_is_linear_in_depth() -> None:
    deep: Program = Conv(1)  # type: ignore[assignment]
    for _ in range(60):
        deep = Conv(deep)  # type: ignore[arg-type,assignment]
    assert len(str(deep)) < 2000
