"""Moves in spaces with units: which parts, symbols and operators above a part keep all units as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..choosers import Chooser
from .formula import Formula, whole
from .grammar import Slot
from .growth import filled_slot, slots_of
from .typed_nodes import nodes_of_member

if TYPE_CHECKING:
    from .formulas import Formulas


class Insertion(NamedTuple):
    """A production that may stand above a part, which becomes the operand at a place."""

    production: int
    place: int


def types_of(space: Formulas, formula: Formula) -> list[int]:
    """The type of the slot of every node."""
    return [space.grammar.productions[i].gives for i in nodes_of_member(space.grammar, formula)]


def insertions(space: Formulas, kind: int) -> list[Insertion]:
    """What may stand above a part of a type so that its slot keeps the type, and everything else its unit."""
    productions = space.grammar.productions
    return [
        Insertion(i, place)
        for i in space.grammar.giving.get(kind, ())
        for place, operand in enumerate(productions[i].takes)
        if operand == kind
    ]


def with_insertion(
    space: Formulas, formula: Formula, node: int, insertion: Insertion, choose: Chooser
) -> Formula:  # fmt: skip
    """A formula with an operator above a part; the other operands are as small as their units allow."""
    ...
