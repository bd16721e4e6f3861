"""Moves in spaces with units: which parts and which operators above a part leave every unit as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..choosers import Chooser
from .formula import Formula, whole
from .growth import filling, slots_of
from .typed_nodes import nodes_of_member

if TYPE_CHECKING:
    from .formulas import Formulas


class Insertion(NamedTuple):
    """A production that may stand above a part, which becomes its operand at a place."""

    production: int
    place: int


def types_of(space: Formulas, formula: Formula) -> list[int]:
    """The type of the slot of every node of a member."""
    productions = space.grammar.productions
    return [productions[i].gives for i in nodes_of_member(space.grammar, formula)]


def insertions(space: Formulas, kind: int) -> list[Insertion]:
    """What may stand above a part of a type and gives that type again."""
    productions = space.grammar.productions
    return [
        Insertion(i, place)
        for i in space.grammar.giving.get(kind, ())
        for place, operand in enumerate(productions[i].takes)
        if operand == kind
    ]


def with_insertion(
    space: Formulas, formula: Formula, node: int, insertion: Insertion, choose: Chooser
) -> Formula | None:  # fmt: skip
    """A formula with an operator above a part, its other operands as small as can be; None where nothing fills them."""
    grammar, (slot, _) = space.grammar, slots_of(space, formula)[node]
    parts = []
    for i, below in enumerate(reversed(grammar.below(slot, insertion.production))):
        part = formula.part(node) if i == insertion.place else filling(space, below, 1, len(formula.constants), choose)
        if part is None:
            return None
        parts.append(part)
    code = grammar.productions[insertion.production].code.to_bytes(2, "little") + b"".join([p.code for p in parts])
    numbers = tuple([number for part in parts for number in part.numbers])
    return formula.spliced(node, whole(code, numbers, formula.vocabulary))
