"""Differential evolution, its recombinations, and the vectors that programs are made into."""

from itertools import pairwise
from random import Random
from statistics import median
from typing import Any

import numpy as np
import pytest

from inlay.search import CannotAct, Problem, Study
from inlay.search.differential_evolution import (
    BestOne,
    CurrentToPBest,
    DifferentialEvolution,
    RandOne,
    SelfAdaptingDifferentialEvolution,
    crossed,
    others,
)
from inlay.search.real_vectors import RealVectors, reflected
from inlay.spaces import Choice, Dependent, Integer, Mask, Permutation, Real, Shared, Subset, space

ONE = {"loss": "minimize"}
CUBE = space([Real(-5, 5)] * 4)


# --- Programs as vectors ---------------------------------------------------------------------------


def test_programs_and_vectors_are_inverse_in_the_scale_of_each_hole() -> None:
    deep = [Real(-2, 6), Shared(Real(0, 1))]
    of = space({"rate": Real(1e-6, 1, log=True), "deep": deep, "n": Integer(1, 100, log=True)})
    vectors = RealVectors("X", of, ONE)
    assert vectors.dimension == 4
    rng = Random(0)
    for _ in range(50):
        value = of.sample(rng)
        again = vectors.program(vectors.vector(value))
        assert again["rate"] == pytest.approx(value["rate"], rel=1e-12)
        assert again["deep", 0] == pytest.approx(value["deep", 0])
        assert again["n"] == value["n"]
    assert vectors.vector({"rate": 1e-3, "deep": [0.0, 0.75], "n": 10})[:3] == pytest.approx([0.5, 0.25, 0.75])


def test_a_dependent_range_is_met_as_a_share_of_it() -> None:
    high = Shared(Real(1, 3))
    of = space([high, Dependent(lambda top: Real(0, top), high)])
    vectors = RealVectors("X", of, ONE)
    assert list(vectors.program(np.array([0.5, 0.25])).args) == pytest.approx([2.0, 0.5])
    assert vectors.vector([2.0, 0.5]) == pytest.approx([0.5, 0.25])


@pytest.mark.parametrize(
    ("of", "why"),
    [
        (space([Real(0, 1), Choice("a", "b")]), r"Choice\('a', 'b'\) is a decision among 2 options"),
        (space([Real(0, 1, step=0.25)]), "decision among 5 options"),
        (Permutation("abc"), "Permutation"),
        (Subset("abc", 1), "Subset"),
        (Mask(3), "Mask"),
        (space(["closed", Real(1, 1)]), "no decision of it is a real number"),
    ],
)
def test_spaces_of_other_holes_are_refused_with_the_reason(of: Any, why: str) -> None:
    with pytest.raises(CannotAct, match=rf"(?s)DifferentialEvolution cannot act .*{why}.* would fit"):
        Study(Problem("p", of, lambda value: 0.0), DifferentialEvolution())


def test_several_objectives_are_refused() -> None:
    problem = Problem("two", CUBE, lambda x: {"a": 0.0, "b": 1.0}, objectives={"a": "minimize", "b": "minimize"})
    with pytest.raises(CannotAct, match="2 objectives; NSGA2"):
        Study(problem, DifferentialEvolution())


def test_vectors_beyond_a_wall_are_mirrored() -> None:
    assert reflected(np.array([-0.25, 1.25, 0.5, 2.25, -1.5, 7.0])) == pytest.approx([0.25, 0.75, 0.5, 0.25, 0.5, 1.0])


# --- Recombination ---------------------------------------------------------------------------------


def test_the_others_are_distinct_and_never_oneself() -> None:
    generator = np.random.default_rng(0)
    for _ in range(50):
        for i, row in enumerate(others(6, 3, generator).tolist()):
            assert len({i, *row}) == 4


def test_crossover_takes_at_least_one_entry_and_about_its_share() -> None:
    parents, mutants, generator = np.full((2000, 5), 0.25), np.full((2000, 5), 0.75), np.random.default_rng(0)
    assert (crossed(parents, mutants, 0.0, generator) == 0.75).sum(axis=1).tolist() == [1] * 2000
    share = (crossed(parents, mutants, 0.5, generator) == 0.75).mean()
    assert share == pytest.approx(0.5 + 0.5 / 5, abs=0.02)


def test_a_child_beyond_a_bound_lies_halfway_to_it() -> None:
    parents, generator = np.array([[0.5, 0.5]]), np.random.default_rng(0)
    assert crossed(parents, np.array([[-0.1, 1.7]]), 1.0, generator).tolist() == [[0.25, 0.75]]


