"""Hardware as an objective: networks of different shapes estimated together, any problem on a device, codesign."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from inlay.problems.hardware import AllReduce, Gemm, Operator, UnknownDevice, UnknownOperator, decoder_layer, estimate
from inlay.problems.hardware.candidates import estimate_each, together
from inlay.problems.hardware.codesign import (
    AREA,
    LEAST_LATENCY,
    NETWORK,
    area,
    codesign_problem,
    latencies,
    least_latency,
    made_device,
    network_problem,
)
from inlay.problems.hardware.objectives import on_device
from inlay.search import (
    NSGA2,
    Exhaustive,
    GeneticAlgorithm,
    Outcome,
    Problem,
    RandomSearch,
    Strategy,
    Study,
    TabuSearch,
)
from inlay.spaces import Integer, OutsideSpace


def network(width: int, layers: int) -> list[Operator]:
    return [operator for _ in range(layers) for operator in decoder_layer(16, 32, width, 8, 2 * width)]


def test_networks_of_any_shapes_cost_what_each_costs_alone() -> None:
    networks = [network(256, 2), network(512, 1), [Gemm(3, 64, 64)], network(512, 2), [Gemm(1, 64, 8), Gemm(1, 8, 64)]]
    together = estimate_each(networks, "h100")
    alone = [estimate(each, "h100") for each in networks]
    for name in ("time", "energy", "memory", "bytes", "flops", "feasible", "error"):
        np.testing.assert_allclose(getattr(together, name), [getattr(cost, name)[0] for cost in alone], rtol=1e-12)
    assert together.bound.tolist() == [str(cost.bound[0]) for cost in alone]


def test_only_sizes_are_put_together() -> None:
    with pytest.raises(ValueError, match="only sizes may differ"):
        together([Gemm(1, 2, 3), Gemm(1, 2, 3, dtype="int8")])


def test_links_and_types_keep_networks_apart() -> None:
    networks = [[AllReduce(8, 64, 4, link="intra")], [AllReduce(8, 64, 4, link="inter")], [Gemm(1, 8, 8, dtype="int8")]]
    times = estimate_each(networks, "a100-80g").time
    assert times.tolist() == [estimate(each, "a100-80g").time[0] for each in networks]
    assert times[0] < times[1]


def wide(value: int) -> list[Operator]:
    return [Gemm(m=1, k=64 * value, n=64 * value)]


QUALITY = Problem("width", Integer(1, 64), lambda n: 1.0 / n, published={"eight": 8}, best_known=1 / 64)


def test_a_problem_gains_objectives_and_keeps_its_own() -> None:
    problem = on_device(QUALITY, wide, "a100-80g", ["latency", "energy", "memory"])
    assert list(problem.objectives) == ["loss", "latency", "energy", "memory"]
    assert problem.published["eight"] == 8
    assert problem.best_known is None
    assert problem.evaluate_many is not None
    (outcome,) = problem.evaluate_many([8])
    cost = estimate(wide(8), "a100-80g")
    assert dict(outcome.objectives) == {
        "loss": 0.125, "latency": cost.time[0], "energy": cost.energy[0], "memory": cost.memory[0]
    }  # fmt: skip


def test_the_front_trades_quality_for_time_and_holds_both_ends() -> None:
    study = Study(on_device(QUALITY, lambda n: wide(8 * n), "a100-80g"), NSGA2(20), seed=0)
    study.run(trials=400, progress=False)
    front = sorted({(trial.objectives["loss"], trial.objectives["latency"]) for trial in study.pareto})
    assert front[0][0] == 1 / 64
    assert all(a[1] > b[1] for a, b in pairwise(front))


def test_a_candidate_over_capacity_violates_a_constraint_and_is_not_best() -> None:
    def huge(value: int) -> list[Operator]:
        return [Gemm(m=1, k=1e5 * value, n=1e5 * value)]

    problem = on_device(Problem("huge", Integer(1, 9), lambda n: -n), huge, "a100-80g")
    study = Study(problem, Exhaustive(), seed=0).run(trials=9, progress=False)
    fits = [trial.program for trial in study.trials if trial.violation == 0]
    assert fits == [n for n in range(1, 10) if 2e10 * n * n + 4e5 * n <= 80e9]
    assert {trial.program for trial in study.pareto} <= set(fits)


def test_outcomes_failures_and_batches_of_the_problem_survive() -> None:
    def some(values: list[int]) -> list[Any]:
        return [Outcome(error="odd") if n % 2 else Outcome({"gain": n}, violations=(n - 4,), cost=2.0) for n in values]

    problem = Problem("even", Integer(1, 9), evaluate_many=some, objectives={"gain": "maximize"})
    study = Study(on_device(problem, wide, "h200", ["memory"]), Exhaustive(), seed=0).run(trials=9, progress=False)
    assert [trial.state for trial in study.trials] == ["failed", "done"] * 4 + ["failed"]
    assert study.trials[3].violations[0] == 0
    assert study.trials[3].cost == 2.0
    assert study.trials[3].objectives == {"gain": 4.0, "memory": estimate(wide(4), "h200").memory[0]}


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="'speed' is none of latency, energy, memory"):
        on_device(QUALITY, wide, "a100-80g", ["speed"])
    with pytest.raises(ValueError, match="'latency' of its own"):
        on_device(on_device(QUALITY, wide, "a100-80g"), wide, "h100")
    with pytest.raises(UnknownDevice, match="did you mean h100"):
        on_device(QUALITY, wide, "h10")
    with pytest.raises(ValueError, match="fidelities"):
        on_device(Problem("two", Integer(1, 2), lambda n, f: n, fidelities=(1, 2)), wide, "h100")
    with pytest.raises(ValueError, match="'drawn' is seeded"):
        on_device(Problem("drawn", Integer(1, 2), lambda n, seed: n, noisy=True, seeded=True), wide, "h100")
    with pytest.raises(ValueError, match="at least one network"):
        estimate_each([], "h100")
    with pytest.raises(UnknownOperator, match="a40 computes with"):
        estimate_each([[Gemm(1, 1, 1, dtype="fp64")]], "a40")


# -- codesign --------------------------------------------------------------------------------------------------------

CELLS, WIDTHS = (16, 32, 64, 128, 256), (256, 384, 512, 768, 1024, 1280)
MACHINE = {"rows": 128, "columns": 128, "megabytes": 8, "gigabytes_per_second": 64}


def test_the_inner_search_comes_near_the_best_network_of_a_machine() -> None:
    problem = network_problem(MACHINE)
    best = Study(problem, Exhaustive(), seed=0).run(trials=504, progress=False).best
    assert problem.members.size() == 504
    assert best.violation == 0
    found = codesign_problem(trials=120).evaluate(MACHINE)  # type: ignore[misc]
    assert best.loss <= found.objectives["latency"] <= 1.1 * best.loss


def test_the_least_latency_is_that_of_all_networks_on_all_machines() -> None:
    assert least_latency() == pytest.approx(LEAST_LATENCY, rel=1e-12)
    assert codesign_problem().best_known == LEAST_LATENCY


def test_two_strategies_come_nearer_the_best_machine_than_random_search() -> None:
    problem = codesign_problem()

    def regret(strategy: Strategy) -> float:
        runs = [Study(problem, strategy, seed=seed).run(trials=80, progress=False).best.loss for seed in range(5)]
        return float(np.mean(runs)) / LEAST_LATENCY - 1.0

    chance = regret(RandomSearch())
    evolution, climbing = regret(GeneticAlgorithm(12)), regret(TabuSearch())
    assert 0 <= evolution < 0.75 * chance, (evolution, climbing, chance)
    assert 0 <= climbing < 0.75 * chance, (evolution, climbing, chance)


def test_what_is_too_large_or_too_small_is_infeasible() -> None:
    large = MACHINE | {"rows": 256, "columns": 256, "megabytes": 32}
    outcome = codesign_problem(trials=5).evaluate(large)  # type: ignore[misc]
    assert outcome.violations[-1] == pytest.approx(area(large) / AREA - 1)
    assert outcome.violations[-1] > 0
    small = latencies(made_device(MACHINE), [{"layers": 4, "width": 256, "ratio": 2}])[0]
    assert small.violations == pytest.approx((1 - 4 * (4 * 256**2 + 3 * 256 * 512) / 60e6,))
    with pytest.raises(OutsideSpace):
        codesign_problem().members.adopt(MACHINE | {"rows": 17})
    assert set(NETWORK) == {"layers", "width", "ratio"}
