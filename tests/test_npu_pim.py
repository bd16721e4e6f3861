"""Decoding on an NPU whose memory computes: its estimator by hand, its algorithms against exact optima, its steady
state against a simulation of events, and the band of gains that the closed form gives."""

import pickle
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from inlay.problems.hardware import Link, device
from inlay.problems.hardware.npu_pim import (
    DECODERS,
    DecodeBatch,
    attend_latency,
    attention_latency,
    balanced_partition,
    blocked,
    greedy_channels,
    half_partition,
    ideal_latency,
    least_device_seconds,
    least_makespan,
    logit_latency,
    longest_first_bound,
    makespan,
    neupims_device,
    npu_pim_placement,
    overlapped,
    published_plans,
    request_lengths,
    split_channels,
)
from inlay.problems.hardware.npu_pim.interleaving import interleaved_schedule, layer_seconds_of
from inlay.problems.hardware.npu_pim.plan_space import as_rows
from inlay.search import Exhaustive, GeneticAlgorithm, HillClimb, LocalSearch, Problem, RandomSearch, Study, TabuSearch
from inlay.spaces import OutsideSpace, build, symbolize

PIM = device("neupims").pim
assert PIM is not None


def seconds(batch: DecodeBatch, parallel: int = 1) -> dict[str, float]:
    """Seconds of a layer under each published plan."""
    plans = {name: build(symbolize(plan)) for name, plan in published_plans(batch, parallel).items()}
    return {name: float(batch.layer_seconds(as_rows([plan]))[0]) for name, plan in plans.items()}


# -- the device and its estimator ------------------------------------------------------------------------------------


def test_the_banks_read_five_and_a_half_times_what_comes_out() -> None:
    machine = device("neupims")
    assert PIM.bandwidth == pytest.approx(5.70e12, rel=2e-3)
    assert PIM.bandwidth == 32 * 32 * 1024 / 184e-9
    assert PIM.bandwidth / machine.memory[-1].bandwidth == pytest.approx(5.6, abs=0.05)
    assert machine.array == (128, 128, 8, 1e9)


@pytest.mark.parametrize(
    ("keys", "width", "heads", "logit", "attend"),
    [
        # c = 8 pages, t = 12 turns; c = 1 page for each of 32 heads, t = 4
        (376, 4096, 32, 8 * 100 + 8 * 12 * 184, 32 * 100 + 32 * 4 * 184),
        # c = 3 (1100 numbers), t = 2 (33 keys); c = 1 for each of 11 heads, t = 4 (heads of 100)
        (33, 1100, 11, 3 * 100 + 3 * 2 * 184, 11 * 100 + 11 * 4 * 184),
        # c = 2, t = 17 (513 keys); c = 2 for each of 16 heads, t = 2
        (513, 1024, 16, 2 * 100 + 2 * 17 * 184, 32 * 100 + 32 * 2 * 184),
    ],
)
def test_the_estimator_is_the_calculation_by_hand(keys: int, width: int, heads: int, logit: int, attend: int) -> None:
    assert float(logit_latency(keys, width, PIM)) * 1e9 == pytest.approx(logit)
    assert float(attend_latency(keys, heads, width / heads, PIM)) * 1e9 == pytest.approx(attend)
    assert float(attention_latency(keys, width, heads, PIM)) * 1e9 == pytest.approx(logit + attend)


def test_whole_pages_take_the_ideal_time_but_for_loading() -> None:
    logit = float(logit_latency(32 * 512, 512, PIM))
    assert logit - PIM.load == pytest.approx(float(ideal_latency(32 * 512, 512, PIM)) / 2)
    many = logit_latency(np.array([1, 32, 33]), 512, PIM) * 1e9
    assert many.round(6).tolist() == [284, 284, 468]
    with pytest.raises(ValueError, match=r"logit_latency\(keys=0\)"):
        logit_latency(0, 512, PIM)


# -- channels --------------------------------------------------------------------------------------------------------


