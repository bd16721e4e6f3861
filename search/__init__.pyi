from .accumulated_top_p import AccumulatedTopP
from .acquisition import ExpectedImprovement, LowerConfidenceBound
from .adaptive_pursuit import AdaptivePursuit
from .age_fitness import AgeFitness
from .anytime_curves import Curve
from .asynchronous_halving import AsynchronousHalving
from .auto import Auto
from .bandit_search import BanditSearch
from .bandits import Bandit, Pull
from .baselines import against_baselines
from .beam_search import BeamSearch
from .best_first import BestFirst
from .bootstrap import Interval, median_interval
from .chebyshev_bandit import ChebCB
from .comparison import compare
from .comparison_result import Comparison
from .contexts import BinnedContexts
from .covariance_adaptation import CovarianceAdaptation
from .cross_entropy import CrossEntropy
from .crossover import OnePointCrossover, TwoPointCrossover, UniformCrossover
from .crowding import Crowding, DeterministicCrowding
from .decision_tables import DecisionTable, NextDecision, OwnWeights
from .dependency_tree import DependencyTree
from .depth_first import DepthFirst
from .differential_evolution import DifferentialEvolution, SelfAdaptingDifferentialEvolution
from .double_q import DoubleQ
from .double_tournament import DoubleTournament
from .dueling import DoubleThompson, Duel, DuelingBandit, RelativeUCB
from .episodes import Episodes, Step
from .evaluation import Evaluator
from .evolution import Evolution, GeneticAlgorithm, MuCommaLambda, OnePlusLambda, RegularizedEvolution
from .exhaustive import Exhaustive
from .exponential_weights import Exp3
from .fixed_shares import FixedShares
from .form_discovery import FormDiscovery
from .formula_matching import FormulaMatching
from .genetic_programming import GeneticProgramming
from .grades import Grades
from .grid_archive import GridArchive
from .hill_climb import HillClimb
from .hyperband import Hyperband
from .hypervolumes import hypervolume, hypervolume_contributions
from .islands import Islands
from .iterated_local_search import IteratedLocalSearch, RestartedLocalSearch, VariableNeighborhoodDescent
from .lexicase import Lexicase
from .local_search import Afresh, Kick, LocalSearch, accept_always, accept_better, accept_level
from .log import ReplayError
from .map_elites import MapElites
from .metropolis import Target
from .metropolis_hastings import MetropolisHastings
from .model_based import ModelBased
from .mutation_rates import Fixed, HeavyTail, StandardRate
from .nested import Nested
from .nested_monte_carlo import NestedMonteCarlo
from .nsga2 import NSGA2
from .nsga3 import NSGA3
from .nucleus_decoding import decode
from .objectives import Objectives
from .operator_choice import OperatorChoice
from .optimum import maximize, minimize
from .optuna_sampler import OptunaSampler
from .pareto import pareto_front
from .performance_profiles import profile_score
from .permutation_crossover import CycleCrossover, OrderCrossover, PartiallyMappedCrossover
from .policy_gradient import PolicyGradient
from .population import Population
from .portfolio import Portfolio
from .problem import Problem
from .progressive_widening import ProgressiveWidening
from .quadratic_trust_region import QuadraticTrustRegion
from .racing import Racing
from .random_search import RandomSearch
from .ranking import average_ranks, mean_ranks
from .rare_events import RareEvent
from .real_variation import VaryReals
from .reinforced_regression import RSRM
from .rejection import BernsteinBounds, PairedTTest
from .relay import Leg, Relay
from .repetitions import BestByMean, Repetitions, best_by_mean
from .restarts import Restarts
from .rollout_policy_adaptation import NestedRolloutPolicyAdaptation
from .selection import Proportional, Ranking, Tournament, Truncation
from .semantic_moves import SemanticProgramming
from .sequential_monte_carlo import ResampleMove, SequentialMonteCarlo
from .simulated_annealing import SimulatedAnnealing
from .strategies import CannotAct, Proposal, Strategy, cannot_act, check_parts, describe_strategy
from .study import NoSuccess, Study, Waiting
from .subtree_crossover import SubtreeCrossover
from .successive_halving import SuccessiveHalving
from .surrogates import Forest, GaussianProcess
from .survival import Aging, Comma, Elitist, Plus
from .tabu_search import TabuSearch
from .thompson import BernoulliThompson, Thompson
from .tree_search import PUCT, UCT, MonteCarloTreeSearch
from .trials import Outcome, OutcomeError, Trial, best_of, better, dominates, ranked
from .tsallis import TsallisINF
from .ucb import UCB1
from .univariate_marginal import IncrementalLearning, UnivariateMarginal
from .variation import Cross, CrossAndMutate, Mutate
from .workers import ProcessPool, TaskTimeout, WorkerDied

