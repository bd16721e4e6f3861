"""Constants by name, to as many digits as are wanted, and constants that are given by their decimals."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ...catalog import MissingExtra

#: How each constant is written, and how mpmath calculates it.
_KNOWN: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "e": ("e", lambda mp: mp.e),
    "e_squared": ("e^2", lambda mp: mp.exp(2)),
    "tan_1": ("tan(1)", lambda mp: mp.tan(1)),
    "bessel_ratio": ("(I1(1)/I0(1))", lambda mp: mp.besseli(1, 1) / mp.besseli(0, 1)),
    "sqrt_2": ("sqrt(2)", lambda mp: mp.sqrt(2)),
    "pi": ("pi", lambda mp: mp.pi),
    "zeta_3": ("zeta(3)", lambda mp: mp.zeta(3)),
}
#: The constants that have a name.
CONSTANTS = tuple(_KNOWN)


class UnknownConstant(LookupError):
    """No constant has this name."""


class TooFewDigits(ValueError):
    """A constant is given to fewer digits than a search needs."""


@dataclass(frozen=True)
class Constant:
    """A number, by the name under which it is known or by its decimals, and the symbol by which formulas call it."""

    name: str
    symbol: str
    decimals: str = ""

    def powers(self, degree: int, digits: int) -> tuple[int, ...]:
        """10^digits times 1, c, c^2, ..., c^degree, each as an integer that is off by a few units.

        Raises `TooFewDigits` where the constant is given to fewer digits after the point, and `MissingExtra` where
        mpmath is needed and not installed.

        >>> constant("e").powers(2, 5)
        (100000, 271828, 738904)
        """
        one = 10**digits
        value = _from_decimals(self, digits) if self.decimals else _calculated(self.name, digits)
        powers = [one]
        for _ in range(degree):
            powers.append(powers[-1] * value // one)
        return tuple(powers)


def constant(given: str | Constant, symbol: str = "x") -> Constant:
    """The constant of that name, or the one with those decimals, which formulas then call by the symbol.

    Raises `UnknownConstant` for what is neither.

    >>> constant("tan_1").symbol, constant("0.5671432904", symbol="omega").name
    ('tan(1)', 'omega')
    """
    if isinstance(given, Constant):
        return given
    if given in _KNOWN:
        return Constant(given, _KNOWN[given][0])
    if re.fullmatch(r"[+-]?\d+\.\d+", given):
        return Constant(symbol, symbol, given)
    close = difflib.get_close_matches(given, CONSTANTS, n=2, cutoff=0.4)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(CONSTANTS)}"
    raise UnknownConstant(f"there is no constant {given!r}; {hint} Or give its decimals, like '0.5671432904...'")


def _from_decimals(given: Constant, digits: int) -> int:
    whole, _, fraction = given.decimals.partition(".")
    if len(fraction) < digits:
        raise TooFewDigits(
            f"the constant {given.symbol} is given to {len(fraction)} digits after the point, but {digits} are needed: "
            "give more digits, or search with a smaller depth"
        )
    return int(whole + fraction[:digits])


@lru_cache(maxsize=256)
def _calculated(name: str, digits: int) -> int:
    """The integer part of 10^digits times a constant."""
    try:
        from mpmath import MPContext
    except ImportError:
        raise MissingExtra(f"the digits of {name} need mpmath: pip install 'inlay[formulas]'") from None
    context = MPContext()
    context.dps = digits + 15
    return int(context.floor(_KNOWN[name][1](context) * context.mpf(10) ** digits))
