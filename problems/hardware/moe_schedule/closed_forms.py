"""The time of a pipelined mixture-of-experts layer in closed form, by what bounds it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..operators import Numbers
from .layer_times import MoETimes

Floats = NDArray[np.float64]
#: What may bound a layer, in the order of the rows of `bounds`.
BOUNDS = ("inter", "intra", "expert", "reduce")


def bounds(times: MoETimes, degree: Numbers, gradient: Numbers = 0.0) -> Floats:
    """Seconds of a layer by each bound, an array (4, ...); -inf for the bound between nodes or in them that is out.

    With A, G, E, S of a chunk (all-to-all, gather, experts, scatter) and seconds g of the gradients that are reduced
    beside them: inter 2 r A + G + S where A >= G, intra 2 A + r (G + S) where A < G, expert 2 A + G + S + r E, and
    reduce 2 r A + g.
    """
    r = np.asarray(degree, dtype=float)
    a, g, e, s = (part.seconds(r) for part in (times.exchange, times.gather, times.expert, times.scatter))
    between = np.asarray(a) >= np.asarray(g)
    inter = np.where(between, 2 * r * a + g + s, -np.inf)
    intra = np.where(between, -np.inf, 2 * a + r * (g + s))
    return np.stack(np.broadcast_arrays(inter, intra, 2 * a + g + s + r * e, 2 * r * a + gradient))


def layer_seconds(times: MoETimes, degree: Numbers, gradient: Numbers = 0.0) -> Floats:
    """Seconds of a layer in r chunks: the largest of its bounds.

    >>> from .layer_times import moe_times
    >>> [round(float(layer_seconds(moe_times(), r)) * 1e3, 2) for r in (1, 2, 4, 8, 16)]
    [86.23, 64.12, 59.7, 57.86, 57.69]

    Source: Pan et al., 2025, FSMoE, arXiv:2501.10714.
    Differs: the cases, each with the conditions under which it holds, are written as the maximum that they make. They
    are exact for the fixed orders of `moe_tasks` where gather and scatter take equally long; `exact_seconds` always is.
    """
    return np.asarray(bounds(times, degree, gradient).max(axis=0))


def exact_seconds(times: MoETimes, degree: Numbers) -> Floats:
    """Seconds of a layer in r chunks whose dispatches precede all combines, and gathers all scatters.

    T = max(2 A + G + E + S + (r - 1) max(A, G, E, S), 2 A + G + S + (r - 1) (max(A, G) + max(A, S)), 2 r A): the
    longest paths that are held up by one stage, by the turn from gather to scatter, and by that from dispatch to
    combine.

    >>> from .layer_times import ChunkTime
    >>> uneven = MoETimes(*(ChunkTime(0.0, whole) for whole in (4.0, 1.0, 1.0, 8.0)))
    >>> float(exact_seconds(uneven, 4)), float(layer_seconds(uneven, 4))
    (13.25, 10.25)
    """
    r = np.asarray(degree, dtype=float)
    a, g, e, s = (np.asarray(part.seconds(r)) for part in (times.exchange, times.gather, times.expert, times.scatter))
    once = 2 * a + g + s
    stage = once + e + (r - 1) * np.maximum.reduce(np.broadcast_arrays(a, g, e, s))
    turn = once + (r - 1) * (np.maximum(a, g) + np.maximum(a, s))
    return np.asarray(np.maximum(np.maximum(stage, turn), 2 * r * a))


def bound(times: MoETimes, degree: float, gradient: float = 0.0) -> str:
    """What bounds a layer: "inter", "intra", "expert", or "reduce".

    >>> from .layer_times import moe_times
    >>> bound(moe_times(), 1), bound(moe_times(), 8), bound(moe_times(), 8, gradient=0.1)
    ('expert', 'intra', 'reduce')
    """
    return BOUNDS[int(bounds(times, degree, gradient).argmax())]


def inter_gap(times: MoETimes, degree: Numbers) -> Floats:
    """Seconds of gradients that can be reduced beside a layer without making it longer: T - 2 r A."""
    return np.asarray(layer_seconds(times, degree) - 2 * np.asarray(degree) * times.exchange.seconds(degree))
