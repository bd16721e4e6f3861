"""Evaluation of many formulas at once: values, losses and fingerprints, by compiled kernels or by NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
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

Array = NDArray[Any]


def evaluate(
    formulas: Sequence[Formula], X: Any, *, protected: bool = False, dtype: str = "float64", threads: int = 1
) -> Array:
    """The values of formulas of one vocabulary on every row of `X`: (formulas, rows).

    `X` is an array or list (rows x variables), a data frame or mapping read by the names of the variables, or `Data`.
    Where a value is undefined or too large it is NaN or infinite as in NumPy; with `protected` division by nearly zero
    gives 1, the logarithm of nearly zero 0, roots, logarithms and powers act on absolute values, and exponents are
    clamped, as in gplearn. `dtype` is "float64" or "float32"; `threads` share the formulas and change no result.
    Raises `ValueError` for data that does not fit.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> evaluate([parse_formula("x * y", ["x", "y"]), parse_formula("1 / x", ["x", "y"])], [[2, 3], [0, 1]]).tolist()
    [[6.0, 0.0], [0.5, inf]]
    """
    if not formulas:
        return np.empty((0, len(X) if hasattr(X, "__len__") else 0), dtype=dtype)
    table = _typed(columns(X, vocabulary_of(formulas)), dtype)

    def values(part: Sequence[Formula]) -> Array:
        batch = Batch.of(part)
        return compiled_values(batch, table, protected) if _compiles(batch) else _numpy_values(part, batch, table, protected)

    return np.concatenate(_shared(values, formulas, threads))


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

    def found(part: Sequence[Formula]) -> Scaled:
        batch = Batch.of(part)
        if _compiles(batch):
            return _compiled_losses(batch, table, data, kind, delta, scaling, protected)
        return _numpy_losses(_numpy_values(part, batch, table, protected), data, kind, delta, scaling)

    return Scaled(*map(np.concatenate, zip(*_shared(found, formulas, threads), strict=True)))


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
        found = row_losses(residuals, kind, delta) @ data.row_weights / data.row_weights.sum()
    return start._replace(losses=np.where(np.isfinite(found + start.losses), found, np.inf))


def _numpy_values(formulas: Sequence[Formula], batch: Batch, table: Array, protected: bool) -> Array:
    out = np.empty((len(formulas), table.shape[1]), dtype=table.dtype)
    for i, values in enumerate(batch_values(batch, table, protected, formulas[0].vocabulary.own)):
        out[i] = values
    return out


def _compiles(batch: Batch) -> bool:
    return NUMBA and batch.common


def _typed(table: Floats, dtype: str) -> Array:
    if dtype not in ("float64", "float32"):
        raise ValueError(f"dtype={dtype!r}: formulas are evaluated in 'float64' or 'float32'")
    with np.errstate(over="ignore"):
        return table.astype(dtype, copy=False)


def _shared(call: Callable[[Sequence[Formula]], Any], formulas: Sequence[Formula], threads: int) -> list[Any]:
    """What `call` gives for some parts of the formulas: one part for each thread, or the whole."""
    if not isinstance(threads, int) or threads < 1:
        raise ValueError(f"threads={threads!r}: at least one thread is needed")
    parts = min(threads, len(formulas))
    if parts == 1:
        return [call(formulas)]
    bounds = [len(formulas) * i // parts for i in range(parts + 1)]
    with ThreadPoolExecutor(parts) as pool:
        return list(pool.map(lambda i: call(formulas[bounds[i] : bounds[i + 1]]), range(parts)))


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
