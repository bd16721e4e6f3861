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
    place = slots_of(space, formula)[node]
    others = len(formula.constants) - len(formula.part(node).constants)
    made = filling(space, place.slot, place.room if room is None else room, others, choose)
    assert made is not None  # the part that stands there does
    return made


def filling(space: Formulas, slot: Slot, room: int, constants: int, choose: Chooser) -> Formula | None:
    """A formula for a slot of at most `room` nodes, or of as few as can be where these are more; None where there is
    none. `constants`: how many constants stand elsewhere.
    """
    from .formulas import Walk, encoded

    least = space.grammar.fewest(slot)
    if least > space.grammar.max_size:
        return None
    walk = Walk(space.grammar)
    walk.stack = [slot]
    walk.placed = space.grammar.max_size - max(room, int(least))
    walk.constants = constants
    codes, numbers = space.filled(walk, choose)
    return whole(encoded(codes), tuple(numbers), space.vocabulary)
