"""Kernels that change and cross formulas: the tree moves of `moves`, on rows of symbols.

Every move makes a part that takes the place of another one: it writes the part into the working memory and gives the
number of its nodes, -1 where it leads nowhere. What `measure` finds of the old formula stands in the memory too.
"""

from __future__ import annotations

from .bulk_kernels import (
    Row,
    Work,
    alike,
    beneath,
    drawn_number,
    drawn_symbol,
    free_constants,
    grown,
    is_member,
    measure,
)
from .bulk_tables import Integers, Rules
from .compiled import compiled, compiled_beneath
from .random_streams import Stream, bell, drawn

#: How often a move that leads nowhere is tried again, and then how often a new part is tried.
ATTEMPTS = 30
#: How often two formulas are crossed at other places before one of them is handed back.
CROSSINGS = 10
#: What stands for nothing among sizes, and for one of the parents in those of crossed formulas.
NOTHING, FIRST, SECOND = -1, -2, -3

#: The moves by their numbers.
REGROW, RENAME, HOIST, SHRINK, INSERT, RENUMBER, MOVES = 0, 1, 2, 3, 4, 5, 6


@compiled_beneath
def copied(row: Row, first: int, last: int, out: Row, shift: int) -> None:
    """Copy the nodes from `first` to before `last`, each to the entry that lies `shift` further on."""
    for i in range(first, last):
        out.symbols[i + shift], out.numbers[i + shift] = row.symbols[i], row.numbers[i]


@compiled_beneath
def spliced(row: Row, n: int, node: int, size: int, out: Row, work: Work) -> int:
    """The formula with the part that a node heads replaced by the new part, of `size` nodes."""
    end, shift = work.ends[node], size - (work.ends[node] - node)
    if size < 0 or n + shift > len(out.symbols):
        return NOTHING
    copied(row, node - node, node, out, node - node)
    copied(work.part, node - node, size, out, node)
    copied(row, end, n, out, shift)
    return int(n + shift)


# -- moves -----------------------------------------------------------------------------------------------------------


@compiled_beneath
def regrown(rules: Rules, row: Row, n: int, node: int, most: int, work: Work) -> int:
    """A new part of at most `most` nodes."""
    end = work.ends[node]
    room = min(most, rules.max_size - n + end - node)
    free = free_constants(rules, row, n, node, end)
    return grown(rules, work.part, work.banned[node], work.levels[node], room, free, work)


@compiled_beneath
def renamed(rules: Rules, row: Row, node: int, work: Work) -> int:
    """Another symbol with the same operands."""
    old, end = row.symbols[node], work.ends[node]
    first, last = rules.starts[rules.arities[old]], rules.starts[rules.arities[old] + 1]
    if last - first < 2:
        return NOTHING
    symbol = rules.by_arity[first + drawn(work.stream) % (last - first - 1)]
    symbol = rules.by_arity[last - 1] if symbol == old else symbol
    copied(row, node, end, work.part, -node)
    work.part.symbols[0] = symbol
    work.part.numbers[0] = drawn_number(rules, work.stream) if symbol == rules.constant else 0.0
    return int(end - node)


@compiled_beneath
def hoisted(row: Row, node: int, work: Work) -> int:
    """A smaller part of the part."""
    end = work.ends[node]
    if end == node + 1:
        return NOTHING
    inside = node + 1 + drawn(work.stream) % (end - node - 1)
    copied(row, inside, work.ends[inside], work.part, -inside)
    return int(work.ends[inside] - inside)


@compiled_beneath
def inserted(rules: Rules, row: Row, n: int, node: int, work: Work) -> int:
    """An operator above the part, which becomes one of its operands; the others are leaves."""
    operators = len(rules.arities) - rules.starts[1]
    if operators == 0 or work.levels[node] < 2:
        return NOTHING
    symbol = rules.by_arity[rules.starts[1] + drawn(work.stream) % operators]
    place, at, end = drawn(work.stream) % rules.arities[symbol], node - node + 1, work.ends[node]
    if n + rules.arities[symbol] > rules.max_size:
        return NOTHING
    banned, free = beneath(rules, symbol, work.banned[node], work.levels[node]), free_constants(rules, row, n, n, n)
    work.part.symbols[0], work.part.numbers[0] = symbol, 0.0
    for i in range(rules.arities[symbol]):
        if i == place:
            copied(row, node, end, work.part, at - node)
            at += end - node
        else:
            free -= leaf_at(rules, at, banned, work.levels[node] - 1, free, work)
            at += 1
    return at


@compiled_beneath
def leaf_at(rules: Rules, at: int, banned: int, levels: int, free: int, work: Work) -> int:
    """Draw a leaf as an entry of the new part; gives how many constants it is."""
    room = min(1, rules.max_size)
    symbol = drawn_symbol(rules, banned, levels, room, free, work.stream)
    work.part.symbols[at] = symbol
    work.part.numbers[at] = drawn_number(rules, work.stream) if symbol == rules.constant else 0.0
    return 1 if symbol == rules.constant else 0


