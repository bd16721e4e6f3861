"""The units of a space of formulas as a user gives them: what they must be, and why some cannot match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import SpaceError
from .grammar_symbols import Symbol
from .operators import CONSTANT, LITERAL
from .unit_codes import UnitCodes, is_power
from .unit_reach import LONGEST, Steps, reach
from .unit_rules import RAISING
from .unit_types import PURE, TRUTH, UnitTypes
from .units import Powers, Unit, read_unit, unit_text
from .vocabulary import Vocabulary

#: The most units that the parts of formulas may have.
MOST_UNITS = 256


def unit_types(
    vocabulary: Vocabulary, symbols: Sequence[Symbol], max_size: int,
    units: Mapping[str, Unit] | None, target: Unit | None,
) -> tuple[UnitTypes | None, int]:  # fmt: skip
    """The types of a grammar from the units of its variables, and that of a whole formula; None without units.

    What has no unit is a pure number. Raises `SpaceError` for units of unknown variables, units that cannot be read,
    and a target that no formula has.
    """
    if units is None:
        if target is not None:
            raise SpaceError(f"target={target!r} says nothing without units of the variables: give units={{...}} too")
        return None, PURE
    read, wanted = _read(vocabulary, units), read_unit(target or {}, "the target")
    _check_target(read, wanted)
    codes = UnitCodes([*read.values(), wanted], raising=min(max_size, LONGEST))
    variables = [codes.encode(read.get(name, {})) for name in vocabulary.variables]
    exponents, goal = _exponents(symbols), codes.encode(wanted)
    pure = [0] if any(map(_makes_numbers, symbols)) else []
    found = reach({*variables, *pure}, goal, _steps(symbols, exponents), max_size, MOST_UNITS)
    if not found.least:
        raise SpaceError(
            f"{_cannot(read, wanted)} within {found.nodes} nodes and these operators: allow more, or give multiply, "
            "divide, square or sqrt"
        )
    made = UnitTypes(codes, tuple(variables), exponents, found, max_size)
    return made, made.types[goal]


def _read(vocabulary: Vocabulary, units: Mapping[str, Unit]) -> dict[str, Powers]:
    if not isinstance(units, Mapping):
        raise SpaceError(f"units={units!r}: give the units of variables by their names, such as {{'x': 'm/s'}}")
    unknown = [name for name in units if name not in vocabulary.variables]
    if unknown:
        there = ", ".join(vocabulary.variables)
        raise SpaceError(f"units of {', '.join(map(str, unknown))}: the variables of this space are {there}")
    return {name: read_unit(unit, name) for name, unit in units.items()}


def _makes_numbers(symbol: Symbol) -> bool:
    """Whether a symbol is a pure number, or makes one of conditions alone."""
    from_conditions = symbol.gives == PURE and TRUTH in symbol.takes and PURE not in symbol.takes
    return symbol.code in (LITERAL, CONSTANT) or from_conditions


def _exponents(symbols: Sequence[Symbol]) -> tuple[float, ...]:
    """The literals that may be exponents of what has a unit."""
    if all(symbol.name != "power" for symbol in symbols):
        return ()
    return tuple([symbol.number for symbol in symbols if symbol.code == LITERAL and is_power(symbol.number)])


def _steps(symbols: Sequence[Symbol], exponents: Sequence[float]) -> Steps:
    names = {symbol.name for symbol in symbols if symbol.takes}
    raising = [(int(2 * power), 1) for name, power in RAISING.items() if name in names and power != 1.0]
    truths = any(TRUTH in symbol.takes for symbol in symbols)
    return Steps(
        "multiply" in names,
        "divide" in names,
        (*raising, *[(int(2 * exponent), 2) for exponent in exponents if exponent != 1.0]),
        truths and "less" in names,
    )


# -- units that cannot match -----------------------------------------------------------------------------------------


def _check_target(read: Mapping[str, Powers], wanted: Powers) -> None:
    """Raise `SpaceError` where no product of powers of the variables has the unit of the target."""
    bases = sorted({base for unit in (*read.values(), wanted) for base in unit})
    missing = [base for base in bases if base in wanted and not any(base in unit for unit in read.values())]
    if missing:
        raise SpaceError(f"{_cannot(read, wanted)}: no variable has {', '.join(missing)}")
    rows = [[float(unit.get(base, 0)) for unit in (*read.values(), wanted)] for base in bases]
    for i, base in enumerate(bases):
        known = np.array(rows[: i + 1])
        if np.linalg.matrix_rank(known) > np.linalg.matrix_rank(known[:, :-1]):
            others = f" together with {', '.join(bases[:i])}" if i else ""
            told = f"no product of powers of them has the right power of {base}{others}"
            raise SpaceError(f"{_cannot(read, wanted)}: {told}")


def _cannot(read: Mapping[str, Powers], wanted: Powers) -> str:
    told = ", ".join(f"{name} in {unit_text(unit)}" for name, unit in read.items() if unit)
    return f"units that cannot match: no formula of {told or 'pure numbers'} is in {unit_text(wanted)}"
