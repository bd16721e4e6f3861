"""Mixture-of-experts layers: published figures, closed forms against schedules, the solver, partitions, the problem."""

from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.problems.hardware.moe_schedule import (
    BOUNDS,
    DEGREES,
    FSMOE_CLUSTER,
    LEAST_SECONDS,
    MIXTRAL,
    ChunkTime,
    LinearTime,
    MoESchedules,
    MoETimes,
    Priorities,
    adaptive_partition,
    attention_gap,
    best_degree,
    bound,
    bounds,
    continuous_minima,
    exact_seconds,
    exhaustive_degree,
    fill_gaps,
    inter_gap,
    layer_seconds,
    least_seconds,
    moe_schedule_problem,
    moe_tasks,
    moe_times,
)
from inlay.problems.hardware.schedule_events import event_times, greedy_times
from inlay.problems.hardware.schedules import Schedule, Task
from inlay.search import LocalSearch, RandomSearch, RegularizedEvolution, Strategy, Study
from inlay.spaces import build

#: Milliseconds that the specification demands of chunks of the shipped layer.
DEMANDED = {1: 86.2, 2: 64.1, 4: 59.7, 8: 57.86, 12: 57.58, 16: 57.69}


def drawn_times(rng: np.random.Generator, n: int, unlike: float | None = None) -> MoETimes:
    """Layers whose times spread over one and a half and two powers of ten; gather and scatter differ by `unlike`."""
    exchange, gather, expert, scatter = (
        ChunkTime(10 ** rng.uniform(-4.5, -3, n), 10 ** rng.uniform(-3, -1, n)) for _ in range(4)
    )
    if unlike is not None:
        scatter = ChunkTime(*(part * (1 + unlike * rng.uniform(-1, 1, n)) for part in gather))
    return MoETimes(exchange, gather, expert, scatter)


def instance(times: MoETimes, i: int) -> MoETimes:
    parts = (times.exchange, times.gather, times.expert, times.scatter)
    return MoETimes(*(ChunkTime(float(np.asarray(p.start)[i]), float(np.asarray(p.whole)[i])) for p in parts))


# -- published figures -----------------------------------------------------------------------------------------------


def test_numbers_of_the_shipped_shape() -> None:
    sent = 2.4 * 4 * 1024 * 4096
    times = moe_times()
    assert times.exchange.whole == pytest.approx(1.8543323833e-9 * sent / 8)
    assert times.gather.whole == pytest.approx(6.72388e-10 * sent)
    assert times.expert.whole == pytest.approx(5.6847387697e-14 * sent * 14336 / 8 * 3)
    assert times.backward().expert == ChunkTime(2 * times.expert.start, 2 * times.expert.whole)
    assert times.backward().gather == times.gather
    assert MIXTRAL.gradient == 4 * 4096**2 / 8


@pytest.mark.parametrize("degree", list(DEMANDED))
def test_the_simulation_gives_the_demanded_milliseconds(degree: int) -> None:
    schedule = Schedule(moe_tasks(moe_times(), degree))
    for times in (schedule.times(), event_times(schedule), greedy_times(schedule)):
        assert 1e3 * times.makespan[0] == pytest.approx(DEMANDED[degree], abs=0.05 if degree <= 4 else 0.005)


def test_the_solver_gives_the_degrees_of_the_authors_script() -> None:
    times = moe_times()
    assert best_degree(times).degree == 8
    partition = adaptive_partition(
        times.backward(), FSMOE_CLUSTER.reduce, [MIXTRAL.gradient] * 2, attention_gap(MIXTRAL, FSMOE_CLUSTER)
    )
    assert partition.degrees == (8, 8)
    assert best_degree(times, degrees=range(1, 101)).degree == 12
    assert best_degree(times, degrees=range(1, 101)).seconds == pytest.approx(57.58e-3, abs=5e-6)


