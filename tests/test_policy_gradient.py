"""Policy gradient: advantages, scores and steps by hand, and the policy that comes of them."""

import math
from collections import Counter
from random import Random
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from inlay.search import Outcome, Problem, Study, Trial
from inlay.search.distribution_search import DistributionSearch
from inlay.search.policy_gradient import (
    Adam,
    Bell,
    DecisionPolicy,
    Entries,
    NaturalStep,
    PolicyGradient,
    Softmax,
    leave_one_out,
    rank_returns,
)
from inlay.spaces import Choice, Integer, Mask, Permutation, Real, Space, Subset, space


def told(number: int, loss: float, violation: float = 0.0) -> Trial:
    trial = Trial(number, number)
    trial.state, trial.losses, trial.violations = "done", (loss,), (violation,)
    return trial


def follow(state: dict[str, Any], gradient: Any, information: Any) -> Any:
    """Plain ascent: the gradient as it is."""
    return gradient


# --- Advantages ------------------------------------------------------------------------------------


def test_the_baseline_of_each_is_the_mean_of_the_others() -> None:
    returns = [4.0, -1.0, 2.5, 0.5]
    for k, advantage in enumerate(leave_one_out(returns)):
        assert advantage == pytest.approx(returns[k] - fmean(returns[:k] + returns[k + 1 :]))
    assert leave_one_out([7.0]) == [0.0]


def test_ranks_fall_from_one_to_minus_one_and_equals_share_theirs() -> None:
    assert rank_returns([told(i, loss) for i, loss in enumerate([1.0, 2.0, 50.0])]) == [1.0, 0.0, -1.0]
    tied = [told(0, 1.0), told(1, 2.0), told(2, 2.0), told(3, 1.0, violation=2.0)]
    assert rank_returns(tied) == pytest.approx([1.0, 0.0, 0.0, -1.0])
    assert rank_returns([told(i, 3.0) for i in range(4)]) == pytest.approx([0.0] * 4)


# --- Scores ----------------------------------------------------------------------------------------


def numerical(log_share: Any, theta: np.ndarray) -> list[float]:
    """The gradient of a function by central differences."""
    found = []
    for i in range(len(theta)):
        up, down = theta.copy(), theta.copy()
        up[i], down[i] = up[i] + 1e-6, down[i] - 1e-6
        found.append((log_share(up) - log_share(down)) / 2e-6)
    return found


@pytest.mark.parametrize(
    ("weights", "allowed", "chosen"),
    [(None, None, 2), ([1.0, 5.0, 2.0, 1.0], None, 1), (None, [0, 3], 1), ([1.0, 2.0], [1, 2], 0)],
)
def test_the_score_of_a_choice_is_the_gradient_of_its_log_probability(weights: Any, allowed: Any, chosen: int) -> None:
    theta = np.array([0.3, -0.2, 0.9, 0.1])

    def log_share(at: np.ndarray) -> float:
        powers = np.exp(at)[slice(None) if allowed is None else allowed] * (1.0 if weights is None else weights)
        return math.log(powers[chosen] / powers.sum())

    softmax = Softmax(4, None)
    softmax.theta = theta.copy()
    softmax._settle()
    softmax.score(chosen, 2.0, weights, allowed)
    assert softmax.gradient == pytest.approx([2 * g for g in numerical(log_share, theta)], abs=1e-6)


def test_the_score_of_a_number_is_the_gradient_in_units_of_its_deviation() -> None:
    bell = Bell()
    bell.mean, bell.deviation = 0.4, 0.1

    def log_density(at: np.ndarray) -> float:
        mean, deviation = 0.4 + 0.1 * at[0], 0.1 * math.exp(at[1])
        return -math.log(deviation) - 0.5 * ((0.57 - mean) / deviation) ** 2

    bell.score(0.57, 3.0)
    assert bell.gradient == pytest.approx([3 * g for g in numerical(log_density, np.zeros(2))], rel=1e-5)


def test_the_score_of_a_mask_is_the_bits_minus_their_chances() -> None:
    entries = Entries(Mask(3))
    entries.theta = np.array([0.0, 1.0, -2.0])
    entries.score(np.array([True, False, True]), 2.0)
    chances = [0.5, 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(2))]
    assert entries.gradient == pytest.approx([2 * (bit - p) for bit, p in zip([1, 0, 1], chances, strict=True)])


def test_the_entropy_bonus_is_the_gradient_of_the_entropy() -> None:
    theta = np.array([0.5, -0.5, 1.0])
    theta -= theta.mean()

    def entropy(at: np.ndarray) -> float:
        shares = np.exp(at) / np.exp(at).sum()
        return float(-(shares * np.log(shares)).sum())

    softmax = Softmax(3, None)
    softmax.theta = theta.copy()
    softmax._settle()
    softmax.score(0, 0.0, None, None)
    softmax.update(follow, 0.1, 1)
    assert softmax.theta - theta == pytest.approx([0.1 * g for g in numerical(entropy, theta)], abs=1e-7)


# --- Steps -----------------------------------------------------------------------------------------


def test_adam_by_hand() -> None:
    adam, state = Adam(0.1, 0.9, 0.99), dict[str, Any]()
    assert adam(state, np.array([4.0, -0.5]), np.ones(2)) == pytest.approx([0.1, -0.1])
    second = adam(state, np.array([1.0, 0.0]), np.ones(2))
    m, v = (0.9 * 0.4 + 0.1) / (1 - 0.81), (0.99 * 0.16 + 0.01) / (1 - 0.9801)
    assert second[0] == pytest.approx(0.1 * m / math.sqrt(v))


