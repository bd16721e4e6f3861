"""What operators do with units of measurement, and the units of the parts of a formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .formula import Formula, Path
from .operators import CONSTANT, LITERAL, VARIABLE
from .unit_codes import PURE, UnitCodes, is_power, raised
from .units import Powers, Unit, read_unit

#: The operators whose operands have one unit, which is that of the value; and what they do, for messages.
ALIKE = {
    "add": "adds {1} to {0}",
    "subtract": "subtracts {1} from {0}",
    "minimum": "compares {0} with {1}",
    "maximum": "compares {0} with {1}",
}
#: The operators that raise the unit of their operand to a power.
RAISING = {"negative": 1.0, "abs": 1.0, "reciprocal": -1.0, "square": 2.0, "cube": 3.0, "sqrt": 0.5}


class UnitError(ValueError):
    """The units of the operands in a part of a formula do not match; `path` says where, `why` how."""

    def __init__(self, why: str, path: Path = ()) -> None:
        super().__init__(why, path)
        self.why, self.path = why, path

    def __str__(self) -> str:
        return self.why


def unit_above(name: str, operands: Sequence[int], exponent: float | None = None) -> int | None:
    """The unit that an operator gives to operands of these units, as codes; None where they do not match.

    `exponent` is the number of the second operand where that is a literal. Conditions count as pure numbers.
    """
    first, last = operands[0], operands[-1]
    if name == "multiply":
        return first + last
    if name == "divide":
        return first - last
    if name in RAISING:
        return raised(first, RAISING[name])
    if name in ALIKE or name == "less":
        return None if first != last else 0 if name == "less" else first
    if name == "where":
        return last if operands[1] == last and not first else None
    if name == "power" and first and exponent is not None and is_power(exponent):
        return raised(first, exponent)
    return None if any(operands) else 0


def units_of(formula: Formula, units: Mapping[str, Unit]) -> Powers:
    """The unit of the value of a formula, from those of its variables; variables without one are pure numbers.

    Numbers, constants and the operands and values of functions are pure numbers. Sums, differences, minima, maxima and
    comparisons need operands of one unit; what has a unit may be raised to a whole or half literal power. Raises
    `UnitError` with the place where units do not match, `SpaceError` for units that cannot be read.

    >>> from inlay.spaces.formulas import parse_formula
    >>> units = {"m": {"kg": 1}, "v": {"m": 1, "s": -1}}
    >>> units_of(parse_formula("m*v**2/2"), units)
    {'kg': 1, 'm': 2, 's': -2}
    >>> units_of(parse_formula("m + v"), units)
    Traceback (most recent call last):
    ...
    inlay.spaces.formulas.unit_rules.UnitError: m + v adds m/s to kg
    """
    read = {name: read_unit(unit, name) for name, unit in units.items()}
    codes = UnitCodes(read.values(), raising_nodes(formula))
    found = part_units(formula, codes, {name: codes.encode(unit) for name, unit in read.items()})
    return codes.decode(found[0])


def raising_nodes(formula: Formula) -> int:
    """How many operators of a formula may raise a unit to a power."""
    names = [formula.vocabulary.name(code) for code in formula.symbols() if code < LITERAL]
    return sum(name in RAISING or name == "power" for name in names)


def part_units(formula: Formula, codes: UnitCodes, variables: Mapping[str, int]) -> list[int]:
    """The code of the unit of every part, by the node that heads it; raises `UnitError` where units do not match."""
    vocabulary, symbols = formula.vocabulary, formula.symbols()
    found, numbers = [0] * len(symbols), _numbers(formula)
    for node in range(len(symbols) - 1, -1, -1):
        code = symbols[node]
        if code >= VARIABLE:
            found[node] = variables.get(vocabulary.name(code), 0)
        elif code < LITERAL:
            operands = formula.operands(node)
            exponent = numbers.get(operands[-1])
            unit = unit_above(vocabulary.name(code), [found[i] for i in operands], exponent)
            if unit is None:
                raise _mismatch(formula, node, codes, [found[i] for i in operands])
            found[node] = unit
    return found


def _numbers(formula: Formula) -> dict[int, float]:
    """The literals of a formula by their nodes."""
    places = [i for i, code in enumerate(formula.symbols()) if code in (LITERAL, CONSTANT)]
    pairs = zip(places, formula.numbers, strict=True)
    return {node: number for node, number in pairs if formula.symbols()[node] == LITERAL}


def _mismatch(formula: Formula, node: int, codes: UnitCodes, operands: Sequence[int]) -> UnitError:
    path = path_of(formula, node)
    told = _complaint(formula.vocabulary.name(formula.symbols()[node]), [codes.text(unit) for unit in operands])
    return UnitError(f"{formula.part(node)} {told}{f', at {path}' if path else ''}", path)


def _complaint(name: str, units: Sequence[str]) -> str:
    """What an operator does that units forbid."""
    if name in ALIKE:
        return ALIKE[name].format(*units)
    if name == "less":
        return ALIKE["minimum"].format(*units)
    if name == "where":
        return f"chooses between {units[1]} and {units[2]}"
    if name == "power" and units[1] == PURE:
        return f"raises {units[0]} to a power that is no whole or half literal"
    if name == "power":
        return f"has {units[1]} in its exponent"
    return f"gives {' and '.join(units)} to {name}, which takes pure numbers"


def path_of(formula: Formula, node: int) -> Path:
    """The path that leads to a node."""
    at, path = 0, list[Any]()
    while at != node:
        operands = formula.operands(at)
        step = max(i for i, operand in enumerate(operands) if operand <= node)
        path.append(step)
        at = operands[step]
    return tuple(path)
