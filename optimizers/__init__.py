"""Numerical algorithms: what a search tunes or calls."""

from .relaxation import Relaxed, gauss_seidel, jacobi_radius, optimal_omega, sor

__all__ = ["Relaxed", "gauss_seidel", "jacobi_radius", "optimal_omega", "sor"]
