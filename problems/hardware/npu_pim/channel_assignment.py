"""Requests on channels: the greedy assignment, and the least makespan by branch and bound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


def greedy_channels(latencies: Sequence[float], channels: int, longest_first: bool = True) -> Integers:
    """The channel of each request: each in turn goes to the channel with the least load so far.

    With the longest first, makespan <= (4/3 - 1/(3 channels)) of the least one; in the order given, <= 2 - 1/channels
    of it. Raises `ValueError` for no channel.

    >>> greedy_channels([3, 3, 2, 2, 2], 2).tolist(), greedy_channels([2, 2, 2, 3, 3], 2, False).tolist()
    ([0, 1, 0, 1, 0], [0, 1, 0, 1, 0])

    Source: Graham, 1969, Bounds on Multiprocessing Timing Anomalies, doi:10.1137/0117039; as in Heo et al., 2024,
    NeuPIMs, doi:10.1145/3620666.3651380.
    """
    _some_channels("greedy_channels", channels)
    values = np.asarray(latencies, dtype=float)
    order = np.argsort(-values, kind="stable") if longest_first else np.arange(len(values))
    loads, assigned = np.zeros(channels), np.zeros(len(values), dtype=np.int64)
    for request in order.tolist():
        channel = int(np.argmin(loads))
        assigned[request] = channel
        loads[channel] += values[request]
    return assigned


def makespan(latencies: Sequence[float], assigned: Sequence[int] | Integers, channels: int) -> float:
    """The load of the fullest channel.

    >>> makespan([3, 3, 2, 2, 2], [0, 1, 0, 1, 0], 2)
    7.0
    """
    return float(np.bincount(assigned, weights=latencies, minlength=channels).max())


def longest_first_bound(channels: int) -> float:
    """By what factor the greedy assignment of the longest first may miss the least makespan: 4/3 - 1/(3 m)."""
    _some_channels("longest_first_bound", channels)
    return 4 / 3 - 1 / (3 * channels)


def least_makespan(latencies: Sequence[float], channels: int) -> float:
    """The least makespan of all assignments, by branch and bound; for small instances, as its time is exponential.

    >>> least_makespan([3, 3, 2, 2, 2], 2)
    6.0
    """
    _some_channels("least_makespan", channels)
    left = sorted(map(float, latencies), reverse=True)
    best = makespan(left, greedy_channels(left, channels), channels) if left else 0.0
    bound = max(sum(left) / channels, *left[:1], 0.0)
    return _branch(left, 0, [0.0] * channels, best, bound)


def _branch(left: list[float], i: int, loads: list[float], best: float, bound: float) -> float:
    """The least makespan of the assignments that begin with these loads, or `best` where none is less."""
    if i == len(left):
        return min(best, max(loads))
    for load in sorted(set(loads)):  # channels of equal load are alike
        if best <= bound or load + left[i] >= best:
            break
        j = loads.index(load)
        loads[j] = load + left[i]
        best = _branch(left, i + 1, loads, best, bound)
        loads[j] = load
    return best


def _some_channels(what: str, channels: int) -> None:
    if channels < 1:
        raise ValueError(f"{what}(channels={channels}): there must be at least 1 channel")
