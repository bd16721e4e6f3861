"""Dependency trees: mutual information by hand, exact distributions of a tree, and bits that hang together."""

import math
from collections import Counter
from itertools import combinations, product
from random import Random
from statistics import median
from typing import Any

import numpy as np
import pytest

from inlay.search import Problem, Study
from inlay.search.dependency_tree import (
    DependencyTree,
    Tree,
    TreeOfDecisions,
    joint_shares,
    maximum_spanning_tree,
    mutual_information,
)
from inlay.search.distribution_search import DistributionSearch
from inlay.search.univariate_marginal import UnivariateMarginal
from inlay.spaces import Choice, Mask, Permutation, Real, Repeat, Space, Subset, space


def entropy(shares: Any) -> float:
    return -sum(p * math.log(p) for p in shares if p > 0)


# --- The tree --------------------------------------------------------------------------------------


def test_mutual_information_is_what_the_entropies_say() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, size=(50, 4))
    codes[:, 3] = (codes[:, 0] + (rng.random(50) < 0.2)) % 3
    found = mutual_information(codes, [3, 3, 3, 3])

    def h(*columns: int) -> float:
        return entropy(count / 50 for count in Counter(map(tuple, codes[:, columns].tolist())).values())

    for i, j in combinations(range(4), 2):
        assert found[i, j] == pytest.approx(h(i) + h(j) - h(i, j))
        assert found[j, i] == pytest.approx(found[i, j])
    assert found[0, 3] > 3 * found[0, 1]


def test_variables_of_different_sizes_stand_side_by_side() -> None:
    codes = np.array([[0, 2], [1, 2], [1, 0], [1, 1]])
    assert joint_shares(codes, [2, 3])[:2, 2:] == pytest.approx(np.array([[0, 0, 0.25], [0.25, 0.25, 0.25]]))
    assert mutual_information(codes, [2, 3])[0, 1] == pytest.approx(
        0.25 * math.log(2) + 2 * 0.25 * math.log(4 / 3) + 0.25 * math.log(2 / 3)
    )


def test_the_spanning_tree_is_the_heaviest_of_all_trees() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        half = rng.random((5, 5))
        weights = half + half.T
        found = maximum_spanning_tree(weights)
        assert len(found) == 4
        assert {child for _, child in found} == {1, 2, 3, 4}
        seen = {0}
        for parent, child in found:
            assert parent in seen, "parents come first"
            seen.add(child)
        edges = list(combinations(range(5), 2))
        trees = (chosen for chosen in combinations(edges, 4) if is_connected(chosen))
        heaviest = max(sum(weights[edge] for edge in chosen) for chosen in trees)
        assert sum(weights[edge] for edge in found) == pytest.approx(heaviest)


def is_connected(edges: Any) -> bool:
    reached = {0}
    for _ in edges:
        reached |= {node for edge in edges if reached & set(edge) for node in edge}
    return len(reached) == 5


def test_a_tree_draws_from_the_product_of_its_conditional_shares() -> None:
    """A chain a - b - c is a tree, so its distribution is met exactly."""
    rng = np.random.default_rng(2)
    a = rng.random(4000) < 0.3
    b = np.where(rng.random(4000) < 0.9, a, ~a)
    c = np.where(rng.random(4000) < 0.8, b, ~b)
    codes = np.stack([a, c, b], axis=1).astype(np.intp)
    tree = Tree(codes, [2, 2, 2], prior=0.0)
    assert {frozenset(edge) for edge in tree.edges} == {frozenset({0, 2}), frozenset({1, 2})}
    random, counts = Random(0), Counter(map(tuple, codes.tolist()))
    drawn = Counter(tuple(tree.draw(random)) for _ in range(8000))
    for values in product((0, 1), repeat=3):
        assert drawn[values] / 8000 == pytest.approx(counts[values] / 4000, abs=0.025)


def test_a_prior_lets_a_child_take_what_its_parent_never_saw() -> None:
    codes = np.array([[0, 0], [1, 1]] * 10)
    strict, loose = Tree(codes, [2, 2], prior=0.0), Tree(codes, [2, 2], prior=10.0)
    assert {tuple(strict.draw(Random(seed))) for seed in range(200)} == {(0, 0), (1, 1)}
    share = sum(a != b for a, b in (loose.draw(Random(seed)) for seed in range(2000))) / 2000
    assert share == pytest.approx(0.25, abs=0.03)  # (10 / 2) / (10 + 10)


# --- The model of a space --------------------------------------------------------------------------


