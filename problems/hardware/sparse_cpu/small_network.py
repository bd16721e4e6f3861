"""Small networks whose layers are pruned: one that reads digits, and fixed ones of heavy-tailed weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...catalog import MissingExtra

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Layers:
    """Layers of (outputs, inputs) weights with biases, and a ReLU between them."""

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]

    def outputs(self, x: Floats) -> Floats:
        """The last layer's outputs (samples, outputs) for x (samples, inputs)."""
        for i, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = x @ w.T + b
            if i < len(self.weights) - 1:
                x = np.maximum(x, 0)
        return x


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs (samples, inputs) and their classes (samples,)."""

    x: Floats
    y: NDArray[np.int64]


def digits(seed: int = 0) -> tuple[Samples, Samples, Samples]:
    """Scikit-learn's digits, half to train, a quarter to search on and a quarter to test; raises `MissingExtra`."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise MissingExtra(
            f"the digits need {error.name}; install it with: pip install 'inlay[sklearn]', or take network='random'"
        ) from None
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(y))
    x, y = (x[order] / 16.0).astype(np.float32), y[order].astype(np.int64)
    cuts = [len(y) // 2, 3 * len(y) // 4]
    parts = [Samples(*part) for part in zip(np.split(x, cuts), np.split(y, cuts), strict=True)]
    return parts[0], parts[1], parts[2]


def random_layers(sizes: Sequence[int], seed: int = 0, tail: float | None = None) -> Layers:
    """Layers of Gaussian weights scaled by 2 / inputs, or of Student's t with `tail` degrees of freedom."""
    rng = np.random.default_rng(seed)
    shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
    drawn = [rng.standard_normal(s) if tail is None else rng.standard_t(tail, s) for s in shapes]
    weights = tuple((w * np.sqrt(2 / w.shape[1])).astype(np.float32) for w in drawn)
    return Layers(weights, tuple(np.zeros(m, dtype=np.float32) for m, _ in shapes))


def trained(layers: Layers, samples: Samples, epochs: int = 40, decay: float = 1e-4, seed: int = 0) -> Layers:
    """The layers after training with cross-entropy and Adam with decoupled weight decay, in batches of 64."""
    rng, n = np.random.default_rng(seed), len(samples.y)
    values = [part.copy() for part in (*layers.weights, *layers.biases)]
    means, squares, step = [np.zeros_like(v) for v in values], [np.zeros_like(v) for v in values], 0
    for _ in range(epochs):
        for picked in np.split(rng.permutation(n), range(64, n, 64)):
            step += 1
            slopes = _gradients(_layers(values), samples.x[picked], samples.y[picked])
            for value, slope, mean, square in zip(values, slopes, means, squares, strict=True):
                mean += 0.1 * (slope - mean)
                square += 0.01 * (slope * slope - square)
                scale = 2e-3 * np.sqrt(1 - 0.99**step) / (1 - 0.9**step)
                value -= scale * mean / (np.sqrt(square) + 1e-8) + decay * value
    return _layers(values)


def _layers(values: Sequence[Floats]) -> Layers:
    half = len(values) // 2
    return Layers(tuple(values[:half]), tuple(values[half:]))


def _gradients(layers: Layers, x: Floats, y: NDArray[np.int64]) -> list[Any]:
    """Gradients of the mean cross-entropy by all weights, then all biases."""
    inputs = [x]
    for w, b in zip(layers.weights[:-1], layers.biases[:-1], strict=True):
        inputs.append(np.maximum(inputs[-1] @ w.T + b, 0))
    scores = inputs[-1] @ layers.weights[-1].T + layers.biases[-1]
    back = np.exp(scores - scores.max(axis=1, keepdims=True))
    back /= back.sum(axis=1, keepdims=True)
    back[np.arange(len(y)), y] -= 1
    back /= len(y)
    by_weights: list[Any] = []
    by_biases: list[Any] = []
    for w, given in zip(reversed(layers.weights), reversed(inputs), strict=True):
        by_weights.insert(0, back.T @ given)
        by_biases.insert(0, back.sum(axis=0))
        back = (back @ w) * (given > 0)
    return [*by_weights, *by_biases]
