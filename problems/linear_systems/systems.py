"""Sequences of Poisson equations, each with another shift of the diagonal, and how many sweeps SOR takes for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Variance = Literal["high", "low"]

#: The interior points along one side of the square; the systems have SIDE**2 unknowns.
SIDE = 10
#: All shifts lie in this range.
SHIFTS = (-0.15, 0.45)
#: The relaxations to choose among; the first is Gauss-Seidel.
OMEGAS = tuple(round(1.0 + 0.05 * i, 2) for i in range(20))
_BETA = {"high": (0.5, 1.5), "low": (2.0, 6.0)}


@dataclass(frozen=True)
class ShiftedPoisson:
    """Systems (A + c_t I) x = b_t, A the 5-point Laplacian: shifts c (T,), right sides b (T, SIDE**2)."""

    shifts: Floats
    right_sides: Floats

    def matrix(self, instance: int) -> Floats:
        """The matrix A_t (SIDE**2, SIDE**2)."""
        shifted: Floats = laplacian() + self.shifts[instance] * np.eye(SIDE * SIDE)
        return shifted


def laplacian(side: int = SIDE) -> Floats:
    """The 5-point Laplacian of a square with `side` interior points along each side, row by row (side**2, side**2).

    >>> laplacian(2).astype(int).tolist()
    [[4, -1, -1, 0], [-1, 4, 0, -1], [-1, 0, 4, -1], [0, -1, -1, 4]]
    """
    line = 2 * np.eye(side) - np.eye(side, k=1) - np.eye(side, k=-1)
    return np.asarray(np.kron(line, np.eye(side)) + np.kron(np.eye(side), line))


def shifted_poisson(instances: int, variance: Variance = "high", seed: int = 0) -> ShiftedPoisson:
    """A sequence drawn from a seed: c = -0.15 + 0.6 B with B ~ Beta(1/2, 3/2) or, of low variance, Beta(2, 6).

    b is standard normal, drawn again where its norm exceeds sqrt(n). A longer sequence begins with the shorter ones.
    """
    if instances < 1 or variance not in _BETA:
        raise ValueError(
            f"shifted_poisson({instances}, {variance!r}): it needs an instance, and a 'high' or 'low' variance"
        )
    draws, sides = (np.random.default_rng([seed, part]) for part in (0, 1))
    low, high = SHIFTS
    shifts = low + (high - low) * draws.beta(*_BETA[variance], size=instances)
    return ShiftedPoisson(shifts, np.stack([_truncated_normal(sides) for _ in range(instances)]))


def _truncated_normal(random: np.random.Generator) -> Floats:
    n = SIDE * SIDE
    while True:
        drawn = random.standard_normal(n)
        if drawn @ drawn <= n:
            return drawn
