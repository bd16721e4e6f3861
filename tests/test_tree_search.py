"""Monte Carlo tree search: its parts by hand, its promises on small trees, and what the tree remembers."""

import math
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from inlay.search import CannotAct, Outcome, Problem, Proposal, RandomSearch, Study, Trial
from inlay.search.progressive_widening import ProgressiveWidening
from inlay.search.rollouts import GibbsRollout
from inlay.search.tree import Elites, Node, Scale, Statistics
from inlay.search.tree_policies import PriorConfidence, UpperConfidence, best_grade, in_flight, mean_grade
from inlay.search.tree_search import PUCT, UCT, MonteCarloTreeSearch
from inlay.spaces import Choice, Integer, Mask, Permutation, Real, Repeat, Shared, Space, Subset, space


def told(loss: float | None, *violations: float) -> Trial:
    trial = Trial(0, None)
    trial.state = "failed" if loss is None else "done"
    trial.losses = () if loss is None else (loss,)
    trial.violations = violations
    return trial


def finished(proposal: Proposal, loss: float) -> Trial:
    trial = told(loss)
    trial.program, trial.origin = proposal.value, proposal.origin
    return trial


def started(strategy: MonteCarloTreeSearch, of: Space, noisy: bool = False, seed: int = 0) -> MonteCarloTreeSearch:
    strategy.start(of, Random(seed), Problem("p", of, float, noisy=noisy).asked())
    return strategy


def play(strategy: MonteCarloTreeSearch, loss: Callable[[Any], float], trials: int) -> list[Any]:
    """Ask and tell one by one; gives the members."""
    members = []
    for _ in range(trials):
        for proposal in strategy.ask(1):
            members.append(proposal.value)
            strategy.tell([finished(proposal, loss(proposal.value))])
    return members


# --- Parts by hand ---------------------------------------------------------------------------------


def test_a_mean_is_brought_to_the_scale_when_it_is_asked_for() -> None:
    scale, seen = Scale(), Statistics()
    for trial in (told(2.0), told(4.0), told(None), told(-9.0, 3.0)):
        scale.learn(trial)
        seen.add(trial, scale)
    assert mean_grade(seen, scale) == pytest.approx((0 + 1 + 2 + 1.75) / 4)
    assert best_grade(seen, scale) == 0
    scale.learn(told(12.0))  # a wider scale makes what was seen look better
    assert mean_grade(seen, scale) == pytest.approx((0 + 0.2 + 2 + 1.75) / 4)
    scale.learn(told(-8.0))
    assert best_grade(seen, scale) == pytest.approx(0.5)


def test_infinite_losses_are_the_best_and_the_worst_of_the_feasible() -> None:
    scale, seen = Scale(), Statistics()
    for trial in (told(0.0), told(1.0), told(math.inf), told(-math.inf)):
        scale.learn(trial)
        seen.add(trial, scale)
    assert mean_grade(seen, scale) == pytest.approx((0 + 1 + 1 + 0) / 4)


def arms(*trials: list[Trial]) -> tuple[Node, Scale]:
    """A node with a child for each list of told trials."""
    node, scale = Node(), Scale()
    node.ask(len(trials), closes=True)
    for i, given in enumerate(trials):
        child = node.child(i)
        for trial in given:
            scale.learn(trial)
            child.add(trial, scale)
            node.add(trial, scale)
    return node, scale


def test_upper_confidence_takes_the_least_lower_bound() -> None:
    node, scale = arms([told(0.0), told(1.0)], [told(0.4)] * 8)
    even = 0.1 / (math.sqrt(math.log(11) / 2) - math.sqrt(math.log(11) / 8))  # there both bounds are the same
    for exploration in (0.0, 0.99 * even, 1.01 * even, 2.0):
        bounds = [mean - exploration * math.sqrt(math.log(11) / n) for mean, n in ((0.5, 2), (0.4, 8))]
        chosen = UpperConfidence(exploration)(node, False, mean_grade, scale)
        assert chosen is node.children[bounds.index(min(bounds))]
        node.children[0].version = node.children[1].version = -1
    assert UpperConfidence()(node, True, mean_grade, scale) is None
    assert UpperConfidence(0.0)(node, False, best_grade, scale) is node.children[0]


def test_a_child_without_visits_comes_first() -> None:
    node, scale = arms([told(0.0)], [])
    assert UpperConfidence(0.0)(node, False, mean_grade, scale) is node.children[1]


