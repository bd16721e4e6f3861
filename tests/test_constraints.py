"""Constraints between decisions."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from inlay.spaces import (
    Choice,
    Dependent,
    Integer,
    Mask,
    NoOtherMember,
    OutsideSpace,
    Permutation,
    Repeat,
    Shared,
    Space,
    SpaceError,
    Subset,
    Unsatisfied,
    space,
)
from inlay.spaces import counting as counting_module
from inlay.spaces.choosers import Draw

grid = space({"a": Integer(0, 9), "b": Integer(0, 9)})


def never(value: Any) -> bool:
    return False


def test_a_constraint_that_nothing_satisfies_says_what_it_tried() -> None:
    nothing = grid.where(never)
    with pytest.raises(Unsatisfied, match=r"never refused 1000 of 1000 fillings, the last one \{'a': .*loosen it"):
        nothing.sample(Random(0))
    assert nothing.size() == 0
    assert list(nothing.enumerate()) == []
    with pytest.raises(Unsatisfied, match="refused 7 of 7"):
        grid.where(never, attempts=7).sample(Random(0))


def test_one_member_has_no_other_and_says_so() -> None:
    only = grid.where(lambda p: p["a"] == p["b"] == 3)
    with pytest.raises(NoOtherMember, match="no other member than"):
        only.mutate({"a": 3, "b": 3}, Random(0))


def test_members_that_no_single_change_connects_are_reached() -> None:
    diagonal, rng = grid.where(lambda p: p["a"] == p["b"]), Random(0)
    value, seen = diagonal.sample(rng), set()
    for _ in range(300):
        value = diagonal.mutate(value, rng)
        seen.add(value["a"])
    assert seen == set(range(10))


def test_islands_are_left_now_and_then() -> None:
    islands, rng = grid.where(lambda p: (p["a"] < 2 and p["b"] < 2) or (p["a"] > 7 and p["b"] > 7)), Random(0)
    value, seen = islands.sample(rng), set()
    for _ in range(1500):
        value = islands.mutate(value, rng)
        seen.add(value)
    assert len(seen) == islands.size() == 8


class Counting(Draw):
    """Draws at random, and counts the decisions that it was asked for."""

    asked = 0

    def index(self, n: int, hole: Space, weights: Any = None) -> int:
        self.asked += 1
        return super().index(n, hole, weights)

    def bits(self, hole: Mask) -> Any:
        self.asked += 1
        return super().bits(hole)


first = Shared(Integer(0, 999), "first")
STRUCTURES = {
    "eight of forty": Subset(range(40), 8),
    "an order": Permutation(range(20)),
    "exactly half of the bits": Mask(60, ones=30),
    "a later one of a thousand": space([first, Dependent(lambda n: Integer(n, 999), first)]),
    "parameters of one kind only": Choice({"kind": "a", "depth": Integer(1, 9)}, {"kind": "b"}),
}


@pytest.mark.parametrize("structure", STRUCTURES.values(), ids=STRUCTURES)
def test_what_a_space_can_say_itself_is_never_drawn_in_vain(structure: Space) -> None:
    """Every decision that was drawn is one of the member; behind `where` whole fillings may be refused."""
    assert not structure.constrained
    for seed in range(30):
        counting = Counting(Random(seed))
        member = structure.decide(counting)
        assert structure.contains(member)
        assert counting.asked == len(structure.trace(member))
    rejecting = Counting(Random(0))
    grid.where(lambda p: p["a"] > p["b"] + 7).decide(rejecting)
    assert rejecting.asked > 2


def test_an_exception_of_the_predicate_says_on_which_program_it_happened() -> None:
    def wrong(pair: Any) -> bool:
        return bool(pair["a"] / 0)

    with pytest.raises(ZeroDivisionError) as caught:
        grid.where(wrong).sample(Random(0))
    assert caught.value.__notes__[0].startswith("while the constraint wrong looked at {'a': ")


@pytest.mark.parametrize(("predicate", "attempts"), [(5, 10), (never, 0)])
def test_nonsense_is_refused(predicate: Any, attempts: int) -> None:
    with pytest.raises(SpaceError, match="where"):
        grid.where(predicate, attempts=attempts)


def test_the_program_reads_like_the_value() -> None:
    net = space({"layers": Repeat(Choice(1, 2, {"k": 3}), 1, 4), "n": Integer(1, 4)})
    both = net.where(lambda p: len(p["layers"]) == p["n"] and 2 in p["layers"] and p["layers"][-1] == 2)
    value = both.sample(Random(0)).build()
    assert len(value["layers"]) == value["n"]
    assert value["layers"][-1] == 2


def test_a_member_of_the_part_that_is_refused() -> None:
    odd = Integer(0, 9).where(lambda n: n % 2 == 1)
    with pytest.raises(OutsideSpace, match="4 is outside the space: the constraint <lambda> does not hold"):
        odd.trace(4)


def test_a_constraint_on_an_open_program_waits_until_it_is_filled() -> None:
    pairs = grid.where(lambda p: p["a"] < p["b"])
    left = pairs.after([5])
    assert left.size() == 4
    assert all(left.sample(Random(seed))["b"] > 5 for seed in range(9))
    opened = pairs.open({"a": 5, "b": 7}, "a")
    assert opened.size() == 7


def test_counting_stops_when_there_are_too_many_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting_module, "LISTING_LIMIT", 5000)
    with pytest.raises(SpaceError, match="more than 5,000 candidates"):
        space([Integer(0, 2000), Integer(0, 2000)]).where(never).size()
