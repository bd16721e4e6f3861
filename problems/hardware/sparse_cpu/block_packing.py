"""Packed blocks: those of a block row side by side, a few columns at a time, as dot products take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..operators import BYTES
from .block_pruning import Bits, Block, blocks_of

Integers = NDArray[np.int64]


def width(dtype: str) -> int:
    """Numbers that one lane of a dot product takes at once: those of four bytes.

    >>> width("int8"), width("bf16"), width("fp32")
    (4, 2, 1)
    """
    return max(1, int(4 // BYTES[dtype]))


def padded_numbers(kept: Bits, block: Block, wide: int = 4) -> int:
    """Numbers that are stored for blocks that are kept, with zeros in unfinished groups of `wide` columns.

    r wide times the sum over block rows of ceil(c blocks / wide); for 4 x 1 blocks, 4 4 sum of ceil(blocks / 4).

    >>> padded_numbers(np.array([[1, 1, 1, 1, 1], [1, 0, 0, 0, 0]], dtype=bool), (4, 1))
    48
    """
    r, c = block
    columns = kept.sum(axis=1) * c
    return int(r * wide * (-(-columns // wide)).sum())


@dataclass(frozen=True, eq=False)
class PackedBlocks:
    """A matrix (M, K) of r x c blocks, packed: groups of `wide` columns of one block row.

    `starts` (M / r + 1,): the groups of each block row; `numbers` (groups, r, wide); `columns` (groups, wide): the
    column of W, which is the row of what it is multiplied with, of each. Padding has zeros, and column 0.
    """

    shape: tuple[int, int]
    block: Block
    starts: Integers
    numbers: NDArray[Any]
    columns: NDArray[np.int32]

    @property
    def bytes(self) -> int:
        """Bytes of numbers and of columns."""
        return self.numbers.nbytes + self.columns.nbytes


def packed(weights: NDArray[Any], kept: Bits, block: Block, wide: int = 4) -> PackedBlocks:
    """The blocks that are kept, packed; the others need not be zero and are left out.

    >>> found = packed(np.arange(8).reshape(2, 4), np.array([[1, 0, 1, 0]], dtype=bool), (2, 1), 4)
    >>> found.numbers.tolist(), found.columns.tolist()
    ([[[0, 2, 0, 0], [4, 6, 0, 0]]], [[0, 2, 0, 0]])

    Source: Shen et al., 2023, An Efficient Sparse Inference Software Accelerator for Transformer-based Language Models
    on CPUs, arXiv:2306.16601.
    Differs: blocks of any shape; each column has an index of its own, also where c > 1.
    """
    r, c = block
    blocks = blocks_of(weights, block)
    rows, places = np.nonzero(kept)
    columns_of_row = kept.sum(axis=1) * c
    groups = -(-columns_of_row // wide)
    starts = np.concatenate([[0], np.cumsum(groups)])
    numbers = np.zeros((int(starts[-1]), r, wide), dtype=weights.dtype)
    columns = np.zeros((int(starts[-1]), wide), dtype=np.int32)
    row = np.repeat(rows, c)
    column = (places[:, None] * c + np.arange(c)).ravel()
    within = np.arange(len(row)) - np.repeat(np.cumsum(columns_of_row) - columns_of_row, columns_of_row)
    group, slot = starts[row] + within // wide, within % wide
    columns[group, slot] = column
    numbers[group, :, slot] = blocks[rows, places].swapaxes(1, 2).reshape(-1, r)
    return PackedBlocks((weights.shape[0], weights.shape[1]), block, starts, numbers, columns)


def multiplied(weights: PackedBlocks, activations: NDArray[Any]) -> NDArray[Any]:
    """The product of packed weights (M, K) with activations (K, N), (M, N).

    Each group picks its `wide` rows of activations, and its r rows of numbers are multiplied with them. Products of
    int8 are summed in int32, and are exact. Raises `ValueError` for activations of other rows.

    >>> eye = packed(np.eye(4, dtype=np.int8), np.ones((1, 4), dtype=bool), (4, 1))
    >>> multiplied(eye, np.full((4, 1), -128, dtype=np.int8)).ravel().tolist()
    [-128, -128, -128, -128]
    """
    (m, k), (r, _) = weights.shape, weights.block
    if activations.shape[0] != k:
        raise ValueError(f"multiplied: activations of {activations.shape[0]} rows, but the weights have {k} columns")
    sums = np.int32 if weights.numbers.dtype == np.int8 else activations.dtype
    found = np.zeros((m // r, r, activations.shape[1]), dtype=sums)
    moving = activations.astype(sums, copy=False)
    for row in range(m // r):
        groups = slice(weights.starts[row], weights.starts[row + 1])
        left = weights.numbers[groups].swapaxes(0, 1).reshape(r, -1).astype(sums, copy=False)
        found[row] = left @ moving[weights.columns[groups].ravel()]
    return found.reshape(m, activations.shape[1])
