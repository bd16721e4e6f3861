"""The twenty-two Livermore equations: longer, and with functions that the operators offered have only indirectly."""

from __future__ import annotations

from .equations import Equation, uniform

_SOURCE = (
    "Mundhenk, Landajuela, Glatt, Santiago, Faissol, Petersen, 2021, Symbolic regression via neural-guided genetic "
    "programming population seeding, arXiv:2111.00053"
)
_UNIT = uniform(x=(-1, 1))
_ROOT = uniform(x=(0, 4))
_SQUARE = uniform(x=(0, 1), y=(0, 1))
_BOX = uniform(x=(-1, 1), y=(-1, 1))

#: text, ranges, rows.
_ROWS = (
    ("1/3 + x + sin(x**2)", uniform(x=(-10, 10)), 1000),
    ("sin(x**2)*cos(x) - 2", _UNIT, 20),
    ("sin(x**3)*cos(x**2) - 1", _UNIT, 20),
    ("log(x + 1) + log(x**2 + 1) + log(x)", uniform(x=(0, 2)), 20),
    ("x**4 - x**3 + y**2 - y", _SQUARE, 20),
    ("4*x**4 + 3*x**3 + 2*x**2 + x", _UNIT, 20),
    ("(exp(x) - exp(-x))/2", _UNIT, 20),
    ("(exp(x) + exp(-x))/2", _UNIT, 20),
    ("x**9 + x**8 + x**7 + x**6 + x**5 + x**4 + x**3 + x**2 + x", _UNIT, 20),
    ("6*sin(x)*cos(y)", _SQUARE, 20),
    ("x**2*y**2/(x + y)", _BOX, 50),
    ("x**5/y**3", _BOX, 50),
    ("x**(1/3)", _ROOT, 20),
    ("x**3 + x**2 + x + sin(x) + sin(x**2)", _UNIT, 20),
    ("x**(1/5)", _ROOT, 20),
    ("x**(2/5)", _ROOT, 20),
    ("4*sin(x)*cos(y)", _SQUARE, 20),
    ("sin(x**2)*cos(x) - 5", _UNIT, 20),
    ("x**5 + x**4 + x**2 + x", _UNIT, 20),
    ("exp(-x**2)", _UNIT, 20),
    ("x**8 + x**7 + x**6 + x**5 + x**4 + x**3 + x**2 + x", _UNIT, 20),
    ("exp(-0.5*x**2)", _UNIT, 20),
)

#: livermore-1 to livermore-22.
LIVERMORE = {
    f"livermore-{i}": Equation(f"livermore-{i}", text, ranges, rows=rows, source=_SOURCE)
    for i, (text, ranges, rows) in enumerate(_ROWS, 1)
}
