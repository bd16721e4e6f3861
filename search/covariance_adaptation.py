"""CMA-ES: a Gaussian over real vectors whose mean, step and covariance follow the better half of every generation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spaces import Space
from .real_vectors import NOWHERE, Brood, Place, RealVectors, Vector, place_of
from .strategies import Proposal, Strategy
from .trials import Trial

_WORST_CONDITION = 1e14
RESTARTS = ("growing", "two regimes", "equal", "none")


class Weights:
    """The recombination weights and learning rates of CMA-ES for `n` dimensions and a population.

    w_i ~ log((population + 1) / 2) - log(i), the negative ones scaled so that the covariance stays positive definite.
    """

    def __init__(self, n: int, population: int, active: bool) -> None:
        raw = math.log((population + 1) / 2) - np.log(np.arange(1, population + 1))
        positive, negative = raw[raw > 0], raw[raw <= 0]
        self.parents = len(positive)
        self.mass = mass = float(positive.sum() ** 2 / (positive**2).sum())
        self.path_rate = (4 + mass / n) / (n + 4 + 2 * mass / n)
        self.step_rate = (mass + 2) / (n + mass + 5)
        self.damping = 1 + 2 * max(0.0, math.sqrt((mass - 1) / (n + 1)) - 1) + self.step_rate
        self.one = 2 / ((n + 1.3) ** 2 + mass)
        self.many = min(1 - self.one, 2 * (0.25 + mass + 1 / mass - 2) / ((n + 2) ** 2 + mass))
        self.expected_norm = math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n))
        self.positive = positive / positive.sum()
        self.negative = np.zeros(len(negative))
        if active and negative.sum() < 0:
            opposite = float(negative.sum() ** 2 / (negative**2).sum())
            kept = (1 - self.one - self.many) / (n * self.many)
            largest = min(1 + self.one / self.many, 1 + 2 * opposite / (mass + 2), kept)
            self.negative = negative / -negative.sum() * largest


class Ellipsoid:
    """The state of one run: mean m, step s, covariance C = B diag(d^2) B' and the two evolution paths."""

    def __init__(self, mean: Vector, step: float, weights: Weights) -> None:
        n = len(mean)
        self.mean, self.step, self.weights = mean, step, weights
        self.covariance: NDArray[np.float64] = np.eye(n)
        self.axes: NDArray[np.float64] = np.eye(n)
        self.lengths: Vector = np.ones(n)
        self.path: Vector = np.zeros(n)
        self.step_path: Vector = np.zeros(n)
        self.generation = self.decomposed = 0

    def draw(self, population: int, generator: np.random.Generator) -> Vector:
        """x = m + s B d z, also beyond the unit cube; shape (population, n)."""
        z = generator.standard_normal((population, len(self.mean)))
        return np.asarray(self.mean + self.step * ((z * self.lengths) @ self.axes.T))

    def update(self, drawn: Vector) -> None:
        """Move towards vectors given from best to worst; the mean stays in the unit cube."""
        w = self.weights
        self.generation += 1
        steps = (drawn - self.mean) / self.step
        mean_step = w.positive @ steps[: w.parents]
        self.mean = np.clip(self.mean + self.step * mean_step, 0.0, 1.0)
        self._follow(mean_step)
        self._turn(steps)
        length = math.sqrt(self.step_path @ self.step_path)
        self.step *= math.exp(min(1.0, w.step_rate / w.damping * (length / w.expected_norm - 1)))
        self.step = min(self.step, 0.5 / float(self.lengths.max()))
        if self.generation - self.decomposed >= 0.1 / ((w.one + w.many) * len(self.mean)):
            self._decompose()

    def _follow(self, mean_step: Vector) -> None:
        w, n = self.weights, len(self.mean)
        rate = w.step_rate
        white = self.axes @ ((self.axes.T @ mean_step) / self.lengths)
        self.step_path = (1 - rate) * self.step_path + math.sqrt(rate * (2 - rate) * w.mass) * white
        expected = 1 - (1 - rate) ** (2 * self.generation)
        self.moving = self.step_path @ self.step_path / expected < (2 + 4 / (n + 1)) * n
        self.path = (1 - w.path_rate) * self.path
        if self.moving:
            self.path = self.path + math.sqrt(w.path_rate * (2 - w.path_rate) * w.mass) * mean_step

    def _turn(self, steps: Vector) -> None:
        """C <- (1 + ...) C + c_1 p p' + c_mu sum_i w_i y_i y_i'."""
        w, n = self.weights, len(self.mean)
        missing = 0.0 if self.moving else w.path_rate * (2 - w.path_rate)
        factors = np.concatenate([w.positive, w.negative])
        total = factors.sum()
        if w.negative.any():
            white = (steps[w.parents :] @ self.axes) / self.lengths
            factors[w.parents :] *= n / np.maximum((white**2).sum(axis=1), 1e-300)
        rank_many = (steps.T * factors) @ steps
        decay = 1 + w.one * missing - w.one - w.many * total
        self.covariance = decay * self.covariance + w.one * np.outer(self.path, self.path) + w.many * rank_many

    def _decompose(self) -> None:
        self.decomposed = self.generation
        self.covariance = (self.covariance + self.covariance.T) / 2
        squares, self.axes = np.linalg.eigh(self.covariance)
        self.lengths = np.sqrt(np.maximum(squares, 1e-30))

    def is_spent(self, precision: float) -> bool:
        """Whether the step is below `precision` in every direction, or the ellipsoid has degenerated."""
        long, short = float(self.lengths[-1]), float(self.lengths.min())
        return self.step * max(long, float(self.lengths.max())) < precision or (long / short) ** 2 > _WORST_CONDITION


