"""Ranks of strategies over problems and seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np


def average_ranks(losses: Sequence[float]) -> list[float]:
    """The rank of each loss, 1 for the least; equal ones share the mean of their ranks.

    >>> average_ranks([0.5, 0.1, 0.5, float("inf")])
    [2.5, 1.0, 2.5, 4.0]
    """
    found = np.asarray(losses, dtype=np.float64)
    below = (found[:, None] > found).sum(axis=1)
    level = (found[:, None] == found).sum(axis=1)
    return [float(rank) for rank in below + (level + 1) / 2]


def mean_ranks(blocks: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The mean rank of each name over blocks, each a loss for every name that took part in it.

    >>> mean_ranks([{"a": 1.0, "b": 2.0}, {"a": 5.0, "b": 5.0}, {"b": 0.0}])
    {'a': 1.25, 'b': 1.5}
    """
    ranks: dict[str, list[float]] = {}
    for block in blocks:
        for name, rank in zip(block, average_ranks(list(block.values())), strict=True):
            ranks.setdefault(name, []).append(rank)
    return {name: sum(found) / len(found) for name, found in ranks.items()}
