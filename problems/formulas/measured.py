"""Problems with measured data, whose truth is known at most to nature: planets, patients, flowers."""

from __future__ import annotations

from typing import Any

from ...search import Problem
from ...spaces.formulas import Formulas
from .real_data import Table, diabetes, iris, kepler
from .tasks import formula_problem

#: Iterations in which the free constants of a formula are fitted.
_FIT = 5


def kepler_problem() -> Problem:
    """The problem `formulas/kepler`: the period of a planet (days) from its distance (astronomical units).

    Formulas have one constant, which is fitted. Rows are weighted so that errors count as shares of the period, or
    Neptune alone would decide. The published point is Kepler's third law: the square of the period is in proportion to
    the cube of the distance.

    >>> kepler_problem().members.contains("365.25*distance*sqrt(distance)")
    True
    """
    table = kepler()
    space = Formulas(
        table.names,
        ("add", "subtract", "multiply", "divide", "sqrt", "exp", "log"),
        literals=(),
        constants="fitted",
        max_constants=1,
        max_size=9,
    )
    law = {"Kepler's third law": "365.25*sqrt(distance*distance*distance)"}
    return _problem("kepler", table, law, space=space, weights=table.y**-2)


def diabetes_problem() -> Problem:
    """The problem `formulas/diabetes`: the progression of a disease from ten measurements.

    Every formula is scaled, so the published point is the line in the body mass index. Needs scikit-learn.
    """
    return _problem("diabetes", diabetes(), {"body mass index": "bmi"}, scaling=True)


def iris_problem() -> Problem:
    """The problem `formulas/iris`: the width of a petal from its length and the size of the sepal.

    Every formula is scaled, so the published point is the line in the length. Needs scikit-learn.
    """
    return _problem("iris", iris(), {"length": "petal_length"}, scaling=True)


def _problem(name: str, table: Table, published: dict[str, str], **settings: Any) -> Problem:
    return formula_problem(
        f"formulas/{name}",
        table.X,
        table.y,
        names=table.names,
        fit=_FIT,
        held_out=(table.X_test, table.y_test),
        published=published,
        source=table.source,
        **settings,
    )