@dataclass
class CovarianceAdaptation(Strategy):
    """Covariance matrix adaptation (CMA-ES) with restarts, on spaces whose decisions are all real numbers.

    Vectors are shares of each range in the hole's own scale; one beyond a bound counts as the nearest point. The first
    mean is the best of the foreign trials told before the first ask, else the centre. `step` is the first standard
    deviation, `active` uses the worse half too. A run that has narrowed to `precision`, in steps or losses, starts
    again at random: with twice the population ("growing"), by turns with a large and a small one ("two regimes"),
    with the same ("equal"), or at the best point with the first step ("none").

    >>> from inlay.search import Problem, Study
    >>> from inlay.spaces import Real, space
    >>> problem = Problem("bowl", space([Real(-5, 5)] * 3), lambda x: sum((u - 1) ** 2 for u in x))
    >>> Study(problem, CovarianceAdaptation(), seed=0).run(trials=500, progress=False).best.score < 1e-9
    True

    Source: Hansen, 2016, The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772; Auger, Hansen, 2005, A Restart CMA
    Evolution Strategy With Increasing Population Size, CEC; Hansen, 2009, Benchmarking a BI-Population CMA-ES, GECCO.
    Differs: the mean is moved to the bounds and the vectors are not; failed trials rank last.
    """

    population: int | None = None
    step: float = 0.3
    active: bool = True
    restarts: str = "two regimes"
    precision: float = 1e-11

    def __post_init__(self) -> None:
        if self.population is not None and self.population < 4:
            raise ValueError(f"CovarianceAdaptation(population={self.population}): it must be at least 4")
        if not self.step > 0 or not self.precision > 0:
            raise ValueError(f"step={self.step} and precision={self.precision} must be positive shares of the range")
        if self.restarts not in RESTARTS:
            raise ValueError(f"restarts={self.restarts!r}: it must be one of {', '.join(map(repr, RESTARTS))}")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space, self.rng = space, rng
        self.vectors = RealVectors(self, space, objectives)
        self.generator = np.random.Generator(np.random.PCG64(rng.getrandbits(128)))
        self.least = self.population or 4 + int(3 * math.log(self.vectors.dimension))
        self.size, self.large = self.least, self.least
        self.spent = {"large": 0, "small": 0}
        self.regime = "large"
        self.best: tuple[Place, Any] = (NOWHERE, None)
        self.brood: Brood | None = None
        self.ellipsoid: Ellipsoid | None = None
        self.recent: list[float] = []
        self.serial = 0

    def ask(self, n: int) -> Sequence[Proposal]:
        if n < 1 or (self.brood is not None and self.brood.asked == len(self.brood.shares)):
            return []
        if self.ellipsoid is None:
            known = self.best[1]
            first = np.full(self.vectors.dimension, 0.5) if known is None else self.vectors.vector(known)
            self._begin(first, self.step)
        if self.brood is None:
            assert self.ellipsoid is not None
            self.drawn = self.ellipsoid.draw(self.size, self.generator)
            self.brood = Brood(np.clip(self.drawn, 0.0, 1.0), self.serial)
            self.serial += self.size
        return self.brood.ask(n, self.vectors, self.rng)

    def _begin(self, mean: Vector, step: float) -> None:
        weights = Weights(self.vectors.dimension, self.size, self.active)
        self.ellipsoid = Ellipsoid(mean, step, weights)
        self.recent = []

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            place = place_of(trial)
            if place < self.best[0]:
                self.best = place, trial.program
            if not trial.foreign and self.brood is not None:
                self.brood.tell(trial)
        if self.brood is not None and not self.brood.awaited:
            self._learn(self.brood)

    def _learn(self, brood: Brood) -> None:
        assert self.ellipsoid is not None
        order = brood.order()
        best = brood.places[order[0]]
        self.brood = None
        self.spent[self.regime] += len(order)
        if best == NOWHERE:
            return
        drawn = np.where(brood.shares == np.clip(self.drawn, 0.0, 1.0), self.drawn, brood.shares)
        self.ellipsoid.update(drawn[order])
        self.recent.append(best[2])
        if self.ellipsoid.is_spent(self.precision) or self._is_flat(brood):
            self._restart()

    def _is_flat(self, brood: Brood) -> bool:
        """Whether the best losses of the last generations, and the losses of this one, are alike."""
        span = 10 + 30 * self.vectors.dimension // self.size
        del self.recent[: -span - 1]
        losses = self.recent + [place[2] for place in brood.places if not place[0]]
        return len(self.recent) > span and max(losses) - min(losses) <= self.precision * max(1.0, abs(losses[0])) * 0.1

    def _restart(self) -> None:
        if self.restarts == "none":
            self._begin(self.vectors.vector(self.best[1]), self.step)
            return
        step = self.step
        if self.restarts == "growing":
            self.size *= 2
        elif self.restarts == "two regimes":
            step = self._next_regime()
        self._begin(self.generator.random(self.vectors.dimension), step)

    def _next_regime(self) -> float:
        """The regime that has spent less goes next; the small one draws its population and step at random."""
        if self.spent["large"] <= self.spent["small"]:
            self.regime, self.large = "large", 2 * self.large
            self.size = self.large
            return self.step
        self.regime = "small"
        share = self.generator.random() ** 2
        self.size = max(self.least, int(self.least * (0.5 * self.large / self.least) ** share))
        return self.step * float(10 ** (-2 * self.generator.random()))
