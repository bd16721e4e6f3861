"""Functions of real numbers, rotated and shifted so that no coordinate is special and no optimum is in the middle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from ...search import Problem
from ...spaces import Real
from ..instance_names import instance_name
from .instances import Floats, at_least

LOW, HIGH = -5.0, 5.0
_FARTHEST = 4.0  # the optimum lies within this distance of the middle in every coordinate
_SCHWEFEL_PLACE = 420.968746227503


def _sphere(z: Floats) -> float:
    return float(z @ z)


def _ellipsoid(z: Floats) -> float:
    powers = 6.0 * np.arange(z.size) / max(1, z.size - 1)
    return float(10.0**powers @ (z * z))


def _rosenbrock(z: Floats) -> float:
    y = z + 1.0
    return float(100.0 * ((y[:-1] ** 2 - y[1:]) ** 2).sum() + (z[:-1] ** 2).sum())


def _rastrigin(z: Floats) -> float:
    return float(10.0 * (z.size - np.cos(2.0 * np.pi * z).sum()) + z @ z)


def _schwefel(z: Floats) -> float:
    """418.98 n - sum y sin sqrt |y| with y = 100 z + 420.97; beyond 500 the edge and a parabola."""
    y = 100.0 * z + _SCHWEFEL_PLACE
    inside = np.clip(y, -500.0, 500.0)
    terms = inside * np.sin(np.sqrt(np.abs(inside)))
    peak = _SCHWEFEL_PLACE * np.sin(np.sqrt(_SCHWEFEL_PLACE))
    return float((peak - terms).sum() + ((y - inside) ** 2).sum() / 100.0)


@dataclass(frozen=True, eq=False)
class Moved:
    """f(R (x - optimum)): a function whose least value 0 lies at 0, rotated and shifted."""

    function: Callable[[Floats], float]
    rotation: Floats
    optimum: Floats

    def __call__(self, x: Sequence[float]) -> float:
        return self.function(self.rotation @ (np.asarray(x) - self.optimum))


def random_rotation(n: int, rng: Random) -> Floats:
    """A rotation drawn uniformly: Q of the QR decomposition of normal numbers, with its signs made unique.

    Source: Mezzadri, 2007, How to generate random matrices from the classical compact groups, Notices of the AMS 54.
    Differs: the determinant may be -1, so mirror images are among them.

    >>> rotation = random_rotation(3, Random(0))
    >>> bool(np.allclose(rotation @ rotation.T, np.eye(3)))
    True
    """
    normal = np.array([[rng.gauss(0.0, 1.0) for _ in range(n)] for _ in range(n)])
    q, r = np.linalg.qr(normal)
    return np.asarray(q * np.sign(np.diagonal(r)))


def _moved(name: str, function: Callable[[Floats], float], n: int, seed: int, rotate: bool, source: str) -> Problem:
    at_least(1, n=n)
    rng = Random(seed)
    optimum = np.array([rng.uniform(-_FARTHEST, _FARTHEST) for _ in range(n)])
    rotation = random_rotation(n, rng) if rotate else np.eye(n)
    return Problem(
        instance_name(f"classical/{name}", n=(n, 5), seed=(seed, 0), rotate=(rotate, True)),
        [Real(LOW, HIGH)] * n,
        Moved(function, rotation, optimum),
        published={"middle of the box": [0.0] * n},
        best_known=0.0,
        source=source,
    )


def sphere(n: int = 5, seed: int = 0, rotate: bool = True) -> Problem:
    """f(z) = sum z_i^2: the easiest bowl, on [-5, 5]^n.

    Source: Rechenberg, 1973, Evolutionsstrategie.

    >>> sphere(2).evaluate(sphere(2).evaluate.optimum)
    0.0
    """
    return _moved("sphere", _sphere, n, seed, rotate, "Rechenberg, 1973, Evolutionsstrategie")


def ellipsoid(n: int = 5, seed: int = 0, rotate: bool = True) -> Problem:
    """f(z) = sum 10^(6 (i-1)/(n-1)) z_i^2: a bowl a thousand times longer than wide.

    Source: Hansen, Finck, Ros, Auger, 2009, Real-Parameter Black-Box Optimization Benchmarking, INRIA RR-6829.
    """
    return _moved("ellipsoid", _ellipsoid, n, seed, rotate, "Hansen, Finck, Ros, Auger, 2009, INRIA RR-6829")


def rosenbrock(n: int = 5, seed: int = 0, rotate: bool = True) -> Problem:
    """f(z) = sum 100 (y_i^2 - y_(i+1))^2 + (y_i - 1)^2 with y = z + 1: a long bent valley.

    Source: Rosenbrock, 1960, An Automatic Method for Finding the Greatest or Least Value of a Function, Computer
    Journal 3. Raises `ValueError` below two dimensions.
    """
    at_least(2, n=n)
    return _moved("rosenbrock", _rosenbrock, n, seed, rotate, "Rosenbrock, 1960, Computer Journal 3")


def rastrigin(n: int = 5, seed: int = 0, rotate: bool = True) -> Problem:
    """f(z) = 10 n + sum z_i^2 - 10 cos(2 pi z_i): a bowl with a grid of dents.

    Source: Rastrigin, 1974, Systems of Extremal Control.
    """
    return _moved("rastrigin", _rastrigin, n, seed, rotate, "Rastrigin, 1974, Systems of Extremal Control")


def schwefel(n: int = 5, seed: int = 0, rotate: bool = True) -> Problem:
    """f(z) = sum 418.98 - y_i sin sqrt |y_i| with y = 100 z + 420.97: deep dents far from the optimum mislead.

    Source: Schwefel, 1981, Numerical Optimization of Computer Models. Differs: scaled by 100 to [-5, 5]^n; beyond 500
    the function goes on as its edge plus (|y| - 500)^2 / 100, so that the optimum stays the least value.
    """
    return _moved("schwefel", _schwefel, n, seed, rotate, "Schwefel, 1981, Numerical Optimization of Computer Models")
