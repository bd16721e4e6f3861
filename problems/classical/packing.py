"""The knapsack problem: a constraint, and an optimum that dynamic programming finds."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from ...search import Outcome, Problem
from ...spaces import Mask
from ..instance_names import instance_name
from .instances import Bits, Integers, at_least, integers


@dataclass(frozen=True, eq=False)
class Knapsack:
    """Items with values and weights; the loss is the value left behind, the violation the weight beyond capacity."""

    values: Integers
    weights: Integers
    capacity: int

    def __call__(self, bits: Bits) -> Outcome:
        left = float(self.values @ ~bits)
        return Outcome({"loss": left}, violations=(float(self.weights @ bits - self.capacity),))

    def least_loss(self) -> int:
        """The least loss of a packing that fits, by dynamic programming over capacities."""
        best = np.zeros(self.capacity + 1, dtype=np.int64)
        for value, weight in zip(self.values.tolist(), self.weights.tolist(), strict=True):
            if weight <= self.capacity:
                best[weight:] = np.maximum(best[weight:], best[: self.capacity + 1 - weight] + value)
        return int(self.values.sum() - best[-1])

    def greedy(self) -> Bits:
        """Items by value for their weight, each taken where it still fits."""
        chosen, room = np.zeros(len(self.values), dtype=np.bool_), self.capacity
        for item in np.argsort(-self.values / self.weights, kind="stable").tolist():
            if self.weights[item] <= room:
                chosen[item] = True
                room -= int(self.weights[item])
        return chosen


def knapsack(n: int = 64, seed: int = 0) -> Problem:
    """Pack the most valuable of `n` items into half of their weight; the loss is the value left behind.

    Weights are uniform in 1 to 100 and values 10 more (strongly correlated); the constraint is a violation. The
    published point is the greedy packing.
    Source: Dantzig, 1957, Discrete-Variable Extremum Problems, Operations Research 5; instances after Martello, Toth,
    1990, Knapsack Problems.

    >>> problem = knapsack(8)
    >>> problem.evaluate(np.ones(8, dtype=bool)).objectives["loss"], problem.best_known > 0
    (0.0, True)
    """
    at_least(1, n=n)
    rng = Random(seed)
    weights = integers(rng, (n,), 1, 100)
    sack = Knapsack(weights + 10, weights, int(weights.sum()) // 2)
    return Problem(
        instance_name("classical/knapsack", n=(n, 64), seed=(seed, 0)),
        Mask(n),
        sack,
        published={"greedy by value for weight": sack.greedy()},
        best_known=float(sack.least_loss()),
        source="Dantzig, 1957, Operations Research 5; instances after Martello, Toth, 1990, Knapsack Problems",
    )
