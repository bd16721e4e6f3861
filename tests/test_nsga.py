"""NSGA-II and NSGA-III: their parts by hand, and the fronts they find."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import comb, cos, inf, log, pi, sin, sqrt
from random import Random
from statistics import mean, median
from typing import Any

import numpy as np
import pytest

from inlay.search import Evolution, Outcome, Problem, RandomSearch, Strategy, Study, Trial
from inlay.search.hypervolumes import hypervolume
from inlay.search.nsga2 import NSGA2, CrowdedFronts, OrderTournament
from inlay.search.nsga3 import NSGA3, LessViolated, Niches, fill_niches, nadir, nearest_lines, normalised
from inlay.search.real_variation import VaryReals, polynomial_step, reals_in, simulated_binary
from inlay.search.reference_directions import das_dennis, reference_directions
from inlay.spaces import Choice, Real, Repeat, Shared, Space, space


def told(number: int, *losses: float, violation: float = 0.0, key: Any = None) -> Trial:
    trial = Trial(number, number)
    trial.state, trial.losses, trial.violations, trial.key = "done", losses, (violation,), key
    return trial


def numbers(trials: Sequence[Trial]) -> list[int]:
    return [trial.number for trial in trials]


def zdt1(x: Sequence[float]) -> dict[str, float]:
    g = 1 + 9 * sum(x[1:]) / (len(x) - 1)
    return {"a": x[0], "b": g * (1 - sqrt(x[0] / g))}


def dtlz2(x: Sequence[float]) -> dict[str, float]:
    g, u, v = 1 + sum((xi - 0.5) ** 2 for xi in x[2:]), x[0] * pi / 2, x[1] * pi / 2
    return {"a": g * cos(u) * cos(v), "b": g * cos(u) * sin(v), "c": g * sin(u)}


def problem_of(space: Any, evaluate: Callable[[Any], Any], names: str = "ab") -> Problem:
    return Problem("several", space, evaluate, objectives=dict.fromkeys(names, "minimize"))


def volume(problem: Problem, strategy: Strategy, trials: int, seed: int, corner: float = 1.1) -> float:
    return volume_of(Study(problem, strategy, seed=seed).run(trials=trials, progress=False), corner)


def volume_of(study: Study, corner: float = 1.1) -> float:
    front = [trial.losses for trial in study.pareto]
    return hypervolume(front, [corner] * len(study.problem.objectives))


# --- NSGA-II ---------------------------------------------------------------------------------------


def test_the_best_fronts_stay_and_of_the_last_one_those_with_the_most_room() -> None:
    first = [told(0, 0, 5), told(1, 5, 0)]
    second = [told(2, 1, 9), told(3, 2, 7), told(4, 2.5, 6), told(5, 9, 1)]  # gaps: 3 and then 2
    assert numbers(CrowdedFronts()([second[1], *first], [second[0], *second[2:]], 5)) == [0, 1, 2, 5, 4]
    assert numbers(CrowdedFronts()(first, second, 1)) == [0]
    assert len(CrowdedFronts()(first, second, 100)) == 6


def test_equal_programs_are_kept_once_and_the_latest_counts() -> None:
    old, new = told(0, 1, 1, key="k"), told(7, 2, 2, key="k")
    assert numbers(CrowdedFronts()([old], [new, told(8, 3, 0, key="other")], 5)) == [7, 8]


def test_an_infeasible_trial_stands_behind_every_feasible_one() -> None:
    trials = [told(0, -9, -9, violation=0.5), told(1, 5, 5), told(2, -9, -9, violation=0.1), told(3, 6, 6)]
    assert numbers(CrowdedFronts()([], trials, 4)) == [1, 3, 2, 0]
    assert numbers(Niches()([], trials, 3)) == [1, 3, 2]


def test_the_tournament_wins_by_place_in_the_order() -> None:
    population, rng = [told(i, 0.0) for i in range(4)], Random(0)
    wins = [OrderTournament(2)(population, rng).number for _ in range(8000)]
    for place in range(4):  # (2 (n - place) - 1) / n^2
        assert wins.count(place) / 8000 == pytest.approx((2 * (4 - place) - 1) / 16, abs=0.02)


def test_the_population_is_elitist_for_every_objective() -> None:
    problem = problem_of([Real(0, 1)] * 6, zdt1)
    study = Study(problem, NSGA2(20), seed=3)
    least: list[tuple[float, float]] = []
    for _ in range(10):
        study.run(trials=20, progress=False)
        assert isinstance(study.strategy, Evolution)
        members = study.strategy.members
        least.append((min(t.losses[0] for t in members), min(t.losses[1] for t in members)))
        assert len({t.key for t in members}) == len(members) == 20
    assert all(later[i] <= earlier[i] for earlier, later in pairwise(least) for i in (0, 1))


def test_nsga2_finds_a_front_of_twice_the_volume_that_random_search_finds() -> None:
    problem = problem_of([Real(0, 1)] * 10, zdt1)
    ours = [volume(problem, NSGA2(24), 1500, seed) for seed in range(3)]
    chance = [volume(problem, RandomSearch(), 1500, seed) for seed in range(3)]
    assert median(ours) > 0.7  # of 0.877 that the whole front has
    assert median(ours) > 2 * median(chance)


def test_both_find_the_front_of_two_bit_counts_that_random_search_does_not() -> None:
    """Of 30 bits the losses want the first 20 set and the last 20 not set: the front has 11 points in a line."""
    bits = space([Choice(0, 1)] * 30)
    problem = problem_of(bits, lambda x: {"a": 20 - sum(x[:20]), "b": sum(x[10:])})
    whole = hypervolume([[10 - i, i] for i in range(11)], [20, 20])
    found = {kind: median(volume(problem, kind(), 900, seed, 20) for seed in range(3)) / whole
             for kind in (lambda: NSGA2(30), lambda: NSGA3(30), RandomSearch)}  # fmt: skip
    nsga2, nsga3, chance = found.values()
    assert min(nsga2, nsga3) > max(0.95, 1.25 * chance)


@pytest.mark.parametrize("made", [NSGA2(20), NSGA3(20)])
def test_a_constrained_front_is_found_inside_the_constraint(made: Strategy) -> None:
    """A fortieth of all points is feasible, and no random sample of 800 comes near the front there."""

    def evaluate(x: list[float]) -> Outcome:
        return Outcome(zdt1(x), violations=[0.6 - x[0], 0.2 - x[1], x[1] - 0.3])

    study, chance = (
        Study(problem_of([Real(0, 1)] * 5, evaluate), strategy, seed=0).run(trials=800, progress=False)
        for strategy in (made, RandomSearch())
    )
    assert all(trial.violation == 0 for trial in study.pareto)
    assert volume_of(study) > 2 * volume_of(chance)


@pytest.mark.parametrize("made", [NSGA2(12), NSGA3(12)])
def test_infinite_losses_and_failures_are_survived(made: Strategy) -> None:
    def evaluate(x: list[float]) -> dict[str, float]:
        return {"a": inf if x[0] < 0.2 else x[0], "b": -inf if x[1] < 0.01 else 1 / (x[1] > 0.1)}

    study = Study(problem_of([Real(0, 1)] * 2, evaluate), made, seed=0).run(trials=200, progress=False)
    assert len(study.trials) == 200
    assert isinstance(study.strategy, Evolution)
    assert study.strategy.members


# --- NSGA-III --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("objectives", "partitions"), [(1, 3), (2, 5), (3, 12), (5, 4)])
def test_das_dennis_directions_are_all_multiples_that_sum_to_one(objectives: int, partitions: int) -> None:
    found = das_dennis(objectives, partitions)
    assert found.shape == (comb(objectives + partitions - 1, partitions), objectives)
    assert found.sum(axis=1) == pytest.approx(1)
    assert np.abs(found * partitions - (found * partitions).round()).max() < 1e-12
    assert len(np.unique(found.round(9), axis=0)) == len(found)
    with pytest.raises(ValueError, match="both must be at least 1"):
        das_dennis(objectives, 0)


def test_with_many_objectives_a_second_layer_lies_inside() -> None:
    found = reference_directions(8, 156)  # 120 of three partitions, and 36 of two inside, as in the paper
    assert len(found) == 156
    assert (found.min(axis=1) > 0).sum() == 36
    assert len(reference_directions(3, 92)) == 91
    assert reference_directions(1, 50).tolist() == [[1.0]]


def test_normalisation_uses_the_intercepts_of_the_plane_through_the_extremes() -> None:
    points = np.array([[5.0, 2, 3], [1.0, 6, 3], [1.0, 2, 11], [2.5, 3.5, 6]])  # a plane with intercepts 4, 4, 8
    scaled = normalised(points, np.arange(4))
    assert scaled[:3].ravel() == pytest.approx(np.eye(3).ravel())
    assert scaled[3] == pytest.approx([1.5 / 4, 1.5 / 4, 3 / 8])


def test_the_extreme_points_are_those_nearest_to_the_axes() -> None:
    near = np.array([[3.0, 1, 1], [1, 3, 1], [1, 1, 3]])  # the plane with intercepts 5
    far = np.array([[0.0, 7, 7], [7, 0, 7], [7, 7, 0]])
    assert nadir(np.vstack([far, near]), np.arange(6)).tolist() == pytest.approx([5, 5, 5])


def test_normalisation_falls_back_where_there_is_no_plane() -> None:
    alike = np.array([[0.0, 0.0], [2.0, 4.0]])
    assert nadir(alike, np.array([0])).tolist() == [2, 4]  # a first front of the ideal point: the worst of all
    assert nadir(np.zeros((3, 2)), np.arange(3)).tolist() == [1, 1]  # nothing differs: no scale
    bent = np.array([[0.0, 3.0], [3.0, 0.0], [2.9, 2.9]])
    assert nadir(bent, np.arange(2)).tolist() == pytest.approx([3, 3])
    assert normalised(np.array([[1.0, 7.0], [2.0, 7.0]]), np.arange(2)).tolist() == [[0, 0], [1, 0]]


def test_points_serve_the_line_that_is_nearest() -> None:
    niche, distance = nearest_lines(np.array([[2.0, 0.1], [1.0, 1.0], [0.0, 3.0]]), das_dennis(2, 2))
    assert das_dennis(2, 2)[niche].tolist() == [[1, 0], [0.5, 0.5], [0, 1]]
    assert distance.tolist() == pytest.approx([0.1, 0, 0])


def test_places_go_to_the_least_served_niche_and_its_nearest_candidate() -> None:
    niche = np.array([0, 1, 1, 2, 2])
    distance = np.array([0.0, 0.5, 0.2, 0.9, 0.4])
    served = np.array([3, 1, 0])
    # niche 2 first (0 served): its nearest; then 1 and 2 are served once: 0.2 before 0.9; then 1 again; 0 at last
    assert fill_niches(served, niche, distance, 5).tolist() == [4, 2, 3, 1, 0]
    assert fill_niches(served, niche, distance, 2).tolist() == [4, 2]


def test_filling_niches_is_the_same_as_giving_place_after_place() -> None:
    rng = np.random.default_rng(1)
    for _ in range(100):
        niche, distance = rng.integers(0, 5, 20), rng.random(20)
        served = rng.integers(0, 4, 5)
        counts, left, expected = served.copy(), list(range(20)), []
        while left:
            chosen = min(left, key=lambda i: (counts[niche[i]], distance[i]))  # of its niche it is the nearest
            expected.append(chosen)
            left.remove(chosen)
            counts[niche[chosen]] += 1
        assert fill_niches(served, niche, distance, 20).tolist() == expected


def test_parents_violate_less_where_they_differ() -> None:
    population, rng = [told(0, 1.0), told(1, 0.0, violation=2.0)], Random(0)
    drawn = [LessViolated()(population, rng).number for _ in range(4000)]
    assert drawn.count(1) / 4000 == pytest.approx(0.25, abs=0.03)


def test_nsga3_spreads_over_a_sphere_and_random_search_does_not_reach_it() -> None:
    problem = problem_of([Real(0, 1)] * 7, dtlz2, "abc")
    study = Study(problem, NSGA3(36), seed=0).run(trials=1500, progress=False)
    assert isinstance(study.strategy, Evolution)
    points = np.array([trial.losses for trial in study.strategy.members])
    assert len(set(nearest_lines(points, reference_directions(3, 36))[0].tolist())) >= 30
    assert np.linalg.norm(points, axis=1).max() < 1.1  # the front is the sphere of radius 1
    ours, chance = (hypervolume(rows, [1.1] * 3) for rows in (points, random_losses(problem, 1500)))
    assert ours > 0.64  # of 0.807 that the whole front has
    assert chance < 0.75 * ours


def random_losses(problem: Problem, trials: int) -> list[tuple[float, ...]]:
    study = Study(problem, RandomSearch(), seed=0).run(trials=trials, progress=False)
    return [trial.losses for trial in study.pareto]


@pytest.mark.parametrize("wrong", [lambda: NSGA3(36, directions=0), lambda: NSGA2(0), lambda: OrderTournament(0)])
def test_wrong_settings_are_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="at least"):
        wrong()


# --- Variation of reals ----------------------------------------------------------------------------


def test_simulated_binary_crossover_has_the_parents_mean_and_the_spread_of_its_formula() -> None:
    rng = Random(0)
    children = [simulated_binary(4.0, 6.0, -1e6, 1e6, 3.0, rng) for _ in range(20000)]
    assert mean(children) == pytest.approx(5.0, abs=0.02)
    spreads = [abs(child - 5.0) for child in children]
    # beta = (2u)^(1/4) for u <= 1/2: P(beta < b) = b^4 / 2
    for b in (0.5, 0.8, 1.0):
        assert sum(spread < b for spread in spreads) / 20000 == pytest.approx(b**4 / 2, abs=0.012)
    for b in (1.2, 1.5, 2.5):  # and beyond: P(beta < b) = 1 - b^-4 / 2
        assert sum(spread < b for spread in spreads) / 20000 == pytest.approx(1 - b**-4 / 2, abs=0.012)
    assert simulated_binary(2.0, 2.0, 0, 9, 3.0, rng) == 2.0


@pytest.mark.parametrize(("a", "b"), [(0.0, 1.0), (0.01, 0.02), (0.4, 1.0)])
def test_reals_stay_within_their_bounds(a: float, b: float) -> None:
    rng = Random(1)
    for _ in range(2000):
        assert 0 <= simulated_binary(a, b, 0, 1, 0.5, rng) <= 1
        assert 0 <= polynomial_step(a, 0, 1, 0.5, rng) <= 1


def test_polynomial_mutation_has_the_spread_of_its_formula() -> None:
    rng = Random(0)
    steps = [polynomial_step(0.0, -1e9, 1e9, 20.0, rng) / 2e9 for _ in range(20000)]
    assert sum(step < 0 for step in steps) / 20000 == pytest.approx(0.5, abs=0.02)
    for s in (0.02, 0.05, 0.1):  # the bounds, half a width away, cut nothing off: P(|step| < s) = 1 - (1 - s)^21
        assert sum(abs(step) < s for step in steps) / 20000 == pytest.approx(1 - (1 - s) ** 21, abs=0.02)


def parents_of(space: Space, rng: Random) -> Callable[[], Trial]:
    pair = [Trial(i, space.sample(rng)) for i in range(2)]
    return lambda: pair[rng.random() < 0.5]


width = Shared(Real(0, 1), "width")
SPACES: dict[str, Space] = {
    "reals": space([Real(0, 1)] * 5),
    "one real": Real(1e-6, 1, log=True),
    "grid": space([Real(0, 1, step=0.25), Real(2, 2), Real(1e-3, 1e3, log=True)]),
    "mixed": space({"x": Real(-1, 1), "n": {"bits": [Choice(0, 1)] * 3, "y": Real(1e-3, 1, log=True)}}),
    "conditional": space([Choice({"x": Real(0, 1)}, {"x": Real(5, 6), "y": Real(0, 1)}, "none"), Real(0, 1)]),
    "repeated": space(Repeat(Real(0, 1), 0, 4)),
    "shared": space([width, width, Real(0, 1)]),
    "bounded": space([Real(0, 1)] * 3).where(lambda x: sum(x) < 1.5),
    "no reals": space([Choice(0, 1)] * 6),
    "one member": space([Choice("only")]),
}


@pytest.mark.parametrize("name", list(SPACES))
@pytest.mark.parametrize("vary", [VaryReals(), VaryReals(1.0, mutation=1.0), VaryReals(0.0, mutation=0.0)])
def test_children_are_other_members_of_the_space(name: str, vary: VaryReals) -> None:
    members, rng = SPACES[name], Random(0)
    for _ in range(60):
        pick = parents_of(members, rng)
        first = pick()
        picks = iter([first])
        child = vary(members, lambda picks=picks, pick=pick: next(picks, None) or pick(), rng)  # type: ignore[misc]
        assert members.contains(child)
        assert members.key(members.adopt(child)) == members.key(child)
        assert child != first.program or not reals_in(members, first.program)


def test_mutation_changes_every_place_or_on_average_one() -> None:
    members, rng = space([Real(0, 1)] * 20), Random(0)
    old = members.sample(rng)
    every = VaryReals(0.0, mutation=1.0)(members, lambda: Trial(0, old), rng)
    assert len(every.diff(old)) == 20
    changes = [len(VaryReals().mutated(members, old, rng).diff(old)) for _ in range(2000)]
    assert mean(changes) == pytest.approx(1.0, abs=0.1)
    assert changes.count(0) / 2000 == pytest.approx((1 - 1 / 20) ** 20, abs=0.03)


def test_crossing_moves_half_of_the_reals_and_leaves_the_rest_of_the_first_parent() -> None:
    members, rng = space([Real(0, 1)] * 400), Random(0)
    first, second = members.sample(rng), members.sample(rng)
    child = VaryReals().crossed(members, first, second, rng)
    assert len(child.diff(first)) / 400 == pytest.approx(0.5, abs=0.08)


def test_logarithmic_reals_are_crossed_in_log_space() -> None:
    rate, rng = Real(1e-8, 1, log=True), Random(0)
    children = [VaryReals().crossed(rate, 1e-6, 1e-2, rng) for _ in range(4000)]
    logs = [log(child, 10) for child in children if child not in (1e-6, 1e-2)]
    assert median(logs) == pytest.approx(-4, abs=1.9)
    assert mean(logs) == pytest.approx(-4, abs=0.1)


@pytest.mark.parametrize("wrong", [{"crossover": 1.5}, {"mutation": -0.1}, {"crossover_index": -1.0}])
def test_impossible_settings_of_the_variation_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"probabilities lie in \[0, 1\]|an index cannot be negative"):
        VaryReals(**wrong)  # type: ignore[arg-type]
