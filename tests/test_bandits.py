"""Bandits: worked examples of every formula, regret on noisy arms, and the strategy that pulls the arms of a space."""

from collections.abc import Callable, Sequence
from math import exp, log, sqrt
from random import Random
from statistics import mean
from typing import Any

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from inlay.search import CannotAct, Outcome, Problem, Study
from inlay.search.bandit_search import BanditSearch
from inlay.search.bandits import Bandit, LossScale, Pull
from inlay.search.chebyshev_bandit import ChebCB, boxed_least_squares, chebyshev_features, square_probabilities
from inlay.search.contexts import BinnedContexts
from inlay.search.exponential_weights import Exp3, draw_arm, exponential_probabilities
from inlay.search.thompson import BernoulliThompson, Thompson, noise_variance
from inlay.search.tsallis import TsallisINF, least_distance, tsallis_probabilities
from inlay.search.ucb import UCB1, lower_bounds
from inlay.spaces import Choice, Integer, Real, Shared, space

BANDITS: dict[str, Callable[[], Bandit]] = {
    "UCB1": UCB1,
    "Thompson": Thompson,
    "Exp3": Exp3,
    "Tsallis-INF": TsallisINF,
    "Tsallis-INF by range": lambda: TsallisINF("range"),
    "binned": lambda: BinnedContexts(Thompson(), 0, 1),
    "ChebCB": lambda: ChebCB(0, 1, terms=1),
}
MEANS = (5.0, 6.0, 5.5, 7.0, 3.0, 6.5)


def losses(bandit: Bandit, seed: int, rounds: int = 2000, means: Sequence[float] = MEANS) -> list[float]:
    """The mean losses of the arms pulled; those that the bandit learns have a deviation of 1."""
    rng = Random(seed)
    bandit.start(len(means), Random(seed + 1))
    found = []
    for _ in range(rounds):
        pull = bandit.choose((0.5,))
        bandit.learn(pull, rng.gauss(means[pull.arm], 1), (0.5,))
        found.append(means[pull.arm])
    return found


# --- Regret ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(BANDITS))
def test_each_bandit_loses_less_than_arms_drawn_evenly(name: str) -> None:
    """An arm drawn evenly loses 2.5 a round against the best one; a bandit less than half, and less as it learns."""
    regret = [[loss - min(MEANS) for loss in losses(BANDITS[name](), seed)] for seed in range(5)]
    chance = mean(MEANS) - min(MEANS)
    assert mean(map(mean, regret)) < 0.5 * chance
    assert mean(mean(found[-500:]) for found in regret) < 0.3 * chance


@pytest.mark.parametrize("name", ["UCB1", "Thompson", "Exp3", "Tsallis-INF"])
def test_the_scale_and_the_place_of_the_losses_do_not_matter(name: str) -> None:
    plain = losses(BANDITS[name](), 3, 400)
    bandit, rng = BANDITS[name](), Random(3)
    bandit.start(len(MEANS), Random(4))
    for loss in plain:
        pull = bandit.choose()
        bandit.learn(pull, 1024 * rng.gauss(MEANS[pull.arm], 1) - 2048)  # exact in floats but for roundings
        assert MEANS[pull.arm] == loss


@pytest.mark.parametrize("name", list(BANDITS))
def test_choices_before_answers_answers_in_any_order_and_infinite_losses_are_legal(name: str) -> None:
    bandit, rng = BANDITS[name](), Random(0)
    bandit.start(4, Random(1))
    flying: list[Pull] = []
    for step in range(300):
        flying.append(bandit.choose((0.2,)))
        if step % 3 == 2:
            rng.shuffle(flying)
            for pull in flying[:4]:
                bandit.learn(pull, rng.choice([1.0, 2.0, float("inf")]), (0.2,))
            del flying[:4]
    assert 0 <= bandit.choose((0.2,)).arm < 4


