"""Batches: many formulas laid out end to end, and the columns on which they are evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data import Data, Floats, as_columns, names_of
from .formula import Formula
from .operators import LITERAL, OWN
from .vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Batch:
    """The codes and numbers of many formulas, end to end.

    The codes of formula i are `codes[starts[i] : starts[i + 1]]`, its numbers `numbers[number_starts[i] :
    number_starts[i + 1]]`, in prefix order.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> batch = Batch.of([parse_formula("x + 1.5", ["x"]), parse_formula("x", ["x"])])
    >>> batch.codes.tolist(), batch.starts.tolist(), batch.number_starts.tolist()
    ([0, 256, 255, 256], [0, 3, 4], [0, 1, 1])
    """

    codes: NDArray[np.int16]
    starts: NDArray[np.int64]
    numbers: Floats
    number_starts: NDArray[np.int64]

    @staticmethod
    def of(formulas: Sequence[Formula]) -> Batch:
        """The batch of some formulas."""
        text = bytearray().join([formula.code for formula in formulas])  # which makes an array that may be written to
        codes = np.frombuffer(text, dtype="<i2").astype(np.int16, copy=False)
        numbers = [formula.numbers for formula in formulas]
        flat = np.array(list(chain.from_iterable(numbers)), dtype=np.float64)
        starts = _running_sum([len(formula.code) for formula in formulas]) // 2
        return Batch(codes, starts, flat, _running_sum(map(len, numbers)))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def slice(self, first: int, last: int) -> Batch:
        """The formulas from `first` to before `last`; the codes and numbers are shared."""
        return Batch(self.codes, self.starts[first : last + 1], self.numbers, self.number_starts[first : last + 1])

    @cached_property
    def common(self) -> bool:
        """Whether all operators are common ones, which the kernels know."""
        return not np.any((self.codes >= OWN) & (self.codes < LITERAL))


def _running_sum(lengths: Iterable[int]) -> NDArray[np.int64]:
    return np.array([0, *accumulate(lengths)], dtype=np.int64)


def vocabulary_of(formulas: Sequence[Formula]) -> Vocabulary:
    """The vocabulary that all of one or more formulas share; raises `ValueError` where they differ."""
    first = formulas[0].vocabulary
    for formula in formulas:
        if formula.vocabulary is not first and formula.vocabulary != first:
            raise ValueError(
                f"formulas over ({formula.vocabulary}) and over ({first}) cannot be evaluated together: evaluate those "
                "of one vocabulary at a time"
            )
    return first


def columns(X: Any, vocabulary: Vocabulary) -> Floats:
    """The columns of the variables of a vocabulary, (variables, rows), from an array, list, frame, mapping or `Data`.

    A frame or mapping is read by names and may hold more columns; a flat list is the one column of a single variable.
    Raises `ValueError` for more or fewer columns than variables, missing names, and what `Data` refuses.

    >>> columns([[1, 2], [3, 4], [5, 6]], Vocabulary(["x", "y"])).tolist()
    [[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]
    """
    wanted = list(vocabulary.variables)
    if isinstance(X, Data) and X.names == vocabulary.variables:
        return X.columns
    if given := names_of(X):
        lacking = [name for name in wanted if name not in given]
        if not lacking:
            return (
                X.columns[[given.index(name) for name in wanted]] if isinstance(X, Data) else _chosen(X, given, wanted)
            )
        raise ValueError(f"the data has no column {', '.join(lacking)}: its columns are {', '.join(given)}")
    found = as_columns(_upright(X, wanted), wanted)
    if len(found) != len(wanted):
        told = f"{len(wanted)} variable{'s' * (len(wanted) != 1)} ({', '.join(wanted)})"
        raise ValueError(f"the data has {len(found)} columns for {told}: give one column for each, in this order")
    return found


def _chosen(X: Any, given: Sequence[str], wanted: Sequence[str]) -> Floats:
    """The wanted columns of a frame or mapping; a name that is no text is found by its text."""
    keys = dict(zip(given, X if not hasattr(X, "columns") else X.columns, strict=True))
    return as_columns({name: X[keys[name]] for name in wanted}, wanted) if wanted else np.empty((0, len(X)))


def _upright(X: Any, wanted: Sequence[str]) -> Any:
    """A flat list of numbers as the only column, where there is one variable."""
    if len(wanted) == 1 and np.ndim(X) == 1 and np.size(X):
        return np.asarray(X)[:, None]
    return X
