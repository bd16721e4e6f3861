"""Quadratic models of a loss, interpolated through sampled points, and their minimum in a ball within a box."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class QuadraticModel:
    """Q(c + s) = f_c + g s + s H s / 2 with Q(x_i) = f_i, as near as possible to an earlier Hessian.

    Among the quadratics through all points the one with the least |H - H_0| (Frobenius) is taken; with
    (n + 1)(n + 2) / 2 points in general position there is only one. `points` has shape (m, n), m > n.

    Source: Powell, 2004, Least Frobenius Norm Updating of Quadratic Models, Mathematical Programming 100.
    Differs: the system is solved anew for every model.
    """

    def __init__(self, points: Matrix, losses: Vector, center: int, earlier: Matrix) -> None:
        offsets = points - points[center]
        self.center, self.scale = points[center], math.sqrt((offsets**2).sum(axis=1).max())
        self.offsets = offsets / self.scale
        m, n = points.shape
        self.m = m
        system = np.zeros((m + n + 1, m + n + 1))
        system[:m, :m] = 0.5 * (self.offsets @ self.offsets.T) ** 2
        system[:m, m] = system[m, :m] = 1.0
        system[:m, m + 1 :] = self.offsets
        system[m + 1 :, :m] = self.offsets.T
        self.inverse = _inverse(system)
        first = earlier * self.scale**2
        rest = losses - losses[center] - 0.5 * ((self.offsets @ first) * self.offsets).sum(axis=1)
        solved = self.inverse[:, :m] @ rest
        self.gradient: Vector = solved[m + 1 :] / self.scale
        self.hessian: Matrix = (first + (self.offsets.T * solved[:m]) @ self.offsets) / self.scale**2

    def change(self, step: Vector) -> float:
        """Q(c + step) - Q(c)."""
        return float(self.gradient @ step + 0.5 * step @ self.hessian @ step)

    def _basis(self, step: Vector) -> Vector:
        scaled = step / self.scale
        return np.concatenate([0.5 * (self.offsets @ scaled) ** 2, [1.0], scaled])

    def lagrange(self, step: Vector) -> Vector:
        """The Lagrange functions of all points at c + step: how strongly the model there hangs on each; shape (m,)."""
        return self.inverse[: self.m] @ self._basis(step)

    def novelty(self, step: Vector) -> float:
        """How far c + step is from being determined by the points there are: 0 where a model can learn nothing."""
        basis = self._basis(step)
        return float(0.5 * (step @ step / self.scale**2) ** 2 - basis @ self.inverse @ basis)

    def lagrange_function(self, i: int) -> tuple[Vector, Matrix]:
        """Gradient at c and Hessian of the Lagrange function of point `i`."""
        column = self.inverse[:, i]
        hessian = (self.offsets.T * column[: self.m]) @ self.offsets
        return column[self.m + 1 :] / self.scale, hessian / self.scale**2


def _inverse(system: Matrix) -> Matrix:
    try:
        inverse = np.asarray(np.linalg.inv(system), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(system), dtype=np.float64)
    return inverse if np.isfinite(inverse).all() else np.asarray(np.linalg.pinv(system), dtype=np.float64)


def least_in_ball(gradient: Vector, hessian: Matrix, radius: float) -> Vector:
    """The step of length at most `radius` that minimises g s + s H s / 2.

    Where the minimum lies on the sphere, s = -(H + t I)^-1 g with t such that |s| = radius.

    Source: Moré, Sorensen, 1983, Computing a Trust Region Step, SIAM J. Sci. Stat. Comput. 4.
    """
    curvatures, axes = np.linalg.eigh(hessian)
    g = axes.T @ gradient
    least, size = float(curvatures[0]), float(np.abs(curvatures).max())
    slight = 1e-15 * size + 1e-12 * math.sqrt(float(g @ g)) / radius + 1e-300  # so that nothing below overflows
    if least > slight:
        step = -g / curvatures
        if step @ step <= radius * radius:
            return np.asarray(axes @ step)
    t = max(0.0, -least) + slight
    step = -g / (curvatures + t)
    if step @ step < radius * radius:  # the hard case: the gradient has no share in the least curvature
        step[0] += math.copysign(math.sqrt(radius * radius - step @ step), step[0])
        return np.asarray(axes @ step)
    t = max(t, math.sqrt(float(g @ g)) / radius - float(curvatures[-1]))
    for _ in range(40):
        step = -g / (curvatures + t)
        length = math.sqrt(float(step @ step))
        if abs(length - radius) <= 1e-6 * radius:
            break
        slope = float((step * step / (curvatures + t)).sum())
        t += (length * length / slope) * (length - radius) / radius
    return np.asarray(axes @ step) * min(1.0, radius / max(length, 1e-300))


def least_in_box(gradient: Vector, hessian: Matrix, radius: float, low: Vector, high: Vector) -> Vector:
    """A low point of g s + s H s / 2 with |s| <= radius and low <= s <= high, where low <= 0 <= high.

    Coordinates that the free solution carries beyond a bound are fixed there, and the others solved again.
    """
    n = len(gradient)
    step, free = np.zeros(n), np.ones(n, dtype=bool)
    for _ in range(n):
        left = radius * radius - float(step[~free] @ step[~free])
        if left <= 0:
            break
        inner = gradient[free] + hessian[np.ix_(free, ~free)] @ step[~free]
        found = least_in_ball(inner, hessian[np.ix_(free, free)], math.sqrt(left))
        clipped = np.clip(found, low[free], high[free])
        step[free] = clipped
        outside = np.flatnonzero(free)[clipped != found]
        if not len(outside):
            break
        free[outside] = False
        if not free.any():
            break
    length = math.sqrt(float(step @ step))
    return step * min(1.0, radius / length) if length > 0 else step
