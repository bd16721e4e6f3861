"""Data for formulas: columns of numbers with a target and weights, checked once and then trusted."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Data:
    """Rows of numbers, what they should give, and how much each row counts.

    `X`: an array or list (rows x variables), a data frame, or a mapping of names to columns; `y`: (rows,). `names` are
    those of the frame, or x0, x1, ... without any. `weights` (rows,) are not negative and not all zero. A constant
    target and a single row are accepted: who needs more says so. Raises `ValueError` for columns of different lengths,
    NaN or infinity, no rows, and numbers of names, targets or weights that do not fit.

    >>> data = Data([[1.0, 2.0], [3.0, 4.0]], [2.0, 12.0])
    >>> data.names, data.rows, data.columns.tolist()
    (('x0', 'x1'), 2, [[1.0, 3.0], [2.0, 4.0]])
    """

    def __init__(self, X: Any, y: Any, names: Sequence[str] | None = None, weights: Any = None) -> None:
        given = names_of(X)
        #: The variables, each a row of memory: (variables, rows).
        columns = as_columns(X, given)
        self.columns: Floats = columns.copy() if np.may_share_memory(columns, X) else columns
        self.names = tuple(names or given or [f"x{i}" for i in range(len(self.columns))])
        if len(self.names) != len(self.columns):
            raise ValueError(f"{len(self.names)} names for {len(self.columns)} columns: give each column one name")
        self.y: Floats = vector(y, "the target", self.rows)
        self.weights: Floats | None = None if weights is None else vector(weights, "the weights", self.rows)
        if self.weights is not None and not (self.weights.min() >= 0 and self.weights.max() > 0):
            raise ValueError("the weights of the rows must not be negative, and one must be above zero")

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.columns.T)

    @property
    def X(self) -> Floats:  # noqa: N802 - a matrix
        """The variables as (rows x variables)."""
        return self.columns.T

    @cached_property
    def constant(self) -> bool:
        """Whether the target is the same in every row."""
        return bool(self.y.min() == self.y.max())

    @cached_property
    def row_weights(self) -> Floats:
        """The weights, 1 for each row where none were given."""
        return np.ones(self.rows) if self.weights is None else self.weights

    @cached_property
    def mean(self) -> float:
        """The weighted mean of the target."""
        return float(np.average(self.y, weights=self.weights))

    @cached_property
    def centred(self) -> Floats:
        """The target less its mean."""
        return self.y - self.mean

    @cached_property
    def variance(self) -> float:
        """The weighted variance of the target: the squared loss of its mean."""
        return float(np.average(self.centred**2, weights=self.weights))

    @cached_property
    def single(self) -> NDArray[np.float32]:
        """The columns in single precision; what is too large for it becomes infinite."""
        with np.errstate(over="ignore"):
            return self.columns.astype(np.float32)

    def take(self, rows: Any) -> Data:
        """The same data with these rows only: numbers of rows, or a mask."""
        weights = None if self.weights is None else self.weights[rows]
        return Data(self.columns[:, rows].T, self.y[rows], self.names, weights)

    def __repr__(self) -> str:
        return f"Data({self.rows} rows of {', '.join(self.names)})"


def names_of(X: Any) -> list[str]:
    """The names that the columns bring with them: those of a frame or mapping, else none."""
    named = X if isinstance(X, Mapping) else getattr(X, "columns", ())
    return [str(name) for name in named] if not isinstance(X, Data) else list(X.names)


def as_columns(X: Any, names: Iterable[str] = ()) -> Floats:
    """The columns of `X` as an array (variables, rows) of finite numbers; see `Data` for what is taken and refused.

    >>> as_columns({"a": [1, 2], "b": [3, 4]}).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    if isinstance(X, Data):
        return X.columns
    if isinstance(X, Mapping):
        X = _side_by_side(X)
    try:
        table = np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"the data is no table of numbers (rows x variables): {error}") from error
    if table.ndim != 2:
        raise ValueError(f"the data has {table.ndim} dimensions: give a table (rows x variables)")
    if not len(table):
        raise ValueError("the data has no rows: give at least one")
    columns = np.require(table.T, requirements=["C", "W"])  # what kernels are compiled for
    _refuse_infinite(columns, [*names] or [f"x{i}" for i in range(len(columns))])
    return columns


def _side_by_side(columns: Mapping[str, Any]) -> Floats:
    """A table from its columns by name."""
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise ValueError(f"the columns have different lengths ({told}): they must all have one number for each row")
    return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns.values()])


def _refuse_infinite(columns: Floats, names: Sequence[str]) -> None:
    if not np.isfinite(columns).all():
        bad = ~np.isfinite(columns)
        told = ", ".join(
            f"{name} (row {int(rows.argmax())})" for name, rows in zip(names, bad, strict=True) if any(rows)
        )
        raise ValueError(f"NaN or infinity in {told}: leave out these rows, or fill the gaps first")


def vector(values: Any, what: str, rows: int) -> Floats:
    """One finite number for each of `rows` rows; raises `ValueError` otherwise, and says `what` they were to be."""
    try:
        numbers = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what}: these are no numbers: {error}") from error
    numbers = numbers[:, 0] if numbers.ndim == 2 and numbers.shape[1] == 1 else numbers
    if numbers.shape != (rows,):
        raise ValueError(f"{what}: an array of shape {numbers.shape} for {rows} rows: give one number for each row")
    _refuse_infinite(numbers[None], [what])
    return np.ascontiguousarray(numbers)


def read_csv(path: str | PathLike[str], target: str | None = None) -> Data:
    """The data of a CSV file with a head line; `target` names the column to explain, by default the last.

    Raises `ValueError` for a target that is no column, rows of another length than the head, and cells that are no
    finite number.

    >>> Path("planets.csv").write_text("distance,period\\n1,1\\n1.524,1.881\\n")
    32
    >>> read_csv("planets.csv").y.tolist()
    [1.0, 1.881]
    """
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        lines = [line for line in csv.reader(file) if line]
    if len(lines) < 2:
        raise ValueError(f"{path}: no rows under the head line")
    names = [name.strip() for name in lines[0]]
    target = names[-1] if target is None else target
    if target not in names:
        raise ValueError(f"{path}: no column {target!r}: there are {', '.join(names)}")
    cells = [_numbers(line, len(names), f"{path}, row {i}") for i, line in enumerate(lines[1:], 1)]
    table = np.array(cells)
    at = names.index(target)
    return Data(np.delete(table, at, axis=1), table[:, at], names[:at] + names[at + 1 :])


def _numbers(line: Sequence[str], width: int, where: str) -> list[float]:
    if len(line) != width:
        raise ValueError(f"{where}: {len(line)} cells for {width} columns")
    try:
        return [float(cell) for cell in line]
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
