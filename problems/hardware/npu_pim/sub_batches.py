"""Two sub-batches: how the requests of each channel divide, in halves or by dynamic programming."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from .channel_assignment import Integers

Bits = NDArray[np.bool_]


def balanced_partition(latencies: Sequence[int] | Integers) -> Bits:
    """Which requests go to the second sub-batch so that the sums of the two differ least; latencies are integers.

    Dynamic programming over the sums that subsets reach: a set of sums is an integer whose bits are set there, and a
    request shifts it. Time and memory grow with n times the sum of latencies. Raises `ValueError` for what is no
    integer or negative.

    >>> balanced_partition([5, 4, 3, 2]).tolist()
    [False, True, True, False]

    Source: the two-way partition of Heo et al., 2024, NeuPIMs, doi:10.1145/3620666.3651380; pseudo-polynomial subset
    sums after Bellman, 1957, Dynamic Programming.
    """
    values = np.asarray(latencies)
    if values.size and (not np.issubdtype(values.dtype, np.integer) or values.min() < 0):
        raise ValueError(f"balanced_partition({latencies!r}): give cycles, integers of at least 0")
    items = [int(value) for value in values]
    reached = [1]
    for item in items:
        reached.append(reached[-1] | reached[-1] << item)
    half = sum(items) // 2
    return _traced(items, reached, (reached[-1] & ((1 << half + 1) - 1)).bit_length() - 1)


def _traced(items: list[int], reached: list[int], total: int) -> Bits:
    """A subset with that sum: from the last item to the first, one is taken where the sum was not reached without."""
    taken = np.zeros(len(items), dtype=np.bool_)
    for i in reversed(range(len(items))):
        if not reached[i] >> total & 1:
            taken[i] = True
            total -= items[i]
    return taken


def half_partition(latencies: Sequence[int] | Integers) -> Bits:
    """The latter half of the requests, in the order in which they came, goes to the second sub-batch.

    >>> half_partition([5, 4, 3]).tolist()
    [False, False, True]
    """
    n = len(latencies)
    return np.asarray(np.arange(n) >= (n + 1) // 2)


def split_channels(
    latencies: Sequence[int] | Integers, assigned: Integers, partition: Callable[[Integers], Bits] = half_partition
) -> Bits:
    """Which requests of a batch go to the second sub-batch, where each channel's requests are divided by `partition`.

    Every other channel takes its two parts the other way round, so that neither sub-batch gets all the larger ones.

    >>> split_channels([5, 4, 3, 2], np.array([0, 0, 1, 1])).tolist()
    [False, True, True, False]
    """
    cycles = np.asarray(latencies)
    second = np.zeros(len(cycles), dtype=np.bool_)
    for turn, channel in enumerate(np.unique(assigned).tolist()):
        of_channel = np.flatnonzero(assigned == channel)
        second[of_channel] = partition(cycles[of_channel]) ^ bool(turn % 2)
    return second
