"""Values, losses and moments of batches by the compiled kernels, which are loaded when they are first used."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .batches import Batch
from .compiled import first_use
from .data import Data, Floats

Array = NDArray[Any]

_NONE = np.zeros(0)


def compiled_values(batch: Batch, columns: Array, protected: bool, out: Array) -> None:
    """Write the values of a batch on columns (variables, rows) to `out` (formulas, rows), which is of their type."""
    _sweep("VALUES", batch, columns, protected, _NONE, _NONE, _NONE, _NONE, 0, 1.0, out)


def compiled_moments(batch: Batch, columns: Array, protected: bool, data: Data) -> Floats:
    """The weighted sums of f - p, (f - p)^2, (f - p) (y - mean y), and the pivot p, for each f: (formulas, 4)."""
    unused = np.empty((1, 0), dtype=columns.dtype)
    return _sweep("MOMENTS", batch, columns, protected, data.centred, data.row_weights, _NONE, _NONE, 0, 1.0, unused)


def compiled_losses(
    batch: Batch,
    columns: Array,
    protected: bool,
    data: Data,
    kind: int,
    delta: float,
    shifts: Floats,
    slopes: Floats,
    wanted: NDArray[np.bool_],
) -> Floats:
    """The weighted sums of the losses of shift + slope f, for each wanted f; infinite for the others."""
    unused = np.empty((1, 0), dtype=columns.dtype)
    y, weights = data.y, data.row_weights
    return _sweep(
        "LOSSES",
        batch,
        columns,
        protected,
        y,
        weights,
        shifts,
        slopes,
        kind,
        delta,
        unused,
        np.where(wanted, 0.0, np.inf),
    )[:, 0]


def _sweep(
    mode: str,
    batch: Batch,
    columns: Array,
    protected: bool,
    y: Floats,
    weights: Floats,
    shifts: Floats,
    slopes: Floats,
    kind: int,
    delta: float,
    values: Array,
    start: Floats | float = 0.0,
) -> Floats:
    name = "float64" if columns.itemsize == 8 else "float32"  # columns.dtype.name is slow
    with first_use(f"kernels that evaluate formulas in {name}"):
        from . import tiles
        from .interpreter import run_by_address
        from .sweeps import sweep

        sums = np.zeros((len(batch), 4))
        sums[:, 0] = start
        sweep(
            run_by_address(name),
            getattr(tiles, mode),
            batch.codes,
            batch.starts,
            batch.numbers,
            batch.number_starts,
            columns,
            protected,
            y,
            weights,
            shifts,
            slopes,
            kind,
            delta,
            values,
            sums,
        )
    return sums
