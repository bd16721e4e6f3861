"""What a cache of experts misses while a model is served, and how many of the misses a predictor foresees."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from .expert_caches import POLICIES
from .routing import Bits, Router, grouped_steps, routed

#: The share of missing experts that the gate of the layer before foresees. Assumed.
GATE_ACCURACY = 0.8


class Misses(NamedTuple):
    """Of one layer: missing experts in a pass, their share of all that are needed, and foreseen shares of them."""

    each_pass: float
    share: float
    foreseen: dict[str, float]


@lru_cache(maxsize=4096)
def expert_misses(router: Router, gate: Any, experts: Any, tokens: int, size: int, policy: str) -> Misses:
    """The misses of a cache of `size` experts that sees the experts of each pass, in the order of their popularity.

    Foreseen are, of the misses: with "popular", those among the most popular experts, as many as a pass needs; with
    "previous token", those that the pass before needed; with "gate of the next layer", the share `GATE_ACCURACY`.
    """
    passes = grouped_steps(routed(router, gate, experts).needed, tokens)
    when, which = np.nonzero(passes)
    missed = ~POLICIES[policy](which.tolist(), size)
    often = np.argsort(-passes.sum(axis=0), kind="stable")[: max(1, round(len(which) / len(passes)))]
    former = np.vstack([np.zeros_like(passes[:1]), passes[:-1]])
    foreseen = {
        "none": 0.0,
        "popular": _share(np.isin(which, often)[missed]),
        "previous token": _share(former[when, which][missed]),
        "gate of the next layer": GATE_ACCURACY,
    }
    return Misses(float(missed.sum()) / len(passes), float(missed.mean()), foreseen)


def _share(flags: Bits | Sequence[bool]) -> float:
    return float(np.mean(flags)) if len(flags) else 0.0
