"""Bytes between memory and scratchpad of three dataflows of a sparse product, in closed form from counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .product_counts import Tile
from .row_windows import window_starts

DATAFLOWS = ("inner", "outer", "row")
#: Bytes of a number and its index.
ENTRY = 12


class Near(NamedTuple):
    """What a scratchpad sets aside: bytes for a tile of B, and how many numbers beside it.

    The numbers are those of A's rows for the inner product, partial products for the outer, and numbers of C's rows
    for the row-wise one.
    """

    second: float
    numbers: int


class Traffic(NamedTuple):
    """Bytes read of A and of B, read and written of partial products, and read and written of C."""

    first: float
    second: float
    partial: float
    result: float

    @property
    def total(self) -> float:
        """All bytes."""
        return self.first + self.second + self.partial + self.result


def whole(scratchpad: float) -> Near:
    """A scratchpad of so many bytes that is free for a tile of B or for anything else.

    >>> whole(256e3).numbers
    21333
    """
    return Near(scratchpad, int(scratchpad // ENTRY))


def traffic(dataflow: str, tiles: Sequence[Tile], near: Near, window: int = 1) -> Traffic:
    """Bytes of a dataflow over all tiles; `window` rows of A at most share a read of B in an inner product.

    With e = 12 bytes, and for each tile of B:

    - A is read once, e numbers(A_t). An inner product whose tile is not near reads what of a long row is beyond the
      numbers near again for every column of the tile but one.
    - B is read once where it is near or the product is an outer one; otherwise once for each window (inner) or number
      of A (row-wise: e products).
    - Partial products: what is beyond those near is written and read again, 2 e max(0, products - near) (outer). A row
      whose numbers do not fit is computed in passes (row-wise): a product whose column occurs as the r-th new one of
      its row, from 0, is written and read floor(r / near) times.
    - C is written once; with tiles of rows, each reads the rows that it adds to and writes them again.

    Raises `ValueError` for another dataflow, and for room for no number.

    >>> from .product_counts import counted
    >>> from .sparse_matrices import rmat
    >>> a = rmat(8)
    >>> sizes = {flow: traffic(flow, counted(a, a), whole(8e3)).total for flow in DATAFLOWS}
    >>> sizes["row"] < sizes["outer"] < sizes["inner"]
    True

    Source: Shivdikar, 2021, SMASH: Sparse Matrix Atomic Scratchpad Hashing, arXiv:2105.14156; Pal et al., 2018,
    OuterSPACE, doi:10.1109/HPCA.2018.00067.
    Differs: caches are not modelled; a row that does not fit is computed in passes.
    """
    if dataflow not in DATAFLOWS:
        raise ValueError(f"traffic({dataflow!r}): the dataflows are {', '.join(DATAFLOWS)}")
    if near.numbers < 1:
        raise ValueError(f"traffic: {near} has no room for a number")
    parts = np.sum([_of_tile(dataflow, tile, near, window) for tile in tiles], axis=0)
    return Traffic(*(ENTRY * parts).tolist())


def _of_tile(dataflow: str, tile: Tile, near: Near, window: int) -> tuple[int, int, int, int]:
    """Numbers read of A and B, moved of partial products, and of C."""
    first, products = int(tile.first.sum()), int(tile.products.sum())
    held = ENTRY * tile.second <= near.second
    if dataflow == "outer":
        return first, tile.second, 2 * max(0, products - near.numbers), tile.merged
    if dataflow == "row":
        again = int(tile.by_rank @ (np.arange(len(tile.by_rank)) // near.numbers))
        return first, tile.second if held else products, 2 * again, tile.merged
    if held:
        return first, tile.second, 0, tile.merged
    lengths = tile.first[tile.first > 0]
    beyond = int(np.maximum(lengths - near.numbers, 0).sum())
    windows = len(window_starts(lengths, window, near.numbers)) - 1
    return first + beyond * max(0, tile.columns - 1), windows * tile.second, 0, tile.merged
