"""Adaptive gradient partitioning: the gradients of dense parts reduced in the gaps of the backward pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .closed_forms import inter_gap
from .degree_solver import DEGREES, best_degree
from .layer_times import LinearTime, MoETimes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GradientPartition:
    """Numbers of gradients reduced beside the experts and beside the attention of each layer, and after the last.

    `moe` and `attention` (layers,) are in the order of the backward pass; `degrees` are the chunks of each layer.
    """

    moe: tuple[float, ...]
    attention: tuple[float, ...]
    tail: float
    degrees: tuple[int, ...]


def adaptive_partition(
    times: MoETimes,
    reduce: LinearTime,
    gradients: Sequence[float],
    attention_gap: float,
    degrees: Sequence[int] = DEGREES,
    units: int = 16,
) -> GradientPartition:
    """Where the gradients (layers,) that attention leaves behind, in the order of the backward pass, are reduced.

    `times` are those of the backward pass. Gaps are filled first, each with what is there before it begins; what is
    left is divided, in `units` equal parts, over the layers and the end so that sum_k min_r T(r, g_k) + g_end is least
    and no layer reduces what comes after it. Raises `ValueError` for no gradients and fewer than one unit.

    >>> from .layer_times import FSMOE_CLUSTER, MIXTRAL, moe_times
    >>> adaptive_partition(moe_times().backward(), FSMOE_CLUSTER.reduce, [MIXTRAL.gradient] * 2, 0.024).degrees
    (8, 8)

    Source: Pan et al., 2025, FSMoE, arXiv:2501.10714.
    Differs: what is left is divided by dynamic programming over equal parts, exact for them, where the authors'
    script runs differential evolution.
    """
    if not len(gradients) or units < 1:
        raise ValueError(f"adaptive_partition(gradients={list(gradients)}, units={units}): give at least one of each")
    gap = float(inter_gap(times, best_degree(times, 0.0, degrees).degree))
    moe, attention, left = fill_gaps(gradients, reduce, gap, attention_gap)
    extra = _divide(left, moe, times, reduce, degrees, units)
    moe = moe + extra
    chosen = tuple(int(best_degree(times, float(reduce.seconds(n)), degrees).degree) for n in moe)
    tail = max(0.0, float(np.sum(gradients) - moe.sum() - attention.sum()))
    return GradientPartition(tuple(moe.tolist()), tuple(attention.tolist()), tail, chosen)


def fill_gaps(
    gradients: Sequence[float], reduce: LinearTime, moe_gap: float, attention_gap: float
) -> tuple[Floats, Floats, Floats]:
    """Numbers that the gaps of each layer take, those of its experts first, and what is left over before each layer.

    The gradients of a layer are there when its attention ends, so the first layer reduces none; the last of the three
    arrays (layers,) holds, for each layer, what the gaps up to it did not take of what was there.

    >>> fill_gaps([6.0, 1.0, 1.0], LinearTime(1.0, 1.0), 4.0, 3.0)
    (array([0., 3., 2.]), array([0., 2., 0.]), array([0., 1., 0.]))
    """
    moe, attention, left = (np.zeros(len(gradients)) for _ in range(3))
    waiting = 0.0
    for k in range(len(gradients)):
        moe[k] = min(waiting, reduce.numbers(moe_gap))
        attention[k] = min(waiting - moe[k], reduce.numbers(attention_gap))
        left[k] = waiting - moe[k] - attention[k]
        waiting = left[k] + gradients[k]
    return moe, attention, left


def _divide(
    left: Floats, moe: Floats, times: MoETimes, reduce: LinearTime, degrees: Sequence[int], units: int
) -> Floats:
    """Numbers that each layer reduces beyond its gap: the best division of what no gap takes, in equal parts.

    Up to each layer no more is divided than is left there, so that the gaps after it still get theirs.
    """
    step = left[-1] / units
    if step <= 0:
        return np.zeros(len(left))
    parts = np.arange(units + 1)
    # costs[k][u]: seconds of layer k that reduces u parts beyond its gap
    costs = [[best_degree(times, float(reduce.seconds(n + u * step)), degrees).seconds for u in parts] for n in moe]
    least, chosen = np.where(parts == 0, 0.0, np.inf), []
    for k in range(len(left)):  # least[u]: seconds of the layers so far that reduce u parts in all
        ways = np.array([[least[u - x] + costs[k][x] if x <= u else np.inf for x in parts] for u in parts])
        ways[parts * step > left[k] * (1 + 1e-12)] = np.inf
        chosen.append(ways.argmin(axis=1))
        least = ways.min(axis=1)
    u = int((least + (units - parts) * step * float(reduce.each)).argmin())
    extra = np.zeros(len(left))
    for k in reversed(range(len(left))):
        extra[k] = chosen[k][u] * step
        u -= int(chosen[k][u])
    return extra
