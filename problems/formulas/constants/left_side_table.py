"""The table that a search for polynomial continued fractions meets: values (p c + q)/(r c + s) in ascending order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .left_sides import LeftSide, left_sides
from .named_constants import Constant

#: A value in floating point hits a left side where both agree to so much, relatively.
TOLERANCE = 1e-10


@dataclass(frozen=True, eq=False)
class LeftSideTable:
    """Left sides in the order of their `values` (n,), for look-up by a value in floating point."""

    sides: tuple[LeftSide, ...]
    values: NDArray[np.float64]

    def nearest(self, values: Any) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """For each value the place of the nearest left side, and whether it hits: agrees to 1e-10 of its size."""
        values = np.asarray(values, dtype=np.float64)
        middles = (self.values[1:] + self.values[:-1]) / 2
        places = np.searchsorted(middles, values)  # NaN is sorted behind all others
        return places, np.abs(values - self.values[places]) <= TOLERANCE * self.values[places]

    def hit(self, value: float) -> LeftSide | None:
        """The left side that a value hits."""
        place, hits = self.nearest(value)
        return self.sides[int(place)] if hits else None


@lru_cache(maxsize=16)
def left_side_table(constant: Constant, bound: int = 5) -> LeftSideTable:
    """The table of every (p c + q)/(r c + s) > 0 with coefficients up to `bound` in size: 3304 values for 5.

    >>> from inlay.problems.formulas.constants import constant
    >>> left_side_table(constant("pi")).hit(1.2732395447351628).text("pi")
    '4/pi'
    """
    sides = left_sides(constant, 1, bound)
    ratios = [side.ratio(constant.powers(1, 100)) for side in sides]
    values = np.array([above / below for above, below in ratios])
    order = np.argsort(values)
    return LeftSideTable(tuple([sides[i] for i in order]), values[order])
