"""Choosers, and moves that keep what they can."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest
from examples import Conv

from inlay.spaces import (
    Callback,
    Choice,
    Draw,
    Integer,
    Mask,
    OutsideSpace,
    Permutation,
    Prefix,
    Real,
    Repeat,
    Shared,
    Simplest,
    Subset,
    Unsatisfied,
    space,
)

flat = space({f"x{i}": Choice(*range(5)) for i in range(20)})
mixed = space(
    {"l": Repeat(Choice(Conv(Choice(1, 2), kernel=Integer(1, 9)), "skip"), 1, 4), "r": Real(0, 1), "c": Choice(1, 2)}
)


def test_a_mutation_changes_one_decision_and_every_place_as_often() -> None:
    rng = Random(0)
    value = flat.sample(rng)
    places = Counter()
    for _ in range(4000):
        (difference,) = value.diff(flat.mutate(value, rng))
        places[difference.path] += 1
    assert len(places) == 20
    assert max(places.values()) < 2 * min(places.values())


def test_a_mutation_is_never_without_effect() -> None:
    rng = Random(1)
    for made in (
        mixed,
        Choice("a", Choice("a", "b")),
        Integer(0, 1),
        Real(1, np.nextafter(1, 2)),
        Mask(1),
        Subset("ab", 1),
    ):
        value = made.sample(rng)
        for _ in range(300):
            other = made.mutate(value, rng)
            assert made.key(other) != made.key(value)
            value = other


def test_a_member_written_in_another_order_is_mutated_where_it_says() -> None:
    rng = Random(0)
    written = {"c": 1, "l": ["skip"], "r": 0.5}
    seen = {str(d.path[0]) for _ in range(60) for d in space(written).diff(mixed.mutate(written, rng))}  # type: ignore[attr-defined]
    assert seen == {"c", "l", "r"}


def test_crossover_takes_each_decision_from_a_parent() -> None:
    rng = Random(0)
    first, second = flat.sample(rng), flat.sample(rng)
    child = flat.crossover(first, second, rng)
    assert all(child[name] in (first[name], second[name]) for name in child)
    assert child not in (first, second)
    width = Shared(Integer(0, 99))
    shared = space([width, width, *[Integer(0, 99) for _ in range(9)]])
    child = shared.crossover(shared.adopt([1] * 11), shared.adopt([2] * 11), rng)
    assert set(child) == {1, 2}
    assert child[0] == child[1]


def test_neighbors_enter_an_option_at_its_simplest() -> None:
    value = mixed.adopt({"l": ["skip"], "r": 0.5, "c": 1})
    found = [str(other["l"]) for other in mixed.neighbors(value) if other["l"] != value["l"]]
    assert found == [
        "[Conv(filters=1, kernel=1), 'skip']",
        "['skip', Conv(filters=1, kernel=1)]",
        "[Conv(filters=1, kernel=1)]",
    ]


def test_neighbors_of_shared_numbers_are_steps() -> None:
    width = Shared(Integer(0, 99))
    assert [list(other) for other in space([width, width]).neighbors([50, 50])][:2] == [[49, 49], [51, 51]]
    small = Shared(Integer(1, 3, log=True))
    assert [list(other) for other in space([small, small]).neighbors([2, 2])] == [[1, 1], [3, 3]]


def test_simplest_takes_first_options_and_middles() -> None:
    assert mixed.simplest().build()["r"] == 0.5
    assert str(mixed.simplest()["l"]) == "[Conv(filters=1, kernel=1)]"
    assert Real(1, 100, log=True).simplest() == pytest.approx(10)
    assert Choice(Integer(0, 9).where(lambda n: n > 7), "a").simplest() in (8, 9)


def test_a_prefix_hands_over_to_the_rest() -> None:
    rng = Random(0)
    for _ in range(20):
        value = flat.decide(Prefix([4, 3], Draw(rng)))
        assert (value["x0"], value["x1"]) == (4, 3)
    constrained = space([Choice(1, 2), Integer(0, 99)]).where(lambda p: p[1] > 90)
    assert constrained.decide(Prefix([1], Draw(rng)))[0] == 2
    assert constrained.decide(Prefix([1], Simplest()))[1] > 90


def test_a_callback_is_told_what_it_is_asked() -> None:
    asked = []

    def answer(question: Any) -> float:
        asked.append((question.options, question.low, question.high, question.weights))
        return 0 if question.options else question.low

    made = space([Choice("a", "b", weights=[1, 3]), Real(2, 5), Permutation("xy"), Mask(2, ones=1)])
    value = made.decide(Callback(answer))
    assert value.build()[:3] == ["a", 2.0, ["x", "y"]]
    assert asked == [(2, 0.0, 0.0, (1.0, 3.0)), (None, 2.0, 5.0, None), (2, 0.0, 0.0, None), (2, 0.0, 0.0, (1, 1))]
    for wrong in (7, -1, 0.5, "a", None):
        with pytest.raises(OutsideSpace, match="the decision of Choice"):
            Choice("a", "b").decide(Callback(lambda question, wrong=wrong: wrong))
    with pytest.raises(Unsatisfied, match="refused 1 of 1"):
        Integer(0, 9).where(lambda n: n > 5).decide(Callback(lambda question: 0))


def test_a_known_good_program_is_recognised_however_it_is_written() -> None:
    for written in (
        {"l": [Conv(2)], "r": 1, "c": np.int64(2)},
        space({"c": 2, "r": 1.0, "l": [Conv(kernel=3, filters=2)]}),
    ):
        assert str(mixed.adopt(written)) == "{'l': [Conv(filters=2, kernel=3)], 'r': 1.0, 'c': 2}"


def test_features() -> None:
    vector = space(
        [Choice("a", "b"), Integer(0, 4), Real(1, 100, log=True), Subset("xyz", 1), Permutation("pq")]
    ).features(["b", 1, 10, ["y"], ["q", "p"]])
    assert vector == pytest.approx([0, 1, 0.25, 0.5, 0, 1, 0, 1, 0])
    conditional = Repeat(Choice(Conv(Choice(1, 2)), "skip"), 0, 2)
    assert conditional.features([Conv(2)]) == pytest.approx([0.5, 1, 0, 0, 1, 0, 0, 0, 0])
    with pytest.raises(OutsideSpace):
        conditional.features(["other"])
