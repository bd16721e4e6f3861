"""Choices: options, weights, and what they refuse."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest
from examples import Conv

from inlay.spaces import Choice, Integer, Mask, NoOtherMember, OutsideSpace, Real, SpaceError, program, space


def test_a_hole_with_no_options_is_refused() -> None:
    with pytest.raises(SpaceError, match="no options: give at least one"):
        Choice()


@pytest.mark.parametrize("options", [[1, 2], (1, 2), range(3), {1, 2}])
def test_a_collection_in_the_place_of_options_is_refused(options: Any) -> None:
    with pytest.raises(SpaceError, match=r"write Choice\(\*options\)"):
        Choice(options)


@pytest.mark.parametrize(
    "options",
    [("a", "b", "a"), (1, [2], [2]), (float("nan"), float("nan")), (np.zeros(2), np.zeros(2)), (Conv(1), Conv(1))],
)
def test_an_option_written_twice_is_refused(options: Any) -> None:
    with pytest.raises(SpaceError, match="twice: options must differ"):
        Choice(*options)


@pytest.mark.parametrize("weights", [[1], [1, 2, 3], [1, 0], [1, -1], [1, float("nan")], [1, float("inf")]])
def test_weights_that_do_not_fit_are_refused(weights: Any) -> None:
    with pytest.raises(SpaceError, match="weights"):
        Choice("a", "b", weights=weights)


def test_weights_guide_draws_and_mutations() -> None:
    rng, choice = Random(0), Choice("a", "b", "c", weights=[1, 3, 6])
    drawn = Counter(choice.sample(rng) for _ in range(4000))
    assert drawn["a"] < drawn["b"] < drawn["c"]
    turned = Counter(choice.mutate("c", rng) for _ in range(4000))
    assert turned["c"] == 0
    assert 2.5 < turned["b"] / turned["a"] < 3.6


def test_options_are_told_apart_by_type() -> None:
    choice = Choice(1, 1.0, True)
    assert [choice.trace(value) for value in (1, 1.0, True)] == [[0], [1], [2]]


def test_the_option_that_writes_a_value_as_it_is_comes_before_one_that_only_means_it() -> None:
    choice = Choice(Real(0, 9), Integer(0, 9))
    assert choice.trace(3) == [1, 3]
    assert choice.trace(3.0) == [0, 3.0]
    assert Choice(Real(0, 9), "none").trace(3) == [0, 3.0]


def test_arrays_and_masks_among_options() -> None:
    choice = Choice("none", np.arange(3), Mask(2))
    assert choice.trace(np.arange(3)) == [1]
    assert choice.trace(np.array([True, False]))[0] == 2
    assert choice.size() == 6
    assert not choice.contains(np.arange(4))


def test_refusals_give_the_reasons_of_the_options_that_might_be_meant() -> None:
    choice = space({"layer": Choice(Conv(Integer(1, 4)), Conv(Integer(6, 9), kernel=5), "skip")})
    with pytest.raises(OutsideSpace, match=r"at layer: .* filters: .*; filters: ") as caught:
        choice.trace({"layer": Conv(5, kernel=5)})
    assert caught.value.path == ("layer",)


def test_children_of_one_name_are_numbered() -> None:
    def make(name: str) -> Any:
        return type(name, (), {"__init__": lambda self, x: None})

    choice = Choice(program(make("Conv"), 1), program(make("Conv"), 1), Conv(1), "skip", [1], [2])
    assert [name for name, _ in choice.children()] == ["Conv", "Conv_2", "Conv_3", 3, "list", "list_2"]


def test_a_choice_of_one_has_no_other_member() -> None:
    assert Choice("a").trace("a") == []
    with pytest.raises(NoOtherMember, match="no other member than 'a'"):
        Choice("a").mutate("a", Random(0))
