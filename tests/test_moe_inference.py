"""Inference with experts: expectations against draws, caches against Belady and brute force, quality against tables,
and the space of the survey: its published points, its fronts by enumeration and by search."""

import pickle
from dataclasses import replace
from functools import cache
from itertools import permutations, product
from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.problems.hardware import Link, device
from inlay.problems.hardware.moe_inference import (
    MIXTRAL,
    TAXONOMY,
    Experts,
    Router,
    Serving,
    as_published,
    belady_hits,
    busiest_device,
    che_hit_rate,
    distinct_experts,
    distinct_experts_skewed,
    energy_of_largest,
    energy_of_rank,
    expert_misses,
    expert_owners,
    exposed_seconds,
    inclusion_probabilities,
    lfu_hits,
    lru_hits,
    moe_inference,
    moe_space,
    pinned_hits,
    quantization_noise,
    routed,
    taken,
    transfer_seconds,
)
from inlay.problems.hardware.moe_inference.compressed_operators import CompressedAttention, CompressedGemm
from inlay.problems.hardware.moe_inference.pass_seconds import PassTime, Sizes
from inlay.problems.hardware.moe_inference.routing import grouped_steps
from inlay.problems.hardware.moe_inference.taxonomy import (
    PREFETCH,
    ComputeNearMemory,
    ComputeOnHost,
    Dense,
    Draft,
    ExpertParallel,
    Fetch,
    LowRank,
    Merged,
    Mixed,
    Offload,
    OneDevice,
    PerExpert,
    Pruned,
    Threshold,
    TopK,
    TopP,
    Uniform,
    Window,
)
from inlay.search import (
    NSGA2,
    Exhaustive,
    GeneticAlgorithm,
    LocalSearch,
    Problem,
    RandomSearch,
    Study,
    hypervolume,
    pareto_front,
)
from inlay.spaces import Choice, Integer, OutsideSpace, build, program, space, symbolize

SERVING = Serving()


def built(**changes: Any) -> dict[str, Any]:
    return dict(build(symbolize(as_published(**changes))))


def offloaded(cache_size: int = 4, policy: str = "LRU", miss: Any = None) -> Any:
    return OneDevice(Offload(cache_size, policy, Fetch(0, "none") if miss is None else miss))


def costs(**changes: Any) -> dict[str, float]:
    return {name: float(value[0]) for name, value in SERVING([built(**changes)])._asdict().items()}


# -- how many experts a batch needs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("experts", "chosen", "tokens"), [(8, 2, 1), (8, 2, 4), (8, 1, 8), (64, 6, 16), (16, 4, 3)])
def test_distinct_experts_are_those_of_draws(experts: int, chosen: int, tokens: int) -> None:
    rng = np.random.default_rng(0)
    order = rng.random((6000, tokens, experts)).argsort(axis=-1)[..., :chosen]
    drawn = np.mean([len(np.unique(batch)) for batch in order])
    assert float(distinct_experts(experts, chosen, tokens)) == pytest.approx(drawn, rel=0.01)
    assert (
        distinct_experts_skewed([1.0] * experts, chosen, tokens)
        == pytest.approx(float(distinct_experts(experts, chosen, tokens)))
        if experts <= 16
        else True
    )


def test_skewed_inclusion_is_the_sum_over_all_orders_and_what_draws_give() -> None:
    popularity = np.array([5.0, 3, 2, 1, 1])
    for chosen in (1, 2, 3, 5):
        found = np.zeros(5)
        for order in permutations(range(5), chosen):
            left, probability = popularity.sum(), 1.0
            for expert in order:
                probability *= popularity[expert] / left
                left -= popularity[expert]
            found[list(order)] += probability
        np.testing.assert_allclose(inclusion_probabilities(popularity, chosen), found, rtol=1e-12)
        assert inclusion_probabilities(popularity, chosen).sum() == pytest.approx(chosen)
    rng = np.random.default_rng(1)  # the largest of log p + Gumbel noise are draws without replacement
    noisy = np.log(popularity) + rng.gumbel(size=(20_000, 4, 5))
    needed = np.argsort(-noisy, axis=-1)[..., :2]
    drawn = np.mean([(needed == expert).any(axis=(1, 2)) for expert in range(5)], axis=1).sum()
    assert distinct_experts_skewed(popularity.tolist(), 2, 4) == pytest.approx(drawn, rel=0.01)


