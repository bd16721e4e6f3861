"""Units as whole numbers, so that units multiply as numbers add."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction

from .units import Powers, plain, unit_text

#: The largest power that a literal exponent may be.
LARGEST_POWER = 100
#: What a pure number is called in messages.
PURE = "a pure number"
#: The bits that the factors of products may add to an exponent.
_FACTORS = 32


class UnitCodes:
    """Units as whole numbers: the product of two units is the sum of their codes, a power of one a multiple.

    The code is the sum over the base units of D e_i B^i, where e_i are the exponents. D is a common denominator that
    leaves room for square roots of square roots, and B so large that exponents do not run into one another, where at
    most `raising` operators raise units to a power.

    >>> codes = UnitCodes([{"m": 1, "s": -1}], raising=3)
    >>> speed = codes.encode({"m": 1, "s": -1})
    >>> codes.decode(2 * speed), codes.text(raised(speed, 0.5))
    ({'m': 2, 's': -2}, 'm(1/2)/s(1/2)')
    """

    def __init__(self, units: Iterable[Mapping[str, int | Fraction]], raising: int) -> None:
        units = list(units)
        exponents = [Fraction(exponent) for unit in units for exponent in unit.values()]
        self.bases = tuple(sorted({base for unit in units for base in unit}))
        self.denominator = math.lcm(*[exponent.denominator for exponent in exponents]) << raising
        largest = max([abs(exponent * self.denominator) for exponent in exponents], default=Fraction(1))
        self.bits = int(largest).bit_length() + raising * LARGEST_POWER.bit_length() + _FACTORS

    def encode(self, unit: Mapping[str, int | Fraction]) -> int:
        """The code of a unit of these base units."""
        exponents = [int(unit.get(base, 0) * self.denominator) for base in self.bases]
        return sum(exponent << self.bits * i for i, exponent in enumerate(exponents))

    def decode(self, code: int) -> Powers:
        """The unit of a code."""
        found = {}
        for base in self.bases:
            digit = (code + (1 << self.bits - 1)) % (1 << self.bits) - (1 << self.bits - 1)
            found[base] = Fraction(digit, self.denominator)
            code = code - digit >> self.bits
        return plain(found)

    def text(self, code: int) -> str:
        """The unit of a code as it is written in messages."""
        return unit_text(self.decode(code)) if code else PURE


def is_power(number: float) -> bool:
    """Whether a literal is a power that a unit can be raised to: whole or half, not zero, at most 100.

    >>> is_power(-2.0), is_power(1.5), is_power(0.3)
    (True, True, False)
    """
    return number != 0 and abs(number) <= LARGEST_POWER and (2 * number).is_integer()


def raised(code: int, exponent: float) -> int:
    """The code of a power of a unit; the exponent is whole or half."""
    return code * int(2 * exponent) // 2
