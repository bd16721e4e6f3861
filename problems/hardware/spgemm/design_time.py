"""The time of a sparse product by a design: dataflow, windows, tiles, hash table, scratchpad and threads."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np

from ..devices import Device
from .dataflow_traffic import ENTRY, Near, traffic
from .hash_probes import expected_probes
from .product_counts import Tile, counted
from .row_windows import window_starts
from .sparse_matrices import CSR, Integers

#: Bytes of a slot of the hash table: row, column and number.
SLOT = 16
#: Bytes of the scratchpad in which a thread buffers what streams in and out: a line each way.
BUFFER = 128
#: Operations per second of one thread of PIUMA: one a cycle at 1 GHz, as its entry in the table of devices assumes.
THREAD_RATE = 1e9
#: Seconds that an atomic operation on the scratchpad takes: 16 cycles are assumed.
ATOMIC = 16e-9

Found = TypeVar("Found")


class Design(NamedTuple):
    """How a product is computed.

    `window`: rows at most between two barriers; `cut` and `tiles` of B; 2^`hash_bits` slots of the table, of which a
    share `load` may be filled; `table_share` of the scratchpad is not for B; `threads` at work.
    """

    dataflow: str
    window: int
    cut: str
    tiles: int
    hash_bits: int
    load: float
    table_share: float
    threads: int


class DesignTime(NamedTuple):
    """Seconds of memory, of probes, of operations, and of barriers, and by which shares a scratchpad is overfull."""

    memory: float
    probes: float
    operations: float
    barriers: float
    violations: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """The longest of what overlaps, and the barriers, which overlap with nothing."""
        return max(self.memory, self.probes, self.operations) + self.barriers


class SparseProduct:
    """A product A B on a device with a scratchpad of so many bytes, for many designs; counts are made once.

    seconds = max(bytes / bandwidth, probes t / threads, operations / rate) + 2 barriers t log2(threads), where t is the
    time of an atomic operation, of which a barrier takes one after the other up and down a tree of the threads, and

    - bytes are `traffic`'s, with what the design leaves for a tile of B: (1 - share) S - 128 threads;
    - each product of a row-wise design is hashed: a window takes ceil(products / threads) turns of the probes that
      finding a number in its table is expected to take, by `expected_probes` of the numbers of the window;
    - operations are 2 for a product; an inner product also walks along the row of A and the column of B of each
      pair of them; an outer one merges the runs of a row of C, as many as A's row has numbers, in ceil(log2) rounds;
    - there is a barrier after each window, and an outer product has two for each tile, after products and merging.

    Raises `ValueError` for a scratchpad or an atomic operation that is not positive.

    Differs: SMASH's own times are of a simulator that is not public; latency, slots and buffers here are assumed.
    """

    def __init__(self, a: CSR, b: CSR, device: Device, scratchpad: float, atomic: float = ATOMIC) -> None:
        if not (scratchpad > 0 and atomic > 0):
            raise ValueError(f"SparseProduct(scratchpad={scratchpad}, atomic={atomic}): both must be positive")
        self.a, self.b, self.device, self.scratchpad, self.atomic = a, b, device, scratchpad, atomic
        self.reached = device.reaches("spgemm")
        self._known: dict[Any, Any] = {}

    def time(self, design: Design) -> DesignTime:
        """What a design takes, part by part."""
        near = self.near(design)
        second, table = self._shares(design)
        held = max(near.numbers, 1)
        tiles = self.tiles(design.cut, design.tiles)
        key = (design.dataflow, design.cut, design.tiles, near, design.window)
        moved = self._once(
            key, lambda: traffic(design.dataflow, tiles, near._replace(numbers=held), design.window).total
        )
        work = self._once(
            ("work", design.dataflow, design.cut, design.tiles), lambda: sum(_work(design.dataflow, t) for t in tiles)
        )
        turns, windows = self._turns(design, held)
        hashed = (SLOT << design.hash_bits) - table if design.dataflow == "row" else 0.0
        return DesignTime(
            memory=moved / (self.device.memory[-1].bandwidth * self.reached.stream),
            probes=turns * self.atomic,
            operations=float(work) / (design.threads * THREAD_RATE * self.reached.compute),
            barriers=2 * self.atomic * windows * math.ceil(math.log2(design.threads)),
            violations=(hashed / self.scratchpad, -second / self.scratchpad),
        )

    def near(self, design: Design) -> Near:
        """What the design sets aside for a tile of B, and how many numbers fit beside it."""
        second, table = self._shares(design)
        hashed = int(design.load * 2**design.hash_bits)
        return Near(max(second, 0.0), hashed if design.dataflow == "row" else int(table // ENTRY))

    def _shares(self, design: Design) -> tuple[float, float]:
        """Bytes for B after the buffers of the threads, and bytes beside."""
        table = design.table_share * self.scratchpad
        return self.scratchpad - table - BUFFER * design.threads, table

    def tiles(self, cut: str, tiles: int) -> list[Tile]:
        """The counts of a tiling."""
        how = "columns" if tiles == 1 else cut
        return self._once(("tiles", how, tiles), lambda: counted(self.a, self.b, how, tiles))

    def _turns(self, design: Design, held: int) -> tuple[float, int]:
        """Probes that follow one another, and barriers."""
        if design.dataflow == "outer":
            return 0.0, 2 * design.tiles
        key = ("windows", design.dataflow, design.cut, design.tiles, design.window, held, design.hash_bits)
        if design.dataflow == "inner":
            return 0.0, self._once(key[:-1], lambda: sum(len(each[0]) for each in self._windows(design, held)))
        windows = self._once(key, lambda: self._probed(design, held))
        turns = self._once(
            (*key, design.threads), lambda: float(np.ceil(windows[0] / design.threads) @ windows[1])
        )  # fmt: skip
        return turns, len(windows[0])

    def _probed(self, design: Design, held: int) -> tuple[Any, Any]:
        """Products and expected probes of each, by window."""
        products, result = (np.concatenate(each) for each in zip(*self._windows(design, held), strict=True))
        return products, expected_probes(1 << design.hash_bits, np.minimum(result, held))

    def _windows(self, design: Design, held: int) -> list[tuple[Integers, Integers]]:
        """Products and numbers of C of each window, tile by tile."""
        found = []
        for tile in self.tiles(design.cut, design.tiles):
            filled = (tile.products if design.dataflow == "row" else tile.first) > 0
            bounds = (tile.bounds() if design.dataflow == "row" else tile.first)[filled]
            starts = window_starts(bounds, design.window, held)[:-1]
            sums = [np.add.reduceat(each[filled], starts) if len(starts) else each[:0]
                    for each in (tile.products, tile.result)]  # fmt: skip
            found.append((sums[0], sums[1]))
        return found

    def _once(self, key: Any, make: Callable[[], Found]) -> Found:
        if key not in self._known:
            self._known[key] = make()
        found: Found = self._known[key]
        return found


def _work(dataflow: str, tile: Tile) -> float:
    """Operations of a tile."""
    products = int(tile.products.sum())
    if dataflow == "inner":
        walked = np.count_nonzero(tile.first) * tile.second + tile.columns * int(tile.first.sum())
        return 2.0 * products + walked
    if dataflow == "outer":
        rounds = np.ceil(np.log2(np.maximum(tile.first, 1)))
        return float(2 * products + rounds @ tile.products)
    return 2.0 * products


def as_design(values: Mapping[str, Any]) -> Design:
    """A built member of the space as a design."""
    return Design(**values)
