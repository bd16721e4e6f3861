"""The problem: how to multiply two sparse matrices on a machine with scratchpads."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from ....search import Outcome, Problem
from ....spaces import Choice
from ...instance_names import instance_name
from ..device_table import as_device
from ..devices import Device
from .dataflow_traffic import DATAFLOWS
from .design_time import Design, SparseProduct, as_design
from .product_counts import CUTS
from .sparse_matrices import CSR, rmat, uniform

#: Matrices by name, and the settings of designs.
MATRICES = {"rmat": lambda: rmat(12, 8), "uniform": lambda: uniform(4096, 0.002)}
WINDOWS, TILES, HASH_BITS = (1, 16, 256, 4096), (1, 2, 4, 8), (10, 11, 12, 13, 14)
LOADS, TABLE_SHARES, THREADS = (0.25, 0.5, 0.75, 0.9), (0.25, 0.375, 0.5, 0.625, 0.75), (66, 132, 264, 528)
#: By how much SMASH was published to be faster than what it was compared with, on PIUMA. Quoted, not computed.
PUBLISHED_GAIN = 9.4


class DesignSeconds:
    """Seconds of a design; a scratchpad that is overfull violates a constraint."""

    def __init__(self, multiplied: SparseProduct) -> None:
        self.multiplied = multiplied

    def __call__(self, values: Mapping[str, Any]) -> Outcome:
        time = self.multiplied.time(as_design(values))
        parts = {name: part for name, part in time._asdict().items() if name != "violations"}
        return Outcome({"seconds": time.seconds}, violations=time.violations, feedback=parts)


def design_space() -> dict[str, Any]:
    """All designs."""
    return {
        "dataflow": Choice(*DATAFLOWS),
        "window": Choice(*WINDOWS),
        "cut": Choice(*CUTS),
        "tiles": Choice(*TILES),
        "hash_bits": Choice(*HASH_BITS),
        "load": Choice(*LOADS),
        "table_share": Choice(*TABLE_SHARES),
        "threads": Choice(*THREADS),
    }


def spgemm_problem(
    matrix: str | CSR = "rmat", device: Device | str = "piuma", scratchpad: float = 256 * 1024
) -> Problem:
    """Multiply a sparse matrix by itself in the least time: dataflow, windows, tiles, hash table, scratchpad, threads.

    The time is that of `SparseProduct`. The matrix is "rmat" or "uniform", 4,096 x 4,096 with some 30,000 numbers, or
    one of your own; the scratchpad is as much smaller than PIUMA's as the matrices are, so that B does not fit.
    `best_known` is the least of all designs that fit. Raises `ValueError` for a matrix that is not known or not
    square.

    >>> problem = spgemm_problem("uniform")
    >>> list(problem.published), problem.best_known > 0
    (['inner product', 'outer product (OuterSPACE)', 'row-wise hashing (SMASH)'], True)

    Source: Shivdikar, 2021, SMASH: Sparse Matrix Atomic Scratchpad Hashing, arXiv:2105.14156; Pal et al., 2018,
    OuterSPACE, doi:10.1109/HPCA.2018.00067.
    Differs: closed forms stand for a simulator; threads, slots and buffers are those of `design_time`.
    """
    if isinstance(matrix, str) and matrix not in MATRICES:
        raise ValueError(f"spgemm_problem(matrix={matrix!r}): known are {', '.join(MATRICES)}, or give a CSR")
    a = MATRICES[matrix]() if isinstance(matrix, str) else matrix
    multiplied = SparseProduct(a, a, as_device(device), scratchpad)
    name = matrix if isinstance(matrix, str) else f"{a.rows} rows, {a.numbers} numbers"
    on = multiplied.device.name
    return Problem(
        instance_name(
            "hardware/spgemm", matrix=(name, "rmat"), device=(on, "piuma"), scratchpad=(scratchpad, 256 * 1024)
        ),
        design_space(),
        evaluate=DesignSeconds(multiplied),
        objectives={"seconds": "minimize"},
        published=published_designs(),
        best_known=least_seconds(multiplied),
        source="Shivdikar, 2021, SMASH, arXiv:2105.14156; Pal et al., 2018, OuterSPACE, doi:10.1109/HPCA.2018.00067",
    )


def published_designs() -> dict[str, dict[str, Any]]:
    """Row-wise hashing and what it is compared with, each with B in one tile and half of the scratchpad."""
    alike: dict[str, Any] = {"cut": "columns", "tiles": 1, "hash_bits": 13, "load": 0.5, "table_share": 0.5}
    return {
        "inner product": {"dataflow": "inner", "window": 1, **alike, "threads": 264},
        "outer product (OuterSPACE)": {"dataflow": "outer", "window": 1, **alike, "threads": 264},
        "row-wise hashing (SMASH)": {"dataflow": "row", "window": 4096, **alike, "threads": 264},
    }


def least_seconds(multiplied: SparseProduct) -> float:
    """The least time of all designs that fit, by enumeration, without those that differ in nothing that counts.

    Of an outer product windows and tables do not count, of an inner one tables do not, and one tile has no cut.
    """
    tilings = [("columns", 1), *product(CUTS, TILES[1:])]
    hashed = {"row": product(WINDOWS, HASH_BITS, LOADS), "inner": product(WINDOWS, HASH_BITS[:1], LOADS[:1]),
              "outer": [(WINDOWS[0], HASH_BITS[0], LOADS[0])]}  # fmt: skip
    times = (
        multiplied.time(Design(dataflow, window, cut, tiles, bits, load, share, threads))
        for dataflow, tables in hashed.items()
        for (window, bits, load), (cut, tiles), share, threads in product(tables, tilings, TABLE_SHARES, THREADS)
    )
    return min(time.seconds for time in times if max(time.violations) <= 0)
