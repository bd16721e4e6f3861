"""How many zeros a function has in a region, counted by the change of its argument along the border."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import ceil, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .zeta_function import riemann_siegel_theta, zeta

#: A function of many complex numbers at once.
Function = Callable[[Any], NDArray[np.complex128]]

_POINTS = 32  # in a length of 1, in the beginning
_LARGEST_STEP = 1.0
_REFINEMENTS = 40


def argument_change(function: Function, start: complex, end: complex) -> float:
    """By how many radians the argument of a function turns on the way from start to end.

    Where it turns by more than 1 between two points, one is put in the middle. Raises `ValueError` where that does not
    help: there is a zero or a pole on the way, or very near.

    >>> round(argument_change(lambda s: s**2, 1, 1j), 6)
    3.141593
    """
    points = np.linspace(0.0, 1.0, max(2, ceil(_POINTS * abs(end - start))) + 1)
    values = function(start + (end - start) * points)
    for _ in range(_REFINEMENTS):
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.angle(values[1:] / values[:-1])
        wide = np.flatnonzero(~(np.abs(steps) <= _LARGEST_STEP))
        if not wide.size:
            return float(steps.sum())
        middle = (points[wide] + points[wide + 1]) / 2
        points = np.insert(points, wide + 1, middle)
        values = np.insert(values, wide + 1, function(start + (end - start) * middle))
    raise ValueError(f"there is a zero or a pole between {start} and {end}, or very near: move the border")


def zeros_within(function: Function, low: complex, high: complex) -> int:
    """The zeros less the poles in the rectangle of two corners: the turns of the argument around it, counterclockwise.

    Each counts as often as its multiplicity. Raises `ValueError` where one lies on the border.

    >>> zeros_within(lambda s: s**2 * (s - 3), -1 - 1j, 1 + 1j), zeros_within(zeta, 10j, 1 + 100j)
    (2, 29)

    Source: the argument principle; H. M. Edwards (1974), Riemann's Zeta Function, section 6.6.
    """
    corners = [low, complex(high.real, low.imag), high, complex(low.real, high.imag), low]
    turned = sum(argument_change(function, a, b) for a, b in pairwise(corners))
    return round(turned / (2 * pi))


def zeta_zeros_below(height: float) -> int:
    """N(T): the zeros of zeta with 0 < Re s < 1 and 0 < Im s < T, by Backlund's N(T) = theta(T) / pi + 1 + S(T).

    S(T) pi is the argument of zeta(1/2 + iT), reached from 2 + iT, where it lies within (-pi/2, pi/2). Raises
    `ValueError` for a T that is not positive, or is nearly the height of a zero.

    >>> [zeta_zeros_below(height) for height in (14, 15, 100)]
    [0, 1, 29]

    Source: R. J. Backlund (1914), Sur les zéros de la fonction zeta(s) de Riemann, Comptes rendus 158.
    """
    if not height > 0:
        raise ValueError(f"zeta_zeros_below({height}): the height must be positive")
    right = complex(2.0, height)
    argument = float(np.angle(zeta(right))) + argument_change(zeta, right, complex(0.5, height))
    return round(float(riemann_siegel_theta(height)) / pi + 1 + argument / pi)
