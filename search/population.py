"""Populations of weighted values, and how they are resampled without changing the measure that they stand for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from .weighted import Weighted, log_sum

X = TypeVar("X")
Y = TypeVar("Y")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Population(Generic[X]):
    """Values with weights: stands for the measure sum of w_i delta(x_i), whose total weight estimates the evidence.

    Raises `ValueError` for no values, and where values and weights are not as many.

    >>> population = Population.spawn(["a", "b"]).scored([0.0, math.log(3)])
    >>> [float(share) for share in population.shares.round(6)], round(math.exp(population.log_evidence), 6)
    ([0.25, 0.75], 2.0)
    """

    values: Sequence[X]
    log_weights: Sequence[float]

    def __post_init__(self) -> None:
        if not len(self.values) or len(self.values) != len(self.log_weights):
            raise ValueError(
                f"a population of {len(self.values)} values and {len(self.log_weights)} weights: give at least one "
                "value, and a weight for each"
            )

    @staticmethod
    def spawn(values: Sequence[Y]) -> Population[Y]:
        """Equally likely values: each of the n has weight 1/n."""
        return Population(values, [-math.log(len(values))] * len(values) if values else ())

    def __len__(self) -> int:
        return len(self.values)

    @property
    def log_evidence(self) -> float:
        """The logarithm of the total weight."""
        return log_sum(self.log_weights)

    @property
    def shares(self) -> Floats:
        """The weights, scaled to sum up to 1; even where all are 0."""
        logs = np.asarray(self.log_weights, dtype=np.float64)
        top = logs.max()
        if top == -math.inf:
            return np.full(len(logs), 1 / len(logs))
        weights = np.exp(logs - top)
        return np.asarray(weights / weights.sum())

    @property
    def effective_size(self) -> float:
        """How many even draws the weights are worth: 1 / sum of share^2; 0 where all weights are 0."""
        return 0.0 if self.log_evidence == -math.inf else float(1 / (self.shares**2).sum())

    def scored(self, log_factors: Sequence[float]) -> Population[X]:
        """Every weight multiplied by its factor."""
        return Population(self.values, [w + f for w, f in zip(self.log_weights, log_factors, strict=True)])

    def mapped(self, function: Callable[[X], Y]) -> Population[Y]:
        """The weights stay, every value is replaced by a function of it."""
        return Population([function(value) for value in self.values], self.log_weights)

    def pushed(self) -> Weighted[Population[X]]:
        """The evidence pushed outward: the population scaled to total weight 1, as one value of that weight."""
        total = self.log_evidence
        scaled = [-math.inf if total == -math.inf else weight - total for weight in self.log_weights]
        return Weighted(Population(self.values, scaled), total)

    def proper(self, rng: Random) -> Weighted[X]:
        """One value, drawn by its weight, that carries the total weight: properly weighted."""
        return Weighted(self.values[multinomial_indices(self.shares, 1, rng)[0]], self.log_evidence)

    def resampled(self, indices: Sequence[int]) -> Population[X]:
        """Copies of the values at `indices`, which share the total weight evenly."""
        weight = self.log_evidence - math.log(len(indices))
        return Population([self.values[i] for i in indices], [weight] * len(indices))


#: Makes the weights of a population even, and keeps its total weight.
Resample = Callable[[Population[Any], Random], Population[Any]]


def multinomial(population: Population[X], rng: Random) -> Population[X]:
    """Every offspring draws its ancestor independently, by the weights."""
    return population.resampled(multinomial_indices(population.shares, len(population), rng))


def systematic(population: Population[X], rng: Random) -> Population[X]:
    """Offspring at evenly spaced places of the running sum of weights, moved by one random number."""
    n, start = len(population), rng.random()
    return population.resampled(_at(population.shares, [(i + start) / n for i in range(n)]))


def stratified(population: Population[X], rng: Random) -> Population[X]:
    """One offspring at a random place of each of n equal stretches of the running sum of weights."""
    n = len(population)
    return population.resampled(_at(population.shares, [(i + rng.random()) / n for i in range(n)]))


def residual(population: Population[X], rng: Random) -> Population[X]:
    """Every value has floor(n w) offspring for sure; the rest is drawn by what the weights have left.

    Source: Liu, Chen, 1998, Sequential Monte Carlo Methods for Dynamic Systems, JASA 93.
    """
    n = len(population)
    expected = n * population.shares
    sure = np.floor(expected + 1e-12).astype(int)
    certain = [i for i, times in enumerate(sure) for _ in range(times)][:n]
    left = np.maximum(expected - sure, 0.0)
    total = float(left.sum())
    drawn = multinomial_indices(left / total, n - len(certain), rng) if n > len(certain) else []
    return population.resampled([*certain, *drawn])


def multinomial_indices(shares: Floats, n: int, rng: Random) -> list[int]:
    """`n` independent indices, each drawn by its share."""
    return _at(shares, [rng.random() for _ in range(n)])


def _at(shares: Floats, places: Sequence[float]) -> list[int]:
    """The indices whose stretches of the running sum hold the places; never one of share 0."""
    running = np.cumsum(shares)
    last = int(np.flatnonzero(shares)[-1])
    found = np.searchsorted(running, np.asarray(places) * running[-1], side="right")
    return [min(int(i), last) for i in found]