@pytest.mark.parametrize("name", list(BANDITS))
def test_the_probabilities_told_are_those_of_the_draws(name: str) -> None:
    """In the same state: the share of the draws of each arm is the probability that comes with them."""
    bandit = BANDITS[name]()
    if name in ("UCB1", "Thompson", "binned"):
        return
    losses(bandit, 0, 60)
    pulls = [bandit.choose((0.5,)) for _ in range(4000)]
    told = {pull.arm: pull.probability for pull in pulls}
    for arm, probability in told.items():
        assert sum(pull.arm == arm for pull in pulls) / 4000 == pytest.approx(probability, abs=0.04)
    assert sum(told.values()) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("name", list(BANDITS))
def test_one_arm_is_pulled_and_none_is_refused(name: str) -> None:
    bandit = BANDITS[name]()
    bandit.start(1, Random(0))
    for _ in range(5):
        pull = bandit.choose((0.5,))
        assert pull == (0, 1.0)
        bandit.learn(pull, 2.0, (0.5,))
    with pytest.raises(ValueError, match="at least one arm"):
        bandit.start(0, Random(0))


# --- UCB1 ------------------------------------------------------------------------------------------


def test_ucb1_has_the_bounds_of_the_paper() -> None:
    found = lower_bounds(np.array([0.5, 0.25]), np.array([4.0, 12.0]))
    assert found == pytest.approx([0.5 - sqrt(2 * log(16) / 4), 0.25 - sqrt(2 * log(16) / 12)])


def test_ucb1_pulls_the_arm_of_the_lowest_bound_on_scaled_losses() -> None:
    bandit = UCB1()
    bandit.start(2, Random(0))
    for arm, loss in ((0, 10.0), (1, 30.0), (1, 20.0), (1, 20.0), (1, 20.0)):
        bandit.learn(Pull(arm), loss)
    assert 0 - sqrt(2 * log(5)) < 0.625 - sqrt(2 * log(5) / 4)
    assert bandit.choose().arm == 0
    for _ in range(20):
        bandit.learn(Pull(0), 30.0)
    assert bandit.choose().arm == 1


def test_ucb1_spreads_choices_whose_losses_are_awaited() -> None:
    bandit = UCB1()
    bandit.start(5, Random(0))
    assert sorted(bandit.choose().arm for _ in range(5)) == [0, 1, 2, 3, 4]
    assert sorted(bandit.choose().arm for _ in range(5)) == [0, 1, 2, 3, 4]


# --- Thompson --------------------------------------------------------------------------------------


def test_thompson_pools_the_variance_within_arms() -> None:
    assert noise_variance(squares=6.0, dispersion=2.0, losses=10, pulled=3) == 1.0
    bandit = Thompson()
    bandit.start(3, Random(0))
    for arm, loss in ((0, 1.0), (0, 3.0), (1, 10.0), (1, 14.0)):
        bandit.learn(Pull(arm), loss)
    assert bandit.means.tolist() == [2, 12, 0]
    dispersion = np.var([1.0, 3.0, 10.0, 14.0])
    assert bandit.squares == pytest.approx(2 + 8)
    assert bandit.variances() == pytest.approx((10 + dispersion) / 3 / np.array([2, 2, 1]))


def test_thompson_draws_arms_with_the_probability_that_they_are_best() -> None:
    bandit = Thompson(noise=4.0)
    bandit.start(2, Random(0))
    for arm, loss in ((0, 1.0), (0, 3.0), (1, 3.0), (1, 3.0)):
        bandit.learn(Pull(arm), loss)
    share = sum(bandit.choose().arm == 0 for _ in range(4000)) / 4000
    assert share == pytest.approx(0.6915, abs=0.03)  # the normal distribution at (3 - 2) / sqrt(4 / 2 + 4 / 2)


