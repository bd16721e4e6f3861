"""Gaussian numbers whose means and deviations are both fitted: a cloud that closes in on one place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .rare_events import Gaussians, Vector

#: A deviation never falls below this, so that the density stays finite.
_LEAST_DEVIATION = 1e-12


@dataclass(frozen=True)
class FittedGaussians:
    """Independent Gaussian numbers; means and deviations are fitted. A family for `rare_event`, and for optimisation.

    For events in one small place: `Gaussians`, whose deviations stay, would hardly ever draw them. Raises `ValueError`
    for deviations that are not positive.

    >>> law = FittedGaussians(np.zeros(1), np.ones(1))
    >>> found = law.fitted(np.array([[1.0], [3.0]]), np.ones(2))
    >>> (found.means.tolist(), found.deviations.tolist(), law.towards(found, 0.5).means.tolist())
    ([2.0], [1.0], [1.0])
    """

    means: Vector
    deviations: Vector

    def __post_init__(self) -> None:
        self._law()

    def _law(self) -> Gaussians:
        return Gaussians(self.means, self.deviations)

    def draw(self, n: int, generator: np.random.Generator) -> Vector:
        """Samples, shape (n, d)."""
        return self._law().draw(n, generator)

    def log_density(self, x: Vector) -> Vector:
        """The logarithm of the density of each sample, up to a constant; shape (n,)."""
        return self._law().log_density(x)

    def fitted(self, x: Vector, weights: Vector) -> FittedGaussians:
        """The maximum likelihood estimate from weighted samples."""
        means = np.average(x, axis=0, weights=weights)
        variances = np.average((x - means) ** 2, axis=0, weights=weights)
        return FittedGaussians(means, np.maximum(np.sqrt(variances), _LEAST_DEVIATION))

    def towards(self, other: FittedGaussians, rate: float) -> FittedGaussians:
        """(1 - rate) of these parameters and `rate` of the others."""
        return FittedGaussians(
            (1 - rate) * self.means + rate * other.means,
            (1 - rate) * self.deviations + rate * other.deviations,
        )
