"""Three quotients of polynomials."""

from __future__ import annotations

from .equations import Equation, even

_SOURCE = "Krawiec, Pawlak, 2013, Approximating geometric crossover by semantic backpropagation, GECCO"
_ROWS = (
    "(x + 1)**3/(x**2 - x + 1)",
    "(x**5 - 3*x**3 + 1)/(x**2 + 1)",
    "(x**6 + x**5)/(x**4 + x**3 + x**2 + x + 1)",
)

#: rational-1 to rational-3, which their source calls R1 to R3.
RATIONAL = {
    f"rational-{i}": Equation(f"rational-{i}", text, even(x=(-1, 1)), source=_SOURCE) for i, text in enumerate(_ROWS, 1)
}
