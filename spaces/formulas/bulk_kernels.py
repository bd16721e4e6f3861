"""Kernels on rows of symbols: slots, growth and membership of formulas in prefix order.

Their rules are those of `Grammar`, under the assumptions of `tables_of`: so what may fill a slot depends on its bans,
its levels and the room alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .bulk_tables import Floats, Integers, Rules
from .compiled import compiled, compiled_beneath, compiled_inside
from .random_streams import Stream, uniform


class Row(NamedTuple):
    """A formula of which the first `n` entries count: the places of its symbols in the grammar, and its numbers.

    Both stand in prefix order; the numbers are those of free constants, and 0 elsewhere.
    """

    symbols: Integers
    numbers: Floats


class Work(NamedTuple):
    """What kernels write to: what is known of each node, a stack of open slots, a new part, and the random stream."""

    ends: Integers
    banned: Integers
    levels: Integers
    open_banned: Integers
    open_levels: Integers
    part: Row
    stream: Stream


def work_for(rules: Rules, stream: Stream) -> Work:
    """Memory for the formulas of a grammar."""
    width = rules.max_size + 4
    a, b, c, d, e, symbols = [np.zeros(width, dtype=np.int64) for _ in range(6)]
    return Work(a, b, c, d, e, Row(symbols, np.zeros(width)), stream)


# -- growth ----------------------------------------------------------------------------------------------------------


@compiled_inside
def fits(rules: Rules, symbol: int, banned: int, levels: int, room: int, free: int) -> bool:
    """Whether a symbol may fill a slot, with `free` more constants allowed."""
    arity = rules.arities[symbol]
    if arity >= room or (arity > 0 and levels < 2):
        return False
    return bool(banned & rules.bits[symbol] == 0 and (symbol != rules.constant or free > 0))


@compiled_inside
def drawn_symbol(rules: Rules, banned: int, levels: int, room: int, free: int, stream: Stream) -> int:
    """A random symbol for a slot, by the weights; -1 where none fits."""
    total, count, found = 0.0, len(rules.arities), -1
    for symbol in range(count):
        if fits(rules, symbol, banned, levels, room, free):
            total += rules.weights[symbol]
    left = uniform(stream) * total
    for symbol in range(count):
        if left >= 0 and fits(rules, symbol, banned, levels, room, free):
            found = symbol
            left -= rules.weights[symbol]
    return found


@compiled_inside
def drawn_number(rules: Rules, stream: Stream) -> float:
    """A random value of a constant."""
    return min(rules.low + (rules.high - rules.low) * uniform(stream), rules.high)


@compiled_inside
def beneath(rules: Rules, symbol: int, banned: int, levels: int) -> int:
    """The bans of the slots that a symbol opens in a slot; what is banned at the root may stand beneath it."""
    return int(rules.bans[symbol] if levels == rules.max_depth else banned | rules.bans[symbol])


@compiled_inside
def opened(rules: Rules, symbol: int, banned: int, levels: int, count: int, work: Work) -> int:
    """Open, on a stack, the slots of a symbol that fills one of these bans and levels; gives how many are open."""
    below = beneath(rules, symbol, banned, levels)
    for _ in range(rules.arities[symbol]):
        work.open_banned[count], work.open_levels[count] = below, levels - 1
        count += 1
    return count


@compiled_beneath
def grown(rules: Rules, row: Row, banned: int, levels: int, room: int, free: int, work: Work) -> int:
    """Fill a slot at random, from the beginning of a row on; gives the number of nodes, -1 where nothing fits."""
    count, placed = 1, 0
    work.open_banned[0], work.open_levels[0] = banned, levels
    while count > 0:
        count -= 1
        inherited, deep = work.open_banned[count], work.open_levels[count]
        symbol = drawn_symbol(rules, inherited, deep, room - placed - count, free, work.stream)
        if symbol < 0:
            return -1
        row.symbols[placed], row.numbers[placed] = symbol, 0.0
        if symbol == rules.constant:
            row.numbers[placed] = drawn_number(rules, work.stream)
            free -= 1
        count = opened(rules, symbol, inherited, deep, count, work)
        placed += 1
    return placed


@compiled
def sample_rows(rules: Rules, rows: Row, sizes: Integers, streams: Integers, work: Work) -> None:
    """Fill every row with a random formula, drawn from a stream of its own."""
    for i in range(len(sizes)):
        work.stream[0], work.stream[1] = streams[i, 0], streams[i, 1]
        row = Row(rows.symbols[i], rows.numbers[i])
        sizes[i] = grown(rules, row, rules.root_bans, rules.max_depth, rules.max_size, rules.max_constants, work)


# -- what is there ---------------------------------------------------------------------------------------------------


@compiled_beneath
def measure(rules: Rules, row: Row, n: int, work: Work) -> None:
    """Find for every node where its part ends, what is banned in its slot, and how many levels may hang there."""
    for i in range(n - 1, -1, -1):
        end = i + 1
        for _ in range(rules.arities[row.symbols[i]]):
            end = work.ends[end]
        work.ends[i] = end
    work.banned[0], work.levels[0] = rules.root_bans, rules.max_depth
    for i in range(n):
        below, child = beneath(rules, row.symbols[i], work.banned[i], work.levels[i]), i + 1
        for _ in range(rules.arities[row.symbols[i]]):
            work.banned[child], work.levels[child] = below, work.levels[i] - 1
            child = work.ends[child]


@compiled_beneath
def free_constants(rules: Rules, row: Row, n: int, start: int, end: int) -> int:
    """How many constants may stand in the place of the nodes from `start` to before `end`."""
    free = rules.max_constants
    for i in range(n):
        if row.symbols[i] == rules.constant and not start <= i < end:
            free -= 1
    return free


@compiled_beneath
def is_member(rules: Rules, row: Row, n: int, work: Work) -> bool:
    """Whether a whole formula keeps all bounds and rules."""
    if n < 1 or n > rules.max_size or free_constants(rules, row, n, n, n) < 0:
        return False
    count = 1
    work.open_banned[0], work.open_levels[0] = rules.root_bans, rules.max_depth
    for i in range(n):
        count -= 1
        banned, levels = work.open_banned[count], work.open_levels[count]
        if levels < 1 or banned & rules.bits[row.symbols[i]] != 0:
            return False
        count = opened(rules, row.symbols[i], banned, levels, count, work)
    return True


@compiled_beneath
def alike(row: Row, n: int, other: Row, m: int) -> bool:
    """Whether two formulas are equal."""
    same = n == m
    for i in range(n if same else 0):
        same = same and row.symbols[i] == other.symbols[i] and row.numbers[i] == other.numbers[i]
    return same
