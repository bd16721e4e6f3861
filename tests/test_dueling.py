"""Dueling bandits: worked examples of the bounds, and the regret of the two algorithms."""

from collections.abc import Callable
from math import exp, log, sqrt
from random import Random

import numpy as np
import pytest

from inlay.search.dueling import DoubleThompson, Duel, DuelingBandit, RelativeUCB, Wins

BANDITS: dict[str, Callable[[], DuelingBandit]] = {"relative UCB": RelativeUCB, "double Thompson": DoubleThompson}


def utilities(seed: int, arms: int = 8) -> list[float]:
    """Arm 3 is the best by a clear margin."""
    rng = Random(seed)
    drawn = [rng.gauss(0, 1) for _ in range(arms)]
    drawn[3] = max(drawn) + 0.5
    return drawn


def regrets(bandit: DuelingBandit, seed: int, rounds: int) -> list[float]:
    """Bradley-Terry duels; the regret of a pair is the mean probability to lose against the best, less 1/2."""
    worth, rng = utilities(seed), Random(seed + 1)
    bandit.start(len(worth), Random(seed))

    def beats(i: int, j: int) -> float:
        return 1 / (1 + exp(worth[j] - worth[i]))

    found = []
    for _ in range(rounds):
        duel = bandit.choose()
        bandit.learn(duel, duel.first if rng.random() < beats(*duel) else duel.second)
        found.append((beats(3, duel.first) + beats(3, duel.second) - 1) / 2)
    return found


def regret_of_chance(seed: int) -> float:
    """That of a pair drawn evenly, each round."""
    worth = utilities(seed)
    return float(np.mean([1 / (1 + exp(other - worth[3])) - 0.5 for other in worth]))


@pytest.mark.parametrize("name", list(BANDITS))
def test_each_finds_the_best_arm_at_far_less_regret_than_pairs_drawn_evenly(name: str) -> None:
    shares = []
    for seed in range(3):
        bandit = BANDITS[name]()
        found = regrets(bandit, seed, 1200)
        shares.append(sum(found) / 1200 / regret_of_chance(seed))
        assert sum(found[600:]) / 600 < 0.15 * regret_of_chance(seed)
        assert bandit.wins.best == 3  # type: ignore[attr-defined]
    assert np.mean(shares) < 0.35


def test_the_bounds_are_those_of_the_paper() -> None:
    wins = Wins(3)
    for winner in (0, 0, 1):
        wins.learn(Duel(0, 1), winner)
    wins.learn(Duel(2, 2), 2)
    lower, upper = wins.bounds(0.6)
    radius = sqrt(0.6 * log(5) / 3)
    assert lower[0, 1] == pytest.approx(2 / 3 - radius)
    assert upper[1, 0] == pytest.approx(1 / 3 + radius)
    assert (lower[0, 2], upper[0, 2], lower[2, 2], upper[2, 2]) == (0, 1, 0.5, 0.5)


def test_draws_are_half_a_victory_and_an_arm_learns_nothing_from_itself() -> None:
    wins = Wins(2)
    wins.learn(Duel(1, 0), None)
    wins.learn(Duel(1, 1), 1)
    assert wins.counts.tolist() == [[0, 0.5], [0.5, 0]]
    assert wins.rounds == 2


def test_relative_ucb_holds_the_only_arm_that_may_beat_all_others() -> None:
    bandit = RelativeUCB()
    bandit.start(3, Random(0))
    for _ in range(200):
        bandit.learn(Duel(0, 1), 0)
    pairs = [bandit.choose() for _ in range(50)]
    assert {duel.first for duel in pairs} == {0, 2}, "arm 1 is beaten, of 2 nothing is known"
    assert bandit.held is None
    for _ in range(200):
        bandit.learn(Duel(0, 2), 0)
    assert {bandit.choose() for _ in range(20)} == {Duel(0, 0)}
    assert bandit.held == 0


def test_double_thompson_never_pits_the_best_against_one_that_surely_loses() -> None:
    bandit = DoubleThompson()
    bandit.start(3, Random(0))
    for _ in range(200):
        bandit.learn(Duel(0, 1), 0)
    pairs = [bandit.choose() for _ in range(50)]
    assert all(set(pair) != {0, 1} for pair in pairs)
    assert any(2 in pair for pair in pairs)


def test_copeland_counts_victories_over_arms_not_duels() -> None:
    wins = Wins(3)
    for _ in range(50):
        wins.learn(Duel(0, 1), 0)
    for loser in (0, 1):
        wins.learn(Duel(2, loser), 2)
    assert wins.best == 2


@pytest.mark.parametrize("name", list(BANDITS))
def test_one_arm_and_several_choices_before_an_answer_are_legal(name: str) -> None:
    bandit = BANDITS[name]()
    bandit.start(1, Random(0))
    assert bandit.choose() == Duel(0, 0)
    bandit.start(4, Random(0))
    pairs = [bandit.choose() for _ in range(30)]
    assert all(0 <= arm < 4 for pair in pairs for arm in pair)
    bandit.start(4, Random(0))
    assert [bandit.choose() for _ in range(30)] == pairs


@pytest.mark.parametrize("name", list(BANDITS))
def test_bad_input_is_refused(name: str) -> None:
    bandit = BANDITS[name]()
    with pytest.raises(ValueError, match="at least one arm"):
        bandit.start(0, Random(0))
    with pytest.raises(ValueError, match=r"alpha=0.*must be positive"):
        type(bandit)(alpha=0)  # type: ignore[call-arg]
    bandit.start(3, Random(0))
    with pytest.raises(ValueError, match="arm 2 did not take part"):
        bandit.learn(Duel(0, 1), 2)
