"""Formulas laid out end to end as arrays of nodes, made from such arrays, and their keys all at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, pairwise, repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .compiled import NUMBA
from .formula import Formula, whole
from .identity import field_key
from .operators import CONSTANT, LITERAL, OPERATORS, OWN
from .vocabulary import Vocabulary

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


class Nodes(NamedTuple):
    """The nodes of many formulas, one formula after the other, each in prefix order.

    `numbers` has an entry for every node, 0 where it is no literal or constant; formula i has `sizes[i]` nodes.
    """

    codes: Integers
    numbers: Floats
    sizes: Integers


def nodes_of(formulas: Sequence[Formula]) -> Nodes:
    """The nodes of formulas.

    >>> from inlay.spaces.formulas import parse_formula
    >>> nodes = nodes_of([parse_formula("x + 2", ["x"]), parse_formula("x", ["x"])])
    >>> nodes.codes.tolist(), nodes.numbers.tolist(), nodes.sizes.tolist()
    ([0, 256, 254, 256], [0.0, 0.0, 2.0, 0.0], [3, 1])
    """
    codes = np.frombuffer(b"".join([formula.code for formula in formulas]), dtype="<i2").astype(np.int64)
    numbers = np.zeros(len(codes))
    numbers[is_number(codes)] = list(chain.from_iterable([formula.numbers for formula in formulas]))
    return Nodes(codes, numbers, np.array([len(formula.code) // 2 for formula in formulas], dtype=np.int64))


def is_number(codes: Integers) -> NDArray[np.bool_]:
    """Which nodes are literals or constants."""
    there: NDArray[np.bool_] = (codes == LITERAL) | (codes == CONSTANT)
    return there


def formulas_from(nodes: Nodes, vocabulary: Vocabulary, keys: Sequence[bytes | None] | None = None) -> list[Formula]:
    """The formulas of nodes that are known to make whole expressions, with their keys where these are known."""
    text = nodes.codes.astype("<i2").tobytes()
    there = is_number(nodes.codes)
    numbers = nodes.numbers[there].tolist()
    ends = starts_of(nodes.sizes)
    counted = starts_of(there)[ends].tolist()
    made = []
    for (first, last), (start, end), key in zip(
        pairwise((2 * ends).tolist()), pairwise(counted), keys or repeat(None, len(nodes.sizes)), strict=True
    ):
        formula = whole(text[first:last], tuple(numbers[start:end]) if start < end else (), vocabulary)
        formula.key = key
        made.append(formula)
    return made


def starts_of(sizes: NDArray[np.generic]) -> Integers:
    """Where each of some stretches begins, and at last where all end."""
    starts = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts


# -- keys ------------------------------------------------------------------------------------------------------------


def field_keys(nodes: Nodes, vocabulary: Vocabulary, abstract: bool) -> list[bytes]:
    """The keys of formulas of one vocabulary: those of `identity.field_key`, by a kernel where there is Numba."""
    if not len(nodes.sizes):
        return []
    if not NUMBA:
        return [field_key(formula, abstract) for formula in formulas_from(nodes, vocabulary)]
    text = _field_values(nodes, vocabulary, abstract).tobytes()
    return [text[i : i + 16] for i in range(0, len(text), 16)]


def _field_values(nodes: Nodes, vocabulary: Vocabulary, abstract: bool) -> NDArray[np.int64]:
    from .bulk_keys import key_rows

    out = np.zeros((len(nodes.sizes), 2), dtype="<i8")
    stack = np.zeros(nodes.sizes.max(), dtype=np.int64)
    key_rows(nodes.codes, nodes.numbers, starts_of(nodes.sizes), _arities(vocabulary), abstract, stack, out)
    return out


@lru_cache(maxsize=64)
def _arities(vocabulary: Vocabulary) -> Integers:
    """The arity of every operator by its code."""
    known = {**dict(enumerate(OPERATORS)), **dict(enumerate(vocabulary.own, OWN))}
    return np.array([known[code].arity if code in known else 0 for code in range(LITERAL)], dtype=np.int64)


def keys_of(formulas: Sequence[Formula], abstract: bool) -> list[bytes]:
    """The keys of formulas of one vocabulary; those that have none yet are given theirs."""
    lacking = [formula for formula in formulas if formula.key is None]
    if lacking:
        for formula, key in zip(lacking, field_keys(nodes_of(lacking), lacking[0].vocabulary, abstract), strict=True):
            formula.key = key
    return [formula.key or b"" for formula in formulas]
