"""What a trial costs does not grow with the number of trials: counted in calls of functions, not in seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from inlay.search import (
    UCT,
    CrossEntropy,
    GeneticAlgorithm,
    HillClimb,
    ModelBased,
    NestedRolloutPolicyAdaptation,
    Portfolio,
    Problem,
    RandomSearch,
    RegularizedEvolution,
    SequentialMonteCarlo,
    SimulatedAnnealing,
    Strategy,
    Study,
    TabuSearch,
)
from inlay.search.surrogates import Forest
from inlay.spaces import Choice, space

BITS = space([Choice(0, 1)] * 60)

#: A strategy, and how many trials it makes before the first and before the second look.
MADE: dict[str, tuple[Callable[[], Strategy], int, int]] = {
    "random search": (RandomSearch, 200, 3000),
    "regularized evolution": (lambda: RegularizedEvolution(30), 200, 3000),
    "genetic algorithm": (lambda: GeneticAlgorithm(20), 200, 3000),
    "hill climb": (HillClimb, 200, 3000),
    "simulated annealing": (lambda: SimulatedAnnealing(500, memory=500), 1000, 3000),
    "tabu search": (lambda: TabuSearch(memory=500), 1000, 3000),
    "UCT": (UCT, 200, 3000),
    "nested rollouts": (NestedRolloutPolicyAdaptation, 200, 2000),
    "cross-entropy": (lambda: CrossEntropy(20), 200, 2000),
    "sequential Monte Carlo": (lambda: SequentialMonteCarlo(10), 200, 2000),
    "portfolio": (lambda: Portfolio([RandomSearch(), GeneticAlgorithm(10)]), 200, 3000),
    "a forest": (lambda: ModelBased(Forest(2), initial=10, pool=4, memory=40, refit=0.5), 100, 400),
}


def calls(study: Study, trials: int) -> int:
    """How many functions are called while the study makes so many trials."""
    count = 0

    def counting(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counting)
    try:
        study.run(trials=trials, progress=False)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", MADE)
def test_a_late_trial_calls_as_many_functions_as_an_early_one(name: str) -> None:
    make, early, late = MADE[name]
    study = Study(Problem("ones", BITS, sum), make(), seed=0)
    study.run(trials=early, progress=False)
    first = calls(study, 100)
    study.run(trials=late - early - 100, progress=False)
    assert calls(study, 100) < 1.5 * first
