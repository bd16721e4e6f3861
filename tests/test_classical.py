"""The classical problems: their formulas on worked examples, and their optima by brute force on small instances."""

import math
import os
import pickle
import subprocess
import sys
from itertools import permutations, product
from random import Random
from typing import Any

import cloudpickle
import numpy as np
import pytest

from inlay.problems import classical, names, problem
from inlay.problems.classical import functions, suite
from inlay.problems.classical.assignments import grid_distances
from inlay.problems.classical.binary_sequences import LEAST_ENERGIES, merit_factor
from inlay.problems.classical.instances import all_bit_strings
from inlay.problems.classical.schedules import KNOWN_MAKESPANS, Shop, published_times
from inlay.problems.instance_names import instance_name
from inlay.search import Exhaustive, Outcome, Problem, RandomSearch, Study
from inlay.spaces import build

SUITE = suite()


def bits(text: str) -> np.ndarray[Any, Any]:
    return np.array([digit == "1" for digit in text])


def loss(made: Problem, value: Any) -> float:
    """The loss of a built value, infinite where it violates a constraint."""
    assert made.evaluate is not None
    outcome = made.outcome(made.evaluate(value))
    return math.inf if any(v > 0 for v in outcome.violations) else outcome.objectives["loss"]


def least(made: Problem) -> float:
    """The least loss of all members."""
    return min(loss(made, build(member)) for member in made.members.enumerate())


# -- every problem ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(SUITE))
def test_no_random_member_and_no_published_point_beats_the_best_known(name: str) -> None:
    made = SUITE[name]
    study = Study(made, RandomSearch(), seed=1)
    study.enqueue(*made.published.values())
    study.run(trials=60, progress=False)
    assert all(trial.state == "done" for trial in study.trials)
    assert made.best_known is not None
    assert study.best.loss >= made.best_known
    assert made.objectives == {"loss": "minimize"}
    assert made.source


@pytest.mark.parametrize("name", list(SUITE))
def test_it_travels_to_other_processes(name: str) -> None:
    made = SUITE[name]
    member = build(made.members.sample(Random(3)))
    assert loss(cloudpickle.loads(cloudpickle.dumps(made)), member) == loss(made, member)
    assert pickle.loads(pickle.dumps(made.evaluate)) is not None


def test_the_catalog_lists_the_suite() -> None:
    assert [name for name in names() if name.startswith("classical/")] == list(SUITE)
    assert all(problem(name).name == name for name in SUITE)


def test_the_suite_has_kinds() -> None:
    parts = [suite(kind) for kind in ("bits", "permutations", "continuous")]
    assert [len(part) for part in parts] == [10, 4, 5]
    assert [name for part in parts for name in part] == list(SUITE)
    assert {made.members.size() for made in suite("bits").values()} == {2**64}
    with pytest.raises(ValueError, match="the kinds are bits, permutations, continuous"):
        suite("graphs")


def test_names_tell_what_is_not_standard() -> None:
    assert instance_name("classical/trap", n=(8, 64), k=(4, 4)) == "classical/trap(n=8)"
    assert classical.sphere(2, rotate=False).name == "classical/sphere(n=2, rotate=False)"


PRINT_ALL = """
from random import Random
from inlay.problems.classical import suite
from inlay.spaces import build
for name, made in suite().items():
    print(name, made.evaluate(build(made.members.sample(Random(4)))), made.best_known)
"""


