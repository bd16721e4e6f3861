"""Boxes in the complex plane, and functions over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....optimizers.zeta_function import zeta

Complexes = NDArray[np.complex128]
Points = NDArray[np.float64]

#: A function of many complex numbers at once.
Function = Callable[[Any], Complexes]


@dataclass(frozen=True)
class Box:
    """The numbers sigma + it between two corners; points (m, 2) hold sigma and t. Raises `ValueError` for an empty box.

    >>> [window.high for window in Box(0j, 1 + 2.5j).windows(1.0)]
    [(1+1j), (1+2j), (1+2.5j)]
    """

    low: complex
    high: complex

    def __post_init__(self) -> None:
        if not (self.low.real < self.high.real and self.low.imag < self.high.imag):
            raise ValueError(f"{self}: the lower left corner comes first, then the upper right one")

    @property
    def lows(self) -> Points:
        return np.array([self.low.real, self.low.imag])

    @property
    def highs(self) -> Points:
        return np.array([self.high.real, self.high.imag])

    @property
    def centre(self) -> Points:
        return (self.lows + self.highs) / 2

    @property
    def half_widths(self) -> Points:
        return (self.highs - self.lows) / 2

    def clip(self, points: Points) -> Points:
        """The points, those outside moved to the edge."""
        return np.clip(points, self.lows, self.highs)

    def holds(self, points: Points) -> NDArray[np.bool_]:
        """Which points lie inside."""
        inside: NDArray[np.bool_] = np.all((points >= self.lows) & (points <= self.highs), axis=1)
        return inside

    def windows(self, height: float) -> list[Box]:
        """The box cut into windows of that height; the uppermost may be lower."""
        bottom, top = self.low.imag, self.high.imag
        edges = [min(bottom + i * height, top) for i in range(ceil((top - bottom) / height) + 1)]
        return [Box(complex(self.low.real, t), complex(self.high.real, above)) for t, above in pairwise(edges)]


#: The part of the critical strip that is searched unless another one is asked for; it has 29 zeros.
STRIP = Box(10j, 1 + 100j)


def numbers(points: Points) -> Complexes:
    """The complex numbers sigma + it of points (m, 2)."""
    return points[:, 0] + 1j * points[:, 1]


@dataclass(frozen=True)
class Planted:
    """zeta(s) (s - zero): the zeros of zeta and one more, for a search that must find it.

    >>> float(abs(Planted(0.8 + 30.3j)(0.8 + 30.3j)))
    0.0
    """

    zero: complex

    def __call__(self, s: Any) -> Complexes:
        return np.asarray(zeta(s) * (np.asarray(s) - self.zero))
