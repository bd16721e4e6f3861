"""What the classical problems share: sizes that are checked, and random numbers that are the same everywhere."""

from __future__ import annotations

from itertools import product
from random import Random

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.bool_]
Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Up to so many bits every string is tried to find the optimum.
BRUTE_FORCE_BITS = 16


def at_least(least: int, **settings: int) -> None:
    """Check sizes; raises `ValueError` naming the setting that is too small."""
    for name, value in settings.items():
        if value < least:
            raise ValueError(f"{name}={value}: it must be at least {least}")


def integers(rng: Random, shape: tuple[int, ...], low: int, high: int) -> Integers:
    """Random integers between `low` and `high`, both included."""
    flat = [rng.randint(low, high) for _ in range(int(np.prod(shape)))]
    return np.array(flat, dtype=np.int64).reshape(shape)


def all_bit_strings(n: int) -> Bits:
    """Every string of `n` bits, a row each, in the order of their numbers: shape (2**n, n)."""
    return np.array(list(product((False, True), repeat=n)), dtype=np.bool_).reshape(-1, n)
