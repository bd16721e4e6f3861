"""Units of measurement as powers of the base units: what a formula must balance."""

from __future__ import annotations

import re
from collections.abc import Mapping

Powers = Mapping[str, int]

#: The base units, and the derived ones that stand in the tables, as powers of base units.
UNITS: Mapping[str, Powers] = {
    "kg": {"kg": 1},
    "m": {"m": 1},
    "s": {"s": 1},
    "A": {"A": 1},
    "K": {"K": 1},
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


def powers(text: str) -> dict[str, int]:
    """The powers of the base units in a product of units; "1" or nothing for a pure number.

    A stroke turns the unit behind it over; a whole number behind a unit is its power. Raises `ValueError` for a unit
    that the table does not have.

    >>> powers("J/K"), powers("kg/m3"), powers("1")
    ({'kg': 1, 'm': 2, 's': -2, 'K': -1}, {'kg': 1, 'm': -3}, {})
    """
    found: dict[str, int] = {}
    for stroke, unit, exponent in re.findall(r"(/?)([^\s/\d-]+|1)(-?\d*)", text):
        if unit not in UNITS and unit != "1":
            raise ValueError(f"there is no unit {unit!r} in {text!r}: there are {', '.join(UNITS)}")
        times = int(exponent or 1) * (-1 if stroke else 1)
        for base, power in UNITS.get(unit, {}).items():
            found[base] = found.get(base, 0) + times * power
    return {base: power for base, power in found.items() if power}
