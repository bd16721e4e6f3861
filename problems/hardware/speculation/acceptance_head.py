"""An acceptance head: what of the oracle's gain is left where acceptance is predicted from noisy features."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .drafting import Floats, Rounds


def noisy_features(rounds: Rounds, noise: float, seed: int = 0) -> Floats:
    """What a head sees of each drafted token, (N, K, 4): a constant, the logit of its acceptance probability with
    Gaussian noise of this size, that number squared, and a feature that means nothing."""
    rng = np.random.default_rng(seed)
    probability = np.clip(rounds.probabilities, 1e-3, 1 - 1e-3)
    seen = np.log(probability / (1 - probability)) + noise * rng.standard_normal(probability.shape)
    return np.stack([np.ones_like(seen), seen, seen**2 / 10, rng.standard_normal(seen.shape)], axis=-1)


class AcceptanceHead(NamedTuple):
    """A logistic head: P(accepted) = sigmoid(features . weights)."""

    weights: Floats

    def predict(self, features: Floats) -> Floats:
        """Acceptance probabilities (...,) for features (..., d)."""
        predicted: Floats = 1.0 / (1.0 + np.exp(-np.clip(features @ self.weights, -30, 30)))
        return predicted

    def reached(self, features: Floats) -> Floats:
        """The believed probability that all tokens of a round so far are accepted, (N, K)."""
        return np.multiply.accumulate(self.predict(features), axis=1, dtype=np.float64)


def fit_head(
    features: Floats, accepted: Floats, rejected_weight: float = 6.0, ridge: float = 1e-3, steps: int = 25
) -> AcceptanceHead:
    """Fit a head to acceptance in [0, 1] (soft labels) by Newton steps on the weighted cross-entropy.

    loss = - mean(y log p + w (1 - y) log(1 - p)) + ridge |weights|^2 / 2, with w the weight of rejections.

    Source: Huang, Guo, Wang, 2024, SpecDec++, arXiv:2405.19715 (soft labels, rejections weighted by 6).
    Differs: one linear layer on features, where the paper's head has residual blocks on hidden states.
    """
    x, y = features.reshape(-1, features.shape[-1]), np.asarray(accepted, dtype=float).reshape(-1)
    weights = np.zeros(x.shape[1])
    for _ in range(steps):
        predicted = AcceptanceHead(weights).predict(x)
        mass = y + rejected_weight * (1 - y)
        gradient = x.T @ (mass * predicted - y) / len(y) + ridge * weights
        curvature = (x.T * (mass * predicted * (1 - predicted))) @ x / len(y) + ridge * np.eye(len(weights))
        weights = weights - np.linalg.solve(curvature, gradient)
    return AcceptanceHead(weights)
