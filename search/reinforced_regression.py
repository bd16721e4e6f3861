"""RSRM: in turn tree search with a double-Q prior, genetic programming from what it finds, and forms that recur."""

from __future__ import annotations

from collections.abc import Sequence

from .brood_moves import Crossing, Mutation
from .double_q import DoubleQ
from .episodes import Episodes, Schedule, Step
from .form_discovery import FormDiscovery
from .genetic_programming import GeneticProgramming
from .selection import Tournament
from .strategies import Strategy
from .survival import Elitist
from .tree_policies import UpperConfidence, best_grade
from .tree_search import MonteCarloTreeSearch


def published(episode: int) -> Sequence[Step]:
    """The published schedule: ten episodes, of which the last five also search within the form found.

    >>> [len(published(episode)) for episode in range(10)]
    [3, 3, 3, 3, 3, 6, 5, 6, 6, 3]
    """
    turn, steps = episode % 10, list[Step]()
    if turn <= 8:
        steps += [Step("explore"), Step("exploit"), Step("narrow")]
    if turn >= 5:
        steps += [Step("explore", within=True), Step("exploit", within=True)]
    if turn >= 7:
        steps.append(Step("gather", within=True))
    if turn == 5:
        steps.append(Step("gather"))
    return steps


def RSRM(  # noqa: N802
    times: int = 100,
    population: int = 500,
    generations: int = 30,
    *,
    tree: bool = True,
    double_q: bool = True,
    forms: bool = True,
    evolve: Strategy | None = None,
    schedule: Schedule = published,
) -> Episodes:
    """The Reinforcement Symbolic Regression Machine: `tree` search, a `double_q` prior, and discovery of `forms`.

    Each exploration is a tree search that backs up the best and decides for good after `times` trials a step; without
    the prior it follows upper confidence bounds. `generations` of a `population` evolve from the best that it found,
    by `evolve` where that is given. With `forms` the space must be one of formulas; without, any will do.

    >>> from inlay.search import minimize
    >>> from inlay.spaces.formulas import Formulas
    >>> from inlay.spaces.formulas.data import Data
    >>> from inlay.spaces.formulas.evaluation import losses
    >>> data = Data({"x": [1, 2, 3, 4]}, [2, 6, 12, 20])
    >>> space = Formulas(["x"], ["+", "*"], max_size=9)
    >>> found = minimize(lambda f: losses([f], data)[0], space, strategy=RSRM(10, 20, 5), trials=500, seed=0)
    >>> found.best.loss
    0.0

    Source: Xu, Liu, Sun, 2024, Reinforcement Symbolic Regression Machine, ICLR, arXiv:2305.14656.
    Differs: all of a population is random and competes with the seeds; no child is a mere copy; no formula is too short
    to count; what the prior learned within a form is dropped with it; no test data are looked at.
    """
    select = DoubleQ() if double_q else UpperConfidence()
    explore = MonteCarloTreeSearch(select, best_grade, commit=times) if tree else None
    exploit = programming(population) if evolve is None else evolve
    narrow = FormDiscovery() if forms else None
    return Episodes(explore, exploit, narrow, schedule, population * generations, max(1, population // 2))


def programming(population: int) -> GeneticProgramming:
    """Genetic programming as it is published with RSRM: tournaments of ten, five mutants for each crossing."""
    return GeneticProgramming(population, select=Tournament(10), moves=(Crossing(0.1), Mutation(0.5)), keep=Elitist(0))
