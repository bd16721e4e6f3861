"""Weighted values, populations and their resampling, sequential programs, and temperatures."""

import math
from collections import Counter
from random import Random
from statistics import fmean
from typing import Any

import pytest

from inlay.search.population import Population, Resample, multinomial, residual, stratified, systematic
from inlay.search.sequential import Sequential, particle_filter, tempered
from inlay.search.tempering import Adaptive, Cooling, Ladder
from inlay.search.weighted import Weighted, log_sum
from inlay.spaces import Choice

RESAMPLERS = [multinomial, systematic, stratified, residual]
every_resampler = pytest.mark.parametrize("resample", RESAMPLERS)


def weighed(*weights: float) -> Population[int]:
    return Population(range(len(weights)), [math.log(w) if w else -math.inf for w in weights])


# --- Weights ---------------------------------------------------------------------------------------


def test_scores_multiply() -> None:
    assert Weighted("x", math.log(2)).scored(math.log(3)).log_weight == pytest.approx(math.log(6))


def test_sums_of_exponentials_neither_overflow_nor_vanish() -> None:
    assert log_sum([-2000.0, -2000.0]) == pytest.approx(-2000 + math.log(2))
    assert log_sum([]) == log_sum([-math.inf]) == -math.inf


def test_a_spawned_population_has_total_weight_one() -> None:
    assert Population.spawn(list("abcd")).log_evidence == pytest.approx(0.0)
    assert math.exp(Population.spawn(list("abcd")).scored([math.log(x) for x in (1, 2, 3, 6)]).log_evidence) == (
        pytest.approx(3.0)
    )


def test_the_effective_size_is_between_one_and_all() -> None:
    assert weighed(1, 1, 1, 1).effective_size == pytest.approx(4)
    assert weighed(1, 0, 0, 0).effective_size == pytest.approx(1)
    assert weighed(3, 1).effective_size == pytest.approx(16 / 10)
    assert weighed(0, 0).effective_size == 0


def test_pushing_the_evidence_outward_changes_no_weight_in_all() -> None:
    pushed = weighed(1, 3).pushed()
    assert math.exp(pushed.log_weight) == pytest.approx(4)
    assert [math.exp(w) for w in pushed.value.log_weights] == pytest.approx([0.25, 0.75])
    assert weighed(0, 0).pushed().log_weight == -math.inf


def test_a_proper_pick_carries_the_total_weight() -> None:
    rng = Random(0)
    picks = [weighed(1, 3, 0).proper(rng) for _ in range(4000)]
    assert all(math.exp(pick.log_weight) == pytest.approx(4) for pick in picks)
    assert Counter(pick.value for pick in picks)[1] / 4000 == pytest.approx(0.75, abs=0.03)
    assert all(pick.value != 2 for pick in picks)


def test_a_function_of_the_values_keeps_the_weights() -> None:
    mapped = weighed(1, 3).mapped(str)
    assert (list(mapped.values), mapped.log_weights) == (["0", "1"], weighed(1, 3).log_weights)


def test_a_population_of_nothing_is_refused() -> None:
    for make in (lambda: Population([], []), lambda: Population([1], [0.0, 0.0]), lambda: Population.spawn([])):
        with pytest.raises(ValueError, match="at least one value"):
            make()


# --- Resampling ------------------------------------------------------------------------------------


@every_resampler
def test_resampling_keeps_the_total_weight_and_makes_it_even(resample: Resample) -> None:
    after = resample(weighed(0.1, 2.0, 0.0, 5.0, 0.4), Random(1))
    assert math.exp(after.log_evidence) == pytest.approx(7.5)
    assert after.log_weights == pytest.approx([math.log(1.5)] * 5)
    assert len(after) == 5
    assert 2 not in after.values


@every_resampler
def test_every_value_has_offspring_by_its_weight_in_the_mean(resample: Resample) -> None:
    population, rng, times = weighed(0.5, 2.25, 0.25, 1.0), Random(2), 3000
    counts = Counter(value for _ in range(times) for value in resample(population, rng).values)
    assert [counts[i] / times for i in range(4)] == pytest.approx([0.5, 2.25, 0.25, 1.0], abs=0.06)


def spread(resample: Resample) -> float:
    """The mean squared difference between the offspring of every value and what its weight gives."""
    population, rng = weighed(0.5, 2.25, 0.25, 1.0), Random(3)
    runs = [Counter(resample(population, rng).values) for _ in range(1500)]
    return fmean((run[i] - expected) ** 2 for run in runs for i, expected in enumerate((0.5, 2.25, 0.25, 1.0)))


def test_the_better_resamplers_vary_less_than_the_multinomial_one() -> None:
    plain = spread(multinomial)
    assert plain == pytest.approx(fmean(w * (1 - w / 4) for w in (0.5, 2.25, 0.25, 1.0)), rel=0.1)
    for resample in (systematic, stratified, residual):
        assert spread(resample) < 0.7 * plain


@every_resampler
def test_even_weights_are_left_alone_by_all_but_the_multinomial_one(resample: Resample) -> None:
    values = sorted(resample(weighed(*[1.0] * 8), Random(4)).values)
    assert (values == list(range(8))) == (resample is not multinomial)


@every_resampler
def test_weights_that_are_all_zero_survive(resample: Resample) -> None:
    after = resample(weighed(0, 0, 0), Random(5))
    assert (len(after), after.log_evidence) == (3, -math.inf)


# --- Sequential programs ---------------------------------------------------------------------------

