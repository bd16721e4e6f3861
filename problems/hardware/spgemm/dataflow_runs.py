"""The three dataflows, executed number by number with a scratchpad that cannot hold more than it has room for.

The closed forms of `dataflow_traffic` are compared with it: it multiplies, and counts each number that crosses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from .dataflow_traffic import ENTRY, Near, Traffic
from .product_counts import cut
from .sparse_matrices import CSR

#: A row of a matrix: its numbers by column.
Row = dict[int, float]
Rows = list[Row]


class Overfull(RuntimeError):
    """A scratchpad was asked to hold more than it has room for."""


class Scratchpad:
    """Numbers by key, at most `capacity` of them; raises `Overfull` for one more."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.held: dict[tuple[int, int], float] = {}

    def full_for(self, key: tuple[int, int]) -> bool:
        """Whether there is no room for a number of this key."""
        return key not in self.held and len(self.held) == self.capacity

    def add(self, key: tuple[int, int], value: float) -> None:
        """Add to the number of this key."""
        if self.full_for(key):
            raise Overfull(f"no room for {key} beside {self.capacity} numbers")
        self.held[key] = self.held.get(key, 0.0) + value


class Run:
    """A product in execution: the result in memory, and the numbers that have crossed."""

    def __init__(self, a: CSR, b: CSR, near: Near, window: int) -> None:
        self.near, self.window = near, window
        self.result: Rows = [{} for _ in range(a.rows)]
        self.crossed: dict[str, int] = defaultdict(int)

    def traffic(self) -> Traffic:
        """Bytes that have crossed."""
        return Traffic(*(float(ENTRY * self.crossed[part]) for part in Traffic._fields))

    def write(self, part: dict[tuple[int, int], float], sums: bool) -> None:
        """Write numbers of C; where tiles are `sums`, the rows that they change are read, and written as a whole."""
        rows: dict[int, Row] = defaultdict(dict)
        for (i, j), value in part.items():
            rows[i][j] = value
        for i, row in rows.items():
            self.crossed["result"] += len(self.result[i]) if sums else 0
            for j, value in row.items():
                self.result[i][j] = self.result[i].get(j, 0.0) + value
            self.crossed["result"] += len(self.result[i]) if sums else len(row)

    # -- one tile by each dataflow ---------------------------------------------------------------------------------

    def inner(self, a: Rows, b: Rows, width: int, sums: bool) -> None:
        """Rows of A stay near, and every column of the tile passes them."""
        columns = [column for column in _transposed(b, width) if column]
        numbers = sum(map(len, columns))
        held = ENTRY * numbers <= self.near.second
        self.crossed["second"] += numbers if held else 0
        filled = [i for i, row in enumerate(a) if row]
        for window in self._windows(filled, [len(a[i]) for i in filled]):
            self.crossed["first"] += sum(len(a[i]) for i in window)
            beyond = 0 if held else max(0, sum(len(a[i]) for i in window) - self.near.numbers)
            part = {}
            for turn, (j, column) in enumerate((j, c) for j, c in enumerate(_transposed(b, width)) if c):
                self.crossed["second"] += 0 if held else len(column)
                self.crossed["first"] += beyond if turn else 0
                for i in window:
                    met = [value * column[k] for k, value in a[i].items() if k in column]
                    if met:
                        part[i, j] = sum(met)
            self.write(part, sums)

    def outer(self, a: Rows, b: Rows, width: int, sums: bool) -> None:
        """Column k of A meets row k of B; products are kept as they come, and merged when all are there."""
        kept: list[tuple[int, int, float]] = []
        in_memory: list[tuple[int, int, float]] = []
        for column, row in zip(_transposed(a, len(b)), b, strict=True):
            self.crossed["first"] += len(column)
            self.crossed["second"] += len(row)
            for i, left in column.items():
                for j, right in row.items():
                    if len(kept) < self.near.numbers:
                        kept.append((i, j, left * right))
                    else:
                        in_memory.append((i, j, left * right))
                        self.crossed["partial"] += 1
        part: dict[tuple[int, int], float] = defaultdict(float)
        for i, j, value in kept:
            part[i, j] += value
        for i, j, value in in_memory:
            self.crossed["partial"] += 1
            part[i, j] += value
        self.write(part, sums)

    def row(self, a: Rows, b: Rows, width: int, sums: bool) -> None:
        """Each number of A scales a row of B into a row of C, whose numbers are in a table near."""
        numbers, columns = sum(map(len, b)), len({j for row in b for j in row})
        held = ENTRY * numbers <= self.near.second
        self.crossed["second"] += numbers if held else 0
        self.crossed["first"] += sum(map(len, a))
        products = [[(i, j, x * y) for k, x in row.items() for j, y in b[k].items()] for i, row in enumerate(a)]
        self.crossed["second"] += 0 if held else sum(map(len, products))
        filled = [i for i, each in enumerate(products) if each]
        for window in self._windows(filled, [min(len(products[i]), columns) for i in filled]):
            part: dict[tuple[int, int], float] = {}
            left = [product for i in window for product in products[i]]
            while left:
                table, left = self._pass(left)
                part |= table
            self.write(part, sums)

    def _pass(
        self, products: list[tuple[int, int, float]]
    ) -> tuple[dict[tuple[int, int], float], list[tuple[int, int, float]]]:
        """Fill a table; products that find no place in it go to memory and are read for the next pass."""
        table, left = Scratchpad(self.near.numbers), []
        for i, j, value in products:
            if table.full_for((i, j)):
                left.append((i, j, value))
                self.crossed["partial"] += 2
            else:
                table.add((i, j), value)
        return table.held, left

    def _windows(self, rows: list[int], bounds: list[int]) -> Iterator[list[int]]:
        """Rows in their order, `window` at most, while their bounds fit."""
        window: list[int] = []
        held = 0
        for i, bound in zip(rows, bounds, strict=True):
            if window and (len(window) == self.window or held + bound > self.near.numbers):
                yield window
                window, held = [], 0
            window.append(i)
            held += bound
        if window:
            yield window


def executed(
    dataflow: str, a: CSR, b: CSR, near: Near, how: str = "columns", tiles: int = 1, window: int = 1
) -> tuple[Rows, Traffic]:
    """The product by a dataflow, as rows of numbers by column, and the bytes that crossed; for small matrices.

    >>> from .dataflow_traffic import whole
    >>> from .sparse_matrices import from_places
    >>> a = from_places([0, 0, 1], [0, 1, 1], [1, 2, 3], 2, 2)
    >>> executed("row", a, a, whole(24))
    ([{0: 1.0, 1: 8.0}, {1: 9.0}], Traffic(first=36.0, second=48.0, partial=0.0, result=36.0))
    """
    run = Run(a, b, near, window)
    for a_tile, b_tile in cut(a, b, how, tiles):
        getattr(run, dataflow)(_rows(a_tile), _rows(b_tile), b.columns, how == "rows")
    return run.result, run.traffic()


def _rows(matrix: CSR) -> Rows:
    places = list(zip(matrix.indices.tolist(), matrix.values.tolist(), strict=True))
    return [dict(places[low:high]) for low, high in zip(matrix.starts[:-1], matrix.starts[1:], strict=True)]


def _transposed(rows: Iterable[Row], width: int) -> Rows:
    columns: Rows = [{} for _ in range(width)]
    for i, row in enumerate(rows):
        for j, value in row.items():
            columns[j][i] = value
    return columns