def test_bernoulli_thompson_counts_ones_and_learns() -> None:
    bandit, rng = BernoulliThompson(prior=(1, 2)), Random(0)
    bandit.start(2, Random(0))
    for loss in (0, 1, 1.0, 0):
        bandit.learn(Pull(0), loss)
    assert (bandit.ones[0], bandit.zeros[0]) == (2, 2)
    bandit.start(3, Random(0))
    pulls = []
    for _ in range(600):
        pulls.append(bandit.choose())
        bandit.learn(pulls[-1], float(rng.random() < (0.5, 0.2, 0.6)[pulls[-1].arm]))
    assert sum(pull.arm == 1 for pull in pulls) > 450
    with pytest.raises(ValueError, match="Thompson takes any"):
        bandit.learn(Pull(0), 1.5)


def test_bernoulli_thompson_counts_a_part_as_one_with_that_probability() -> None:
    bandit = BernoulliThompson()
    bandit.start(1, Random(0))
    for _ in range(2000):
        bandit.learn(Pull(0), 0.3)
    assert bandit.ones[0] == pytest.approx(600, abs=70)
    assert bandit.ones[0] + bandit.zeros[0] == 2000


# --- Exp3 ------------------------------------------------------------------------------------------


def test_exp3_weighs_estimated_losses() -> None:
    assert exponential_probabilities(np.array([1.0, 2.0]), 0.5) == pytest.approx(
        [1 / (1 + exp(-0.5)), exp(-0.5) / (1 + exp(-0.5))]
    )
    assert exponential_probabilities(np.array([1e9, 1e9 + 1]), 1.0)[0] == pytest.approx(1 / (1 + exp(-1)))
    bandit = Exp3(rate=0.1)
    bandit.start(2, Random(0))
    for pull, loss in ((Pull(0, 0.5), 2.0), (Pull(1, 0.25), 6.0), (Pull(0, 0.5), 4.0)):
        bandit.learn(pull, loss)
    assert bandit.estimates.tolist() == [0 + 0.5 / 0.5, 1 / 0.25]


def test_exp3_has_the_rate_of_the_paper() -> None:
    bandit = Exp3()
    bandit.start(3, Random(0))
    for _ in range(7):
        bandit.learn(Pull(0, 1.0), 1.0)
    bandit.estimates[:] = [0, 1, 2]
    rate = sqrt(log(3) / (8 * 3))
    weights = np.exp([0, -rate, -2 * rate])
    assert bandit.probabilities() == pytest.approx(weights / weights.sum())


def test_an_arm_without_probability_is_never_drawn() -> None:
    chances = np.array([0.0, 0.5, 0.0, 0.5, 0.0])
    draws = [0.0, 0.25, 0.4999, 0.5, 0.75, 1 - 2**-53]
    assert [draw_arm(chances, draw).arm for draw in draws] == [1, 1, 1, 3, 3, 3]


# --- Tsallis-INF -----------------------------------------------------------------------------------


@pytest.mark.parametrize("t", [1, 2, 10, 1000, 10**4, 10**6])
@pytest.mark.parametrize("arms", [1, 2, 20, 1000])
def test_tsallis_probabilities_sum_to_1_at_any_time_for_any_losses(t: int, arms: int) -> None:
    rng, rate = np.random.default_rng([t, arms]), 2 / sqrt(t)
    for drawn in (
        np.zeros(arms),
        rng.random(arms) * t,
        rng.exponential(size=arms) ** 8 * t,
        np.where(rng.random(arms) < 0.5, 0.0, 1e12),
        1e9 + rng.random(arms),
        rng.normal(size=arms) * 1e-9,
    ):
        gaps = drawn - drawn.min()
        weights = 4 / (rate * (gaps + least_distance(gaps, rate))) ** 2
        assert weights.sum() == pytest.approx(1, abs=1e-12)
        chances = tsallis_probabilities(drawn, rate)
        assert chances.sum() == pytest.approx(1, abs=1e-12)
        assert (chances[np.argsort(drawn)][:-1] >= chances[np.argsort(drawn)][1:]).all()


