"""Routing: synthetic router weights, which experts a gate takes, and how much of the routed signal that keeps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .taxonomy import Dense, Merged, Pruned, Threshold, TopK, TopP

Floats = NDArray[np.float64]
Bits = NDArray[np.bool_]


@dataclass(frozen=True)
class Router:
    """A synthetic router: the weights of `experts` for `steps` tokens of `batch` sequences, drawn by `seed`.

    softmax(log popularity + spread z), where popularity falls as 1 / index^skew, and z is normal and correlated by
    `persistence` with that of the token before it. Raises `ValueError` for a persistence that is none.

    >>> Router(experts=8, batch=4, steps=3).weights.shape
    (3, 4, 8)

    Differs: no trained router has been read; skew, spread and persistence are assumptions that can be set.
    """

    experts: int = 8
    batch: int = 4
    steps: int = 240
    skew: float = 0.5
    spread: float = 1.0
    persistence: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.persistence < 1:
            raise ValueError(f"Router(persistence={self.persistence}): a correlation is at least 0 and below 1")

    @property
    def popularity(self) -> Floats:
        """The shares that experts would have without noise, the most popular first."""
        shares = np.arange(1, self.experts + 1) ** -self.skew
        return np.asarray(shares / shares.sum())

    @property
    def weights(self) -> Floats:
        """The weights of the experts for each token, (steps, batch, experts)."""
        return _weights(self)


@cache
def _weights(router: Router) -> Floats:
    fresh = np.random.default_rng(router.seed).normal(size=(router.steps, router.batch, router.experts))
    noise, kept = fresh.copy(), router.persistence
    for step in range(1, router.steps):
        noise[step] = kept * noise[step - 1] + np.sqrt(1 - kept**2) * fresh[step]
    raw = np.exp(np.log(router.popularity) + router.spread * noise)
    made = np.asarray(raw / raw.sum(axis=-1, keepdims=True))
    made.setflags(write=False)
    return made


def taken(weights: Floats, gate: Any) -> Bits:
    """Which experts a gate takes for each token, (..., experts): at least one each.

    >>> taken(np.array([0.5, 0.3, 0.2]), TopP(0.6)).tolist(), taken(np.array([0.5, 0.3, 0.2]), Threshold(0.3)).tolist()
    ([True, True, False], [True, True, False])
    """
    order = np.argsort(-weights, axis=-1, kind="stable")
    sorted_weights = np.take_along_axis(weights, order, axis=-1)
    first = np.arange(weights.shape[-1]) == 0
    match gate:
        case TopK(k, skip):
            kept = (np.arange(weights.shape[-1]) < k) & (sorted_weights >= skip * sorted_weights[..., :1])
        case TopP(p):
            kept = np.roll(np.cumsum(sorted_weights, axis=-1), 1, axis=-1) < p  # what is before each; the first stays
        case Threshold(weight):
            kept = sorted_weights >= weight
        case _:
            raise ValueError(f"{gate!r} is no gate: give TopK, TopP or Threshold")
    found = np.zeros(weights.shape, dtype=np.bool_)
    np.put_along_axis(found, order, kept | first, axis=-1)
    return found


class Routed(NamedTuple):
    """What routing asks of the stored experts.

    `needed` (steps, batch, stored): the experts that each token takes; `kept`: the share of the routed signal of the
    published gate, the two heaviest of all experts, that is kept.
    """

    needed: Bits
    kept: float


@lru_cache(maxsize=1024)
def routed(router: Router, gate: Any, experts: Any) -> Routed:
    """Routing with a gate among all experts, those that pruning left, groups of merged ones, or one dense expert.

    A merged expert keeps of each member's signal the share that the member has of its group's popularity, as for
    experts that have nothing in common. More than the published signal counts as all of it.
    """
    weights, popularity = router.weights, router.popularity
    published = np.sort(weights, axis=-1)[..., -2:].sum(axis=-1)
    if isinstance(experts, Dense):
        always = np.ones((*weights.shape[:-1], 1), dtype=np.bool_)
        return Routed(always, _share(weights @ popularity, published))
    groups = np.arange(router.experts)
    faithful = np.ones(router.experts)
    if isinstance(experts, Pruned):
        groups = groups[: experts.kept]
    elif isinstance(experts, Merged):
        groups = groups % experts.groups
        faithful = popularity / np.bincount(groups, popularity)[groups]
    alive = weights[..., : len(groups)]
    chosen = taken(alive / alive.sum(axis=-1, keepdims=True), gate)
    members = groups[:, None] == np.arange(groups.max() + 1)
    return Routed(chosen @ members, _share((chosen * alive) @ faithful[: len(groups)], published))


def _share(signal: Floats, published: Floats) -> float:
    return float(np.mean(np.minimum(1.0, signal / published)))


def grouped_steps(needed: Bits, tokens: int) -> Bits:
    """The experts that each pass needs when it takes `tokens` of each sequence at once, (passes, stored)."""
    steps = len(needed) // tokens * tokens
    return np.asarray(needed[:steps].reshape(-1, tokens * needed.shape[1], needed.shape[2]).any(axis=1))