def test_branch_and_bound_finds_the_least_makespan() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        n, m = int(rng.integers(1, 8)), int(rng.integers(1, 4))
        times = rng.integers(1, 30, n).tolist()
        least = min(makespan(times, assigned, m) for assigned in product(range(m), repeat=n))
        assert least_makespan(times, m) == least


def test_the_longest_first_stay_within_their_bound() -> None:
    rng, worst = np.random.default_rng(1), 1.0
    for _ in range(300):
        n, m = int(rng.integers(2, 12)), int(rng.integers(2, 5))
        times = rng.integers(1, 40, n).tolist()
        least = least_makespan(times, m)
        longest_first = makespan(times, greedy_channels(times, m), m)
        in_order = makespan(times, greedy_channels(times, m, longest_first=False), m)
        assert least <= longest_first <= longest_first_bound(m) * least + 1e-9
        assert least <= in_order <= (2 - 1 / m) * least + 1e-9
        worst = max(worst, longest_first / least)
    assert worst > 1.05
    assert makespan([3, 3, 2, 2, 2], greedy_channels([3, 3, 2, 2, 2], 2), 2) == pytest.approx(
        longest_first_bound(2) * 6
    )
    # unsorted, the bound of the sorted does not hold: 1, 1, 2 on two channels give 3 where 2 is possible
    unsorted = makespan([1, 1, 2], greedy_channels([1, 1, 2], 2, longest_first=False), 2)
    assert unsorted > longest_first_bound(2) * least_makespan([1, 1, 2], 2)


# -- sub-batches -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [0, 1, 2, 5, 9, 12, 16])
def test_dynamic_programming_divides_as_well_as_brute_force(n: int) -> None:
    rng = np.random.default_rng(n)
    subsets = np.arange(2**n)[:, None] >> np.arange(n) & 1
    for high in (6, 1000, 50_000):
        times = rng.integers(0, high, n)
        least = np.abs(times.sum() - 2 * subsets @ times).min()
        second = balanced_partition(times)
        assert abs(int(times[second].sum()) - int(times[~second].sum())) == least


