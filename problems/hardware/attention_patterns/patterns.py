"""Sparse patterns of attention: A-shape, vertical-slash and block-sparse, with indices estimated from the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .example_heads import Floats, Head

Flags = NDArray[np.bool_]
#: Rows and columns of a block that a kernel computes at once.
BLOCK = 16
#: The last queries, from whose attention indices are estimated, and the columns and diagonals that are always kept.
ESTIMATED_FROM, FORCED = 64, 30


class Kept(Protocol):
    """A pattern: which pairs of queries and keys it keeps, and how many blocks a kernel computes for them."""

    def keep(self, head: Head) -> tuple[Flags, int]:
        """The kept pairs (n, n), and the blocks of `BLOCK` x `BLOCK` that are computed."""


@dataclass(frozen=True)
class AShape:
    """The first `sink` tokens, and the `local` tokens before each query: whole blocks of both.

    Source: Jiang et al., 2024, MInference 1.0, arXiv:2407.02490; Xiao et al., 2023, StreamingLLM, arXiv:2309.17453.
    """

    sink: int
    local: int

    def keep(self, head: Head) -> tuple[Flags, int]:
        rows, columns = _places(head.length // BLOCK)
        kept = (columns < -(-self.sink // BLOCK)) | (rows - columns < -(-self.local // BLOCK))
        return _of_blocks(kept & (columns <= rows))


@dataclass(frozen=True)
class VerticalSlash:
    """The `vertical` columns and the `slash` diagonals to which the last queries attend most.

    A diagonal costs the blocks through which it passes; columns outside those blocks are gathered, a block of columns
    at a time for every row of blocks. The first columns and the nearest diagonals are always among those chosen.

    Source: Jiang et al., 2024, MInference 1.0, arXiv:2407.02490.
    """

    vertical: int
    slash: int

    def keep(self, head: Head) -> tuple[Flags, int]:
        columns, offsets = vertical_slash_indices(head, self.vertical, self.slash)
        blocks = slash_blocks(head.length // BLOCK, offsets)
        kept, count = _of_blocks(blocks)
        starts = np.arange(head.length // BLOCK)[:, None] * BLOCK
        outside = (columns < starts) & ~blocks[:, columns // BLOCK]  # (rows of blocks, columns)
        kept[:, columns] = True
        return kept & np.tri(head.length, dtype=bool), count + int(np.sum(-(-outside.sum(axis=1) // BLOCK)))


@dataclass(frozen=True)
class BlockSparse:
    """The `blocks` blocks of keys to which the means of each block of queries attend most.

    Source: Jiang et al., 2024, MInference 1.0, arXiv:2407.02490.
    """

    blocks: int

    def keep(self, head: Head) -> tuple[Flags, int]:
        scores = pooled(head.queries) @ pooled(head.keys).T
        rows, columns = _places(len(scores))
        scores = np.where(columns <= rows, scores, -np.inf)
        order = np.argsort(-scores, axis=1, kind="stable")[:, : self.blocks]
        kept = np.zeros(scores.shape, dtype=bool)
        np.put_along_axis(kept, order, True, axis=1)
        return _of_blocks(kept & (columns <= rows))


@dataclass(frozen=True)
class Dense:
    """All pairs."""

    def keep(self, head: Head) -> tuple[Flags, int]:
        rows, columns = _places(head.length // BLOCK)
        return _of_blocks(columns <= rows)


def vertical_slash_indices(
    head: Head, vertical: int, slash: int, queries: int = ESTIMATED_FROM, forced: int = FORCED
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The columns and the distances i - j to which the last `queries` queries attend most, `forced` first ones among
    them: indices (vertical,) and (slash,), fewer where the head is shorter.
    """
    last = head.map[-queries:]
    columns, offsets = last.sum(axis=0), diagonal_sums(last, head.length)
    columns[:forced], offsets[:forced] = np.inf, np.inf
    return (
        np.argsort(-columns, kind="stable")[:vertical].astype(np.int64),
        np.argsort(-offsets, kind="stable")[:slash].astype(np.int64),
    )


def diagonal_sums(last: Floats, length: int) -> Floats:
    """The sums over the pairs of each distance i - j from 0 on, (length,), of the last rows of a map.

    >>> diagonal_sums(np.array([[0.2, 0.8, 0.0], [0.1, 0.3, 0.6]]), 3).tolist()
    [1.4, 0.5, 0.1]
    """
    rows = np.arange(length - len(last), length)[:, None]
    offsets = rows - np.arange(length)
    inside = offsets >= 0
    return np.bincount(offsets[inside], weights=last[inside], minlength=length)


def slash_blocks(blocks: int, offsets: NDArray[np.int64]) -> Flags:
    """The blocks (blocks, blocks) through which diagonals at these distances pass.

    >>> slash_blocks(3, np.array([0, BLOCK + 1])).astype(int).tolist()
    [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    """
    rows, columns = _places(blocks)
    passed = np.unique(np.concatenate([offsets // BLOCK, -(-offsets // BLOCK)]))
    return np.isin(rows - columns, passed) & (columns <= rows)


def pooled(vectors: Floats) -> Floats:
    """The means of blocks of vectors (n, d): (n / BLOCK, d)."""
    means: Floats = vectors.reshape(-1, BLOCK, vectors.shape[1]).mean(axis=1)
    return means


def _places(blocks: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of blocks, to be broadcast."""
    return np.arange(blocks)[:, None], np.arange(blocks)[None, :]


def _of_blocks(kept: Flags) -> tuple[Flags, int]:
    """The causal pairs in kept blocks, and how many blocks those are."""
    pairs = np.repeat(np.repeat(kept, BLOCK, axis=0), BLOCK, axis=1)
    return pairs & np.tri(len(pairs), dtype=bool), int(kept.sum())


def causal_blocks(length: int) -> int:
    """The blocks of a dense causal map: b (b + 1) / 2 for b = length / BLOCK.

    Raises `ValueError` for a length that is no multiple of the block.

    >>> causal_blocks(1024)
    2080
    """
    if length % BLOCK:
        raise ValueError(f"causal_blocks(length={length}): blocks have {BLOCK} rows, so the length must be a multiple")
    return (length // BLOCK) * (length // BLOCK + 1) // 2


def sparse_output(head: Head, kept: Flags) -> Floats:
    """The output (n, d) of attention to the kept pairs only; a row of none gives zeros."""
    weights = np.where(kept, head.weights, 0.0)
    sums = weights.sum(axis=1, keepdims=True)
    found: Floats = (weights @ head.values) / np.where(sums > 0, sums, 1.0)
    return found
