"""ChebCB: a contextual bandit that predicts every arm's loss by a Chebyshev polynomial of one feature."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from .bandits import Bandit, LossScale, Pull, check_arms
from .exponential_weights import draw_arm

Floats = NDArray[np.float64]


def square_probabilities(predicted: Floats, rate: float) -> Floats:
    """SquareCB: p_i = 1 / (k + rate (y_i - min y)) for k arms with predicted losses y, the rest on the least of them.

    >>> square_probabilities(np.array([0.5, 0.0]), 4.0).tolist()
    [0.25, 0.75]

    Source: D. J. Foster, A. Rakhlin (2020), Beyond UCB: optimal and efficient contextual bandits with regression
    oracles, arXiv:2002.04926.
    """
    best = int(np.argmin(predicted))
    probabilities: Floats = 1.0 / (len(predicted) + rate * (predicted - predicted[best]))
    probabilities[best] = 0.0
    probabilities[best] = 1.0 - probabilities.sum()
    return probabilities


def chebyshev_features(x: float, count: int) -> Floats:
    """T_0(x) ... T_(count-1)(x) for x in [-1, 1], where T_j(cos a) = cos(j a).

    >>> chebyshev_features(0.5, 4).round(12).tolist()
    [1.0, 0.5, -0.5, -1.0]
    """
    angle = math.acos(min(1.0, max(-1.0, x)))
    return np.array([math.cos(j * angle) for j in range(count)])


def boxed_least_squares(gram: Floats, moment: Floats, bounds: Floats, start: Floats, sweeps: int = 20) -> Floats:
    """The theta with |theta_j| <= bounds_j and least theta' G theta - 2 theta' m, by coordinate descent from `start`.

    >>> boxed_least_squares(np.eye(2), np.array([3.0, 1.0]), np.array([2.0, 2.0]), np.zeros(2)).tolist()
    [2.0, 1.0]
    """
    rows, wanted, limits, theta = gram.tolist(), moment.tolist(), bounds.tolist(), start.tolist()
    places = range(len(theta))
    for _ in range(sweeps):
        moved = 0.0
        for j in places:
            row = rows[j]
            if row[j] > 0:
                free = theta[j] + (wanted[j] - sum(g * t for g, t in zip(row, theta, strict=True))) / row[j]
                boxed = min(limits[j], max(-limits[j], free))
                moved = max(moved, abs(boxed - theta[j]))
                theta[j] = boxed
        if moved <= 1e-9 * limits[0]:
            break
    return np.array(theta)


@dataclass
class ChebCB(Bandit):
    """Fits a polynomial of a feature in [low, high] to the losses of every arm, and draws arms by SquareCB.

    Losses less the lowest one are predicted as sum_j theta_j T_j, with `terms` terms T_0, T_1, ... and |theta_0| <= K,
    |theta_j| <= 2 K / j, where K is the range of the losses: the box of functions that change by at most K over
    [low, high]. Predictions are divided by the scale K N, N = 2 + 4 (1 + ln m), for SquareCB with the rate
    2 t sqrt(k t / (R - S + 2 a^2 t)), a = (pi + 2/pi ln(2 m + 1)) / (2 N (m + 1)), for k arms and m terms; R is the
    sum of squared errors of the predictions, S that of the fits. The first feature of the context counts; one outside
    the range counts as its nearest end. Raises `ValueError` for an empty context.

    Source: M. Khodak, E. Chow, M.-F. Balcan, A. Talwalkar (2024), Learning to relax, arXiv:2310.02246, and its code
    for the rate.
    Differs: the range of the losses is learned; the fits are by coordinate descent from the last one.

    >>> bandit = ChebCB(0.0, 1.0, terms=2)
    >>> bandit.start(2, Random(0))
    >>> bandit.learn(Pull(0), 3.0, [0.0]), bandit.learn(Pull(0), 5.0, [1.0])
    (None, None)
    >>> bandit.predicted([0.5]).round(6).tolist()
    [1.0, 0.0]
    """

    low: float
    high: float
    terms: int = 6

    def __post_init__(self) -> None:
        if not self.low < self.high or self.terms < 1:
            raise ValueError(
                f"ChebCB(low={self.low}, high={self.high}, terms={self.terms}): it needs low < high and a term"
            )

    def start(self, arms: int, rng: Random) -> None:
        check_arms(arms)
        self.rng, self.arms, self.learned = rng, arms, 0
        self.gram, self.moment = np.zeros((arms, self.terms, self.terms)), np.zeros((arms, self.terms))
        self.theta, self.squares = np.zeros((arms, self.terms)), np.zeros(arms)
        self.fitted, self.errors = np.zeros(arms), 0.0
        self.losses = LossScale()

    def features(self, context: Sequence[float]) -> Floats:
        """The terms T_0, T_1, ... of a context (terms,)."""
        if not len(context):
            raise ValueError("ChebCB needs a context with a number: give the search features")
        return chebyshev_features(2 * (context[0] - self.low) / (self.high - self.low) - 1, self.terms)

    def predicted(self, context: Sequence[float]) -> Floats:
        """The predicted losses of all arms, less the lowest loss so far (arms,)."""
        return np.asarray(self.theta @ self.features(context))

    def choose(self, context: Sequence[float] = ()) -> Pull:
        scale = (self.losses.width or 1.0) * self._norm()
        return draw_arm(square_probabilities(self.predicted(context) / scale, self.rate()), self.rng.random())

    def rate(self) -> float:
        """The learning rate of SquareCB now."""
        t, m, scale = self.learned + 1, self.terms, (self.losses.width or 1.0) * self._norm()
        smooth = (math.pi + 2 / math.pi * math.log(2 * m + 1)) / (2 * self._norm() * (m + 1))
        regret = max(0.0, self.errors - float(self.fitted.sum())) / scale**2
        return 2 * t * math.sqrt(self.arms * t / (regret + 2 * smooth**2 * t))

    def _norm(self) -> float:
        return 2 + 4 * (1 + math.log(self.terms))

    def learn(self, pull: Pull, loss: float, context: Sequence[float] = ()) -> None:
        features, arm = self.features(context), pull.arm
        loss = self._above_lowest(loss)
        self.errors += (float(self.theta[arm] @ features) - loss) ** 2
        self.gram[arm] += np.outer(features, features)
        self.moment[arm] += loss * features
        self.squares[arm] += loss * loss
        self.learned += 1
        self._fit(arm)

    def _above_lowest(self, loss: float) -> float:
        """A loss less the lowest so far; where it is the lowest itself, all that is known moves up."""
        before = self.losses.low
        loss = self.losses.learn(loss)
        if self.learned and (rise := before - self.losses.low) > 0:
            self.squares += 2 * rise * self.moment[:, 0] + rise**2 * self.gram[:, 0, 0]
            self.moment += rise * self.gram[:, 0]
            self.theta[:, 0] += rise * (self.gram[:, 0, 0] > 0)
        return loss - self.losses.low if math.isfinite(self.losses.low) else 0.0

    def _fit(self, arm: int) -> None:
        bounds = self.losses.width * np.array([1.0, *(2.0 / j for j in range(1, self.terms))])
        gram, moment = self.gram[arm], self.moment[arm]
        theta = boxed_least_squares(gram, moment, bounds, self.theta[arm])
        self.theta[arm] = theta
        self.fitted[arm] = max(0.0, float(theta @ gram @ theta - 2 * theta @ moment) + float(self.squares[arm]))
