"""Auto: a strategy that chooses a strategy, and says which and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from ..spaces import Formulas, Mask, Permutation, Space
from ..spaces.counting import count_few
from .covariance_adaptation import CovarianceAdaptation
from .crossover import TwoPointCrossover, is_flat_choices
from .evolution import Evolution, RegularizedEvolution
from .exhaustive import Exhaustive
from .genetic_programming import GeneticProgramming
from .hyperband import Hyperband
from .iterated_local_search import IteratedLocalSearch
from .nsga2 import NSGA2
from .nsga3 import NSGA3
from .objectives import Objectives
from .quadratic_trust_region import QuadraticTrustRegion
from .racing import Racing
from .real_vectors import RealVectors
from .records import Header
from .selection import Tournament
from .strategies import CannotAct, Proposal, Strategy, as_objectives
from .survival import Plus
from .trials import Trial
from .variation import CrossAndMutate

#: Up to this many members a space is listed where no budget is known.
FEW = 200
#: Up to this many real numbers a quadratic model has few enough coefficients to be learned.
_SMOOTH_DIMENSION = 20


class Choice(NamedTuple):
    """A strategy, and why it is the one to take."""

    strategy: Strategy
    why: str


@dataclass
class Auto(Strategy):
    """Chooses by the space, the objectives, the budget and the number of workers; `reason` says what and why.

    It is what searches where no strategy is named: `minimize` and `maximize` tell it their trials and workers.
    `trials` is the number of evaluations that will be made, where that is known; `workers` how many run at once. The
    choice is a function of these and of the problem alone: the same on every machine, whatever is installed. So it
    never takes a model-based strategy: for evaluations of minutes name `ModelBased` yourself.

    >>> auto = Auto(trials=1000)
    >>> auto.start(Permutation(range(20)), Random(0), {"loss": "minimize"})
    >>> print(auto.reason)
    IteratedLocalSearch, because the members are orders of 20 items, which single moves improve
    """

    trials: int | None = None
    workers: int = 1

    def __post_init__(self) -> None:
        if self.workers < 1 or (self.trials is not None and self.trials < 1):
            raise ValueError(f"{self!r}: trials and workers are at least 1, or trials None where they are not known")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        choice = choose_strategy(space, as_objectives(objectives), self.trials, self.workers)
        self.chosen, self.reason = choice.strategy, choice.why
        self.chosen.start(space, rng, objectives)
        self.space = space

    def ask(self, n: int) -> Sequence[Proposal]:
        return self.chosen.ask(n)

    def tell(self, trials: Sequence[Trial]) -> None:
        self.chosen.tell(trials)
        self.space = self.chosen.space


def auto_for(stored: Header | None = None, trials: int | None = None, workers: int = 1) -> Auto:
    """`Auto` for a budget, or, where it began the stored study, as it was begun: so it chooses the same once more."""
    begun = None if stored is None else re.fullmatch(r"Auto\(trials=(\d+|None), workers=(\d+)\)", stored.strategy)
    if begun is None:
        return Auto(trials, workers)
    return Auto(None if begun[1] == "None" else int(begun[1]), int(begun[2]))


def choose_strategy(space: Space, objectives: Objectives, trials: int | None = None, workers: int = 1) -> Choice:
    """The first rule that fits."""
    return next(_fitting(space, objectives, trials, workers))


def _fitting(space: Space, objectives: Objectives, trials: int | None, workers: int) -> Iterator[Choice]:
    if len(objectives) > 1:
        yield _front(len(objectives), trials)
    if objectives.noisy:
        inner = _by_space(space, objectives, trials, workers)
        yield Choice(Racing(inner.strategy), f"Racing, because evaluations are noisy; inside it {inner.why}")
    if objectives.fidelities:
        shares = ", ".join(f"{fidelity:.3g}" for fidelity in objectives.fidelities)
        why = f"Hyperband of evolution, because cheap evaluations at fidelities {shares} tell what is worth a full one"
        yield Choice(Hyperband(RegularizedEvolution(30)), why)
    if members := count_few(space, trials or FEW):
        yield Choice(Exhaustive(), f"Exhaustive, because all {members} members can be tried")
    yield _by_space(space, objectives, trials, workers)


def _front(objectives: int, trials: int | None) -> Choice:
    if objectives == 2:
        return Choice(NSGA2(_at_most(100, trials)), "NSGA2, because there are 2 objectives")
    why = f"there are {objectives} objectives, too many for crowding distances"
    return Choice(NSGA3(_at_most(92, trials)), f"NSGA3, because {why}")


def _by_space(space: Space, objectives: Objectives, trials: int | None, workers: int) -> Choice:
    """The strategy for one exact loss, by the kind of space."""
    if dimension := _reals(space, objectives):
        return _continuous(dimension, workers)
    if isinstance(space, Permutation):
        why = f"the members are orders of {len(space.items)} items, which single moves improve"
        return Choice(IteratedLocalSearch(), f"IteratedLocalSearch, because {why}")
    if isinstance(space, Formulas):
        why = "the members are formulas, of which whole broods are bred at once"
        return Choice(GeneticProgramming(_population(trials)), f"GeneticProgramming, because {why}")
    if isinstance(space, Mask) or is_flat_choices(space):
        why = "the decisions are discrete and independent, and stand in an order that two-point crossover keeps"
        vary, size = CrossAndMutate(0.9, 0.5, TwoPointCrossover()), _at_most(30, trials)
        return Choice(Evolution(size, Tournament(2), vary, Plus(), brood=size), f"a genetic algorithm, because {why}")
    why = "the decisions are of several kinds or depend on one another, which its mutations respect"
    return Choice(RegularizedEvolution(_at_most(30, trials)), f"RegularizedEvolution, because {why}")


def _at_most(population: int, trials: int | None) -> int:
    """A population, smaller where there are too few trials for ten generations; no fewer than 16."""
    return population if trials is None else min(population, max(16, trials // 10))


def _population(trials: int | None) -> int:
    """So many members that there are about thirty broods, but no fewer than 20 and no more than 1,000."""
    return 300 if trials is None else min(1000, max(20, trials // 30))


def _reals(space: Space, objectives: Objectives) -> int:
    """The number of decisions, where all are real numbers; else 0."""
    try:
        return RealVectors("Auto", space, objectives).dimension
    except CannotAct:
        return 0


def _continuous(dimension: int, workers: int) -> Choice:
    what = "the decision is a real number" if dimension == 1 else f"the {dimension} decisions are real numbers"
    if workers == 1 and dimension <= _SMOOTH_DIMENSION:
        why = f"{what}, few enough for a model of second order"
        return Choice(QuadraticTrustRegion(), f"QuadraticTrustRegion, because {why}")
    why = what + (f", evaluated {workers} at a time" if workers > 1 else "")
    return Choice(CovarianceAdaptation(), f"CovarianceAdaptation, because {why}")
