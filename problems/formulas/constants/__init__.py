"""Conjectures on constants: formulas that agree to a hundred digits and more, found by search; nothing is proved.

A formula is a signed continued fraction of P(c)/Q(c) whose terms obey a linear recurrence, or a continued fraction
whose terms are polynomials. Every strategy can search them; `esma` and `meet_in_the_middle` are the published searches.
"""

from .conjectures import Conjecture, conjectured, distinct
from .formula_quality import FormulaQuality
from .left_sides import LeftSide, left_sides
from .meet_in_the_middle import MeetInTheMiddle
from .named_constants import CONSTANTS, Constant, TooFewDigits, UnknownConstant, constant
from .polynomial_fractions import PolynomialFraction, polynomial_fractions
from .searches import Findings, esma, findings, meet_in_the_middle
from .signed_fractions import SignedFraction, SignedLaw, signed_fractions
from .tasks import constant_problem

__all__ = [
    "CONSTANTS",
    "Conjecture",
    "Constant",
    "Findings",
    "FormulaQuality",
    "LeftSide",
    "MeetInTheMiddle",
    "PolynomialFraction",
    "SignedFraction",
    "SignedLaw",
    "TooFewDigits",
    "UnknownConstant",
    "conjectured",
    "constant",
    "constant_problem",
    "distinct",
    "esma",
    "findings",
    "left_sides",
    "meet_in_the_middle",
    "polynomial_fractions",
    "signed_fractions",
]
