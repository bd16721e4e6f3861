"""Evaluation of many formulas at once: values, losses and fingerprints, by compiled kernels or by NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .batches import Batch, columns, vocabulary_of
from .compiled import NUMBA
from .compiled_evaluation import compiled_losses, compiled_moments, compiled_values
from .data import Data, Floats
from .formula import Formula
from .linear_scaling import EXPLAINED, Scaled, from_moments, moments_of
from .losses import SQUARED, loss_kind, row_losses
from .numpy_evaluation import batch_values
from .sharing import in_threads

Array = NDArray[Any]


def evaluate(
    formulas: Sequence[Formula],
    X: Any,
    *,
    protected: bool = False,
    dtype: str = "float64",
    threads: int = 1,
    out: Array | None = None,
) -> Array:
    """The values of formulas of one vocabulary on every row of `X`: (formulas, rows).

    `X` is an array or list (rows x variables), a data frame or mapping read by the names of the variables, or `Data`.
    Where a value is undefined or too large it is NaN or infinite as in NumPy; with `protected` division by nearly zero
    gives 1, the logarithm of nearly zero 0, roots, logarithms and powers act on absolute values, and exponents are
    clamped, as in gplearn. `dtype` is "float64" or "float32"; `threads` share the formulas and change no result;
    `out` is an array for the values. Raises `ValueError` for data, or an `out`, that does not fit.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> evaluate([parse_formula("x * y", ["x", "y"]), parse_formula("1 / x", ["x", "y"])], [[2, 3], [0, 1]]).tolist()
    [[6.0, 0.0], [0.5, inf]]
    """
    if not formulas:
        return np.empty((0, len(X) if hasattr(X, "__len__") else 0), dtype=dtype)
    table = _typed(columns(X, vocabulary_of(formulas)), dtype)

    out = _room(len(formulas), table, out)

    def values(part: Sequence[Formula], first: int) -> None:
        batch = Batch.of(part)
        into = out[first : first + len(part)]
        if _compiles(batch):
            compiled_values(batch, table, protected, into)
        else:
            _numpy_values(part, batch, table, protected, into)

    in_threads(values, formulas, threads)
    return out


def _room(n: int, table: Array, out: Array | None) -> Array:
    """An array for the values of n formulas: the given one, if it fits."""
    shape = (n, table.shape[1])
    if out is None:
        return np.empty(shape, dtype=table.dtype)
    if out.shape != shape or out.dtype != table.dtype or not out.flags.c_contiguous or not out.flags.writeable:
        raise ValueError(f"out must be a contiguous array {shape} of {table.dtype}, not {out.shape} of {out.dtype}")
    return out


def losses(
    formulas: Sequence[Formula],
    data: Data,
    *,
    loss: str = "squared",
    delta: float = 1.0,
    scaling: bool = False,
    protected: bool = False,
    dtype: str = "float64",
    threads: int = 1,
) -> Floats:
    """The weighted mean loss of each formula on the data: (formulas,); infinite where a value is NaN or too large.

    `loss` is "squared", "absolute", "huber" or "cauchy" (see `losses.py`), the last two with the width `delta`. With
    `scaling` each formula f is first replaced by a + b f, fitted by least squares.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> data = Data([[1.0], [2.0], [3.0]], [2.0, 4.0, 7.0], ["x"])
    >>> losses([parse_formula("2 * x", ["x"]), parse_formula("log(x - 1)", ["x"])], data).round(4).tolist()
    [0.3333, inf]
    """
    options = {"loss": loss, "delta": delta, "scaling": scaling, "protected": protected, "dtype": dtype}
    return scaled_losses(formulas, data, threads=threads, **options).losses  # type: ignore[arg-type]


def scaled_losses(
    formulas: Sequence[Formula],
    data: Data,
    *,
    loss: str = "squared",
    delta: float = 1.0,
    scaling: bool = True,
    protected: bool = False,
    dtype: str = "float64",
    threads: int = 1,
) -> Scaled:
    """As `losses`, with the shift and slope of each formula: 0 and 1 without scaling.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> data = Data([[1.0], [2.0], [3.0]], [3.0, 9.0, 19.0], ["x"])
    >>> [float(part[0].round(9)) for part in scaled_losses([parse_formula("x * x", ["x"])], data)]
    [0.0, 1.0, 2.0]
    """
    kind = loss_kind(loss, delta)
    if not formulas:
        return Scaled(np.empty(0), np.empty(0), np.empty(0))
    table = _typed(columns(data, vocabulary_of(formulas)), dtype)

    def found(part: Sequence[Formula], _: int) -> Scaled:
        batch = Batch.of(part)
        if _compiles(batch):
            return _compiled_losses(batch, table, data, kind, delta, scaling, protected)
        values = np.empty((len(part), table.shape[1]), dtype=table.dtype)
        _numpy_values(part, batch, table, protected, values)
        return _numpy_losses(values, data, kind, delta, scaling)

    parts = in_threads(found, formulas, threads)
    return parts[0] if len(parts) == 1 else Scaled(*map(np.concatenate, zip(*parts, strict=True)))


def _compiled_losses(
    batch: Batch, table: Array, data: Data, kind: int, delta: float, scaling: bool, protected: bool
) -> Scaled:
    """Losses by the kernels: from moments where these say enough, else of the scaled formulas in a second sweep."""
    n = len(batch)
    start = Scaled(np.zeros(n), np.zeros(n), np.ones(n))
    if scaling:
        start = from_moments(compiled_moments(batch, table, protected, data), data)
    wanted = np.isfinite(start.losses)
    if scaling and kind == SQUARED:
        wanted &= start.losses < EXPLAINED * data.variance
        if not wanted.any():
            return start
    sums = compiled_losses(batch, table, protected, data, kind, delta, start.shifts, start.slopes, wanted)
    return start._replace(losses=np.where(wanted, sums / data.row_weights.sum(), start.losses))


def _numpy_losses(values: Array, data: Data, kind: int, delta: float, scaling: bool) -> Scaled:
    with np.errstate(all="ignore"):
        values = values.astype(np.float64, copy=False)
        start = Scaled(np.zeros(len(values)), np.zeros(len(values)), np.ones(len(values)))
        if scaling:
            start = from_moments(moments_of(values, data), data)
        residuals = data.y - (start.shifts[:, None] + start.slopes[:, None] * values)
        # Summed row by row, and not as a product of matrices, so that threads change no bit.
        found = (row_losses(residuals, kind, delta) * data.row_weights).sum(axis=1) / data.row_weights.sum()
    return start._replace(losses=np.where(np.isfinite(found + start.losses), found, np.inf))


def _numpy_values(formulas: Sequence[Formula], batch: Batch, table: Array, protected: bool, out: Array) -> None:
    for i, values in enumerate(batch_values(batch, table, protected, formulas[0].vocabulary.own)):
        out[i] = values


def _compiles(batch: Batch) -> bool:
    return NUMBA and batch.common


def _typed(table: Floats, dtype: str) -> Array:
    if dtype not in ("float64", "float32"):
        raise ValueError(f"dtype={dtype!r}: formulas are evaluated in 'float64' or 'float32'")
    with np.errstate(over="ignore"):
        return table.astype(dtype, copy=False)


def fingerprints(formulas: Sequence[Formula], X: Any) -> list[bytes]:
    """A key for each formula of its values on a few rows: equal where all values agree to 1e-10 of the largest.

    Formulas that are equal as functions have one key but for rounding; take rows (16 do) that no formula was made for.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> a, b, c = (parse_formula(text, ["x"]) for text in ("x + x", "2 * x", "x * x"))
    >>> keys = fingerprints([a, b, c], [[0.37], [1.91], [-0.6]])
    >>> keys[0] == keys[1], keys[0] == keys[2]
    (True, False)
    """
    values = evaluate(formulas, X)
    with np.errstate(all="ignore"):
        sizes = np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=1, initial=0.0)
        exponents = np.frexp(1.3 * sizes)[1]  # so that a largest value of 1 does not fall on either side of a step
        steps = np.rint(np.ldexp(values, 33 - exponents[:, None]))
        odd = ~np.isfinite(values)
        steps[odd] = np.where(np.isnan(values[odd]), 2.0**41, np.sign(values[odd]) * 2.0**40)
    whole = np.column_stack([exponents, steps]).astype(np.int64)
    return [blake2b(row.tobytes(), digest_size=16).digest() for row in whole]
