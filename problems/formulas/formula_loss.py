"""How formulas are judged: by their loss on rows of data, once what is free in them is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...search import Outcome
from ...spaces.formulas import Formula
from ...spaces.formulas.data import Data
from ...spaces.formulas.evaluation import losses, scaled_losses
from ...spaces.formulas.losses import loss_kind, row_losses
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
        judged = self.judged(formulas)
        if not self.fit and self.objectives == ("loss",):
            return [loss for _, loss in judged]
        return [Outcome(self._named(loss, formula), feedback=self._told(formula)) for formula, loss in judged]

    def judged(self, formulas: Sequence[Formula]) -> list[tuple[Formula, float]]:
        """Each formula with its free constants fitted to the rows, and its mean loss; as it is without `fit`."""
        if self.fit:
            from ...optimizers.constant_fitting import fit_constants

            return fit_constants(formulas, self.data, iterations=self.fit, loss=self.loss, scaling=self.scaling)
        found: list[float] = losses(formulas, self.data, loss=self.loss, scaling=self.scaling).tolist()
        return list(zip(formulas, found, strict=True))

    def _named(self, loss: float, formula: Formula) -> dict[str, float]:
        known = {"loss": loss, "complexity": float(formula.size)}
        return {name: known[name] for name in self.objectives}

    def _told(self, formula: Formula) -> dict[str, list[float]] | None:
        return {"constants": list(formula.constants)} if formula.constants else None

    def fitted(self, formula: Formula) -> Formula:
        """A formula with its free constants fitted to the rows; as it is without `fit`."""
        return self.judged([formula])[0][0]

    def line(self, formula: Formula) -> tuple[float, float]:
        """The slope and the intercept that are fitted to a formula, after its constants; 1 and 0 without scaling."""
        found = scaled_losses([self.fitted(formula)], self.data, loss=self.loss, scaling=self.scaling)
        return float(found.slopes[0]), float(found.shifts[0])

    def predict(self, formula: Formula, X: Any) -> Any:
        """What a formula gives for rows of X once constants, slope and intercept are fitted to the rows of the data."""
        slope, intercept = self.line(formula)
        return slope * self.fitted(formula)(X) + intercept


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The R2 of a formula on rows that no search sees, and its mean loss there where all rows count alike."""

    judge: FormulaLoss
    data: Data

    def __call__(self, formula: Formula) -> Mapping[str, float]:
        with np.errstate(all="ignore"):
            predicted = self.judge.predict(formula, self.data)
            score = {"r2": r2(self.data.y, predicted)}
            if self.judge.data.weights is not None:
                return score
            loss = float(np.mean(row_losses(self.data.y - predicted, loss_kind(self.judge.loss), 1.0)))
        return {"loss": loss if np.isfinite(loss) else np.inf, **score}