def newton_from(start: float, gaps: np.ndarray, rate: float, steps: int = 20) -> float:
    """Plain Newton steps on the sum of the probabilities, as a port of published code takes them; its error."""
    x = start
    for _ in range(steps):
        inverse = 1 / (rate * (gaps - x))
        x -= ((4 * inverse**2).sum() - 1) / (8 * rate * inverse**3).sum()
    return float(abs((4 / (rate * (gaps - x)) ** 2).sum() - 1))


def test_the_pitfall_start_does_not_reach_the_root_and_ours_does() -> None:
    rng = np.random.default_rng(0)
    found, rate = 500 + rng.exponential(300, size=20), 2 / sqrt(5000)
    assert not newton_from(-1.0, found, rate) < 1e-3, "left of the root the first step jumps over the pole"
    assert newton_from(found.min() - 2 / rate, found, rate) < 1e-9


def test_tsallis_inf_estimates_losses_over_probabilities_on_the_scale_of_their_mean() -> None:
    bandit = TsallisINF()
    bandit.start(2, Random(0))
    assert bandit.probabilities() == pytest.approx([0.5, 0.5])
    for pull, loss in ((Pull(0, 0.5), 11.0), (Pull(1, 0.25), 13.0), (Pull(1, 0.75), 15.0)):
        bandit.learn(pull, loss)
    expected = np.array([0.0, 2 / 0.25 + 4 / 0.75]) / 2  # the mean of 0, 2 and 4
    assert bandit.probabilities() == pytest.approx(tsallis_probabilities(expected, 2 / sqrt(4)))
    bandit.scale = "range"
    assert bandit.probabilities() == pytest.approx(tsallis_probabilities(expected / 2, 2 / sqrt(4)))


# --- Contexts --------------------------------------------------------------------------------------


