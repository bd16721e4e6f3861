"""Thompson sampling: pull an arm with the probability that it is the best, given the losses so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from .bandits import Bandit, LossScale, Pull, check_arms


def noise_variance(squares: float, dispersion: float, losses: int, pulled: int) -> float:
    """The variance of the losses of one arm, pooled over all: (S_within + v) / (t - k + 1).

    `squares` is the sum of squared differences from the means of the k `pulled` arms. v, the `dispersion` of all t
    losses whatever their arm, counts as one observation, so that two pulls that happen to agree prove nothing.

    >>> noise_variance(squares=2.0, dispersion=1.0, losses=5, pulled=2)
    0.75
    """
    return (squares + dispersion) / (losses - pulled + 1)


@dataclass
class Thompson(Bandit):
    """Pulls the arm with the least draw from the posteriors N(mean_i, v / n_i) of the mean losses; each arm once first.

    The prior is flat. v is `noise`, the variance of the losses of one arm, or learned where that is None: see
    `noise_variance`. So losses may have any scale. The probability of a pull is not known.

    Source: W. R. Thompson (1933), On the likelihood that one unknown probability exceeds another, Biometrika 25;
    S. Agrawal, N. Goyal (2013), Further optimal regret bounds for Thompson sampling, arXiv:1209.3353.
    Differs: Agrawal and Goyal take v = 1 for losses in [0, 1] and a prior N(0, 1).

    >>> bandit = Thompson()
    >>> bandit.start(2, Random(0))
    >>> for _ in range(100):
    ...     pull = bandit.choose()
    ...     bandit.learn(pull, [7.0, 5.0][pull.arm])
    >>> int(bandit.pulls[1]) > 90
    True
    """

    noise: float | None = None

    def __post_init__(self) -> None:
        if self.noise is not None and not self.noise >= 0:
            raise ValueError(f"Thompson(noise={self.noise}): a variance is not negative; None lets it be learned")

    def start(self, arms: int, rng: Random) -> None:
        check_arms(arms)
        self.random = np.random.Generator(np.random.PCG64(rng.getrandbits(128)))
        self.fresh = rng.sample(range(arms), arms)
        self.pulls, self.means = np.zeros(arms), np.zeros(arms)
        self.losses, self.mean, self.total_squares, self.squares = 0, 0.0, 0.0, 0.0
        self.scale = LossScale()

    def choose(self, context: Sequence[float] = ()) -> Pull:
        while self.fresh:
            arm = self.fresh.pop()
            if not self.pulls[arm]:
                return Pull(arm)
        draws = self.means + self.random.standard_normal(len(self.means)) * np.sqrt(self.variances())
        return Pull(int(np.argmin(draws)))

    def variances(self) -> np.ndarray:
        """The posterior variance of the mean loss of each arm; that of one pull where no loss is known yet."""
        noise = self.noise
        if noise is None:
            pulled = int(np.count_nonzero(self.pulls))
            noise = noise_variance(self.squares, self.total_squares / max(1, self.losses), self.losses, pulled)
        variances: np.ndarray = noise / np.maximum(self.pulls, 1.0)
        return variances

    def learn(self, pull: Pull, loss: float, context: Sequence[float] = ()) -> None:
        loss, arm = self.scale.learn(loss), pull.arm
        self.losses += 1
        self.pulls[arm] += 1
        before, ahead = loss - self.means[arm], loss - self.mean
        self.means[arm] += before / self.pulls[arm]
        self.mean += ahead / self.losses
        self.squares += before * (loss - self.means[arm])
        self.total_squares += ahead * (loss - self.mean)


@dataclass
class BernoulliThompson(Bandit):
    """Thompson sampling for losses of 0 or 1: pulls the arm with the least draw from Beta(a + ones_i, b + zeros_i).

    A loss between 0 and 1 counts as 1 with that probability. The probability of a pull is not known.

    Source: S. Agrawal, N. Goyal (2012), Analysis of Thompson sampling for the multi-armed bandit problem,
    arXiv:1111.1797.

    >>> bandit = BernoulliThompson()
    >>> bandit.start(2, Random(0))
    >>> bandit.learn(Pull(0), 1), bandit.ones.tolist(), bandit.zeros.tolist()
    (None, [1.0, 0.0], [0.0, 0.0])
    """

    prior: tuple[float, float] = (1.0, 1.0)

    def __post_init__(self) -> None:
        if not min(self.prior) > 0:
            raise ValueError(f"BernoulliThompson(prior={self.prior}): both counts must be positive; (1, 1) is uniform")

    def start(self, arms: int, rng: Random) -> None:
        check_arms(arms)
        self.random = np.random.Generator(np.random.PCG64(rng.getrandbits(128)))
        self.ones, self.zeros = np.zeros(arms), np.zeros(arms)

    def choose(self, context: Sequence[float] = ()) -> Pull:
        a, b = self.prior
        return Pull(int(np.argmin(self.random.beta(a + self.ones, b + self.zeros))))

    def learn(self, pull: Pull, loss: float, context: Sequence[float] = ()) -> None:
        """Raises `ValueError` for a loss outside [0, 1]."""
        if not 0 <= loss <= 1:
            raise ValueError(f"BernoulliThompson takes losses from 0 to 1, not {loss}; Thompson takes any")
        drawn = loss if loss in (0, 1) else float(self.random.random() < loss)
        self.ones[pull.arm] += drawn
        self.zeros[pull.arm] += 1 - drawn