def test_rand_one_and_best_one_by_their_formulas() -> None:
    members = np.linspace(0.3, 0.6, 8).reshape(4, 2)
    for recombine, first in ((RandOne(0.5, 1.0), None), (BestOne(0.5, 1.0), 2)):
        children = recombine.children(members, [2, 0, 1, 3], np.random.default_rng(3))
        picked = others(4, 3 if first is None else 2, np.random.default_rng(3))
        for i, child in enumerate(children):
            base, (a, b) = (picked[i, 0], picked[i, 1:]) if first is None else (first, picked[i])
            assert child == pytest.approx(members[base] + 0.5 * (members[a] - members[b]))


def test_success_moves_the_memory_by_the_lehmer_mean_of_weights_and_the_mean_of_rates() -> None:
    shade = CurrentToPBest(memory=2)
    shade.start(4)
    shade.used_weights, shade.used_rates = np.array([0.2, 0.9, 0.5, 0.8]), np.array([0.1, 0.9, 0.3, 0.5])
    shade.learn(np.zeros((2, 3)), [0, 3], [1.0, 3.0])
    assert shade.weights[0] == pytest.approx((0.25 * 0.04 + 0.75 * 0.64) / (0.25 * 0.2 + 0.75 * 0.8))
    assert shade.rates[0] == pytest.approx(0.25 * 0.1 + 0.75 * 0.5)
    assert (shade.weights[1], shade.rates[1], len(shade.archive)) == (0.5, 0.7, 2)


# --- The strategy ----------------------------------------------------------------------------------


def sphere(x: list[float]) -> float:
    return sum(u * u for u in x)


def rosenbrock(x: list[float]) -> float:
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def rastrigin(x: list[float]) -> float:
    return float(sum((u - 1) ** 2 - 10 * np.cos(2 * np.pi * (u - 1)) + 10 for u in x))


@pytest.mark.parametrize(
    ("make", "loss", "bound"),
    [
        (lambda: DifferentialEvolution(16), rosenbrock, 0.5),
        (lambda: DifferentialEvolution(16, BestOne()), sphere, 1e-6),
        (lambda: SelfAdaptingDifferentialEvolution(14), rosenbrock, 1e-3),
        (lambda: SelfAdaptingDifferentialEvolution(14), rastrigin, 1.5),
    ],
)
def test_it_solves_what_it_is_known_to_solve(make: Any, loss: Any, bound: float) -> None:
    runs = [Study(Problem("p", CUBE, loss), make(), seed=seed).run(trials=2000, progress=False) for seed in range(3)]
    assert median(study.best.loss for study in runs) < bound


def test_a_child_replaces_its_parent_only_where_it_is_not_worse() -> None:
    study = Study(Problem("p", CUBE, rastrigin), DifferentialEvolution(8), seed=0).run(trials=8, progress=False)
    before = list(study.strategy.places)  # type: ignore[attr-defined]
    study.run(trials=8, progress=False)
    after = study.strategy.places  # type: ignore[attr-defined]
    children = [(False, 0.0, trial.loss) for trial in study.trials[8:]]
    assert after == [min(pair) for pair in zip(before, children, strict=True)]
    for shares, place in zip(study.strategy.members, after, strict=True):  # type: ignore[attr-defined]
        assert rastrigin((10 * shares - 5).tolist()) == pytest.approx(place[2])


def test_a_foreign_trial_replaces_the_worst_member() -> None:
    study = Study(Problem("p", CUBE, rastrigin), DifferentialEvolution(6), seed=0)
    study.tell([1.0] * 4, loss=0.0)
    study.run(trials=6, progress=False)
    assert study.strategy.places.count((False, 0.0, 0.0)) == 1  # type: ignore[attr-defined]
    worst = max(trial.loss for trial in study.trials)
    assert (False, 0.0, worst) not in study.strategy.places  # type: ignore[attr-defined]


def test_a_constraint_is_met_by_every_proposal() -> None:
    ball = CUBE.where(lambda p: sum(u * u for u in p.args) < 16)
    study = Study(Problem("p", ball, rastrigin), DifferentialEvolution(10), seed=0).run(trials=300, progress=False)
    assert all(ball.contains(trial.program) for trial in study.trials)
    assert study.best.loss < 25


@pytest.mark.parametrize(
    "make",
    [
        lambda: DifferentialEvolution(3),
        lambda: RandOne(0.0),
        lambda: BestOne(crossover=1.5),
        lambda: CurrentToPBest(best=0.0),
        lambda: CurrentToPBest(memory=0),
    ],
)
def test_settings_that_make_no_sense_are_refused_where_they_are_written(make: Any) -> None:
    with pytest.raises(ValueError, match=r"must"):
        make()
