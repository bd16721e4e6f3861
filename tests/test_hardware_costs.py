"""The core of the hardware costs: operators, collectives, devices, layers, arrays; by hand and against the table."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from inlay.problems.hardware import (
    AllGather,
    AllReduce,
    AllToAll,
    Attention,
    Device,
    Efficiency,
    Elementwise,
    Error,
    Gather,
    Gemm,
    Gemv,
    Link,
    Memory,
    Operator,
    ReduceScatter,
    SpGEMM,
    SpMM,
    SystolicArray,
    UnknownDevice,
    UnknownOperator,
    chained,
    datasheet,
    decoder_layer,
    device,
    device_names,
    estimate,
    systolic_cycles,
)
from inlay.problems.hardware.costs import operator_cost, traffic

SMALL = Device(
    "small",
    peak={"fp16": 1e12, "fp32": 5e11},
    memory=(Memory("near", 1e6, 1e12, 1e-12), Memory("far", 1e9, 1e11, 1e-10)),
    links={"intra": Link(1e-5, 1e10, 1e-11)},
    otherwise=Efficiency(1e-6, 0.5, 0.25),
    lanes=16,
    energy={"fp16": 1e-12},
    power=10.0,
)


# -- work ------------------------------------------------------------------------------------------------------------

WORKS: list[tuple[Operator, float, float]] = [
    (Gemm(3, 4, 5), 2 * 3 * 4 * 5, 2 * (12 + 20 + 15)),
    (Gemm(3, 4, 5, count=7, dtype="fp32"), 7 * 120, 7 * 4 * 47),
    (Gemv(4, 5, dtype="int4"), 40, 0.5 * 29),
    (Elementwise(3, 4, operands=2, per_number=6), 72, 2 * 3 * 12),
    (Gather(3, 4, 100), 0, 2 * 2 * 12),
    (SpMM(10, 20, 3, density=0.1), 2 * 20 * 3, 6 * 20 + 2 * 30 * 3),
    (SpMM(10, 20, 3, density=0.1, padding=2), 2 * 40 * 3, 6 * 40 + 2 * 30 * 3),
    (SpGEMM(10, 20, products=50, result=30), 100, 8 * 60),
    (SpGEMM(10, 20, products=50, result=30, traffic=999), 100, 999),
    (Attention(4, 4, 2, 8), 4 * 2 * 8 * 4 * 2, 2 * 2 * (2 * 8 * 4 + 2 * 8 * 4)),
    (Attention(1, 9, 4, 8, kv_heads=2, causal=False, batch=3), 4 * 3 * 4 * 8 * 9, 3 * 2 * 2 * 8 * (4 * 1 + 2 * 9)),
    (Attention(4, 8, 1, 8, density=0.5), 4 * 8 * 0.5 * 4 * 6, 2 * 2 * 8 * (4 + 8)),
]


@pytest.mark.parametrize(("operator", "flops", "moved"), WORKS, ids=lambda case: getattr(case, "kind", ""))
def test_work_by_hand(operator: Operator, flops: float, moved: float) -> None:
    work = operator.work()
    assert float(work.flops) == pytest.approx(flops)
    assert float(work.moved) == pytest.approx(moved)


def test_a_product_is_padded_to_tiles_but_what_it_moves_is_not() -> None:
    padded, plain = Gemm(129, 64, 100).work((128, 128)), Gemm(129, 64, 100).work()
    assert padded.flops == 2 * 64 * 256 * 128
    assert padded.moved == plain.moved


@pytest.mark.parametrize(
    ("kind", "share"), [(AllToAll, 0.75), (AllGather, 0.75), (ReduceScatter, 0.75), (AllReduce, 1.5)]
)
def test_a_member_sends_its_share_and_a_lone_one_nothing(kind: Any, share: float) -> None:
    work = kind(100, 10, np.array([1, 4])).work()
    assert work.sent.tolist() == [0.0, 2000 * share]
    assert work.messages.tolist() == [0.0, 1.0]


def test_flops_agree_with_counting_the_pairs_of_a_causal_mask() -> None:
    queries, keys = 300, 1000
    pairs = sum(keys - queries + i + 1 for i in range(queries))
    flops = float(Attention(queries, keys, 1, 1).work().flops)
    assert flops == pytest.approx(4 * pairs, rel=1e-3)


# -- estimates -------------------------------------------------------------------------------------------------------


def test_time_is_start_and_the_longest_resource_by_hand() -> None:
    # Weights of 8 MB come from afar, and operands of 8 KB from near by.
    cost = estimate(Gemm(1, 2000, 2000), SMALL)
    compute, near, far = 8e6 / 5e11, 8.008e6 / 2.5e11, 8e6 / 2.5e10
    part = cost.operators[0]
    assert {name: float(s) for name, s in part.by_resource.items()} == pytest.approx(
        {"compute": compute, "near": near, "far": far}
    )
    assert cost.time[0] == pytest.approx(1e-6 + far)
    assert cost.bound.tolist() == ["far"]
    assert cost.energy[0] == pytest.approx(8e6 * 1e-12 + 8.008e6 * 1e-12 + 8e6 * 1e-10 + 10 * cost.time[0])
    assert (cost.flops[0], cost.bytes[0], cost.memory[0]) == (8e6, 8.008e6, 8.008e6)
    assert np.isnan(cost.error[0])


def test_operands_that_do_not_fit_near_come_from_afar() -> None:
    far = traffic(Gemm(1000, 2000, 2000).work(), SMALL)[1][1]
    assert float(far) == Gemm(1000, 2000, 2000).work().moved
    warm = traffic(Gemm(1, 100, 100).work(), replace(SMALL, warm=True))
    assert [float(moved) for _, moved in warm] == [Gemm(1, 100, 100).work().moved, 0.0]
    cold = traffic(Gemm(1000, 2000, 2000).work(), replace(SMALL, warm=True))
    assert [float(moved) for _, moved in cold] == [0.0, Gemm(1000, 2000, 2000).work().moved]


def test_a_link_takes_latency_and_what_is_sent() -> None:
    cost = estimate(AllReduce(1000, 1000, 2), SMALL)
    assert cost.operators[0].by_resource["intra"] == pytest.approx(1e-5 + 2e6 / (0.25 * 1e10))
    assert cost.bound.tolist() == ["intra"]
    assert cost.energy[0] - 10 * cost.time[0] == pytest.approx(2e6 * 1e-11)


def test_numbers_computed_alone_use_one_lane() -> None:
    alone, together = SpGEMM(1, 1, 1e6, 1), Gemm(100, 100, 50, dtype="fp32")
    seconds = [float(operator_cost(each, SMALL).by_resource["compute"]) for each in (alone, together)]
    assert seconds[0] == pytest.approx(32e6 / 2.5e11)
    assert seconds[1] == pytest.approx(1e6 / 2.5e11)


def test_the_bound_is_where_most_time_goes_and_each_operator_counts_once() -> None:
    heavy, light = Gemm(1, 2000, 2000), Elementwise(1, 8)
    assert estimate([light] * 3, SMALL).bound.tolist() == ["start"]
    assert estimate([heavy, light, light, light], SMALL).bound.tolist() == ["far"]
    assert estimate([heavy, *[light] * 400], SMALL).bound.tolist() == ["start"]  # 401 us of starts, 320 us from afar
    # What is counted to "compute" must not be counted to the last resource too, nor what is there to "compute".
    machine = replace(SMALL, otherwise=Efficiency())
    busy, idle = Gemm(1000, 1000, 900), Gemm(1, 4000, 4000)
    times = [float(operator_cost(each, machine).seconds) for each in (busy, idle)]
    assert times[0] > times[1] > times[0] / 6
    assert estimate([busy, idle], machine).bound.tolist() == ["compute"]
    assert estimate([busy, *[idle] * 6], machine).bound.tolist() == ["far"]


def test_the_error_is_weighted_by_time_and_unknown_where_one_kind_is() -> None:
    known = SMALL.with_efficiency(
        gemm=Efficiency(0.0, 1.0, 1.0, Error(0.1, 1.0, 1.0, 5)), gemv=Efficiency(1e-3, 1.0, 1.0, Error(0.4, 1, 1, 5))
    )
    parts = [Gemm(1, 2000, 2000), Gemv(100, 100)]
    seconds = [float(operator_cost(part, known).seconds) for part in parts]
    expected = (0.1 * seconds[0] + 0.4 * seconds[1]) / sum(seconds)
    assert estimate(parts, known).error[0] == pytest.approx(expected)
    assert estimate(parts, known).unmeasured == ()
    assert np.isnan(estimate([*parts, Elementwise(2, 2)], known).error[0])
    assert estimate([*parts, Elementwise(2, 2), Elementwise(2, 3)], known).unmeasured == ("elementwise",)


def test_sums_over_operators_are_the_sums_of_their_parts() -> None:
    rng = np.random.default_rng(0)
    for name in ("a100-80g", "h100", "neupims", "xeon-8480"):
        machine = device(name)
        dtype = "fp16" if "fp16" in machine.peak else "bf16"
        tokens = rng.integers(1, 3000, 20).astype(float)
        layer = decoder_layer(tokens, tokens + 5, 1024, 16, 4096, 4, batch=rng.integers(1, 9, 20), dtype=dtype)
        cost = estimate(layer, machine)
        parts = cost.operators[:]
        assert len(cost.operators) == len(parts) == 8
        assert np.allclose(cost.time, sum(part.seconds for part in parts), rtol=1e-12)
        assert np.allclose(cost.energy, sum(part.joules for part in parts) + machine.power * cost.time, rtol=1e-12)
        stored = sum(np.asarray(part.work.stored) for part in parts)
        assert np.allclose(cost.memory, stored + np.max([part.work.live for part in parts], axis=0), rtol=1e-12)
        assert (cost.feasible == (cost.memory <= machine.memory[-1].capacity)).all()
        for i, candidate in enumerate(tokens[:5]):
            sizes = (candidate, candidate + 5, 1024, 16, 4096, 4)
            batch = float(np.asarray(layer[2].batch)[i])  # type: ignore[attr-defined]
            alone = estimate(decoder_layer(*sizes, batch=batch, dtype=dtype), machine)
            assert alone.time[0] == pytest.approx(cost.time[i], rel=1e-12)
            assert alone.bound[0] == cost.bound[i]


def test_more_of_anything_never_costs_less() -> None:
    rng = np.random.default_rng(1)
    for name in device_names():
        machine = device(name)
        dtype = next(iter(machine.peak))
        m, k, n = (rng.integers(1, 5000, 200).astype(float) for _ in range(3))
        base = estimate(Gemm(m, k, n, dtype=dtype), machine)
        for more in (Gemm(2 * m, k, n, dtype=dtype), Gemm(m, 2 * k, n, dtype=dtype), Gemm(m, k, 2 * n, dtype=dtype)):
            cost = estimate(more, machine)
            assert (cost.time >= base.time).all()
            assert (cost.energy > base.energy).all()
            assert (cost.memory > base.memory).all()


def test_a_cost_is_pickled_and_costs_by_operator_still_there() -> None:
    cost = pickle.loads(pickle.dumps(estimate([Gemm(1, 8, 8), Gemv(8, 8)], "h100")))
    assert cost.operators[1].operator == Gemv(8, 8)
    assert cost.time[0] == pytest.approx(sum(float(part.seconds) for part in cost.operators))


def test_what_does_not_fit_is_infeasible_and_still_has_a_time() -> None:
    cost = estimate(Gemm(1, 1e5, np.array([1e5, 1e6])), "a100-80g")
    assert cost.feasible.tolist() == [True, False]
    assert np.isfinite(cost.time).all()


# -- systolic arrays -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("m", "k", "n"), [(7, 5, 3), (33, 64, 40), (1, 32, 32), (100, 31, 65)])
def test_systolic_cycles_are_those_of_stepping_through_the_tiles(m: int, k: int, n: int) -> None:
    rows, columns, cycle = 32, 16, 0
    for _ in range(0, n, columns):
        for _ in range(0, k, rows):
            cycle += rows  # weights move in, a row a cycle
            last_row_enters = m - 1
            leaves_the_rows = last_row_enters + rows - 1  # skewed: a row of cells later for each
            leaves_the_columns = leaves_the_rows + columns - 1
            cycle += leaves_the_columns + 1
    assert systolic_cycles(m, k, n, rows, columns) == cycle - 1


def test_a_device_with_an_array_takes_its_cycles() -> None:
    array = SystolicArray(32, 32, 1, 1e9)
    machine = replace(SMALL, array=array, otherwise=Efficiency())
    seconds = operator_cost(Gemm(128, 64, 32), machine).by_resource["compute"]
    assert float(seconds) == pytest.approx(443e-9)
    two = replace(machine, array=array._replace(units=2))
    assert float(operator_cost(Gemm(128, 64, 64), two).by_resource["compute"]) == pytest.approx(443e-9)


# -- layers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kv_heads", "members"), [(0, 1), (4, 1), (4, 2), (0, np.array([1, 2, 4]))])
def test_each_operator_of_a_layer_takes_what_the_one_before_gives(kv_heads: int, members: Any) -> None:
    layer = decoder_layer(16, 64, 512, 8, 1536, kv_heads, batch=3, members=members)
    assert chained(*layer) == layer
    assert len(layer) == (8 if np.ndim(members) == 0 and members == 1 else 10)


def test_members_of_a_group_share_the_weights_and_exchange_twice() -> None:
    alone = estimate(decoder_layer(8, 8, 1024, 16, 4096), "h100")
    shared = estimate(decoder_layer(8, 8, 1024, 16, 4096, members=np.array([1, 4])), "h100")
    weights = [np.sum([np.asarray(part.work.stored) + 0 * shared.time for part in shared.operators], axis=0)]
    assert weights[0][0] == 4 * weights[0][1]
    assert shared.time[0] == pytest.approx(alone.time[0], rel=0.2)
    assert [part.operator.kind for part in shared.operators].count("all_reduce") == 2


# -- bad input -------------------------------------------------------------------------------------------------------


def test_unknown_devices_are_named_with_near_matches() -> None:
    with pytest.raises(UnknownDevice, match="no device 'a100'; did you mean h100 or a100-80g or a100-40g"):
        estimate(Gemm(1, 1, 1), "a100")
    with pytest.raises(UnknownDevice, match="there are a100-80g"):
        datasheet("abacus")


def test_unknown_operators_types_and_links_are_named() -> None:
    with pytest.raises(UnknownOperator, match=r"'gemm' is no operator: give Gemm, Attention"):
        estimate(["gemm"], "h100")  # type: ignore[list-item]
    with pytest.raises(UnknownOperator, match=r"Gemm\.dtype='fp64': h100 computes with fp16"):
        estimate(Gemm(1, 1, 1, dtype="fp64"), "h100")
    with pytest.raises(UnknownOperator, match=r"AllReduce\.link='radio': h100 has intra, inter"):
        estimate(AllReduce(1, 1, 2, link="radio"), "h100")
    with pytest.raises(UnknownOperator, match="edge-npu has none"):
        estimate(AllReduce(1, 1, 2, dtype="int8"), "edge-npu")
    with pytest.raises(ValueError, match=r"Gemm\.dtype='fp12': known are fp64"):
        Gemm(1, 1, 1, dtype="fp12")
    with pytest.raises(ValueError, match="at least one operator"):
        estimate([], "h100")


@pytest.mark.parametrize("bad", [0, -1, float("nan"), np.array([1.0, 0.0]), np.array([2.0, np.nan]), np.array([])])
def test_sizes_that_are_not_positive_are_refused_with_their_field(bad: Any) -> None:
    with pytest.raises(ValueError, match=r"Gemm\.k=.*: a size must be positive"):
        Gemm(1, bad, 1)
    with pytest.raises(ValueError, match=r"AllReduce\.members=.*: a size must be positive"):
        AllReduce(1, 1, bad)


def test_sizes_that_may_be_zero_may_not_be_negative() -> None:
    assert Attention(1, 1, 4, 8, kv_heads=0).groups == 4
    with pytest.raises(ValueError, match=r"Attention\.kv_heads=-1: a size must be at least 0"):
        Attention(1, 1, 4, 8, kv_heads=-1)


def test_different_numbers_of_candidates_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Gemm: sizes for different numbers of candidates: .*'k': \(3,\)"):
        Gemm(np.ones(2), np.ones(3), 1)
    with pytest.raises(ValueError, match=r"operators for different numbers of candidates: .*'Gemv': \(3,\)"):
        estimate([Gemm(np.ones(2), 1, 1), Gemv(np.ones(3), 1)], "h100")
    with pytest.raises(ValueError, match="operators for different numbers of candidates"):
        estimate([Gemm(np.ones(2), 1, 1), Gemm(np.ones(3), 1, 1)], "h100")


def test_shapes_that_do_not_chain_are_refused_with_both_operators() -> None:
    with pytest.raises(ValueError, match=r"1, Attention, takes \(8, 96\), but operator 0, Gemm, gives \(8, 64"):
        chained(Gemm(8, 32, 64), Attention(8, 8, 4, 8))
    with pytest.raises(ValueError, match=r"operator 1, Gemm, takes \(\[1, 2\], 8\)"):
        chained(Elementwise(np.array([1, 3]), 8), Gemm(np.array([1, 2]), 8, 8))


def test_layers_and_attention_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="the heads must divide the width"):
        decoder_layer(1, 1, 100, 16, 64)
    with pytest.raises(ValueError, match=r"heads=6, members=4\): equal parts must divide it"):
        decoder_layer(1, 1, 96, 6, 64, members=4)
    with pytest.raises(ValueError, match=r"Attention\.keys=3.*at least as many keys as the 4 queries"):
        Attention(4, 3, 1, 8)
    with pytest.raises(ValueError, match=r"Attention\.density=1\.5: a share is at most 1"):
        Attention(4, 4, 1, 8, density=1.5)


def test_devices_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Device\('small'\)\.peak\[fp16\]=0: it must be positive"):
        replace(SMALL, peak={"fp16": 0})
    with pytest.raises(ValueError, match=r"'fp12' is no type of number"):
        replace(SMALL, peak={"fp12": 1e9})
    with pytest.raises(ValueError, match="the nearest and smallest first"):
        replace(SMALL, memory=SMALL.memory[::-1])
    with pytest.raises(ValueError, match="at least one memory"):
        replace(SMALL, memory=())
    with pytest.raises(ValueError, match=r"links\[intra\]\.bandwidth=-1"):
        replace(SMALL, links={"intra": Link(0.0, -1)})
