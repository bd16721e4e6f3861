"""What a product of sparse matrices asks for, counted by rows and tiles without ever holding all its products."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .sparse_matrices import CSR, Integers

#: How B may be cut: into tiles of columns, which give tiles of C, or of rows, whose products are summed up in C.
CUTS = ("columns", "rows")
#: Cells of C, and products, that are looked at together.
CELLS, PRODUCTS = 1 << 23, 1 << 21


class Tile(NamedTuple):
    """The counts of A_t B_t, where B_t is a tile of B and A_t what of A meets it."""

    #: Numbers of A_t by row, (rows,).
    first: Integers
    #: Numbers of B_t, and columns that hold any.
    second: int
    columns: int
    #: Products of two numbers by row, (rows,), and numbers of A_t B_t by row, (rows,).
    products: Integers
    result: Integers
    #: Products by the rank of their column in their row, where columns are ranked as they first occur, (columns of B,).
    by_rank: Integers
    #: Numbers of C that are read and written for the tile.
    merged: int

    def bounds(self) -> Integers:
        """What the numbers of each row of A_t B_t are known not to exceed before they are computed, (rows,)."""
        return np.minimum(self.products, self.columns)


def cut(a: CSR, b: CSR, how: str, tiles: int) -> list[tuple[CSR, CSR]]:
    """B in `tiles` tiles of as many columns or rows each (the last may have fewer), with what of A meets each.

    Raises `ValueError` for matrices that cannot be multiplied, another cut and no tile.
    """
    if a.columns != b.rows:
        raise ValueError(f"A has {a.columns} columns and B {b.rows} rows: they must be as many to be multiplied")
    if how not in CUTS or tiles < 1:
        raise ValueError(f"cut({how!r}, tiles={tiles}): cut into at least one tile of {' or '.join(CUTS)}")
    if tiles == 1:
        return [(a, b)]
    width = -(-(b.columns if how == "columns" else b.rows) // tiles)
    if how == "columns":
        return [(a, b.kept(b.indices // width == tile)) for tile in range(tiles)]
    rows = b.rows_of_numbers() // width
    return [(a.kept(a.indices // width == tile), b.kept(rows == tile)) for tile in range(tiles)]


def counted(a: CSR, b: CSR, how: str = "columns", tiles: int = 1) -> list[Tile]:
    """The counts of each tile.

    Rows of A are looked at in blocks; in a block, products mark the cells of C that they reach. Raises as `cut`.

    >>> from .sparse_matrices import uniform
    >>> a = uniform(50, 0.1)
    >>> tile, = counted(a, a)
    >>> int(tile.result.sum()) == int(np.count_nonzero(a.dense() @ a.dense()))
    True
    """
    pieces = cut(a, b, how, tiles)
    found = [_Counting(*piece) for piece in pieces]
    for low, high in _blocks(a, b):
        seen = np.zeros(((high - low), b.columns), dtype=np.bool_)
        for piece in found:
            piece.count(low, high, seen, how)
    return [piece.tile() for piece in found]


def _blocks(a: CSR, b: CSR) -> Iterator[tuple[int, int]]:
    """Ranges of rows of A with few enough cells and products, or of one row."""
    reached = np.concatenate([[0], np.cumsum(_products(a, b))])
    low, most = 0, max(1, CELLS // max(b.columns, 1))
    while low < a.rows:
        fitting = int(np.searchsorted(reached, reached[low] + PRODUCTS, side="right")) - 1
        high = max(low + 1, min(fitting, low + most, a.rows))
        yield low, high
        low = high


def _products(a: CSR, b: CSR) -> Integers:
    """Products by row, (rows of A,)."""
    before = np.concatenate([[0], np.cumsum(b.lengths[a.indices])])
    products: Integers = before[a.starts[1:]] - before[a.starts[:-1]]
    return products


class _Counting:
    """A tile while its blocks are counted."""

    def __init__(self, a: CSR, b: CSR) -> None:
        self.a, self.b = a, b
        self.products, self.result = _products(a, b), np.zeros(a.rows, dtype=np.int64)
        self.by_rank, self.merged = np.zeros(b.columns, dtype=np.int64), 0

    def count(self, low: int, high: int, seen: NDArray[np.bool_], how: str) -> None:
        """Count the rows from `low` to `high`; `seen` are the numbers of C in these rows, of the tiles before."""
        keys = self._keys(low, high)
        rows = np.repeat(np.arange(high - low), self.products[low:high])
        places = np.arange(len(keys), dtype=np.int32)
        at = np.empty(seen.size, dtype=np.int32)
        at[keys[::-1]] = places[::-1]  # the first product of each cell, for the last that is written stays
        first = at[keys]
        new = first == places
        result = np.bincount(rows[new], minlength=high - low)
        ranks = (np.cumsum(new) - 1)[first] - (np.cumsum(result) - result)[rows]
        self.result[low:high] = result
        self.by_rank += np.bincount(ranks, minlength=self.b.columns)
        self.merged += self._merged(keys, low, high, seen, how)

    def _keys(self, low: int, high: int) -> Integers:
        """The cell of each product among the cells of the block, in the order in which rows of A run."""
        numbers = slice(self.a.starts[low], self.a.starts[high])
        picked = self.a.indices[numbers]
        lengths = self.b.lengths[picked]
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        columns = self.b.indices[np.repeat(self.b.starts[picked] - (ends - lengths), lengths) + np.arange(total)]
        rows = np.repeat(np.arange(high - low), self.a.lengths[low:high]) * self.b.columns
        return np.repeat(rows, lengths) + columns

    def _merged(self, keys: Integers, low: int, high: int, seen: NDArray[np.bool_], how: str) -> int:
        """Tiles of columns write their part of C; tiles of rows read the rows that they change and write them."""
        if how == "columns":
            return int(self.result[low:high].sum())
        touched = self.products[low:high] > 0
        before = np.count_nonzero(seen[touched])
        seen.reshape(-1)[keys] = True
        return int(before + np.count_nonzero(seen[touched]))

    def tile(self) -> Tile:
        """What was counted."""
        columns = int(np.count_nonzero(np.bincount(self.b.indices, minlength=self.b.columns)))
        return Tile(
            self.a.lengths, self.b.numbers, columns, self.products, self.result, self.by_rank, self.merged
        )  # fmt: skip
