"""Fitting the free constants of formulas to data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from random import Random
from typing import Any

import numpy as np

from ..spaces.formulas.batches import Batch, columns, vocabulary_of
from ..spaces.formulas.compiled import NUMBA, first_use
from ..spaces.formulas.data import Data, Floats
from ..spaces.formulas.evaluation import scaled_losses
from ..spaces.formulas.formula import Formula, whole
from ..spaces.formulas.gradients import central_differences
from ..spaces.formulas.losses import loss_kind
from ..spaces.formulas.numpy_evaluation import numpy_values
from ..spaces.formulas.operators import CONSTANT, LITERAL
from ..spaces.formulas.sharing import in_threads
from .levenberg_marquardt import nonlinear_least_squares

#: How many further starts are tried where one has no finite loss.
SPARE_STARTS = 3


def fit_constants(
    formulas: Sequence[Formula],
    data: Data,
    *,
    iterations: int = 10,
    loss: str = "squared",
    delta: float = 1.0,
    scaling: bool = False,
    projection: bool = True,
    starts: int = 1,
    seed: int = 0,
    protected: bool = False,
    threads: int = 1,
) -> list[tuple[Formula, float]]:
    """Each formula with its free constants fitted, and its mean loss on the data (see `losses`); literals stay.

    Levenberg and Marquardt's method makes at most `iterations` steps from the constants as they are, and from
    `starts` - 1 draws of standard normal numbers; the best is kept, and none is worse than before. A start whose loss
    is not finite is replaced by a draw. Constants that enter linearly are found by least squares within each step,
    unless `projection` is off. With `scaling`, shift + slope f is fitted for each f (`scaled_losses` gives both).
    The same seed gives the same result on any number of threads.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> x = np.linspace(0.5, 3, 20)
    >>> start = parse_formula("1.0 * exp(1.0 * x)", ["x"])
    >>> ((found, loss),) = fit_constants([start], Data(x[:, None], 2 * np.exp(-0.5 * x), ["x"]))
    >>> [round(constant, 6) for constant in found.constants], loss < 1e-25
    ([2.0, -0.5], True)

    Source: J. Nocedal, S. J. Wright (2006), Numerical optimization, chapter 10; L. Kaufman (1975), A variable
    projection method for solving separable nonlinear least squares problems, doi:10.1007/BF01932995.
    """
    kind = loss_kind(loss, delta)
    if iterations < 0 or starts < 1:
        raise ValueError(f"iterations={iterations}, starts={starts}: neither may be less than 0 and 1")
    if not formulas:
        return []
    table = columns(data, vocabulary_of(formulas))
    most = max(len(formula.numbers) for formula in formulas)
    rng = Random(seed)
    draws = np.array([[rng.gauss(0.0, 1.0) for _ in range(most)] for _ in range(starts - 1 + SPARE_STARTS)])

    settings = _Settings(data, table, loss, kind, delta, scaling, projection, iterations, draws, starts, protected)

    def fitted(part: Sequence[Formula], _: int) -> list[Formula]:
        batch = Batch.of(part)
        if NUMBA and batch.common:
            return _by_kernel(part, batch, settings)
        return [_by_numpy(formula, settings) for formula in part]

    found = list(chain.from_iterable(in_threads(fitted, formulas, threads)))
    options: dict[str, Any] = {
        "loss": loss,
        "delta": delta,
        "scaling": scaling,
        "protected": protected,
        "threads": threads,
    }
    both = scaled_losses([*formulas, *found], data, **options).losses
    before, after = both[: len(formulas)], both[len(formulas) :]
    return [
        (new, float(there)) if there <= here else (old, float(here))
        for old, new, here, there in zip(formulas, found, before, after, strict=True)
    ]


@dataclass(frozen=True)
class _Settings:
    """What all fits of a call share."""

    data: Data
    table: Floats
    loss: str
    kind: int
    delta: float
    scaling: bool
    projection: bool
    iterations: int
    draws: Floats
    starts: int
    protected: bool


def _by_kernel(formulas: Sequence[Formula], batch: Batch, settings: _Settings) -> list[Formula]:
    """All fits of a batch by the compiled kernel."""
    with first_use("kernels that fit constants"):
        from ..spaces.formulas.interpreter import run_by_address
        from .fitting_batches import fit_batch, room_for

        data, table = settings.data, settings.table
        longest, most = int(np.diff(batch.starts).max()), int(np.diff(batch.number_starts).max())
        fitted, losses = np.empty(len(batch.numbers)), np.empty(len(batch))
        fit_batch(
            run_by_address("float64"),
            batch.codes,
            batch.starts,
            batch.numbers,
            batch.number_starts,
            batch.codes[(batch.codes == CONSTANT) | (batch.codes == LITERAL)] == CONSTANT,
            table,
            settings.protected,
            np.array([data.y, data.row_weights]),
            settings.kind,
            settings.delta,
            settings.scaling,
            settings.projection,
            settings.iterations,
            settings.draws,
            settings.starts,
            room_for(longest, most, *table.shape),
            fitted,
            losses,
        )
    numbers, ends = fitted.tolist(), batch.number_starts.tolist()
    return [
        whole(formula.code, tuple(numbers[ends[i] : ends[i + 1]]), formula.vocabulary)
        for i, formula in enumerate(formulas)
    ]


def _by_numpy(formula: Formula, settings: _Settings) -> Formula:
    """One fit by NumPy, with derivatives by central differences."""
    kinds = [code for code in formula.symbols() if code in (LITERAL, CONSTANT)]
    free = np.flatnonzero(np.array(kinds) == CONSTANT)
    extra = [0.0, 1.0] if settings.scaling else []
    if not len(free):
        return formula
    y, best, best_loss = settings.data.y, formula, np.inf

    def values(x: Floats) -> tuple[Formula, Any]:
        here = formula.with_constants(x[: len(free)])
        own = here.vocabulary.own
        return here, numpy_values(here.symbols(), here.numbers, settings.table, settings.protected, own)

    def residuals(x: Floats) -> Any:
        _, f = values(x)
        return (x[-2] + x[-1] * f if settings.scaling else f) - y

    def jacobian(x: Floats) -> Any:
        here, f = values(x)
        slopes = central_differences(here, settings.table, free, settings.protected).T
        return np.column_stack([x[-1] * slopes, np.ones(len(y)), f]) if settings.scaling else slopes

    for start in _starts(np.array(formula.constants), settings, residuals):
        fit = nonlinear_least_squares(
            residuals,
            [*start, *extra],
            jacobian=jacobian,
            weights=settings.data.row_weights,
            loss=settings.loss,
            delta=settings.delta,
            iterations=settings.iterations,
        )
        if fit.loss < best_loss:
            best, best_loss = formula.with_constants(fit.x[: len(free)]), fit.loss
    return best


def _starts(own: Floats, settings: _Settings, residuals: Any) -> Iterator[Floats]:
    """The starts of a fit whose residuals are finite, at most as many as are wanted."""
    extra = [0.0, 1.0] if settings.scaling else []
    found = 0
    for start in [own, *settings.draws[:, : len(own)]]:
        with np.errstate(all="ignore"):
            fine = np.isfinite(np.sum(residuals(np.array([*start, *extra])) ** 2))
        if fine and found < settings.starts:
            found += 1
            yield start
