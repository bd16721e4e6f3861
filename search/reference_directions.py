"""Reference directions: points spread evenly over the simplex of weights."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np

from .nondominated import Losses


def das_dennis(objectives: int, partitions: int) -> Losses:
    """All weights that are multiples of 1/partitions and sum to 1, a row each.

    There are C(partitions + objectives - 1, partitions) of them. Raises `ValueError` where either number is below 1.

    >>> das_dennis(2, 2).tolist()
    [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]

    Source: Das, Dennis, 1998, Normal-Boundary Intersection, doi:10.1137/S1052623496307510.
    """
    if objectives < 1 or partitions < 1:
        raise ValueError(f"das_dennis({objectives}, {partitions}): both must be at least 1")
    places = partitions + objectives - 1
    bars = np.array(list(combinations(range(places), objectives - 1)), dtype=np.float64)
    edges = np.hstack([np.full((len(bars), 1), -1.0), bars, np.full((len(bars), 1), float(places))])
    spread: Losses = (np.diff(edges, axis=1) - 1) / partitions
    return spread


@lru_cache(maxsize=64)
def reference_directions(objectives: int, most: int) -> Losses:
    """As many even directions as there are with at most `most` of them, but at least one for each objective.

    One layer where it has directions inside the simplex, that is as many partitions as objectives; else a layer on the
    boundary and one, shrunk to the middle by half, inside.

    >>> [len(reference_directions(3, most)) for most in (1, 10, 92, 100)]
    [3, 10, 91, 91]

    Source: Deb, Jain, 2014, An Evolutionary Many-Objective Optimization Algorithm Using Reference-Point-Based
    Nondominated Sorting Approach, Part I, doi:10.1109/TEVC.2013.2281535 (the two layers).
    """
    if objectives == 1:
        return np.ones((1, 1))
    outer = most_partitions(objectives, most)
    inner = most_partitions(objectives, most - layer_size(objectives, outer)) if outer < objectives else 0
    directions = das_dennis(objectives, max(outer, 1))
    if inner:
        inside = 0.5 * das_dennis(objectives, inner) + 0.5 / objectives
        directions = np.unique(np.vstack([directions, inside]), axis=0)
    directions.flags.writeable = False  # it is remembered
    return directions


def layer_size(objectives: int, partitions: int) -> int:
    """How many directions a layer of two or more objectives has."""
    return comb(partitions + objectives - 1, partitions)


def most_partitions(objectives: int, most: int) -> int:
    """The greatest number of partitions that makes at most `most` directions, 0 where one makes more."""
    partitions = 0
    while layer_size(objectives, partitions + 1) <= most:
        partitions += 1
    return partitions
