"""The data sets that ship with scikit-learn, each split once and for all into search data and test data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The share of the samples that no search sees, and the seed of every split.
TEST_SHARE = 0.25
SPLIT_SEED = 0

_THIRDS = (1 / 9, 1 / 3, 1.0)


@dataclass(frozen=True)
class DataSet:
    """What is known of a data set: the function of `sklearn.datasets` that loads it, its task, and its origin.

    `fidelities` are fractions of the training samples on which every pipeline of the space can be fitted: at least 30
    of each fold.
    """

    name: str
    loader: str
    classification: bool
    folds: int
    fidelities: tuple[float, ...]
    source: str


@dataclass(frozen=True)
class Split:
    """Samples as rows: `X` of shape (samples, features) and `y` of shape (samples,), for search and for test."""

    X_search: NDArray[np.float64]
    X_test: NDArray[np.float64]
    y_search: NDArray[Any]
    y_test: NDArray[Any]


DATA_SETS = {
    data.name: data
    for data in (
        DataSet(
            "breast_cancer",
            "load_breast_cancer",
            classification=True,
            folds=5,
            fidelities=_THIRDS,
            source="Wolberg, Mangasarian, Street, Street, 1993, Breast Cancer Wisconsin (Diagnostic), "
            "UCI Machine Learning Repository, doi:10.24432/C5DW2B; as shipped with scikit-learn",
        ),
        DataSet(
            "digits",
            "load_digits",
            classification=True,
            folds=3,
            fidelities=_THIRDS,
            source="Alpaydin, Kaynak, 1998, Optical Recognition of Handwritten Digits, "
            "UCI Machine Learning Repository, doi:10.24432/C50P49; its test part, as shipped with scikit-learn",
        ),
        DataSet(
            "wine",
            "load_wine",
            classification=True,
            folds=5,
            fidelities=_THIRDS[1:],
            source="Aeberhard, Forina, 1992, Wine, UCI Machine Learning Repository, doi:10.24432/C5PC7J; "
            "as shipped with scikit-learn",
        ),
        DataSet(
            "diabetes",
            "load_diabetes",
            classification=False,
            folds=5,
            fidelities=_THIRDS,
            source="Efron, Hastie, Johnstone, Tibshirani, 2004, Least Angle Regression, Annals of Statistics 32(2); "
            "as shipped with scikit-learn",
        ),
    )
}


@lru_cache(maxsize=len(DATA_SETS))
def split(name: str) -> Split:
    """The search and test data of a data set; the same in every process, stratified by class where there are classes.

    >>> split("wine").X_search.shape, split("wine").X_test.shape
    ((133, 13), (45, 13))
    """
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    data = DATA_SETS[name]
    X, y = getattr(datasets, data.loader)(return_X_y=True)
    stratify = y if data.classification else None
    return Split(*train_test_split(X, y, test_size=TEST_SHARE, random_state=SPLIT_SEED, stratify=stratify))