# -- closed forms ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unlike", [0.0, 0.03])
@pytest.mark.parametrize("degree", [1, 2, 4, 8, 16])
def test_closed_forms_agree_with_the_schedule_within_a_hundredth_where_gather_and_scatter_are_alike(
    degree: int, unlike: float
) -> None:
    times = drawn_times(np.random.default_rng(degree), 400, unlike)
    simulated = Schedule(moe_tasks(times, degree)).times().makespan
    error = np.abs(layer_seconds(times, degree) / simulated - 1)
    regimes = bounds(times, degree).argmax(axis=0)
    wanted = {"expert"} if degree == 1 else {"inter", "intra", "expert"}
    assert {BOUNDS[i] for i in regimes} >= wanted
    assert error.max() < (1e-12 if unlike == 0 else 0.01)


@pytest.mark.parametrize("degree", [1, 2, 3, 8, 16])
def test_the_exact_form_is_the_schedule_for_any_times(degree: int) -> None:
    times = drawn_times(np.random.default_rng(degree), 500)
    schedule = Schedule(moe_tasks(times, degree))
    np.testing.assert_allclose(exact_seconds(times, degree), schedule.times().makespan, rtol=1e-12)


def test_closed_forms_are_too_low_where_gather_and_scatter_are_not_alike() -> None:
    times = drawn_times(np.random.default_rng(0), 500)
    error = exact_seconds(times, 8) / layer_seconds(times, 8)
    assert error.max() > 1.5


def test_gradients_that_fit_into_the_gap_cost_nothing_and_others_lengthen_the_layer() -> None:
    times = drawn_times(np.random.default_rng(1), 200, unlike=0.0)
    for degree in (2, 4, 8):
        gap = inter_gap(times, degree)
        for share in (0.5, 1.0, 1.5):
            tasks = moe_tasks(times, degree, priorities=Priorities(dispatch=2, combine=0))
            reduce = Task("reduce", "inter", share * gap, priority=1)  # after the dispatches, before the combines
            simulated = Schedule([*tasks, reduce]).times().makespan
            longer = layer_seconds(times, degree) + max(0.0, share - 1) * gap
            np.testing.assert_allclose(layer_seconds(times, degree, share * gap), longer, rtol=1e-12)
            assert (simulated >= layer_seconds(times, degree) * (1 - 1e-12)).all()
            assert (simulated >= 2 * degree * times.exchange.seconds(degree) + share * gap - 1e-12).all()


def test_what_bounds_the_shipped_layer() -> None:
    assert [bound(moe_times(), r) for r in (1, 2, 8)] == ["expert", "intra", "intra"]
    assert bound(moe_times(), 8, gradient=0.1) == "reduce"
    slow = moe_times(cluster=FSMOE_CLUSTER.slower_network(6))
    assert bound(slow, 8) == "inter"


# -- the solver ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [DEGREES, tuple(range(1, 17))], ids=["powers", "all"])
def test_the_solver_agrees_with_trying_all_degrees(degrees: tuple[int, ...]) -> None:
    rng = np.random.default_rng(5)
    times = drawn_times(rng, 1000)
    gradients = np.where(rng.random(1000) < 0.5, 0.0, 10 ** rng.uniform(-3, -1, 1000))
    found = [best_degree(instance(times, i), gradients[i], degrees) for i in range(1000)]
    best = [exhaustive_degree(instance(times, i), gradients[i], degrees) for i in range(1000)]
    assert sum(a.seconds == b.seconds for a, b in zip(found, best, strict=True)) >= 990
    assert {each.degree for each in best} >= {1, 2, 4, 8}  # it is not always the same one


def test_the_least_of_the_cases_is_the_least_over_continuous_degrees() -> None:
    rng = np.random.default_rng(6)
    times = drawn_times(rng, 100)
    fine = np.linspace(1, 16, 20001)
    for i in range(100):
        one, gradient = instance(times, i), float(rng.choice([0.0, 0.01, 0.1]))
        least = min(found.seconds for found in continuous_minima(one, gradient, 16))
        on_grid = layer_seconds(one, fine, gradient).min()
        assert on_grid * (1 - 1e-4) <= least <= on_grid * (1 + 1e-12)


def test_degrees_must_be_positive() -> None:
    for degrees in ((), (0, 1)):
        with pytest.raises(ValueError, match="give degrees of at least 1"):
            best_degree(moe_times(), degrees=degrees)
    with pytest.raises(ValueError, match="at least 1 chunk"):
        moe_tasks(moe_times(), 0)


# -- partitions of gradients -----------------------------------------------------------------------------------------


