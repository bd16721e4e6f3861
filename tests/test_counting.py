"""Sizes by formula and by listing."""

from __future__ import annotations

import math
from typing import Any

import pytest

from inlay.spaces import (
    Choice,
    InfiniteSpace,
    Integer,
    Mask,
    Permutation,
    Program,
    Real,
    Repeat,
    Shared,
    Subset,
    program,
    space,
)
from inlay.spaces.counting import HASTE_LIMIT, count_few


@pytest.mark.parametrize(("depths", "operations", "sizes"), [((1, 2, 4), 3, 3), ((1, 2), 2, 4)])
def test_a_repetition_of_a_choice_of_choices(depths: Any, operations: int, sizes: int) -> None:
    def block(n: int) -> Any:
        return [Choice([Choice(*range(operations)), "operation"], [Choice(*range(sizes)), "size"])] * n

    nested = Choice(*(space(block(n)) for n in depths))
    assert nested.size() == sum((operations + sizes) ** n for n in depths) == len(list(nested.enumerate()))


def test_few_members_are_counted_and_many_are_not_listed() -> None:
    digits = Integer(0, 9)
    even, width = digits.where(lambda n: n % 2 == 0), Shared(Integer(1, 3))
    few = [
        digits,
        even,
        Choice(digits, Integer(5, 11)),
        space([width, width]),
        space([digits] * 2).where(lambda p: False),
    ]
    assert [count_few(one, 12) for one in few] == [10, 5, 12, 3, 0] == [one.size() for one in few]
    assert [count_few(one, 2) for one in few] == [None] * 4 + [0]
    assert count_few(Real(0, 1), 10**9) is None
    assert count_few(Permutation(range(50)), 10**9) is None


@pytest.mark.parametrize("dear", [Mask(10**6), Permutation(range(10**5)), space([Integer(0, 10**6)] * 3)])
def test_what_is_dear_to_count_is_given_up_soon(dear: Any) -> None:
    answers: list[Any] = []
    assert count_few(dear.where(lambda value: answers.append(value) or True), 10**5) is None
    assert len(answers) <= HASTE_LIMIT


def test_options_that_overlap_are_counted_once() -> None:
    assert Choice(Integer(0, 5), Integer(3, 9)).size() == 10
    assert Choice(Integer(0, 5), Integer(6, 10**9)).size() == 10**9 + 1
    assert Choice(Choice("a", "b"), Choice("b", "c"), "c").size() == 3
    assert Choice(Subset("ab", 1), [Choice("a", "c")]).size() == 3
    assert Choice(program(complex, Choice(1, 2)), program(complex, Choice(2, 3))).size() == 3
    assert Choice(program(complex, real=Choice(1, 2)), program(complex, imag=Choice(1, 2))).size() == 4
    assert Repeat(Choice(Choice("a", "b"), Choice("b", "c")), 3).size() == 27
    assert Choice(Mask(2), Mask(2, ones=1), Mask(3)).size() == 4 + 8


def test_enumerating_a_space_that_holds_a_real_says_so_up_front() -> None:
    for made in (
        Real(0, 1),
        space({"a": Choice(1, [Real(0, 1)])}),
        Repeat(Real(1, 2, log=True), 0, 1),
        Shared(Real(0, 1)),
    ):
        assert math.isinf(made.size())
        with pytest.raises(InfiniteSpace, match="continuous hole; give it a step, or fill it"):
            made.enumerate()


def test_empty_factors() -> None:
    nothing = Integer(0, 3).where(lambda n: n > 5)
    assert space([nothing, Choice(1, 2)]).size() == 0
    assert Choice(nothing, "a").size() == 1
    assert Repeat(nothing, 0, 4).size() == 1


def test_a_sharing_repetition_is_counted_in_no_time() -> None:
    width = Shared(Choice(1, 2, 3))
    assert Repeat(Choice([width], "skip"), 1, 60).size() == sum(1 + 3 * (2**n - 1) for n in range(1, 61))


def test_members_come_in_the_order_of_decisions() -> None:
    pairs = space([Choice("a", "b"), Choice(1, 2)])
    assert [member.build() for member in pairs.enumerate()] == [["a", 1], ["a", 2], ["b", 1], ["b", 2]]
    assert isinstance(next(iter(pairs.enumerate())), Program)
    assert [list(p) for p in Permutation("ab").enumerate()] == [["a", "b"], ["b", "a"]]
