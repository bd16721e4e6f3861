"""Tsallis-INF: the bandit that is optimal in stochastic and in adversarial rounds alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .bandits import Bandit, LossScale, Pull, check_arms
from .exponential_weights import draw_arm

Floats = NDArray[np.float64]


def tsallis_probabilities(losses: Floats, rate: float) -> Floats:
    """p_i = 4 (rate (L_i - x))^-2 with the x < min L at which they sum to 1; L are estimated cumulative losses.

    >>> tsallis_probabilities(np.array([0.0, 1.0]), 2.0).round(4).tolist()
    [0.78, 0.22]
    """
    gaps = losses - losses.min()  # so that large cumulative losses cost no digits
    weights: Floats = 4.0 / (rate * (gaps + least_distance(gaps, rate))) ** 2
    probabilities: Floats = weights / weights.sum()
    return probabilities


def least_distance(gaps: Floats, rate: float) -> float:
    """How far x lies below the least loss: the d > 0 with s(d) = sum_i 4 (rate (g_i + d))^-2 = 1, for gaps g_i >= 0.

    s falls and has a pole at 0, which plain Newton steps from the wrong side jump over. s^(-1/2), a power mean of the
    g_i + d, grows and is concave; at d = 2 / rate it is at most 1, so Newton's method on it climbs from there to the
    root and never passes it. It is exact in one step where all gaps are 0.
    """
    distance = 2.0 / rate
    for _ in range(100):
        inverse = 2.0 / (rate * (gaps + distance))
        squares = inverse * inverse
        total = float(squares.sum())
        step = 2.0 * total * (math.sqrt(total) - 1.0) / (rate * float(squares @ inverse))
        distance += step
        if step <= 1e-15 * distance:
            break
    return distance


@dataclass
class TsallisINF(Bandit):
    """Follows the estimated cumulative losses L_i, regularised by Tsallis entropy: p_i = 4 (rate_t (L_i - x))^-2.

    rate_t = 2 / sqrt(t), and a pull adds (loss - low) / p_i to L_i. `low` is the lowest loss so far; all is divided by
    the mean of loss - low with `scale="mean"`, which suits losses with a long tail, or by the range of the losses with
    `scale="range"`.

    Source: J. Zimmert, Y. Seldin (2021), Tsallis-INF: an optimal algorithm for stochastic and adversarial bandits,
    arXiv:1807.07623; the scale by the mean is that of M. Khodak, E. Chow, M.-F. Balcan, A. Talwalkar (2024), Learning
    to relax, arXiv:2310.02246.
    Differs: the lowest loss is learned.

    >>> bandit = TsallisINF()
    >>> bandit.start(2, Random(0))
    >>> for _ in range(200):
    ...     pull = bandit.choose()
    ...     bandit.learn(pull, [7.0, 5.0][pull.arm])
    >>> bool(bandit.probabilities()[1] > 0.9)
    True
    """

    scale: Literal["mean", "range"] = "mean"

    def __post_init__(self) -> None:
        if self.scale not in ("mean", "range"):
            raise ValueError(f"TsallisINF(scale={self.scale!r}): it must be 'mean' or 'range'")

    def start(self, arms: int, rng: Random) -> None:
        check_arms(arms)
        self.rng = rng
        self.weighted, self.weights = np.zeros(arms), np.zeros(arms)  # sums of loss / p and of 1 / p
        self.learned, self.total = 0, 0.0
        self.losses = LossScale()

    def probabilities(self) -> Floats:
        """The probability of each arm to be chosen now."""
        scale = self.losses.width if self.scale == "range" else self._mean_excess()
        estimates = (self.weighted - self.weights * self._low()) / (scale or 1.0)
        return tsallis_probabilities(estimates, 2.0 / math.sqrt(self.learned + 1))

    def _low(self) -> float:
        return self.losses.low if self.learned and math.isfinite(self.losses.low) else 0.0

    def _mean_excess(self) -> float:
        return max(0.0, self.total / self.learned - self._low()) if self.learned else 0.0

    def choose(self, context: Sequence[float] = ()) -> Pull:
        return draw_arm(self.probabilities(), self.rng.random())

    def learn(self, pull: Pull, loss: float, context: Sequence[float] = ()) -> None:
        loss = self.losses.learn(loss)
        self.learned += 1
        self.total += loss
        self.weighted[pull.arm] += loss / pull.probability
        self.weights[pull.arm] += 1.0 / pull.probability
