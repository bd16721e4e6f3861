"""Grammars: which symbols may stand where in a formula, so that every prefix can be completed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import NamedTuple

from ..errors import SpaceError
from .operators import CONSTANT, LITERAL, VARIABLE
from .vocabulary import Vocabulary

TYPES = ("real", "truth")


class Symbol(NamedTuple):
    """What may fill a slot: an operator, a variable, a literal (with its number) or the constant."""

    code: int
    name: str
    takes: tuple[int, ...]
    gives: int
    weight: float
    number: float = 0.0

    @property
    def arity(self) -> int:
        """How many slots it opens."""
        return len(self.takes)


class State(NamedTuple):
    """What a slot knows: the type it must have, and the symbols (as bits) that must not stand in it or below."""

    type: int
    banned: int


class Slot(NamedTuple):
    """An open place of a formula: its state, and how many levels may still hang there."""

    state: State
    levels: int


class Options(NamedTuple):
    """The symbols that may fill a slot, and their weights where they are not alike."""

    symbols: tuple[int, ...]
    weights: tuple[float, ...] | None


@dataclass(frozen=True)
class Grammar:
    """Symbols with rules: size, depth, number of constants, and what must not stand beneath what.

    `forbidden` maps the name of an operator (or "root") to the names that must not stand anywhere beneath it. A symbol
    is an option for a slot only where the formula can still be completed within `max_size` and `max_depth`.
    """

    vocabulary: Vocabulary
    symbols: tuple[Symbol, ...]
    max_size: int
    max_depth: int
    max_constants: int
    forbidden: Mapping[str, frozenset[str]] = field(default_factory=dict)

    # -- rules -------------------------------------------------------------------------------------------------------

    @cached_property
    def bans(self) -> tuple[int, ...]:
        """For each symbol the bits of those that must not stand beneath it."""
        return tuple([self._bits(self.forbidden.get(symbol.name, ())) for symbol in self.symbols])

    def _bits(self, names: Collection[str]) -> int:
        return sum(1 << i for i, symbol in enumerate(self.symbols) if symbol.name in names)

    @cached_property
    def root(self) -> Slot:
        """The slot of a whole formula."""
        return Slot(State(TYPES.index("real"), self._bits(self.forbidden.get("root", ()))), self.max_depth)

    def below(self, slot: Slot, symbol: int) -> list[Slot]:
        """The slots that a symbol opens in a slot, the last operand first: as a stack wants them."""
        banned = slot.state.banned | self.bans[symbol]
        if slot is self.root and "root" in self.forbidden:  # what is banned at the root may stand beneath it
            banned = self.bans[symbol]
        return [Slot(State(kind, banned), slot.levels - 1) for kind in reversed(self.symbols[symbol].takes)]

    # -- completion --------------------------------------------------------------------------------------------------

    @cached_property
    def _least(self) -> dict[tuple[State, int], float]:
        return {}

    def least(self, state: State, levels: int) -> float:
        """The least number of nodes that fill a slot, infinite where nothing does."""
        if levels <= 0:
            return inf
        key = state, min(levels, 2 * len(self.symbols) + 2)  # on the shortest way no state stands twice
        if key not in self._least:
            self._least[key] = self._found_least(*key)
        return self._least[key]

    def _found_least(self, state: State, levels: int) -> float:
        best = inf
        for i, symbol in enumerate(self.symbols):
            if symbol.gives == state.type and not state.banned >> i & 1:
                below = [self.least(State(kind, state.banned | self.bans[i]), levels - 1) for kind in symbol.takes]
                best = min(best, 1 + sum(below))
        return best

    @cached_property
    def _known_options(self) -> dict[tuple[Slot, bool, int, bool], Options]:
        return {}

    def options(self, slot: Slot, room: int, constants: bool) -> Options:
        """The symbols that may fill a slot within `room` nodes; `constants`: whether one more constant may come."""
        key = slot, slot is self.root, min(room, self.max_size), constants
        known = self._known_options.get(key)
        if known is None:
            known = self._known_options[key] = self._found_options(slot, room, constants)
        return known

    def _found_options(self, slot: Slot, room: int, constants: bool) -> Options:
        found = tuple([i for i in range(len(self.symbols)) if self._fits(i, slot, room, constants)])
        weights = tuple([self.symbols[i].weight for i in found])
        return Options(found, None if len(set(weights)) <= 1 else weights)

    def _fits(self, i: int, slot: Slot, room: int, constants: bool) -> bool:
        symbol = self.symbols[i]
        if symbol.gives != slot.state.type or slot.state.banned >> i & 1 or (symbol.code == CONSTANT and not constants):
            return False
        return 1 + sum(self.least(s.state, s.levels) for s in self.below(slot, i)) <= room

    def refusal(self, i: int, slot: Slot, room: int, constants: bool) -> str:
        """Why a symbol may not fill a slot."""
        symbol = self.symbols[i]
        if symbol.gives != slot.state.type:
            return f"{symbol.name} gives a {TYPES[symbol.gives]} where a {TYPES[slot.state.type]} must stand"
        if slot.state.banned >> i & 1:
            return f"{symbol.name} must not stand here: see the forbidden nestings of the space"
        if symbol.code == CONSTANT and not constants:
            return f"it holds more than {self.max_constants} constants"
        if symbol.takes and slot.levels <= 1:
            return f"it is deeper than {self.max_depth} levels"
        return f"it cannot be completed within {self.max_size} nodes and {self.max_depth} levels"

    # -- finding symbols ---------------------------------------------------------------------------------------------

    @cached_property
    def by_code(self) -> dict[int, int]:
        """The symbol of every code but literals."""
        return {symbol.code: i for i, symbol in enumerate(self.symbols) if symbol.code != LITERAL}

    @cached_property
    def by_number(self) -> dict[float, int]:
        """The symbol of every literal."""
        return {symbol.number: i for i, symbol in enumerate(self.symbols) if symbol.code == LITERAL}

    def symbol_of(self, code: int, number: float) -> int | None:
        """The symbol of a node, or None where the grammar has none."""
        return self.by_number.get(number) if code == LITERAL else self.by_code.get(code)


def symbols_of(
    vocabulary: Vocabulary, operators: Iterable[str], literals: Sequence[float], constants: bool,
    weights: Mapping[str, float],
) -> tuple[Symbol, ...]:  # fmt: skip
    """The symbols of a grammar: operators, variables, literals, the constant; raises `SpaceError` for unknown weights.

    Without weights of their own operators weigh 1, and leaves so much that a symbol opens one slot on average: then sizes
    spread over all that the bounds allow.
    """
    names = list(operators)
    leaves = [*vocabulary.variables, *map(literal_name, literals), *(["constant"] if constants else [])]
    unknown = sorted(set(weights) - {*names, *leaves})
    if unknown:
        raise SpaceError(f"weights for {', '.join(unknown)}: this space has {', '.join([*names, *leaves])}")
    arities = {name: vocabulary.operator(vocabulary.codes[name]).arity for name in names}
    spread = sum(weights.get(name, 1.0) * (arity - 1) for name, arity in arities.items())
    each = max(spread, sum(weights.get(name, 1.0) for name in names) / 4, 1.0) / max(1, len(leaves))
    made = []
    for name in names:
        operator = vocabulary.operator(vocabulary.codes[name])
        takes = tuple([TYPES.index(kind) for kind in operator.takes])
        weight = weights.get(name, 1.0)
        made.append(Symbol(vocabulary.codes[name], name, takes, TYPES.index(operator.gives), weight))
    for i, name in enumerate(vocabulary.variables):
        made.append(Symbol(VARIABLE + i, name, (), 0, weights.get(name, each)))
    for name, number in zip(map(literal_name, literals), literals, strict=True):
        made.append(Symbol(LITERAL, name, (), 0, weights.get(name, each), number))
    if constants:
        made.append(Symbol(CONSTANT, "constant", (), 0, weights.get("constant", each)))
    if any(not symbol.weight > 0 for symbol in made):
        raise SpaceError("weights must be positive: leave a symbol out instead of giving it no weight")
    return tuple(made)


def literal_name(number: float) -> str:
    """The name of a literal in weights and rules.

    >>> literal_name(2.0), literal_name(0.5)
    ('2', '0.5')
    """
    return repr(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)
