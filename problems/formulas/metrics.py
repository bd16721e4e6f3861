"""Metrics of symbolic regression: whether a formula was recovered, how well it predicts, and how complex it is.

Source: La Cava, Orzechowski, Burlacu, de França, Virgolin, Jin, Kommenda, Moore, 2021, Contemporary symbolic regression
methods and their relative performance (SRBench), arXiv:2107.14351. Differs: the quotient is simplified too; numbers
that are whole or halves once rounded become exact, so that 1.0*x is x inside functions; models that numbers rule out
are not looked at further (SRBench asks for R2 > 0.5); and no answer in time is told apart from no.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...spaces.formulas import Formula, parse_formula
from ...spaces.formulas.symbolic_mathematics import from_sympy
from .equations import Equation, Sampling, plain_values
from .symbolic_comparison import equal_up_to_constant, node_count, within

#: Rows on which a model is compared with the truth by numbers.
_ROWS = 1000
#: Values below this share of the median size are compared as if they were that large.
_SMALL = 1e-3


@dataclass(frozen=True)
class Grade:
    """What became of one fit.

    `symbolic`: equal up to a constant or factor; None where SymPy gave no answer. `positive`: the same where variables
    are known to be positive, if those of the equation are. `exact`: equal by numbers in and around the box. `r2` on
    held-out rows. `complexity` in nodes.
    """

    symbolic: bool | None
    positive: bool | None
    exact: bool
    r2: float
    complexity: int

    @property
    def recovered(self) -> bool:
        """Exact by numbers, or symbolically as SRBench has it; without an answer it is not."""
        return self.exact or self.symbolic is True

    @property
    def unknown(self) -> bool:
        """Whether it counts as not recovered only because SymPy gave no answer."""
        return not self.recovered and self.symbolic is None


def grade(model: Any, equation: Equation, *, seconds: float = 30.0, seed: int = 0) -> Grade:
    """Compare a model with the equation that its data came from; each question to SymPy has so many CPU seconds.

    A model is a `Formula`, a SymPy expression, or what either prints. Raises `SpaceError` where it is no formula of the
    equation's variables.
    """
    formula = as_model(model, equation.formula)
    X, y = equation.held_out(seed=seed)
    symbolic = symbolic_recovery(formula, equation.formula, seconds=seconds)
    positive = symbolic
    if not symbolic and equation.positive:
        positive = symbolic_recovery(formula, equation.formula, positive=True, seconds=seconds)
    return Grade(
        symbolic,
        positive,
        exact_recovery(formula, equation.formula, equation.ranges, seed=seed),
        r2(y, plain_values(formula, X)),
        complexity(formula, seconds=seconds),
    )


def as_model(model: Any, truth: Formula) -> Formula:
    """A model as a formula of the truth's variables: from a text or from a SymPy expression."""
    if isinstance(model, Formula):
        return model
    return parse_formula(model, truth.vocabulary) if isinstance(model, str) else from_sympy(model, truth.vocabulary)


def symbolic_recovery(model: Any, truth: Formula, *, positive: bool = False, seconds: float = 30.0) -> bool | None:
    """Whether the model equals the truth up to an added constant or a factor: True, False, or None for unknown.

    Numbers are rounded to 3 decimals, and to zero below 0.0001. Variables are real, or `positive`, which tells
    sqrt(x**2) from x no longer. SymPy has so many `seconds` of CPU time in a process of its own.

    >>> truth = parse_formula("x + sin(x)**2")
    >>> symbolic_recovery("x - cos(x)**2 + 0.3", truth), symbolic_recovery("2*x + sin(x)**2", truth)
    (True, False)
    """
    return within(seconds, equal_up_to_constant, as_model(model, truth), truth, positive)


def exact_recovery(
    model: Any,
    truth: Formula,
    ranges: Mapping[str, Sampling],
    *,
    tolerance: float = 1e-4,
    stretch: float = 1.5,
    seed: int = 0,
) -> bool:
    """Whether the relative error is at most `tolerance` everywhere in the box of the ranges and in a stretched one.

    It is looked at in 1,000 random rows of each box, where the truth is finite. Values smaller than a thousandth of the
    median size are compared as if they were that large.

    >>> exact_recovery("2*x + 1e-9", parse_formula("x + x"), {"x": Sampling(0, 1)})
    True
    """
    formula = as_model(model, truth)
    uniform = np.random.Generator(np.random.PCG64([seed, 3])).random((_ROWS, len(ranges)))
    boxes = (ranges, {name: sampling.stretched(stretch) for name, sampling in ranges.items()})
    return all(_largest_error(formula, truth, _rows(box, uniform)) <= tolerance for box in boxes)


def _rows(box: Mapping[str, Sampling], uniform: Any) -> Any:
    ends = np.array([(sampling.low, sampling.high) for sampling in box.values()])
    return ends[:, 0] + (ends[:, 1] - ends[:, 0]) * uniform


def _largest_error(model: Formula, truth: Formula, X: Any) -> float:
    wanted, found = plain_values(truth, X), plain_values(model, X)
    defined = np.isfinite(wanted)
    if not defined.any() or not np.isfinite(found[defined]).all():
        return float("inf")
    wanted, found = wanted[defined], found[defined]
    sizes = np.maximum(np.abs(wanted), _SMALL * np.median(np.abs(wanted)))
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.max(np.where(found == wanted, 0.0, np.abs(found - wanted) / sizes)))


def r2(y: Any, predicted: Any) -> float:
    """The share of the variance that predictions explain, 1 - sum (y - p)^2 / sum (y - mean)^2; -inf where one is NaN.

    Raises `ValueError` for a constant y, whose variance is zero.

    >>> r2([1, 2, 3], [1, 2, 4])
    0.5
    """
    y, predicted = np.asarray(y, dtype=float), np.asarray(predicted, dtype=float)
    if y.min() == y.max():
        raise ValueError("R2 is not defined for a constant target: its variance is zero")
    with np.errstate(all="ignore"):
        score = 1 - float(np.sum((y - predicted) ** 2)) / float(np.sum((y - y.mean()) ** 2))
    return score if np.isfinite(score) else float("-inf")


def complexity(model: Any, *, seconds: float = 30.0) -> int:
    """The nodes of the simplified model as SymPy walks it; unsimplified where that takes longer than `seconds`.

    >>> complexity(parse_formula("x + x + 0*y"))
    3
    """
    formula = model if isinstance(model, Formula) else parse_formula(str(model))
    counts = (within(seconds, node_count, formula, simplify) for simplify in (True, False))
    return next((count for count in counts if count is not None), formula.size)
