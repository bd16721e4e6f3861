"""Temperatures: how far a density prior(x) exp(-loss(x)/T) has been sharpened, given or found from the losses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from .population import Population


@dataclass(frozen=True)
class Cooling:
    """A temperature that falls as start / (1 + k / steps) after k steps, in units of the mean change of the loss.

    The unit makes it free of the scale of the losses. Raises `ValueError` for numbers that are not positive.

    >>> Cooling(start=0.5, steps=10).temperature(change=4.0, taken=30)
    0.5
    """

    start: float = 0.2
    steps: float = 20.0

    def __post_init__(self) -> None:
        if not (self.start > 0 and self.steps > 0):
            raise ValueError(f"{self!r}: a temperature to begin with and a number of steps must be positive")

    def temperature(self, change: float, taken: int) -> float:
        """The temperature after so many steps, where a move changes the loss by `change` in the mean."""
        return self.start * change / (1 + taken / self.steps)


class Tempering(Protocol):
    """Says how a population is cooled."""

    def next(self, population: Population[Any], losses: Sequence[float], inverse: float) -> float | None:
        """The inverse temperature that follows `inverse` (0 is the prior); None where the end is reached."""


@dataclass(frozen=True)
class Ladder:
    """Given temperatures, from hot to cold: then the evidence is estimated without bias.

    Raises `ValueError` where they do not descend to above 0.
    """

    temperatures: Sequence[float] = (1.0,)

    def __post_init__(self) -> None:
        given = list(self.temperatures)
        if not given or given[-1] <= 0 or any(b >= a for a, b in pairwise(given)):
            raise ValueError(f"Ladder({given}): temperatures must descend, and the last one lie above 0")

    def next(self, population: Population[Any], losses: Sequence[float], inverse: float) -> float | None:
        return next((1 / t for t in self.temperatures if 1 / t > inverse), None)


@dataclass(frozen=True)
class Adaptive:
    """Cools until the effective size of the weights is `share` of what it was, whatever the scale of the losses.

    Ends at the temperature `final`, or never where that is None. An inverse temperature grows at most twofold at once
    (at first to one over the deviation of the losses), so that ties do not freeze a population.

    Source: Jasra, Stephens, Doucet, Tsagaris, 2011, Inference for Levy-Driven Stochastic Volatility Models via
    Adaptive Sequential Monte Carlo, Scandinavian Journal of Statistics 38.
    """

    final: float | None = None
    share: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.share < 1 or (self.final is not None and not self.final > 0):
            raise ValueError(f"{self!r}: the share must lie in (0, 1), and a final temperature above 0")

    def next(self, population: Population[Any], losses: Sequence[float], inverse: float) -> float | None:
        last = math.inf if self.final is None else 1 / self.final
        if inverse >= last:
            return None
        finite = np.asarray([loss for loss in losses if loss < math.inf])
        spread = float(finite.std()) if len(finite) else 0.0
        if not spread > 0:
            return inverse if last == math.inf else last
        longest = min(last - inverse, max(inverse, 1 / spread))
        return inverse + self._step(population, np.asarray(losses), longest)

    def _step(self, population: Population[Any], losses: Any, longest: float) -> float:
        """The step of the inverse temperature, found by bisection: the effective size falls as the step grows."""
        alive = losses < math.inf  # a particle of density 0 has no say in how far to go
        excess = losses[alive] - losses[alive].min()
        weights = population.shares[alive]

        def size(step: float) -> float:
            weighed = weights * np.exp(-step * excess)
            return float(weighed.sum() ** 2 / (weighed**2).sum())

        if not weights.any() or size(longest) >= (wanted := self.share * size(0.0)):
            return longest
        low, high = 0.0, longest
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (middle, high) if size(middle) >= wanted else (low, middle)
        return high
