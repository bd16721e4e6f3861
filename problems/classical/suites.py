"""The standard suite of classical problems: what every strategy is compared on."""

from __future__ import annotations

from collections.abc import Callable

from ...search import Problem
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
from .tours import travelling_salesman

_BITS: tuple[Callable[[], Problem], ...] = (
    one_max,
    leading_ones,
    concatenated_traps,
    low_autocorrelation,
    nk_landscape,
    ising_ring,
    spin_glass,
    independent_set,
    knapsack,
    maximum_satisfiability,
)
_PERMUTATIONS: tuple[Callable[[], Problem], ...] = (n_queens, quadratic_assignment, travelling_salesman, flow_shop)
_CONTINUOUS: tuple[Callable[[], Problem], ...] = (sphere, ellipsoid, rosenbrock, rastrigin, schwefel)

#: What makes the problems of each kind, at their standard sizes.
KINDS = {"bits": _BITS, "permutations": _PERMUTATIONS, "continuous": _CONTINUOUS}


def suite(*kinds: str) -> dict[str, Problem]:
    """The standard problems by name; of the given kinds only ("bits", "permutations", "continuous"), else all.

    Bit strings have 64 bits, permutations 12 to 64 items, continuous problems 5 dimensions. Raises `ValueError` for
    another kind.

    >>> list(suite("permutations"))[:2]
    ['classical/n_queens', 'classical/quadratic_assignment']
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise ValueError(f"suite({unknown[0]!r}): the kinds are {', '.join(KINDS)}")
    made = [make() for kind in kinds or KINDS for make in KINDS[kind]]
    return {problem.name: problem for problem in made}
