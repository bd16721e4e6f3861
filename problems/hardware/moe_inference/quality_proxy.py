"""Shares of a layer's signal that compression keeps: closed forms, monotone, and no substitute for a measured loss."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

#: Singular values of trained weights are taken to fall as 1 / index^decay. Assumed.
DECAY = 0.5


@cache
def quantization_noise(bits: int) -> float:
    """The noise of the best uniform quantiser of 2^bits levels, as a share of the energy of normal weights.

    Numbers of 16 bits are the published weights and have no noise. Raises `ValueError` for fewer than 1 bit.

    >>> [round(quantization_noise(bits), 4) for bits in (2, 3, 4, 16)]
    [0.1188, 0.0374, 0.0115, 0.0]

    Source: Max, 1960, Quantizing for Minimum Distortion, doi:10.1109/TIT.1960.1057548.
    """
    if bits < 1:
        raise ValueError(f"quantization_noise(bits={bits}): a weight has at least 1 bit")
    if bits >= 16:
        return 0.0
    low, high = 0.0, 4.0
    for _ in range(60):  # the noise has one minimum in the step
        a, b = low + (high - low) * 0.382, low + (high - low) * 0.618
        low, high = (low, b) if _noise(a, bits) < _noise(b, bits) else (a, high)
    return _noise(low, bits)


def _noise(step: float, bits: int) -> float:
    """The mean squared error for standard normal numbers, twice that of the positive half."""
    edges = step * np.arange(2 ** (bits - 1) + 1)
    levels = edges[:-1] + step / 2
    edges[-1] = np.inf
    mass = np.array([0.5 * math.erfc(edge / math.sqrt(2)) for edge in edges])
    density = np.exp(-(edges**2) / 2) / math.sqrt(2 * math.pi)
    weighted = np.where(np.isinf(edges), 0.0, edges) * density
    zeroth, first = mass[:-1] - mass[1:], density[:-1] - density[1:]
    second = zeroth + weighted[:-1] - weighted[1:]
    return float(2 * np.sum(second - 2 * levels * first + levels**2 * zeroth))


@cache
def energy_of_largest(share: float) -> float:
    """The share of the energy of normal weights that the largest of them hold, where that share is kept.

    2 (t f(t) + Q(t)) where Q(t) = share / 2 is the tail of the normal density f beyond t.

    >>> round(energy_of_largest(0.5), 3), energy_of_largest(1.0)
    (0.929, 1.0)
    """
    if not 0 < share <= 1:
        raise ValueError(f"energy_of_largest(share={share}): a share is above 0 and at most 1")
    low, high = 0.0, 40.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erfc(middle / math.sqrt(2)) > share else (low, middle)
    return min(1.0, share + 2 * low * math.exp(-low * low / 2) / math.sqrt(2 * math.pi))


@cache
def energy_of_rank(share: float, size: int, decay: float = DECAY) -> float:
    """The share of the squared singular values that the first ones hold, of `size` that fall as 1 / index^decay.

    >>> round(energy_of_rank(0.25, 4096), 3), energy_of_rank(1.0, 4096)
    (0.844, 1.0)
    """
    if not 0 < share <= 1:
        raise ValueError(f"energy_of_rank(share={share}): a share is above 0 and at most 1")
    squares = np.arange(1, size + 1) ** (-2.0 * decay)
    return float(np.sum(squares[: round(share * size)]) / np.sum(squares))
