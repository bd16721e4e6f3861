"""Binary sequences of low autocorrelation: a rugged landscape without known structure."""

from __future__ import annotations

import numpy as np

from ...search import Problem
from ...spaces import Mask
from ..instance_names import instance_name
from .instances import Bits, at_least

#: The least energies for 3 to 66 bits, all proven by branch and bound.
#: Source: Packebusch, Mertens, 2016, Low autocorrelation binary sequences, J. Phys. A 49, arXiv:1512.02475.
LEAST_ENERGIES: dict[int, int] = dict(
    zip(
        range(3, 67),
        [
            *(1, 2, 2, 7, 3, 8, 12, 13, 5, 10, 6, 19, 15, 24, 32, 25, 29, 26, 26, 39, 47, 36, 36, 45, 37, 50, 62, 59),
            *(67, 64, 64, 65, 73, 82, 86, 87, 99, 108, 108, 101, 109, 122, 118, 131, 135, 140, 136, 153, 153, 166),
            *(170, 175, 171, 192, 188, 197, 205, 218, 226, 235, 207, 208, 240, 257),
        ],
        strict=True,
    )
)


def energy(bits: Bits) -> float:
    """The sum of the squared autocorrelations of the spins s = 2 b - 1: E = sum_k (sum_i s_i s_(i+k))^2, k >= 1."""
    spins = np.where(bits, 1.0, -1.0)
    correlations = np.correlate(spins, spins, "full")[bits.size :]
    return float(correlations @ correlations)


def merit_factor(n: int, energy: float) -> float:
    """F = n^2 / (2 E), the usual figure of merit: 14.08 for the Barker sequence of length 13.

    >>> round(merit_factor(13, 6), 2)
    14.08
    """
    return n * n / (2 * energy)


def low_autocorrelation(n: int = 64) -> Problem:
    """Find a sequence of `n` spins whose autocorrelations are low; the loss is its energy.

    Source: Bernasconi, 1987, Low autocorrelation binary sequences, Journal de Physique 48. The optima are those of
    Packebusch, Mertens, 2016, arXiv:1512.02475, for 3 to 66 bits.

    >>> problem = low_autocorrelation(13)
    >>> problem.evaluate(np.array([c == "1" for c in "1111100110101"])), problem.best_known
    (6.0, 6.0)
    """
    at_least(3, n=n)
    known = LEAST_ENERGIES.get(n)
    return Problem(
        instance_name("classical/low_autocorrelation", n=(n, 64)),
        Mask(n),
        energy,
        best_known=None if known is None else float(known),
        source="Bernasconi, 1987, Journal de Physique 48; optima of Packebusch, Mertens, 2016, arXiv:1512.02475",
    )
