"""Strategies that evolve a population, one line an entry."""

from __future__ import annotations

from entries import Entry

from inlay.search import Aging, Evolution, GeneticAlgorithm, Mutate, Plus, RegularizedEvolution, Truncation

STRATEGIES: dict[str, Entry] = {
    "regularized evolution": Entry(lambda: RegularizedEvolution(12, tournament=4), margin=0.5, local=True),
    "genetic algorithm": Entry(lambda: GeneticAlgorithm(12), synchronous=True, margin=0.5, local=True),
    "truncated evolution": Entry(lambda: Evolution(12, Truncation(0.3), Mutate(), Plus()), margin=0.5, local=True),
    "generations": Entry(lambda: Evolution(9, Truncation(0.3), Mutate(), Aging(), 6), True, margin=0.5, local=True),
}  # fmt: skip
