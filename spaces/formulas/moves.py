"""Moves between formulas: new parts, other symbols, hoists, shrinks, insertions, other numbers, and crossing parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from ..choosers import Chooser, Draw, Simplest
from ..errors import NoOtherMember
from .formula import Formula, whole
from .growth import Place, grown, slots_of
from .operators import CONSTANT, LITERAL
from .typed_nodes import nodes_of_member
from .unit_moves import insertions, types_of, with_insertion

if TYPE_CHECKING:
    from .formulas import Formulas

#: How often a move that leads nowhere is tried again before another member is drawn.
ATTEMPTS = 30
#: How often two formulas are crossed at other places before one of them is handed back.
CROSSINGS = 10


def changed(space: Formulas, formula: Formula, rng: Random) -> Formula:
    """Another member one tree move away, of another key where a few attempts find one; raises `NoOtherMember`."""
    other = None
    for attempt in range(2 * ATTEMPTS):
        move = MOVES[int(rng.random() * len(MOVES))] if attempt < ATTEMPTS else regrown
        found = move(space, formula, int(rng.random() * formula.size), Draw(rng))
        if found is not None and found != formula and space.contains(found):
            if space.key(found) != space.key(formula):
                return found
            other = found
    if other is not None:
        return other
    members: Iterator[Formula] = space.enumerate() if space.finite else iter(())
    for found in members:
        if found != formula:
            return found
    raise NoOtherMember(f"{space!r} has no other member than {formula!r}")


# -- single moves: None where there is none ----------------------------------------------------------------------------

Move = Callable[["Formulas", Formula, int, Chooser], Formula | None]


def regrown(space: Formulas, formula: Formula, node: int, choose: Chooser) -> Formula | None:
    """A new part in the place of an old one."""
    return formula.spliced(node, grown(space, formula, node, choose))


def renamed(space: Formulas, formula: Formula, node: int, choose: Chooser) -> Formula | None:
    """Another symbol that takes the same operands."""
    options = replacements(space, formula, node)
    return options[choose.index(len(options), space)] if options else None


def replacements(space: Formulas, formula: Formula, node: int) -> list[Formula]:
    """Every formula in which one node has another symbol with as many operands, whether a member or not."""
    grammar, symbols = space.grammar, formula.symbols()
    at = formula.numbers_before(node)
    old = grammar.productions[nodes_of_member(grammar, formula)[node]]
    found = []
    for symbol in [grammar.productions[i] for i in grammar.giving[old.gives]]:
        if symbol != old and symbol.takes == old.takes:
            code = formula.code[: 2 * node] + symbol.code.to_bytes(2, "little") + formula.code[2 * node + 2 :]
            number = _first_number(space, symbol.code, symbol.number)
            numbers = formula.numbers[:at] + number + formula.numbers[at + (symbols[node] in (LITERAL, CONSTANT)) :]
            found.append(whole(code, numbers, formula.vocabulary))
    return found


def _first_number(space: Formulas, code: int, literal: float) -> tuple[float, ...]:
    """The numbers that a leaf needs: a literal's own, the middle of the range for a constant."""
    if code == LITERAL:
        return (literal,)
    if code == CONSTANT:
        return (1.0 if space.hole is None else space.hole.simplest(),)
    return ()


def hoisted(space: Formulas, formula: Formula, node: int, choose: Chooser) -> Formula | None:
    """A part in the place of a larger one that holds it."""
    inside = _inside(space, formula, node)
    return formula.spliced(node, formula.part(inside[choose.index(len(inside), space)])) if inside else None


def _inside(space: Formulas, formula: Formula, node: int) -> Sequence[int]:
    """The smaller parts of a part; with units those that have its unit."""
    inside = range(node + 1, formula.spans()[node])
    if space.grammar.units is None:
        return inside
    types = types_of(space, formula)
    return [i for i in inside if types[i] == types[node]]


def shrunk(space: Formulas, formula: Formula, node: int, choose: Chooser) -> Formula | None:
    """A leaf in the place of a part."""
    return formula.spliced(node, grown(space, formula, node, choose, room=1))


