"""Zeros of the Riemann zeta function in a box, by the cross-entropy method, with controls.

This is a numerical search in a finite box in double precision. It proves nothing about the Riemann hypothesis.
"""

from .boxes import STRIP, Box, Planted
from .report import zeta_report
from .small_moduli import crude_small_modulus, small_modulus
from .tasks import NO_PROOF, Modulus, zero_study, zeta_problem, zeta_space
from .zero_search import Zeros, ZeroSearch

__all__ = [
    "NO_PROOF",
    "STRIP",
    "Box",
    "Modulus",
    "Planted",
    "ZeroSearch",
    "Zeros",
    "crude_small_modulus",
    "small_modulus",
    "zero_study",
    "zeta_problem",
    "zeta_report",
    "zeta_space",
]