def contextual_regret(bandit: Bandit, rounds: int = 1500) -> float:
    """The mean regret over the second half, where the best of three arms depends on the context."""
    rng = Random(5)
    bandit.start(3, Random(6))
    found = []
    for _ in range(rounds):
        x = rng.random()
        pull = bandit.choose((x,))
        truth = [abs(x - place) for place in (0.1, 0.5, 0.9)]
        bandit.learn(pull, 10 * truth[pull.arm] + rng.gauss(0, 0.5), (x,))
        found.append(truth[pull.arm] - min(truth))
    return mean(found[rounds // 2 :])


def test_bandits_that_know_the_context_lose_far_less_than_the_best_fixed_arm() -> None:
    fixed = mean(abs(x / 999 - 0.5) - min(abs(x / 999 - place) for place in (0.1, 0.5, 0.9)) for x in range(1000))
    assert contextual_regret(BinnedContexts(Thompson(), 0, 1)) < 0.35 * fixed
    assert contextual_regret(ChebCB(0, 1, terms=4)) < 0.6 * fixed
    assert contextual_regret(Thompson()) > 0.8 * fixed


def test_bins_learn_apart() -> None:
    bandit = BinnedContexts(UCB1(), -1.0, 1.0, bins=4)
    bandit.start(2, Random(0))
    assert [bandit.bin_of((x,)) for x in (-9.0, -1.0, -0.51, -0.5, 0.99, 1.0, 9.0)] == [0, 0, 0, 1, 3, 3, 3]
    bandit.learn(Pull(1), 4.0, (0.1,))
    assert [learner.pulls.tolist() for learner in bandit.learners] == [[0, 0], [0, 0], [0, 1], [0, 0]]


def test_bins_draw_apart() -> None:
    bandit = BinnedContexts(Exp3(), 0.0, 1.0, bins=2)
    bandit.start(20, Random(0))
    first, second = ([bandit.choose((x,)).arm for _ in range(20)] for x in (0.2, 0.8))
    assert first != second


def test_square_probabilities_are_those_of_the_paper() -> None:
    found = square_probabilities(np.array([0.3, 0.1, 0.2]), 100.0)
    assert found == pytest.approx([1 / (3 + 20), 1 - 1 / 23 - 1 / 13, 1 / (3 + 10)])
    assert square_probabilities(np.zeros(4), 1e9) == pytest.approx([0.25] * 4)


def test_chebyshev_features_are_the_polynomials() -> None:
    for x in (-1.0, -0.3, 0.0, 0.8, 1.0):
        expected = [np.polynomial.chebyshev.chebval(x, [0] * j + [1]) for j in range(6)]
        assert chebyshev_features(x, 6) == pytest.approx(expected)
    assert chebyshev_features(7.0, 3) == pytest.approx([1, 1, 1])


def test_boxed_least_squares_equal_those_of_a_library() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        matrix, wanted, bounds = rng.normal(size=(12, 4)), rng.normal(size=12) * 3, rng.random(4) + 0.05
        found = boxed_least_squares(matrix.T @ matrix, matrix.T @ wanted, bounds, np.zeros(4), sweeps=500)
        assert found == pytest.approx(lsq_linear(matrix, wanted, (-bounds, bounds)).x, abs=1e-5)


def test_cheb_cb_fits_a_polynomial_and_minds_a_new_lowest_loss() -> None:
    bandit = ChebCB(-2.0, 2.0, terms=3)
    bandit.start(2, Random(0))
    places = [-2.0, -1.0, 0.0, 0.5, 1.5, 2.0]
    for x in places * 30:  # the least loss, at 0.5, comes late
        bandit.learn(Pull(0, 1.0), 7 + x * x - x, (x,))
    assert bandit.losses.low == 6.75
    for x in (-1.5, 0.0, 1.0):
        assert bandit.predicted((x,))[0] == pytest.approx(0.25 + x * x - x, abs=0.02)
    true = [7 + x * x - x - 6.75 for x in places * 30]
    assert bandit.squares[0] == pytest.approx(sum(y * y for y in true))
    assert bandit.moment[0, 0] == pytest.approx(sum(true))


@pytest.mark.parametrize("bandit", [BinnedContexts(UCB1(), 0, 1), ChebCB(0, 1)])
def test_a_contextual_bandit_without_context_says_what_it_needs(bandit: Bandit) -> None:
    bandit.start(2, Random(0))
    with pytest.raises(ValueError, match="needs a context with a number: give the search features"):
        bandit.choose()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: UCB1(exploration=-1), "must not be negative"),
        (lambda: Thompson(noise=-1), "variance is not negative"),
        (lambda: BernoulliThompson(prior=(0, 1)), "both counts must be positive"),
        (lambda: Exp3(rate=0), "must be positive"),
        (lambda: TsallisINF("median"), "'mean' or 'range'"),  # type: ignore[arg-type]
        (lambda: BinnedContexts(UCB1(), 1, 1), "low < high"),
        (lambda: BinnedContexts(UCB1(), 0, 1, bins=0), "at least one bin"),
        (lambda: ChebCB(2, 1), "low < high"),
        (lambda: ChebCB(0, 1, terms=0), "and a term"),
        (lambda: BanditSearch(most=0), "needs an arm"),
        (lambda: BanditSearch(features=[[1.0]]), "give its path, given="),
    ],
)
def test_wrong_settings_are_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_the_loss_scale_follows_the_finite_losses() -> None:
    scale = LossScale()
    assert (scale.width, scale.learn(float("inf")), scale.scaled(3.0)) == (0.0, 0.0, 0.0)
    assert [scale.learn(loss) for loss in (4.0, 8.0, float("inf"), float("-inf"))] == [4, 8, 8, 4]
    assert (scale.scaled(5.0), scale.width) == (0.25, 4)


# --- The strategy ----------------------------------------------------------------------------------


def noisy(means: Sequence[float], seed: int = 0) -> Problem:
    rng = Random(seed)
    return Problem("arms", Choice(*range(len(means))), lambda arm: rng.gauss(means[arm], 1), noisy=True)


