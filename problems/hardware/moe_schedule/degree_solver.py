"""The best number of chunks of a layer: each case over continuous degrees, rounded both ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .closed_forms import layer_seconds
from .layer_times import ChunkTime, MoETimes

#: p r + q + s / r as (p, q, s).
Curve = NDArray[np.float64]
#: The degrees of the authors' script.
DEGREES = (1, 2, 4, 8)


class Degree(NamedTuple):
    """A number of chunks and the seconds of the layer."""

    degree: float
    seconds: float


def best_degree(times: MoETimes, gradient: float = 0.0, degrees: Sequence[int] = DEGREES) -> Degree:
    """The degree of those given that FSMoE's cases find, for a layer beside which gradients take `gradient` seconds.

    Each case is minimised over continuous degrees r >= 1 under its conditions; the degrees next to each minimum, below
    and above, are tried, and the best is taken. Raises `ValueError` for degrees that are not positive.

    >>> from .layer_times import moe_times
    >>> best_degree(moe_times()).degree, best_degree(moe_times().backward()).degree
    (8, 8)

    Source: Pan et al., 2025, FSMoE, arXiv:2501.10714.
    Differs: each case is p r + q + s / r, which is convex, under conditions that are quadratic in r; so its minimum is
    sqrt(s / p), a root of a condition, or an end of the range, and is found exactly where the authors' script starts
    SLSQP from one point. A rounded degree is judged by the case that holds there. The script's rule that small layers
    are not cut at all is left out.
    """
    if not degrees or min(degrees) < 1:
        raise ValueError(f"best_degree(degrees={list(degrees)}): give degrees of at least 1")
    found = continuous_minima(times, gradient, max(degrees))
    tried = sorted({near for minimum in found for near in _rounded(minimum.degree, degrees)})
    return min((Degree(r, float(layer_seconds(times, r, gradient))) for r in tried), key=lambda each: each.seconds)


def exhaustive_degree(times: MoETimes, gradient: float = 0.0, degrees: Sequence[int] = DEGREES) -> Degree:
    """The best of the degrees given, by trying all."""
    return min((Degree(r, float(layer_seconds(times, r, gradient))) for r in degrees), key=lambda each: each.seconds)


def continuous_minima(times: MoETimes, gradient: float, most: float) -> list[Degree]:
    """The least point of each case that holds somewhere in [1, most], over continuous degrees.

    >>> from .layer_times import moe_times
    >>> round(min(continuous_minima(moe_times(), 0.0, 100), key=lambda found: found.seconds).degree, 1)
    12.3
    """
    cases = (_least(curve, conditions, most) for curve, conditions in _cases(times, gradient))
    return [found for found in cases if found is not None]


def _cases(times: MoETimes, gradient: float) -> list[tuple[Curve, list[Curve]]]:
    """The curve of each case, and the curves that are not negative where it holds."""
    one = {name: _once(getattr(times, name)) for name in ("exchange", "gather", "expert", "scatter")}
    all_ = {name: _in_all(getattr(times, name)) for name in one}
    ends = one["gather"] + one["scatter"]
    expert = 2 * one["exchange"] + ends + all_["expert"]
    reduce = 2 * all_["exchange"] + np.array([0.0, gradient, 0.0])
    between = [2 * all_["exchange"] + ends, expert, reduce]
    within = [2 * one["exchange"] + all_["gather"] + all_["scatter"], expert, reduce]
    side = all_["exchange"] - all_["gather"]
    return [
        (curve, [sign * side, *(curve - other for other in curves if other is not curve)])
        for sign, curves in ((1.0, between), (-1.0, within))
        for curve in curves
    ]


def _once(time: ChunkTime) -> Curve:
    return np.array([0.0, float(np.asarray(time.start)), float(np.asarray(time.whole))])


def _in_all(time: ChunkTime) -> Curve:
    return np.array([float(np.asarray(time.start)), float(np.asarray(time.whole)), 0.0])


def _least(curve: Curve, conditions: Sequence[Curve], most: float) -> Degree | None:
    """The least point in [1, most] where all conditions hold, or None where they hold nowhere."""
    points = [1.0, float(most), *_turning(curve), *(root for condition in conditions for root in _roots(condition))]
    holds = [
        r for r in points if 1 <= r <= most and all(_value(each, r) >= -1e-9 * _scale(each) for each in conditions)
    ]
    return min((Degree(r, _value(curve, r)) for r in holds), key=lambda found: found.seconds, default=None)


def _value(curve: Curve, r: float) -> float:
    return float(curve[0] * r + curve[1] + curve[2] / r)


def _scale(curve: Curve) -> float:
    return float(np.abs(curve).max())


def _turning(curve: Curve) -> list[float]:
    """Where p r + q + s / r is least."""
    return [float(np.sqrt(curve[2] / curve[0]))] if curve[0] > 0 and curve[2] > 0 else []


def _roots(curve: Curve) -> list[float]:
    """Where p r² + q r + s is 0."""
    return [float(root.real) for root in np.roots(curve) if abs(root.imag) < 1e-12]


def _rounded(r: float, degrees: Sequence[int]) -> list[int]:
    """The nearest degree that is not above r, and the nearest that is not below."""
    below, above = [d for d in degrees if d <= r], [d for d in degrees if d >= r]
    return [*([max(below)] if below else []), *([min(above)] if above else [])]