def total(moe: np.ndarray, gradients: list[float], times: MoETimes, reduce: LinearTime) -> float:  # type: ignore[type-arg]
    """Seconds of all layers and of what is reduced after them, without what attention hides."""
    seconds = sum(best_degree(times, float(reduce.seconds(n))).seconds for n in moe)
    return seconds + float(reduce.each) * (sum(gradients) - float(np.sum(moe)))


@pytest.mark.parametrize("size", [1e6, 8e6, 3e7, 1e8])
def test_a_partition_reduces_everything_and_nothing_before_it_is_there(size: float) -> None:
    times, reduce = moe_times().backward(), FSMOE_CLUSTER.reduce
    gradients = [size, 2 * size, 0.5 * size, size]
    found = adaptive_partition(times, reduce, gradients, 0.024)
    moe, attention = np.array(found.moe), np.array(found.attention)
    assert moe.sum() + attention.sum() + found.tail == pytest.approx(sum(gradients))
    assert found.tail >= gradients[-1] * (1 - 1e-9)
    there = np.concatenate([[0.0], np.cumsum(gradients)[:-1]])
    assert (np.cumsum(moe + attention) <= there * (1 + 1e-9)).all()
    assert all(reduce.seconds(n) <= 0.024 * (1 + 1e-9) for n in attention)


def test_what_no_gap_takes_is_divided_as_well_as_by_trying_all_divisions() -> None:
    times, reduce = moe_times().backward(), FSMOE_CLUSTER.reduce
    gradients = [4e7, 4e7, 4e7]
    found = adaptive_partition(times, reduce, gradients, 0.0, units=4)
    filled, _, left = fill_gaps(gradients, reduce, float(inter_gap(times, best_degree(times).degree)), 0.0)
    assert left[-1] > 0
    step = left[-1] / 4
    ways = [
        filled + step * np.array(x)
        for x in product(range(5), repeat=3)
        if (np.cumsum(x) * step <= left * (1 + 1e-9)).all()
    ]
    best = min(total(way, gradients, times, reduce) for way in ways)
    assert total(np.array(found.moe), gradients, times, reduce) == pytest.approx(best, rel=1e-12)


def test_partitions_need_gradients_and_units() -> None:
    for gradients, units in (([], 4), ([1.0], 0)):
        with pytest.raises(ValueError, match="give at least one of each"):
            adaptive_partition(moe_times(), FSMOE_CLUSTER.reduce, gradients, 0.0, units=units)


# -- the problem -----------------------------------------------------------------------------------------------------


def test_plans_are_scheduled_together_as_each_alone_by_events() -> None:
    problem = moe_schedule_problem(layers=2, network=3.0)
    schedules = problem.evaluate_many
    assert isinstance(schedules, MoESchedules)
    rng = np.random.default_rng(0)
    plans = [build(problem.members.sample(Random(seed))) for seed in range(200)]

    def alone(plan: dict[str, Any]) -> float:
        order = [plan[name] for name in ("backward", "links", "between", "within", "reduce")]
        backward = event_times(schedules.backward_schedule(order, np.array([plan["shares"]]) / 4))
        forward = schedules.forward_seconds(*(plan[name] for name in ("forward", "links", "between", "within")))
        return float(backward.makespan[0]) + forward

    together = schedules(plans)
    np.testing.assert_allclose(together, [alone(plan) for plan in plans], rtol=1e-12)
    assert len(set(together)) > 100
    some = rng.permutation(200)[:20]
    assert schedules([plans[i] for i in some]) == [together[i] for i in some]


def test_a_reduction_that_goes_early_holds_up_the_experts_and_a_late_one_fills_the_gap() -> None:
    schedules = MoESchedules(layers=2)
    shares = np.array([[1.0, 0.0]])
    early, late = (
        event_times(schedules.backward_schedule((8, "together", "dispatch", "gather", reduce), shares))
        for reduce in ("early", "late")
    )
    reduce = float(FSMOE_CLUSTER.reduce.seconds(MIXTRAL.gradient))
    assert early.makespan[0] - late.makespan[0] == pytest.approx(reduce, rel=1e-9)
    without = 2 * layer_seconds(moe_times().backward(), 8) + 2 * attention_gap(MIXTRAL, FSMOE_CLUSTER)
    assert late.makespan[0] == pytest.approx(without + reduce, rel=1e-9)  # that of the first layer, at the end