def test_instances_are_the_same_in_every_process() -> None:
    texts = [
        subprocess.run([sys.executable, "-c", PRINT_ALL], capture_output=True, text=True, check=True,
                       env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert texts[0] == texts[1]
    assert texts[0].count("\n") == len(SUITE)


SMALL = [
    *(classical.one_max(n) for n in (1, 5)),
    *(classical.leading_ones(n) for n in (1, 6)),
    *(classical.concatenated_traps(n, k) for n, k in ((8, 4), (10, 5), (6, 2))),
    *(classical.low_autocorrelation(n) for n in range(3, 13)),
    *(classical.nk_landscape(n, k, s) for n, k, s in ((8, 2, 0), (9, 3, 1), (6, 5, 2), (5, 1, 3), (7, 3, 4))),
    classical.nk_landscape(8, 3, neighbours="random"),
    *(classical.ising_ring(n) for n in (3, 8)),
    *(classical.spin_glass(3, s) for s in range(4)),
    *(classical.independent_set(10, d, s) for d, s in ((0.1, 0), (0.3, 1), (0.7, 2))),
    *(classical.knapsack(10, s) for s in range(3)),
    *(classical.maximum_satisfiability(8, c, s) for c, s in ((32, 0), (60, 1))),
    *(classical.n_queens(n) for n in (4, 5, 6)),
    *(classical.quadratic_assignment(2, 3, s) for s in range(2)),
    classical.quadratic_assignment(2, 3, 1, flows="grid"),
    *(classical.travelling_salesman(n, s) for n, s in ((3, 0), (5, 1), (7, 2))),
    classical.flow_shop(5, 3, 7),
]


@pytest.mark.parametrize("made", SMALL, ids=lambda made: made.name)
def test_the_optimum_is_that_of_trying_everything(made: Problem) -> None:
    assert made.best_known == pytest.approx(least(made), abs=1e-12)


@pytest.mark.parametrize(
    "make",
    [
        lambda: classical.one_max(0),
        lambda: classical.concatenated_traps(10, 4),
        lambda: classical.low_autocorrelation(2),
        lambda: classical.nk_landscape(4, 4),
        lambda: classical.nk_landscape(8, 2, neighbours="far"),
        lambda: classical.spin_glass(2),
        lambda: classical.independent_set(8, 0.0),
        lambda: classical.maximum_satisfiability(2),
        lambda: classical.n_queens(3),
        lambda: classical.quadratic_assignment(1, 2),
        lambda: classical.quadratic_assignment(2, 2, flows="none"),
        lambda: classical.travelling_salesman(2),
        lambda: classical.flow_shop(seed=0),
        lambda: classical.rosenbrock(1),
    ],
)
def test_sizes_that_make_no_instance_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"must|are 'random'|takes seeds"):
        make()


# -- bits ------------------------------------------------------------------------------------------------------------


def test_bit_strings_on_worked_examples() -> None:
    assert loss(classical.one_max(5), bits("01101")) == 2
    assert loss(classical.leading_ones(5), bits("11011")) == 3
    assert loss(classical.leading_ones(5), bits("11111")) == 0
    trap = classical.concatenated_traps(8, 4)
    assert [loss(trap, bits(text)) for text in ("11111111", "00001111", "01110001", "00000000")] == [0, 1, 6, 2]


def test_autocorrelations_of_the_barker_sequence() -> None:
    made = classical.low_autocorrelation(13)
    assert loss(made, bits("1111100110101")) == 6  # every autocorrelation is 0 or 1
    assert loss(made, bits("1" * 13)) == sum(k * k for k in range(1, 13))


def test_least_energies_have_the_published_merit_factors() -> None:
    published = {20: 7.692, 27: 9.851, 40: 7.407, 51: 8.500, 60: 8.257, 64: 9.846, 66: 8.475}
    for n, factor in published.items():
        assert merit_factor(n, LEAST_ENERGIES[n]) == pytest.approx(factor, abs=6e-4)


def test_least_energies_have_the_parity_that_every_energy_has() -> None:
    """The k-th autocorrelation is as odd as n - k, and the square of an odd number is 1 modulo 4."""
    assert sorted(LEAST_ENERGIES) == list(range(3, 67))
    assert all(energy % 4 == n // 2 % 4 for n, energy in LEAST_ENERGIES.items())


@pytest.mark.parametrize("n", [14, 16])
def test_least_energies_agree_with_all_sequences(n: int) -> None:
    spins = np.where(all_bit_strings(n), 1, -1)
    energies = sum(((spins[:, :-k] * spins[:, k:]).sum(axis=1)) ** 2 for k in range(1, n))
    assert int(np.min(energies)) == LEAST_ENERGIES[n]


def test_a_contribution_depends_on_its_inputs_only() -> None:
    made: Any = classical.nk_landscape(10, 3, neighbours="random").evaluate
    start = bits("0110100101")
    for i in range(10):
        flipped = start.copy()
        flipped[i] ^= True
        rows = {row for row in range(10) if i in made.inputs[row]}
        change = {row for row in range(10) if made.table[row, number(start[made.inputs[row]])]
                  != made.table[row, number(flipped[made.inputs[row]])]}  # fmt: skip
        assert change == rows
        assert made.inputs[i, 0] == i
    assert made(start) == pytest.approx(1 - sum(made.table[r, number(start[made.inputs[r]])] for r in range(10)) / 10)


def number(found: Any) -> int:
    return int("".join("01"[int(bit)] for bit in found), 2)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_torus_of_sixteen_spins_is_solved_exactly(seed: int) -> None:
    made: Any = classical.spin_glass(4, seed).evaluate
    spins = np.where(all_bit_strings(16), 1, -1).reshape(-1, 4, 4)
    energies = -(made.right * spins * np.roll(spins, -1, 2) + made.down * spins * np.roll(spins, -1, 1)).sum(
        axis=(1, 2)
    )
    assert energies.min() == 2 * made.ground_loss() - 32
    assert made(bits("0" * 16)) == ((made.right < 0).sum() + (made.down < 0).sum())


def test_the_ground_state_of_the_standard_torus_is_a_bound_that_is_met() -> None:
    """Single flips and flips of pairs, from many starts, come down to the energy that dynamic programming states."""
    made: Any = classical.spin_glass().evaluate
    rng = np.random.default_rng(0)
    found = min(_annealed(made, rng) for _ in range(12))
    assert made.ground_loss() <= found <= made.ground_loss() + 2


def _annealed(glass: Any, rng: np.random.Generator) -> int:
    spins = rng.choice([-1, 1], glass.right.shape)
    for temperature in np.linspace(2.5, 0.05, 250):
        for parity in (0, 1):
            field = (glass.right * np.roll(spins, -1, 1) + np.roll(glass.right * spins, 1, 1)
                     + glass.down * np.roll(spins, -1, 0) + np.roll(glass.down * spins, 1, 0))  # fmt: skip
            even = np.add.outer(np.arange(8), np.arange(8)) % 2 == parity
            flip = even & (rng.random(spins.shape) < np.exp(-np.maximum(0, 2 * spins * field) / temperature))
            spins = np.where(flip, -spins, spins)
    return int(glass(spins.ravel() > 0))


def test_independent_sets_pay_for_edges() -> None:
    made = classical.independent_set(8, 0.5)
    graph: Any = made.evaluate
    assert loss(made, bits("0" * 8)) == 8
    assert loss(made, bits("1" * 8)) == 2 * len(graph.edges)
    edge = np.zeros(8, dtype=bool)
    edge[graph.edges[0]] = True
    assert loss(made, edge) == 6 + 2


@pytest.mark.parametrize(("density", "seed"), [(0.15, 3), (0.5, 4)])
def test_the_independence_number_agrees_with_all_sets(density: float, seed: int) -> None:
    graph: Any = classical.independent_set(14, density, seed).evaluate
    rows = all_bit_strings(14)
    free = ~(rows[:, graph.edges[:, 0]] & rows[:, graph.edges[:, 1]]).any(axis=1)
    assert graph.independence_number() == rows[free].sum(axis=1).max()


def test_the_knapsack_is_a_constraint() -> None:
    made = classical.knapsack(6)
    sack: Any = made.evaluate
    full = sack(bits("111111"))
    assert isinstance(full, Outcome)
    assert full.objectives == {"loss": 0.0}
    assert full.violations == (sack.weights.sum() - sack.capacity,)
    assert sack(bits("000000")).violations == (-sack.capacity,)
    assert loss(made, bits("000000")) == sack.values.sum()
    assert loss(made, build(made.published["greedy by value for weight"])) < math.inf


ANSWER = "0100010101101101011111010110100011100100010110100100101110011110"


def test_the_standard_formula_is_satisfied() -> None:
    made = classical.maximum_satisfiability()
    assert loss(made, bits(ANSWER)) == made.best_known == 0
    formula: Any = made.evaluate
    assert formula.variables.shape == (256, 3)
    assert all(len(set(row)) == 3 for row in formula.variables.tolist())


def test_a_clause_fails_only_where_all_its_literals_do() -> None:
    formula: Any = classical.maximum_satisfiability(5, 1, seed=2).evaluate
    (variables,), (wanted,) = formula.variables, formula.wanted
    failing = [row for row in product((False, True), repeat=5) if formula(np.array(row))]
    assert len(failing) == 4  # two variables are free
    assert all(row[v] != w for row in failing for v, w in zip(variables, wanted, strict=True))


# -- permutations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "solutions"), [(4, 2), (5, 10), (6, 4), (7, 40)])
def test_the_boards_without_attacks_are_as_many_as_known(n: int, solutions: int) -> None:
    made = classical.n_queens(n)
    assert sum(loss(made, order) == 0 for order in permutations(range(n))) == solutions


def test_layouts_on_a_worked_example() -> None:
    assert grid_distances(2, 2).tolist() == [[0, 1, 1, 2], [1, 0, 2, 1], [1, 2, 0, 1], [2, 1, 1, 0]]
    layout: Any = classical.quadratic_assignment(2, 2).evaluate
    far = grid_distances(2, 2)
    order = [2, 0, 3, 1]
    assert layout(order) == sum(layout.flows[i, j] * far[order[i], order[j]] for i in range(4) for j in range(i))
    assert (layout.flows == layout.flows.T).all()


def test_tours_on_a_worked_example() -> None:
    tour: Any = classical.travelling_salesman(5, 9).evaluate
    order = [3, 1, 0, 4, 2]
    assert tour(order) == pytest.approx(sum(tour.distances[a, b] for a, b in zip(order, [*order[1:], 3], strict=True)))
    assert tour(order) == pytest.approx(tour(order[2:] + order[:2]))


def test_the_mean_shortest_tour_of_five_cities_is_the_known_constant() -> None:
    lengths = [classical.travelling_salesman(5, seed).best_known or 0.0 for seed in range(400)]
    assert sum(lengths) / len(lengths) == pytest.approx(2.12, abs=0.06)


BEST_TOUR = [18, 29, 59, 36, 46, 13, 4, 49, 32, 2, 41, 60, 33, 34, 7, 42, 3, 53, 21, 63, 54, 48, 58, 17, 37, 12, 1, 35,
             62, 52, 26, 20, 56, 28, 23, 55, 51, 10, 6, 16, 22, 24, 61, 27, 15, 50, 38, 43, 9, 40, 14, 8, 47, 39, 0, 19,
             11, 31, 45, 44, 57, 5, 30, 25]  # fmt: skip
BEST_LAYOUT = [7, 9, 4, 5, 11, 0, 1, 10, 6, 8, 2, 3]


def test_the_best_found_values_are_those_of_solutions() -> None:
    assert loss(classical.travelling_salesman(), BEST_TOUR) == pytest.approx(6.0831777766756066)
    assert classical.travelling_salesman().best_known == pytest.approx(6.0831777766756066)
    assert loss(classical.quadratic_assignment(), BEST_LAYOUT) == 248 == classical.quadratic_assignment().best_known


def test_the_published_flow_shop_is_reproduced() -> None:
    """The first machine of ta001, and the makespan that its heuristic is known to reach."""
    times = published_times(20, 5, 873654221)
    row = "54 83 15 71 77 36 53 38 27 87 76 91 14 29 12 77 32 87 68 94"
    assert times[0].tolist() == [int(text) for text in row.split()]
    made = classical.flow_shop()
    (heuristic,) = made.published.values()
    assert loss(made, build(heuristic)) == 1286
    assert KNOWN_MAKESPANS[20, 5, 873654221] == made.best_known == 1278


def test_a_makespan_on_a_worked_example() -> None:
    """Two machines, three jobs: job 1 starts on the second machine when both it and the machine are free."""
    shop = Shop(np.array([[3, 2, 4], [2, 5, 1]]))
    assert shop([0, 1, 2]) == 11
    assert shop([1, 0, 2]) == 10
    rng = Random(0)
    times = np.array([[rng.randint(1, 9) for _ in range(6)] for _ in range(4)])
    order = rng.sample(range(6), 6)
    free = [0] * 4
    for job in order:
        for machine in range(4):
            free[machine] = max(free[machine], free[machine - 1] if machine else 0) + int(times[machine, job])
    assert Shop(times)(order) == free[-1]


# -- functions of real numbers ---------------------------------------------------------------------------------------

MAKERS = {name: getattr(classical, name) for name in ("sphere", "ellipsoid", "rosenbrock", "rastrigin", "schwefel")}


@pytest.mark.parametrize("name", list(MAKERS))
@pytest.mark.parametrize("seed", [0, 1])
def test_the_optimum_lies_inside_the_box_and_nothing_near_or_far_is_better(name: str, seed: int) -> None:
    made = MAKERS[name](4, seed)
    moved: Any = made.evaluate
    assert made.members.contains(moved.optimum.tolist())
    assert moved(moved.optimum) == pytest.approx(0.0, abs=1e-9)
    rng = np.random.default_rng(seed)
    for radius in (1e-3, 0.1, 1.0, 10.0):
        for step in rng.normal(size=(50, 4)) * radius:
            assert moved(np.clip(moved.optimum + step, -5, 5)) > 0


@pytest.mark.parametrize(
    ("name", "z", "value"),
    [
        ("sphere", [1, 2], 5.0),
        ("ellipsoid", [1, 2], 1 + 4e6),
        ("rosenbrock", [0, 1], 100.0),
        ("rosenbrock", [-1, -1], 1.0),
        ("rastrigin", [1, 2], 5.0),
        ("rastrigin", [0.5, 0], 20.25),
        ("schwefel", [-4.209687462275036, 0], 418.9828872724),
    ],
)
def test_functions_on_worked_examples(name: str, z: list[float], value: float) -> None:
    moved = MAKERS[name](2, 0, rotate=False).evaluate
    assert moved(np.array(z) + moved.optimum) == pytest.approx(value, rel=1e-9)


def test_rotations_are_orthogonal_and_differ_by_seed() -> None:
    first, second = (functions.random_rotation(5, Random(seed)) for seed in (0, 1))
    for rotation in (first, second):
        assert np.allclose(rotation @ rotation.T, np.eye(5))
    assert not np.allclose(first, second)
    assert np.allclose(classical.sphere(5, 0).evaluate.rotation, MAKERS["schwefel"](5, 0).evaluate.rotation)  # type: ignore[union-attr]


def test_an_exhaustive_search_finds_the_known_optimum() -> None:
    made = classical.maximum_satisfiability(8)
    assert Study(made, Exhaustive()).run(trials=256, progress=False).best.loss == made.best_known
