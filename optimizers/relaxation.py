"""Successive over-relaxation of linear systems, and the relaxation that theory advises."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Relaxed:
    """A solution x (n,), how many sweeps it took, and the relative residual ||b - A x|| / ||b|| that is left."""

    x: Floats
    iterations: int
    residual: float
    converged: bool


def sor(matrix: Any, b: Any, omega: float = 1.0, *, tolerance: float = 1e-8, limit: int = 10_000) -> Relaxed:
    """Successive over-relaxation from x = 0: x += M^-1 (b - A x), M = D / omega + L, until the residual is small.

    D and L are the diagonal and the strictly lower part of `matrix`, an array (n, n) or a sparse matrix of SciPy; b is
    (n,). Stops at ||b - A x|| < tolerance ||b||, or after `limit` sweeps. Raises `ValueError` for an omega outside
    (0, 2), where no sweep converges, and for a zero on the diagonal.

    >>> sor([[4.0, -1.0], [-1.0, 4.0]], [3.0, 3.0]).x.round(6).tolist()
    [1.0, 1.0]

    Source: D. M. Young (1954), Iterative methods for solving partial difference equations of elliptic type,
    doi:10.1090/S0002-9947-1954-0059635-7.
    """
    if not 0 < omega < 2:
        raise ValueError(f"sor(omega={omega}): it must lie between 0 and 2, else the sweeps diverge; 1 is Gauss-Seidel")
    matrix = matrix if hasattr(matrix, "tocsc") else np.asarray(matrix, dtype=np.float64)
    b = np.asarray(b, dtype=np.float64)
    if matrix.shape != (len(b), len(b)):
        raise ValueError(f"sor: a matrix {matrix.shape} and a right side {b.shape} do not fit: give (n, n) and (n,)")
    sweep = _sweep(matrix, omega)
    x, norm = np.zeros_like(b), float(np.linalg.norm(b))
    residual, iterations = b, 0
    while (size := float(np.linalg.norm(residual))) >= tolerance * norm > 0 and iterations < limit:
        x = x + sweep(residual)
        residual = b - matrix @ x
        iterations += 1
    return Relaxed(x, iterations, size / norm if norm else 0.0, size < tolerance * norm or norm == 0)


def gauss_seidel(matrix: Any, b: Any, *, tolerance: float = 1e-8, limit: int = 10_000) -> Relaxed:
    """The sweeps of Gauss and Seidel: `sor` with omega = 1.

    >>> gauss_seidel([[2.0, 0.0], [1.0, 2.0]], [2.0, 3.0]).iterations
    1
    """
    return sor(matrix, b, 1.0, tolerance=tolerance, limit=limit)


def _sweep(matrix: Any, omega: float) -> Callable[[Floats], Floats]:
    """How a residual r becomes M^-1 r."""
    diagonal = matrix.diagonal()
    if not np.all(diagonal):
        raise ValueError("sor: the matrix has a zero on its diagonal: reorder its rows")
    if isinstance(matrix, np.ndarray):
        inverse = np.linalg.inv(np.tril(matrix, -1) + np.diag(diagonal) / omega)
        return lambda residual: inverse @ residual
    from scipy import sparse
    from scipy.sparse.linalg import splu

    lower = sparse.tril(matrix, -1) + sparse.diags(diagonal) / omega
    solve: Callable[[Floats], Floats] = splu(lower.tocsc(), permc_spec="NATURAL", diag_pivot_thresh=0.0).solve
    return solve


def jacobi_radius(matrix: Any) -> float:
    """The spectral radius beta of I - D^-1 A, the iteration matrix of Jacobi's method; `matrix` is (n, n).

    >>> round(jacobi_radius([[4.0, -1.0], [-1.0, 4.0]]), 12)
    0.25
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    scaled = matrix / np.diag(matrix)[:, None]
    return float(np.abs(1.0 - np.linalg.eigvals(scaled)).max())


def optimal_omega(radius: float) -> float:
    """Young's relaxation 1 + (beta / (1 + sqrt(1 - beta^2)))^2, the best asymptotically for a Jacobi radius beta < 1.

    It holds for consistently ordered matrices. Raises `ValueError` for a radius outside [0, 1).

    >>> optimal_omega(0.0), round(optimal_omega(0.96), 6)
    (1.0, 1.5625)
    """
    if not 0 <= radius < 1:
        raise ValueError(f"optimal_omega({radius}): Jacobi's method must converge: give a radius from 0 to below 1")
    return 1.0 + (radius / (1.0 + math.sqrt(1.0 - radius * radius))) ** 2
