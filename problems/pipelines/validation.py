"""How a pipeline is scored: by cross-validation in the search, and on held-out data once the search is over."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...search import Outcome
from .data_sets import DATA_SETS, SPLIT_SEED, split
from .learning_curve import nested_part

_Fold = tuple[NDArray[np.intp], NDArray[np.intp]]  # the samples to fit on, and those to score


@dataclass(frozen=True)
class CrossValidation:
    r"""Scores a pipeline on one data set: the mean over k folds of the search data of accuracy, or of R².

    $$ \text{accuracy} = \frac1n \sum_i [\hat y_i = y_i], \qquad
       R^2 = 1 - \frac{\sum_i (y_i - \hat y_i)^2}{\sum_i (y_i - \bar y)^2} $$

    Folds are shuffled with a fixed seed and stratified by class where there are classes; the same pipeline has the
    same score in every process.
    """

    data: str

    @property
    def objective(self) -> str:
        """The name of the score, which is to be maximised."""
        return "accuracy" if DATA_SETS[self.data].classification else "r2"

    def searched(self, pipeline: Any, fidelity: float = 1.0) -> Outcome:
        """The mean score over the folds, with the score of each fold as feedback; an error of any fold is raised.

        `fidelity` is the fraction of a fold's training samples that the pipeline is fitted on, and the cost; every
        sample is scored once at any fidelity.
        """
        from sklearn.model_selection import cross_val_score

        samples = split(self.data)
        with _quiet_and_single_threaded():
            scores = cross_val_score(
                pipeline,
                samples.X_search,
                samples.y_search,
                scoring=self.objective,
                cv=self._folds(fidelity),
                error_score="raise",
            )
        folds = [float(score) for score in scores]
        return Outcome({self.objective: float(scores.mean())}, cost=fidelity, feedback={"folds": folds})

    def held_out(self, pipeline: Any) -> dict[str, float]:
        """The score on the test data of the pipeline refitted on all search data."""
        from sklearn.metrics import get_scorer

        samples = split(self.data)
        with _quiet_and_single_threaded():
            pipeline.fit(samples.X_search, samples.y_search)
            score = get_scorer(self.objective)(pipeline, samples.X_test, samples.y_test)
        return {self.objective: float(score)}

    def _folds(self, fidelity: float) -> list[_Fold]:
        from sklearn.model_selection import KFold, StratifiedKFold

        data, samples = DATA_SETS[self.data], split(self.data)
        kind = StratifiedKFold if data.classification else KFold
        folds = kind(data.folds, shuffle=True, random_state=SPLIT_SEED).split(samples.X_search, samples.y_search)
        return [(self._part(fit, fidelity), score) for fit, score in folds]

    def _part(self, fit: NDArray[np.intp], fidelity: float) -> NDArray[np.intp]:
        """The training samples of a fold that are used at that fidelity."""
        y = split(self.data).y_search[fit]
        return fit[nested_part(y if DATA_SETS[self.data].classification else np.zeros(len(y)), fidelity, SPLIT_SEED)]


@contextmanager
def _quiet_and_single_threaded() -> Iterator[None]:
    """No warnings of unfinished fits, and one thread: sums over threads differ in the last digits."""
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    with warnings.catch_warnings(), threadpool_limits(limits=1):
        warnings.simplefilter("ignore")
        yield
