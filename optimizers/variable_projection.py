"""Variable projection: parameters that enter a model linearly are eliminated by least squares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..spaces.formulas.formula import Formula
from ..spaces.formulas.operators import BY_NAME, CONSTANT, LITERAL
from .levenberg_marquardt import Floats, nonlinear_least_squares

_ADD, _SUBTRACT, _MULTIPLY, _DIVIDE, _NEGATIVE, _WHERE = (
    BY_NAME[name].code for name in ("add", "subtract", "multiply", "divide", "negative", "where")
)


@dataclass(frozen=True, eq=False)
class Projected:
    """Nonlinear parameters x (k,), coefficients (m,), and their loss, the weighted sum of squares."""

    x: Floats
    coefficients: Floats
    loss: float
    converged: bool


def separable_least_squares(
    basis: Callable[[Floats], Any], y: Any, start: Any, *, weights: Any = None, iterations: int = 100
) -> Projected:
    """Minimise ||y - Phi(x) c|| over x and c: for each x the best c is known, so that only x is searched.

    `basis` gives Phi, (n, m); the derivatives of the projected residual are central differences. Raises `ValueError`
    where Phi of the start is not finite.

    >>> t = np.linspace(0, 2, 9)
    >>> found = separable_least_squares(lambda x: np.exp(np.outer(t, x)), 3 * np.exp(-t) - np.exp(-2 * t), [-0.5, -3.0])
    >>> found.x.round(6).tolist(), found.coefficients.round(6).tolist()
    ([-1.0, -2.0], [3.0, -1.0])

    Source: G. H. Golub, V. Pereyra (1973), The differentiation of pseudo-inverses and nonlinear least squares problems
    whose variables separate, doi:10.1137/0710036.
    Differs: the projected residual is differentiated numerically.
    """
    y = np.asarray(y, dtype=np.float64)
    root = np.ones(len(y)) if weights is None else np.sqrt(np.asarray(weights, dtype=np.float64))

    def best(x: Floats) -> tuple[Floats, Floats]:
        columns = np.asarray(basis(x), dtype=np.float64)
        if not np.isfinite(columns).all():
            return np.full(columns.shape[1], np.nan), np.full(len(y), np.nan)
        coefficients = np.linalg.lstsq(columns * root[:, None], y * root, rcond=None)[0]
        return coefficients, root * (y - columns @ coefficients)

    fit = nonlinear_least_squares(lambda x: best(x)[1], start, iterations=iterations)
    return Projected(fit.x, best(fit.x)[0], fit.loss, fit.converged)


def linear_constants(formula: Formula) -> tuple[int, ...]:
    """Which of the free constants of a formula enter it linearly together, as its structure shows.

    A sum is linear in what its terms are linear in, a product in what one factor is linear in, a quotient in what its
    numerator is; other operators end it.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> f = parse_formula("1.5 * x + 2.5 * sin(3.5 * x) + 4.5", ["x"])
    >>> linear_constants(f)
    (0, 1, 3)
    """
    left = len(formula.constants)
    stack: list[frozenset[int]] = []
    for code in reversed(formula.symbols()):
        left -= code == CONSTANT
        if code >= LITERAL:
            stack.append(frozenset([left]) if code == CONSTANT else frozenset())
            continue
        operands = [stack.pop() for _ in range(formula.vocabulary.arity(code))]
        if code in (_ADD, _SUBTRACT):
            stack.append(operands[0] | operands[1])
        elif code == _WHERE:
            stack.append(operands[1] | operands[2])
        elif code == _MULTIPLY:
            stack.append(max(operands, key=len))
        else:
            stack.append(operands[0] if code in (_NEGATIVE, _DIVIDE) else frozenset())
    return tuple(sorted(stack[0]))
