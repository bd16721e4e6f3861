"""Attention heads with known maps: queries and keys made of positions so that softmax(Q K^T) has the wanted shape."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
#: The shapes of attention maps.
Shape = Literal["sink and local", "vertical and slash", "clustered"]
SHAPES: tuple[Shape, ...] = get_args(Shape)


class _Tensors(NamedTuple):
    queries: Floats
    keys: Floats
    values: Floats


class Head(_Tensors):
    """Queries, keys and values (n, d) of a causal attention head, in single precision."""

    @property
    def length(self) -> int:
        """The number of tokens n."""
        return len(self.queries)

    @cached_property
    def weights(self) -> Floats:
        """exp(Q K^T / sqrt(d) - row maximum), zero above the diagonal, (n, n)."""
        scores = self.queries @ self.keys.T / np.sqrt(self.queries.shape[1], dtype=np.float32)
        scores = np.where(np.tri(self.length, dtype=bool), scores, -np.inf)
        weights: Floats = np.exp(scores - scores.max(axis=1, keepdims=True))
        return weights

    @cached_property
    def map(self) -> Floats:
        """The attention map softmax(Q K^T / sqrt(d)), (n, n)."""
        shares: Floats = self.weights / self.weights.sum(axis=1, keepdims=True)
        return shares

    @cached_property
    def output(self) -> Floats:
        """The dense output (n, d)."""
        dense: Floats = self.map @ self.values
        return dense


def example_head(shape: Shape, length: int = 1024, size: int = 128, seed: int = 0) -> Head:
    """A head whose map has one of the three shapes, at places drawn from the seed.

    "sink and local": the first tokens, and a window before each query; "vertical and slash": single columns, and
    diagonals at single distances; "clustered": spans of 32 tokens that belong to one of eight clusters attend to the
    spans of their cluster. Raises `ValueError` for another shape.

    >>> head = example_head("sink and local", length=64)
    >>> head.map.shape, bool(head.map[-1, :4].sum() > 5 * head.map[-1, 4:8].sum())
    ((64, 64), True)
    """
    if shape not in SHAPES:
        raise ValueError(f"example_head(shape={shape!r}): shapes are {', '.join(map(repr, SHAPES))}")
    rng = np.random.default_rng([seed, SHAPES.index(shape)])
    make = {"sink and local": _sink_and_local, "vertical and slash": _vertical_and_slash, "clustered": _clustered}
    queries, keys = make[shape](length, size, rng)
    queries, keys = queries * np.sqrt(size), keys + 0.02 * rng.standard_normal(keys.shape)
    values = rng.standard_normal((length, size))
    return Head(*(np.asarray(each, dtype=np.float32) for each in (queries, keys, values)))


def _sink_and_local(length: int, size: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Scores fall off like a bell with the distance, by waves whose frequencies are drawn from a bell; and a sink."""
    width = length / 14
    near = 3.0 * _waves(length, rng.standard_normal(size // 2 - 2) / width, shifts=[0])
    constant = np.full((length, 1), 1.0)
    sink = np.where(np.arange(length) < 4, 9.0, 0.0)[:, None]
    return _joined(near, (constant, sink), size)


def _vertical_and_slash(length: int, size: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Waves of all frequencies agree at single distances only; and a feature that a few columns have."""
    shifts = [0, *rng.choice(np.arange(length // 16, length // 2), 2, replace=False)]
    slashes = np.sqrt(10.0) * _waves(length, rng.uniform(0, np.pi, size // 2 - 2), shifts)
    columns = rng.choice(length * 3 // 4, 12, replace=False)
    chosen = np.zeros((length, 1))
    chosen[columns] = 10.0
    return _joined(slashes, (np.full((length, 1), 1.0), chosen), size)


def _clustered(length: int, size: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Every span of tokens points in the direction of its cluster."""
    centers = rng.standard_normal((8, size))
    centers /= np.linalg.norm(centers, axis=1, keepdims=True)
    cluster = np.repeat(rng.integers(0, 8, -(-length // 32)), 32)[:length]
    return np.sqrt(10.0) * centers[cluster], np.sqrt(10.0) * centers[cluster]


def _waves(length: int, frequencies: Floats, shifts: Any) -> Floats:
    """Queries and keys (2, n, 2 m) whose products are sum over shifts of mean_w cos(w (i - j - shift))."""
    angles = np.arange(length)[:, None] * frequencies
    queries = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    moved = [angles + shift * frequencies for shift in shifts]
    keys = sum(np.concatenate([np.cos(each), np.sin(each)], axis=1) for each in moved)
    both: Floats = np.stack([queries, keys]) / np.sqrt(len(frequencies))
    return both


def _joined(waves: Floats, extra: tuple[Floats, Floats], size: int) -> tuple[Floats, Floats]:
    """Queries and keys of `size` features: the waves, one more feature each, and zeros."""
    queries, keys = (np.concatenate([wave, one], axis=1) for wave, one in zip(waves, extra, strict=True))
    empty = np.zeros((len(queries), size - queries.shape[1]))
    return np.concatenate([queries, empty], axis=1), np.concatenate([keys, empty], axis=1)
