"""Neighbourhoods: kinds of moves, their exact sets, and walks through large ones."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, islice
from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.spaces import Choice, Integer, Mask, Permutation, Real, Repeat, Shared, Space, SpaceError, Subset, space
from inlay.spaces.move_sets import listed, pair, shuffled, united

MIXED = space(
    {
        "order": Permutation("abc"),
        "mask": Mask(3),
        "use": Subset("xyz", 1, 2),
        "n": Integer(1, 3),
        "layers": Repeat(Choice("conv", {"kind": "pool", "size": Choice(2, 3)}), 1, 2),
    }
)


def found(hole: Space, value: Any, kind: str | None = None, seed: int | None = None) -> list[Any]:
    rng = None if seed is None else Random(seed)
    return [tuple(other.build()) for other in hole.neighbors(value, kind, rng)]


# --- Kinds -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hole", "kinds"),
    [
        (Permutation("abc"), ("swap", "insert", "reverse")),
        (Permutation("a"), ()),
        (Subset("abc", 1), ("swap",)),
        (Subset("abc", 1, 2), ("swap", "add", "remove")),
        (Subset("ab", 2), ()),
        (Mask(3), ("flip",)),
        (Mask(3, ones=1), ("swap",)),
        (Mask(2, ones=2), ()),
        (Choice("a"), ()),
        (Choice("a", "b"), ("change",)),
        (Choice("a", Mask(2)), ("change", "flip")),
        (Integer(1, 3), ("change",)),
        (Integer(1, 1), ()),
        (Real(0, 1), ("change",)),
        (Repeat(Choice("a", "b"), 2), ("change",)),
        (Repeat("a", 1, 2), ("insert", "delete")),
        (Integer(0, 9).where(lambda n: n % 2 == 1), ("change",)),
        (space([Shared(Permutation("abc"))]), ("change",)),
        (space(["closed"]), ()),
        (MIXED, ("swap", "insert", "reverse", "flip", "add", "remove", "change", "delete")),
    ],
)
def test_kinds_come_from_the_holes(hole: Space, kinds: tuple[str, ...]) -> None:
    assert sorted(hole.neighborhoods()) == sorted(kinds)
    assert len(set(hole.neighborhoods())) == len(hole.neighborhoods())


@pytest.mark.parametrize("hole", [Mask(3), MIXED, Choice("only")])
def test_a_kind_that_a_space_has_not_is_refused_at_once(hole: Space) -> None:
    with pytest.raises(SpaceError, match="has no neighbourhood 'rotate': it has"):
        hole.neighbors(hole.sample(Random(0)), "rotate")


# --- Exact sets ------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_the_moves_of_a_permutation_are_all_swaps_insertions_and_reversals(n: int) -> None:
    hole = Permutation(range(n))
    start = Random(n).sample(range(n), n)

    def changed(move: str, i: int, j: int) -> tuple[int, ...]:
        new = list(start)
        if move == "swap":
            new[i], new[j] = new[j], new[i]
        elif move == "insert":
            new.insert(j, new.pop(i))
        else:
            new[i : j + 1] = reversed(new[i : j + 1])
        return tuple(new)

    for kind in hole.neighborhoods():
        places = [(i, j) for i in range(n) for j in range(n) if (i != j if kind == "insert" else i < j)]
        expected = {changed(kind, i, j) for i, j in places}
        others = found(hole, start, kind)
        assert len(others) == len(set(others))
        assert set(others) == expected
        assert set(found(hole, start, kind, seed=1)) == expected
    union = set().union(*(found(hole, start, kind) for kind in hole.neighborhoods()))
    assert set(found(hole, start, seed=2)) == union


def test_the_moves_of_a_subset_are_all_swaps_additions_and_removals() -> None:
    hole, start = Subset("abcde", 1, 3), ["b", "d"]
    assert sorted(found(hole, start, "swap")) == sorted(
        tuple(sorted({*start, new} - {old})) for old in start for new in "ace"
    )
    assert sorted(found(hole, start, "add")) == [("a", "b", "d"), ("b", "c", "d"), ("b", "d", "e")]
    assert sorted(found(hole, start, "remove")) == [("b",), ("d",)]
    assert found(hole, ["b"], "remove") == []
    assert found(hole, ["a", "b", "c"], "add") == []


def test_the_moves_of_masks_are_all_flips_or_all_swaps() -> None:
    start = np.array([True, False, False, True])
    assert {tuple(np.flatnonzero(other != start)) for other in Mask(4).neighbors(start, "flip")} == {
        (0,), (1,), (2,), (3,)
    }  # fmt: skip
    swaps = {tuple(np.flatnonzero(other != start)) for other in Mask(4, ones=2).neighbors(start, "swap", Random(0))}
    assert swaps == {(0, 1), (0, 2), (1, 3), (2, 3)}


def test_a_list_grows_and_shrinks_by_one() -> None:
    hole = Repeat(Integer(1, 3), 1, 3)
    assert found(hole, [1, 2], "delete") == [(2,), (1,)]
    assert found(hole, [1, 2], "insert") == [(1, 1, 2), (1, 2, 1)]
    grown = {other for seed in range(40) for other in found(hole, [1, 2], "insert", seed)}
    assert grown == {(1, 1, 2), (2, 1, 2), (3, 1, 2), (1, 2, 2), (1, 3, 2), (1, 2, 1), (1, 2, 3)}
    assert found(hole, [1], "delete") == []
    assert found(hole, [1, 2, 3], "insert") == []


def test_an_option_with_holes_is_entered_at_random_only_where_chance_is_given() -> None:
    hole = Choice("none", {"size": Choice(*range(8))})
    assert [other["size"] for other in hole.neighbors("none", "change")] == [0]
    assert {next(hole.neighbors("none", rng=Random(seed)))["size"] for seed in range(100)} == set(range(8))


def test_the_neighbours_of_a_program_are_the_union_over_its_holes() -> None:
    value = {"order": list("abc"), "mask": np.zeros(3, dtype=bool), "use": ["x"], "n": 2, "layers": ["conv"]}
    counts = {kind: len(list(MIXED.neighbors(value, kind))) for kind in MIXED.neighborhoods()}
    assert counts == {
        "swap": 3 + 2, "insert": 4 + 1, "reverse": 3, "flip": 3, "add": 2, "remove": 0, "change": 2 + 1, "delete": 0
    }  # fmt: skip
    everything = list(MIXED.neighbors(value, rng=Random(0)))
    assert len({MIXED.key(other) for other in everything}) == len(everything)
    assert len([other for other in everything if len(other["layers"]) == 1]) == 5 + 3 + 2 + 2 + 2 + 1
    both = list(MIXED.neighbors(value, ("flip", "add")))
    assert len(both) == 5


def test_constraints_leave_what_they_allow() -> None:
    rising = space([Integer(0, 4), Integer(0, 4)]).where(lambda p: p[0] < p[1])
    assert sorted(found(rising, [1, 2], "change")) == [(0, 2), (1, 3)]
    assert sorted(found(rising, [1, 2], seed=0)) == [(0, 2), (1, 3)]
    inside = space([Permutation("abc").where(lambda p: p[0] == "a")])
    assert [str(other) for other in inside.neighbors([list("abc")], "swap")] == ["[['a', 'c', 'b']]"]


def test_shared_decisions_change_together() -> None:
    order = Shared(Choice("a", "b", "c"))
    hole = space([order, order, Mask(2)])
    value = hole.adopt(["a", "a", np.array([True, False])])
    others = list(hole.neighbors(value, "change", Random(0)))
    assert sorted((o[0], o[1], *o[2]) for o in others) == [
        ("a", "a", False, False), ("a", "a", True, True), ("b", "b", True, False), ("c", "c", True, False)
    ]  # fmt: skip


# --- Walks -----------------------------------------------------------------------------------------


def test_every_order_of_a_walk_is_as_likely() -> None:
    orders = Counter(tuple(shuffled(4, Random(seed))) for seed in range(4800))
    assert len(orders) == 24
    assert all(120 < count < 290 for count in orders.values())


def test_pairs_are_counted_without_a_gap() -> None:
    assert {pair(k) for k in range(45)} == set(combinations(range(10), 2))
    assert pair(10**15) == (10**15 - (j := pair(10**15)[1]) * (j - 1) // 2, j)


def test_united_moves_follow_one_another() -> None:
    moves = united([listed("ab"), listed(""), listed("c"), listed("def")])
    assert "".join(moves.at(i) for i in range(moves.total)) == "abcdef"
    assert united([]).total == 0


def test_a_walk_through_a_giant_neighbourhood_makes_only_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made = 0
    original = Mask._value

    def counting(self: Mask, flat: Any) -> Any:
        nonlocal made
        made += 1
        return original(self, flat)

    for hole in (Mask(10**6), Mask(10**6, ones=10**5)):
        value = hole.sample(Random(0))
        monkeypatch.setattr(Mask, "_value", counting)
        made = 0
        others = list(islice(hole.neighbors(value, rng=Random(1)), 5))
        assert made == 5
        monkeypatch.undo()
        changed = [tuple(np.flatnonzero(other != value)) for other in others]
        assert len(set(changed)) == 5
        assert max(max(places) for places in changed) > 10**5  # not the first ones in order


def test_the_same_generator_walks_the_same_way() -> None:
    value = MIXED.sample(Random(3))
    first, second, third = (
        [MIXED.key(other) for other in MIXED.neighbors(value, rng=Random(seed))] for seed in (1, 1, 2)
    )
    assert first == second != third
