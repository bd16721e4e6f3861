"""Units as types: in a grammar with units a slot has the type of a unit, and a symbol fills slots of several types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import product
from typing import NamedTuple

from .grammar_symbols import TYPES, Symbol
from .operators import CONSTANT, LITERAL, VARIABLE
from .unit_codes import UnitCodes
from .unit_reach import Reach
from .unit_rules import ALIKE, RAISING, unit_above
from .unit_weights import production_weights
from .units import Powers

#: The types that a grammar without units has too: of pure numbers, and of conditions.
PURE, TRUTH = TYPES.index("real"), TYPES.index("truth")


class Productions(NamedTuple):
    """Symbols with the types that they give and take, the numbers of these symbols, and the fewest nodes they need."""

    symbols: tuple[Symbol, ...]
    sources: tuple[int, ...]
    floors: tuple[int, ...]

    @staticmethod
    def of(symbols: Sequence[Symbol]) -> Productions:
        """Each symbol with its own types."""
        floors = tuple([1 + symbol.arity for symbol in symbols])
        return Productions(tuple(symbols), tuple(range(len(symbols))), floors)


@dataclass(frozen=True)
class UnitTypes:
    """The types of a grammar with units: pure numbers, conditions, other units, and literals as exponents.

    `variables` are the codes of the units of the variables, `exponents` the literals that may be exponents of what has
    a unit. `reach` has the units of the parts of formulas of at most `max_size` nodes.
    """

    codes: UnitCodes
    variables: tuple[int, ...]
    exponents: tuple[float, ...]
    reach: Reach
    max_size: int

    def __getstate__(self) -> dict[str, object]:
        """What a pickle holds: what was found from it can be found again."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    @cached_property
    def units(self) -> tuple[int | None, ...]:
        """The code of the unit of each type, None where it has none."""
        others = [unit for unit in self.reach.least if unit]
        return (0, None, *others, *[None for _ in self.exponents])

    @cached_property
    def types(self) -> dict[int, int]:
        """The type of each unit."""
        return {unit: kind for kind, unit in enumerate(self.units) if unit is not None}

    def exponent(self, number: float) -> int:
        """The type of the slot of an exponent that must be this literal."""
        return len(self.units) - len(self.exponents) + self.exponents.index(number)

    def text(self, kind: int) -> str:
        """What a type is called in messages."""
        if kind == TRUTH:
            return f"a {TYPES[TRUTH]}"
        unit = self.units[kind]
        return "an exponent" if unit is None else self.codes.text(unit)

    def unit(self, kind: int) -> Powers:
        """The unit of a type; none for conditions and exponents."""
        return self.codes.decode(self.units[kind] or 0)

    def named(self, names: Sequence[str]) -> dict[str, Powers]:
        """The units of variables by their names, those that have one."""
        pairs = zip(names, self.variables, strict=True)
        return {name: self.codes.decode(unit) for name, unit in pairs if unit}

    # -- productions -------------------------------------------------------------------------------------------------

    def productions(self, symbols: tuple[Symbol, ...]) -> Productions:
        """Every symbol with each choice of types that can stand in a formula, those of the fewest nodes first."""
        if symbols not in self._known:
            self._known[symbols] = self._found_productions(symbols)
        return self._known[symbols]

    @cached_property
    def _known(self) -> dict[tuple[Symbol, ...], Productions]:
        return {}

    def _found_productions(self, symbols: tuple[Symbol, ...]) -> Productions:
        found = [
            (symbol._replace(takes=takes, gives=gives), source, floor)
            for source, symbol in enumerate(symbols)
            for floor, takes, gives in sorted(self._signatures(symbol))
        ]
        made, sources, floors = zip(*found, strict=True) if found else ((), (), ())
        pairs = zip(made, production_weights(made, sources, floors), strict=True)
        return Productions(tuple([one._replace(weight=weight) for one, weight in pairs]), sources, floors)

    def _signatures(self, symbol: Symbol) -> Iterator[tuple[int, tuple[int, ...], int]]:
        """The types that a symbol takes and gives, with the fewest nodes of the part that it heads."""
        for takes, gives in self._typed(symbol):
            floor = 1 + sum([self._least[kind] for kind in takes])
            if gives is not None and floor + self._around[gives] <= self.max_size:
                yield floor, takes, gives

    def _typed(self, symbol: Symbol) -> Iterator[tuple[tuple[int, ...], int | None]]:
        if symbol.code >= VARIABLE:
            yield (), self.types.get(self.variables[symbol.code - VARIABLE])
        elif symbol.code in (LITERAL, CONSTANT):
            yield (), PURE
            if symbol.code == LITERAL and symbol.number in self.exponents:
                yield (), self.exponent(symbol.number)
        else:
            for takes, exponent in self._operands(symbol):
                unit = unit_above(symbol.name, [self.units[kind] or 0 for kind in takes], exponent)
                yield takes, TRUTH if symbol.gives == TRUTH else None if unit is None else self.types.get(unit)

    def _operands(self, symbol: Symbol) -> Iterator[tuple[tuple[int, ...], float | None]]:
        """The types of operands that an operator may take, with the exponent where it is one."""
        kinds = self.types.values()
        for takes in self._matching(symbol, kinds):
            yield takes, None
        if symbol.name == "power":
            for kind, number in product(kinds, self.exponents):
                if kind != PURE:
                    yield (kind, self.exponent(number)), number

    def _matching(self, symbol: Symbol, kinds: Iterable[int]) -> Iterator[tuple[int, ...]]:
        if symbol.name in ("multiply", "divide"):
            yield from product(kinds, kinds)
        elif symbol.name in ALIKE or symbol.name == "less":
            yield from [(kind, kind) for kind in kinds]
        elif symbol.name == "where":
            yield from [(TRUTH, kind, kind) for kind in kinds]
        elif symbol.name in RAISING:
            yield from [(kind,) for kind in kinds]
        else:
            yield symbol.takes

    @cached_property
    def _least(self) -> list[int]:
        """The fewest nodes that fill a slot of each type: what it has at least, where rules are left aside."""
        return [1 if unit is None else self.reach.least.get(unit, self.max_size) for unit in self.units]

    @cached_property
    def _around(self) -> list[int]:
        """The fewest nodes that stand around a slot of each type."""
        return [0 if unit is None else self.reach.around.get(unit, self.max_size) for unit in self.units]
