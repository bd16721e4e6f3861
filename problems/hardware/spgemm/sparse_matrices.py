"""Sparse matrices in compressed rows, and random ones: R-MAT, whose rows differ much in length, and uniform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

#: The shares of the four quarters of an R-MAT that Graph500 uses.
GRAPH500 = (0.57, 0.19, 0.19, 0.05)


@dataclass(frozen=True, eq=False)
class CSR:
    """A sparse matrix: `starts` (rows + 1,) of each row in `indices` and `values` (numbers,), ascending in a row.

    Raises `ValueError` for starts that do not ascend from 0 to the numbers, and for indices outside the columns.
    """

    columns: int
    starts: Integers
    indices: Integers
    values: Floats

    def __post_init__(self) -> None:
        if len(self.starts) < 1 or self.starts[0] != 0 or self.starts[-1] != len(self.indices):
            raise ValueError(f"CSR.starts: they must begin with 0 and end with the {len(self.indices)} numbers")
        if (np.diff(self.starts) < 0).any() or len(self.values) != len(self.indices):
            raise ValueError("CSR: starts must ascend, and there must be as many values as indices")
        if len(self.indices) and not 0 <= self.indices.min() <= self.indices.max() < self.columns:
            raise ValueError(f"CSR.indices: each must be a column from 0 to {self.columns - 1}")

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.starts) - 1

    @property
    def numbers(self) -> int:
        """How many numbers are stored."""
        return len(self.indices)

    @property
    def lengths(self) -> Integers:
        """The numbers of each row, (rows,)."""
        return np.diff(self.starts)

    def rows_of_numbers(self) -> Integers:
        """The row of each number, (numbers,)."""
        return np.repeat(np.arange(self.rows), self.lengths)

    def dense(self) -> Floats:
        """The matrix with its zeros, (rows, columns)."""
        full = np.zeros((self.rows, self.columns))
        full[self.rows_of_numbers(), self.indices] = self.values
        return full

    def kept(self, keep: NDArray[np.bool_]) -> CSR:
        """The matrix of the same shape with only those of its numbers, `keep` (numbers,)."""
        return from_places(self.rows_of_numbers()[keep], self.indices[keep], self.values[keep], self.rows, self.columns)

    def transposed(self) -> CSR:
        """The transposed matrix: its rows are the columns of this one."""
        return from_places(self.indices, self.rows_of_numbers(), self.values, self.columns, self.rows)


def from_places(rows: Any, indices: Any, values: Any, height: int, width: int) -> CSR:
    """The matrix (height, width) with values at places that differ from one another, given in any order.

    >>> from_places([1, 0, 1], [2, 0, 0], [5.0, 6.0, 7.0], 2, 3).dense().tolist()
    [[6.0, 0.0, 0.0], [7.0, 0.0, 5.0]]
    """
    rows, indices = np.asarray(rows, dtype=np.int64), np.asarray(indices, dtype=np.int64)
    order = np.argsort(rows * width + indices, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=height))])
    return CSR(width, starts, indices[order], np.asarray(values, dtype=np.float64)[order])


def rmat(scale: int, per_row: float = 16, shares: tuple[float, ...] = GRAPH500, seed: int = 0) -> CSR:
    """An R-MAT of 2^scale rows and columns: places are drawn bit by bit, each time a quarter with its share.

    per_row 2^scale places are drawn, and those drawn twice count once. Values are small integers, so that sums of
    products are exact. Raises `ValueError` for shares that are no four shares of 1.

    >>> matrix = rmat(6)
    >>> matrix.rows, bool(matrix.lengths.max() > 4 * matrix.lengths.mean() / 2)
    (64, True)

    Source: Chakrabarti, Zhan, Faloutsos, 2004, R-MAT: A Recursive Model for Graph Mining,
    doi:10.1137/1.9781611972740.43.
    """
    if len(shares) != 4 or min(shares) < 0 or abs(sum(shares) - 1) > 1e-9:
        raise ValueError(f"rmat(shares={shares}): give the shares of four quarters, which sum to 1")
    rng, count = np.random.default_rng(seed), round(per_row * 2**scale)
    rows, columns = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for _ in range(scale):
        quarter = np.minimum(np.searchsorted(np.cumsum(shares), rng.random(count), side="right"), 3)
        rows, columns = 2 * rows + quarter // 2, 2 * columns + quarter % 2
    return _at_places(rows * 2**scale + columns, 2**scale, rng)


def uniform(rows: int, density: float, seed: int = 0) -> CSR:
    """A square matrix with round(density rows^2) numbers, at places drawn evenly without repetition.

    >>> uniform(100, 0.02).numbers
    200
    """
    if not 0 <= density <= 1:
        raise ValueError(f"uniform(density={density}): give a share from 0 to 1")
    rng = np.random.default_rng(seed)
    return _at_places(rng.choice(rows * rows, round(density * rows * rows), replace=False), rows, rng)


def _at_places(places: Integers, rows: int, rng: np.random.Generator) -> CSR:
    """A square matrix with integers from 1 to 9 at these places, which may repeat."""
    once = np.unique(places)
    return from_places(once // rows, once % rows, rng.integers(1, 10, len(once)), rows, rows)
