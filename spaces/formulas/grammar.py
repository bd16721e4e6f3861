"""Grammars: which symbols may stand where in a formula, so that every prefix can be completed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from math import inf
from typing import NamedTuple

from .grammar_symbols import TYPES
from .grammar_symbols import Symbol as Symbol
from .operators import CONSTANT, LITERAL
from .unit_types import PURE, Productions, UnitTypes
from .vocabulary import Vocabulary


class State(NamedTuple):
    """What a slot knows: the type it must have, and the symbols (as bits) that must not stand in it or below."""

    type: int
    banned: int


class Slot(NamedTuple):
    """An open place of a formula: its state, and how many levels may still hang there."""

    state: State
    levels: int


class Options(NamedTuple):
    """The productions that may fill a slot, and their weights where they are not alike."""

    productions: tuple[int, ...]
    weights: tuple[float, ...] | None


@dataclass(frozen=True)
class Grammar:
    """Symbols with rules: size, depth, number of constants, what must not stand beneath what, and units that match.

    `forbidden` maps the name of an operator (or "root") to the names that must not stand anywhere beneath it. What
    fills a slot is a production: a symbol with the types that it gives and takes, of which there are several with
    `units`. A production is an option for a slot only where the formula can still be completed within `max_size` and
    `max_depth`. `root_type` is the type of a whole formula.
    """

    vocabulary: Vocabulary
    symbols: tuple[Symbol, ...]
    max_size: int
    max_depth: int
    max_constants: int
    forbidden: Mapping[str, frozenset[str]] = field(default_factory=dict)
    units: UnitTypes | None = None
    root_type: int = PURE

    def __getstate__(self) -> dict[str, object]:
        """What a pickle holds: what was found from it can be found again."""
        return {name: getattr(self, name) for name in (*[part.name for part in fields(self)], "root")}

    # -- productions -------------------------------------------------------------------------------------------------

    @cached_property
    def _productions(self) -> Productions:
        return Productions.of(self.symbols) if self.units is None else self.units.productions(self.symbols)

    @cached_property
    def productions(self) -> tuple[Symbol, ...]:
        """What may fill slots: the symbols, with units once for each unit that they have beside operands of theirs."""
        return self._productions.symbols

    @property
    def floors(self) -> tuple[int, ...]:
        """The fewest nodes that the part that a production heads may have, where other rules are left aside."""
        return self._productions.floors

    @cached_property
    def giving(self) -> Mapping[int, tuple[int, ...]]:
        """The productions that fill slots of each type, in their order."""
        found: dict[int, list[int]] = {}
        for i, production in enumerate(self.productions):
            found.setdefault(production.gives, []).append(i)
        return {kind: tuple(productions) for kind, productions in found.items()}

    @cached_property
    def by_operands(self) -> Mapping[tuple[int, ...], int]:
        """The production of each symbol with the types of its operands, but for literals that are exponents."""
        pairs = zip(self._productions.sources, self.productions, strict=True)
        keys = {i: (source, *production.takes) for i, (source, production) in enumerate(pairs)}
        return {key: i for i, key in keys.items() if i not in self.exponents.values()}

    @cached_property
    def exponents(self) -> Mapping[int, int]:
        """The productions of literals as exponents of what has a unit, by their symbols."""
        if self.units is None:
            return {}
        pairs = enumerate(zip(self._productions.sources, self.productions, strict=True))
        return {source: i for i, (source, made) in pairs if made.code == LITERAL and made.gives}

    @cached_property
    def _smallest_first(self) -> Mapping[int, tuple[int, ...]]:
        """The productions that fill slots of each type, those first that may need the fewest nodes."""
        floor = self._productions.floors.__getitem__
        return {kind: tuple(sorted(found, key=floor)) for kind, found in self.giving.items()}

    @property
    def real_types(self) -> Collection[int]:
        """The types of numbers."""
        return (PURE,) if self.units is None else self.units.types.values()

    # -- rules -------------------------------------------------------------------------------------------------------

    @cached_property
    def bans(self) -> tuple[int, ...]:
        """For each production the bits of the symbols that must not stand beneath it."""
        bans = [self._bits(self.forbidden.get(symbol.name, ())) for symbol in self.symbols]
        return tuple([bans[source] for source in self._productions.sources])

    def banned(self, i: int, state: State) -> bool:
        """Whether the symbol of a production must not stand in a slot."""
        return bool(state.banned >> self._productions.sources[i] & 1)

    def _bits(self, names: Collection[str]) -> int:
        return sum(1 << i for i, symbol in enumerate(self.symbols) if symbol.name in names)

    @cached_property
    def root(self) -> Slot:
        """The slot of a whole formula."""
        return Slot(State(self.root_type, self._bits(self.forbidden.get("root", ()))), self.max_depth)

    def below(self, slot: Slot, i: int) -> list[Slot]:
        """The slots that a production opens in a slot, the last operand first: as a stack wants them."""
        banned = slot.state.banned | self.bans[i]
        if slot is self.root and "root" in self.forbidden:  # what is banned at the root may stand beneath it
            banned = self.bans[i]
        return [Slot(State(kind, banned), slot.levels - 1) for kind in reversed(self.productions[i].takes)]

    # -- completion --------------------------------------------------------------------------------------------------

    @cached_property
    def _least(self) -> dict[tuple[State, int], float]:
        return {}

    @cached_property
    def _states(self) -> int:
        types = len(TYPES) if self.units is None else len(self.units.units)
        return types * (len(self.symbols) + 1)

    def least(self, state: State, levels: int) -> float:
        """The least number of nodes that fill a slot, infinite where nothing does."""
        if levels <= 0:
            return inf
        key = state, min(levels, self._states)  # on the shortest way no state stands twice
        if key not in self._least:
            self._least[key] = self._found_least(*key)
        return self._least[key]

    def _found_least(self, state: State, levels: int) -> float:
        best, floors = inf, self._productions.floors
        for i in self._smallest_first.get(state.type, ()):
            if floors[i] >= best:
                break
            if not self.banned(i, state):
                below = State(0, state.banned | self.bans[i])
                parts = [self.least(below._replace(type=kind), levels - 1) for kind in self.productions[i].takes]
                best = min(best, 1 + sum(parts))
        return best

    def fewest(self, slot: Slot) -> float:
        """The least number of nodes that fill a slot, where what is banned at the root alone may stand beneath it."""
        return self._fewest_whole if slot is self.root else self.least(slot.state, slot.levels)

    @cached_property
    def _fewest_whole(self) -> float:
        fitting = [i for i in self.giving.get(self.root_type, ()) if not self.banned(i, self.root.state)]
        below = [self.below(self.root, i) for i in fitting]
        return min([1 + sum(self.least(slot.state, slot.levels) for slot in slots) for slots in below], default=inf)

    @cached_property
    def _known_options(self) -> dict[tuple[Slot, bool, int, bool], Options]:
        return {}

    def options(self, slot: Slot, room: int, constants: bool) -> Options:
        """The productions that may fill a slot within `room` nodes; `constants`: whether one more constant may come."""
        key = slot, slot is self.root, min(room, self.max_size), constants
        known = self._known_options.get(key)
        if known is None:
            if slot is not self.root and slot.levels > max(room, 0):  # more levels than nodes are no bound
                known = self.options(Slot(slot.state, max(room, 0)), room, constants)
            else:
                known = self._found_options(slot, room, constants)
            self._known_options[key] = known
        return known

    def _found_options(self, slot: Slot, room: int, constants: bool) -> Options:
        found = tuple([i for i in self.giving.get(slot.state.type, ()) if self._fits(i, slot, room, constants)])
        weights = tuple([self.productions[i].weight for i in found])
        return Options(found, None if len(set(weights)) <= 1 else weights)

    def _fits(self, i: int, slot: Slot, room: int, constants: bool) -> bool:
        if self._productions.floors[i] > room or self.banned(i, slot.state):
            return False
        if self.productions[i].code == CONSTANT and not constants:
            return False
        return 1 + sum(self.least(s.state, s.levels) for s in self.below(slot, i)) <= room

    def refusal(self, i: int, slot: Slot, room: int, constants: bool) -> str:
        """Why a production may not fill a slot."""
        production = self.productions[i]
        if production.gives != slot.state.type:
            gives, wanted = self._kind(production.gives), self._kind(slot.state.type)
            return f"{production.name} gives {gives} where {wanted} must stand"
        if self.banned(i, slot.state):
            return f"{production.name} must not stand here: see the forbidden nestings of the space"
        if production.code == CONSTANT and not constants:
            return f"it holds more than {self.max_constants} constants"
        if production.takes and slot.levels <= 1:
            return f"it is deeper than {self.max_depth} levels"
        return f"it cannot be completed within {self.max_size} nodes and {self.max_depth} levels"

    def _kind(self, kind: int) -> str:
        return f"a {TYPES[kind]}" if self.units is None else self.units.text(kind)

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
