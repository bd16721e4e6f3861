"""A report about a search for zeros: what was found, what the controls say, and what it does not show."""

from __future__ import annotations

from .boxes import STRIP, Box, Planted
from .small_moduli import small_modulus
from .tasks import NO_PROOF
from .zero_search import Zeros, ZeroSearch

#: Where a zero is planted, away from the line, for the control that must find it.
PLANTED = 0.8 + 30.3j


def zeta_report(box: Box = STRIP, seed: int = 0, search: ZeroSearch | None = None) -> str:
    """Search a box, run the controls in its right part, and write down what came out.

    The controls: the part with Re s > 0.6 has no zero, and none may be found; with one planted there, it must be. A
    search that passes both is worth reading; it proves nothing even so, as the report says. Raises `ValueError` for a
    box that does not reach beyond Re s = 0.6.
    """
    search = search or ZeroSearch()
    right = Box(complex(0.6, box.low.imag), box.high)
    around = Box(complex(0.6, PLANTED.imag - 2), complex(1.0, PLANTED.imag + 2))
    event = small_modulus(1e-4, Box(14j, 1 + 15j), seed=seed)
    lines = [
        NO_PROOF,
        _line("zeros of zeta", search.run(box, seed)),
        _line("control without a zero", search.run(right, seed)),
        _line(f"control planted at {_text(PLANTED)}", search.run(around, seed, Planted(PLANTED))),
        f"P(|zeta| < 1e-4) in the window 14 < t < 15: {event.probability:.3e} within {event.relative_error:.1%}, "
        f"{event.samples:,} samples where crude Monte Carlo needs {event.crude_samples:.1e}",
    ]
    return "\n".join(lines)


def _line(name: str, found: Zeros) -> str:
    """One line about a search."""
    farthest = f", farthest from Re s = 1/2: {found.farthest:.1e}" if len(found.places) else ""
    return (
        f"{name}, {_text(found.box.low)} to {_text(found.box.high)}: {len(found.places)} found, {found.expected} by "
        f"the argument principle{farthest}, least |f| {found.least:.2g}, {found.evaluations:,} evaluations"
    )


def _text(s: complex) -> str:
    return f"{s.real:g}+{s.imag:g}i"
