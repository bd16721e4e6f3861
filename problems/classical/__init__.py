"""Classical problems with known optima: bit strings, permutations and functions of real numbers."""

from .assignments import quadratic_assignment
from .binary_sequences import low_autocorrelation
from .bit_strings import concatenated_traps, leading_ones, one_max
from .clauses import maximum_satisfiability
from .functions import ellipsoid, rastrigin, rosenbrock, schwefel, sphere
from .graphs import independent_set
from .landscapes import nk_landscape
from .packing import knapsack
from .queens import n_queens
from .schedules import flow_shop
from .spins import ising_ring, spin_glass
from .suites import suite
from .tours import travelling_salesman

__all__ = [
    "concatenated_traps",
    "ellipsoid",
    "flow_shop",
    "independent_set",
    "ising_ring",
    "knapsack",
    "leading_ones",
    "low_autocorrelation",
    "maximum_satisfiability",
    "n_queens",
    "nk_landscape",
    "one_max",
    "quadratic_assignment",
    "rastrigin",
    "rosenbrock",
    "schwefel",
    "sphere",
    "spin_glass",
    "suite",
    "travelling_salesman",
]
