"""Our strategies in the classical comparison, each made for a budget of evaluations."""

from __future__ import annotations

from collections.abc import Callable

from inlay.search import GeneticAlgorithm, HillClimb, RandomSearch, RegularizedEvolution, Strategy
from inlay.search.covariance_adaptation import CovarianceAdaptation
from inlay.search.cross_entropy import CrossEntropy
from inlay.search.dependency_tree import DependencyTree
from inlay.search.differential_evolution import DifferentialEvolution, SelfAdaptingDifferentialEvolution
from inlay.search.evolution import OnePlusLambda
from inlay.search.iterated_local_search import IteratedLocalSearch, RestartedLocalSearch, VariableNeighborhoodDescent
from inlay.search.metropolis_hastings import MetropolisHastings
from inlay.search.quadratic_trust_region import QuadraticTrustRegion
from inlay.search.simulated_annealing import SimulatedAnnealing
from inlay.search.tabu_search import TabuSearch
from inlay.search.tree_search import UCT
from inlay.search.univariate_marginal import IncrementalLearning, UnivariateMarginal

OURS: dict[str, Callable[[int], Strategy]] = {
    "random search": lambda budget: RandomSearch(),
    "hill climb": lambda budget: HillClimb(),
    "genetic algorithm": lambda budget: GeneticAlgorithm(),
    "regularized evolution": lambda budget: RegularizedEvolution(),
    "one plus lambda": lambda budget: OnePlusLambda(),
    "iterated local search": lambda budget: IteratedLocalSearch(),
    "restarted local search": lambda budget: RestartedLocalSearch(),
    "variable neighborhood descent": lambda budget: VariableNeighborhoodDescent(),
    "simulated annealing": lambda budget: SimulatedAnnealing(horizon=budget),
    "tabu search": lambda budget: TabuSearch(),
    "UCT": lambda budget: UCT(),
    "cross-entropy": lambda budget: CrossEntropy(),
    "UMDA": lambda budget: UnivariateMarginal(),
    "PBIL": lambda budget: IncrementalLearning(),
    "dependency tree": lambda budget: DependencyTree(),
    "Metropolis-Hastings": lambda budget: MetropolisHastings(),
    "CMA-ES": lambda budget: CovarianceAdaptation(),
    "differential evolution": lambda budget: DifferentialEvolution(),
    "self-adapting DE": lambda budget: SelfAdaptingDifferentialEvolution(),
    "quadratic trust region": lambda budget: QuadraticTrustRegion(),
}