@compiled_beneath
def renumbered(rules: Rules, row: Row, node: int, work: Work) -> int:
    """A step of a constant: its scale is spread evenly over the orders from 0.1 % to all of the range."""
    width = rules.high - rules.low
    if row.symbols[node] != rules.constant or width == 0.0:
        return NOTHING
    step = width * bell(work.stream) / 2.0 ** (drawn(work.stream) % 11)
    reached = (row.numbers[node] - rules.low + step) % (2 * width)
    reached = rules.low + (reached if reached <= width else 2 * width - reached)
    work.part.symbols[0], work.part.numbers[0] = rules.constant, min(max(reached, rules.low), rules.high)
    return 1


@compiled_beneath
def new_part(rules: Rules, move: int, row: Row, n: int, node: int, work: Work) -> int:
    """The part that a move puts in the place of another one."""
    if move == RENAME:
        return renamed(rules, row, node, work)
    if move == HOIST:
        return hoisted(row, node, work)
    if move == INSERT:
        return inserted(rules, row, n, node, work)
    if move == RENUMBER:
        return renumbered(rules, row, node, work)
    return regrown(rules, row, n, node, 1 if move == SHRINK else rules.max_size, work)


@compiled_beneath
def place_for(rules: Rules, move: int, row: Row, n: int, stream: Stream) -> int:
    """A uniform node; for a step of a constant the first one from there on, where there is one."""
    node = drawn(stream) % n
    for i in range(n if move == RENUMBER else 0):
        if row.symbols[(node + i) % n] == rules.constant:
            return (node + i) % n
    return node


# -- many ------------------------------------------------------------------------------------------------------------


@compiled_beneath
def changed(rules: Rules, row: Row, n: int, out: Row, work: Work) -> int:
    """Another member, one move away; -1 where none was found."""
    measure(rules, row, n, work)
    for attempt in range(2 * ATTEMPTS):
        move = drawn(work.stream) % MOVES if attempt < ATTEMPTS else REGROW
        node = place_for(rules, move, row, n, work.stream)
        size = spliced(row, n, node, new_part(rules, move, row, n, node, work), out, work)
        if size > 0 and not alike(row, n, out, size) and is_member(rules, out, size, work):
            return size
    return NOTHING


@compiled
def change_rows(
    rules: Rules, rows: Row, sizes: Integers, which: Integers, out: Row, out_sizes: Integers, work: Work
) -> None:  # fmt: skip
    """Change the rows whose numbers are in `which`; the others of the new rows stay as they are."""
    for i in which:
        row, into = Row(rows.symbols[i], rows.numbers[i]), Row(out.symbols[i], out.numbers[i])
        out_sizes[i] = changed(rules, row, sizes[i], into, work)


@compiled_beneath
def part_within(room: int, n: int, ends: Integers, stream: Stream) -> int:
    """A uniform one of the nodes whose parts have at most `room` nodes, as leaves always do."""
    count, found = 0, 0
    for node in range(n):
        count += ends[node] - node <= room
    left = drawn(stream) % count
    for node in range(n):
        if ends[node] - node <= room:
            found = node if left == 0 else found
            left -= 1
    return found


@compiled_beneath
def crossed(rules: Rules, row: Row, n: int, other: Row, m: int, ends: Integers, out: Row, work: Work) -> int:
    """A formula with a part of another one, whose parts end at `ends`; or what stands for one of them."""
    measure(rules, row, n, work)
    for _ in range(CROSSINGS):
        node = drawn(work.stream) % n
        part = part_within(rules.max_size - n + work.ends[node] - node, m, ends, work.stream)
        copied(other, part, ends[part], work.part, -part)
        size = spliced(row, n, node, ends[part] - part, out, work)
        same = alike(row, n, out, size) or alike(other, m, out, size)
        if not same and is_member(rules, out, size, work):
            return size
    return FIRST if drawn(work.stream) % 2 == 0 else SECOND


@compiled
def cross_rows(
    rules: Rules, rows: Row, sizes: Integers, others: Row, other_sizes: Integers, out: Row, out_sizes: Integers,
    ends: Integers, work: Work,
) -> None:  # fmt: skip
    """Cross every row with another one; `ends` is memory for as many nodes as a formula may have."""
    for i in range(len(sizes)):
        row, other = Row(rows.symbols[i], rows.numbers[i]), Row(others.symbols[i], others.numbers[i])
        if alike(row, sizes[i], other, other_sizes[i]):
            out_sizes[i] = FIRST
            continue
        measure(rules, other, other_sizes[i], work)
        for node in range(other_sizes[i]):
            ends[node] = work.ends[node]
        out_sizes[i] = crossed(
            rules, row, sizes[i], other, other_sizes[i], ends, Row(out.symbols[i], out.numbers[i]), work
        )
