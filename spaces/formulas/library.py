"""Libraries: every function that short formulas compute on given rows, once, from the shortest formula up.

Formulas are listed by size, from their parts, as columns of values; two with the same values on the rows count as one
function, so a library grows far slower than the space of formulas. Look-ups then find in one step which function of the
library is what is wanted, up to a factor and a shift.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .formula import Formula, whole
from .operators import BY_NAME, LITERAL, OPERATORS, VARIABLE
from .vocabulary import Vocabulary

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Columns of values that are longer or shorter than these are no part of a library.
LARGEST, SMALLEST = 1e9, 1e-9
#: How many candidates are made at once.
BLOCK = 200_000
#: Functions that are constant on the rows are parts of others up to this size.
LARGEST_CONSTANT = 3
_ADD, _MULTIPLY, _DIVIDE = (BY_NAME[name].code for name in ("add", "multiply", "divide"))
_SQUARE, _CUBE, _RECIPROCAL = (BY_NAME[name].code for name in ("square", "cube", "reciprocal"))
_COMMUTATIVE = frozenset(operator.code for operator in OPERATORS if operator.commutative)
_POWER = BY_NAME["power"].code


class Entry(NamedTuple):
    """How a function of a library is made: a leaf (its code and number), or an operator of one or two others."""

    code: int
    left: int
    right: int


@dataclass
class Library:
    """The functions of short formulas on the rows of some columns, by size.

    `columns`: variables x rows. `operators`: names of common operators of one or two arguments. Squares, cubes and
    reciprocals count as one node too where there are products and quotients to write them with. `most` bounds the
    number of functions.

    >>> library = Library(np.array([[0.5, 1.0, 2.0, 4.0, 7.0, 9.0]]), Vocabulary(["x"]), ["add", "multiply"], [1.0])
    >>> [library.grow() for _ in range(3)]
    [2, 2, 6]
    >>> [str(library.formula(i)) for i in range(7)]
    ['x', '1', 'x*x', 'x*(x*x)', 'x + x', 'x + 1', '1 + 1']
    """

    columns: Floats
    vocabulary: Vocabulary
    operators: Sequence[str]
    literals: Sequence[float] = (1.0,)
    most: int = 300_000
    size: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        rows = self.columns.shape[1]
        self.hashing = Hashing(rows)
        self.values: Floats = np.empty((1024, rows))
        self.entries: Ints = np.empty((1024, 3), dtype=np.int64)
        self.count = 0
        self.exact: Ints = np.empty(0, dtype=np.int64)  # the hashes of all functions, sorted
        self.affine: Ints = np.empty(0, dtype=np.int64)  # of each function up to factor and shift; 0 for a constant
        self.ends = [0]  # how many functions there are of at most each size
        self.full = False
        names = set(self.operators)
        self.unary = [BY_NAME[name].code for name in self.operators if BY_NAME[name].arity == 1 and name != "negative"]
        self.binary = [BY_NAME[name].code for name in self.operators if BY_NAME[name].arity == 2]
        rich = [(_SQUARE, "multiply"), (_CUBE, "multiply"), (_RECIPROCAL, "divide")]
        self.written = [code for code, needed in rich if needed in names and code not in self.unary]

    def __len__(self) -> int:
        return self.count

    # -- growing -----------------------------------------------------------------------------------------------------

    def grow(self) -> int:
        """List the functions of the next size; returns how many are new. Sets `full` where `most` are reached."""
        before = len(self)
        for _ in self.growing():
            pass
        return len(self) - before

    def growing(self) -> Iterator[int]:
        """Lists the functions of the next size in pieces; yields how many functions there are after each."""
        self.size += 1
        pieces = self._leaves() if self.size == 1 else self._compounds()
        for entries, values in pieces:
            if not self.full:
                self._take(entries, values)
                yield len(self)
        self.ends.append(len(self))

    def span(self, size: int) -> range:
        """The functions of a size."""
        return range(self.ends[size - 1], self.ends[size]) if 0 < size < len(self.ends) else range(0)

    def upto(self, size: int) -> int:
        """How many functions have at most so many nodes, as far as they are listed."""
        return self.ends[max(0, min(size, len(self.ends) - 1))]

    def _leaves(self) -> Iterator[tuple[Ints, Floats]]:
        codes = [*range(VARIABLE, VARIABLE + len(self.columns)), *[LITERAL] * len(self.literals)]
        numbers = np.repeat(np.asarray(self.literals, dtype=float)[:, None], self.columns.shape[1], axis=1)
        places = [*[0] * len(self.columns), *range(len(self.literals))]
        yield np.array([codes, places, places]).T, np.concatenate([self.columns, numbers])

    def _compounds(self) -> Iterator[tuple[Ints, Floats]]:
        for left in range(1, self.size - 1):
            right = self.size - 1 - left
            for code in self.binary:
                if left <= right or code not in _COMMUTATIVE:
                    yield from self._pairs(code, self.span(left), self.span(right))
        for code in (*self.written, *self.unary):
            for part in _pieces(self.span(self.size - 1), BLOCK):
                yield _made(code, part, part), _applied(code, self.values[part])

    def _pairs(self, code: int, left: range, right: range) -> Iterator[tuple[Ints, Floats]]:
        """The values of an operator for all pairs of functions of two sizes."""
        if code == _POWER:  # only numbers are exponents
            right = range(right.start, min(right.stop, right.start + len(self.columns) + len(self.literals)))
            right = range(max(right.start, len(self.columns)), right.stop) if self.ends[1] >= right.stop else range(0)
        if not right:
            return
        for part in _pieces(left, max(1, BLOCK // len(right))):
            i, j = (grid.ravel() for grid in np.meshgrid(part, np.arange(right.start, right.stop), indexing="ij"))
            if code in _COMMUTATIVE and left == right:
                keep = i <= j
                i, j = i[keep], j[keep]
            yield _made(code, i, j), _applied(code, self.values[i], self.values[j])

    def _take(self, entries: Ints, values: Floats) -> None:
        """Keep the candidates that are finite and new."""
        with np.errstate(all="ignore"):
            size = lengths(values)
            sound = (size < LARGEST) & (size > SMALLEST)
        entries, values = entries[sound], values[sound]
        exact, affine = self.hashing.of(values)
        if self.size > LARGEST_CONSTANT:
            entries, values, exact, affine = (a[affine != 0] for a in (entries, values, exact, affine))
        _, first = np.unique(exact, return_index=True)
        first.sort()
        first = first[~_among(exact[first], self.exact)][: self.most - len(self)]
        self._append(entries[first], values[first], exact[first], affine[first])
        self.full = len(self) >= self.most

    def _append(self, entries: Ints, values: Floats, exact: Ints, affine: Ints) -> None:
        start, self.count = self.count, self.count + len(values)
        if self.count > len(self.values):
            more = max(len(self.values), self.count)
            self.values = np.concatenate([self.values[:start], np.empty((more, values.shape[1]))])
            self.entries = np.concatenate([self.entries[:start], np.empty((more, 3), dtype=np.int64)])
        self.values[start : self.count] = values
        self.entries[start : self.count] = entries
        self.exact = np.sort(np.concatenate([self.exact, exact]))
        self.affine = np.concatenate([self.affine, affine])

    # -- formulas ----------------------------------------------------------------------------------------------------

    def formula(self, i: int) -> Formula:
        """The shortest formula of a function."""
        entry = Entry(*self.entries[i].tolist())
        if entry.code >= LITERAL:
            numbers = (float(self.literals[entry.left]),) if entry.code == LITERAL else ()
            return whole(entry.code.to_bytes(2, "little"), numbers, self.vocabulary)
        left = self.formula(entry.left)
        if entry.code in self.written:
            return _written_out(entry.code, left)
        return joined(entry.code, left) if entry.code in self.unary else joined(
            entry.code, left, self.formula(entry.right)
        )  # fmt: skip


def _written_out(code: int, part: Formula) -> Formula:
    """A square, cube or reciprocal by products and quotients."""
    if code == _RECIPROCAL:
        one = whole(LITERAL.to_bytes(2, "little"), (1.0,), part.vocabulary)
        return joined(_DIVIDE, one, part)
    square = joined(_MULTIPLY, part, part)
    return square if code == _SQUARE else joined(_MULTIPLY, part, square)


class Hashing:
    """Hashes of columns of values that do not mind rounding errors: exact ones, and ones up to factor and shift.

    A hash is made of random weighted sums, rounded to about nine digits. Weights that sum to zero do not see a shift,
    and the ratio of two sums does not see a factor.
    """

    def __init__(self, rows: int) -> None:
        generator = np.random.Generator(np.random.PCG64(20230601))
        self.weights = generator.standard_normal((rows, 5))
        self.weights[:, 2:] -= self.weights[:, 2:].mean(axis=0)

    def of(self, values: Floats) -> tuple[Ints, Ints]:
        """The exact and the affine hash of each row of values; an affine hash of 0 means a constant."""
        sums = weighted(values, self.weights)
        return _mixed(sums[:, 0], sums[:, 1]), self._affine(sums[:, 2:], lengths(values))

    def affine(self, values: Floats) -> Ints:
        """The affine hashes; 0 for rows that are constant or not finite."""
        with np.errstate(all="ignore"):
            return self._affine(weighted(values, self.weights[:, 2:]), lengths(values))

    def _affine(self, sums: Floats, size: Floats) -> Ints:
        with np.errstate(all="ignore"):
            found = _mixed(sums[:, 1] / sums[:, 0], sums[:, 2] / sums[:, 0])
            constant = ~(lengths(sums) > 1e-9 * size) | ~np.isfinite(size)
        found[found == 0] = 1
        found[constant] = 0
        return found


def lengths(rows: Floats) -> Floats:
    """The Euclidean length of each row."""
    squares: Floats = np.einsum("ij,ij->i", rows, rows)
    return np.sqrt(squares)


def weighted(values: Floats, weights: Floats) -> Floats:
    """The matrix product, in pieces so small that no library takes a second thread to them."""
    out = np.empty((len(values), weights.shape[1]))
    for start in range(0, len(values), 2000):
        np.matmul(values[start : start + 2000], weights, out=out[start : start + 2000])
    return out


def _mixed(a: Floats, b: Floats) -> Ints:
    """One number for two, each rounded to about nine digits."""
    return _rounded(a) * np.int64(0x9E3779B97F4A7C1) + _rounded(b) * np.int64(0x2545F4914F6CDD1D)


def _rounded(a: Floats) -> Ints:
    mantissa, exponent = np.frexp(np.where(np.isfinite(a), a, 0.0))
    rounded: Ints = np.rint(mantissa * (1 << 30)).astype(np.int64)
    return rounded + (exponent.astype(np.int64) << 34)


def _among(wanted: Ints, known: Ints) -> NDArray[np.bool_]:
    """Which numbers are among sorted ones."""
    if not len(known):
        return np.zeros(len(wanted), dtype=bool)
    places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    found: NDArray[np.bool_] = known[places] == wanted
    return found


def _pieces(span: range, length: int) -> Iterator[Ints]:
    for start in range(span.start, span.stop, length):
        yield np.arange(start, min(span.stop, start + length))


def _made(code: int, left: Ints, right: Ints) -> Ints:
    return np.stack([np.full(len(left), code), left, right], axis=1)


def _applied(code: int, *operands: Floats) -> Floats:
    with np.errstate(all="ignore"):
        return np.asarray(OPERATORS[code].function(*operands), dtype=np.float64)


def joined(code: int, *parts: Formula) -> Formula:
    """An operator above some formulas of one vocabulary.

    >>> from inlay.spaces.formulas import parse_formula
    >>> x = parse_formula("x", ["x"])
    >>> str(joined(BY_NAME["sin"].code, joined(_ADD, x, x)))
    'sin(x + x)'
    """
    numbers: tuple[Any, ...] = sum((part.numbers for part in parts), ())
    return whole(code.to_bytes(2, "little") + b"".join([part.code for part in parts]), numbers, parts[0].vocabulary)
