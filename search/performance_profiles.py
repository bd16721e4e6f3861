"""Performance profiles: on which share of the problems a strategy is at most so many times slower than the fastest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

#: By how many times a strategy may be slower than the fastest before a problem counts as lost.
SLOWEST = 4.0

Times = Mapping[str, Sequence[float]]


def slowdowns(times: Times) -> dict[str, list[float]]:
    """r = t / min over strategies of t for each strategy and problem; infinite where the target was missed.

    `times` maps each strategy to its time on each problem, infinite for a miss. Raises `ValueError` for a time that is
    not positive, or where the strategies have different numbers of problems.

    >>> slowdowns({"a": [10.0, 30.0], "b": [20.0, math.inf]})
    {'a': [1.0, 1.0], 'b': [2.0, inf]}
    """
    if len({len(row) for row in times.values()}) > 1:
        raise ValueError("every strategy needs a time for every problem, infinite where it missed the target")
    if any(not time > 0 for row in times.values() for time in row):
        raise ValueError("times must be positive")
    fastest = [min(column) for column in zip(*times.values(), strict=True)]
    return {
        name: [time / least if time < math.inf else math.inf for time, least in zip(row, fastest, strict=True)]
        for name, row in times.items()
    }


def share_within(ratios: Sequence[float], tau: float) -> float:
    """The performance profile rho(tau): the share of problems with a slowdown of at most tau.

    Source: Dolan, Moré, 2002, Benchmarking Optimization Software with Performance Profiles, Math. Programming 91.

    >>> share_within([1.0, 2.0, math.inf], 2.0)
    0.6666666666666666
    """
    return sum(ratio <= tau for ratio in ratios) / len(ratios)


def profile_score(ratios: Sequence[float], slowest: float = SLOWEST) -> float:
    """The area under the performance profile up to r_max: B = mean over problems of max(0, (r_max - r)/(r_max - 1)).

    1 for the strategy that is fastest everywhere, 0 for one that is r_max times slower or misses everywhere; equal to
    the integral of rho(tau) over [1, r_max], divided by r_max - 1.
    Source: Dahl et al., 2023, Benchmarking Neural Network Training Algorithms (AlgoPerf), arXiv:2306.07179.

    >>> profile_score([1.0, 4.0, math.inf])
    0.3333333333333333
    """
    if not slowest > 1:
        raise ValueError(f"slowest={slowest}: it must be above 1")
    return sum(max(0.0, (slowest - ratio) / (slowest - 1)) for ratio in ratios) / len(ratios)
