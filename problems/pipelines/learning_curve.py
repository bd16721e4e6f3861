"""Fewer samples to learn from: nested parts of a training set, for cheaper estimates of a score."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def nested_part(classes: NDArray[Any], fraction: float, seed: int = 0) -> NDArray[np.intp]:
    """The indices, ascending, of a random fraction of the samples, each class in proportion; rounded up.

    Of the same samples and seed a smaller part lies within every larger one, and 1 gives all of them. `classes` has
    shape (samples,). Raises `ValueError` for a fraction outside (0, 1].

    >>> nested_part(np.array([0, 0, 0, 0, 1, 1]), 0.5).tolist()
    [0, 2, 5]
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"a fraction of the samples lies in (0, 1], not {fraction!r}")
    size = math.ceil(fraction * len(classes) - 1e-9)  # a third of 9 samples is 3 of them
    return np.sort(_stratified_order(classes, seed)[:size])


def _stratified_order(classes: NDArray[Any], seed: int) -> NDArray[np.intp]:
    """A random order of the samples in which each class is spread evenly, so that every beginning is stratified."""
    rng = np.random.Generator(np.random.PCG64(seed))
    place = np.empty(len(classes))
    for label in np.unique(classes):
        members = rng.permutation(np.flatnonzero(classes == label))
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.argsort(place, kind="stable")
