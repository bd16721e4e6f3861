"""A trust region on quadratic models: local search without derivatives, restarted from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from ..spaces import Space, Unsatisfied
from .quadratic_models import Matrix, QuadraticModel, Vector, least_in_box
from .real_vectors import NOWHERE, Place, RealVectors, place_of, reflected
from .strategies import Proposal, Strategy
from .trials import Trial

_TOO_SHORT = 0.5  # of the resolution: such a step teaches nothing
_ABANDONED_BELOW = 3e-3  # a descent that is finer than this and still above the best found elsewhere is given up


class Descent:
    """One local search: points and losses in the unit cube, a trust radius, and a resolution that only shrinks.

    `next()` gives a vector to evaluate, `learn(loss)` takes its loss (infinite where it failed).

    Source: Powell, 2006, The NEWUOA Software for Unconstrained Optimization Without Derivatives; Powell, 2009, The
    BOBYQA Algorithm for Bound Constrained Optimization, DAMTP 2009/NA06. Differs: as many points as determine a full
    quadratic are kept where the dimension is small; bounds are met by fixing coordinates.
    """

    def __init__(self, start: Vector, radius: float, precision: float) -> None:
        n = len(start)
        self.radius = self.resolution = radius
        self.precision = precision
        self.most = (n + 1) * (n + 2) // 2 if n <= 10 else 2 * n + 1
        self.points: Matrix = np.empty((0, n))
        self.losses: Vector = np.empty(0)
        self.hessian: Matrix = np.zeros((n, n))
        self.design = _cross(start, radius)
        self.tried: Vector = start
        self.model: QuadraticModel | None = None
        self.predicted = 0.0
        self.to_improve = -1
        self.over = False

    @property
    def best(self) -> int:
        return int(np.argmin(self.losses))

    def next(self) -> Vector | None:
        """The next vector, or None when the resolution has reached the precision."""
        if self.design:
            self.tried = self.design.pop(0)
            return self.tried
        step = None
        while step is None and not self.over:
            step = self._trust_step() if self.to_improve < 0 else self._geometry_step()
        if step is None:
            return None
        assert self.model is not None
        self.tried = np.clip(self.model.center + step, 0.0, 1.0)
        return self.tried

    def _fit(self) -> QuadraticModel:
        self.model = QuadraticModel(self.points, self.losses, self.best, self.hessian)
        self.hessian = self.model.hessian
        return self.model

    def _trust_step(self) -> Vector | None:
        model = self._fit()
        step = least_in_box(model.gradient, model.hessian, self.radius, -model.center, 1.0 - model.center)
        length = math.sqrt(float(step @ step))
        if length >= _TOO_SHORT * self.resolution:
            self.predicted = model.change(step)
            return step
        self.radius = max(self.radius / 10, self.resolution)
        if not self._choose_far(2 * self.radius):
            self._refine()
        return None

    def _choose_far(self, beyond: float) -> bool:
        """Choose the farthest point to be replaced; false where all are near."""
        assert self.model is not None
        distances = np.sqrt(((self.points - self.model.center) ** 2).sum(axis=1))
        far = int(np.argmax(distances))
        self.to_improve = far if distances[far] > beyond else -1
        return self.to_improve >= 0

    def _geometry_step(self) -> Vector | None:
        """The step on which the model hangs most strongly through the point that is to be replaced."""
        model = self._fit()
        distance = math.sqrt(float(((self.points[self.to_improve] - model.center) ** 2).sum()))
        radius = max(min(0.1 * distance, 0.5 * self.radius), self.resolution)
        gradient, hessian = model.lagrange_function(self.to_improve)
        low, high = -model.center, 1.0 - model.center
        steps = [least_in_box(s * gradient, s * hessian, radius, low, high) for s in (1.0, -1.0)]
        values = [abs(float(gradient @ step + 0.5 * step @ hessian @ step)) for step in steps]
        if max(values) > 1e-10:
            return steps[values.index(max(values))]
        self.to_improve = -1
        self._refine()
        return None

    def _refine(self) -> None:
        if self.resolution <= self.precision:
            self.over = True
            return
        coarse, self.resolution = self.resolution, max(self.precision, self.resolution / 10)
        self.radius = max(coarse / 2, self.resolution)

    def learn(self, loss: float) -> None:
        """Take the loss of the vector given last."""
        if self.model is None and (self.design or len(self.points) < 2 * len(self.tried) + 1):
            self._add(self.tried, loss if loss < math.inf else float(self.losses.max(initial=0.0)))
            return
        if not loss < math.inf:
            self._shrink_from_failure()
        elif self.to_improve >= 0:
            self._replace(self.to_improve, loss)
            self.to_improve = -1
        else:
            self._judge(loss)

    def _shrink_from_failure(self) -> None:
        assert self.model is not None
        length = math.sqrt(float(((self.tried - self.model.center) ** 2).sum()))
        self.to_improve = -1
        self.radius = max(length / 2, self.precision)
        self.resolution = min(self.resolution, self.radius)
        self.over = self.over or self.radius <= self.precision

    def _judge(self, loss: float) -> None:
        """Accept a trust step, and let the radius follow the ratio of the real to the predicted fall."""
        assert self.model is not None
        step = self.tried - self.model.center
        length = math.sqrt(float(step @ step))
        ratio = (loss - float(self.losses[self.best])) / self.predicted if self.predicted < 0 else -1.0
        if ratio >= 0.7:
            self.radius = max(self.radius, 2 * length)
        else:
            self.radius = max(self.radius / 2, length) if ratio >= 0.1 else length / 2
        self.radius = min(1.0, self.resolution if self.radius <= 1.5 * self.resolution else self.radius)
        self._take_in(step, loss)
        if ratio < 0.1 and not self._choose_far(2 * self.radius) and max(self.radius, length) <= self.resolution:
            self._refine()

    def _take_in(self, step: Vector, loss: float) -> None:
        """Add the point, or let it replace the one that the model can best spare."""
        assert self.model is not None
        if len(self.points) < self.most and self.model.novelty(step) > 1e-9:
            self._add(self.tried, loss)
            return
        center = self.tried if loss < self.losses[self.best] else self.model.center
        distances = np.sqrt(((self.points - center) ** 2).sum(axis=1)) / max(self.radius, self.resolution)
        spare = np.abs(self.model.lagrange(step)) * np.maximum(1.0, distances**3)
        if loss >= self.losses[self.best]:
            spare[self.best] = 0.0
        worst = int(np.argmax(spare))
        if spare[worst] > 1e-8:
            self._replace(worst, loss)

    def _add(self, point: Vector, loss: float) -> None:
        self.points, self.losses = np.vstack([self.points, point]), np.append(self.losses, loss)

    def _replace(self, i: int, loss: float) -> None:
        self.points[i], self.losses[i] = self.tried, loss


def _cross(start: Vector, radius: float) -> list[Vector]:
    """The start and two more points on every axis, inside the unit cube: 2n + 1 points."""
    points = [start]
    for i in range(len(start)):
        first, second = (radius, -radius) if start[i] <= 0.5 else (-radius, radius)
        second = second if 0 <= start[i] + second <= 1 else 2 * first
        for offset in (first, second):
            point = start.copy()
            point[i] += offset
            points.append(point)
    return points


@dataclass
class QuadraticTrustRegion(Strategy):
    """Minimises a quadratic model of the loss within a trust region, again and again; restarts when it has converged.

    Acts on spaces whose decisions are all real numbers, as shares of each range in the hole's own scale. `radius` is
    the first trust radius and `precision` the last. Descents begin at the best foreign trial or near the centre, then
    by turns near the best point (a Gaussian step of a random scale) and anywhere. One point is proposed at a time: the
    next depends on its result.

    >>> from inlay.search import Problem, Study
    >>> from inlay.spaces import Real, space
    >>> problem = Problem("bowl", space([Real(-5, 5)] * 3), lambda x: sum((u - 1) ** 2 for u in x))
    >>> Study(problem, QuadraticTrustRegion(), seed=0).run(trials=60, progress=False).best.loss < 1e-12
    True
    """

    radius: float = 0.15
    precision: float = 1e-8

    def __post_init__(self) -> None:
        if not 0 < self.precision < self.radius <= 0.25:
            raise ValueError(f"radius={self.radius} and precision={self.precision}: they must satisfy 0 < precision < "
                             "radius <= 0.25")  # fmt: skip

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space, self.rng = space, rng
        self.vectors = RealVectors(self, space, objectives)
        self.generator = np.random.Generator(np.random.PCG64(rng.getrandbits(128)))
        self.best: tuple[Place, Any] = (NOWHERE, None)
        self.descent: Descent | None = None
        self.awaited: tuple[int, Vector] | None = None
        self.serial = self.descents = 0

    def ask(self, n: int) -> Sequence[Proposal]:
        if n < 1 or self.awaited is not None:
            return []
        shares, program = self._next()
        proposal = Proposal(program, self.serial)
        self.awaited = self.serial, shares
        self.serial += 1
        return [proposal]

    def _next(self) -> tuple[Vector, Any]:
        """The next vector of the descent that the space admits, and its program; random while nothing succeeds."""
        for _ in range(100):
            if self.descent is None:
                start = self._next_start()
                if start is None:
                    break
                self.descent = Descent(start, self.radius, self.precision)
            shares = self.descent.next()
            if shares is None:
                self.descent = None
                continue
            try:
                return shares, self.vectors.program(shares)
            except Unsatisfied:
                self.descent.learn(math.inf)
        program = self.space.sample(self.rng)
        return self.vectors.vector(program), program

    def _next_start(self) -> Vector | None:
        n, known = self.vectors.dimension, self.best[1]
        self.descents += 1
        if known is None:
            near = 0.5 + self.radius * (self.generator.random(n) - 0.5)  # not the centre, where many a loss is special
            return near if self.descents == 1 else None
        if self.descents == 1:
            return self.vectors.vector(known)
        if self.descents % 2:
            return np.asarray(self.generator.random(n))
        scale = 10 ** (-1.5 * self.generator.random())
        return reflected(self.vectors.vector(known) + 0.5 * scale * self.generator.standard_normal(n))

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            own = not trial.foreign and self.awaited is not None and trial.origin == self.awaited[0]
            if own:
                self.awaited = None
                self._learn(place_of(trial))
            if place_of(trial) < self.best[0]:
                self.best = place_of(trial), trial.program

    def _learn(self, place: Place) -> None:
        if self.descent is None:
            return
        self.descent.learn(place[2] if place[1] == 0 else math.inf)
        hopeless = not self.descent.design and self.descent.resolution < _ABANDONED_BELOW
        if hopeless and self.descent.losses.min() > self.best[0][2] and self.best[0][1] == 0:
            self.descent = None
