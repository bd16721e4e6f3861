"""Distributions over decisions, and the methods that fit them to the best of a generation."""

from collections import Counter
from itertools import permutations
from math import comb, log10
from random import Random
from statistics import fmean, median
from typing import Any

import numpy as np
import pytest

from inlay.search import Problem, RandomSearch, Strategy, Study
from inlay.search.cross_entropy import CrossEntropy, Marginals
from inlay.search.decision_distributions import DecisionDistribution
from inlay.search.distribution_search import DistributionSearch
from inlay.search.marginals import Bernoullis, Categorical, DiscreteGaussian, TruncatedGaussian
from inlay.search.univariate_marginal import IncrementalLearning, UnivariateMarginal
from inlay.spaces import Choice, Integer, Mask, Permutation, Real, Repeat, Shared, Space, Subset, space

BITS = space({f"x{i}": Choice(0, 1) for i in range(20)})


def learned(of: Space, *members: Any, rate: float = 1.0, floor: float = 0.0, seed: int = 0) -> DecisionDistribution:
    distribution = DecisionDistribution(Random(seed), floor)
    distribution.learn([distribution.observe(of, member) for member in members], rate)
    return distribution


def draws(of: Space, distribution: DecisionDistribution, n: int = 400) -> list[Any]:
    return [distribution.draw(of) for _ in range(n)]


# --- Marginals -------------------------------------------------------------------------------------


def test_shares_follow_the_formula_of_smoothing_and_floor() -> None:
    three = Categorical(3, [1, 1, 2])
    three.learn([0, 0, 1, 0], rate=0.7, floor=0.1)
    new = [0.3 * old + 0.7 * found for old, found in zip([0.25, 0.25, 0.5], [0.75, 0.25, 0.0], strict=True)]
    assert three.shares == pytest.approx([0.9 * p + 0.1 * q for p, q in zip(new, [0.25, 0.25, 0.5], strict=True)])


def test_no_option_dies_above_a_floor() -> None:
    coin = Categorical(2)
    for _ in range(1000):
        coin.learn([0], rate=1.0, floor=0.02)
    assert coin.shares[1] == pytest.approx(0.01)


def test_a_gaussian_moves_to_mean_and_deviation_of_the_elite() -> None:
    bell = TruncatedGaussian()
    bell.learn([0.2, 0.4], rate=1.0, floor=0.0)
    assert (bell.mean, bell.deviation) == pytest.approx((0.3, 0.1))
    bell.learn([0.5, 0.5], rate=0.5, floor=0.0)
    assert (bell.mean, bell.deviation) == pytest.approx((0.4, 0.05))
    found = [bell.draw(Random(seed)) for seed in range(500)]
    assert fmean(found) == pytest.approx(0.4, abs=0.01)
    assert all(0 <= share <= 1 for share in found)


