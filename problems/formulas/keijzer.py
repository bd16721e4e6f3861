"""The fifteen Keijzer equations, most of them tested beyond, or between, the rows that they are found from."""

from __future__ import annotations

from .equations import Equation, Sampling, even, uniform

_SOURCE = (
    "Keijzer, 2003, Improving symbolic regression with interval arithmetic and linear scaling, EuroGP, LNCS 2610; with "
    "the ranges of McDermott et al., 2012, Genetic programming needs better benchmarks, GECCO. Differs: rows to test "
    "on are drawn at random where the source has a grid, and the sum of 1 to x has its closed form"
)
_WAVE = "0.3*x*sin(2*pi*x)"
_BOX = uniform(x=(-3, 3), y=(-3, 3))

#: text, ranges, rows, ranges to test on where they are others.
_ROWS: tuple[tuple[str, dict[str, Sampling], int, dict[str, Sampling]], ...] = (
    (_WAVE, even(x=(-1, 1)), 21, uniform(x=(-1, 1))),
    (_WAVE, even(x=(-2, 2)), 41, uniform(x=(-2, 2))),
    (_WAVE, even(x=(-3, 3)), 61, uniform(x=(-3, 3))),
    ("x**3*exp(-x)*cos(x)*sin(x)*(sin(x)**2*cos(x) - 1)", even(x=(0, 10)), 101, uniform(x=(0.05, 10.05))),
    ("30*x*z/((x - 10)*y**2)", uniform(x=(-1, 1), y=(1, 2), z=(-1, 1)), 1000, {}),
    ("x*(x + 1)/2", even(x=(1, 50)), 50, even(x=(1, 120))),
    ("log(x)", even(x=(1, 100)), 100, uniform(x=(1, 100))),
    ("sqrt(x)", even(x=(0, 100)), 101, uniform(x=(0, 100))),
    ("log(x + sqrt(x**2 + 1))", even(x=(0, 100)), 101, uniform(x=(0, 100))),
    ("x**y", uniform(x=(0, 1), y=(0, 1)), 100, {}),
    ("x*y + sin((x - 1)*(y - 1))", _BOX, 20, {}),
    ("x**4 - x**3 + y**2/2 - y", _BOX, 20, {}),
    ("6*sin(x)*cos(y)", _BOX, 20, {}),
    ("8/(2 + x**2 + y**2)", _BOX, 20, {}),
    ("x**3/5 + y**3/2 - y - x", _BOX, 20, {}),
)

#: keijzer-1 to keijzer-15.
KEIJZER = {
    f"keijzer-{i}": Equation(f"keijzer-{i}", text, ranges, rows=rows, tested=tested, source=_SOURCE)
    for i, (text, ranges, rows, tested) in enumerate(_ROWS, 1)
}
