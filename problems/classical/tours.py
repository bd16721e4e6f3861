"""The travelling salesman problem between random points of a square."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from ...search import Problem
from ...spaces import Permutation
from ..instance_names import instance_name
from .instances import Floats, at_least

_EXACT = 12

#: Best lengths found for larger instances, by (n, seed): the end of half of 394 local searches (2-opt, or-opt, kicks).
BEST_FOUND = {(64, 0): 6.0831777766756066}


@dataclass(frozen=True, eq=False)
class Tour:
    """The length of the closed tour that visits cities in the given order; `distances` has shape (n, n)."""

    distances: Floats

    def __call__(self, order: Sequence[int]) -> float:
        cities = np.asarray(order)
        return float(self.distances[cities[:-1], cities[1:]].sum() + self.distances[cities[-1], cities[0]])

    def shortest(self) -> float:
        """The length of the shortest tour, by dynamic programming over sets of cities (Held, Karp, 1962)."""
        n, far = len(self.distances) - 1, self.distances
        least = np.full((1 << n, n), np.inf)  # [cities seen, the last of them], from city n
        least[1 << np.arange(n), np.arange(n)] = far[n, :n]
        for seen in range(1, 1 << n):
            for city in range(n):
                if not seen >> city & 1:
                    into = seen | 1 << city
                    least[into, city] = min(least[into, city], (least[seen] + far[:n, city]).min())
        return float((least[-1] + far[:n, n]).min())

    def nearest_neighbour(self) -> list[int]:
        """The tour from city 0 that always goes on to the nearest city not yet visited."""
        order, left = [0], set(range(1, len(self.distances)))
        while left:
            order.append(min(left, key=lambda city: (self.distances[order[-1], city], city)))
            left.remove(order[-1])
        return order


def travelling_salesman(n: int = 64, seed: int = 0) -> Problem:
    """The shortest closed tour through `n` random points of the unit square.

    The optimum is exact up to 12 cities, and for the standard instance the best found by long local search. The
    published point is the tour of nearest neighbours.
    Source: Flood, 1956, The Traveling-Salesman Problem, Operations Research 4; Held, Karp, 1962, A Dynamic Programming
    Approach to Sequencing Problems, SIAM 10.

    >>> travelling_salesman(4).evaluate([0, 1, 2, 3]) >= travelling_salesman(4).best_known
    True
    """
    at_least(3, n=n)
    rng = Random(seed)
    points = np.array([(rng.random(), rng.random()) for _ in range(n)])
    tour = Tour(np.sqrt(((points[:, None] - points) ** 2).sum(axis=2)))
    return Problem(
        instance_name("classical/travelling_salesman", n=(n, 64), seed=(seed, 0)),
        Permutation(range(n)),
        tour,
        published={"nearest neighbour": tour.nearest_neighbour()},
        best_known=tour.shortest() if n <= _EXACT else BEST_FOUND.get((n, seed)),
        source="Flood, 1956, Operations Research 4; Held, Karp, 1962, SIAM 10",
    )
