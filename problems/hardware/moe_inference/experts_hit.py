"""How many experts a batch needs: exact expectations for uniform and for skewed popularity."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..operators import Numbers

Floats = NDArray[np.float64]


def distinct_experts(experts: Numbers, chosen: Numbers, tokens: Numbers) -> Floats:
    """The expected number of distinct experts that `tokens` need, each of which takes `chosen` of them uniformly.

    E (1 - (1 - k / E)^T). Raises `ValueError` where more are chosen than there are.

    >>> float(distinct_experts(8, 2, 1)), round(float(distinct_experts(8, 2, 16)), 3)
    (2.0, 7.92)

    Source: occupancy of independent draws; in Liu et al., 2024, A Survey on Inference Optimization Techniques for
    Mixture of Experts Models, arXiv:2412.14219, the reason for which batches need most experts.
    """
    if np.any(np.asarray(chosen) > experts) or np.any(np.asarray(chosen) <= 0):
        raise ValueError(f"distinct_experts(experts={experts}, chosen={chosen}): from 1 to all experts are chosen")
    return np.asarray(experts * (1.0 - (1.0 - np.asarray(chosen) / experts) ** tokens))


def inclusion_probabilities(popularity: ArrayLike, chosen: int) -> Floats:
    """The probability that each expert is among `chosen` drawn one after the other without replacement, exactly.

    Each draw takes an expert with a probability proportional to its popularity among those that are left. The
    probability P(S) that the first draws are the set S is summed over its subsets; time grows with the number of
    subsets of `chosen` experts. Raises `ValueError` for popularities that are not positive and for too many chosen.

    >>> inclusion_probabilities([2, 1, 1], 2).round(3).tolist()
    [0.833, 0.583, 0.583]

    Source: Yates, Grundy, 1953, Selection Without Replacement from Within Strata, Journal of the Royal Statistical
    Society B 15.
    """
    weights = np.asarray(popularity, dtype=float)
    if weights.ndim != 1 or not len(weights) or np.min(weights) <= 0:
        raise ValueError(f"inclusion_probabilities(popularity={popularity!r}): one positive number for each expert")
    if not 1 <= chosen <= len(weights):
        raise ValueError(f"inclusion_probabilities(chosen={chosen}): from 1 to all {len(weights)} experts are chosen")
    weights = weights / weights.sum()
    found = np.zeros(len(weights))
    for drawn, probability in _sets(weights, chosen).items():
        found[list(drawn)] += probability
    return found


def _sets(weights: Floats, chosen: int) -> dict[tuple[int, ...], float]:
    """The probability of each set of experts that are drawn."""
    former: dict[tuple[int, ...], float] = {(): 1.0}
    for size in range(1, chosen + 1):
        former = {
            drawn: sum(_step(former, drawn, last, weights) for last in drawn)
            for drawn in combinations(range(len(weights)), size)
        }
    return former


def _step(former: dict[tuple[int, ...], float], drawn: tuple[int, ...], last: int, weights: Floats) -> float:
    """The probability that `drawn` are drawn with `last` as the last of them."""
    before = tuple(expert for expert in drawn if expert != last)
    left = 1.0 - sum(float(weights[expert]) for expert in before)
    return former[before] * float(weights[last]) / left


def distinct_experts_skewed(popularity: Sequence[float], chosen: int, tokens: Numbers) -> float:
    """The expected number of distinct experts of a batch, for experts of different popularity: exact.

    sum over experts of 1 - (1 - q_i)^T, where q_i is the probability that a token takes expert i.

    >>> round(distinct_experts_skewed([1] * 8, 2, 16), 3)
    7.92
    """
    return float(np.sum(1.0 - (1.0 - inclusion_probabilities(popularity, chosen)) ** tokens))
