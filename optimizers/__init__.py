"""Numerical algorithms: what a search tunes or calls."""

from .argument_principle import argument_change, zeros_within, zeta_zeros_below
from .constant_fitting import fit_constants
from .continued_fractions import convergents, signed_terms
from .levenberg_marquardt import Fitted, nonlinear_least_squares
from .linear_recurrences import LinearRecurrence, extended, shortest_recurrence
from .relaxation import Relaxed, gauss_seidel, jacobi_radius, optimal_omega, sor
from .variable_projection import Projected, linear_constants, separable_least_squares
from .zeta_function import riemann_siegel_theta, zeta

__all__ = [
    "Fitted",
    "LinearRecurrence",
    "Projected",
    "Relaxed",
    "argument_change",
    "convergents",
    "extended",
    "fit_constants",
    "gauss_seidel",
    "jacobi_radius",
    "linear_constants",
    "nonlinear_least_squares",
    "optimal_omega",
    "riemann_siegel_theta",
    "separable_least_squares",
    "shortest_recurrence",
    "signed_terms",
    "sor",
    "zeros_within",
    "zeta",
    "zeta_zeros_below",
]
