"""Successive over-relaxation: exact oracles, the theory of its parameter, bad input."""

import numpy as np
import pytest

from inlay.optimizers import gauss_seidel, jacobi_radius, optimal_omega, sor

MATRIX = np.array([[4.0, -1.0, 0.5], [-1.0, 5.0, -2.0], [0.5, -2.0, 6.0]])
B = np.array([1.0, -2.0, 3.0])


def one_by_one(matrix: np.ndarray, b: np.ndarray, omega: float, sweeps: int) -> np.ndarray:
    """The textbook's form of SOR: each unknown in turn from the newest values of the others."""
    x = np.zeros_like(b)
    for _ in range(sweeps):
        for i in range(len(b)):
            rest = matrix[i] @ x - matrix[i, i] * x[i]
            x[i] = (1 - omega) * x[i] + omega * (b[i] - rest) / matrix[i, i]
    return x


def poisson(n: int) -> np.ndarray:
    line = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    return np.asarray(np.kron(line, np.eye(n)) + np.kron(np.eye(n), line))


@pytest.mark.parametrize("omega", [0.7, 1.0, 1.3])
def test_every_sweep_is_that_of_the_textbook(omega: float) -> None:
    for sweeps in (1, 2, 5):
        assert sor(MATRIX, B, omega, limit=sweeps).x == pytest.approx(one_by_one(MATRIX, B, omega, sweeps))


@pytest.mark.parametrize("omega", [0.7, 1.0, 1.3])
def test_it_stops_at_the_first_sweep_within_the_tolerance(omega: float) -> None:
    found = sor(MATRIX, B, omega, tolerance=1e-8)
    assert found.converged
    assert found.x == pytest.approx(np.linalg.solve(MATRIX, B), rel=1e-7)

    def left(sweeps: int) -> float:
        return float(np.linalg.norm(B - MATRIX @ one_by_one(MATRIX, B, omega, sweeps)) / np.linalg.norm(B))

    assert left(found.iterations) == pytest.approx(found.residual, rel=1e-4)
    assert left(found.iterations) < 1e-8 <= left(found.iterations - 1)


def test_the_limit_is_kept_and_told() -> None:
    found = sor(poisson(10), np.ones(100), 1.0, limit=3)
    assert (found.iterations, found.converged) == (3, False)
    assert found.residual > 0.1


def test_gauss_seidel_is_omega_1_and_a_zero_right_side_takes_no_sweep() -> None:
    assert (gauss_seidel(MATRIX, B).x == sor(MATRIX, B, 1.0).x).all()
    assert sor(MATRIX, np.zeros(3)).iterations == 0
    assert sor(MATRIX, np.zeros(3)).converged


def test_a_sparse_matrix_takes_the_same_sweeps() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    matrix, b = poisson(6), np.arange(36.0)
    for omega in (1.0, 1.5):
        dense, thin = sor(matrix, b, omega), sor(sparse.csr_matrix(matrix), b, omega)
        assert thin.iterations == dense.iterations
        assert thin.x == pytest.approx(dense.x)


def test_the_jacobi_radius_of_poisson_is_a_cosine() -> None:
    assert jacobi_radius(poisson(10)) == pytest.approx(np.cos(np.pi / 11))
    assert jacobi_radius(np.diag([2.0, 3.0])) == 0


def test_the_optimal_relaxation_is_the_best_asymptotically() -> None:
    """The spectral radius of the sweeps is omega - 1 at Young's relaxation, and greater beside it."""
    matrix = poisson(5)
    lower, diagonal = np.tril(matrix, -1), np.diag(np.diag(matrix))

    def radius(omega: float) -> float:
        sweep = np.eye(25) - np.linalg.solve(diagonal / omega + lower, matrix)
        return float(np.abs(np.linalg.eigvals(sweep)).max())

    best = optimal_omega(jacobi_radius(matrix))
    assert best == pytest.approx(2 / (1 + np.sin(np.pi / 6)))
    assert radius(best) == pytest.approx(best - 1, abs=1e-3)
    assert radius(best - 0.02) > radius(best) + 0.01
    assert radius(best + 0.02) > radius(best) + 0.01


def test_the_optimal_relaxation_takes_fewer_sweeps() -> None:
    matrix, b = poisson(10), np.ones(100)
    best = optimal_omega(jacobi_radius(matrix))
    assert 5 * sor(matrix, b, best).iterations < gauss_seidel(matrix, b).iterations


@pytest.mark.parametrize("omega", [0.0, 2.0, -1.0, float("nan")])
def test_a_relaxation_that_diverges_is_refused(omega: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 2"):
        sor(MATRIX, B, omega)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        sor(MATRIX, np.ones(2))
    with pytest.raises(ValueError, match="zero on its diagonal"):
        sor(np.array([[0.0, 1.0], [1.0, 0.0]]), np.ones(2))
    for radius in (1.0, -0.1, float("nan")):
        with pytest.raises(ValueError, match="from 0 to below 1"):
            optimal_omega(radius)
