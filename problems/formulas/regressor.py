"""Symbolic regression as an estimator of scikit-learn: fit finds formulas, predict computes the best of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...search import Portfolio, Problem, Strategy, Study
from ...search.fixed_shares import FixedShares
from ...search.formula_matching import FEWEST_ROWS, FormulaMatching
from ...search.genetic_programming import GeneticProgramming
from ...spaces.formulas import Formula, Formulas, Operator
from ...spaces.formulas.data import Data
from ...spaces.formulas.evaluation import losses
from ...spaces.formulas.matching import scaled
from .equations import OPERATORS
from .formula_loss import FormulaLoss
from .front import FrontFormula, best_by_size, chosen, undominated
from .tasks import formula_problem

try:
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        "SymbolicRegressor is an estimator of scikit-learn, which is not installed: pip install 'inlay[formulas]'"
    ) from error

Floats = NDArray[np.float64]

#: A mean squared error of this share of the target's variance is no more than rounding errors.
EXACT = 1e-22
#: An intercept of this share of the largest target is left out where that costs nothing.
NEGLIGIBLE = 1e-9
#: Formulas that are evaluated together: the library awaits results, and the larger a batch, the more of it is bred.
BATCH = 16
#: How often formulas are looked up against how often they are bred.
_SHARES = (1.0, 1.0)


class SymbolicRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Finds a formula that gives y from the columns of X.

    The search looks short formulas up in a library that meets the data in the middle (`FormulaMatching`) and breeds
    longer ones (`GeneticProgramming`). Slope and intercept are always fitted, and up to `max_constants` constants
    inside too, in `fit_iterations` steps. It ends after `seconds` or `trials`, or when a formula is exact; what is
    compiled at the first use does not count.

    `front_`: the best formula of each complexity. `best_`: the one of them with the least Bayesian information
    criterion, which predicts. `duplicates_`: the share of bred formulas that were not evaluated, since an equal one
    was known. `study_`: the search itself; a `warm_start` goes on with it. `operators` are names, signs or
    `Operator`s; `constants=False` allows no other numbers than `literals`; `strategy` replaces the search.
    Raises `ValueError` for data with gaps, fewer than two rows, or a constant target.

    >>> x = np.linspace(1, 3, 20)
    >>> model = SymbolicRegressor(trials=3000, random_state=0).fit(x[:, None], np.sin(x * x) / x)
    >>> print(model.best_.formula)
    sin(x0*x0)/x0
    """

    def __init__(
        self,
        *,
        seconds: float | None = 10.0,
        trials: int | None = None,
        operators: Sequence[str | Operator] = OPERATORS,
        literals: Sequence[float] = (1.0,),
        constants: bool = True,
        max_size: int = 30,
        max_constants: int = 5,
        fit_iterations: int = 8,
        strategy: Strategy | None = None,
        random_state: int | None = None,
        warm_start: bool = False,
        progress: bool = False,
    ) -> None:
        self.seconds = seconds
        self.trials = trials
        self.operators = operators
        self.literals = literals
        self.constants = constants
        self.max_size = max_size
        self.max_constants = max_constants
        self.fit_iterations = fit_iterations
        self.strategy = strategy
        self.random_state = random_state
        self.warm_start = warm_start
        self.progress = progress

    # -- fitting -----------------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> SymbolicRegressor:
        """Search for formulas; returns the estimator."""
        names = _names(X)
        X, y = validate_data(self, X, y, y_numeric=True, ensure_min_samples=2, dtype="float64")
        data = Data(X, y, names, sample_weight)
        if data.weights is not None:
            data = data.take(data.weights > 0)
        problem = self._problem(data)
        if self.seconds is not None and self.strategy is None:
            compile_kernels()
        judge = problem.evaluate_many
        assert isinstance(judge, FormulaLoss)
        self._judge = judge
        self.study_: Study = self._continued(data) or self._begun(problem, data)
        exact = EXACT * float(
            np.average((data.y - np.average(data.y, weights=data.weights)) ** 2, weights=data.weights)
        )
        self.study_.run(trials=self.trials, seconds=self.seconds, target=exact, progress=self.progress)
        self._conclude(data, exact)
        return self

    def _problem(self, data: Data) -> Problem:
        space = Formulas(
            data.names,
            self.operators,
            literals=self.literals,
            constants="fitted" if self.constants else None,
            max_size=self.max_size,
            max_constants=self.max_constants,
        )
        fit = self.fit_iterations if self.constants and self.max_constants else 0
        return formula_problem(
            "symbolic regression", data.X, data.y, space, names=data.names, weights=data.weights, scaling=True, fit=fit
        )

    def _continued(self, data: Data) -> Study | None:
        """The search of the last fit, where a warm start goes on with it: the data must be the same."""
        known: Study | None = getattr(self, "study_", None) if self.warm_start else None
        return known if known is not None and _same_data(known, data) else None

    def _begun(self, problem: Problem, data: Data) -> Study:
        study = Study(problem, self._strategy(data), seed=self._seed())
        study.batch = BATCH
        return study

    def _strategy(self, data: Data) -> Strategy:
        """The given strategy, else looking up and breeding side by side; too few rows match too much."""
        if self.strategy is not None:
            return self.strategy
        if data.rows < FEWEST_ROWS:
            return GeneticProgramming()
        return Portfolio([FormulaMatching(data), GeneticProgramming()], FixedShares(_SHARES))

    def _seed(self) -> int | None:
        """The seed of the study: a generator of NumPy draws one."""
        state = self.random_state
        return int(state.randint(1 << 31)) if isinstance(state, np.random.RandomState) else state

    def _conclude(self, data: Data, exact: float) -> None:
        """Write the formulas of the front out, with all their numbers, and choose one."""
        found = [self._whole(trial.program, data, exact) for trial in best_by_size(self.study_.trials)]
        mean = float(np.average(data.y, weights=data.weights))
        found.append(_judged(_constant(mean, self.study_.space), data))
        self.front_ = undominated([front for front in found if np.isfinite(front.loss)])
        self.best_ = chosen(self.front_, _observations(data), exact)
        self.mean_ = mean
        self.duplicates_ = _duplicates(self.study_.strategy)

    def _whole(self, formula: Formula, data: Data, exact: float) -> FrontFormula:
        """A formula with its constants, slope and intercept; rounded and simplified where that costs nothing."""
        slope, intercept = self._judge.line(formula)
        fitted = self._judge.fitted(formula)
        plain = _judged(scaled(fitted, slope, intercept), data)
        negligible = abs(intercept) <= NEGLIGIBLE * float(np.abs(data.y).max())
        variants = [plain.formula.simplified(), *([scaled(fitted, slope, 0.0).simplified()] if negligible else [])]
        good = [judged for variant in variants if (judged := _judged(variant, data)).loss <= 1.01 * plain.loss + exact]
        return min([plain, *good], key=lambda found: (found.complexity, found.loss))

    # -- using -------------------------------------------------------------------------------------------------------

    def predict(self, X: Any) -> Floats:
        """The value of the best formula for each row; the mean target where it is undefined."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype="float64")
        with np.errstate(all="ignore"):
            values = self.best_.formula(np.asarray(X))
        return np.where(np.isfinite(values), values, self.mean_)

    def sympy(self) -> Any:
        """The best formula as an expression of SymPy."""
        check_is_fitted(self)
        return self.best_.formula.sympy()

    def latex(self) -> str:
        """The best formula in LaTeX."""
        check_is_fitted(self)
        return self.best_.formula.latex()

    def __getstate__(self) -> dict[str, Any]:
        """Without the search, which cannot be sent elsewhere."""
        state: dict[str, Any] = dict(super().__getstate__())
        return {name: value for name, value in state.items() if name not in ("study_", "_judge")}


@cache
def compile_kernels() -> None:
    """Use all that a fit needs once, so that no budget of seconds is spent on compiling."""
    x = np.linspace(1.0, 2.0, FEWEST_ROWS)
    space = Formulas(["x"], OPERATORS, constants="fitted", max_size=9)
    problem = formula_problem("first use", {"x": x}, np.sin(7 * x), space, scaling=True, fit=1)
    Study(problem, GeneticProgramming(20), seed=0).run(trials=60, progress=False)


def _judged(formula: Formula, data: Data) -> FrontFormula:
    return FrontFormula(formula, float(losses([formula], data)[0]), formula.size)


def _duplicates(strategy: Any) -> float:
    """The share of bred formulas that were known, perhaps in another spelling, in a strategy or one of its arms."""
    if isinstance(strategy, GeneticProgramming):
        return strategy.duplicates
    return max((_duplicates(arm.strategy) for arm in getattr(strategy, "arms", ())), default=0.0)


def _observations(data: Data) -> float:
    """How many observations there are: whole weights count rows several times, others say how much a row matters."""
    weights = data.weights
    return data.rows if weights is None or (weights % 1 != 0).any() else float(weights.sum())


def _constant(value: float, space: Any) -> Formula:
    from ...spaces.formulas.parsing import as_formula

    return as_formula(value, space.vocabulary)


def _same_data(study: Study, data: Data) -> bool:
    """Whether a study is about these data."""
    known = study.problem.evaluate_many
    return isinstance(known, FormulaLoss) and known.data.names == data.names and np.array_equal(
        known.data.columns, data.columns) and np.array_equal(known.data.y, data.y)  # fmt: skip


def _names(X: Any) -> list[str] | None:
    """The names of the columns as names of variables, x0, x1, ... where they have none."""
    columns = getattr(X, "columns", None)
    if columns is None:
        return None
    names = [re.sub(r"\W+", "_", str(column)).strip("_") or "x" for column in columns]
    return [f"x_{name}" if not name.isidentifier() else name for name in names]
