"""Probabilities of rare events by the cross-entropy method with importance sampling."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
_CHUNK = 100_000
F = TypeVar("F", bound="Family")


class Family(Protocol):
    """Independent random numbers of one kind, shape (samples, d), and how to fit them to weighted samples."""

    def draw(self, n: int, generator: np.random.Generator) -> Vector:
        """Samples, shape (n, d)."""

    def log_density(self, x: Vector) -> Vector:
        """The logarithm of the density (or probability) of each sample; shape (n,)."""

    def fitted(self: F, x: Vector, weights: Vector) -> F:
        """The maximum likelihood estimate from weighted samples."""

    def towards(self: F, other: F, rate: float) -> F:
        """(1 - rate) of these parameters and `rate` of the others."""


def _mean(x: Vector, weights: Vector) -> Vector:
    return np.asarray(weights @ x / weights.sum())


@dataclass(frozen=True)
class Exponentials:
    """Independent exponential numbers with these means."""

    means: Vector

    def __post_init__(self) -> None:
        if not (np.asarray(self.means) > 0).all():
            raise ValueError(f"Exponentials({self.means}): every mean must be positive")

    def draw(self, n: int, generator: np.random.Generator) -> Vector:
        return generator.standard_exponential((n, len(self.means))) * self.means

    def log_density(self, x: Vector) -> Vector:
        return np.asarray(-(x / self.means).sum(axis=1) - np.log(self.means).sum())

    def fitted(self, x: Vector, weights: Vector) -> Exponentials:
        return Exponentials(_mean(x, weights))

    def towards(self, other: Exponentials, rate: float) -> Exponentials:
        return Exponentials((1 - rate) * np.asarray(self.means) + rate * np.asarray(other.means))


@dataclass(frozen=True)
class Bernoullis:
    """Independent zeros and ones with these chances of a one; a chance of exactly 0 or 1 stays."""

    chances: Vector

    def __post_init__(self) -> None:
        if not ((np.asarray(self.chances) >= 0) & (np.asarray(self.chances) <= 1)).all():
            raise ValueError(f"Bernoullis({self.chances}): every chance must lie in [0, 1]")

    def draw(self, n: int, generator: np.random.Generator) -> Vector:
        return (generator.random((n, len(self.chances))) < self.chances).astype(np.float64)

    def log_density(self, x: Vector) -> Vector:
        p = np.clip(self.chances, 1e-300, 1.0)
        q = np.clip(1 - np.asarray(self.chances), 1e-300, 1.0)
        return np.asarray(x @ np.log(p) + (1 - x) @ np.log(q))

    def fitted(self, x: Vector, weights: Vector) -> Bernoullis:
        return Bernoullis(np.clip(_mean(x, weights), 0.0, 1.0))

    def towards(self, other: Bernoullis, rate: float) -> Bernoullis:
        return Bernoullis((1 - rate) * np.asarray(self.chances) + rate * np.asarray(other.chances))


@dataclass(frozen=True)
class Gaussians:
    """Independent Gaussian numbers; the means are fitted, the deviations stay."""

    means: Vector
    deviations: Vector

    def __post_init__(self) -> None:
        if not (np.asarray(self.deviations) > 0).all():
            raise ValueError(f"Gaussians with deviations {self.deviations}: every one must be positive")

    def draw(self, n: int, generator: np.random.Generator) -> Vector:
        return self.means + self.deviations * generator.standard_normal((n, len(self.means)))

    def log_density(self, x: Vector) -> Vector:
        z = (x - self.means) / self.deviations
        return np.asarray(-0.5 * (z * z).sum(axis=1) - np.log(self.deviations).sum())

    def fitted(self, x: Vector, weights: Vector) -> Gaussians:
        return Gaussians(_mean(x, weights), self.deviations)

    def towards(self, other: Gaussians, rate: float) -> Gaussians:
        return Gaussians((1 - rate) * np.asarray(self.means) + rate * np.asarray(other.means), self.deviations)


@dataclass(frozen=True)
class RareEvent:
    """An estimated probability: its relative error (standard error / estimate), samples spent, and how it was found.

    `levels` are the thresholds of the rounds, `proposal` the family that the last samples were drawn from.
    """

    probability: float
    relative_error: float
    samples: int
    levels: tuple[float, ...] = ()
    proposal: Any = None

    @property
    def standard_error(self) -> float:
        return self.probability * self.relative_error

    @property
    def crude_samples(self) -> float:
        """How many samples crude Monte Carlo needs for this relative error e: (1 - p) / (p e^2)."""
        return (1 - self.probability) / (self.probability * self.relative_error**2)


def rare_event(
    score: Callable[[Vector], Vector],
    family: Any,
    level: float,
    *,
    seed: int = 0,
    population: int = 1000,
    elite: float = 0.1,
    smoothing: float = 0.7,
    samples: int = 100_000,
    rounds: int = 100,
) -> RareEvent:
    """P(score(X) >= level) for X from `family`, by a proposal learned in rounds and one run of importance sampling.

    Each round draws `population` samples from the proposal v, sets its threshold to the (1 - elite) quantile of their
    scores but no higher than `level`, and refits v to the samples beyond it, weighted by f_u(x) / f_v(x). `score` takes
    shape (n, d) and gives (n,). Raises `ValueError` when `rounds` rounds do not reach the level.

    >>> event = rare_event(lambda x: x.sum(axis=1), Gaussians(np.zeros(4), np.ones(4)), 8.0, samples=20_000)
    >>> abs(event.probability / 3.167e-5 - 1) < 0.1  # 8 is four deviations of the sum
    True

    Source: de Boer, Kroese, Mannor, Rubinstein, 2005, A Tutorial on the Cross-Entropy Method, Annals of Operations
    Research 134, algorithm 2.1.
    """
    if not 0 < elite < 1 or not 0 < smoothing <= 1 or min(population, samples, rounds) < 1:
        raise ValueError(f"elite={elite} and smoothing={smoothing} must lie in (0, 1), and population={population}, "
                         f"samples={samples} and rounds={rounds} be at least 1")  # fmt: skip
    generator = np.random.Generator(np.random.PCG64(seed))
    proposal, levels = family, list[float]()
    while not levels or levels[-1] < level:
        if len(levels) == rounds:
            raise ValueError(f"after {rounds} rounds the level is {levels[-1]:.6g}, not {level:.6g}: it may be out of "
                             "reach; try a larger population or elite")  # fmt: skip
        x = proposal.draw(population, generator)
        scores = score(x)
        levels.append(min(level, float(np.quantile(scores, 1 - elite))))
        beyond = scores >= levels[-1]
        weights = likelihood_ratio(family, proposal, x[beyond])
        proposal = proposal.towards(proposal.fitted(x[beyond], weights), smoothing)
    found = sampled(score, family, level, samples, generator, proposal)
    spent = samples + population * len(levels)
    return RareEvent(found.probability, found.relative_error, spent, tuple(levels), proposal)


def likelihood_ratio(family: Any, proposal: Any, x: Vector) -> Vector:
    """f_u(x) / f_v(x) of every sample; shape (n,)."""
    return np.asarray(np.exp(family.log_density(x) - proposal.log_density(x)))


def sampled(
    score: Callable[[Vector], Vector],
    family: Any,
    level: float,
    samples: int,
    generator: np.random.Generator,
    proposal: Any = None,
) -> RareEvent:
    """The mean of 1[score(x) >= level] f_u(x) / f_v(x) over samples of a proposal; crude Monte Carlo without one."""
    total = squares = 0.0
    for done in range(0, samples, _CHUNK):
        x = (family if proposal is None else proposal).draw(min(_CHUNK, samples - done), generator)
        x = x[score(x) >= level]
        weights = np.ones(len(x)) if proposal is None else likelihood_ratio(family, proposal, x)
        total, squares = total + float(weights.sum()), squares + float((weights**2).sum())
    mean = total / samples
    error = math.sqrt(max(0.0, squares / samples - mean**2) / samples) / mean if mean > 0 else math.inf
    return RareEvent(mean, error, samples, (), proposal)
