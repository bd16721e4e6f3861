"""Strategies that evolve a population, one line an entry."""

from __future__ import annotations

from entries import Entry

from inlay.search import (
    Aging,
    CrossAndMutate,
    Elitist,
    Evolution,
    GeneticAlgorithm,
    Mutate,
    Plus,
    RegularizedEvolution,
    Tournament,
    Truncation,
)
from inlay.search.brood_moves import Crossing, Fresh, Mutation
from inlay.search.crossover import OnePointCrossover
from inlay.search.crowding import DeterministicCrowding
from inlay.search.evolution import MuCommaLambda, OnePlusLambda
from inlay.search.genetic_programming import GeneticProgramming
from inlay.search.lexicase import Lexicase
from inlay.search.mutation_rates import HeavyTail
from inlay.search.operator_choice import OperatorChoice
from inlay.search.permutation_crossover import CycleCrossover, OrderCrossover, PartiallyMappedCrossover
from inlay.search.selection import Proportional, Ranking
from inlay.search.subtree_crossover import SubtreeCrossover
from inlay.search.ucb import UCB1
from inlay.search.variation import Cross


def adaptive() -> Evolution:
    """A bandit chooses among a small mutation, a large one and crossover."""
    operators = OperatorChoice([Mutate(), Mutate(HeavyTail()), Cross()], UCB1(0.5))
    return Evolution(8, Truncation(0.3), operators, Plus())


def ranking() -> Evolution:
    return Evolution(8, Ranking(2.0), CrossAndMutate(0.5, 0.8, OnePointCrossover()), Elitist(2), brood=6)


def crossed(cross: PartiallyMappedCrossover | OrderCrossover | CycleCrossover) -> Evolution:
    return Evolution(8, Tournament(3), CrossAndMutate(0.3, 0.9, cross), Plus())


def lexicase() -> Evolution:
    return Evolution(8, Lexicase("cases", epsilon=False), CrossAndMutate(0.3, 0.8), Plus())


STRATEGIES: dict[str, Entry] = {
    "regularized evolution": Entry(lambda: RegularizedEvolution(12, tournament=4), margin=0.5, local=True),
    "genetic algorithm": Entry(lambda: GeneticAlgorithm(12), synchronous=True, margin=0.5, local=True),
    "truncated evolution": Entry(lambda: Evolution(12, Truncation(0.3), Mutate(), Plus()), margin=0.5, local=True),
    "generations": Entry(lambda: Evolution(9, Truncation(0.3), Mutate(), Aging(), 6), True, margin=0.5, local=True),
    "one plus lambda": Entry(lambda: OnePlusLambda(3), True, margin=0.5),
    "mu comma lambda": Entry(lambda: MuCommaLambda(2, 9), True, margin=0.5),
    "ranking, one point": Entry(ranking, True, margin=0.5, local=True),
    "proportional, subtrees": Entry(lambda: Evolution(
        8, Proportional(0.0), CrossAndMutate(0.3, 0.9, SubtreeCrossover()), Plus()), margin=0.5, local=True),
    "lexicase": Entry(lexicase, margin=0.5, local=True),
    "genetic programming": Entry(lambda: GeneticProgramming(12), True, margin=0.5),
    "broods, plus": Entry(lambda: GeneticProgramming(
        14, 9, Tournament(3), [Crossing(1), Mutation(3), Fresh(0.2)], Plus()), True, margin=0.5),
    "crowding": Entry(lambda: DeterministicCrowding(5, mutation=0.8), True, margin=0.5, local=True),
    "adaptive operators": Entry(adaptive, margin=0.5),
    "partially mapped crossover": Entry(lambda: crossed(PartiallyMappedCrossover()), margin=0.5, local=True),
    "order crossover": Entry(lambda: crossed(OrderCrossover()), margin=0.5, local=True),
    "cycle crossover": Entry(lambda: crossed(CycleCrossover()), margin=0.5, local=True),
}  # fmt: skip