def test_a_natural_step_divides_by_the_information() -> None:
    step = NaturalStep(0.5, least=0.1)
    assert step({}, np.array([0.2, 0.2]), np.array([0.4, 0.001])) == pytest.approx([0.25, 1.0])


# --- The policy ------------------------------------------------------------------------------------


def policy_of(of: Space, score: Any, trials: int, **options: Any) -> DecisionPolicy:
    study = Study(Problem("p", of, score), PolicyGradient(**{"population": 10} | options), seed=0)
    study.run(trials=trials, progress=False)
    assert isinstance(study.strategy, DistributionSearch)
    assert isinstance(study.strategy.model, DecisionPolicy)
    return study.strategy.model


@pytest.mark.parametrize("of", [Permutation("abcd"), Subset("abcde", 2), Subset("abcd", 1, 3), Mask(5, ones=2)])
def test_before_it_has_learned_every_member_is_as_likely(of: Space) -> None:
    policy = DecisionPolicy()
    policy.start(of, Random(0))
    members = int(of.size())
    counts = Counter(of.key(policy.draw()) for _ in range(300 * members))
    assert len(counts) == members
    assert max(counts.values()) < 1.35 * 300
    assert min(counts.values()) > 0.65 * 300


def test_one_step_moves_the_chance_by_the_formula() -> None:
    """Two draws of a coin, the better one heads: theta moves by the mean of advantage times score."""
    coin = Choice("heads", "tails")
    strategy = PolicyGradient(2, step=follow, entropy=0.0)
    study = Study(Problem("p", coin, lambda value: 0.0), strategy, seed=0)
    pair = study.ask(2)
    study.tell("heads", loss=0.0)
    study.tell("tails", loss=1.0)
    for trial in pair:
        study.tell(trial, error="only what was told counts")
    model = study.strategy.model  # type: ignore[attr-defined]
    (softmax,) = model.parameters.known.values()
    assert softmax.theta == pytest.approx([1.0, -1.0])  # ranks 1 and -1, advantages 2 and -2, scores 1/2 and -1/2
    assert softmax.shares[0] == pytest.approx(1 / (1 + math.exp(-2)))


@pytest.mark.parametrize("step", [Adam(0.3), NaturalStep(0.5)])
def test_every_kind_of_decision_follows_the_reward(step: Any) -> None:
    parts = {
        "kind": Choice("a", "b", "c"),
        "mask": Mask(6),
        "some": Mask(6, ones=2),
        "rate": Real(1e-6, 1, log=True),
        "order": Permutation(range(4)),
        "pick": Subset(range(6), 2),
        "n": Integer(0, 1000),
    }
    of = space(parts)

    def loss(v: dict[str, Any]) -> float:
        order = sum(i != item for i, item in enumerate(v["order"]))
        masks = 6 - v["mask"].sum() + 2 - v["some"][:2].sum()
        numbers = abs(math.log10(v["rate"]) + 2) + abs(v["n"] - 800) / 200
        return (v["kind"] != "c") + masks + numbers + order + len(set(v["pick"]) - {0, 5})

    policy = policy_of(of, loss, 1000, step=step)
    early = policy_of(of, loss, 10, step=step)
    before, after = (fmean(loss(drawn(model)) for _ in range(60)) for model in (early, policy))
    assert after < before / 3


def drawn(model: DecisionPolicy) -> dict[str, Any]:
    value = model.draw()
    return {
        name: list(part.args) if hasattr(part, "args") else part
        for name, part in zip(value.names, value.args, strict=True)
    }


def test_without_reward_nothing_is_preferred() -> None:
    policy = policy_of(space([Choice(0, 1)] * 8), lambda value: 1.0, 400)
    for softmax in policy.parameters.known.values():
        assert softmax.shares == pytest.approx([0.5, 0.5], abs=0.01)


def test_a_stronger_bonus_keeps_the_policy_more_open() -> None:
    bits = space([Choice(0, 1)] * 8)
    means = []
    for entropy in (0.0, 2.0):
        policy = policy_of(bits, lambda value: -sum(value), 600, entropy=entropy)
        means.append(fmean(softmax.shares[1] for softmax in policy.parameters.known.values()))
    assert means[0] > 0.97 > 0.9 > means[1] > 0.5


def test_losses_as_they_are_leave_the_infeasible_out() -> None:
    def evaluate(value: list[int]) -> Outcome:
        return Outcome({"loss": -float(sum(value))}, violations=[value[0] - 0.5])

    policy = policy_of(space([Choice(0, 1)] * 6), evaluate, 300, ranks=False)
    shares = [softmax.shares[1] for softmax in policy.parameters.known.values()]
    assert min(shares[1:]) > 0.9


@pytest.mark.parametrize(
    "make",
    [
        lambda: PolicyGradient(1),
        lambda: PolicyGradient(entropy=-0.1),
        lambda: Adam(0.0),
        lambda: Adam(first=1.0),
        lambda: NaturalStep(0.0),
        lambda: NaturalStep(least=0.0),
    ],
)
def test_settings_that_make_no_sense_are_refused_where_they_are_written(make: Any) -> None:
    with pytest.raises(ValueError, match=r"must|in \["):
        make()
