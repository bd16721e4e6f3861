"""Crossovers of orders: worked examples from the literature, and what each of them keeps, over all small orders."""

from itertools import permutations
from random import Random

import pytest

from inlay.spaces import Permutation
from inlay.spaces.orders import (
    cuts,
    cycle_crossover,
    order_crossover,
    order_of,
    partially_mapped_crossover,
    picks_of,
)

#: The example of Eiben and Smith, Introduction to Evolutionary Computing, section 4.5, counted from 0.
FIRST, SECOND = [0, 1, 2, 3, 4, 5, 6, 7, 8], [8, 2, 6, 7, 1, 5, 4, 0, 3]

PAIRS = [(list(a), list(b)) for a in permutations(range(4)) for b in permutations(range(4))]
STRETCHES = [(low, high) for low in range(4) for high in range(low + 1, 5)]


def test_the_crossovers_make_the_children_of_the_textbook() -> None:
    assert partially_mapped_crossover(FIRST, SECOND, 3, 7) == [8, 2, 1, 3, 4, 5, 6, 0, 7]
    assert order_crossover(FIRST, SECOND, 3, 7) == [2, 7, 1, 3, 4, 5, 6, 0, 8]
    assert cycle_crossover(FIRST, SECOND) == [0, 2, 6, 3, 1, 5, 4, 7, 8]
    assert cycle_crossover(FIRST, SECOND, second_begins=True) == [8, 1, 2, 7, 4, 5, 6, 0, 3]


@pytest.mark.parametrize("cross", [partially_mapped_crossover, order_crossover])
def test_a_stretch_of_the_first_stands_where_it_stood(cross: object) -> None:
    assert callable(cross)
    for first, second in PAIRS:
        for low, high in STRETCHES:
            child = cross(first, second, low, high)
            assert sorted(child) == [0, 1, 2, 3]
            assert child[low:high] == first[low:high]


def test_partially_mapped_crossover_keeps_every_place_of_the_second_that_is_free() -> None:
    for first, second in PAIRS:
        for low, high in STRETCHES:
            child = partially_mapped_crossover(first, second, low, high)
            free = [i for i in range(4) if not low <= i < high and second[i] not in first[low:high]]
            assert [child[i] for i in free] == [second[i] for i in free]


def test_order_crossover_keeps_the_order_of_the_second_around_the_end() -> None:
    for first, second in PAIRS:
        for low, high in STRETCHES:
            child = order_crossover(first, second, low, high)
            around = child[high:] + child[:low]
            wanted = [item for item in second[high:] + second[:high] if item not in first[low:high]]
            assert around == wanted


def test_cycle_crossover_takes_every_item_from_a_place_of_a_parent_and_no_cycle_apart() -> None:
    for first, second in PAIRS:
        one, other = cycle_crossover(first, second), cycle_crossover(first, second, second_begins=True)
        for i in range(4):
            assert {one[i], other[i]} == {first[i], second[i]}
        assert sorted(one) == sorted(other) == [0, 1, 2, 3]
    apart = cycle_crossover([0, 1, 2, 3], [1, 0, 3, 2])
    assert apart == [0, 1, 3, 2]


def test_a_random_stretch_is_neither_empty_nor_all() -> None:
    rng = Random(0)
    drawn = {cuts(4, rng) for _ in range(500)}
    assert drawn == {stretch for stretch in STRETCHES if stretch != (0, 4)}
    assert {cuts(1, rng) for _ in range(9)} == {(0, 1)}


def test_an_order_and_its_picks_are_inverse() -> None:
    for order in permutations(range(5)):
        assert order_of(picks_of(order)) == list(order)
        assert Permutation(range(5)).trace(list(order)) == picks_of(order)


def test_a_permutation_reads_and_makes_orders_of_its_items() -> None:
    letters = Permutation(["a", "b", "c", "d"])
    made = letters.arrange([3, 1, 0, 2])
    assert list(made) == ["d", "b", "a", "c"]
    assert letters.order(made) == [3, 1, 0, 2]
