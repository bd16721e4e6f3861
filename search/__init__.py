"""Strategies, studies and what they report: the search half of Inlay."""

from .evaluation import Evaluator
from .evolution import Evolution, GeneticAlgorithm, RegularizedEvolution
from .exhaustive import Exhaustive
from .hill_climb import HillClimb
from .log import ReplayError
from .optimum import maximize, minimize
from .pareto import pareto_front
from .problem import Problem
from .random_search import RandomSearch
from .selection import Tournament, Truncation
from .strategies import CannotAct, Proposal, Strategy, describe_strategy
from .study import NoSuccess, Study, Waiting
from .survival import Aging, Elitist, Plus
from .trials import Outcome, OutcomeError, Trial, best_of, better, dominates, ranked
from .variation import CrossAndMutate, Mutate
from .workers import ProcessPool, TaskTimeout, WorkerDied

__all__ = [
    "Aging",
    "CannotAct",
    "CrossAndMutate",
    "Elitist",
    "Evaluator",
    "Evolution",
    "Exhaustive",
    "GeneticAlgorithm",
    "HillClimb",
    "Mutate",
    "NoSuccess",
    "Outcome",
    "OutcomeError",
    "Plus",
    "Problem",
    "ProcessPool",
    "Proposal",
    "RandomSearch",
    "RegularizedEvolution",
    "ReplayError",
    "Strategy",
    "Study",
    "TaskTimeout",
    "Tournament",
    "Trial",
    "Truncation",
    "Waiting",
    "WorkerDied",
    "best_of",
    "better",
    "describe_strategy",
    "dominates",
    "maximize",
    "minimize",
    "pareto_front",
    "ranked",
]
