"""Units of measurement as powers of base units: what they are called, and how they are read and written."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from numbers import Rational, Real

from ..errors import SpaceError

#: A unit as a user gives it: powers of base units, or a text such as "kg m/s2".
Unit = Mapping[str, float | Fraction] | str
#: A unit as it is handed back: whole powers are integers, and none is zero.
Powers = dict[str, int | Fraction]

#: The base units, and the derived ones that have a name, as powers of base units.
UNITS: Mapping[str, Mapping[str, int]] = {
    "kg": {"kg": 1},
    "m": {"m": 1},
    "s": {"s": 1},
    "A": {"A": 1},
    "K": {"K": 1},
    "mol": {"mol": 1},
    "cd": {"cd": 1},
    "d": {"d": 1},
    "au": {"au": 1},
    "N": {"kg": 1, "m": 1, "s": -2},
    "J": {"kg": 1, "m": 2, "s": -2},
    "W": {"kg": 1, "m": 2, "s": -3},
    "Pa": {"kg": 1, "m": -1, "s": -2},
    "C": {"A": 1, "s": 1},
    "V": {"kg": 1, "m": 2, "s": -3, "A": -1},
    "T": {"kg": 1, "s": -2, "A": -1},
    "F": {"kg": -1, "m": -2, "s": 4, "A": 2},
}

#: The largest denominator of a power that is given as a decimal number.
_DENOMINATOR = 1000
_FACTOR = re.compile(r"([/*]?)\s*([^\s/*^\d()-]+|1)(?:\^?(-?\d+)|\^?\((-?\d+/\d+)\))?\s*")


def powers(text: str) -> Powers:
    """The powers of the base units in a product of units; "1" or nothing for a pure number.

    A stroke turns the unit behind it over; a number behind a unit is its power, a broken one in parentheses. Signs of
    products and powers, * and ^, may be left out. Raises `SpaceError` for a unit that the table does not have, and for
    a text that is no product.

    >>> powers("J/K"), powers("kg/m3"), powers("m(1/2)"), powers("1")
    ({'kg': 1, 'm': 2, 's': -2, 'K': -1}, {'kg': 1, 'm': -3}, {'m': Fraction(1, 2)}, {})
    """
    found: dict[str, Fraction] = {}
    at = len(text) - len(text.lstrip())
    while at < len(text):
        factor = _FACTOR.match(text, at)
        if factor is None:
            raise SpaceError(f"the unit {text!r} cannot be read at {text[at:]!r}: write products such as 'kg m/s2'")
        at = factor.end()
        stroke, unit, whole, broken = factor.groups()
        if unit not in UNITS and unit != "1":
            raise SpaceError(f"there is no unit {unit!r} in {text!r}: there are {', '.join(UNITS)}")
        times = Fraction(whole or broken or 1) * (-1 if stroke == "/" else 1)
        for base, power in UNITS.get(unit, {}).items():
            found[base] = found.get(base, Fraction(0)) + times * power
    return plain(found)


def plain(found: Mapping[str, Fraction]) -> Powers:
    """Powers of base units without those that are zero; whole ones are integers."""
    return {base: power.numerator if power.denominator == 1 else power for base, power in found.items() if power}


def read_unit(given: Unit, name: str) -> Powers:
    """The powers of the base units that a user gave as the unit of `name`.

    Powers are whole numbers, fractions, or decimal numbers near a fraction with a denominator of at most 1000. Raises
    `SpaceError` for anything else.

    >>> read_unit({"m": 1.5, "s": 0}, "x"), read_unit("m/s", "v")
    ({'m': Fraction(3, 2)}, {'m': 1, 's': -1})
    """
    if isinstance(given, str):
        return powers(given)
    if not isinstance(given, Mapping) or not all(isinstance(base, str) and base for base in given):
        raise SpaceError(f"the unit of {name} is {given!r}: give powers of base units, such as {{'m': 1, 's': -1}}")
    return plain({base: _power(power, base, name) for base, power in given.items()})


def _power(given: object, base: str, name: str) -> Fraction:
    if isinstance(given, Rational) and not isinstance(given, bool):
        return Fraction(given)
    if isinstance(given, Real) and not isinstance(given, bool) and math.isfinite(given):
        near = Fraction(float(given)).limit_denominator(_DENOMINATOR)
        if abs(near - Fraction(float(given))) < 1e-9:
            return near
    raise SpaceError(f"the unit of {name} has {base} to the power {given!r}: a power is a whole number or a fraction")


def unit_text(unit: Mapping[str, int | Fraction]) -> str:
    """A unit as `powers` reads it: positive powers first.

    >>> unit_text({"s": -2, "kg": 1, "m": 2}), unit_text({"m": Fraction(1, 2)}), unit_text({"s": -1}), unit_text({})
    ('kg m2/s2', 'm(1/2)', '1/s', '1')
    """
    above = [_factor(base, power) for base, power in unit.items() if power > 0]
    below = ["/" + _factor(base, -power) for base, power in unit.items() if power < 0]
    return (" ".join(above) or "1") + "".join(below)


def _factor(base: str, power: int | Fraction) -> str:
    if power == 1:
        return base
    return f"{base}{power}" if isinstance(power, int) else f"{base}({power})"
