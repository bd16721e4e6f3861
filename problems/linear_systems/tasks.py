"""The problems: a sequence of systems, of which each is to be solved with a relaxation of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...search import Problem
from ...spaces import Choice, Integer, Space, space
from .sweep_table import CostTable, cost_table
from .systems import OMEGAS, Variance

_SOURCE = (
    "M. Khodak, E. Chow, M.-F. Balcan, A. Talwalkar (2024), Learning to relax: setting solver parameters across a "
    "sequence of linear system instances, arXiv:2310.02246"
)


def linear_systems_space(instances: int) -> Space:
    """Which system, and the relaxation with which it is solved.

    >>> linear_systems_space(500).size()
    10000
    """
    return space({"instance": Integer(0, instances - 1), "omega": Choice(*OMEGAS)})


@dataclass(frozen=True)
class Sweeps:
    """The number of sweeps that solve a system, looked up in the table of a sequence."""

    instances: int
    variance: Variance = "high"
    seed: int = 0

    @cached_property
    def table(self) -> CostTable:
        """The sweeps of every system and relaxation; calculated where the cache has them not."""
        return cost_table(self.instances, self.variance, self.seed)

    def __call__(self, value: Any) -> float:
        return float(self.table.counts[value["instance"], OMEGAS.index(value["omega"])])

    def shift(self, instance: int) -> tuple[float]:
        """What is known of a system before it is solved: its shift."""
        return (float(self.table.shifts[instance]),)


def linear_systems_problem(instances: int = 500, variance: Variance = "high", seed: int = 0) -> Problem:
    """The problem `linear_systems/<variance>_variance`: solve shifted Poisson systems by SOR in few sweeps.

    A world that brings the systems one by one fills the hole "instance": see `BanditSearch(given="instance")`. The
    published points are Gauss-Seidel and the best fixed relaxation, each for the first system; they are to be compared
    by their sums over all, `Sweeps(...).table.counts.sum(axis=0)`. Calculates the table where the cache has it not: 4
    seconds for 500 systems.
    """
    sweeps = Sweeps(instances, variance, seed)
    best = OMEGAS[sweeps.table.best_fixed]
    return Problem(
        f"linear_systems/{variance}_variance",
        linear_systems_space(instances),
        sweeps,
        objectives={"sweeps": "minimize"},
        published={"Gauss-Seidel": {"instance": 0, "omega": 1.0}, "best fixed": {"instance": 0, "omega": best}},
        best_known=float(sweeps.table.counts.min()),
        source=_SOURCE,
    )