def inserted(space: Formulas, formula: Formula, node: int, choose: Chooser) -> Formula | None:
    """An operator above a part, which becomes one of its operands; the others are small."""
    if space.grammar.units is not None:
        above = insertions(space, types_of(space, formula)[node])
        at = choose.index(len(above), space) if above else 0
        return with_insertion(space, formula, node, above[at], choose) if above else None
    wrappers = [symbol for symbol in space.grammar.symbols if symbol.takes]
    if not wrappers:
        return None
    symbol = wrappers[choose.index(len(wrappers), space)]
    place = choose.index(symbol.arity, space)
    leaf = grown(space, formula, node, choose, room=1)
    part = formula.part(node)
    parts = [part if i == place else leaf for i in range(symbol.arity)]
    code = symbol.code.to_bytes(2, "little") + b"".join([operand.code for operand in parts])
    numbers = tuple([number for operand in parts for number in operand.numbers])
    return formula.spliced(node, whole(code, numbers, formula.vocabulary))


def renumbered(space: Formulas, formula: Formula, node: int, choose: Chooser) -> Formula | None:
    """Another number in the place of one of the constants."""
    rng = getattr(choose, "rng", None)
    values = formula.constants
    if space.hole is None or not values or rng is None or not space.hole.varies:
        return None
    at = int(rng.random() * len(values))
    return formula.with_constants([*values[:at], space.hole.change(values[at], rng), *values[at + 1 :]])


MOVES: tuple[Move, ...] = (regrown, renamed, hoisted, shrunk, inserted, renumbered)

# -- neighbours and crossing -------------------------------------------------------------------------------------------


def alternatives(space: Formulas, formula: Formula) -> Iterator[Formula]:
    """The members one renaming, hoist, insertion, shrinking or step of a constant away, new parts at their simplest."""
    return (found for found in _candidates(space, formula) if found != formula and space.contains(found))


def _candidates(space: Formulas, formula: Formula) -> Iterator[Formula]:
    for node in range(formula.size):
        yield from replacements(space, formula, node)
        for inside in _inside(space, formula, node):
            yield formula.spliced(node, formula.part(inside))
        yield formula.spliced(node, grown(space, formula, node, Simplest(), room=1))
        yield from _insertions(space, formula, node)
    for at, constant in enumerate(formula.constants if space.hole is not None else ()):
        for other in space.hole.alternatives(constant):  # type: ignore[union-attr]
            yield formula.with_constants([*formula.constants[:at], other, *formula.constants[at + 1 :]])


def _insertions(space: Formulas, formula: Formula, node: int) -> Iterator[Formula]:
    """Every operator above a part, its other operands at their simplest."""
    if space.grammar.units is not None:
        scripts = [[which] for which in range(len(insertions(space, types_of(space, formula)[node])))]
    else:
        arities = [symbol.arity for symbol in space.grammar.symbols if symbol.takes]
        scripts = [[which, place] for which, arity in enumerate(arities) for place in range(arity)]
    for script in scripts:
        found = inserted(space, formula, node, _Scripted(script))
        if found is not None:
            yield found


class _Scripted(Simplest):
    """Answers a few questions as told, and the others at their simplest."""

    def __init__(self, script: list[int]) -> None:
        super().__init__()
        self.script = list(script)

    def index(self, n: int, hole: Any, weights: Any = None) -> int:
        return self.script.pop(0) if self.script else super().index(n, hole, weights)


def crossed(space: Formulas, first: Formula, second: Formula, rng: Random) -> Formula:
    """The first with a part of the second in the place of one of its own; one of them where nothing fits.

    Source: Koza, 1992, Genetic Programming (subtree crossover).
    """
    if first == second:
        return first
    for _ in range(CROSSINGS):
        node = int(rng.random() * first.size)
        fitting = _fitting(space, second, slots_of(space, first)[node], first.part(node))
        if not fitting:
            continue
        child = first.spliced(node, second.part(fitting[int(rng.random() * len(fitting))]))
        if space.contains(child):
            return child
    return first if rng.random() < 0.5 else second


def _fitting(space: Formulas, formula: Formula, place: Place, part: Formula) -> list[int]:
    """The parts of a formula that are small enough for a place; with units other ones than stand there, of its unit."""
    ends = formula.spans()
    small = [i for i in range(formula.size) if ends[i] - i <= place.room]
    if space.grammar.units is None:
        return small
    types = types_of(space, formula)
    return [i for i in small if types[i] == place.slot.state.type and formula.part(i) != part]
