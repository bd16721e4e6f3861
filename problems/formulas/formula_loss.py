"""How formulas are judged: by their loss on rows of data, once what is free in them is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...search import Outcome
from ...spaces.formulas import Formula
from ...spaces.formulas.data import Data
from ...spaces.formulas.evaluation import losses
from .metrics import r2


@dataclass(frozen=True, eq=False)
class FormulaLoss:
    """How formulas are judged: by their mean loss on rows of data, and their number of nodes where that is asked.

    With `fit` iterations the free constants of each formula are fitted first, and told in the feedback of its outcome.
    With `scaling` a slope and an intercept are fitted to each.
    """

    data: Data
    loss: str = "squared"
    scaling: bool = False
    fit: int = 0
    objectives: tuple[str, ...] = ("loss",)

    def __call__(self, formulas: Sequence[Formula]) -> Sequence[Any]:
        fitted = self.fitted(formulas)
        found: list[float] = losses(fitted, self.data, loss=self.loss, scaling=self.scaling).tolist()
        if not self.fit and self.objectives == ("loss",):
            return found
        pairs = zip(found, fitted, strict=True)
        return [Outcome(self._named(loss, formula), feedback=self._told(formula)) for loss, formula in pairs]

    def _named(self, loss: float, formula: Formula) -> dict[str, float]:
        known = {"loss": loss, "complexity": float(formula.size)}
        return {name: known[name] for name in self.objectives}

    def _told(self, formula: Formula) -> dict[str, list[float]] | None:
        return {"constants": list(formula.constants)} if self.fit else None

    def fitted(self, formulas: Sequence[Formula]) -> Sequence[Formula]:
        """The formulas with their free constants fitted to the rows; as they are without `fit`."""
        if not self.fit:
            return formulas
        from ...optimizers.constant_fitting import fit_constants

        raise NotImplementedError(fit_constants)

    def line(self, formula: Formula) -> tuple[float, float]:
        """The slope and the intercept that are fitted to a formula, after its constants; 1 and 0 without scaling."""
        return _line(self.fitted([formula])[0](self.data), self.data) if self.scaling else (1.0, 0.0)

    def predict(self, formula: Formula, X: Any) -> Any:
        """What a formula gives for rows of X once constants, slope and intercept are fitted to the rows of the data."""
        slope, intercept = self.line(formula)
        return slope * self.fitted([formula])[0](X) + intercept


def _line(values: Any, data: Data) -> tuple[float, float]:
    """The slope and the intercept by which values come nearest to the target."""
    weights = np.ones(data.rows) if data.weights is None else data.weights
    with np.errstate(all="ignore"):
        centre, target = np.average(values, weights=weights), np.average(data.y, weights=weights)
        below = float(np.sum(weights * (values - centre) ** 2))
        slope = float(np.sum(weights * (values - centre) * (data.y - target))) / below if below > 0 else 0.0
    return slope, float(target - slope * centre)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The R2 of a formula on rows that no search sees."""

    judge: FormulaLoss
    data: Data

    def __call__(self, formula: Formula) -> Mapping[str, float]:
        with np.errstate(all="ignore"):
            return {"r2": r2(self.data.y, self.judge.predict(formula, self.data))}
