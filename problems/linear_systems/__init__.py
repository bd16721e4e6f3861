"""Sequences of linear systems, whose relaxation is to be learned while they are solved one after the other.

The systems are shifted Poisson equations; the loss is the number of sweeps of successive over-relaxation. What they
take with every relaxation is calculated once, so that learners are compared on the same systems at no cost.
"""

from .regret import play, relative_sweeps
from .sweep_table import CostTable, cost_table
from .systems import OMEGAS, SHIFTS, shifted_poisson
from .tasks import Sweeps, linear_systems_problem, linear_systems_space

__all__ = [
    "OMEGAS",
    "SHIFTS",
    "CostTable",
    "Sweeps",
    "cost_table",
    "linear_systems_problem",
    "linear_systems_space",
    "play",
    "relative_sweeps",
    "shifted_poisson",
]