def test_a_study_pulls_the_best_arm_most() -> None:
    for make in (UCB1, Thompson, TsallisINF):
        study = Study(noisy(MEANS), BanditSearch(make()), seed=0).run(trials=600, progress=False)
        assert sum(trial.program == 4 for trial in study.trials) > 250
        assert study.trials[5].origin.keys() == {"arm", "probability"}


def test_arms_that_fail_or_violate_a_constraint_are_soon_left() -> None:
    def evaluate(arm: int) -> Outcome:
        if arm == 0:
            return Outcome(error="broken")
        return Outcome({"loss": 5.0 if arm == 2 else 1.0}, violations=[float(arm == 1)])

    problem = Problem("arms", Choice(0, 1, 2, 3), evaluate, noisy=True)
    for make in (UCB1, Thompson, TsallisINF, Exp3):
        study = Study(problem, BanditSearch(make()), seed=0).run(trials=400, progress=False)
        last = [trial.program for trial in study.trials[-200:]]
        assert last.count(3) > 100
        assert last.count(2) >= last.count(0)


def test_the_world_fills_the_given_hole_in_turn() -> None:
    systems = space({"day": Integer(2, 8, step=2), "tool": Choice("saw", "axe")})
    best = {2: "saw", 4: "axe", 6: "axe", 8: "saw"}

    def evaluate(value: dict[str, Any]) -> float:
        return float(value["tool"] != best[value["day"]])

    table = {day: [float(day % 4 == 0), float(day == 8)] for day in best}
    strategy = BanditSearch(BinnedContexts(Thompson(), 0, 10, bins=5), "day", lambda day: (float(day),))
    study = Study(Problem("days", systems, evaluate, noisy=True), strategy, seed=1).run(trials=200, progress=False)
    assert [trial.program["day"] for trial in study.trials[:6]] == [2, 4, 6, 8, 2, 4]
    assert sum(trial.loss for trial in study.trials[-100:]) < 10
    seen = Study(Problem("days", systems, evaluate, noisy=True), BanditSearch(Recorder(), "day", table), seed=1)
    seen.run(trials=5, progress=False)
    assert seen.strategy.bandit.contexts == [table[day] for day in (2, 4, 6, 8, 2)]  # type: ignore[attr-defined]
    assert seen.strategy.bandit.learned == seen.strategy.bandit.contexts  # type: ignore[attr-defined]


class Recorder(Bandit):
    """Remembers the contexts it is given."""

    def start(self, arms: int, rng: Random) -> None:
        self.contexts: list[Any] = []
        self.learned: list[Any] = []

    def choose(self, context: Sequence[float] = ()) -> Pull:
        self.contexts.append(context)
        return Pull(0)

    def learn(self, pull: Pull, loss: float, context: Sequence[float] = ()) -> None:
        self.learned.append(context)


@pytest.mark.parametrize(
    ("members", "options", "message"),
    [
        (Real(0, 1), {}, "more than the 1000 members that may be arms; RandomSearch or UCT would fit"),
        (Integer(1, 11), {"most": 10}, "more than the 10 members"),
        (space({"a": Choice(1, 2)}), {"given": "a"}, "no Integer hole 'a'"),
        (Integer(1, 3), {"given": "a"}, "no Integer hole 'a'"),
        (space({"a": (n := Shared(Integer(1, 3))), "b": [n, Choice(1, 2)]}), {"given": "a"}, "no Integer hole 'a'"),
    ],
)
def test_spaces_that_do_not_fit_are_refused(members: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(CannotAct, match=message):
        Study(Problem("space", members, lambda value: 0.0), BanditSearch(**options))


def test_several_objectives_are_refused() -> None:
    problem = Problem("two", Choice(1, 2), lambda x: {"a": x, "b": x}, objectives={"a": "minimize", "b": "minimize"})
    with pytest.raises(CannotAct, match="2 objectives, and a pull has one loss; NSGA2 would fit"):
        Study(problem, BanditSearch())