def test_halves_are_halves_of_each_channel() -> None:
    assert half_partition([9, 1, 1, 1, 1]).tolist() == [False, False, False, True, True]
    times, channels = np.array([9, 1, 5, 5, 1, 7, 2]), np.array([0, 1, 0, 1, 0, 1, 1])
    halves, balanced = (split_channels(times, channels, part) for part in (half_partition, balanced_partition))
    for channel in (0, 1):
        here = channels == channel
        assert halves[here].sum() in (here.sum() // 2, here.sum() - here.sum() // 2)
        gap = [abs((times * here) @ np.where(second, 1, -1)) for second in (balanced, halves)]
        assert gap[0] <= gap[1]
    odd = split_channels(np.ones(12, dtype=int), np.arange(12) % 4)  # three on each of four channels
    assert odd.sum() == 6
    with pytest.raises(ValueError, match="integers of at least 0"):
        balanced_partition(np.array([1.5, 2.0]))


# -- the steady state ------------------------------------------------------------------------------------------------


def simulated(npu: list[float], pim: list[np.ndarray[Any, Any]], layers: int = 400) -> float:
    """Seconds of a layer by events: each sub-batch in turn takes the NPU and then all its channels."""
    npu_free, ready, channels = 0.0, [0.0, 0.0], np.zeros(len(pim[0]))
    ends = []
    for _ in range(layers):
        for batch in (0, 1):
            npu_free = max(npu_free, ready[batch]) + npu[batch]
            channels = np.maximum(channels, npu_free) + pim[batch]
            ready[batch] = float(channels.max())
        ends.append(max(ready))
    return (ends[-1] - ends[layers // 2 - 1]) / (layers - layers // 2)


def test_two_row_buffers_give_the_longest_cycle_of_a_simulation() -> None:
    """Channels that have nothing to do for a sub-batch do not wait for it: their requests' work is zero."""
    rng, kinds = np.random.default_rng(3), set()
    for _ in range(150):
        npu, pim = rng.integers(1, 9, 2).astype(float).tolist(), rng.integers(1, 9, (2, 3)).astype(float)
        found = overlapped([np.array([each]) for each in npu], [each[None] for each in pim])[0]
        assert found == pytest.approx(simulated(npu, list(pim)), rel=0.02)
        kinds.add(int(np.argmax([sum(npu), pim.sum(axis=0).max(), npu[0] + pim[0].max(), npu[1] + pim[1].max()])))
    assert kinds == {0, 1, 2, 3}


def test_the_schedule_of_tasks_comes_to_the_same_steady_state() -> None:
    rng, layers = np.random.default_rng(4), 60
    npu, pim = rng.integers(1, 9, (2, 40)).astype(float), rng.integers(1, 9, (2, 3, 40)).astype(float)
    schedule = interleaved_schedule(list(npu), [list(each) for each in pim], layers)
    found = layer_seconds_of(schedule.times().ends, layers)
    np.testing.assert_allclose(found, overlapped(list(npu), [each.T for each in pim]), rtol=0.02)
    assert len(schedule.tasks) == layers * 2 * 4


def test_one_row_buffer_adds_what_two_overlap() -> None:
    npu, pim = [np.array([3.0]), np.array([2.0])], [np.array([[2.0, 1.0]]), np.array([[2.0, 4.0]])]
    assert blocked(npu, pim)[0] == 3 + 2 + 5
    assert overlapped(npu, pim)[0] == 6
    batch = DecodeBatch(DECODERS["gpt3-7b"], (1500,) * 128, neupims_device())
    plan = build(symbolize(published_plans(batch, 1)["NeuPIMs"]))
    rows = as_rows([plan, plan | {"row_buffers": "blocked"}, plan | {"batches": "whole batch"}])
    dual, single, whole = batch.layer_seconds(rows)
    assert dual < whole < single  # products of two sub-batches read the weights twice


def test_gains_lie_in_the_band_where_products_are_bound_by_compute() -> None:
    gains, over_npu = [], []
    for name in ("gpt3-7b", "gpt3-13b", "gpt3-30b", "gpt3-175b"):
        found = seconds(DecodeBatch(DECODERS[name], (376,) * 512, neupims_device(), ideal=True))
        neupims = min(found["NeuPIMs"], found["NeuPIMs without interleaving"])
        gains.append(found["naive NPU+PIM"] / neupims)
        over_npu.append(found["NPU only"] / neupims)
        for requests in (64, 128, 256):
            for ideal in (True, False):
                short = seconds(DecodeBatch(DECODERS[name], (376,) * requests, neupims_device(), ideal))
                assert short["NeuPIMs"] >= short["NeuPIMs without interleaving"]
                assert short["naive NPU+PIM"] == pytest.approx(short["NeuPIMs without interleaving"], rel=1e-12)
    assert gains == pytest.approx([1.69, 1.55, 1.39, 1.23], abs=0.01)
    assert over_npu == pytest.approx([4.9, 4.1, 3.2, 2.3], abs=0.05)


def test_products_bound_by_weights_gain_by_interleaving_only_where_attention_takes_longer() -> None:
    """G for half a batch is G for all of it: max(2 G, A, G + A_i) < G + A just where A > G."""
    both = set()
    for length, requests in product((200, 376, 1000, 2000, 4000), (64, 128, 256)):
        batch = DecodeBatch(DECODERS["gpt3-7b"], (length,) * requests, neupims_device())
        products, half = batch.gemm_seconds(np.array([requests, requests // 2]), np.array([1, 1]))
        assert half == products
        found = seconds(batch)
        attention = found["NeuPIMs without interleaving"] - products
        helps = found["NeuPIMs"] < found["NeuPIMs without interleaving"] * (1 - 1e-12)
        assert helps == (attention > products)
        both.add(helps)
    assert both == {True, False}


def test_arrays_that_wait_for_weights_gain_less() -> None:
    batch = DecodeBatch(DECODERS["gpt3-7b"], (376,) * 512, neupims_device(), ideal=True)
    exact = DecodeBatch(batch.model, batch.lengths, device("neupims"), ideal=True)
    (gain, waiting) = (found["naive NPU+PIM"] / found["NeuPIMs"] for found in map(seconds, (batch, exact)))
    assert waiting < gain


def test_halves_of_attention_go_where_the_plan_says() -> None:
    batch = DecodeBatch(DECODERS["small"], (700, 900, 1100), neupims_device(2))
    plan = build(symbolize(published_plans(batch, 1)["naive NPU+PIM"]))
    plans = [plan | {"logit": logit, "attend": attend} for logit, attend in product(("npu", "pim"), repeat=2)]
    npu, attend, logit, pim = batch.layer_seconds(as_rows(plans))
    channels = np.array(plan["channels"])
    products = batch.gemm_seconds(np.array([3]), np.array([1]))[0]
    loads = [np.bincount(channels, half[0]).max() for half in batch.halves(np.array([1]))]
    attention = batch.attention_on_npu(np.ones((1, 3), dtype=bool), np.array([1]))[0]
    assert npu == pytest.approx(products + attention)
    assert attend == pytest.approx(products + attention / 2 + loads[1])
    assert logit == pytest.approx(products + attention / 2 + loads[0])
    assert pim == pytest.approx(products + np.bincount(channels, batch.halves(np.array([1]))[0][0]
                                                       + batch.halves(np.array([1]))[1][0]).max())  # fmt: skip


def test_devices_that_share_a_layer_have_their_part_of_it_and_exchange_twice() -> None:
    model, four, rows = DECODERS["gpt3-7b"], np.array([4]), 64
    quick, slow = (
        DecodeBatch(model, (300,) * rows, replace(neupims_device(), links={"intra": link}))
        for link in (Link(1e-12, 1e30), Link(1e-3, 1e9))
    )
    exchanged = 2 * 0.75 * 2 * rows * model.width  # bytes that a member of four sends in one all-reduce
    later = slow.gemm_seconds(np.array([rows]), four) - quick.gemm_seconds(np.array([rows]), four)
    assert later[0] == pytest.approx(2 * (1e-3 + exchanged / 1e9), rel=1e-6)
    logit, attend = quick.halves(four)
    assert logit[0, 0] == logit_latency(300, model.width / 4, PIM)
    assert attend[0, 0] == attend_latency(300, model.heads / 4, model.width / model.heads, PIM)


def test_the_loss_is_of_all_devices_and_each_token() -> None:
    problem = npu_pim_placement()
    assert problem.evaluate_many is not None
    plans = [dict(build(problem.published["NeuPIMs"])) | {"parallel": parallel} for parallel in (4, 8)]
    batch = DecodeBatch(DECODERS["gpt3-7b"], request_lengths(128, 1504), neupims_device())
    expected = batch.layer_seconds(as_rows(plans)) * 32 * np.array([4, 8]) / 128
    found = [problem.outcome(each).objectives["device_seconds_per_token"] for each in problem.evaluate_many(plans)]
    assert found == pytest.approx(expected.tolist(), rel=1e-12)


def test_requests_have_the_mean_length_that_is_asked_for() -> None:
    lengths = np.array(request_lengths(20_000, 1504))
    assert lengths.mean() == pytest.approx(1504, rel=0.02)
    assert np.log(lengths).std() == pytest.approx(0.5, rel=0.02)


# -- the problem -----------------------------------------------------------------------------------------------------


def small(requests: int = 6) -> Problem:
    return npu_pim_placement("small", requests, 8000, channels=2, parallel=(1, 2))


def mean_regret(problem: Problem, strategy: Any, trials: int, seeds: int, best: float) -> float:
    runs = [Study(problem, strategy, seed=seed).run(trials=trials, progress=False) for seed in range(seeds)]
    assert all(run.best.violation <= 0 for run in runs)
    return float(np.mean([run.best.loss for run in runs])) / best - 1


def test_the_best_known_is_the_least_of_all_members() -> None:
    problem = small(4)
    assert problem.members.size() == 2 * 2 * 4 * (1 + 2**4) * 2**4
    study = Study(problem, Exhaustive(), seed=0).run(trials=5000, progress=False)
    assert study.best.loss == pytest.approx(problem.best_known, rel=1e-12)
    assert study.best.violation <= 0
    interleaved = [trial.loss for trial in study.trials if trial.program["batches"] == "whole batch"]
    assert min(interleaved) > study.best.loss


def test_strategies_come_nearer_to_the_optimum_than_random_search() -> None:
    problem = small()
    assert problem.best_known is not None
    best = problem.best_known
    chance = mean_regret(problem, RandomSearch(), 300, 12, best)
    genetic = mean_regret(problem, GeneticAlgorithm(20), 300, 12, best)
    tabu = mean_regret(problem, TabuSearch(), 300, 12, best)
    assert 0 <= genetic < chance
    assert 0 <= tabu < chance
    assert genetic < 0.01


def test_searches_from_the_greedy_plan_improve_on_it_and_searches_from_nothing_do_not_reach_it() -> None:
    problem = npu_pim_placement()
    assert problem.evaluate_many is not None
    greedy = problem.outcome(problem.evaluate_many([build(problem.published["NeuPIMs"])])[0])
    loss = greedy.objectives["device_seconds_per_token"]
    chance, genetic = (mean_regret(problem, s, 600, 3, loss) for s in (RandomSearch(), GeneticAlgorithm(20)))
    assert 0 < genetic < chance
    for strategy in (HillClimb(patience=2000), LocalSearch(), GeneticAlgorithm(20)):
        study = Study(problem, strategy, seed=0)
        study.enqueue(*problem.published.values())
        study.run(trials=1500, progress=False)
        assert study.best.loss < loss
        assert study.best.violation <= 0


def test_published_plans_rank_as_published_and_fit() -> None:
    for problem in (npu_pim_placement(), npu_pim_placement("gpt3-13b", 96, seed=3), small()):
        assert problem.evaluate_many is not None
        outcomes = problem.evaluate_many([build(plan) for plan in problem.published.values()])
        losses = {
            name: outcome.objectives["device_seconds_per_token"]
            for name, outcome in zip(problem.published, outcomes, strict=True)
        }
        assert losses["NPU only"] > losses["naive NPU+PIM"] > losses["NeuPIMs without interleaving"] > losses["NeuPIMs"]
        assert all(outcome.violations[0] <= 0 for outcome in outcomes)


def test_memory_is_shared_by_the_devices_and_a_batch_that_is_too_large_violates() -> None:
    problem = npu_pim_placement()
    assert problem.evaluate_many is not None
    plan = build(problem.published["NeuPIMs"])
    one, four = problem.evaluate_many([plan | {"parallel": 1}, plan])
    assert plan["parallel"] == 4
    assert one.violations[0] + 1 == pytest.approx(4 * (four.violations[0] + 1))
    cached = 2 * 2 * 4096 * sum(request_lengths(128, 1504)) * 32
    assert one.violations[0] + 1 == pytest.approx((2 * 12 * 4096**2 * 32 + cached) / 32e9)


def test_it_travels_to_other_processes_and_has_a_name() -> None:
    problem = small()
    assert problem.evaluate_many is not None
    plans = [build(plan) for plan in problem.published.values()]
    assert pickle.loads(pickle.dumps(problem.evaluate_many))(plans) == problem.evaluate_many(plans)
    assert npu_pim_placement().name == "hardware/npu_pim"
    assert "requests=6, mean_length=8000, channels=2" in problem.name


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="known are small, gpt3-7b"):
        npu_pim_placement("gpt5")
    with pytest.raises(ValueError, match="fit into no group of devices of 32 GB"):
        npu_pim_placement("gpt3-175b", parallel=(1, 2))
    with pytest.raises(ValueError, match="has no pim"):
        DecodeBatch(DECODERS["small"], (1,), device("h100"))
    with pytest.raises(ValueError, match="at least 1 channel"):
        greedy_channels([1.0], 0)
    with pytest.raises(OutsideSpace):
        small().members.adopt(dict(build(small().published["NeuPIMs"])) | {"parallel": 3})
    assert least_device_seconds(DecodeBatch(DECODERS["gpt3-7b"], (9, 9), neupims_device(2)), (1,)) == np.inf
