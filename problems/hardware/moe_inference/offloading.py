"""Experts outside the device: how long their transfers keep it waiting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..operators import Numbers

Floats = NDArray[np.float64]


def transfer_seconds(misses: Numbers, size: Numbers, bandwidth: float) -> Floats:
    """Seconds in which `misses` experts of `size` bytes come over a link: misses size / bandwidth.

    >>> float(transfer_seconds(2, 1e9, 25e9))
    0.08

    Raises `ValueError` for a bandwidth that is not positive.
    """
    if not bandwidth > 0:
        raise ValueError(f"transfer_seconds(bandwidth={bandwidth}): it must be positive")
    return np.asarray(np.asarray(misses) * size / bandwidth)


def exposed_seconds(transfer: Numbers, compute: Numbers, accuracy: Numbers) -> Floats:
    """Seconds of transfers that are not hidden behind `compute`, where a share `accuracy` of predictions is right.

    transfer - accuracy min(transfer, compute): while the layer before computes, the link brings as much of what is
    predicted as it can, of which that share is needed; the rest is fetched when the need is seen. Raises `ValueError`
    for an accuracy that is no share.

    >>> exposed_seconds(4.0, 3.0, np.array([0.0, 0.5, 1.0])).tolist()
    [4.0, 2.5, 1.0]
    """
    if np.any((np.asarray(accuracy) < 0) | (np.asarray(accuracy) > 1)):
        raise ValueError(f"exposed_seconds(accuracy={accuracy}): a share is from 0 to 1")
    return np.asarray(transfer - accuracy * np.minimum(transfer, compute))