def test_the_prior_decides_as_the_formula_says() -> None:
    node, scale = arms([told(0.0), told(1.0)], [told(0.4)] * 8)
    node.expect([0.7, 0.3])
    even = 0.1 / (math.sqrt(11) * (0.7 / 3 - 0.3 / 9))
    for exploration in (0.0, 0.99 * even, 1.01 * even, 1.0):
        bounds = [
            value - exploration * prior * math.sqrt(11) / (1 + n) for value, prior, n in ((0.5, 0.7, 2), (0.4, 0.3, 8))
        ]
        chosen = PriorConfidence(exploration)(node, False, mean_grade, scale)
        assert chosen is node.children[bounds.index(min(bounds))]


def test_a_trial_in_flight_is_a_virtual_loss() -> None:
    node, scale = arms([told(0.0)] * 3, [told(0.3), told(1.0)])
    assert UpperConfidence(0.0)(node, False, mean_grade, scale) is node.children[0]
    node.children[0].pending = 9
    assert in_flight(node.children[0]) == pytest.approx(9 / 12)
    assert UpperConfidence(0.0)(node, False, mean_grade, scale) is node.children[1]


def test_proposals_in_flight_spread_over_the_tree() -> None:
    strategy = started(UCT(0.1), space([Choice(*range(4)), Choice(*range(100))]))
    play(strategy, lambda value: float(value[0]), 40)
    batch = {proposal.value[0] for proposal in strategy.ask(40)}
    assert len(batch) >= 3
    alone = started(UCT(0.1), space([Choice(*range(4)), Choice(*range(100))]))
    play(alone, lambda value: float(value[0]), 40)
    assert len({value[0] for value in play(alone, lambda value: float(value[0]), 10)}) <= 2


def test_progressive_widening_follows_its_formula() -> None:
    widening = ProgressiveWidening(factor=2.0, exponent=0.4)
    assert [widening.limit(n) for n in (0, 1, 10, 1000)] == [2, 2, math.ceil(2 * 10**0.4), math.ceil(2 * 1000**0.4)]
    pair = space([Real(0, 1), Real(0, 1)])
    strategy = started(MonteCarloTreeSearch(widening=widening), pair)
    for trials in (9, 90, 400):
        play(strategy, lambda value: float(value[0]), trials - strategy.root.visits)
        assert len(strategy.root.children) == widening.limit(trials)


@pytest.mark.parametrize("bad", [{"factor": 0}, {"exponent": 0}, {"exponent": 1.5}, {"above": 0}, {"refine": 2}])
def test_widening_that_cannot_work_explains_itself(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="factor must be positive, exponent in"):
        ProgressiveWidening(**bad)


def test_the_elites_are_the_best_answers_each_once() -> None:
    elites = Elites()
    for loss, decision in [(5.0, 1), (3.0, 2), (4.0, 3), (9.0, 4), (1.0, 5), (2.0, 3), (7.0, 2)]:
        elites.learn(loss, decision)
    assert elites == [(1.0, 5), (2.0, 3), (3.0, 2), (5.0, 1)]


def test_gibbs_rollouts_draw_as_their_formula_says() -> None:
    scale, rollout = Scale(), GibbsRollout(temperature=0.5)
    rollout.start(Random(0), scale)
    hole = Choice("a", "b", "c")
    address = (hole, 0)
    rollout.index(address, 3, hole, None)
    for decision, loss in [(0, 0.0), (0, 1.0), (1, 1.0)]:
        scale.learn(told(loss))
        rollout.learn([(address, decision)], told(loss))
    expected = [math.exp(-0.5 / 0.5), math.exp(-1 / 0.5), 1.0]  # what was never tried counts as the best
    assert rollout.chances(rollout.seen[address], 3, None) == pytest.approx(expected)
    assert rollout.chances(rollout.seen[address], 3, (1, 2, 3)) == pytest.approx([1 * expected[0], 2 * expected[1], 3])


# --- A search as a whole -----------------------------------------------------------------------------


def test_visits_concentrate_on_the_best_arm() -> None:
    """Arms with known means in noise: pulls of the best one prevail, and the regret of a pull falls."""
    means, noise = [0.5, 0.8, 0.2, 0.6], Random(1)
    strategy = started(UCT(0.5), Choice(0, 1, 2, 3), noisy=True)
    pulls = play(strategy, lambda arm: means[arm] + noise.uniform(-0.3, 0.3), 2000)
    assert len(pulls) == 2000
    assert [child.visits for _, child in sorted(strategy.root.children.items())] == [pulls.count(i) for i in range(4)]
    assert pulls.count(2) > 1500
    early, late = (sum(means[arm] - 0.2 for arm in part) / len(part) for part in (pulls[:200], pulls[-200:]))
    assert late < early / 2
    assert strategy.root.children[2].mean(Scale()) == 0  # nothing is known on an empty scale


