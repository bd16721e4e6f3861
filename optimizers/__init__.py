"""Numerical algorithms: what a search tunes or calls."""

from .continued_fractions import convergents, signed_terms
from .linear_recurrences import LinearRecurrence, extended, shortest_recurrence
from .relaxation import Relaxed, gauss_seidel, jacobi_radius, optimal_omega, sor

__all__ = [
    "LinearRecurrence",
    "Relaxed",
    "convergents",
    "extended",
    "gauss_seidel",
    "jacobi_radius",
    "optimal_omega",
    "shortest_recurrence",
    "signed_terms",
    "sor",
]
