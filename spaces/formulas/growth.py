"""Growing parts of formulas: what fits in the place of a part, and a draw of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..choosers import Chooser
from .formula import Formula, whole
from .grammar import Slot
from .typed_nodes import nodes_of_member

if TYPE_CHECKING:
    from .formulas import Formulas


class Place(NamedTuple):
    """The slot of a node, and how many nodes may stand there when the rest of the formula stays."""

    slot: Slot
    room: int


def slots_of(space: Formulas, formula: Formula) -> list[Place]:
    """For each node of a member its place."""
    from .formulas import Walk

    walk, ends, found = Walk(space.grammar), formula.spans(), []
    spare = space.grammar.max_size - formula.size
    for node, production in enumerate(nodes_of_member(space.grammar, formula)):
        found.append(Place(walk.stack[-1], spare + ends[node] - node))
        walk.place(production)
    return found


def grown(space: Formulas, formula: Formula, node: int, choose: Chooser, room: int | None = None) -> Formula:
    """A part for the place of a node, of at most `room` nodes where that many can fill it."""
    from .formulas import Walk, encoded

    place = slots_of(space, formula)[node]
    walk = Walk(space.grammar)
    walk.stack = [place.slot]
    least = int(space.grammar.least(place.slot.state, place.slot.levels))
    limit = place.room if room is None else max(room, least)
    walk.placed = space.grammar.max_size - limit
    walk.constants = len(formula.constants) - len(formula.part(node).constants)
    codes, numbers = space.filled(walk, choose)
    return whole(encoded(codes), tuple(numbers), formula.vocabulary)