def test_every_gradient_is_reduced_once() -> None:
    schedules = MoESchedules(layers=3)
    shares = np.random.default_rng(0).integers(0, 5, (50, 4)) / 4
    moe, attention, tail = schedules.numbers(shares)
    np.testing.assert_allclose(sum(moe) + sum(attention) + tail, 3 * MIXTRAL.gradient)
    assert (tail >= MIXTRAL.gradient).all()


@pytest.mark.parametrize(("layers", "network"), [(2, 1.0), (2, 3.0)])
def test_the_least_seconds_are_those_of_trying_all_plans(layers: int, network: float) -> None:
    problem = moe_schedule_problem(layers, network)
    assert problem.evaluate_many is not None
    plans = [build(plan) for plan in problem.members.enumerate()]
    assert len(plans) == problem.members.size() == 6400
    assert min(problem.evaluate_many(plans)) == pytest.approx(problem.best_known, rel=1e-12)


@pytest.mark.parametrize("network", [1.0, 3.0])
def test_the_least_seconds_of_three_layers_are_those_of_enumeration(network: float) -> None:
    made = moe_schedule_problem(3, network).evaluate_many
    assert isinstance(made, MoESchedules)
    assert least_seconds(made) == pytest.approx(LEAST_SECONDS[3, network], rel=1e-12)


def test_published_schedules_in_the_order_that_is_reported() -> None:
    """On the shipped cluster FSMoE's plan is the best of all; the gains over the others are those of the model."""
    problem = moe_schedule_problem()
    assert problem.evaluate_many is not None
    names = list(problem.published)
    seconds = dict(zip(names, problem.evaluate_many([build(problem.published[name]) for name in names]), strict=True))
    assert seconds["FSMoE"] == pytest.approx(problem.best_known, rel=1e-12)
    assert seconds["DeepSpeed-MoE-like"] / seconds["FSMoE"] == pytest.approx(1.516, abs=5e-3)
    assert seconds["Tutel-like"] / seconds["FSMoE"] == pytest.approx(1.340, abs=5e-3)
    assert 1.0 < seconds[names[3]] / seconds["FSMoE"] < 1.05


def test_the_schedule_that_is_drawn_takes_what_the_plan_costs() -> None:
    problem = moe_schedule_problem(layers=3, network=3.0)
    schedules = MoESchedules(cluster=FSMOE_CLUSTER.slower_network(3.0), layers=3)
    rng = Random(0)
    plans = [build(problem.members.sample(rng)) for _ in range(20)]
    drawn = [float(event_times(schedules.step(plan)).makespan[0]) for plan in plans]
    assert drawn == pytest.approx(schedules(plans), rel=1e-12)
    assert problem.draw is not None


def regret(strategy: Strategy, seed: int, trials: int = 200) -> float:
    study = Study(moe_schedule_problem(layers=2, network=3.0), strategy, seed=seed)
    return study.run(trials=trials, progress=False).best.loss / LEAST_SECONDS[2, 3.0] - 1


def regrets(strategy: Strategy) -> list[float]:
    return [regret(strategy, seed) for seed in range(4)]


def test_strategies_beat_random_search_and_fsmoe_on_a_slow_network() -> None:
    chance = np.mean(regrets(RandomSearch()))
    evolved = regrets(RegularizedEvolution(population=20, tournament=5))
    climbed = regrets(LocalSearch())
    problem = moe_schedule_problem(layers=2, network=3.0)
    assert problem.evaluate_many is not None
    fsmoe = problem.evaluate_many([build(problem.published["FSMoE"])])[0] / LEAST_SECONDS[2, 3.0] - 1
    for found in (evolved, climbed):
        assert min(found) >= -1e-12
        assert np.mean(found) < 0.6 * chance
        assert np.median(found) < fsmoe


def test_one_layer_has_nothing_to_reduce_gradients_beside() -> None:
    with pytest.raises(ValueError, match=r"layers=1.*at least 2"):
        moe_schedule_problem(layers=1)
    with pytest.raises(ValueError, match="must be positive"):
        moe_schedule_problem(network=0.0)
