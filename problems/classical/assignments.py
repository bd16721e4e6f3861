"""Quadratic assignment: place facilities on the cells of a grid so that what flows between them travels little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from random import Random

import numpy as np

from ...search import Problem
from ...spaces import Permutation
from ..instance_names import instance_name
from .instances import Integers, at_least

_BRUTE_FORCE = 8

#: Best losses found for larger random flows, by (rows, columns, seed): the end of most of 20 tabu searches.
BEST_FOUND = {(3, 4, 0): 248.0}


@dataclass(frozen=True, eq=False)
class Layout:
    """Symmetric flows and distances; facility i stands on cell `order[i]`, the loss is the sum over pairs of
    flow times distance."""

    flows: Integers
    distances: Integers

    def __call__(self, order: Sequence[int]) -> int:
        places = np.asarray(order)
        return int((self.flows * self.distances[places[:, None], places]).sum()) // 2

    def best(self) -> int:
        """The least loss, by trying every order."""
        return min(map(self, permutations(range(len(self.flows)))))


def grid_distances(rows: int, columns: int) -> Integers:
    """The steps between any two cells of a grid, walked along its lines."""
    cells = np.array([(row, column) for row in range(rows) for column in range(columns)])
    return np.asarray(np.abs(cells[:, None] - cells).sum(axis=2))


def quadratic_assignment(rows: int = 3, columns: int = 4, seed: int = 0, flows: str = "random") -> Problem:
    """Place rows x columns facilities on a grid; the loss is the sum over pairs of flow times distance.

    `flows`: "random", uniform in 0 to 9, about half of them 0; or "grid", 1 between facilities that are neighbours in a
    grid of the same shape, shuffled: then a least loss of one for each pair is attained where the grids agree.
    The optimum is known for "grid", by trying all orders up to 8 cells, and as the best found for the standard size.
    The published point leaves the facilities in the order in which they were numbered.
    Source: Koopmans, Beckmann, 1957, Assignment Problems and the Location of Economic Activities, Econometrica 25;
    grids after Nugent, Vollmann, Ruml, 1968, Operations Research 16.

    >>> quadratic_assignment(2, 3, flows="grid").best_known  # the seven pairs of neighbours
    7.0
    """
    at_least(1, rows=rows, columns=columns)
    if flows not in ("random", "grid") or rows * columns < 3:
        raise ValueError(f"rows={rows}, columns={columns}, flows={flows!r}: flows are 'random' or 'grid', for 3 cells")
    n, rng, distances = rows * columns, Random(seed), grid_distances(rows, columns)
    if flows == "grid":
        order = rng.sample(range(n), n)
        amounts = np.where(distances == 1, 1, 0)[np.ix_(order, order)]
        best: float | None = float(amounts.sum() // 2)
    else:
        upper = np.array([[rng.choice((0, 1)) * rng.randint(0, 9) for _ in range(n)] for _ in range(n)])
        amounts = np.triu(upper, 1) + np.triu(upper, 1).T
        best = float(Layout(amounts, distances).best()) if n <= _BRUTE_FORCE else BEST_FOUND.get((rows, columns, seed))
    settings = {"rows": (rows, 3), "columns": (columns, 4), "seed": (seed, 0), "flows": (flows, "random")}
    return Problem(
        instance_name("classical/quadratic_assignment", **settings),
        Permutation(range(n)),
        Layout(amounts, distances),
        published={"as numbered": list(range(n))},
        best_known=best,
        source="Koopmans, Beckmann, 1957, Econometrica 25; grids after Nugent, Vollmann, Ruml, 1968",
    )
