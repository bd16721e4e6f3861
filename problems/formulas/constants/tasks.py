"""The problems: conjecture formulas for a constant."""

from __future__ import annotations

from typing import Any

from ....search import Problem
from ....spaces import Choice, Program, program
from ....spaces import space as as_space
from .formula_quality import FormulaQuality
from .left_sides import LeftSide
from .named_constants import Constant, constant
from .polynomial_fractions import PolynomialFraction, polynomial_fractions
from .signed_fractions import SignedFraction, signed_fractions

_SOURCE = (
    "O. Razon, Y. Harris, S. Gottlieb, D. Carmon, O. David, I. Kaminer (2023), Automated search for conjectures on "
    "mathematical constants using analysis of integer sequences, arXiv:2212.09470; G. Raayoni et al. (2021), "
    "Generating conjectures on fundamental constants with the Ramanujan Machine, Nature 590, arXiv:1907.00205"
)


def constant_problem(given: str | Constant, formulas: Any = None, *, depth: int = 105) -> Problem:
    """The problem `constants/<name>`: find formulas for a constant that converge fast, to be maximised.

    `formulas` is a space of `SignedFraction` or `PolynomialFraction`; by default it has both, those of the published
    methods. What is found agrees to a hundred digits and is a conjecture, not a theorem. The published points are
    proved. Raises `UnknownConstant`, `TooFewDigits` where the decimals given for a constant do not determine `depth`
    terms, `ValueError` for a rational one, and `MissingExtra` where mpmath is not installed.

    >>> problem = constant_problem("pi")
    >>> problem.objectives, problem.members.size()
    ({'digits_per_term': 'maximize'}, 41824)
    """
    known = constant(given)
    quality = FormulaQuality(known, depth)
    space = as_space(Choice(signed_fractions(known), polynomial_fractions()) if formulas is None else formulas)
    proved = _proved_formulas().get(known.name, {}) if not known.decimals else {}
    return Problem(
        f"constants/{known.name}",
        space,
        quality,
        objectives={"digits_per_term": "maximize"},
        published={name: formula for name, formula in proved.items() if space.contains(formula)},
        source=_SOURCE,
    )


def _proved_formulas() -> dict[str, dict[str, Program]]:
    """Formulas that are known, and proved, by constant: mostly simple continued fractions."""
    return {
        "e": {
            "Euler's fraction of e - 1": _simple((-1, 1), (1, 0)),
            "the Ramanujan Machine's of e": program(PolynomialFraction, a=(3, 1), b=(0, -1, 0)),
        },
        "e_squared": {"simple fraction of coth 1": _simple((1, 1), (-1, 1))},
        "tan_1": {"simple fraction of tan 1": _simple((0, 1), (1, 0))},
        "bessel_ratio": {"simple fraction of I0(1)/I1(1)": _simple((1, 0), (0, 1))},
        "sqrt_2": {"simple fraction of sqrt 2 + 1": _simple((1, 1), (1, 0))},
        "pi": {"the arctangent's fraction of 4/pi": program(PolynomialFraction, a=(1, 2), b=(0, 0, 1))},
    }


def _simple(numerator: tuple[int, int], denominator: tuple[int, int]) -> Program:
    left = program(LeftSide, numerator=numerator, denominator=denominator)
    return program(SignedFraction, left=left, signs="+")
