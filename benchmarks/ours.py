"""Our strategies in the classical comparison, each made for a budget of evaluations."""

from __future__ import annotations

from collections.abc import Callable

from inlay.search import (
    UCT,
    Auto,
    CovarianceAdaptation,
    CrossEntropy,
    GeneticAlgorithm,
    IteratedLocalSearch,
    OnePlusLambda,
    QuadraticTrustRegion,
    RandomSearch,
    RegularizedEvolution,
    SelfAdaptingDifferentialEvolution,
    SimulatedAnnealing,
    Strategy,
    TabuSearch,
)

OURS: dict[str, Callable[[int], Strategy]] = {
    "Auto": lambda budget: Auto(trials=budget),
    "random search": lambda budget: RandomSearch(),
    "iterated local search": lambda budget: IteratedLocalSearch(),
    "tabu search": lambda budget: TabuSearch(),
    "simulated annealing": lambda budget: SimulatedAnnealing(horizon=budget),
    "regularized evolution": lambda budget: RegularizedEvolution(),
    "genetic algorithm": lambda budget: GeneticAlgorithm(),
    "one plus lambda": lambda budget: OnePlusLambda(),
    "cross-entropy": lambda budget: CrossEntropy(),
    "UCT": lambda budget: UCT(),
    "quadratic trust region": lambda budget: QuadraticTrustRegion(),
    "CMA-ES": lambda budget: CovarianceAdaptation(),
    "self-adapting DE": lambda budget: SelfAdaptingDifferentialEvolution(),
}
