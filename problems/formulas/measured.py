"""Problems with measured data, whose truth is known at most to nature: planets, patients, flowers."""

from __future__ import annotations

from ...search import Problem
from ...spaces.formulas import Formulas
from .real_data import Table, diabetes, iris, kepler
from .tasks import formula_problem

#: Iterations in which the free constants of a formula are fitted.
_FIT = 5


def kepler_problem() -> Problem:
    """The problem `formulas/kepler`: the period of a planet (days) from its distance (astronomical units).

    Errors count as shares of the period, or Neptune alone would decide. The published point is Kepler's third law, the
    square of the period being in proportion to the cube of the distance.
    """
    table = kepler()
    space = Formulas(
        table.names,
        ("add", "subtract", "multiply", "divide", "sqrt", "exp", "log"),
        constants="fitted",
        max_constants=2,
        max_size=12,
    )
    return _problem("kepler", table, space, {"Kepler's third law": "365.25*sqrt(distance*distance*distance)"}, True)


def diabetes_problem() -> Problem:
    """The problem `formulas/diabetes`: the progression of a disease from ten measurements."""
    return _problem("diabetes", diabetes(), None, {"a line in the body mass index": "0.5*bmi + 0.5"})


def iris_problem() -> Problem:
    """The problem `formulas/iris`: the width of a petal from its length and the size of the sepal."""
    return _problem("iris", iris(), None, {"a line in its length": "0.5*petal_length + 0.5"})


def _problem(
    name: str, table: Table, space: Formulas | None, published: dict[str, str], relative: bool = False
) -> Problem:
    return formula_problem(
        f"formulas/{name}",
        table.X,
        table.y,
        space,
        names=table.names,
        weights=table.y**-2 if relative else None,
        fit=_FIT,
        held_out=(table.X_test, table.y_test),
        published=published,
        source=table.source,
    )
