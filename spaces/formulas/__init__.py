"""Formulas: expressions as values, the space of them, and how they are evaluated together."""

from .formula import Formula
from .formulas import ARITHMETIC, Formulas
from .opened import OpenFormula
from .operators import OPERATORS, Operator, operator_named
from .parsing import parse_formula
from .unit_rules import UnitError, units_of
from .vocabulary import Vocabulary

__all__ = [
    "ARITHMETIC",
    "OPERATORS",
    "Formula",
    "Formulas",
    "OpenFormula",
    "Operator",
    "UnitError",
    "Vocabulary",
    "operator_named",
    "parse_formula",
    "units_of",
]
