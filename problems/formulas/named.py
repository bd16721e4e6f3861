"""The problems of this folder by name: all known equations, and measured data."""

from __future__ import annotations

from collections.abc import Callable

from ...search import Problem
from .equations import Equation
from .feynman import FEYNMAN
from .keijzer import KEIJZER
from .livermore import LIVERMORE
from .measured import diabetes_problem, iris_problem, kepler_problem
from .nguyen import NGUYEN
from .rational import RATIONAL
from .tasks import equation_problem

#: Every equation by its name.
EQUATIONS: dict[str, Equation] = {**NGUYEN, **KEIJZER, **LIVERMORE, **RATIONAL, **FEYNMAN}

#: What is measured: a title and what makes the problem.
MEASURED: dict[str, tuple[str, Callable[[], Problem]]] = {
    "kepler": ("the period of the eight planets from their distance to the sun", kepler_problem),
    "diabetes": ("the progression of diabetes from ten measurements of 442 patients (scikit-learn)", diabetes_problem),
    "iris": ("the width of 150 petals from three other lengths of the flower (scikit-learn)", iris_problem),
}


def titles() -> dict[str, str]:
    """The problems `formulas/<name>`: a line about each, by name.

    >>> titles()["nguyen-8"]
    'find sqrt(x) from 20 rows'
    """
    told = {name: f"find {equation.text} from {equation.rows} rows" for name, equation in EQUATIONS.items()}
    return {name: title for name, (title, _) in MEASURED.items()} | told


def named_problem(name: str) -> Problem:
    """The problem `formulas/<name>`; raises `KeyError` where `titles` has it not."""
    if name in MEASURED:
        return MEASURED[name][1]()
    return equation_problem(EQUATIONS[name])
