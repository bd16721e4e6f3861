"""Blocks of a matrix that are kept when it is pruned: those of the largest norms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.bool_]
Block = tuple[int, int]


def blocks_of(weights: NDArray[Any], block: Block) -> NDArray[Any]:
    """A view of weights (M, K) as blocks (M / r, K / c, r, c); raises `ValueError` where blocks do not fill them."""
    (m, k), (r, c) = weights.shape, block
    if min(block) < 1 or m % r or k % c:
        raise ValueError(f"blocks of {r} x {c} do not fill a matrix of {m} x {k}: give divisors of its sizes")
    return weights.reshape(m // r, r, k // c, c).swapaxes(1, 2)


def kept_blocks(weights: NDArray[Any], block: Block, density: float) -> Bits:
    """Which blocks are kept, (M / r, K / c): round(density blocks) of the largest sums of squares, at least one.

    Of equal norms the first is kept. Raises `ValueError` for a density not in (0, 1] and as `blocks_of`.

    >>> kept_blocks(np.array([[1.0, 9.0], [2.0, 0.0]]), (2, 1), 0.5).tolist()
    [[False, True]]
    """
    if not 0 < density <= 1:
        raise ValueError(f"kept_blocks(density={density}): give a share above 0 and at most 1")
    norms = np.square(blocks_of(weights, block), dtype=np.float64).sum(axis=(2, 3))
    kept = np.zeros(norms.size, dtype=np.bool_)
    kept[np.argsort(-norms, axis=None, kind="stable")[: max(1, round(density * norms.size))]] = True
    return kept.reshape(norms.shape)


def pruned(weights: NDArray[Any], block: Block, density: float) -> NDArray[Any]:
    """The weights with zeros in the blocks that are not kept.

    >>> pruned(np.array([[1, 9], [2, 0]]), (2, 1), 0.5).tolist()
    [[0, 9], [0, 0]]
    """
    r, c = block
    return weights * kept_blocks(weights, block, density).repeat(r, axis=0).repeat(c, axis=1)