def test_routing_without_memory_and_preference_needs_what_the_formula_says() -> None:
    router = Router(skew=0.0, persistence=0.0, steps=4000, batch=2, seed=4)
    needed = routed(router, TopK(2, 0.0), "all").needed
    for tokens in (1, 2, 4):
        found = grouped_steps(needed, tokens).sum(axis=1).mean()
        assert found == pytest.approx(float(distinct_experts(8, 2, 2 * tokens)), rel=0.01)
    lasting = routed(Router(skew=0.0, persistence=0.9, steps=4000, batch=2, seed=4), TopK(2, 0.0), "all").needed
    assert grouped_steps(lasting, 4).sum() < 0.9 * grouped_steps(needed, 4).sum()


def test_weights_of_a_router_have_the_spread_and_the_persistence_that_are_asked_for() -> None:
    """The logarithm of a ratio of weights is that of popularities, and the difference of two normal numbers."""
    router = Router(skew=0.7, spread=1.5, persistence=0.8, steps=4000, batch=4)
    logs, popularity = np.log(router.weights), router.popularity
    noise = (logs[..., 0] - logs[..., 1] - np.log(popularity[0] / popularity[1])).T
    assert noise.std() == pytest.approx(1.5 * 2**0.5, rel=0.06)
    assert np.mean([np.corrcoef(row[1:], row[:-1])[0, 1] for row in noise]) == pytest.approx(0.8, abs=0.02)


# -- caches ----------------------------------------------------------------------------------------------------------


def traces(n: int, length: int, experts: int) -> list[list[int]]:
    """Traces of experts whose popularity falls as 1 / index and which stay the same with a chance of 0.3."""
    rng = np.random.default_rng(7)
    shares = 1 / np.arange(1, experts + 1)
    fresh = rng.choice(experts, (n, length), p=shares / shares.sum())
    for t in range(1, length):
        fresh[:, t] = np.where(rng.random(n) < 0.3, fresh[:, t - 1], fresh[:, t])
    return [list(map(int, trace)) for trace in fresh]


def most_hits(trace: list[int], size: int) -> int:
    """The most hits of any policy that must hold what it fetches: by trying every expert to drop."""

    @cache
    def best(now: int, held: frozenset[int]) -> int:
        if now == len(trace):
            return 0
        expert = trace[now]
        if expert in held:
            return 1 + best(now + 1, held)
        if len(held) < size:
            return best(now + 1, held | {expert})
        return max(best(now + 1, held - {dropped} | {expert}) for dropped in held)

    return best(0, frozenset())


def test_belady_is_the_best_of_all_by_brute_force() -> None:
    for trace in traces(40, 14, 5):
        for size in (1, 2, 3):
            assert int(belady_hits(trace, size).sum()) == most_hits(trace, size)


@pytest.mark.parametrize("policy", [lru_hits, lfu_hits, pinned_hits])
def test_no_policy_is_above_belady(policy: Any) -> None:
    below = 0
    for trace in traces(40, 200, 8):
        for size in range(1, 9):
            found, best = int(policy(trace, size).sum()), int(belady_hits(trace, size).sum())
            assert found <= best <= len(trace) - len(set(trace))
            below += found < best
        assert int(policy(trace, 8).sum()) == len(trace) - len(set(trace))
    assert below > 100


def test_least_recent_is_what_its_definition_says() -> None:
    """An access hits where fewer than `size` other experts were used since the last use of its own."""
    for trace in traces(20, 120, 8):
        for size in (1, 3, 5):
            for now, hit in enumerate(lru_hits(trace, size).tolist()):
                before = [t for t in range(now) if trace[t] == trace[now]]
                assert hit == (bool(before) and len(set(trace[before[-1] + 1 : now])) < size)