@pytest.mark.parametrize("n", [100, 10**6, 2 * 10**18 + 1, 10**400], ids=["hundred", "million", "large", "huge"])
def test_large_ranges_of_integers_are_drawn_near_what_was_chosen(n: int) -> None:
    rng, bell = Random(0), DiscreteGaussian(n)
    assert all(0 <= bell.draw(rng) < n for _ in range(200))
    bell.learn([n // 4, n // 4 + n // 50], rate=1.0, floor=0.0)
    assert all(n // 5 < bell.draw(rng) < n // 3 for _ in range(200))


def test_a_fixed_number_of_ones_is_drawn_uniformly_until_something_is_learned() -> None:
    mask, generator = Bernoullis(5, 2), np.random.default_rng(0)
    counts = Counter(tuple(np.flatnonzero(mask.draw(generator))) for _ in range(4000))
    assert len(counts) == 10
    assert max(counts.values()) < 1.3 * min(counts.values())
    mask.learn([np.array([1, 1, 0, 0, 0], dtype=bool)], rate=0.9, floor=0.0)
    later = Counter(tuple(np.flatnonzero(mask.draw(generator))) for _ in range(1000))
    assert later[(0, 1)] > 700


# --- Distributions over any space ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "members"),
    [
        (Permutation("abcd"), 24),
        (Subset("abcde", 2), 10),
        (Subset("abcd", 1, 3), 14),
        (Repeat(Choice("a", "b"), 2), 4),
        (Mask(4), 16),
        (space([Shared(Integer(0, 4))]), 5),
    ],
)
def test_before_it_has_learned_every_member_is_as_likely(of: Space, members: int) -> None:
    counts = Counter(of.key(value) for value in draws(of, DecisionDistribution(Random(1), 0.0), 300 * members))
    assert len(counts) == members
    assert max(counts.values()) < 1.3 * 300
    assert min(counts.values()) > 0.7 * 300


def test_a_bounded_subset_learns_its_size_and_its_items() -> None:
    of = Subset(range(8), 1, 6)
    found = draws(of, learned(of, [0, 5, 7], [5, 7], [5, 6, 7]))
    assert {len(value.args) for value in found} <= {2, 3}
    assert all(not {1, 2, 3, 4} & set(value.args) for value in found)
    share = {item: fmean(item in value.args for value in found) for item in range(8)}
    assert share[5] > 0.8
    assert share[7] > 0.8
    assert share[0] == pytest.approx(share[6], abs=0.15)


def test_items_of_a_subset_that_are_no_longer_asked_for_are_learned_too() -> None:
    of = Subset(range(6), 2)
    assert {of.key(value) for value in draws(of, learned(of, [0, 1]), 50)} == {of.key([0, 1])}
    assert {of.key(value) for value in draws(of, learned(of, [4, 5]), 50)} == {of.key([4, 5])}


def test_a_permutation_learns_which_item_stands_at_which_place() -> None:
    of = Permutation("abcde")
    members = [["b", "a", "d", "c", "e"], ["b", "d", "a", "c", "e"]]
    found = Counter(tuple(value.args) for value in draws(of, learned(of, *members)))
    assert set(found) == {tuple(member) for member in members}
    wide = Counter(tuple(value.args) for value in draws(of, learned(of, members[0], rate=0.5), 3000))
    assert wide.most_common(1)[0][0] == tuple(members[0])
    assert len(wide) > 100


def test_two_uses_of_one_hole_are_learned_apart() -> None:
    order = Permutation("abc")
    pair = space([order, order, Subset("uvw", 1), Subset("uvw", 1)])
    member = pair.adopt([["a", "b", "c"], ["c", "b", "a"], ["v"], ["w"]])
    assert {pair.key(value) for value in draws(pair, learned(pair, member), 30)} == {pair.key(member)}
    twice = Repeat(Subset("uvw", 1), 2)
    member = twice.adopt([["u"], ["w"]])
    assert {twice.key(value) for value in draws(twice, learned(twice, member), 30)} == {twice.key(member)}


def test_a_constraint_asks_the_distribution_again() -> None:
    apart = space({"o": Permutation("abc"), "s": Subset(range(5), 2)}).where(lambda p: p["o"][0] != "a" and 0 in p["s"])
    distribution = DecisionDistribution(Random(0), 0.0)
    found = draws(apart, distribution, 500)
    assert all(map(apart.contains, found))
    assert len(distribution.marginals) == 2 + 5, "what was refused and asked again has the same sites"
    assert {tuple(value["o"].args) for value in found} == {order for order in permutations("abc") if order[0] != "a"}
    assert {tuple(value["s"].args) for value in found} == {(0, i) for i in range(1, 5)}


def test_what_only_some_members_have_is_learned_from_those() -> None:
    nets = space({"model": Choice({"kind": "deep", "width": Choice(1, 2, 3)}, {"kind": "flat"})})
    distribution = learned(nets, {"model": {"kind": "flat"}}, {"model": {"kind": "deep", "width": 3}})
    found = Counter(nets.key(value) for value in draws(nets, distribution))
    assert len(found) == 2
    assert min(found.values()) > 150


def test_numbers_are_learned_in_the_scale_of_their_hole() -> None:
    rates = space([Real(1e-8, 1, log=True)])
    found = [value[0] for value in draws(rates, learned(rates, [1e-5], [1e-3]))]
    assert median(found) == pytest.approx(1e-4, rel=0.4)


def test_a_random_draw_follows_the_weights_of_the_hole() -> None:
    coin = Choice("a", "b", weights=[1, 4])
    counts = Counter(draws(coin, DecisionDistribution(Random(0), 0.0), 2000))
    assert counts["b"] / 2000 == pytest.approx(0.8, abs=0.04)


# --- The methods -----------------------------------------------------------------------------------


def ones(value: dict[str, int]) -> float:
    return float(sum(value.values()))


def chances(study: Study) -> list[float]:
    strategy = study.strategy
    assert isinstance(strategy, DistributionSearch)
    assert isinstance(strategy.model, Marginals)
    return [marginal.shares[1] for marginal in strategy.model.distribution.marginals.values()]


def run_once(strategy: DistributionSearch, trials: int) -> Study:
    problem = Problem("ones", BITS, ones, objectives={"ones": "maximize"})
    return Study(problem, strategy, seed=0).run(trials=trials, progress=False)


def test_one_generation_moves_the_chances_as_each_method_says() -> None:
    for make, elite, rate in [
        (lambda: CrossEntropy(40, elite=0.1, smoothing=0.7, floor=0.0), 4, 0.7),
        (lambda: UnivariateMarginal(40, elite=0.5, floor=0.0), 20, 1.0),
        (lambda: IncrementalLearning(40, rate=0.1, floor=0.0), 1, 0.1),
    ]:
        study = run_once(make(), 40)
        best = sorted(study.trials, key=lambda trial: (trial.loss, trial.number))[:elite]
        means = [fmean(trial.value[f"x{i}"] for trial in best) for i in range(20)]
        assert chances(study) == pytest.approx([(1 - rate) * 0.5 + rate * mean for mean in means])


def test_a_foreign_trial_enters_the_elite_and_does_not_end_the_generation() -> None:
    study = Study(Problem("ones", BITS, ones, objectives={"ones": "maximize"}), IncrementalLearning(6, rate=1, floor=0))
    trials = study.ask(50)
    assert len(trials) == 6
    for trial in trials[:5]:
        study.tell(trial, 0.0)
    study.tell({f"x{i}": 1 for i in range(20)}, ones=20)
    assert study.ask(5) == []
    study.tell(trials[5], error="it broke")
    assert chances(study) == [1.0] * 20
    assert len(study.ask(50)) == 6


@pytest.mark.parametrize(("keep", "learned_from"), [(0, [4, 5]), (1, [0, 4]), (2, [0, 1])])
def test_the_best_of_earlier_generations_compete_again(keep: int, learned_from: list[int]) -> None:
    strategy = UnivariateMarginal(4, elite=0.5, floor=0.0, keep=keep)
    study = Study(Problem("bits", BITS, ones), strategy, seed=0)
    for losses in ((1.0, 2.0, 3.0, 4.0), (5.0, 6.0, 7.0, 8.0)):
        for trial, loss in zip(study.ask(9), losses, strict=True):
            study.tell(trial, loss)
    means = [fmean(study.trials[number].value[f"x{i}"] for number in learned_from) for i in range(20)]
    assert chances(study) == pytest.approx(means)


def test_a_generation_of_failures_teaches_nothing() -> None:
    study = Study(Problem("ones", BITS, lambda value: 1 / 0), CrossEntropy(5), seed=0).run(trials=10, progress=False)
    assert set(chances(study)) == {0.5}


def max_cut(n: int, seed: int) -> Problem:
    rng = Random(seed)
    edges = [(i, j) for i in range(n) for j in range(i) if rng.random() < 0.2]
    sides = space([Choice(0, 1)] * n)
    return Problem("cut", sides, lambda side: sum(side[i] != side[j] for i, j in edges), objectives={"cut": "maximize"})


def test_max_cut_is_solved_better_than_by_random_search() -> None:
    """As in the literature: the methods reach clearly more edges than random search at the same budget."""
    runs = [Study(max_cut(30, 1), RandomSearch(), seed=s).run(trials=1000, progress=False) for s in range(5)]
    drawn = median(study.best.score for study in runs)
    for make in (
        lambda: CrossEntropy(60),
        lambda: IncrementalLearning(20, rate=0.1),
        lambda: UnivariateMarginal(60, elite=0.3),
    ):
        problem = max_cut(30, 1)
        cuts = [Study(problem, make(), seed=seed).run(trials=1000, progress=False).best.score for seed in range(5)]
        assert median(cuts) >= 1.08 * drawn


def test_a_space_of_masks_numbers_and_orders_is_searched_at_once() -> None:
    holes = {"rate": Real(1e-6, 1, log=True), "order": Permutation(range(5)), "n": Integer(0, 10**6)}
    mixed = space({"mask": Mask(30, ones=10), **holes})

    def evaluate(value: dict[str, Any]) -> float:
        wrong = sum(i != item for i, item in enumerate(value["order"]))
        return (10 - value["mask"][:10].sum()) + abs(log10(value["rate"]) + 3) + wrong + abs(value["n"] - 321_000) / 1e5

    def best(strategy: Strategy, seed: int) -> float:
        study = Study(Problem("mixed", mixed, evaluate), strategy, seed=seed)
        return study.run(trials=800, progress=False).best.loss

    found = median(best(CrossEntropy(50), seed) for seed in range(5))
    assert found <= 0.4 * median(best(RandomSearch(), seed) for seed in range(5))


@pytest.mark.parametrize(
    "make",
    [
        lambda: CrossEntropy(1),
        lambda: CrossEntropy(elite=0.0),
        lambda: CrossEntropy(elite=1.2),
        lambda: CrossEntropy(smoothing=0.0),
        lambda: CrossEntropy(floor=1.0),
        lambda: CrossEntropy(keep=-1),
        lambda: IncrementalLearning(rate=0.0),
        lambda: IncrementalLearning(10, best=11),
    ],
)
def test_settings_that_make_no_sense_are_refused_where_they_are_written(make: Any) -> None:
    with pytest.raises(ValueError, match=r"must|lie"):
        make()


def test_the_chance_of_a_size_is_its_share_of_the_subsets() -> None:
    of = Subset(range(10), 1, 3)
    counts = Counter(len(value.args) for value in draws(of, DecisionDistribution(Random(0), 0.0), 4000))
    total = comb(10, 1) + comb(10, 2) + comb(10, 3)
    assert [counts[k] / 4000 for k in (1, 2, 3)] == pytest.approx([comb(10, k) / total for k in (1, 2, 3)], abs=0.03)
