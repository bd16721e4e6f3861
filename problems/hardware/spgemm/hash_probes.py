"""Probes of a hash table with linear probing: expected, and of a table that is simulated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .sparse_matrices import Floats


def expected_probes(slots: int, filled: Any) -> Floats:
    """Expected probes to find one of `filled` keys in a table of so many slots, which is also what inserting each took.

    (1 + Q_n) / 2 for n keys, with Q_1 = 1 and Q_n = 1 + (n - 1) / slots Q_(n - 1); 1 for none. As slots grow at a load
    a = n / slots it tends to (1 + 1 / (1 - a)) / 2. Raises `ValueError` for more keys than slots.

    >>> expected_probes(1 << 14, [0, 1 << 13]).round(3).tolist()
    [1.0, 1.5]

    Source: Knuth, 1998, The Art of Computer Programming 3, section 6.4, theorem K.
    """
    n = np.asarray(filled, dtype=np.int64)
    if (n > slots).any() or (n < 0).any():
        raise ValueError(f"expected_probes(slots={slots}): cannot hold {n.max()} keys")
    probes: Floats = _by_keys(slots)[n]
    return probes


@lru_cache(maxsize=64)
def _by_keys(slots: int) -> Floats:
    """The expected probes of 0 ... slots keys."""
    sums = [1.0, 1.0]
    for n in range(1, slots):
        sums.append(1.0 + n / slots * sums[-1])
    return (1.0 + np.array(sums)) / 2.0


def simulated_probes(slots: int, hashes: Sequence[int]) -> NDArray[np.int64]:
    """The probes of inserting keys with these hashes, each in 0 ... slots - 1, one after the other, (keys,).

    >>> simulated_probes(4, [1, 1, 1, 0, ]).tolist()
    [1, 2, 3, 1]
    """
    taken, probes = [False] * slots, []
    if len(hashes) > slots:
        raise ValueError(f"simulated_probes(slots={slots}): cannot hold {len(hashes)} keys")
    for place in hashes:
        count, at = 1, place
        while taken[at]:
            at, count = (at + 1) % slots, count + 1
        taken[at] = True
        probes.append(count)
    return np.array(probes, dtype=np.int64)
