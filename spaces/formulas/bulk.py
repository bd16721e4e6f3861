"""Many formulas at once: samples, mutations, crossings and keys by kernels.

Formulas become rows of an array, a kernel makes other rows, and these become formulas. The kernels draw from a stream
of their own, so the same formulas come out with Numba and without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bulk_kernels import Row, Work, sample_rows, work_for
from .bulk_moves import FIRST, change_rows, cross_rows
from .bulk_tables import Floats, Integers, Tables, tables_of
from .compiled import first_use
from .end_to_end import Nodes, field_keys, formulas_from, keys_of, nodes_of
from .formula import Formula
from .operators import CONSTANT, LITERAL
from .random_streams import stream_from

if TYPE_CHECKING:
    from .formulas import Formulas

#: How often a formula whose key stays the same is mutated by kernels, before it is mutated by itself.
ROUNDS = 2


class Rows(NamedTuple):
    """Formulas of one space, each a row; the first `sizes[i]` entries of row i count."""

    row: Row
    sizes: Integers

    def take(self, which: Integers) -> Rows:
        """Some of the rows."""
        return Rows(Row(self.row.symbols[which], self.row.numbers[which]), self.sizes[which])


def bulk_for(space: Formulas) -> Bulk | None:
    """What makes many members of a space at once; None where kernels cannot serve it."""
    tables = tables_of(space)
    return None if tables is None else Bulk(space, tables)


class Bulk:
    """Makes many members of a space at once."""

    def __init__(self, space: Formulas, tables: Tables) -> None:
        self.space, self.tables, self.rules = space, tables, tables.rules

    def sample(self, n: int, rng: Random) -> list[Formula]:
        """`n` members, distributed like single samples; the same in one call or in several."""
        made, streams = self._empty(n), np.array([stream_from(rng) for _ in range(n)]).reshape(n, 2)
        with first_use("kernels that draw formulas"):
            sample_rows(self.rules, *made, streams, work_for(self.rules, np.ones(2, dtype=np.int64)))
            return self.formulas(made)

    def mutate(self, values: Sequence[Formula], rng: Random) -> list[Formula]:
        """Each member one tree move on, with another key where a few attempts find one."""
        old = self.rows(values)
        if old is None:
            return [self.space.mutate(value, rng) for value in values]
        made, work = self._empty(len(values)), self._work(rng)
        keys, found = keys_of(values, self.space.fitted), list(values)
        which = np.arange(len(values))
        for _ in range(ROUNDS if len(values) else 0):
            with first_use("kernels that change formulas"):
                change_rows(self.rules, *old, which, *made, work)
            which = self._taken(which, made, found, keys)
            if not len(which):
                break
        for i in which.tolist():
            found[i] = self.space.mutate(values[i], rng)
        return found

    def _taken(self, which: Integers, made: Rows, found: list[Formula], keys: Sequence[bytes]) -> Integers:
        """Take the new rows `which` over as formulas; gives those of them that are none or have their old keys."""
        there = made.sizes[which] > 0
        left = which[~there].tolist()
        for i, new in zip(which[there].tolist(), self.formulas(made.take(which[there])), strict=True):
            found[i] = new
            if new.key == keys[i]:
                left.append(i)
        return np.array(left, dtype=np.int64)

    def cross(self, firsts: Sequence[Formula], seconds: Sequence[Formula], rng: Random) -> list[Formula]:
        """The first of each pair with a part of the second; one of them where nothing fits."""
        rows, others = self.rows(firsts), self.rows(seconds)
        if rows is None or others is None:
            return [self.space.crossover(a, b, rng) for a, b in zip(firsts, seconds, strict=True)]
        made, memory = self._empty(len(firsts)), np.zeros(self.rules.max_size, dtype=np.int64)
        with first_use("kernels that cross formulas"):
            cross_rows(self.rules, *rows, *others, *made, memory, self._work(rng))
        found = [a if size == FIRST else b for a, b, size in zip(firsts, seconds, made.sizes.tolist(), strict=True)]
        which = np.flatnonzero(made.sizes > 0)
        for i, new in zip(which.tolist(), self.formulas(made.take(which)), strict=True):
            found[i] = new
        return found

    def _work(self, rng: Random) -> Work:
        return work_for(self.rules, stream_from(rng))

    # -- rows and formulas -------------------------------------------------------------------------------------------

    def _empty(self, n: int) -> Rows:
        shape = n, self.rules.max_size
        return Rows(Row(np.zeros(shape, dtype=np.int64), np.zeros(shape)), np.zeros(n, dtype=np.int64))

    def _filled(self, sizes: Integers) -> NDArray[np.bool_]:
        """Which entries of rows count."""
        filled: NDArray[np.bool_] = np.arange(self.rules.max_size) < sizes[:, None]
        return filled

    def rows(self, values: Sequence[Formula]) -> Rows | None:
        """The rows of formulas; None where one of them cannot be a member."""
        own = self.space.vocabulary
        if any(v.__class__ is not Formula or (v.vocabulary is not own and v.vocabulary != own) for v in values):
            return None
        nodes = nodes_of(values)
        symbols = self._symbols(nodes)
        if nodes.sizes.max(initial=0) > self.rules.max_size or symbols.min(initial=0) < 0:
            return None
        made = self._empty(len(values))._replace(sizes=nodes.sizes)
        filled = self._filled(nodes.sizes)
        made.row.symbols[filled] = symbols
        made.row.numbers[filled] = np.where(nodes.codes == CONSTANT, nodes.numbers, 0.0)
        return made

    def _symbols(self, nodes: Nodes) -> Integers:
        """The symbols of nodes; -1 for those that the grammar has not."""
        tables = self.tables
        symbols = np.append(tables.symbols, -1)[np.minimum(nodes.codes, len(tables.symbols))]
        literal = nodes.codes == LITERAL
        if len(tables.literals) and literal.any():
            symbols[literal] = self._literals(nodes.numbers[literal])
        return symbols

    def _literals(self, numbers: Floats) -> Integers:
        known = self.tables.literals
        places = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
        return np.where(known[places] == numbers, self.tables.literal_symbols[places], -1)

    def formulas(self, rows: Rows) -> list[Formula]:
        """The formulas of rows, with their keys."""
        filled = self._filled(rows.sizes)
        symbols = rows.row.symbols[filled]
        codes = self.tables.codes[symbols]
        numbers = np.where(codes == CONSTANT, rows.row.numbers[filled], self.tables.numbers[symbols])
        nodes, vocabulary = Nodes(codes, numbers, rows.sizes), self.space.vocabulary
        return formulas_from(nodes, vocabulary, field_keys(nodes, vocabulary, self.space.fitted))
