"""Portfolio: several strategies, a bandit among them, and what they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from inlay.search import (
    CannotAct,
    Exhaustive,
    GeneticAlgorithm,
    HillClimb,
    Problem,
    Proposal,
    RandomSearch,
    Strategy,
    Study,
    Trial,
)
from inlay.search.adaptive_pursuit import AdaptivePursuit
from inlay.search.bandits import Bandit, Pull
from inlay.search.portfolio import Portfolio, Ranks
from inlay.spaces import Choice, Integer, Real, Space, space

BITS = space([Choice(0, 1) for _ in range(40)])


@dataclass
class InTurn(Bandit):
    """Pulls one arm after the other, and keeps what it learns."""

    def start(self, arms: int, rng: Random) -> None:
        self.arms, self.pulls = arms, 0
        self.learned: list[tuple[Pull, float]] = []

    def choose(self, context: Sequence[float] = ()) -> Pull:
        self.pulls += 1
        return Pull((self.pulls - 1) % self.arms, 0.25)

    def learn(self, pull: Pull, loss: float, context: Sequence[float] = ()) -> None:
        self.learned.append((pull, loss))


@dataclass
class Listener(Strategy):
    """Draws at random, and keeps what it was told."""

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space, self.rng = space, rng
        self.heard: list[tuple[int, Any, bool]] = []

    def ask(self, n: int) -> Sequence[Proposal]:
        return [Proposal(self.space.sample(self.rng), "mine") for _ in range(n)]

    def tell(self, trials: Sequence[Trial]) -> None:
        self.heard += [(t.number, t.origin, t.foreign) for t in trials]


def study_of(
    strategy: Strategy, evaluate: Callable[[Any], Any] = sum, space: Any = BITS, seed: int = 0, **options: Any
) -> Study:
    return Study(Problem("p", space, evaluate, **options), strategy, seed=seed)


def told(number: int, loss: float | None) -> Trial:
    trial = Trial(number, number)
    trial.state, trial.losses = ("failed", ()) if loss is None else ("done", (loss,))
    return trial


# --- Which strategy --------------------------------------------------------------------------------


def test_the_bandit_chooses_and_learns_of_the_arm_that_proposed() -> None:
    study = study_of(Portfolio([RandomSearch(), HillClimb(), Listener()], InTurn()))
    study.run(trials=9, progress=False)
    assert [t.origin[:2] for t in study.trials] == [[i % 3, 0.25] for i in range(9)]
    assert study.trials[2].origin == [2, 0.25, "mine"]
    assert isinstance(study.strategy, Portfolio)
    bandit: Any = study.strategy.chooser
    assert [pull for pull, _ in bandit.learned] == [Pull(i % 3, 0.25) for i in range(9)]


def test_a_strategy_without_a_proposal_is_passed_over() -> None:
    study = study_of(Portfolio([GeneticAlgorithm(3), RandomSearch()], InTurn()))
    asked = study.ask(12)
    assert [t.origin[0] for t in asked] == [0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1]
    assert [t.origin[1] for t in asked] == [0.25] * 6 + [1.0, 0.25] * 3
    alone = study_of(Portfolio([GeneticAlgorithm(3), GeneticAlgorithm(2)]))
    assert len(alone.ask(20)) == 5
    assert alone.ask(20) == []
    ended = study_of(Portfolio([Exhaustive(), Exhaustive()]), float, Integer(0, 3)).run(trials=99, progress=False)
    assert (ended.stop_reason, len(ended.trials)) == ("exhausted", 8)


def test_the_better_strategy_gets_most_of_the_trials() -> None:
    for arms in ([RandomSearch(), HillClimb()], [HillClimb(), RandomSearch()]):
        pulls: Counter[int] = Counter()
        for seed in range(5):
            study = study_of(Portfolio(arms, share=False), seed=seed).run(trials=120, progress=False)
            pulls += Counter(t.origin[0] for t in study.trials)
        climb = next(i for i, arm in enumerate(arms) if isinstance(arm, HillClimb))
        assert pulls[climb] > 0.65 * pulls.total()


def test_trust_moves_on_when_another_strategy_becomes_the_better_one() -> None:
    bandit = AdaptivePursuit()
    bandit.start(3, Random(0))
    for best in (0, 2, 1):
        pulls: Counter[int] = Counter()
        for i in range(200):
            pull = bandit.choose()
            pulls[pull.arm] += i >= 100
            bandit.learn(pull, float(pull.arm != best))
        assert pulls[best] > 70
        assert sum(bandit.shares) == pytest.approx(1.0)
        assert min(bandit.shares) > 0.06


def test_pursuit_follows_its_formulas() -> None:
    bandit = AdaptivePursuit(memory=0.25, pursuit=0.5, floor=0.3)
    bandit.start(3, Random(0))
    bandit.learn(Pull(0), 1.0)
    bandit.learn(Pull(0), 0.0)
    bandit.learn(Pull(1), 0.4)
    assert bandit.losses == pytest.approx([0.25 - 0.25 * 0.25, 0.1, 0.0])
    shares = [1 / 3] * 3
    for best in (1, 1, 2):  # of equal means the first counts
        shares = [p + 0.5 * ((0.8 if i == best else 0.1) - p) for i, p in enumerate(shares)]
    assert bandit.shares == pytest.approx(shares)


# --- Rewards ---------------------------------------------------------------------------------------


def test_rewards_are_decayed_ranks() -> None:
    ranks = Ranks(window=3, decay=0.5)
    rewards = [1 - ranks.loss(told(i, loss)) for i, loss in enumerate([9.0, 5.0, 7.0, 7.0, 5.0, None, 1.0])]
    # ranks:    none, best, one below, 5 and 7 before it, equal to 5 and then 7s, failed, best
    assert rewards == [1.0, 1.0, 0.5, 0.25, 0.5, 0.0, 1.0]


def test_rewards_do_not_depend_on_the_scale_of_losses() -> None:
    rng = Random(1)
    losses = [rng.random() for _ in range(40)]
    plain, scaled = Ranks(20, 0.7), Ranks(20, 0.7)
    assert [plain.loss(told(i, x)) for i, x in enumerate(losses)] == [
        scaled.loss(told(i, 1e12 * x**3 - 5)) for i, x in enumerate(losses)
    ]


# --- What is shared --------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [True, False])
def test_every_strategy_is_told_the_trials_of_the_others_as_foreign_ones_or_not(share: bool) -> None:
    study = study_of(Portfolio([Listener(), Listener()], InTurn(), share=share)).run(trials=4, progress=False)
    study.tell([0] * 40, loss=1.0)
    assert isinstance(study.strategy, Portfolio)
    first, second = (arm.strategy.heard for arm in study.strategy.arms)
    if share:
        assert first == [(0, "mine", False), (1, None, True), (2, "mine", False), (3, None, True), (4, None, True)]
        assert second == [(0, None, True), (1, "mine", False), (2, None, True), (3, "mine", False), (4, None, True)]
    else:
        assert first == [(0, "mine", False), (2, "mine", False), (4, None, True)]
        assert second == [(1, "mine", False), (3, "mine", False), (4, None, True)]


# --- Who cannot act --------------------------------------------------------------------------------


def test_a_strategy_that_cannot_act_is_left_out() -> None:
    study = study_of(Portfolio([Exhaustive(), RandomSearch()]), float, Real(0, 1)).run(trials=9, progress=False)
    assert {t.origin[0] for t in study.trials} == {0}
    with_it, without = (
        study_of(Portfolio(arms), float, Real(0, 1)).run(trials=9, progress=False)
        for arms in ([RandomSearch(), Exhaustive()], [RandomSearch()])
    )
    assert len(with_it.trials) == len(without.trials) == 9


def test_where_none_can_act_every_reason_is_given() -> None:
    with pytest.raises(CannotAct, match=r"none of its strategies can: Exhaustive: .*continuous hole.*; Exhaustive: "):
        study_of(Portfolio([Exhaustive(), Exhaustive()]), float, Real(0, 1))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Portfolio([]),
        lambda: Portfolio([RandomSearch()], window=0),
        lambda: Portfolio([RandomSearch()], decay=1.0),
        lambda: AdaptivePursuit(memory=0),
        lambda: AdaptivePursuit(floor=1.5),
        lambda: AdaptivePursuit().start(0, Random(0)),
    ],
)
def test_settings_that_make_no_sense_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"at least one|must"):
        make()
