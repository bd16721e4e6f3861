"""Double Q-learning along decisions: its tables by hand, its choices, and a tree search that decides for good."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from inlay.search import Problem, Study, Trial
from inlay.search.double_q import Answers, DoubleQ, DoubleTables, inverse_loss
from inlay.search.progressive_widening import ProgressiveWidening
from inlay.search.tree import Node, Scale
from inlay.search.tree_policies import UpperConfidence, best_grade, mean_grade
from inlay.search.tree_search import MonteCarloTreeSearch
from inlay.spaces import Choice, Mask, Real, space


class Coin(Random):
    """Falls as it is told."""

    def __init__(self, *sides: int) -> None:
        super().__init__(0)
        self.sides = list(sides)

    def random(self) -> float:
        return self.sides.pop(0) / 2


def told(loss: float | None, violation: float = 0.0) -> Trial:
    trial = Trial(0, None)
    trial.state, trial.losses = ("failed", ()) if loss is None else ("done", (loss,))
    trial.violations = [violation]
    return trial


# --- Tables ----------------------------------------------------------------------------------------


def test_a_bandit_of_two_steps_is_learned_in_2000_updates() -> None:
    rng, tables = Random(0), DoubleTables(Answers())
    for _ in range(2000):
        first, second = int(rng.random() * 2), int(rng.random() * 2)
        tables.learn([first, second], float(first and second), rng)
    assert tables.root.total(1) > tables.root.total(0)
    assert tables.root.below[1].total(1) > tables.root.below[1].total(0)


def test_each_table_learns_what_the_other_says_of_the_next_answer() -> None:
    tables = DoubleTables(Answers(), rate=0.5, discount=0.9, step=-0.1)
    tables.learn(["a", "b"], 1.0, Coin(0, 1))  # the last answer first
    assert tables.root.below["a"].values == {"b": [0.5, 0.0]}
    assert tables.root.values["a"] == [0.0, pytest.approx(0.5 * (-0.1 + 0.9 * 0.5))]
    tables.learn(["a", "c"], 0.0, Coin(0, 0))  # the other table has seen nothing good yet
    assert tables.root.values["a"][0] == pytest.approx(0.5 * -0.1)


def test_what_is_earned_falls_with_the_loss_everywhere() -> None:
    losses = [-1e9, -3.0, -1.0, -0.5, 0.0, 0.5, 3.0, 1e9, math.inf]
    earned = [inverse_loss(loss) for loss in losses]
    assert earned == sorted(earned, reverse=True)
    assert 0 <= min(earned) < max(earned) <= 2


# --- Choices ---------------------------------------------------------------------------------------


def node_of(visits: list[int], options: int) -> Node:
    node = Node()
    node.ask(options, closes=True)
    for answer, n in enumerate(visits):
        node.add_child(answer).visits = n
    return node


def started(**settings: Any) -> DoubleQ:
    policy = DoubleQ(**settings)
    policy.start(Random(3))
    return policy


def chosen(policy: DoubleQ, node: Node, room: bool, n: int = 4000) -> Counter[Any]:
    found = (policy(node, room, mean_grade, Scale()) for _ in range(n))
    return Counter(None if child is None else child.decision for child in found)


def test_answers_given_rarely_come_first_by_chance() -> None:
    counts = chosen(started(few=10), node_of([9, 10, 3], options=5), room=True)
    assert set(counts) == {0, 2, None}
    assert counts[None] == pytest.approx(2000, abs=150)  # two answers were never given
    assert counts[0] == pytest.approx(1000, abs=120)
    assert set(chosen(started(few=10), node_of([9, 10, 3], options=3), room=False)) == {0, 2}


def test_then_the_tables_are_followed_with_the_probability_greedy() -> None:
    policy, node = started(greedy=0.6, temperature=0.5), node_of([10, 10, 10], options=3)
    node.learned = Answers()
    node.learned.values = {0: [0.2, 0.3], 1: [0.0, 1.0]}
    powers = [math.exp(total / 0.5) for total in (0.5, 1.0, 0.0)]
    counts = chosen(policy, node, room=False, n=20_000)
    for answer, power in enumerate(powers):
        share = 0.6 * power / sum(powers) + 0.4 / 3
        assert counts[answer] / 20_000 == pytest.approx(share, abs=0.015)


def test_nothing_is_chosen_where_all_is_explored() -> None:
    assert chosen(started(), node_of([], options=2), room=False) == {None: 4000}


def test_failures_and_violations_earn_nothing_and_ranks_may_count() -> None:
    policy, ranked = started(), started(ranks=True)
    assert [policy._reward(trial) for trial in (told(None), told(-5.0, 1.0), told(1.0))] == [0, 0, 0.5]
    assert [ranked._reward(told(loss)) for loss in (5.0, 9.0, 1e-9)] == [1, pytest.approx(0.7), 1]


def test_tables_are_carried_over_to_so_many_searches() -> None:
    policies = [started(runs=2) for _ in range(4)]
    for former, policy in pairwise(policies):
        policy.carry_on(former)
    assert policies[1].tables is policies[0].tables
    assert policies[2].tables is not policies[1].tables
    assert policies[3].tables is policies[2].tables


@pytest.mark.parametrize("settings", [{"rate": 0}, {"greedy": 1.1}, {"few": 0}, {"temperature": 0}, {"runs": 0}])
def test_settings_are_checked(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="DoubleQ"):
        DoubleQ(**settings)  # type: ignore[arg-type]


def test_the_good_arm_is_pulled_more_often_in_a_tree() -> None:
    pair = space([Choice(0, 1), Choice(0, 1)])
    strategy = MonteCarloTreeSearch(DoubleQ(rate=0.05, greedy=1.0, few=2, temperature=0.1))
    problem = Problem("bandit", pair, lambda value: 1.0 - value[0], noisy=True)
    study = Study(problem, strategy, seed=0).run(trials=400, progress=False)
    last = [trial.program[0] for trial in study.trials[-100:]]
    assert sum(last) > 80


# --- A search that decides for good -----------------------------------------------------------------


def committing(commit: int, **settings: Any) -> MonteCarloTreeSearch:
    return MonteCarloTreeSearch(UpperConfidence(0.3), best_grade, commit=commit, **settings)


def test_after_so_many_trials_the_best_answer_is_taken_for_good() -> None:
    digits = space([Choice(*range(6))] * 6)
    study = Study(Problem("digits", digits, sum), committing(12), seed=0).run(trials=1000, progress=False)
    assert study.stop_reason == "exhausted"
    members = [trial.program.args for trial in study.trials]

    def best(known: list[Any], prefix: Any) -> float:
        return min(sum(member) for member in known if member[: len(prefix)] == prefix)

    for depth in (1, 2, 3):
        known, prefix = members[: 12 * depth], members[12 * depth][:depth]
        assert all(member[:depth] == prefix for member in members[12 * depth :])
        assert best(known, prefix) == best(known, prefix[:-1])


def test_no_more_is_asked_than_comes_before_a_decision() -> None:
    study = Study(Problem("digits", space([Choice(*range(9))] * 4), sum), committing(5), seed=0)
    asked = study.ask(20)
    assert len(asked) == 5
    assert study.ask(20) == []
    for trial in asked:
        study.tell(trial, 1.0)
    assert len(study.ask(20)) == 5


@pytest.mark.parametrize(
    ("members", "noisy"),
    [
        (space([Choice(0, 1), Choice(0, 1)]), False),
        (space([Choice(0, 1), Choice(0, 1)]), True),
        (space([Real(0, 1), Real(0, 1)]), False),
        (Mask(600, ones=3), False),
        (Choice("only"), True),
    ],
)
def test_it_ends_when_nothing_is_left_to_decide(members: Any, noisy: bool) -> None:
    strategy = committing(3, widening=ProgressiveWidening(above=8), deepest_mask=8)
    study = Study(Problem("small", members, lambda value: 1.0, noisy=noisy), strategy, seed=0)
    study.run(trials=200, progress=False)
    assert study.stop_reason == "exhausted"


def test_at_least_one_trial_comes_before_a_decision() -> None:
    with pytest.raises(ValueError, match="commit=0"):
        committing(0)
