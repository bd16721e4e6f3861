"""Strategies that allot pulls, fidelities and repetitions, one line an entry."""

from __future__ import annotations

from collections.abc import Callable

from entries import Entry

from inlay.search import GeneticAlgorithm, RandomSearch, RegularizedEvolution, Strategy
from inlay.search.asynchronous_halving import AsynchronousHalving
from inlay.search.bandit_search import BanditSearch
from inlay.search.exponential_weights import Exp3
from inlay.search.hyperband import Hyperband
from inlay.search.racing import Racing
from inlay.search.rejection import BernsteinBounds, PairedTTest, Reject
from inlay.search.successive_halving import SuccessiveHalving
from inlay.search.thompson import Thompson
from inlay.search.tsallis import TsallisINF
from inlay.search.ucb import UCB1

FIDELITIES = frozenset({"fidelities"})
NOISE = frozenset({"noise"})
REGRET = "test_bandits.py::test_each_bandit_loses_less_than_arms_drawn_evenly"
CHEAPER = "test_halving.py::test_halving_finds_better_candidates_than_random_search_at_the_same_cost"
LEAVES = "test_racing.py::test_racing_finds_better_candidates_than_random_search_with_as_many_evaluations"


def halving(make: Callable[..., Strategy], inner: Callable[[], Strategy], synchronous: bool = False) -> Entry:
    """A method over fidelities whose inner strategy learns."""
    return Entry(lambda: make(inner()), synchronous, margin=0.5, needs=FIDELITIES)


def evolution() -> Strategy:
    """A learning inner strategy."""
    return RegularizedEvolution(12, tournament=4)


def race(inner: Callable[[], Strategy], reject: Reject) -> Entry:
    """Short races, so that several of them fit into the trials of a law."""
    return Entry(lambda: Racing(inner(), 4, reject, first=2, rounds=4), synchronous=True, proof=LEAVES, needs=NOISE)


STRATEGIES: dict[str, Entry] = {
    "UCB1": Entry(lambda: BanditSearch(UCB1()), proof=REGRET, needs=NOISE),
    "Thompson sampling": Entry(lambda: BanditSearch(Thompson()), proof=REGRET, needs=NOISE),
    "Exp3": Entry(lambda: BanditSearch(Exp3()), proof=REGRET, needs=NOISE),
    "Tsallis-INF": Entry(lambda: BanditSearch(TsallisINF()), proof=REGRET),
    "successive halving": Entry(SuccessiveHalving, synchronous=True, proof=CHEAPER, needs=FIDELITIES),
    "Hyperband of evolution": halving(Hyperband, evolution),
    "ASHA of evolution": halving(AsynchronousHalving, evolution),
    "racing": race(RandomSearch, PairedTTest()),
    "racing of generations": race(lambda: GeneticAlgorithm(6), BernsteinBounds()),
}  # fmt: skip
