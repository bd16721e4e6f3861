"""Levenberg and Marquardt's method for nonlinear least squares, with weights and robust losses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spaces.formulas.losses import loss_kind, row_importance, row_losses

Floats = NDArray[np.float64]

#: Damping: where it begins, and beyond what it is hopeless.
FIRST_DAMPING, LAST_DAMPING = 1e-3, 1e12
#: The step of central differences, the cube root of the rounding error, relative to numbers of at least this size.
STEP, SMALLEST = 6e-6, 1e-3


@dataclass(frozen=True, eq=False)
class Fitted:
    """Parameters x (k,), their loss, the weighted sum over the residuals, how many steps were tried, and whether the
    last one promised too little to be worth another."""

    x: Floats
    loss: float
    iterations: int
    converged: bool


def nonlinear_least_squares(
    residuals: Callable[[Floats], Any],
    start: Any,
    *,
    jacobian: Callable[[Floats], Any] | None = None,
    weights: Any = None,
    loss: str = "squared",
    delta: float = 1.0,
    iterations: int = 100,
    tolerance: float = 1e-14,
) -> Fitted:
    """Minimise the sum of w_i rho(r_i(x)) from `start`, where rho is a loss of `spaces.formulas.losses`.

    Each step solves (J'WJ + lambda D) s = -J'Wr, with W the weights times the derivative of rho by r^2 (iteratively
    reweighted least squares), D the largest diagonal of J'WJ so far (Marquardt's scaling), and lambda after Nielsen.
    `residuals` gives (n,), `jacobian` (n, k); without one, central differences are taken. A step that raises the loss,
    or leads where it is not finite, is not taken: so the result is never worse than the start. Raises `ValueError`
    where the residuals of the start are not finite, and for weights that are negative or too few.

    >>> fit = nonlinear_least_squares(lambda x: np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]]), [-1.2, 1.0])
    >>> fit.x.round(9).tolist(), fit.converged
    ([1.0, 1.0], True)

    Source: D. W. Marquardt (1963), An algorithm for least-squares estimation of nonlinear parameters,
    doi:10.1137/0111030. H. B. Nielsen (1999), Damping parameter in Marquardt's method, IMM-REP-1999-05.
    """
    model = _Model(residuals, jacobian, weights, loss_kind(loss, delta), delta)
    x = np.array(start, dtype=np.float64)
    r = model.residuals(x)
    best = model.loss(r)
    if not np.isfinite(best):
        raise ValueError("nonlinear_least_squares: the residuals of the start are not finite: begin elsewhere")
    normal, gradient = model.equations(x, r)
    scale, factor, growth = np.zeros(len(x)), FIRST_DAMPING, 2.0
    for tried in range(iterations):
        scale = np.maximum(scale, normal.diagonal())
        damping = factor * np.where(scale > 0, scale, 1.0)
        step = _solve(normal + np.diag(damping), gradient)
        promised = float(step @ (gradient + damping * step))
        if promised <= tolerance * best:
            return Fitted(x, best, tried, True)
        r = model.residuals(x + step)
        found = model.loss(r)
        if found < best:
            gain = (best - found) / promised
            factor, growth = factor * max(1 / 3, 1 - (2 * gain - 1) ** 3), 2.0
            x, best = x + step, found
            normal, gradient = model.equations(x, r)
        else:
            factor, growth = factor * growth, 2 * growth
            if factor > LAST_DAMPING:
                return Fitted(x, best, tried + 1, False)
    return Fitted(x, best, iterations, False)


@dataclass(frozen=True)
class _Model:
    """What is minimised."""

    call: Callable[[Floats], Any]
    derivative: Callable[[Floats], Any] | None
    weights: Any
    kind: int
    delta: float

    def residuals(self, x: Floats) -> Floats:
        with np.errstate(all="ignore"):
            return np.asarray(self.call(x), dtype=np.float64)

    def loss(self, r: Floats) -> float:
        with np.errstate(all="ignore"):
            terms = row_losses(r, self.kind, self.delta)
            return float(np.sum(terms) if self.weights is None else self._weights(r) @ terms)

    def _weights(self, r: Floats) -> Floats:
        weights = np.asarray(self.weights, dtype=np.float64)
        if weights.shape != r.shape or not (weights >= 0).all():
            raise ValueError(f"{len(r)} residuals need as many weights, none negative")
        return weights

    def equations(self, x: Floats, r: Floats) -> tuple[Floats, Floats]:
        """J'WJ and -J'Wr; a parameter whose derivatives are not finite is left out, and so stays."""
        with np.errstate(all="ignore"):
            J = np.asarray(self.derivative(x), dtype=np.float64) if self.derivative else self._differences(x)
        J = np.where(np.isfinite(J).all(axis=0), J, 0.0)
        importance = row_importance(r, self.kind, self.delta)
        if self.weights is not None:
            importance = importance * self._weights(r)
        weighted = J * importance[:, None]
        return weighted.T @ J, -(weighted.T @ r)

    def _differences(self, x: Floats) -> Floats:
        steps = np.diag(STEP * np.maximum(SMALLEST, np.abs(x)))
        found = [(self.residuals(x + h) - self.residuals(x - h)) / (2 * h.sum()) for h in steps]
        return np.column_stack(found) if found else np.empty((len(self.residuals(x)), 0))


def _solve(matrix: Floats, vector: Floats) -> Floats:
    """The solution after scaling to a unit diagonal, in the sense of least squares where there is none."""
    scale = 1 / np.sqrt(matrix.diagonal())
    scaled = matrix * scale * scale[:, None]
    try:
        return np.asarray(scale * np.linalg.solve(scaled, scale * vector))
    except np.linalg.LinAlgError:
        return np.asarray(scale * np.linalg.lstsq(scaled, scale * vector, rcond=None)[0])
