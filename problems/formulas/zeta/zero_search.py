"""Zeros of a function in a box, by the cross-entropy method in one window after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....optimizers.argument_principle import zeros_within
from ....optimizers.zeta_function import zeta
from ....search.fitted_gaussians import FittedGaussians
from .boxes import Box, Complexes, Function, numbers


@dataclass(frozen=True)
class Descent:
    """Where one run of the cross-entropy method has led: a place, |f| there, the least |f| seen, and evaluations."""

    place: complex
    modulus: float
    evaluations: int


@dataclass(frozen=True)
class Zeros:
    """What a search has found in a box: zeros in the order of their heights, the least |f| seen, and evaluations.

    `expected` is how many zeros the box has by the argument principle.
    """

    box: Box
    places: Complexes
    least: float
    evaluations: int
    expected: int

    @property
    def farthest(self) -> float:
        """The greatest distance of a zero from the line Re s = 1/2; 0 where none was found."""
        return float(np.abs(self.places.real - 0.5).max(initial=0.0))


@dataclass(frozen=True)
class ZeroSearch:
    """Cuts a box into windows of a `height`, and in each lets a Gaussian cloud fall into a zero, `restarts` times.

    The cloud begins with the centre and half the width of the window; samples outside are moved to its edge. In each of
    at most `rounds` rounds, the `elite` share of `population` samples with the least |f| fits the next cloud:
    v <- (1 - smoothing) v + smoothing v', until its deviations are below `narrow`. A place is a zero where |f| is below
    `accepted`; zeros nearer than `apart` are one.

    This is a numerical search in a finite box in double precision. It proves nothing about the Riemann hypothesis: a
    zero outside the box, or one that the search misses, remains unknown.

    >>> found = ZeroSearch().run(Box(13j, 1 + 16j), seed=0)
    >>> found.places.round(6).tolist(), found.expected
    ([(0.5+14.134725j)], 1)

    Source: de Boer, Kroese, Mannor, Rubinstein, 2005, A Tutorial on the Cross-Entropy Method, Annals of Operations
    Research 134, as K. Li, F. Li, 2024, arXiv:2409.19790, apply it around the Riemann hypothesis.
    Differs: the paper's argument that this leads to a proof is left out. Only the clouds come from `search`, since a
    study takes ten times as long and would keep a log of a million trials; `zero_study` searches one window as a study.
    """

    population: int = 200
    elite: float = 0.1
    smoothing: float = 0.7
    narrow: float = 1e-9
    rounds: int = 60
    restarts: int = 2
    height: float = 1.0
    accepted: float = 1e-6
    apart: float = 1e-4

    def __post_init__(self) -> None:
        if min(self.population, self.rounds, self.restarts) < 1 or not (0 < self.elite < 1 and 0 < self.smoothing <= 1):
            raise ValueError(f"{self}: population, rounds and restarts must be at least 1, the shares lie in (0, 1)")
        if not min(self.height, self.accepted, self.apart, self.narrow) > 0:
            raise ValueError(f"{self}: height, accepted, apart and narrow must be positive")

    def run(self, box: Box, seed: int = 0, function: Function = zeta) -> Zeros:
        """Search a box for the zeros of a function; raises `ValueError` where one lies on the border of the box."""
        expected = zeros_within(function, box.low, box.high)
        generator = np.random.Generator(np.random.PCG64(seed))
        ends = [
            self.descend(window, generator, function)
            for window in box.windows(self.height)
            for _ in range(self.restarts)
        ]
        places = self._distinct([end for end in ends if end.modulus < self.accepted])
        least, evaluations = min(end.modulus for end in ends), sum(end.evaluations for end in ends)
        return Zeros(box, places, least, evaluations, expected)

    def descend(self, window: Box, generator: np.random.Generator, function: Function = zeta) -> Descent:
        """One run of the cross-entropy method in a window."""
        cloud = FittedGaussians(window.centre, window.half_widths)
        elite = max(1, round(self.elite * self.population))
        best, least, spent = window.centre, np.inf, 0
        while spent < self.rounds * self.population and cloud.deviations.max() >= self.narrow:
            samples = window.clip(cloud.draw(self.population, generator))
            moduli = np.abs(function(numbers(samples)))
            chosen = np.argsort(moduli, kind="stable")[:elite]
            if moduli[chosen[0]] < least:
                best, least = samples[chosen[0]], moduli[chosen[0]]
            cloud = cloud.towards(cloud.fitted(samples[chosen], np.ones(elite)), self.smoothing)
            spent += self.population
        return Descent(complex(*best), float(least), spent)

    def _distinct(self, ends: list[Descent]) -> Complexes:
        """The places that are apart, of near ones the best, by their heights."""
        kept: list[complex] = []
        for end in sorted(ends, key=lambda end: end.modulus):
            if all(abs(end.place - other) >= self.apart for other in kept):
                kept.append(end.place)
        return np.array(sorted(kept, key=lambda place: place.imag), dtype=np.complex128)