def test_the_root_finds_the_better_half_of_a_small_tree() -> None:
    """Exact means: 0.5 under the first answer, 0.25 under the second, so most visits go there."""
    tree = space([Choice(0, 1), *[Choice(0, 1)] * 8])
    strategy = started(UCT(0.3), tree)
    play(strategy, lambda v: sum(v.args[1:]) / 8 / (1 + v[0]), 200)
    first, second = (strategy.root.children[i].visits for i in (0, 1))
    assert first + second == 200
    assert second > 2 * first


def needle(bits: list[int]) -> float:
    """0.5 in the first half; in the second mostly 1, and the better the longer a path goes right, 0 at its end."""
    right = next((i for i, bit in enumerate(bits) if not bit), len(bits))
    return 0.5 if right == 0 else 1.0 if right < 3 else 0.4 * (len(bits) - right) / (len(bits) - 3)


def test_backing_up_the_best_finds_a_needle_that_the_mean_hides() -> None:
    """The good leaf lies in the half with the worse mean: a first glimpse of it must not be averaged away."""
    problem = Problem("needle", space([Choice(0, 1) for _ in range(12)]), needle)

    def trials_to_solve(backup: Any, seed: int) -> int:
        study = Study(problem, UCT(0.3, backup=backup), seed=seed)
        study.tell([1, 1, 1, 1] + [0] * 8, loss=needle([1, 1, 1, 1] + [0] * 8))
        return len(study.run(trials=300, target=0.0, progress=False).trials)

    means, bests = ([trials_to_solve(backup, seed) for seed in range(10)] for backup in (mean_grade, best_grade))
    assert sorted(bests)[5] < sorted(means)[5] / 2


TWO_HUNDRED = {
    "flat": space([Choice(*range(5)), Integer(1, 8), Choice("a", "b", "c", "d", "e")]),
    "conditional": Choice({"k": Integer(0, 99)}, {"l": Choice(*range(10)), "m": Choice(*range(10))}),
    "log": space({"n": Integer(1, 50, log=True), "c": Choice(1, 2, 3, 4)}),
    "constrained": space([Integer(0, 24), Integer(0, 15)]).where(lambda p: (p[0] + p[1]) % 2 == 0),
    "shared": space({"a": (width := Shared(Integer(1, 20))), "b": [width, Choice(*range(10))]}),
}


@pytest.mark.parametrize("name", TWO_HUNDRED)
@pytest.mark.parametrize("make", [UCT, PUCT, lambda: UCT(0.1, rollout=GibbsRollout())])
def test_every_member_is_proposed_exactly_once(name: str, make: Callable[[], MonteCarloTreeSearch]) -> None:
    members = TWO_HUNDRED[name]
    assert members.size() == 200
    study = Study(Problem("all", members, lambda value: len(str(value))), make(), seed=3)
    study.run(trials=500, progress=False)
    assert study.stop_reason == "exhausted"
    assert len(study.trials) == 200 == len({trial.key for trial in study.trials})


@pytest.mark.parametrize(
    "members", [Permutation(range(5)), Subset(range(9), 3), Mask((3, 3), ones=3), Repeat(Integer(0, 4), 0, 3)]
)
def test_every_member_also_of_holes_that_decide_often_and_in_batches(members: Space) -> None:
    strategy = started(UCT(), members)
    proposals: list[Proposal] = []
    while batch := strategy.ask(7):
        proposals += batch
    assert len({members.key(p.value) for p in proposals}) == len(proposals) == members.size()
    strategy.tell([finished(proposal, 1.0) for proposal in reversed(proposals)])
    assert strategy.root.visits == len(proposals)
    assert not any(node.pending for node in nodes(strategy.root))


def nodes(root: Node) -> list[Node]:
    found = [root]
    for node in found:
        found.extend(node.children.values())
    return found


def test_what_is_known_is_not_proposed_again() -> None:
    pairs = space([Choice(*range(4)), Choice(*range(4))])
    study = Study(Problem("pairs", pairs, lambda v: sum(v)), UCT(), seed=0)
    for i in range(4):
        study.tell([i, i], loss=float(2 * i))
    study.run(trials=100, progress=False)
    assert len(study.trials) == 16 == len({trial.key for trial in study.trials})
    assert study.stop_reason == "exhausted"


def test_a_noisy_problem_is_evaluated_on_and_on() -> None:
    study = Study(Problem("noisy", Choice(1, 2), lambda v: float(v), noisy=True), UCT(), seed=0)
    assert len(study.run(trials=50, progress=False).trials) == 50


