"""Nested Monte Carlo search and nested rollout policy adaptation."""

import math
from random import Random
from statistics import median
from typing import Any

import numpy as np
import pytest

from inlay.search import CannotAct, Problem, RandomSearch, Strategy, Study, Trial
from inlay.search.nested_monte_carlo import NestedMonteCarlo
from inlay.search.partial_programs import Completion, answers, decided_by, next_question
from inlay.search.rollout_policy_adaptation import (
    Coded,
    CodedMask,
    NestedRolloutPolicyAdaptation,
    Play,
    Recall,
    SoftmaxPolicy,
)
from inlay.search.rollouts import GibbsRollout, RandomRollout
from inlay.search.tree import Scale
from inlay.spaces import Choice, Integer, Mask, Permutation, Real, Space, Unsatisfied, space

BITS = space([Choice(0, 1) for _ in range(24)])


def best(strategy: Strategy, seed: int, trials: int = 400) -> float:
    problem = Problem("bits", BITS, lambda bits: float(sum(bits)))
    return Study(problem, strategy, seed=seed).run(trials=trials, progress=False).best.loss


def finished(program: Any, loss: float, origin: Any = None, foreign: bool = False) -> Trial:
    trial = Trial(0, program, origin)
    trial.state, trial.losses, trial.foreign = "done", (loss,), foreign
    return trial


def started(strategy: Any, of: Space, seed: int = 0) -> Any:
    strategy.start(of, Random(seed), {"loss": "minimize"})
    return strategy


def random_rollout(seed: int = 0) -> RandomRollout:
    rollout = RandomRollout()
    rollout.start(Random(seed), Scale())
    return rollout


# --- Partial programs ------------------------------------------------------------------------------


def test_the_next_question_follows_from_the_prefix() -> None:
    tree = Choice({"k": Integer(1, 7)}, {"l": Choice("a", "b"), "m": Real(0, 2)})
    options = [next_question(tree, prefix) for prefix in ((), (0,), (1,), (1, 0), (1, 0, 1.0))]
    assert [found and (found.question.options, found.question.high) for found in options] == [
        (2, 0.0), (7, 0.0), (2, 0.0), (None, 2.0), None]  # fmt: skip


def test_a_prefix_that_a_constraint_refuses_is_refused_at_once() -> None:
    asked = []
    pairs = space({"a": Integer(0, 3), "b": Integer(0, 3)}).where(lambda p: asked.append(p) or p["a"] < p["b"])
    with pytest.raises(Unsatisfied):
        pairs.decide(Completion((2, 1), random_rollout()))
    assert len(asked) == 1
    assert pairs.decide(Completion((2,), random_rollout()))["b"] == 3


def test_few_answers_are_listed_and_many_are_drawn() -> None:
    def found(of: Space, most: int) -> tuple[list[Any], bool]:
        opened = next_question(of, ())
        assert opened is not None
        return answers(opened, most, random_rollout(), Random(0))

    assert found(Integer(0, 9), 10) == (list(range(10)), True)
    drawn, whole = found(Integer(0, 9), 5)
    assert not whole
    assert len(drawn) == len(set(drawn)) <= 5
    assert [round(math.exp(d)) for d in found(Integer(1, 9, log=True), 9)[0]] == list(range(1, 10))
    assert len(found(Real(0, 1), 6)[0]) == 6


def test_the_decisions_of_a_member_lead_back_to_it_also_through_masks() -> None:
    net = space(
        {"mask": Mask((2, 3), ones=2), "free": Mask(4), "order": Permutation("abcd"), "x": Real(1, 9, log=True)}
    )
    for seed in range(20):
        member = net.sample(Random(seed))
        decisions = [decision for _, decision in decided_by(net, member)]
        assert net.key(net.decide(Completion(decisions, random_rollout()))) == net.key(member)


# --- Nested Monte Carlo search -----------------------------------------------------------------------


