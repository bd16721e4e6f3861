"""Measured data: the periods of the planets, the progression of diabetes, and the petals of irises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: The share of the rows of a data set that no search sees, and the seed of the split.
TEST_SHARE = 0.25
SPLIT_SEED = 0

#: Semi-major axis (astronomical units) and sidereal period (days) of each planet, and of two dwarf planets.
PLANETS = {
    "Mercury": (0.387099, 87.969),
    "Venus": (0.723336, 224.701),
    "Earth": (1.000003, 365.256),
    "Mars": (1.523710, 686.980),
    "Jupiter": (5.202887, 4332.589),
    "Saturn": (9.536676, 10759.22),
    "Uranus": (19.189165, 30685.4),
    "Neptune": (30.069923, 60189.0),
}
DWARF_PLANETS = {"Ceres": (2.7656, 1680.0), "Pluto": (39.482117, 90560.0)}

KEPLER_SOURCE = (
    "Kepler, 1619, Harmonices Mundi; semi-major axes of Standish, Williams, Keplerian elements for approximate "
    "positions of the major planets, JPL (J2000), periods of the NASA planetary fact sheets"
)


@dataclass(frozen=True, eq=False)
class Table:
    """Rows to search on and rows to test on: X (rows, variables), y (rows,), and the names of the columns."""

    names: tuple[str, ...]
    target: str
    X: Floats
    y: Floats
    X_test: Floats
    y_test: Floats
    source: str


def kepler() -> Table:
    """The distances of the eight planets from the sun and their periods; two dwarf planets are held out.

    >>> kepler().X.shape, kepler().X_test.shape
    ((8, 1), (2, 1))
    """
    known, others = np.array([*PLANETS.values()]), np.array([*DWARF_PLANETS.values()])
    return Table(("distance",), "period", known[:, :1], known[:, 1], others[:, :1], others[:, 1], source=KEPLER_SOURCE)


def diabetes() -> Table:
    """Ten standardised measurements of 442 patients, and the progression of their disease a year later.

    Noisy: the best models explain about half of the variance. Needs scikit-learn.
    """
    from sklearn.datasets import load_diabetes

    found = load_diabetes()
    return _split(
        tuple(found.feature_names),
        "progression",
        found.data,
        found.target,
        "Efron, Hastie, Johnstone, Tibshirani, 2004, Least Angle Regression, Annals of Statistics 32(2); as shipped "
        "with scikit-learn",
    )


def iris() -> Table:
    """The width of 150 petals, from their length and the length and width of the sepal, all in centimetres.

    Chosen over Linnerud, the other small set of scikit-learn for regression: that has 20 rows, and little in it can be
    predicted. Here a short formula explains more than nine tenths of the variance. Needs scikit-learn.
    """
    from sklearn.datasets import load_iris

    lengths = load_iris().data
    names = ("sepal_length", "sepal_width", "petal_length")
    source = (
        "Fisher, 1936, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7; as shipped with "
    )
    return _split(names, "petal_width", lengths[:, :3], lengths[:, 3], source + "scikit-learn")


def _split(names: tuple[str, ...], target: str, X: Floats, y: Floats, source: str) -> Table:
    """The rows in a random order that is the same everywhere, the last quarter to test on."""
    order = np.random.Generator(np.random.PCG64(SPLIT_SEED)).permutation(len(y))
    known, tested = np.split(order, [round(len(y) * (1 - TEST_SHARE))])
    return Table(names, target, X[known], y[known], X[tested], y[tested], source)
