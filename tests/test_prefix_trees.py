"""Prefix-closed trees: what a tree is, how many there are, and moves, each against brute force."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import islice
from random import Random

import pytest

from inlay.spaces import NoOtherMember, PrefixTree, PrefixTrees, SpaceError

Path = tuple[int, ...]

#: Spaces small enough to list, of all kinds.
SMALL = [
    PrefixTrees(4, ranks=2, depth=3),
    PrefixTrees(3, ranks=3, depth=3),
    PrefixTrees(5, ranks=1, depth=7),
    PrefixTrees(5, ranks=2, depth=2),
    PrefixTrees(6, ranks=2, depth=2),
    PrefixTrees(4, ranks=3, depth=4, ordered=True),
    PrefixTrees(4, ranks=2, depth=3, least=2),
    PrefixTrees(6, ranks=2, depth=2, least=5),
    PrefixTrees(4, ranks=3, depth=3, least=0, ordered=True),
]


def grown(space: PrefixTrees) -> set[frozenset[Path]]:
    """Every member, by adding nodes one at a time in all ways."""
    level: set[frozenset[Path]] = {frozenset()}
    found = set(level) if space.least == 0 else set()
    for size in range(1, space.nodes + 1):
        level = {tree | {path} for tree in level for path in outside(space, tree)}
        found |= level if size >= space.least else set()
    return found


def cuts(paths: Iterable[Path]) -> set[frozenset[Path]]:
    """The trees without all that is below a node or the root, where that is more than one node."""
    known = frozenset(paths)
    below = [{path for path in known if len(path) > len(node) and path[: len(node)] == node} for node in [(), *known]]
    return {known - each for each in below if len(each) > 1}


def outside(space: PrefixTrees, tree: Iterable[Path]) -> list[Path]:
    known = set(tree)
    return [
        (*parent, rank)
        for parent in [(), *known]
        for rank in range(space.ranks)
        if len(parent) < space.depth and (*parent, rank) not in known
        if not space.ordered or not rank or (*parent, rank - 1) in known
    ]


every_small = pytest.mark.parametrize("space", SMALL, ids=repr)

# -- trees -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paths", "why"),
    [
        ([(0, 1)], "no parent"),
        ([(0,), (0,)], "stands twice"),
        ([()], "is no path"),
        ([(-1,)], "is no path"),
        ([(0.0,)], "is no path"),
        ("0(1", "not closed"),
        ("0) 1", "must not stand there"),
        ("(0)", "must not stand there"),
        ("0()", "must not stand there"),
        ("a", "must not stand there"),
    ],
)
def test_what_is_no_tree_is_refused(paths: object, why: str) -> None:
    with pytest.raises(SpaceError, match=why):
        PrefixTree(paths)  # type: ignore[arg-type]


def test_a_tree_is_read_from_its_text() -> None:
    space = PrefixTrees(25, ranks=12, depth=5, least=0)
    rng = Random(0)
    for tree in [PrefixTree(), *(space.sample(rng) for _ in range(30))]:
        assert PrefixTree(str(tree)) == tree
        assert PrefixTree(reversed(tree.paths)) == tree
        assert eval(repr(tree)) == tree
    assert PrefixTree("10(2) 1") == PrefixTree([(1,), (10,), (10, 2)])


def test_a_tree_tells_its_shape() -> None:
    tree = PrefixTree("0(0(2) 1) 3(0)")
    assert (tree.size, len(tree), tree.depth, tree.per_level) == (6, 6, 3, (2, 3, 1))
    assert tree.leaves() == [(0, 0, 2), (0, 1), (3, 0)]
    assert [tree.paths[i] if i >= 0 else () for i in tree.parents()] == [path[:-1] for path in tree]
    assert (0, 1) in tree
    assert (1,) not in tree
    assert tree.draw().splitlines() == [
        "root", "├─ 0", "│  ├─ 0", "│  │  └─ 2", "│  └─ 1", "└─ 3", "   └─ 0",
    ]  # fmt: skip
    assert (PrefixTree().depth, PrefixTree().per_level, PrefixTree().draw()) == (0, (), "root")


def test_hashes_are_the_same_in_every_process() -> None:
    line = "from inlay.spaces import PrefixTree; print(hash(PrefixTree('0(0 1(3)) 2')))"
    run = [sys.executable, "-c", line]
    found = [subprocess.check_output(run, env={**os.environ, "PYTHONHASHSEED": seed}, text=True) for seed in "12"]
    assert {int(text) for text in found} == {hash(PrefixTree("0(0 1(3)) 2"))}


# -- counting --------------------------------------------------------------------------------------------------------


@every_small
def test_all_trees_are_listed_and_counted(space: PrefixTrees) -> None:
    listed = list(space.enumerate())
    assert {frozenset(tree.paths) for tree in listed} == grown(space)
    assert len(listed) == len(grown(space)) == space.size()


@cache
def count(level: int, siblings: int, nodes: int, ranks: int, depth: int, ordered: bool) -> int:
    """The ways to put nodes on free siblings of a level and below, the first sibling apart."""
    if nodes == 0:
        return 1
    if siblings == 0 or level > depth:
        return 0
    same = (ranks, depth, ordered)
    absent = 0 if ordered else count(level, siblings - 1, nodes, *same)
    return absent + sum(
        count(level + 1, ranks, below, *same) * count(level, siblings - 1, nodes - 1 - below, *same)
        for below in range(nodes)
    )


@pytest.mark.parametrize("ordered", [False, True])
def test_large_spaces_are_counted_exactly(ordered: bool) -> None:
    space = PrefixTrees(24, ranks=5, depth=4, ordered=ordered, least=20)
    assert space.size() == sum(count(1, 5, n, 5, 4, ordered) for n in range(20, 25))


def test_there_is_room_for_no_more_nodes() -> None:
    assert PrefixTrees(14, ranks=2, depth=3).size() == 1
    with pytest.raises(SpaceError, match="there are only 14 nodes"):
        PrefixTrees(15, ranks=2, depth=3)
    with pytest.raises(SpaceError, match="not more nodes at least"):
        PrefixTrees(3, ranks=2, depth=3, least=4)
    with pytest.raises(SpaceError, match="must be an integer"):
        PrefixTrees(3, ranks=2.0, depth=3)  # type: ignore[arg-type]
    with pytest.raises(NoOtherMember):
        PrefixTrees(5, ranks=1, depth=5).mutate(PrefixTree("0(0(0(0(0))))"), Random(0))


# -- chance ----------------------------------------------------------------------------------------------------------


@every_small
def test_draws_are_uniform_over_trees(space: PrefixTrees) -> None:
    size, rng = int(space.size()), Random(1)
    n = 40 * size
    counts = Counter(space.sample(rng) for _ in range(n))
    assert len(counts) == size
    statistic = sum((seen - 40) ** 2 / 40 for seen in counts.values())
    assert statistic < size + 5 * (2 * size) ** 0.5  # five deviations of chi-squared


def test_the_first_node_is_weighted_by_exact_counts() -> None:
    space = PrefixTrees(30, ranks=4, depth=6)
    draws = Counter(space.sample(Random(seed)).paths[0][0] for seed in range(1500))
    total = count(1, 4, 30, 4, 6, False)
    shares = [(count(1, 4 - r, 30, 4, 6, False) - count(1, 3 - r, 30, 4, 6, False)) / total for r in range(4)]
    for rank, share in enumerate(shares):
        assert abs(draws[rank] / 1500 - share) < 5 * (share * (1 - share) / 1500) ** 0.5 + 1e-9


def test_draws_are_uniform_where_almost_all_nodes_are_there() -> None:
    space, rng = PrefixTrees(125, ranks=2, depth=6), Random(0)
    counts = Counter(space.sample(rng) for _ in range(1000))
    assert space.size() == len(counts) == 64  # one of the leaves is missing
    assert sum((seen - 1000 / 64) ** 2 / (1000 / 64) for seen in counts.values()) < 64 + 5 * 128**0.5


def test_more_trees_than_a_float_can_count() -> None:
    space = PrefixTrees(320, ranks=8, depth=6, least=310)
    assert space.size() > 10**320
    tree = space.sample(Random(0))
    assert space.contains(tree)
    assert 310 <= tree.size <= 320


# -- moves -----------------------------------------------------------------------------------------------------------


@every_small
def test_neighbors_differ_in_one_node_or_in_a_moved_leaf_or_in_all_below_a_node(space: PrefixTrees) -> None:
    members = grown(space)
    for tree in islice(space.enumerate(), 25):
        paths = frozenset(tree.paths)
        near = {other for other in members if 0 < len(paths ^ other) <= 2 and abs(len(paths) - len(other)) < 2}
        near |= {cut for cut in cuts(paths) if len(cut) >= space.least}
        found = list(space.neighbors(tree))
        assert {frozenset(other.paths) for other in found} == near
        assert len(found) == len(near)
        assert {frozenset(path) for path in [[*paths, path] for path in space.addable(tree)]} == {
            paths | {path} for path in outside(space, paths)
        }


def test_kinds_of_moves_change_the_number_of_nodes_as_they_say() -> None:
    space = PrefixTrees(9, ranks=3, depth=3, least=4)
    tree = PrefixTree("0(1(2) 2) 2(0)")
    assert space.neighborhoods() == ("move", "add", "remove", "prune")
    for kind, change in (("move", 0), ("add", 1), ("remove", -1)):
        assert {other.size - tree.size for other in space.neighbors(tree, kind)} == {change}
    assert not list(space.neighbors(PrefixTree("0 1 2(0)"), "remove"))
    deep = PrefixTree("0(1(2) 2) 1 2(0(0 1) 1)")
    assert {str(other) for other in space.neighbors(deep, "prune")} == {
        "0 1 2(0(0 1) 1)", "0(1(2) 2) 1 2", "0(1(2) 2) 1 2(0 1)",
    }  # with four nodes at least: not all below the root  # fmt: skip
    assert PrefixTrees(6, ranks=3, depth=3).neighborhoods() == ("move",)


def test_mutation_uses_every_kind_of_move() -> None:
    space, tree, rng = PrefixTrees(9, ranks=3, depth=3, least=4), PrefixTree("0(1(2) 2) 2(0)"), Random(0)
    sizes = Counter(space.mutate(tree, rng).size - tree.size for _ in range(400))
    assert min(sizes[change] for change in (-1, 0, 1)) > 60
    full = PrefixTree("0(0 1 2) 1 2(0 1 2)")
    assert min(Counter(space.mutate(full, rng).size - full.size for _ in range(200))[change] for change in (-3, 0)) > 30


@pytest.mark.parametrize("ordered", [False, True])
def test_children_hold_what_both_parents_hold_and_nothing_else_than_theirs(ordered: bool) -> None:
    space, rng = PrefixTrees(20, ranks=4, depth=5, least=10, ordered=ordered), Random(2)
    mixed = 0
    for _ in range(60):
        first, second = space.sample(rng), space.sample(rng)
        child = space.crossover(first, second, rng)
        assert space.contains(child)
        assert set(first) & set(second) <= set(child) <= set(first) | set(second)
        assert child.size in (first.size, second.size)
        mixed += child not in (first, second)
    assert mixed > 40


def test_features_count_ranks_by_level() -> None:
    space = PrefixTrees(4, ranks=2, depth=3, least=0)
    assert space.features("0(0 1) 1").tolist() == [0.25, 0.25, 0.25, 0.25, 0, 0, 1.0]
    assert space.features("1").tolist() == [0, 0.25, 0, 0, 0, 0, 0.25]