def test_a_step_tries_every_answer_and_follows_the_best_sequence() -> None:
    """Two playouts for each of two answers, from the first decision to the last; the best sequence is never left."""
    four = space([Choice(0, 1) for _ in range(4)])
    strategy = started(NestedMonteCarlo(playouts=2), four)
    best_so_far: Any = None
    for step in range(4):
        batch = strategy.ask(100)
        assert [p.value[step] for p in batch] == [0, 0, 1, 1]
        if best_so_far is not None:
            assert all(p.value.args[:step] == best_so_far.args[:step] for p in batch)
        assert strategy.ask(5) == []
        losses = [abs(int("".join(map(str, p.value.args)), 2) - 9) for p in batch]
        known = [*zip(losses, batch, strict=True)]
        if best_so_far is not None:
            known = [(value_of(best_so_far), None), *known]
        _, chosen = min(known, key=lambda pair: pair[0])
        best_so_far = best_so_far if chosen is None else chosen.value
        strategy.tell([finished(p.value, loss, p.origin) for loss, p in zip(losses, batch, strict=True)][::-1])
    assert {p.value[0] for p in strategy.ask(4)} == {0, 1}, "it begins again"


def value_of(program: Any) -> float:
    return abs(int("".join(map(str, program.args)), 2) - 9)


def test_a_level_above_runs_the_level_below_for_every_answer() -> None:
    three = space([Choice(0, 1) for _ in range(3)])
    strategy = started(NestedMonteCarlo(level=2), three)
    first = []
    for _ in range(4 + 4):  # below each first answer: two steps of two playouts
        for proposal in strategy.ask(1):
            first.append(proposal.value[0])
            strategy.tell([finished(proposal.value, 1.0, proposal.origin)])
    assert first == [0] * 4 + [1] * 4


def test_beats_random_search() -> None:
    random = median(best(RandomSearch(), seed) for seed in range(5))
    assert median(best(NestedMonteCarlo(), seed) for seed in range(5)) <= random - 1
    assert median(best(NestedMonteCarlo(level=2), seed) for seed in range(5)) <= random - 1
    assert median(best(NestedMonteCarlo(rollout=GibbsRollout()), seed) for seed in range(5)) <= random / 3


@pytest.mark.parametrize("bad", [{"level": 0}, {"playouts": 0}, {"branching": 0}])
def test_settings_of_nested_search_that_cannot_work(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="each must be at least 1"):
        NestedMonteCarlo(**bad)


def test_masks_that_are_too_large_are_refused() -> None:
    with pytest.raises(CannotAct, match="one by one; UCT, HillClimb would fit"):
        started(NestedMonteCarlo(), Mask((50, 50)))


def test_failures_lead_nowhere_and_stop_nothing() -> None:
    def evaluate(bits: list[int]) -> float:
        if bits[0] == 0:
            raise ArithmeticError
        return float(sum(bits))

    study = Study(Problem("half", BITS, evaluate), NestedMonteCarlo(), seed=0).run(trials=48, progress=False)
    assert all(trial.program[0] == 1 for trial in study.trials[2:48])


def test_where_all_fail_the_way_is_chosen_at_random() -> None:
    ways = set()
    for seed in range(10):
        strategy = started(NestedMonteCarlo(), BITS, seed)
        for proposal in strategy.ask(2):
            trial = Trial(0, proposal.value, proposal.origin)
            trial.state = "failed"
            strategy.tell([trial])
        ways |= {proposal.value[0] for proposal in strategy.ask(2)}
    assert ways == {0, 1}


# --- Nested rollout policy adaptation ------------------------------------------------------------------


def test_the_policy_adapts_as_the_formula_says() -> None:
    """Preferences 1, 0, -1 and rate 0.5: the code of the sequence gains 0.5, all lose 0.5 times their chance."""
    key = (Choice("a", "b", "c"), 0), 3
    policy = SoftmaxPolicy({key: [1.0, 0.0, -1.0]})
    total = math.e + 1 + 1 / math.e
    policy.adapt([Coded(key, 1)], 0.5)
    expected = [1 - 0.5 * math.e / total, 0.5 - 0.5 / total, -1 - 0.5 / math.e / total]
    assert policy.preferences[key] == pytest.approx(expected)


def test_weights_count_as_a_bias_of_the_policy() -> None:
    key = (Choice("a", "b", weights=[3, 1]), 0), 2
    policy = SoftmaxPolicy({key: [0.0, math.log(6)]})
    assert [c / sum(policy.chances(key, (3, 1))) for c in policy.chances(key, (3, 1))] == pytest.approx([1 / 3, 2 / 3])
    policy.adapt([Coded(key, 0, (3, 1))], 1.0)
    assert policy.preferences[key] == pytest.approx([1 - 1 / 3, math.log(6) - 2 / 3])


