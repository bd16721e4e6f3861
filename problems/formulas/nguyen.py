"""The twelve Nguyen equations, each to be found from 20 rows."""

from __future__ import annotations

from .equations import Equation, uniform

_SOURCE = (
    "Uy, Hoai, O'Neill, McKay, Galván-López, 2011, Semantically-based crossover in genetic programming, Genetic "
    "Programming and Evolvable Machines 12; with the ranges and 20 rows of Petersen et al., 2021, Deep symbolic "
    "regression, arXiv:1912.04871"
)
_UNIT = uniform(x=(-1, 1))
_SQUARE = uniform(x=(0, 1), y=(0, 1))

_ROWS = (
    ("x**3 + x**2 + x", _UNIT),
    ("x**4 + x**3 + x**2 + x", _UNIT),
    ("x**5 + x**4 + x**3 + x**2 + x", _UNIT),
    ("x**6 + x**5 + x**4 + x**3 + x**2 + x", _UNIT),
    ("sin(x**2)*cos(x) - 1", _UNIT),
    ("sin(x) + sin(x + x**2)", _UNIT),
    ("log(x + 1) + log(x**2 + 1)", uniform(x=(0, 2))),
    ("sqrt(x)", uniform(x=(0, 4))),
    ("sin(x) + sin(y**2)", _SQUARE),
    ("2*sin(x)*cos(y)", _SQUARE),
    ("x**y", _SQUARE),
    ("x**4 - x**3 + y**2/2 - y", _SQUARE),
)

#: nguyen-1 to nguyen-12.
NGUYEN = {
    f"nguyen-{i}": Equation(f"nguyen-{i}", text, ranges, source=_SOURCE) for i, (text, ranges) in enumerate(_ROWS, 1)
}
