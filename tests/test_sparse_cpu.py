"""Sparse inference on processors: packed blocks beside dense products, the model of time, and plans searched for."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import pytest

from inlay.problems.hardware import Efficiency, Gemm, Memory, SpMM, datasheet, estimate
from inlay.problems.hardware.calibration import Measured, fit
from inlay.problems.hardware.devices import PERFECT, Device
from inlay.problems.hardware.sparse_cpu import (
    BlockSpMM,
    Layers,
    PrunedNetwork,
    RelativeError,
    blocks_of,
    break_even_density,
    csr,
    full_blocks,
    kept_blocks,
    measured_break_even,
    multiplied,
    packed,
    padded_numbers,
    pruned,
    random_layers,
    share_of_dot_products,
    sparse_cpu_problem,
    vector_core,
)
from inlay.problems.hardware.sparse_cpu.block_packing import width
from inlay.problems.hardware.sparse_cpu.pruned_network import LayerPlan, as_plans
from inlay.problems.hardware.sparse_cpu.rounding import product as rounded_product
from inlay.problems.hardware.sparse_cpu.rounding import to_bf16, to_int8
from inlay.problems.hardware.sparse_cpu.small_network import _gradients
from inlay.search import NSGA2, GeneticAlgorithm, LocalSearch, Problem, RandomSearch, Study, hypervolume
from inlay.spaces import OutsideSpace, build, symbolize

BLOCKS = [(4, 1), (2, 1), (1, 4), (8, 1), (4, 4), (1, 1), (2, 3), (16, 2)]

# -- pruning and packing ---------------------------------------------------------------------------------------------


def test_the_blocks_of_the_largest_norms_are_kept() -> None:
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((48, 24))
    for block, density in product(BLOCKS, (0.05, 0.3, 1.0)):
        kept = kept_blocks(weights, block, density)
        assert kept.sum() == max(1, round(density * kept.size))
        norms = np.array([[np.sum(b**2) for b in row] for row in blocks_of(weights, block)])
        assert norms[kept].min() >= norms[~kept].max(initial=0)
        left = pruned(weights, block, density)
        assert np.count_nonzero(left) == kept.sum() * block[0] * block[1]
        assert ((left == weights) | (left == 0)).all()
    assert kept_blocks(np.full((4, 8), -1, dtype=np.int8), (4, 1), 0.25).tolist() == [[True] * 2 + [False] * 6]


def test_norms_of_int8_do_not_overflow() -> None:
    weights = np.zeros((4, 2), dtype=np.int8)
    weights[:, 0] = 16  # whose square is 0 in eight bits
    weights[0, 1] = 3
    assert kept_blocks(weights, (4, 1), 0.5).tolist() == [[True, False]]


def test_packed_products_of_int8_equal_dense_ones_to_the_last_bit() -> None:
    rng = np.random.default_rng(1)
    for trial, block in enumerate(BLOCKS * 6):
        rows, columns, samples = 48, 12 * int(rng.integers(1, 12)), int(rng.integers(1, 20))
        weights = rng.integers(-128, 128, (rows, columns)).astype(np.int8)
        activations = rng.integers(-128, 128, (columns, samples)).astype(np.int8)
        if trial % 5 == 0:
            weights[:], activations[:] = -128, -128  # the largest sums
        density = float(rng.uniform(0.02, 1.0))
        kept = kept_blocks(weights, block, density)
        dense = pruned(weights, block, density).astype(np.int64) @ activations.astype(np.int64)
        for wide in (4, 2, 1):
            form = packed(weights, kept, block, wide)
            found = multiplied(form, activations)
            assert found.dtype == np.int32
            np.testing.assert_array_equal(found, dense)
            assert form.numbers.size == padded_numbers(kept, block, wide)
            assert form.numbers.shape[1:] == (block[0], wide)


def test_padding_is_sixteen_for_each_group_of_up_to_four_blocks() -> None:
    rng = np.random.default_rng(2)
    for _ in range(50):
        kept = rng.random((int(rng.integers(1, 9)), int(rng.integers(1, 40)))) < rng.random()
        expected = 4 * 4 * sum(-(-int(row.sum()) // 4) for row in kept)
        assert padded_numbers(kept, (4, 1)) == expected
        weights = rng.integers(1, 9, (4 * kept.shape[0], kept.shape[1])).astype(np.int8)
        form = packed(weights, kept, (4, 1))
        assert form.numbers.size == expected
        assert np.count_nonzero(form.numbers) == 4 * kept.sum()
        assert form.bytes == expected + expected // 4 * 4


def test_four_blocks_lie_side_by_side_as_published() -> None:
    weights = np.arange(1, 33, dtype=np.int8).reshape(4, 8)
    kept = np.array([[1, 0, 1, 0, 0, 1, 1, 1]], dtype=bool)
    form = packed(weights, kept, (4, 1))
    assert form.columns.tolist() == [[0, 2, 5, 6], [7, 0, 0, 0]]
    np.testing.assert_array_equal(form.numbers[0], weights[:, [0, 2, 5, 6]])
    np.testing.assert_array_equal(form.numbers[1][:, 0], weights[:, 7])
    assert not form.numbers[1][:, 1:].any()


def test_packed_products_of_floats_are_near_the_dense_ones() -> None:
    rng = np.random.default_rng(3)
    weights, x = (rng.standard_normal(shape).astype(np.float32) for shape in ((32, 64), (64, 5)))
    form = packed(weights, kept_blocks(weights, (4, 1), 0.3), (4, 1), width("fp32"))
    np.testing.assert_allclose(multiplied(form, x), pruned(weights, (4, 1), 0.3) @ x, rtol=1e-4, atol=1e-4)


A_FIFTH = Efficiency(0.0, 0.2, 1.0)


# -- the model of time -----------------------------------------------------------------------------------------------


def machine(sparse: Efficiency = A_FIFTH, dense: Efficiency = PERFECT) -> Device:
    """100 GFLOP/s and 10 GB/s, with what kinds reach."""
    return Device("made up", {"fp32": 100e9, "int8": 400e9}, (Memory("dram", 1e12, 10e9),),
                  efficiency={"spmm": sparse, "block_spmm": sparse, "gemm": dense})  # fmt: skip


def test_time_is_the_longer_of_products_and_bytes() -> None:
    m, k, n = 64, 256, 32
    padded = 2048
    slow = estimate(BlockSpMM(m, k, n, padded, 4), machine(Efficiency(0.0, 0.001, 1.0))).time[0]
    assert slow == pytest.approx(2 * padded * n / 0.5 / (0.001 * 400e9))
    stream = estimate(BlockSpMM(m, k, n, padded, 4), machine(Efficiency(0.0, 1.0, 1.0))).time[0]
    assert stream == pytest.approx((padded * (1 + 4 / 4) + (k + m) * n) / 10e9)
    many = estimate(BlockSpMM(m, k, n, np.array([padded, 2 * padded]), 4), machine(Efficiency(0.0, 0.001, 1.0)))
    assert many.time[1] == pytest.approx(2 * slow)


def test_block_shapes_lose_what_was_documented() -> None:
    """2 x 1 instead of 4 x 1 loses about a third, and 1 x 4 is at least twice slower."""
    four, two, one = (share_of_dot_products(rows, "int8") for rows in (4, 2, 1))
    assert two / four == pytest.approx(2 / 3)
    assert four / one >= 2
    assert [share_of_dot_products(4, dtype) for dtype in ("bf16", "fp32")] == pytest.approx([4 / 6, 4 / 5])
    core, of = vector_core(), {"m": 1024, "k": 1024, "n": 256}
    dense = estimate(Gemm(**of, dtype="int8"), core).time[0]
    gains = {d: dense / estimate(BlockSpMM(**of, padded=d * 1024**2), core).time[0] for d in (0.3, 0.2, 0.1)}
    assert gains[0.3] < gains[0.2] < gains[0.1]
    assert gains[0.1] == pytest.approx(5, rel=0.01)  # the most that was published; here groups have no padding


def test_break_even_is_the_ratio_of_rates_where_both_compute() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        share, dense = rng.uniform(0.02, 0.4), rng.uniform(0.5, 1.0)
        made = replace(machine(Efficiency(0.0, share, 1.0), Efficiency(0.0, dense, 1.0)),
                       memory=(Memory("dram", 1e12, 1e15),))  # fmt: skip
        m, k, n = (int(size) for size in rng.integers(64, 2048, 3))
        assert break_even_density(Gemm(m, k, n, dtype="fp32"), csr(m, k, n), made) == pytest.approx(share / dense)


def test_break_even_with_bytes_and_starts_is_solved() -> None:
    made = machine(Efficiency(3e-6, 0.2, 0.5), Efficiency(1e-6, 0.9, 1.0))
    for m, k, n in ((512, 512, 8), (1024, 256, 64), (2048, 2048, 256)):
        dense = Gemm(m, k, n, dtype="fp32")
        found = break_even_density(dense, csr(m, k, n), made)
        assert 0 < found < 1
        assert estimate(csr(m, k, n)(found), made).time[0] == pytest.approx(estimate(dense, made).time[0], rel=1e-6)
    blocks = break_even_density(Gemm(1024, 1024, 256, dtype="int8"), full_blocks(1024, 1024, 256), vector_core())
    assert blocks == pytest.approx(0.5)  # half of the dot products of a dense product, at the same share of the peak


def test_break_even_ends_where_one_side_always_wins() -> None:
    dense = Gemm(64, 64, 64, dtype="fp32")
    assert break_even_density(dense, csr(64, 64, 64), machine(Efficiency(1.0, 1.0, 1.0))) == pytest.approx(1e-4)
    assert break_even_density(dense, csr(64, 64, 64), machine(dense=Efficiency(1.0, 1.0, 1.0))) == 1.0


def test_break_even_of_other_shapes_is_foretold_from_times_of_some() -> None:
    """Times that a hidden machine would take, with noise, calibrate the model: its break-even is the hidden one."""
    rng = np.random.default_rng(5)
    hidden = machine(Efficiency(2e-6, 0.17, 0.8), Efficiency(1e-6, 0.93, 0.9))

    def measured(operator: Any) -> Measured:
        return Measured(operator, estimate(operator, hidden).time * np.exp(0.03 * rng.standard_normal(len(operator.m))))

    def sizes(count: int) -> Any:
        return np.exp(rng.uniform(np.log(64), np.log(1500), (3, count)))

    fitted = machine(Efficiency(), Efficiency())
    for kind in (lambda c: Gemm(*sizes(c), dtype="fp32"),
                 lambda c: SpMM(*sizes(c), density=np.exp(rng.uniform(-5, -0.5, c)), dtype="fp32")):  # fmt: skip
        fitted = fit(fitted, [measured(kind(40))], [measured(kind(8))])
    for m, k, n in ((700, 900, 120), (1024, 1024, 256), (300, 1500, 64)):
        dense = Gemm(m, k, n, dtype="fp32")
        true = break_even_density(dense, csr(m, k, n), hidden)
        assert break_even_density(dense, csr(m, k, n), fitted) == pytest.approx(true, abs=0.03)


def test_measured_times_cross_between_two_densities() -> None:
    times = [1e-3 * d + 2e-5 for d in (0.05, 0.1, 0.2, 0.4)]
    assert measured_break_even([0.05, 0.1, 0.2, 0.4], times, 1.7e-4) == pytest.approx(0.15)
    with pytest.raises(ValueError, match="do not cross"):
        measured_break_even([0.05, 0.1], times[:2], 1.0)


# -- networks --------------------------------------------------------------------------------------------------------


def test_products_of_int8_are_those_of_integers() -> None:
    rng = np.random.default_rng(6)
    weights, x = rng.standard_normal((16, 256)).astype(np.float32), rng.standard_normal((9, 256)).astype(np.float32)
    (w, rows), (moving, scale) = to_int8(weights, by_row=True), to_int8(x)
    exact = (moving.astype(np.int64) @ w.T.astype(np.int64)).astype(np.float32) * (scale * rows.T)
    np.testing.assert_array_equal(rounded_product(weights, x, "int8"), exact)
    assert np.abs(w).max(axis=1).tolist() == [127] * 16
    errors = [np.linalg.norm(rounded_product(weights, x, t) - x @ weights.T) for t in ("fp32", "bf16", "int8")]
    assert 0 == errors[0] < errors[1] < errors[2] < 0.05 * np.linalg.norm(x @ weights.T)
    assert (to_int8(np.zeros((2, 2), dtype=np.float32))[0] == 0).all()


def test_bf16_keeps_the_upper_half_of_a_float_and_rounds_to_even() -> None:
    values = np.array([1.0, 1.00390625, 1.01171875, -(2.0**-126), 3.14159265], dtype=np.float32)
    assert to_bf16(values).tolist() == [1.0, 1.0, 1.015625, -(2.0**-126), 3.140625]


def test_gradients_are_those_of_differences() -> None:
    rng = np.random.default_rng(8)
    x, y = rng.standard_normal((7, 5)), rng.integers(0, 3, 7)
    values: list[Any] = [rng.standard_normal(shape) for shape in ((6, 5), (4, 6), (3, 4), (6,), (4,), (3,))]

    def loss() -> float:
        """The mean cross-entropy."""
        scores = Layers(tuple(values[:3]), tuple(values[3:])).outputs(x)
        return float(np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(7), y]))

    slopes = _gradients(Layers(tuple(values[:3]), tuple(values[3:])), x, y)
    for value, slope in zip(values, slopes, strict=True):
        for place in np.ndindex(value.shape):
            known, sides = value[place], []
            for step in (1e-6, -1e-6):
                value[place] = known + step
                sides.append(loss())
            value[place] = known
            assert slope[place] == pytest.approx((sides[0] - sides[1]) / 2e-6, abs=1e-7)


def tiny(batch: int = 64) -> PrunedNetwork:
    layers = random_layers((16, 32, 16, 4), seed=1, tail=3.0)
    x = np.random.default_rng(2).standard_normal((96, 16)).astype(np.float32)
    return PrunedNetwork(layers, x[:64], x[64:], RelativeError(layers.outputs(x[64:])), vector_core(), batch)


def test_seconds_of_a_plan_are_those_of_its_products() -> None:
    network, core = tiny(), vector_core()
    plans = [LayerPlan(0.25, "int8"), LayerPlan(1.0, "bf16")]
    kept = kept_blocks(network.layers.weights[0], (4, 1), 0.25)
    operators = [
        BlockSpMM(32, 16, 64, padded_numbers(kept, (4, 1)), 4, "int8"),
        Gemm(16, 32, 64, dtype="bf16"),
        Gemm(4, 16, 64, dtype="fp32"),
    ]
    assert network.seconds((4, 1), plans) == pytest.approx(float(estimate(operators, core).time[0]))


def test_a_network_that_is_not_pruned_is_hardly_wrong_and_the_last_layer_makes_up_for_some() -> None:
    network = tiny()
    dense = [LayerPlan(1.0, "fp32")] * 2
    assert network.error((1, 1), dense) < 0.05
    half = [LayerPlan(0.5, "fp32")] * 2
    fitted = network.error((4, 1), half)
    cut = [pruned(w, (4, 1), 0.5) for w in network.layers.weights[:-1]]
    quarter = [LayerPlan(0.25, "fp32")] * 2
    assert network.error((4, 1), quarter) == tiny().error((4, 1), quarter) > fitted  # whatever was asked before
    left = Layers((*cut, network.layers.weights[-1]), network.layers.biases)
    x = network.x[64:]
    assert network.error((1, 1), dense) < fitted < RelativeError(network.layers.outputs(x))(left.outputs(x))


def test_enumeration_gives_what_plans_have_one_by_one() -> None:
    network = tiny()
    settings = [(4, 1), (8, 1)], (1.0, 0.25), ("fp32", "int8")
    found = list(network.enumerated(*settings))
    plans = [LayerPlan(*pair) for pair in product(*settings[1:])]
    each = [(network.seconds(b, p), network.error(b, p)) for b in settings[0] for p in product(plans, repeat=2)]
    np.testing.assert_allclose(found, each, rtol=1e-12)
    assert len(found) == 2 * 4**2


# -- the problem -----------------------------------------------------------------------------------------------------

FEW: dict[str, Any] = {"blocks": ("1x1", "4x1", "16x1"), "densities": (1.0, 0.3, 0.1), "dtypes": ("fp32", "int8")}


@lru_cache(maxsize=2)
def problem_of(network: str, at_most: float | None) -> Problem:
    return sparse_cpu_problem(network, at_most, **FEW)


def measure(problem: Problem, point: Any) -> dict[str, float]:
    assert problem.evaluate is not None
    return dict(problem.evaluate(build(symbolize(point))).objectives)


def test_published_plans_are_faster_than_dense_ones_and_little_worse() -> None:
    pytest.importorskip("sklearn")
    problem = sparse_cpu_problem()
    assert problem.held_out is not None
    found = {name: measure(problem, point) for name, point in problem.published.items()}
    held_out = {name: problem.held_out(build(point))["error"] for name, point in problem.published.items()}
    ninety, eighty, int8, fp32 = (each["seconds"] for each in found.values())
    assert ninety < eighty < int8 < fp32
    assert 3 < int8 / ninety < 5
    assert found["dense fp32"]["error"] < 0.06
    assert held_out["dense fp32"] < 0.06
    for name in ("4x1 int8, 90 % sparse", "4x1 int8, 80 % sparse"):
        assert found[name]["error"] < found["dense int8"]["error"] + 0.06
        assert held_out[name] < 0.12


def test_the_best_known_is_the_least_of_the_plans_that_are_right_enough() -> None:
    problem = problem_of("random", 0.5)
    network: PrunedNetwork = problem.evaluate.network  # type: ignore[union-attr]
    found = np.array(list(network.enumerated([(1, 1), (4, 1), (16, 1)], FEW["densities"], FEW["dtypes"])))
    assert len(found) == problem.members.size() == 648
    assert problem.best_known == found[found[:, 1] <= 0.5, 0].min()
    assert found[:, 0].min() < problem.best_known < found[:, 0].max()
    for published in problem.published.values():
        plan = build(symbolize(published))
        assert problem.evaluate(plan).violations == (network.error(*as_plans(plan)) - 0.5,)  # type: ignore[misc]


def mean_regret(problem: Problem, strategy: Any, trials: int, seeds: int) -> float:
    runs = [Study(problem, strategy, seed=seed).run(trials=trials, progress=False) for seed in range(seeds)]
    assert problem.best_known is not None
    losses = [run.best.loss if run.best.violation <= 0 else 10 * problem.best_known for run in runs]
    return float(np.mean(losses)) / problem.best_known - 1


def test_strategies_come_nearer_to_the_optimum_than_random_search() -> None:
    problem = problem_of("random", 0.5)
    chance = mean_regret(problem, RandomSearch(), 60, 8)
    genetic = mean_regret(problem, GeneticAlgorithm(12), 60, 8)
    local = mean_regret(problem, LocalSearch(), 60, 8)
    assert 0 <= genetic < 0.8 * chance
    assert 0 <= local < 0.8 * chance


def test_sorting_finds_more_of_the_front_than_chance_and_the_front_beats_the_published_plans() -> None:
    problem = problem_of("random", None)
    network: PrunedNetwork = problem.evaluate.network  # type: ignore[union-attr]
    points = np.array(list(network.enumerated([(1, 1), (4, 1), (16, 1)], FEW["densities"], FEW["dtypes"])))
    worst = points.max(axis=0)
    whole = hypervolume(points / worst, (1.0, 1.0))

    def found(strategy: Any, seed: int) -> float:
        study = Study(problem, strategy, seed=seed).run(trials=80, progress=False)
        pairs = [(trial.objectives["seconds"], trial.objectives["error"]) for trial in study.pareto]
        return hypervolume(np.array(pairs) / worst, (1.0, 1.0)) / whole

    chance, sorting = (np.mean([found(s, seed) for seed in range(4)]) for s in (RandomSearch(), NSGA2(16)))
    assert chance < sorting <= 1 + 1e-9
    published = measure(problem, problem.published["4x1 int8, 90 % sparse"])
    better = (points[:, 0] <= published["seconds"] * 1.0000001) & (points[:, 1] < published["error"])
    assert better.any()


def test_a_problem_travels_and_mistakes_are_named() -> None:
    problem = problem_of("random", 0.5)
    assert problem.evaluate is not None
    point = build(symbolize(problem.published["4x1 int8, 90 % sparse"]))
    assert pickle.loads(pickle.dumps(problem.evaluate))(point).violations == problem.evaluate(point).violations
    assert problem.name.startswith("hardware/sparse_cpu(network='random', at_most=0.5")
    assert sparse_cpu_problem("random").best_known is None
    with pytest.raises(ValueError, match="known are digits, random"):
        sparse_cpu_problem("faces")
    with pytest.raises(ValueError, match="give divisors"):
        kept_blocks(np.ones((6, 4)), (4, 1), 0.5)
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        kept_blocks(np.ones((4, 4)), (4, 1), 0.0)
    with pytest.raises(ValueError, match="the weights have 4 columns"):
        multiplied(packed(np.ones((4, 4)), np.ones((1, 4), dtype=bool), (4, 1)), np.ones((3, 1)))
    with pytest.raises(ValueError, match="at most 1,000"):
        rounded_product(np.ones((2, 1001), dtype=np.float32), np.ones((1, 1001), dtype=np.float32), "int8")
    with pytest.raises(ValueError, match="the processor has 56"):
        vector_core(57)
    with pytest.raises(ValueError, match=r"BlockSpMM\.padded"):
        BlockSpMM(4, 4, 4, 0)
    with pytest.raises(OutsideSpace):
        problem.members.adopt(dict(point) | {"block": "3x1"})
    assert datasheet("xeon-8480").peak["int8"] / 16 == pytest.approx(vector_core(56).peak["int8"])
