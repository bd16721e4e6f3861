"""The front of a search for formulas: the least loss at each complexity, and which of its formulas to take."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...search import Trial
from ...spaces.formulas import Formula


class FrontFormula(NamedTuple):
    """A formula that no simpler one beats: what it is, its mean loss on the data, and its number of nodes."""

    formula: Formula
    loss: float
    complexity: int

    def __str__(self) -> str:
        return f"{self.complexity:>4}  {self.loss:<10.4g}  {self.formula}"


def best_by_size(trials: Iterable[Trial]) -> list[Trial]:
    """The successful trial of least loss at each size of formula, where no smaller formula has as little loss."""
    best: dict[int, Trial] = {}
    for trial in trials:
        if trial.state == "done" and math.isfinite(trial.losses[0]):
            known = best.get(trial.program.size)
            if known is None or trial.losses[0] < known.losses[0]:
                best[trial.program.size] = trial
    front: list[Trial] = []
    for size in sorted(best):
        if not front or best[size].losses[0] < front[-1].losses[0]:
            front.append(best[size])
    return front


def undominated(formulas: Iterable[FrontFormula]) -> list[FrontFormula]:
    """Those of which no other one is at least as simple and at least as good, the simplest first.

    >>> from inlay.spaces.formulas import parse_formula
    >>> x = parse_formula("x", ["x"])
    >>> [f.complexity for f in undominated([FrontFormula(x, 1.0, 3), FrontFormula(x, 2.0, 1), FrontFormula(x, 1.5, 5)])]
    [1, 3]
    """
    front: list[FrontFormula] = []
    for formula in sorted(formulas, key=lambda known: (known.complexity, known.loss)):
        if not front or formula.loss < front[-1].loss:
            front.append(formula)
    return front


def chosen(front: Sequence[FrontFormula], rows: float, exact: float) -> FrontFormula:
    """The formula of the front with the least Bayesian information criterion; the simplest of those below `exact`.

    criterion = rows log(loss) + complexity log(rows) + p log(rows) rows / (rows - p - 2) with p constants: each node
    must earn its place, and each constant all the more where rows are few. A loss of at most `exact` counts as exact:
    it differs from nothing but by rounding errors.

    Source: Schwarz, 1978, Estimating the Dimension of a Model, doi:10.1214/aos/1176344136; McQuarrie, Tsai, 1998,
    Regression and Time Series Model Selection (the correction for few rows).
    Differs: the number of nodes counts beside the number of constants.

    >>> from inlay.spaces.formulas import parse_formula
    >>> x = parse_formula("x", ["x"])
    >>> chosen([FrontFormula(x, 1.0, 1), FrontFormula(x, 0.01, 5), FrontFormula(x, 0.0099, 25)], 50, 1e-20).complexity
    5
    """

    def criterion(found: FrontFormula) -> float:
        constants = len(found.formula.constants)
        share = rows / max(rows - constants - 2, 1.0)
        parts = found.complexity + constants * share
        return rows * math.log(max(found.loss, exact)) + parts * math.log(max(rows, math.e))

    return min(front, key=criterion)
