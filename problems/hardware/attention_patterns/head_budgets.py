"""Which pattern each head gets where all heads share one budget of blocks: exact, by dynamic programming."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .example_heads import Floats

Integers = NDArray[np.int64]


class Assignment(NamedTuple):
    """A pattern for each head by its index, the sum of errors and of blocks."""

    patterns: Integers
    error: float
    blocks: int


def assigned(errors: Floats, blocks: Integers, patterns: Integers) -> Assignment:
    """The assignment of these patterns (heads,), with its sums; errors and blocks are (heads, patterns)."""
    heads = np.arange(len(errors))
    return Assignment(patterns, float(errors[heads, patterns].sum()), int(blocks[heads, patterns].sum()))


def best_assignment(errors: Floats, blocks: Integers, budget: int) -> Assignment:
    """The assignment of the least sum of errors within a budget of blocks, by dynamic programming.

    best(h, b) = min over patterns p of errors[h, p] + best(h - 1, b - blocks[h, p]); O(heads patterns budget). Raises
    `ValueError` where even the cheapest patterns exceed the budget.

    >>> best_assignment(np.array([[9.0, 1.0], [5.0, 4.0]]), np.array([[1, 4], [1, 4]]), budget=5).patterns.tolist()
    [1, 0]
    """
    if (least := int(blocks.min(axis=1).sum())) > budget:
        raise ValueError(f"best_assignment(budget={budget}): the cheapest patterns of all heads need {least} blocks")
    best, chosen = np.zeros(budget + 1), np.empty((len(errors), budget + 1), dtype=np.int64)
    for head, (error, block) in enumerate(zip(errors, blocks, strict=True)):
        options = np.stack([_shifted(best, int(b)) + e for e, b in zip(error, block, strict=True)])
        chosen[head] = np.argmin(options, axis=0)
        best = np.min(options, axis=0)
    patterns, left = np.empty(len(errors), dtype=np.int64), budget
    for head in range(len(errors) - 1, -1, -1):
        patterns[head] = chosen[head, left]
        left -= int(blocks[head, patterns[head]])
    return assigned(errors, blocks, patterns)


def _shifted(best: Floats, by: int) -> Floats:
    """Values at budgets that are lower by so many blocks; infinite where nothing is left."""
    shifted = np.full(len(best), np.inf)
    if by < len(best):
        shifted[by:] = best[: len(best) - by]
    return shifted


def lagrangian_bound(errors: Floats, blocks: Integers, budget: int, steps: int = 60) -> float:
    """A lower bound of the sum of errors within a budget: max over m >= 0 of sum_h min_p (error + m blocks) - m budget.

    The maximum of this concave function is found by ternary search.
    """

    def dual(multiplier: float) -> float:
        return float((errors + multiplier * blocks).min(axis=1).sum() - multiplier * budget)

    low, high = 0.0, float((errors.max() - errors.min()) / 1.0)
    for _ in range(steps):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (left, high) if dual(left) < dual(right) else (low, right)
    return dual((low + high) / 2)