#: A hidden chain of two states and what was observed of it; the evidence is found by the forward algorithm.
STAY, SEEN, OBSERVED = 0.8, {0: 0.9, 1: 0.3}, [1, 1, 0, 1, 0, 0]


def observe(observation: int) -> Any:
    def step(state: int, rng: Random) -> Weighted[int]:
        new = state if rng.random() < STAY else 1 - state
        chance = SEEN[new] if observation else 1 - SEEN[new]
        return Weighted(new, math.log(chance))

    return step


HIDDEN = Sequential(lambda rng: int(rng.random() < 0.5), [observe(seen) for seen in OBSERVED])


def forward() -> tuple[float, float]:
    """The evidence, and the share of state 1 in the end."""
    weights = [0.5, 0.5]
    for seen in OBSERVED:
        moved = [STAY * weights[i] + (1 - STAY) * weights[1 - i] for i in (0, 1)]
        weights = [moved[i] * (SEEN[i] if seen else 1 - SEEN[i]) for i in (0, 1)]
    return sum(weights), weights[1] / sum(weights)


@every_resampler
@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
def test_a_particle_filter_agrees_with_the_forward_algorithm(resample: Resample, threshold: float) -> None:
    rng, (evidence, share) = Random(6), forward()
    runs = [particle_filter(HIDDEN, 20, rng, resample=resample, threshold=threshold) for _ in range(150)]
    found = [math.exp(run.log_evidence) for run in runs]
    deviation = math.sqrt(fmean((z - evidence) ** 2 for z in found) / len(found))
    assert abs(fmean(found) - evidence) < 4 * deviation
    ones = sum(math.exp(w) for run in runs for value, w in zip(run.values, run.log_weights, strict=True) if value)
    assert ones / sum(found) == pytest.approx(share, abs=0.06)


def test_resampling_makes_the_evidence_of_many_steps_more_certain() -> None:
    program = Sequential(HIDDEN.draw, HIDDEN.steps * 8)

    def variation(threshold: float) -> float:
        rng = Random(7)
        logs = [particle_filter(program, 30, rng, threshold=threshold).log_evidence for _ in range(40)]
        return fmean((one - fmean(logs)) ** 2 for one in logs)

    assert variation(0.5) < variation(0.0) / 2


def test_a_program_that_is_run_to_its_end_is_properly_weighted() -> None:
    rng = Random(8)
    assert fmean(math.exp(HIDDEN.finish(rng).log_weight) for _ in range(4000)) == pytest.approx(forward()[0], rel=0.1)


def test_steps_and_particles_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        particle_filter(HIDDEN, 0, Random(0))
    for ladder in ([], [0.0], [0.5, 0.5], [1.0, 0.5]):
        with pytest.raises(ValueError, match="ascend"):
            tempered(Choice(1, 2), float, ladder)


# --- Temperatures ----------------------------------------------------------------------------------


def test_a_cooling_temperature_halves_after_its_steps() -> None:
    cooling = Cooling(start=0.4, steps=10)
    assert [cooling.temperature(5.0, k) for k in (0, 10, 30)] == pytest.approx([2.0, 1.0, 0.5])


def test_a_ladder_goes_down_and_ends() -> None:
    ladder, population = Ladder((4, 2, 1)), weighed(1, 1)
    inverse, seen = 0.0, []
    while (following := ladder.next(population, [0, 1], inverse)) is not None:
        seen.append(inverse := following)
    assert seen == [0.25, 0.5, 1.0]


def test_adaptive_cooling_halves_the_effective_size_on_any_scale() -> None:
    rng = Random(9)
    losses = [rng.gauss(0, 1) for _ in range(200)]
    population = Population.spawn(losses)
    for scale, shift in ((1.0, 0.0), (1e6, -3e6), (1e-6, 5.0)):
        scaled = [scale * loss + shift for loss in losses]
        step = Adaptive(share=0.5).next(population, scaled, 0.0)
        assert step is not None
        assert population.scored([-step * (loss - shift) for loss in scaled]).effective_size == pytest.approx(
            100, abs=1
        )


def test_adaptive_cooling_ends_exactly_at_its_final_temperature() -> None:
    population, inverse, adaptive = weighed(*[1] * 20), 0.0, Adaptive(final=0.25)
    steps = []
    while (following := adaptive.next(population, list(range(20)), inverse)) is not None:
        steps.append(inverse := following)
    assert inverse == 4.0
    assert len(steps) > 3


def test_adaptive_cooling_without_end_does_not_freeze_on_ties() -> None:
    assert Adaptive().next(weighed(1, 1), [3.0, 3.0], 0.5) == 0.5
    assert Adaptive().next(weighed(*[1] * 10), [0.0] * 9 + [5.0], 2.0) == 4.0
    assert Adaptive(final=0.1).next(weighed(1, 1), [3.0, 3.0], 0.5) == 10.0


def test_infinite_losses_have_weight_zero_and_do_not_disturb_the_others() -> None:
    losses = [float(i) for i in range(20)]
    plain = Adaptive().next(weighed(*[1] * 20), losses, 0.0)
    assert Adaptive().next(weighed(*[1] * 25), [*losses, *[math.inf] * 5], 0.0) == pytest.approx(plain)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Cooling(start=0),
        lambda: Cooling(steps=-1),
        lambda: Ladder(()),
        lambda: Ladder((1, 2)),
        lambda: Ladder((1, 0)),
        lambda: Adaptive(share=1.0),
        lambda: Adaptive(final=0.0),
    ],
)
def test_settings_that_make_no_sense_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"must|descend"):
        make()
