"""Operators whose weights, or keys and values, are stored in fewer bits than they are computed in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..operators import Attention, Gemm, Numbers, Work, rounded_up

#: The rows of the least tile.
ROWS = 16


@dataclass(frozen=True)
class CompressedGemm(Gemm):
    """A product whose weights take `bits` each where they are stored; they are computed in `dtype`.

    Bytes of weights = k n count bits / 8. Where there are fewer rows than a tile has, tiles have a multiple of `ROWS`
    rows, as kernels for few rows do.

    >>> work = CompressedGemm(m=1, k=64, n=64, bits=4).work(tile=(128, 64))
    >>> work.stored, float(work.flops) == 2 * 16 * 64 * 64
    (2048.0, True)

    Source: Frantar et al., 2024, MARLIN, arXiv:2408.11743 (kernels for up to 16 rows).
    """

    bits: Numbers = 16

    def work(self, tile: tuple[int, int] = (1, 1)) -> Work:
        dense = super().work()
        weights = dense.stored * self.bits / (8 * self.size)
        rows, columns = self.m, self.n
        if tile != (1, 1):
            rows = rounded_up(self.m, np.minimum(tile[0], rounded_up(self.m, ROWS)))
            columns = rounded_up(self.n, tile[1])
        flops = 2.0 * self.k * rows * columns * self.count
        return dense._replace(flops=flops, moved=weights + dense.live, stored=weights)


@dataclass(frozen=True)
class CompressedAttention(Attention):
    """Attention to keys and values that take `bits` each in the cache.

    >>> work = CompressedAttention(1, 8, 1, 8, bits=8).work()
    >>> float(work.stored), float(work.moved)
    (128.0, 160.0)
    """

    bits: Numbers = 16

    def work(self, tile: tuple[int, int] = (1, 1)) -> Work:
        dense = super().work(tile)
        cached = np.asarray(dense.stored) * self.bits / (8 * self.size)
        return dense._replace(moved=dense.moved - dense.stored + cached, stored=cached)