def test_every_trial_is_counted_along_its_path_and_the_tree_stays_small() -> None:
    bits = space([Choice(0, 1) for _ in range(30)])
    strategy = started(UCT(), bits)
    play(strategy, lambda value: float(sum(value.args)), 300)
    found = nodes(strategy.root)
    assert len(found) <= 2 * 300
    assert strategy.root.visits == 300
    for node in found:
        below = sum(child.visits for child in node.children.values())
        assert node.visits == below or not node.asked


def test_refused_fillings_leave_the_tree_whole() -> None:
    pairs = space({"a": Integer(0, 9), "b": Integer(0, 9), "c": Choice(1, 2)})
    study = Study(Problem("sparse", pairs.where(lambda p: p["a"] == p["b"]), lambda v: v["a"]), UCT(), seed=0)
    study.run(trials=100, progress=False)
    assert len(study.trials) == 20
    assert study.stop_reason == "exhausted"
    counted = study.strategy.root  # type: ignore[attr-defined]
    assert not any(node.pending for node in nodes(counted))
    assert all(node.explored() == node.closed for node in nodes(counted) if node.asked)


def test_a_mask_beyond_its_depth_is_searched_by_its_first_bits() -> None:
    for ones in (None, 40):
        study = Study(Problem("mask", Mask(3000, ones=ones), lambda m: -float(m[:20].sum())), UCT(0.2), seed=0)
        study.run(trials=60, progress=False)
        assert all(study.space.contains(trial.program) for trial in study.trials)
    first_bits = nodes(study.strategy.root)  # type: ignore[attr-defined]
    assert all(len(node.suffix) <= 512 for node in first_bits)


# --- Priors ------------------------------------------------------------------------------------------


def test_a_prior_leads_and_the_losses_correct_it() -> None:
    def prior(question: Any) -> list[float]:
        return [0.05] * (question.options - 1) + [1.0]

    bits = space([Choice(0, 1) for _ in range(20)])
    study = Study(Problem("bits", bits, lambda v: 20 - sum(v)), PUCT(prior), seed=0).run(trials=30, progress=False)
    assert study.best.loss <= 1
    wrong = Study(Problem("bits", bits, lambda v: sum(v)), PUCT(prior, 0.3), seed=0).run(trials=400, progress=False)
    assert wrong.best.loss < 14


@pytest.mark.parametrize(
    ("given", "said"), [([], "gave 0 weights"), ([1.0] * 3, "gave 3 weights"), ([0, 0], "not all of them 0"),
                        ([1, -1], "none negative"), ([1, math.nan], "none negative")]
)  # fmt: skip
def test_a_prior_that_does_not_fit_explains_itself(given: list[float], said: str) -> None:
    strategy = started(PUCT(lambda question: given), space([Choice(0, 1)] * 2))
    with pytest.raises(ValueError, match="it must give 2 numbers") as caught:
        strategy.ask(3)
    assert said in str(caught.value)


# --- Refusals and learning -----------------------------------------------------------------------------


def test_several_objectives_are_refused() -> None:
    with pytest.raises(CannotAct, match="NSGA2"):
        UCT().start(Choice(0, 1), Random(0), {"a": "minimize", "b": "minimize"})


@pytest.mark.parametrize("exploration", [-1.0, math.nan, math.inf])
def test_exploration_must_be_a_number(exploration: float) -> None:
    for part in (UpperConfidence, PriorConfidence):
        with pytest.raises(ValueError, match="exploration must be"):
            part(exploration)


def test_infeasible_subtrees_are_left() -> None:
    tree = space([Choice(0, 1), *[Choice(0, 1)] * 10])

    def evaluate(value: list[int]) -> Outcome:
        return Outcome({"loss": -100.0 * value[0] + sum(value[1:])}, violations=[value[0]])

    study = Study(Problem("tempting", tree, evaluate), UCT(0.3), seed=0).run(trials=200, progress=False)
    assert sum(trial.program[0] for trial in study.trials[-100:]) < 20
    assert study.best.violation == 0


def test_learned_rollouts_beat_random_search_where_the_tree_alone_does_not() -> None:
    bits = space([Choice(0, 1) for _ in range(40)])

    def best(strategy: Any) -> float:
        return (
            Study(Problem("bits", bits, lambda v: 40 - sum(v)), strategy, seed=1)
            .run(trials=500, progress=False)
            .best.loss
        )

    assert best(UCT(0.1, rollout=GibbsRollout())) < best(RandomSearch()) / 2