def test_a_bit_of_a_mask_adapts_like_a_choice_of_two() -> None:
    mask, choice = Mask(3), Choice(0, 1)
    policy = SoftmaxPolicy()
    for bits in ([True, False, True], [True, True, False]):
        policy.adapt([CodedMask(((mask, 0), 3), np.array(bits))], 0.7)
        policy.adapt([Coded(((choice, i), 2), int(bit)) for i, bit in enumerate(bits)], 0.7)
    by_choice = [policy.preferences[(choice, i), 2] for i in range(3)]
    assert policy.preferences[(mask, 0), 3] == pytest.approx([p[1] - p[0] for p in by_choice])


def test_a_copy_adapts_on_its_own() -> None:
    key = (Choice(0, 1), 0), 2
    policy = SoftmaxPolicy({key: [0.5, 0.0]})
    other = policy.copy()
    other.adapt([Coded(key, 1)], 1.0)
    assert policy.preferences[key] == [0.5, 0.0]
    assert other.preferences[key] != [0.5, 0.0]


def test_playouts_follow_the_policy() -> None:
    coin = Choice(0, 1)
    policy = SoftmaxPolicy({((coin, 0), 2): [0.0, math.log(4)]})
    rng = Random(0)
    assert sum(coin.decide(Play(policy, 16, rng)) for _ in range(4000)) / 4000 == pytest.approx(0.8, abs=0.02)
    mask = Mask(400, ones=100)
    policy = SoftmaxPolicy({((mask, 0), 400): np.array([9.0] * 100 + [-9.0] * 300)})
    drawn = mask.decide(Play(policy, 16, rng))
    assert drawn.sum() == 100
    assert drawn[:100].sum() >= 95


def test_the_codes_of_a_known_member_are_those_that_made_it() -> None:
    net = space({
        "c": Choice("a", "b", "c"), "n": Integer(0, 99), "big": Integer(0, 10**20), "x": Real(0, 1),
        "l": Real(1e-3, 1, log=True), "m": Mask(5), "o": Permutation("abc"), "w": Choice(1, 2, weights=[1, 3]),
    })  # fmt: skip
    for seed in range(50):
        play = Play(SoftmaxPolicy(), 7, Random(seed))
        member = net.decide(play)
        recall = Recall(net.trace(member), 7, Random(0))
        net.decide(recall)
        for made, known in zip(play.sequence, recall.sequence, strict=True):
            assert made.key == known.key
            assert np.array_equal(made[1], known[1])


def test_every_level_adapts_to_the_best_sequence_below() -> None:
    """Level 1 runs twice for one iteration of level 2; then it takes over the policy of level 2."""
    coin = Choice(0, 1)
    strategy = started(NestedRolloutPolicyAdaptation(level=2, iterations=2), coin, seed=1)
    first, second = strategy.ask(5)
    assert first.value != second.value
    assert strategy.ask(5) == []
    strategy.tell([finished(first.value, 5.0, first.origin)])
    strategy.tell([finished(second.value, 5.0, second.origin)])  # as good: the later one counts
    top = strategy.runs[1]
    expected = [-0.5, -0.5]
    expected[second.value] += 1.0
    assert top.policy.preferences[(coin, 0), 2] == pytest.approx(expected)
    assert strategy.runs[0].policy.preferences == top.policy.preferences
    assert (strategy.runs[0].done, top.done, len(strategy.ask(9))) == (0, 1, 2)


def test_a_foreign_success_is_the_best_sequence_of_the_top() -> None:
    strategy = started(NestedRolloutPolicyAdaptation(level=2, iterations=3), BITS)
    zeros = space([0] * 24)
    strategy.tell([finished(zeros, 0.0, foreign=True)])
    for _ in range(2 * 3):
        for p in strategy.ask(1):
            strategy.tell([finished(p.value, float(sum(p.value.args)), p.origin)])
    assert all(preference[0] > 0 for preference in strategy.runs[1].policy.preferences.values())


def test_adaptation_beats_random_search() -> None:
    random = median(best(RandomSearch(), seed) for seed in range(3))
    assert median(best(NestedRolloutPolicyAdaptation(), seed) for seed in range(3)) <= random / 3


@pytest.mark.parametrize("bad", [{"level": 0}, {"iterations": 0}, {"bins": 0}, {"rate": 0.0}, {"rate": math.nan}])
def test_settings_of_adaptation_that_cannot_work(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="level, iterations and bins must be at least 1, and the rate positive"):
        NestedRolloutPolicyAdaptation(**bad)