__all__ = [
    "NSGA2",
    "NSGA3",
    "PUCT",
    "RSRM",
    "UCB1",
    "UCT",
    "AccumulatedTopP",
    "AdaptivePursuit",
    "Afresh",
    "AgeFitness",
    "Aging",
    "AsynchronousHalving",
    "Auto",
    "Bandit",
    "BanditSearch",
    "BeamSearch",
    "BernoulliThompson",
    "BernsteinBounds",
    "BestByMean",
    "BestFirst",
    "BinnedContexts",
    "CannotAct",
    "ChebCB",
    "Comma",
    "Comparison",
    "CovarianceAdaptation",
    "Cross",
    "CrossAndMutate",
    "CrossEntropy",
    "Crowding",
    "Curve",
    "CycleCrossover",
    "DecisionTable",
    "DependencyTree",
    "DepthFirst",
    "DeterministicCrowding",
    "DifferentialEvolution",
    "DoubleQ",
    "DoubleThompson",
    "DoubleTournament",
    "Duel",
    "DuelingBandit",
    "Elitist",
    "Episodes",
    "Evaluator",
    "Evolution",
    "Exhaustive",
    "Exp3",
    "ExpectedImprovement",
    "Fixed",
    "FixedShares",
    "Forest",
    "FormDiscovery",
    "FormulaMatching",
    "GaussianProcess",
    "GeneticAlgorithm",
    "GeneticProgramming",
    "Grades",
    "GridArchive",
    "HeavyTail",
    "HillClimb",
    "Hyperband",
    "IncrementalLearning",
    "Interval",
    "Islands",
    "IteratedLocalSearch",
    "Kick",
    "Leg",
    "Lexicase",
    "LocalSearch",
    "LowerConfidenceBound",
    "MapElites",
    "MetropolisHastings",
    "ModelBased",
    "MonteCarloTreeSearch",
    "MuCommaLambda",
    "Mutate",
    "Nested",
    "NestedMonteCarlo",
    "NestedRolloutPolicyAdaptation",
    "NextDecision",
    "NoSuccess",
    "Objectives",
    "OnePlusLambda",
    "OnePointCrossover",
    "OperatorChoice",
    "OptunaSampler",
    "OrderCrossover",
    "Outcome",
    "OutcomeError",
    "OwnWeights",
    "PairedTTest",
    "PartiallyMappedCrossover",
    "Plus",
    "PolicyGradient",
    "Population",
    "Portfolio",
    "Problem",
    "ProcessPool",
    "ProgressiveWidening",
    "Proportional",
    "Proposal",
    "Pull",
    "QuadraticTrustRegion",
    "Racing",
    "RandomSearch",
    "Ranking",
    "RareEvent",
    "RegularizedEvolution",
    "RelativeUCB",
    "Relay",
    "Repetitions",
    "ReplayError",
    "ResampleMove",
    "RestartedLocalSearch",
    "Restarts",
    "SelfAdaptingDifferentialEvolution",
    "SemanticProgramming",
    "SequentialMonteCarlo",
    "SimulatedAnnealing",
    "StandardRate",
    "Step",
    "Strategy",
    "Study",
    "SubtreeCrossover",
    "SuccessiveHalving",
    "TabuSearch",
    "Target",
    "TaskTimeout",
    "Thompson",
    "Tournament",
    "Trial",
    "Truncation",
    "TsallisINF",
    "TwoPointCrossover",
    "UniformCrossover",
    "UnivariateMarginal",
    "VariableNeighborhoodDescent",
    "VaryReals",
    "Waiting",
    "WorkerDied",
    "accept_always",
    "accept_better",
    "accept_level",
    "against_baselines",
    "average_ranks",
    "best_by_mean",
    "best_of",
    "better",
    "cannot_act",
    "check_parts",
    "compare",
    "decode",
    "describe_strategy",
    "dominates",
    "hypervolume",
    "hypervolume_contributions",
    "maximize",
    "mean_ranks",
    "median_interval",
    "minimize",
    "pareto_front",
    "profile_score",
    "ranked",
]
