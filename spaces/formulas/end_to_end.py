"""Formulas laid out end to end as arrays of nodes, made from such arrays, and their keys all at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, pairwise
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


def formulas_from(nodes: Nodes, vocabulary: Vocabulary) -> list[Formula]:
    """The formulas of nodes that are known to make whole expressions."""
    text = nodes.codes.astype("<i2").tobytes()
    there = is_number(nodes.codes)
    numbers = nodes.numbers[there].tolist()
    ends = starts_of(nodes.sizes)
    counted = starts_of(there)[ends].tolist()
    return [
        whole(text[first:last], tuple(numbers[start:end]), vocabulary)
        for (first, last), (start, end) in zip(pairwise((2 * ends).tolist()), pairwise(counted), strict=True)
    ]


def starts_of(sizes: NDArray[np.generic]) -> Integers:
    """Where each of some stretches begins, and at last where all end."""
    starts = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts


# -- keys ------------------------------------------------------------------------------------------------------------


def set_keys(formulas: Sequence[Formula], abstract: bool, nodes: Nodes | None = None) -> None:
    """Give formulas of one vocabulary their keys: those of `identity.field_key`."""
    if not formulas:
        return
    if not NUMBA:
        for formula in formulas:
            formula.key = field_key(formula, abstract)
        return
    text = _field_values(nodes_of(formulas) if nodes is None else nodes, formulas[0].vocabulary, abstract).tobytes()
    for i, formula in enumerate(formulas):
        formula.key = text[16 * i : 16 * i + 16]


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
    set_keys([formula for formula in formulas if formula.key is None], abstract)
    return [formula.key or b"" for formula in formulas]
