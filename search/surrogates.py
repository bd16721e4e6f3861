"""Surrogates: models that predict the loss of a candidate from its features, with their uncertainty."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..spaces import Space

Floats = NDArray[np.float64]


class Surrogate(Protocol):
    """A regression with uncertainty: a part of `ModelBased`."""

    def fit(self, features: Floats, targets: Floats, rng: Random) -> Model:
        """Learn `targets` (length n) from `features` (n rows); all chance comes from `rng`."""


class Model(Protocol):
    """What a surrogate has learned."""

    def predict(self, features: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation for every row."""


@dataclass(frozen=True)
class Forest:
    """Extremely randomised trees; the standard deviation is that between the trees.

    Acts on every space, conditional and categorical ones included.
    Source: Hutter, Hoos, Leyton-Brown, 2011, Sequential Model-Based Optimization for General Algorithm Configuration.
    Differs: the variance is that of the trees' means alone, not of their leaves too.
    """

    trees: int = 30
    leaf: int = 2

    def __post_init__(self) -> None:
        if self.trees < 2 or self.leaf < 1:
            raise ValueError(f"{self!r}: it takes at least 2 trees, for a spread, and 1 sample a leaf")

    def check(self, space: Space, objectives: Mapping[str, str]) -> None:
        """Raise `ImportError` naming the extra where scikit-learn is missing."""
        require_sklearn("Forest")

    def fit(self, features: Floats, targets: Floats, rng: Random) -> Model:
        """Grow the trees."""
        from sklearn.ensemble import ExtraTreesRegressor

        forest = ExtraTreesRegressor(
            self.trees,
            min_samples_leaf=self.leaf,
            max_features=0.6,
            bootstrap=True,
            random_state=rng.getrandbits(31),
        )
        return _GrownForest(forest.fit(features, targets))


class _GrownForest:
    def __init__(self, forest: Any) -> None:
        self.trees = [tree.tree_ for tree in forest.estimators_]  # below the checks that cost more than the prediction

    def predict(self, features: Floats) -> tuple[Floats, Floats]:
        rows = np.ascontiguousarray(features, dtype=np.float32)
        votes = np.stack([tree.predict(rows).reshape(-1) for tree in self.trees])
        return votes.mean(axis=0), votes.std(axis=0)


@dataclass(frozen=True)
class GaussianProcess:
    """A Gaussian process with a Matérn 5/2 kernel over the features.

    It learns its length scale and noise from the data by maximum likelihood, on at most `points` trials: the cost of
    a fit grows with their cube.
    Source: Jones, Schonlau, Welch, 1998, Efficient Global Optimization of Expensive Black-Box Functions.
    """

    points: int = 200
    learn_scale: bool = True

    def __post_init__(self) -> None:
        if self.points < 2:
            raise ValueError(f"{self!r}: a Gaussian process needs at least 2 points")

    def check(self, space: Space, objectives: Mapping[str, str]) -> None:
        """Raise `ImportError` naming the extra where scikit-learn is missing."""
        require_sklearn("GaussianProcess")

    def fit(self, features: Floats, targets: Floats, rng: Random) -> Model:
        """Condition on the best half and the latest half of `points` trials."""
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import Matern, WhiteKernel

        rows = representative(targets, self.points)
        width = np.sqrt(features.shape[1])
        kernel = Matern(0.3 * width, (0.01 * width, 10 * width), nu=2.5) + WhiteKernel(1e-3, (1e-6, 1.0))
        process = GaussianProcessRegressor(kernel, optimizer="fmin_l_bfgs_b" if self.learn_scale else None)
        return _Conditioned(_quietly(process, features[rows], targets[rows]))


class _Conditioned:
    def __init__(self, process: Any) -> None:
        self.process = process

    def predict(self, features: Floats) -> tuple[Floats, Floats]:
        mean, deviation = self.process.predict(features, return_std=True)
        return mean, deviation


def _quietly(process: Any, features: Floats, targets: Floats) -> Any:
    """The fitted process, without warnings about scales at their bounds: they are bounds on purpose.

    One thread: matrices this small are slower on several, and the sums would depend on their number.
    """
    import warnings

    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        return process.fit(features, targets)


def representative(targets: Floats, most: int) -> NDArray[np.intp]:
    """At most `most` row numbers, ascending: the lower half of the targets' best, and the latest of the others.

    >>> representative(np.array([5.0, 0.0, 9.0, 1.0, 7.0, 8.0]), 4).tolist()
    [1, 3, 4, 5]
    """
    if len(targets) <= most:
        return np.arange(len(targets))
    best = np.argsort(targets, kind="stable")[: most // 2]
    others = np.setdiff1d(np.arange(len(targets)), best)
    return np.sort(np.concatenate([best, others[len(others) - (most - len(best)) :]]))


def require_sklearn(what: str) -> None:
    """Raise `ImportError` naming the extra where scikit-learn is missing."""
    if importlib.util.find_spec("sklearn") is None:
        raise ImportError(f"{what} needs scikit-learn: pip install 'inlay[sklearn]'")