def model_of(of: Space, members: list[Any], **options: Any) -> TreeOfDecisions:
    problem = Problem("p", of, lambda value: 0.0)
    strategy = DistributionSearch(TreeOfDecisions(**options), len(members), 1.0)
    study = Study(problem, strategy, seed=0)
    for member in members:
        study.tell(member, loss=0.0)
    for trial in study.ask(len(members)):
        study.tell(trial, error="only what was told counts")
    assert isinstance(study.strategy, DistributionSearch)
    assert isinstance(study.strategy.model, TreeOfDecisions)
    return study.strategy.model


def test_bits_that_hang_together_are_drawn_together() -> None:
    pair = space([Choice("a", "b"), Choice("c", "d")])
    model = model_of(pair, [["a", "d"], ["b", "c"]] * 10, prior=0.0, floor=0.0)
    counts = Counter(tuple(model.draw().args) for _ in range(200))
    assert set(counts) == {("a", "d"), ("b", "c")}
    assert min(counts.values()) > 60


def test_a_decision_that_a_member_does_not_have_counts_as_a_value() -> None:
    nets = space({"kind": Choice({"deep": Choice(1, 2, 3)}, "flat"), "rate": Choice("low", "high")})
    members = [{"kind": {"deep": 3}, "rate": "low"}, {"kind": "flat", "rate": "high"}] * 10
    model = model_of(nets, members, prior=0.0, floor=0.0)
    assert {nets.key(model.draw()) for _ in range(100)} == {nets.key(member) for member in members}


def test_what_does_not_fit_the_tree_keeps_its_marginal() -> None:
    wide = space({"n": Choice(*range(50)), "x": Real(0, 1), "m": Mask(4), "p": Permutation("abc"), "b": Choice(0, 1)})
    members = [
        {"n": 7, "x": 0.25, "m": np.array([1, 0, 0, 1], dtype=bool), "p": ["c", "a", "b"], "b": 1},
        {"n": 7, "x": 0.25, "m": np.array([1, 0, 0, 1], dtype=bool), "p": ["b", "a", "c"], "b": 0},
    ]
    model = model_of(wide, members, floor=0.0, prior=0.0)
    assert {site[2] for site in model.sites} == {2, 3}
    drawn = [model.draw() for _ in range(60)]
    assert {value["n"] for value in drawn} == {7}
    assert max(abs(value["x"] - 0.25) for value in drawn) < 1e-6
    assert {("".join(value["p"].args), value["b"]) for value in drawn} == {("cab", 1), ("bac", 0)}


def test_only_the_most_uncertain_decisions_stand_in_the_tree() -> None:
    bits = space([Choice(0, 1)] * 6)
    members = [[0, 0, 0, 0, i % 2, (i // 2) % 2] for i in range(8)]
    model = model_of(bits, members, most=2)
    assert len(model.sites) == 2
    at = list(model.distribution.marginals)
    assert [at.index(site) for site in model.sites] == [4, 5]


def test_a_constraint_is_met_by_every_draw() -> None:
    odd = Repeat(Choice(0, 1), 4).where(lambda p: sum(p.args) % 2 == 1)
    picked = Subset(range(6), 2, 4).where(lambda p: 0 in p.args)
    for of in (odd, picked):
        rng = Random(0)
        model = model_of(of, [of.sample(rng) for _ in range(12)])
        drawn = [model.draw() for _ in range(100)]
        assert all(map(of.contains, drawn))
        assert len({of.key(value) for value in drawn}) > 4


# --- The method ------------------------------------------------------------------------------------


def test_pairs_that_say_nothing_each_alone_are_solved_by_the_tree() -> None:
    """Each pair must sum to 3 modulo 4: every single decision is as good as any other."""
    fours = space([Choice(*range(4))] * 16)

    def wrong_pairs(x: list[int]) -> float:
        return sum((a + b) % 4 != 3 for a, b in zip(x[:8], x[8:], strict=True))

    def best(make: Any) -> float:
        problem = Problem("pairs", fours, wrong_pairs)
        runs = [Study(problem, make(), seed=seed).run(trials=500, progress=False) for seed in range(5)]
        return median(study.best.loss for study in runs)

    assert best(lambda: DependencyTree(100, elite=0.3, keep=33)) == 0
    assert best(lambda: UnivariateMarginal(100, elite=0.3, keep=33)) >= 2


@pytest.mark.parametrize(
    "make",
    [
        lambda: DependencyTree(1),
        lambda: DependencyTree(elite=0.0),
        lambda: DependencyTree(most=0),
        lambda: DependencyTree(prior=-1.0),
        lambda: DependencyTree(floor=1.0),
    ],
)
def test_settings_that_make_no_sense_are_refused_where_they_are_written(make: Any) -> None:
    with pytest.raises(ValueError, match=r"must|lie"):
        make()
