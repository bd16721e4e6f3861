"""Numerical algorithms: what a search tunes or calls."""

from .argument_principle import argument_change, zeros_within, zeta_zeros_below
from .continued_fractions import convergents, signed_terms
from .linear_recurrences import LinearRecurrence, extended, shortest_recurrence
from .relaxation import Relaxed, gauss_seidel, jacobi_radius, optimal_omega, sor
from .zeta_function import riemann_siegel_theta, zeta

__all__ = [
    "LinearRecurrence",
    "Relaxed",
    "argument_change",
    "convergents",
    "extended",
    "gauss_seidel",
    "jacobi_radius",
    "optimal_omega",
    "riemann_siegel_theta",
    "shortest_recurrence",
    "signed_terms",
    "sor",
    "zeros_within",
    "zeta",
    "zeta_zeros_below",
]
