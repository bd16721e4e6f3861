"""Grammars as flat tables of numbers, for kernels that make many formulas at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .grammar import Grammar, Symbol
from .operators import CONSTANT, LITERAL

if TYPE_CHECKING:
    from .formulas import Formulas

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

#: How many symbols may stand in rules: each needs a bit of a signed number.
MOST_BANNED = 62


class Rules(NamedTuple):
    """What a kernel must know of a grammar: an entry for each symbol, then the bounds.

    `bits`: the bit of a symbol that some rule bans, else 0. `bans`: the bits that must not stand beneath a symbol.
    `by_arity`: the symbols sorted by arity; those of arity a stand from `starts[a]` to before `starts[a + 1]`.
    `constant`: the symbol of a free number, or -1; it lies from `low` to `high`.
    """

    arities: Integers
    weights: Floats
    bits: Integers
    bans: Integers
    by_arity: Integers
    starts: Integers
    root_bans: int
    constant: int
    low: float
    high: float
    max_size: int
    max_depth: int
    max_constants: int


class Tables(NamedTuple):
    """The rules, and what leads from codes to symbols and back; -1 where a code has no symbol."""

    rules: Rules
    codes: Integers  # of each symbol
    numbers: Floats  # of each symbol: what a literal is worth
    symbols: Integers  # of each code
    literals: Floats  # in ascending order
    literal_symbols: Integers  # in the same order


def tables_of(space: Formulas) -> Tables | None:
    """The tables of a space, or None where the kernels cannot serve it.

    They need operators from real numbers to real numbers without units, at most 62 symbols in rules, a variable or
    literal that no operator bans (so that a slot always takes one node at least), and constants drawn evenly from a
    range.
    """
    grammar, hole = space.grammar, space.hole
    even = hole is None or (not hole.log and hole.step is None)
    rules = _bits(grammar)
    if not even or rules is None or not _plain(grammar) or not _has_free_leaf(grammar):
        return None
    low, high = (1.0, 1.0) if hole is None else (hole.low, hole.high)
    bits, bans, root_bans = rules
    arities = np.array([symbol.arity for symbol in grammar.symbols], dtype=np.int64)
    made = Rules(
        arities,
        weights=np.array([symbol.weight for symbol in grammar.symbols], dtype=np.float64),
        bits=bits,
        bans=bans,
        by_arity=np.argsort(arities, kind="stable"),
        starts=np.searchsorted(np.sort(arities), np.arange(5)),
        root_bans=root_bans,
        constant=grammar.by_code.get(CONSTANT, -1),
        low=low,
        high=high,
        max_size=grammar.max_size,
        max_depth=grammar.max_depth,
        max_constants=grammar.max_constants,
    )
    return _with_codes(made, grammar.symbols)


def _with_codes(rules: Rules, symbols: tuple[Symbol, ...]) -> Tables:
    codes = np.array([symbol.code for symbol in symbols], dtype=np.int64)
    places = np.full(max(CONSTANT, int(codes.max())) + 1, -1, dtype=np.int64)
    places[codes] = np.arange(len(symbols))
    places[LITERAL] = -1  # which literal it is, its number says
    literals = sorted((symbol.number, i) for i, symbol in enumerate(symbols) if symbol.code == LITERAL)
    return Tables(
        rules,
        codes,
        numbers=np.array([symbol.number for symbol in symbols], dtype=np.float64),
        symbols=places,
        literals=np.array([number for number, _ in literals], dtype=np.float64),
        literal_symbols=np.array([i for _, i in literals], dtype=np.int64),
    )


def _plain(grammar: Grammar) -> bool:
    """Whether every operator leads from real numbers to one, whatever their units."""
    kinds = {kind for symbol in grammar.symbols for kind in (*symbol.takes, symbol.gives)}
    return kinds == {0} and grammar.units is None


def _has_free_leaf(grammar: Grammar) -> bool:
    banned = set[str]().union(*[names for name, names in grammar.forbidden.items() if name != "root"])
    return any(not symbol.takes and symbol.code != CONSTANT and symbol.name not in banned for symbol in grammar.symbols)


def _bits(grammar: Grammar) -> tuple[Integers, Integers, int] | None:
    """The bits of the symbols, what each bans, and what the root bans; None where there are too many."""
    banned = sorted(set[str]().union(*grammar.forbidden.values()))
    if len(banned) > MOST_BANNED:
        return None
    bit = {name: 1 << i for i, name in enumerate(banned)}

    def bans(name: str) -> int:
        return sum(bit[other] for other in grammar.forbidden.get(name, ()))

    bits = np.array([bit.get(symbol.name, 0) for symbol in grammar.symbols], dtype=np.int64)
    return bits, np.array([bans(symbol.name) for symbol in grammar.symbols], dtype=np.int64), bans("root")
