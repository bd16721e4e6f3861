"""SOR for many shifted Poisson systems and relaxations at once, one sweep for all of them together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .systems import SIDE, ShiftedPoisson

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]

#: So many systems are swept together: their residuals stay in the processor's cache.
_BLOCK = 2048


def sweep_counts(systems: ShiftedPoisson, omegas: Floats, *, tolerance: float = 1e-8, limit: int = 10_000) -> Counts:
    """How many sweeps SOR takes for every system t with each of its relaxations: omegas (T, k), counts (T, k).

    Equal to what `optimizers.sor` counts one by one.
    """
    each = omegas.shape[1]
    counts = np.empty(omegas.size, dtype=np.int32)
    shifts, flat = np.repeat(systems.shifts, each), omegas.reshape(-1)
    order = np.argsort(-_expected(shifts, flat), kind="stable")  # systems that end together share a block
    for start in range(0, len(order), _BLOCK):
        block = order[start : start + _BLOCK]
        sides = systems.right_sides[block // each].T.reshape(SIDE, SIDE, -1)
        counts[block] = _block_counts(sides, shifts[block], flat[block], tolerance, limit)
    return counts.reshape(omegas.shape)


def _expected(shifts: Floats, omegas: Floats) -> Floats:
    """About how many sweeps a system takes: the inverse of minus the logarithm of Young's spectral radius."""
    jacobi = 4 * np.cos(np.pi / (SIDE + 1)) / (4 + shifts)
    under = np.maximum(omegas**2 * jacobi**2 / 4 - omegas + 1, 0.0)
    over_relaxed = omegas >= 2 / (1 + np.sqrt(1 - jacobi**2))
    radius = np.where(over_relaxed, omegas - 1, (omegas * jacobi / 2 + np.sqrt(under)) ** 2)
    expected: Floats = -1 / np.log(np.clip(radius, 0.1, 1 - 1e-9))
    return expected


def _block_counts(residual: Floats, shifts: Floats, omegas: Floats, tolerance: float, limit: int) -> Counts:
    """The counts of a block: residuals (SIDE, SIDE, B), shifts (B,), relaxations (B,)."""
    counts = np.full(len(shifts), limit, dtype=np.int32)
    columns = np.arange(len(shifts))  # which ones the arrays still hold, and which of those are not yet solved
    unsolved = np.full(len(shifts), True)
    goal = tolerance**2 * _squares(residual)
    inverse, kept = omegas / (4 + shifts), (4 + shifts) * (1 / omegas - 1)
    for iteration in range(1, limit + 1):
        residual = _swept(residual, inverse, kept)
        solved = unsolved & (_squares(residual) < goal)
        counts[columns[solved]] = iteration
        unsolved &= ~solved
        if (left := np.count_nonzero(unsolved)) == 0:
            break
        if left < 0.85 * len(columns):
            columns, residual = columns[unsolved], np.ascontiguousarray(residual[:, :, unsolved])
            goal, inverse, kept = goal[unsolved], inverse[unsolved], kept[unsolved]
            unsolved = unsolved[unsolved]
    return counts


def _squares(residual: Floats) -> Floats:
    """The squared norms of residuals (SIDE, SIDE, B)."""
    squares: Floats = np.einsum("ijb,ijb->b", residual, residual)
    return squares


def _swept(residual: Floats, inverse: Floats, kept: Floats) -> Floats:
    """The residual after one sweep: z = M^-1 r by forward substitution, then r - A z = kept z + z_right + z_below.

    The rest of A z cancels with r = M z.
    """
    step = residual
    for i in range(SIDE):
        row = step[i]
        if i:
            row += step[i - 1]
        row[0] *= inverse
        for j in range(1, SIDE):
            row[j] += row[j - 1]
            row[j] *= inverse
    swept = step * kept
    swept[:-1] += step[1:]
    swept[:, :-1] += step[:, 1:]
    return swept
