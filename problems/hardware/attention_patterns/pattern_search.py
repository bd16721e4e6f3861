"""The offline search of MInference: for every head the pattern that changes its output least, at an equal cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from .example_heads import Head
from .patterns import BLOCK, AShape, BlockSparse, Kept, VerticalSlash, causal_blocks, sparse_output

#: By how much a number of the output may differ before it is counted.
TOLERANCE = 5e-3


class PatternCost(NamedTuple):
    """What a pattern does to a head: the numbers of its output that differ by more than the tolerance, the norm of the
    difference, the share of attention that is kept, and the blocks that are computed."""

    changed: int
    error: float
    recall: float
    blocks: int


def pattern_cost(head: Head, pattern: Kept, tolerance: float = TOLERANCE) -> PatternCost:
    """What a pattern does to a head.

    >>> from .example_heads import example_head
    >>> from .patterns import Dense
    >>> pattern_cost(example_head("clustered", length=64), Dense()).changed
    0
    """
    kept, blocks = pattern.keep(head)
    difference = sparse_output(head, kept) - head.output
    return PatternCost(
        int(np.count_nonzero(np.abs(difference) > tolerance)),
        float(np.linalg.norm(difference)),
        float(np.where(kept, head.map, 0.0).sum() / head.length),
        blocks,
    )


def equal_cost_patterns(head: Head, budget: int, sink: int = 16) -> list[Kept]:
    """The largest patterns of each kind that compute at most `budget` blocks of this head.

    A-shape and block-sparse are as wide as the budget allows; vertical-slash spends
    three shares of it on columns. Raises `ValueError` for a budget that even the smallest of a kind exceeds.

    Source: Jiang et al., 2024, MInference 1.0, arXiv:2407.02490 (kernel-aware search).
    Differs: the candidates are fitted to the budget, where the paper scales a list of them.
    """
    most = head.length // BLOCK
    shape = _largest(head, budget, most, lambda n: AShape(sink, n * BLOCK))
    columns = [most_columns for most_columns in (2 * BLOCK, 4 * BLOCK, 8 * BLOCK) if most_columns <= head.length]
    slashes = [_largest(head, budget, head.length // 4, lambda n, v=v: VerticalSlash(v, n)) for v in columns]  # type: ignore[misc]
    block = _largest(head, budget, most, BlockSparse)
    return [each for each in (shape, *slashes, block) if each is not None]


def _largest(head: Head, budget: int, most: int, make: Callable[[int], Kept]) -> Kept | None:
    """The largest pattern of a kind within the budget, by bisection: a larger one never computes fewer blocks."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if make(middle).keep(head)[1] <= budget else (low, middle - 1)
    return make(low) if low else None


def search_pattern(
    head: Head, candidates: Sequence[Kept], by: Callable[[PatternCost], float] = lambda cost: cost.changed
) -> Kept:
    """The candidate of the least score, the first of equals: the count of changed outputs, or what `by` says.

    The first version of the authors' code keeps most attention, which is `by=lambda cost: -cost.recall`. The count is
    blind to how much an output changes: it takes blocks for one in seven of our maps of columns and diagonals, where
    recall takes none and the error one in forty.

    Source: Jiang et al., 2024, MInference 1.0, arXiv:2407.02490.
    """
    return min(candidates, key=lambda pattern: by(pattern_cost(head, pattern)))


def density(blocks: float, length: int) -> float:
    """The share of the blocks of a causal map that is computed."""
    return blocks / causal_blocks(length)
