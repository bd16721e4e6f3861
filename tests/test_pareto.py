"""The Pareto front, non-dominated sorting and crowding against brute force and by hand."""

from math import inf
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inlay.search import Problem, RandomSearch, Study, Trial, better, dominates, pareto_front
from inlay.search.nondominated import bounded, crowding_distance, front_ranks, nondominated
from inlay.spaces import Integer, Real

POINTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.integers(0, 1)), max_size=20)
SIZED = st.integers(1, 4).flatmap(
    lambda m: st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, 2.0, 3.0, inf])] * m), min_size=1, max_size=25)
)


def trials_at(points: list[tuple[int, ...]]) -> list[Trial]:
    trials = []
    for number, (*losses, violation) in enumerate(points):
        trial = Trial(number, number)
        trial.state, trial.losses, trial.violations = "done", tuple(map(float, losses)), (float(violation),)
        trials.append(trial)
    return trials


def peeled(trials: list[Trial]) -> list[int]:
    """The rank of each trial by definition: front after front, what no other one left beats."""
    ranks, left, rank = [0] * len(trials), list(range(len(trials))), 0
    while left:
        front = [i for i in left if not any(better(trials[j], trials[i]) for j in left)]
        for i in front:
            ranks[i] = rank
        left, rank = [i for i in left if i not in front], rank + 1
    return ranks


@given(POINTS)
def test_the_front_is_what_brute_force_finds(points: list[tuple[int, ...]]) -> None:
    trials = trials_at(points)
    assert pareto_front(trials) == [t for t in trials if not any(better(other, t) for other in trials)]


def test_studies_of_several_objectives_give_a_pareto_front_not_one_best() -> None:
    problem = Problem(
        "two",
        {"x": Real(0, 1), "y": Integer(0, 3)},
        lambda d: {"loss": d["x"], "gain": d["x"] + d["y"]},
        objectives={"loss": "minimize", "gain": "maximize"},
    )
    study = Study(problem, RandomSearch(), seed=0).run(trials=200, progress=False)
    assert study.pareto == [t for t in study.trials if not any(better(other, t) for other in study.trials)]
    assert 1 < len(study.pareto) < 200
    with pytest.raises(ValueError, match=r"study 'two' has several objectives and no single best: read \.pareto"):
        _ = study.best
    with pytest.raises(ValueError, match="target= needs a single objective"):
        study.run(trials=1, target=0.5)
    assert "on the front" in repr(study)


def test_failed_trials_are_never_on_the_front() -> None:
    problem = Problem("two", Integer(0, 9), lambda x: {"a": x, "b": 1 / x}, objectives=dict.fromkeys("ab", "minimize"))
    study = Study(problem, RandomSearch(), seed=0).run(trials=50, progress=False)
    assert any(trial.state == "failed" for trial in study.trials)
    assert study.pareto
    assert all(trial.state == "done" for trial in study.pareto)


# --- Fronts ----------------------------------------------------------------------------------------


@settings(deadline=None, derandomize=True, database=None, max_examples=60)
@given(SIZED)
def test_rows_on_the_first_front_are_those_that_no_other_dominates(rows: list[tuple[float, ...]]) -> None:
    expected = [not any(dominates(other, row) for other in rows) for row in rows]
    assert nondominated(rows).tolist() == expected


@settings(deadline=None, derandomize=True, database=None, max_examples=60)
@given(SIZED)
def test_ranks_are_those_of_peeling_front_after_front(rows: list[tuple[float, ...]]) -> None:
    trials = trials_at([(*row, 0) for row in rows])  # type: ignore[list-item]
    assert front_ranks(rows).tolist() == peeled(trials)


@settings(deadline=None, derandomize=True, database=None, max_examples=60)
@given(POINTS)
def test_less_violation_comes_before_any_loss(points: list[tuple[int, ...]]) -> None:
    trials = trials_at(points)
    losses = [trial.losses for trial in trials]
    assert front_ranks(losses, [trial.violation for trial in trials]).tolist() == peeled(trials)


def test_many_random_points_are_ranked_as_peeling_does() -> None:
    rng = np.random.default_rng(0)
    for objectives in (1, 2, 3, 5):
        rows = rng.random((60, objectives)).round(1)
        assert front_ranks(rows).tolist() == peeled(trials_at([(*row, 0) for row in rows.tolist()]))


def test_nothing_has_no_front() -> None:
    assert pareto_front([]) == []
    assert front_ranks(np.empty((0, 2))).tolist() == []
    assert nondominated(np.empty((0, 3))).tolist() == []


# --- Crowding --------------------------------------------------------------------------------------


def test_crowding_distance_by_hand() -> None:
    rows = [[0, 10], [2, 6], [3, 5], [10, 0]]  # widths 10 and 10
    assert crowding_distance(rows).tolist() == pytest.approx([inf, 0.3 + 0.5, 0.8 + 0.6, inf])
    order = [2, 0, 3, 1]
    shuffled = crowding_distance([rows[i] for i in order]).tolist()
    assert shuffled == pytest.approx([1.4, inf, inf, 0.8])


def test_both_ends_of_every_objective_have_infinite_room() -> None:
    rows = [[0, 9, 9], [9, 0, 9], [9.5, 5, 5], [5, 5, 0], [6, 6, 6]]  # the third is only the greatest of the first
    assert crowding_distance(rows)[:4].tolist() == [inf] * 4
    assert crowding_distance(rows)[4] == pytest.approx((9 - 5) / 9.5 + (9 - 5) / 9 + (9 - 5) / 9)


def test_an_objective_that_never_differs_adds_nothing() -> None:
    assert crowding_distance([[1, 0], [1, 1], [1, 4]]).tolist() == pytest.approx([inf, 1.0, inf])
    assert crowding_distance([[1, 1], [1, 1]]).tolist() == [0, 0]
    assert crowding_distance([[5, 3]]).tolist() == [0]


def test_infinite_losses_leave_distances_that_are_numbers() -> None:
    distances = crowding_distance([[0, inf], [1, 3], [2, 2], [inf, 0]])
    assert not np.isnan(distances).any()
    assert distances[[0, 3]].tolist() == [inf, inf]
    assert bounded(np.array([[-inf], [1.0], [3.0], [inf]])).ravel().tolist() == [-1.0, 1.0, 3.0, 5.0]
    assert np.isfinite(bounded(np.array([[inf], [inf]]))).all()


def test_the_sweep_over_two_losses_agrees_with_all_pairs_where_many_are_equal() -> None:
    rng = Random(0)
    for _ in range(200):
        rows = [[rng.randint(0, 3), rng.randint(0, 3)] for _ in range(15)]
        third = [[*row, 0] for row in rows]
        assert front_ranks(rows).tolist() == front_ranks(third).tolist()