def test_least_frequent_keeps_what_was_used_most() -> None:
    assert lfu_hits([0, 0, 0, 1, 2, 1, 2, 0], 2).tolist() == [False, True, True, False, False, False, False, True]
    assert lru_hits([0, 0, 0, 1, 2, 1, 2, 0], 2).tolist() == [False, True, True, False, False, True, True, False]


def test_the_approximation_of_che_is_what_a_simulation_finds() -> None:
    rng = np.random.default_rng(2)
    for skew, experts in ((0.6, 64), (1.0, 64), (0.8, 200)):
        shares = np.arange(1, experts + 1) ** -skew
        trace = rng.choice(experts, 20_000, p=shares / shares.sum()).tolist()
        for size in (experts // 8, experts // 4, experts // 2):
            assert che_hit_rate(shares, size) == pytest.approx(lru_hits(trace, size)[2000:].mean(), abs=0.012)


def test_larger_caches_miss_less_and_the_foreseen_is_foreseen() -> None:
    router = Router(batch=1, steps=400)
    for policy in ("LRU", "LFU", "pinned"):
        missed = [expert_misses(router, TopK(2, 0.0), "all", 1, size, policy).each_pass for size in (1, 2, 4, 6, 8)]
        assert missed == sorted(missed, reverse=True)
        assert missed[-1] * 400 == 8
    few = expert_misses(router, TopK(2, 0.0), "all", 1, 4, "LRU")
    assert few.foreseen["previous token"] == 0  # the cache still holds what the pass before needed
    assert few.each_pass == pytest.approx(2 * few.share)
    pinned = expert_misses(router, TopK(2, 0.0), "all", 1, 4, "pinned")
    assert pinned.foreseen["popular"] * pinned.each_pass * 400 == pytest.approx(2)  # each of the two, once for ever
    lasting = expert_misses(Router(batch=1, steps=400, persistence=0.95), TopK(2, 0.0), "all", 1, 4, "LRU")
    assert lasting.share < 0.6 * few.share


# -- offloading ------------------------------------------------------------------------------------------------------


def test_transfers_hide_behind_compute_as_far_as_they_are_foreseen() -> None:
    assert float(transfer_seconds(3, 352e6, 25e9)) == pytest.approx(3 * 352e6 / 25e9)
    late = [float(exposed_seconds(10.0, compute, accuracy)) for compute in (4.0, 20.0) for accuracy in (0, 0.5, 0.8, 1)]
    assert late == pytest.approx([10, 8, 6.8, 6, 10, 5, 2, 0])
    with pytest.raises(ValueError, match="a share is from 0 to 1"):
        exposed_seconds(1.0, 1.0, 1.5)
    with pytest.raises(ValueError, match="bandwidth=0"):
        transfer_seconds(1, 1, 0)


def test_offloading_costs_misses_times_bytes_over_the_link() -> None:
    missed = expert_misses(SERVING.router, TopK(2, 0.0), "all", 1, 4, "LRU").each_pass
    expert = 3 * 4096 * 14336 * 2
    without = costs()["latency"]
    assert costs(system=offloaded())["latency"] - without == pytest.approx(32 * missed * expert / 25e9, rel=1e-9)
    foreseen = costs(system=offloaded(miss=Fetch(0, "gate of the next layer")))["latency"]
    assert without < foreseen < costs(system=offloaded())["latency"]
    in_four = costs(system=offloaded(miss=Fetch(4, "none")))
    assert in_four["latency"] - without == pytest.approx(32 * missed * expert / 4 / 25e9, rel=1e-9)
    share = expert_misses(SERVING.router, TopK(2, 0.0), "all", 1, 4, "LRU").share
    assert in_four["quality_loss"] == pytest.approx(share * quantization_noise(4))


def seconds_on(serving: Serving, link: Link, **changes: Any) -> float:
    """The latency on devices with such a link among them."""
    sizes = Sizes._make(np.array([each]) for each in serving.sizes(built(**changes)))
    passing = PassTime(serving.model, serving.context, serving.link)
    return float(passing.seconds(sizes, replace(device("a100-40g"), links={"intra": link}))[0])


def test_tokens_are_sent_to_experts_and_back() -> None:
    """Two experts for each of 256 tokens on four devices: 128 rows of two bytes from each, three quarters elsewhere."""
    serving, system = Serving(router=Router(batch=256, steps=24)), ExpertParallel(4, "in turn", 0, 1)
    quick, slow = (seconds_on(serving, link, system=system) for link in (Link(1e-12, 1e30), Link(1e-3, 1e9)))
    reached = device("a100-40g").reaches("all_to_all").stream
    assert slow - quick == pytest.approx(32 * 2 * (1e-3 + 0.75 * 128 * 4096 * 2 / (1e9 * reached)), rel=1e-6)
    overlapped = replace(system, chunks=4)  # what computing takes is hidden behind sending, but for one chunk
    assert seconds_on(serving, Link(1.0, 1e9), system=overlapped) < seconds_on(serving, Link(1.0, 1e9), system=system)


def test_rows_of_experts_that_are_computed_elsewhere_go_there_and_back() -> None:
    slower, slow = (Serving(link=link)([built(system=offloaded(4, "LRU", ComputeOnHost()))]).latency[0]
                    for link in (1e5, 2e5))  # fmt: skip
    needed = grouped_steps(routed(SERVING.router, TopK(2, 0.0), "all").needed, 1).sum(axis=1).mean()
    missed = expert_misses(SERVING.router, TopK(2, 0.0), "all", 1, 4, "LRU").each_pass
    rows = 4 * 2 / needed * missed
    assert slower - slow == pytest.approx(32 * 2 * 2 * rows * 4096 * (1 / 1e5 - 1 / 2e5), rel=1e-9)


def test_compressed_operators_move_the_bytes_that_they_store() -> None:
    few, more, many = (CompressedGemm(m, 64, 100, count=2, bits=4).work((128, 128)) for m in (3, 40, 200))
    assert (few.stored, few.live) == (2 * 64 * 100 / 2, 2 * 2 * 3 * 164)
    assert few.moved == few.stored + few.live
    assert [float(work.flops) for work in (few, more, many)] == [2 * 2 * 64 * rows * 128 for rows in (16, 48, 256)]
    attention = CompressedAttention(1, 9, 4, 8, kv_heads=2, batch=3, bits=4).work()
    assert float(attention.stored) == 2 * 3 * 2 * 9 * 8 / 2
    assert float(attention.moved) == float(attention.stored) + 2 * 2 * 3 * 4 * 8


# -- quality ---------------------------------------------------------------------------------------------------------


def test_noise_of_quantization_is_that_of_the_published_table() -> None:
    table = {1: 0.3634, 2: 0.1188, 3: 0.03744, 4: 0.01154, 5: 0.003495}
    for bits, noise in table.items():
        assert quantization_noise(bits) == pytest.approx(noise, rel=2e-3)
    assert quantization_noise(16) == 0 < quantization_noise(8) < 2e-4


def test_energies_kept_are_those_of_draws_and_of_sums() -> None:
    numbers = np.sort(np.random.default_rng(0).normal(size=200_000) ** 2)[::-1]
    for share in (0.1, 0.5, 0.75):
        kept = numbers[: int(share * len(numbers))].sum() / numbers.sum()
        assert energy_of_largest(share) == pytest.approx(kept, abs=0.005)
    assert energy_of_rank(0.5, 4, decay=0.5) == pytest.approx((1 + 1 / 2) / (1 + 1 / 2 + 1 / 3 + 1 / 4))
    assert energy_of_rank(0.5, 64, decay=2.0) > energy_of_rank(0.5, 64, decay=0.5)


def test_gates_take_what_they_say() -> None:
    weights = np.array([0.1, 0.4, 0.3, 0.2])
    for gate, expected in {
        TopK(1, 0.0): {1}, TopK(3, 0.0): {1, 2, 3}, TopK(3, 0.6): {1, 2}, TopP(0.4): {1}, TopP(0.5): {1, 2},
        TopP(0.95): {0, 1, 2, 3}, Threshold(0.2): {1, 2, 3}, Threshold(0.9): {1},
    }.items():  # fmt: skip
        assert set(np.flatnonzero(taken(weights, gate)).tolist()) == expected, gate
    with pytest.raises(ValueError, match="is no gate"):
        taken(weights, "softmax")


def test_what_is_kept_of_the_routed_weight_is_counted_against_the_two_heaviest() -> None:
    router = Router(steps=50, batch=2, seed=3)
    ordered, popularity = np.sort(router.weights, axis=-1)[..., ::-1], router.popularity
    assert routed(router, TopK(2, 0.0), "all").kept == 1
    one = routed(router, TopK(1, 0.0), "all").kept
    assert one == pytest.approx(np.mean(ordered[..., 0] / (ordered[..., 0] + ordered[..., 1])))
    assert one < routed(router, TopK(2, 0.5), "all").kept < 1
    pruned = [routed(router, TopK(2, 0.0), Pruned(kept)).kept for kept in (4, 5, 6, 7)]
    assert pruned == sorted(pruned)
    assert pruned[-1] < 1
    dense = routed(router, TopK(2, 0.0), Dense())
    assert dense.kept < routed(router, TopK(2, 0.0), Merged(2)).kept < routed(router, TopK(2, 0.0), Merged(4)).kept < 1
    assert dense.kept == pytest.approx(np.mean(router.weights @ popularity / ordered[..., :2].sum(axis=-1)))
    of_its_group = popularity / np.tile(popularity[:4] + popularity[4:], 2)
    two = router.weights * (router.weights >= ordered[..., 1:2])
    expected = np.mean(two @ of_its_group / ordered[..., :2].sum(axis=-1))
    assert routed(router, TopK(2, 0.0), Merged(4)).kept == pytest.approx(expected)
    merged = routed(router, TopK(2, 0.0), Merged(4)).needed
    full = routed(router, TopK(2, 0.0), "all").needed
    assert (merged == (full[..., :4] | full[..., 4:])).all()


def test_quality_falls_with_every_compression() -> None:
    ladders: list[list[dict[str, Any]]] = [
        [{"bits": Uniform(bits)} for bits in (16, 8, 4, 3, 2)],
        [{"bits": Mixed(hot, 8, 2)} for hot in (7, 4, 1)],
        [{"bits": PerExpert([4] * 8)}, {"bits": PerExpert([4] * 7 + [2])}, {"bits": PerExpert([2] + [4] * 7)}],
        [{"density": density} for density in (1.0, 0.75, 0.5)],
        [{"rank": rank} for rank in ("full", LowRank(0.625), LowRank(0.5), LowRank(0.25))],
        [{"attention": seen} for seen in ("all keys", Window(2048), Window(1024))],
        [{"cache_bits": bits} for bits in (16, 8, 4)],
    ]
    for ladder in ladders:
        lost = [costs(**step)["quality_loss"] for step in ladder]
        assert lost == sorted(lost)
        assert len(set(lost)) == len(lost)
    both = 1 - (1 - quantization_noise(4)) * energy_of_largest(0.5)
    assert costs(bits=Uniform(4), density=0.5)["quality_loss"] == pytest.approx(both)


# -- placement -------------------------------------------------------------------------------------------------------


def test_the_busiest_device_is_counted_by_hand() -> None:
    needed = np.zeros((2, 2, 4), dtype=bool)
    needed[0, :, 0], needed[1, 0, 0], needed[0, 0, 1], needed[1, :, 2] = True, True, True, True
    sizes = np.array([1.0, 2.0, 4.0, 8.0])
    found = busiest_device(ExpertParallel(2, [0, 0, 1, 1], 0, 1), needed, 1, sizes)
    # shares 3/4, 1/4, 2/4, 0 of two tokens a pass
    assert found.needed == pytest.approx((1 - 1 / 16) + (1 - 9 / 16))
    assert found.rows == pytest.approx(2 * (3 / 4 + 1 / 4))
    assert found.stored == 12
    copied = busiest_device(ExpertParallel(2, [0, 0, 1, 1], 1, 1), needed, 1, sizes)
    assert copied.rows == pytest.approx(2 * (3 / 8 + 1 / 2))
    assert copied.stored == 13
    assert copied.needed == pytest.approx(3 / 4 + 3 / 4)


def test_search_places_eight_experts_on_two_devices_as_well_as_brute_force() -> None:
    needed = routed(Router(steps=60, skew=1.0), TopK(2, 0.0), "all").needed

    def rows(owners: list[int]) -> float:
        return busiest_device(ExpertParallel(2, owners, 0, 1), needed, 1, np.ones(8)).rows

    least = min(rows(list(owners)) for owners in product((0, 1), repeat=8))
    found = Study(Problem("placement", [Integer(0, 1)] * 8, rows), LocalSearch(), seed=0).run(
        trials=150, progress=False
    )
    assert found.best.loss == pytest.approx(least)
    loads = needed.mean(axis=(0, 1))
    by_load, in_turn = (rows(expert_owners(how, loads, 2).tolist()) for how in ("by load", "in turn"))
    assert least <= by_load <= (4 / 3 - 1 / 6) * least
    assert by_load < in_turn
    with pytest.raises(ValueError, match="the device of each of 8"):
        expert_owners("anywhere", loads, 2)


def test_devices_share_the_work_and_send_tokens() -> None:
    one, four = costs(), costs(system=ExpertParallel(4, "in turn", 0, 1))
    assert four["devices"] == 4
    assert four["latency"] < one["latency"] < 4 * four["latency"]
    placed = [costs(system=ExpertParallel(4, how, 0, 1))["latency"] for how in ([0] * 8, "by load")]
    assert placed[1] < placed[0]
    many = Serving(router=Router(batch=256, steps=24))
    chunks = [many([built(system=ExpertParallel(4, "by load", 0, n))]).latency[0] for n in (1, 2, 4)]
    assert len(set(chunks)) == 3


# -- the space and its costs -----------------------------------------------------------------------------------------

ALTERNATIVES: dict[str, list[Any]] = {
    "attention": [Window(1024)],
    "cache_bits": [4],
    "experts": [Pruned(6), Merged(4), Dense()],
    "density": [0.5],
    "rank": [LowRank(0.5)],
    "bits": [Uniform(4), Mixed(2, 8, 3), PerExpert([16, 8, 8, 4, 4, 4, 3, 2])],
    "gate": [TopK(1, 0.0), TopK(2, 0.5), TopP(0.5), Threshold(0.2)],
    "draft": [Draft(3)],
    "system": [
        *(offloaded(4, policy) for policy in ("LRU", "LFU", "pinned")),
        *(offloaded(4, "LRU", Fetch(bits, prefetch)) for bits, prefetch in product((0, 4), PREFETCH)),
        offloaded(4, "LRU", ComputeOnHost()), offloaded(4, "LRU", ComputeNearMemory()),
        *(ExpertParallel(2, how, 0, 1) for how in ("in turn", "by load", [0, 0, 0, 1, 1, 1, 1, 1])),
        ExpertParallel(4, "in turn", 2, 1),
    ],
    "hardware": ["near-memory processor", "systolic array"],
}  # fmt: skip


def test_every_leaf_of_the_survey_is_a_hole_that_decides_something() -> None:
    holes = moe_space()
    leaves = {key for level in TAXONOMY.values() for key in level.values()}
    assert set(TAXONOMY) == {"model", "algorithm", "system", "hardware"}
    assert leaves == set(holes) == set(ALTERNATIVES)
    plain, members = costs(), space(holes)
    for key, options in ALTERNATIVES.items():
        for option in options:
            members.adopt(as_published(**{key: symbolize(option)}))
            assert costs(**{key: option}) != plain, (key, option)
    distinct = {tuple(costs(system=option).values()) for option in ALTERNATIVES["system"]}
    assert len(distinct) >= len(ALTERNATIVES["system"]) - 2  # "none" is the plain offloading
    with pytest.raises(OutsideSpace):
        members.adopt(as_published(system=symbolize(offloaded(9))))


def test_memory_is_counted_by_hand_and_decides_what_fits() -> None:
    expert, attention = 3 * 4096 * 14336 * 2, 2 * 4096 * (4096 + 1024) * 2
    cached, tables = 2 * 1024 * 4096 * 4 * 2, 2 * 32000 * 4096 * 2
    whole = 32 * (8 * expert + attention + cached) + tables
    assert costs()["excess"] + 1 == pytest.approx(whole / 40e9)
    kept = 32 * (3 * expert + attention + cached) + tables
    assert costs(system=offloaded(3))["excess"] + 1 == pytest.approx(kept / 40e9)
    in_four = 32 * (8 * expert / 4 + attention + cached / 2) + tables + 2.2e9
    assert costs(bits=Uniform(4), cache_bits=8, draft=Draft(1))["excess"] + 1 == pytest.approx(in_four / 40e9)
    halved = 32 * (8 * expert * 0.5 * 18 / 16 + attention + cached) + tables
    assert costs(density=0.5)["excess"] + 1 == pytest.approx(halved / 40e9)
    factored = 32 * (8 * 3 * 2048 * (4096 + 14336) * 2 + attention + cached) + tables
    assert costs(rank=LowRank(0.5))["excess"] + 1 == pytest.approx(factored / 40e9)


def test_time_is_that_of_the_bytes_where_batches_are_small() -> None:
    needed = routed(SERVING.router, TopK(2, 0.0), "all").needed
    experts = grouped_steps(needed, 1).sum(axis=1).mean()
    bandwidth = device("a100-40g").memory[-1].bandwidth
    bytes_read = 32 * (experts * 3 * 4096 * 14336 * 2 + 2 * 4096 * 5120 * 2)
    assert 1 < costs()["latency"] / (bytes_read / bandwidth) < 1.6
    assert costs(bits=Uniform(4))["latency"] < 0.5 * costs()["latency"]
    shares = needed.mean(axis=(0, 1))
    mixed = SERVING.sizes(built(bits=Mixed(3, 8, 2)))
    assert mixed.bits == pytest.approx((8 * shares[:3].sum() + 2 * shares[3:].sum()) / 2)  # two experts a token
    assert costs(gate=TopK(1, 0.0))["latency"] < costs()["latency"] < costs(gate=TopK(4, 0.0))["latency"]


def test_a_draft_pays_where_a_pass_costs_the_same_for_more_tokens() -> None:
    alone = Serving(router=Router(batch=1))
    plain, drafted = (alone([built(experts=Dense(), draft=draft)]).latency[0] for draft in ("none", Draft(2)))
    assert drafted < plain
    more = [alone([built(draft=draft)]).latency[0] for draft in ("none", Draft(2))]
    assert more[1] / more[0] > drafted / plain  # more tokens need more experts


def test_many_plans_cost_what_each_costs() -> None:
    rng, members = Random(5), space(moe_space())
    plans = [build(members.sample(rng)) for _ in range(60)]
    for name, together in SERVING(plans)._asdict().items():
        alone = [getattr(SERVING([plan]), name)[0] for plan in plans]
        np.testing.assert_allclose(together, alone, rtol=1e-9, err_msg=name)
        assert np.isfinite(together).all()


def test_it_travels_to_other_processes() -> None:
    problem = moe_inference()
    assert problem.evaluate_many is not None
    plans = [build(plan) for plan in problem.published.values()]
    first = problem.evaluate_many(plans)
    assert pickle.loads(pickle.dumps(problem.evaluate_many))(plans) == first


def test_published_plans_are_members_and_offloading_is_what_fits_on_one_device() -> None:
    problem = moe_inference()
    assert problem.evaluate_many is not None
    plans = [build(plan) for plan in problem.published.values()]
    found = dict(zip(problem.published, map(problem.outcome, problem.evaluate_many(plans)), strict=True))
    fits = {name: outcome.violations[0] <= 0 for name, outcome in found.items()}
    assert [name for name, fit in fits.items() if not fit] == ["all experts resident on one device"]
    latency = {name: outcome.objectives["latency"] for name, outcome in found.items()}
    assert latency["all experts resident on four devices"] == min(latency.values())
    assert latency["MoE-Infinity-like"] == max(latency.values())
    assert found["MoE-Infinity-like"].objectives["quality_loss"] == 0 < latency["EdgeMoE-like"]


# -- search ----------------------------------------------------------------------------------------------------------

CORNER = [1.0, 1.0, 5.0]


def volume(study: Study) -> float:
    """The hypervolume of log10 seconds, quality lost and devices that the feasible front of a study dominates."""
    front = [trial.objectives for trial in study.pareto if trial.violation <= 0]
    return hypervolume([[np.log10(o["latency"]), o["quality_loss"], o["devices"]] for o in front], CORNER)


def mean_volume(problem: Problem, strategy: Any, trials: int, seeds: int) -> float:
    studies = [Study(problem, strategy, seed=seed).run(trials=trials, progress=False) for seed in range(seeds)]
    return float(np.mean([volume(study) for study in studies]))


def test_searches_dominate_more_than_random_search() -> None:
    problem = moe_inference()
    chance = mean_volume(problem, RandomSearch(), 400, 3)
    assert mean_volume(problem, NSGA2(40), 400, 3) > chance + 0.2
    assert mean_volume(problem, GeneticAlgorithm(30), 400, 3) > chance


def reduced() -> Problem:
    """One device that offloads; 5,040 plans."""
    miss = program(Fetch, bits=0, prefetch=Choice(*PREFETCH))
    offload = program(Offload, cache=Integer(1, 7), policy=Choice("LRU", "LFU"), miss=miss)
    return moe_inference(
        space=as_published(
            bits=program(Uniform, bits=Choice(16, 8, 4, 3, 2)),
            gate=program(TopK, k=Integer(1, 3), skip=Choice(0.0, 0.5)),
            draft=Choice("none", program(Draft, tokens=Integer(1, 2))),
            system=program(OneDevice, experts=offload),
        )
    )


def test_searches_come_near_the_exact_front_of_a_reduced_space() -> None:
    problem = reduced()
    assert problem.members.size() == 5040
    exact = Study(problem, Exhaustive(), seed=0).run(trials=5040, progress=False)
    assert len(exact.trials) == 5040
    best = volume(exact)
    assert {trial.number for trial in pareto_front(exact.trials)} == {trial.number for trial in exact.pareto}
    chance, front = (mean_volume(problem, strategy, 300, 4) for strategy in (RandomSearch(), NSGA2(30)))
    genetic = mean_volume(problem, GeneticAlgorithm(30), 300, 4)
    assert chance < genetic <= best
    assert chance < front <= best
    assert best - front < 0.1 * (best - chance)


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match=r"distinct_experts\(experts=8, chosen=9\)"):
        distinct_experts(8, 9, 1)
    with pytest.raises(ValueError, match="one positive number for each expert"):
        inclusion_probabilities([1, 0], 1)
    with pytest.raises(ValueError, match="a cache holds at least 1 expert"):
        lru_hits([1], 0)
    with pytest.raises(ValueError, match="the model 8: give as many"):
        Serving(router=Router(experts=4))
    with pytest.raises(ValueError, match="at least 1 bit"):
        quantization_noise(0)
    with pytest.raises(ValueError, match=r"persistence=1\.5"):
        Router(persistence=1.5)
    smaller = Experts(4, 256, 8, 2, 512, 4, 1000)
    assert moe_inference(Serving(smaller, router=Router(experts=4))).published == {}
    assert MIXTRAL.expert_numbers * 8 * 32 == pytest.approx(45.1e9, rel=0.001)
