"""Survival by age and loss: young lines need not yet be as good as old ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .double_tournament import main_losses
from .nondominated import front_ranks
from .trials import Trial


@dataclass(frozen=True)
class AgeFitness:
    """Those stay whom the fewest fronts of age and loss precede; within a front the better, and among equals the newer.

    The age of a trial counts from the generation in which the oldest of its ancestors was drawn at random: its origin
    holds it as [generation, birth], as `GeneticProgramming` writes it; others count as born with the youngest. So
    members drawn afresh are compared with their like, and old lines give way where they improve no more.

    Source: Schmidt, Lipson, 2011, Age-Fitness Pareto Optimization, Genetic Programming Theory and Practice VIII,
    doi:10.1007/978-1-4419-7747-2_8.
    Differs: fronts are cut off by rank, where the source draws small tournaments until enough are left.
    """

    #: Asks a strategy for origins with births.
    by_birth: ClassVar[bool] = True

    def __call__(self, population: Sequence[Trial], arrived: Sequence[Trial], size: int) -> list[Trial]:
        trials = [*population, *arrived]
        if len(trials) <= size:
            return trials
        births = births_of(trials)
        losses = main_losses(trials)
        violations = np.array([trial.violation for trial in trials])
        ranks = front_ranks(np.column_stack([-births, losses]), violations)
        order = np.lexsort([-np.arange(len(trials)), *losses.T[::-1], ranks])
        return [trials[i] for i in order[:size].tolist()]


def births_of(trials: Sequence[Trial]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The generation in which the line of each trial began; that of the youngest where a trial says nothing."""
    found = [trial.origin[1] if isinstance(trial.origin, list) else None for trial in trials]
    youngest = max((birth for birth in found if birth is not None), default=0)
    return np.array([youngest if birth is None else birth for birth in found], dtype=np.int64)
