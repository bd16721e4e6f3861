"""Subsets, permutations and repetitions."""

from __future__ import annotations

import math
from itertools import islice
from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.spaces import Choice, Mask, Permutation, Repeat, SpaceError, Subset, space


def test_sizes_of_subsets_and_permutations_are_exact_and_instant() -> None:
    assert Subset(range(60), 30).size() == 118264581564861424
    assert Subset(range(60), 30).size() == math.comb(60, 30)
    assert Subset(range(200), 0, 200).size() == 2**200
    assert Permutation(range(100)).size() == math.factorial(100)
    assert Repeat(Choice(1, 2, 3), 1, 50).size() == sum(3**n for n in range(1, 51))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Subset("abc", 4), "cannot have 4 members"),
        (lambda: Subset("abc", 2, 1), "wrong way round"),
        (lambda: Subset("abc", -1), "negative"),
        (lambda: Subset("abc", 1.5), "must be an integer"),
        (lambda: Subset("abc", True), "must be an integer"),
        (lambda: Subset("aba", 1), "stands twice"),
        (lambda: Subset([1, Choice(2, 3)], 1), "items must be closed"),
        (lambda: Subset([np.arange(2000), np.arange(2000)], 1), "stands twice"),
        (lambda: Permutation([]), "no items"),
        (lambda: Permutation([1, [2], [2]]), "stands twice"),
        (lambda: Repeat("a", 2, 1), "wrong way round"),
        (lambda: Repeat("a", 0, 1.5), "must be an integer"),
        (lambda: Repeat("a", -1, 1), "negative"),
    ],
)
def test_nonsense_is_refused_where_it_is_written(make: Any, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        make()


def test_large_items_that_print_alike_are_told_apart() -> None:
    first, second = np.zeros(5000), np.zeros(5000)
    second[2500] = 1.0
    both = Subset([first, second], 1)
    assert both.size() == 2
    assert both.trace([second]) == [0]


def test_a_subset_in_another_order_is_the_same_subset() -> None:
    three = space({"use": Subset("abcde", 3), "n": Choice(1, 2)})
    assert three.contains({"use": ["e", "a", "c"], "n": 1})
    assert three.key({"use": ["e", "a", "c"], "n": 1}) == three.key({"n": 1, "use": ["a", "c", "e"]})
    assert three.adopt({"use": ["e", "a", "c"], "n": 1})["use"] == space(["a", "c", "e"])


def test_neighbors_of_each_kind() -> None:
    assert len(list(Subset(range(6), 2).neighbors([0, 1]))) == 2 * 4
    assert len(list(Subset(range(6), 0, 6).neighbors([0, 1]))) == 2 * 4 + 4 + 2
    assert len(list(Permutation("abcd").neighbors(list("abcd")))) == 6
    assert [str(n) for n in Repeat(Choice("a", "b"), 1, 2).neighbors(["b"])] == ["['a', 'b']", "['b', 'a']", "['a']"]


def test_crossover_keeps_what_both_parents_hold() -> None:
    rng = Random(0)
    for _ in range(50):
        child = Subset(range(10), 4).crossover([0, 1, 2, 3], [0, 1, 8, 9], rng)
        assert {0, 1} <= set(child) <= {0, 1, 2, 3, 8, 9}
        lengths = {len(Repeat(Choice(1, 2), 0, 9).crossover([1] * 2, [2] * 5, rng)) for _ in range(9)}
        assert lengths <= {2, 5}
        order = list(Permutation(range(8)).crossover(list(range(8)), [7, 6, 5, 4, 3, 2, 1, 0], rng))
        assert sorted(order) == list(range(8))


def test_elements_of_a_repetition_are_decided_one_by_one() -> None:
    values = [Repeat(Mask(20), 2).sample(Random(seed)) for seed in range(5)]
    assert all(not np.array_equal(value[0], value[1]) for value in values)


def test_a_long_list_of_fixed_elements() -> None:
    members = list(islice(Repeat([1, "x"], 0, 3).enumerate(), 9))
    assert [member.build() for member in members] == [[[1, "x"]] * n for n in range(4)]
