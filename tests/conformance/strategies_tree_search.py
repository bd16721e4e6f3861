"""Strategies that search the tree of partial programs, one line an entry."""

from __future__ import annotations

from entries import Entry

from inlay.search.accumulated_top_p import AccumulatedTopP
from inlay.search.beam_search import BeamSearch
from inlay.search.best_first import BestFirst
from inlay.search.depth_first import DepthFirst
from inlay.search.double_q import DoubleQ
from inlay.search.nested_monte_carlo import NestedMonteCarlo
from inlay.search.restarts import Restarts
from inlay.search.rollout_policy_adaptation import NestedRolloutPolicyAdaptation
from inlay.search.rollouts import GibbsRollout
from inlay.search.tree_policies import UpperConfidence, best_grade
from inlay.search.tree_search import PUCT, UCT, MonteCarloTreeSearch

STRATEGIES: dict[str, Entry] = {
    "accumulated top-p": Entry(AccumulatedTopP, margin=0.5),
    "uct": Entry(UCT, proof="test_tree_search.py::test_visits_concentrate_on_the_best_arm"),
    "uct learned rollouts": Entry(lambda: UCT(0.1, rollout=GibbsRollout(0.02)), margin=0.67),
    "puct": Entry(lambda: PUCT(exploration=0.05, rollout=GibbsRollout(0.02), backup=best_grade), margin=0.5),
    "double q": Entry(
        lambda: MonteCarloTreeSearch(DoubleQ(few=2, rate=0.1)),
        proof="test_double_q.py::test_the_good_arm_is_pulled_more_often_in_a_tree",
    ),
    "committing": Entry(
        lambda: Restarts(MonteCarloTreeSearch(UpperConfidence(0.1), best_grade, commit=4), patience=1000),
        proof="test_double_q.py::test_after_so_many_trials_the_best_answer_is_taken_for_good",
    ),
    "nested monte carlo learned rollouts": Entry(lambda: NestedMonteCarlo(rollout=GibbsRollout(0.1)), margin=0.5),
    "nested rollout policy adaptation": Entry(NestedRolloutPolicyAdaptation, margin=0.5),
    "beam": Entry(lambda: BeamSearch(3, rollout=GibbsRollout(0.02)), margin=0.5),
    "best first": Entry(
        lambda: BestFirst(8, 1, rollout=GibbsRollout(0.02)),
        proof="test_beam_search.py::test_best_first_search_beats_random_search_where_decisions_are_discrete",
    ),
    "depth first": Entry(
        DepthFirst, synchronous=True, random=False, proof="test_exhaustive.py::test_depth_first_equals_enumeration"
    ),
    "branch and bound": Entry(
        lambda: DepthFirst(lambda part: -1.0),
        random=False,
        proof="test_exhaustive.py::test_branch_and_bound_equals_brute_force",
    ),
}  # fmt: skip
