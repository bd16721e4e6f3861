"""Maximum satisfiability: assign truth values so that as many clauses hold as possible."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from ...search import Problem
from ...spaces import Mask
from ..instance_names import instance_name
from .instances import BRUTE_FORCE_BITS, Bits, Integers, all_bit_strings, at_least

#: Least losses of larger instances by (n, clauses, seed): a satisfying assignment was found for each.
SATISFIABLE = {(64, 256, 0): 0.0}


@dataclass(frozen=True, eq=False)
class Formula:
    """Clauses of three literals: `variables` and `wanted` of shape (clauses, 3); the loss counts those that fail."""

    variables: Integers
    wanted: Bits

    def __call__(self, bits: Bits) -> int:
        return int(np.count_nonzero((bits[self.variables] != self.wanted).all(axis=1)))

    def best(self, n: int) -> int:
        """The least loss, by trying every assignment."""
        return min(map(self, all_bit_strings(n)))

    def majority(self, n: int) -> Bits:
        """Each variable as most of its literals want it."""
        votes = np.zeros(n)
        np.add.at(votes, self.variables, np.where(self.wanted, 1, -1))
        return np.asarray(votes >= 0)


def maximum_satisfiability(n: int = 64, clauses: int | None = None, seed: int = 0) -> Problem:
    """A random formula of three literals to a clause over `n` variables; the loss is the number of clauses that fail.

    Each clause has three distinct variables, each negated with probability 1/2; there are 4 n clauses where nothing
    else is said, near the threshold of 4.27 n beyond which formulas become unsatisfiable. The optimum is known up to 16
    variables and for the standard instance. The published point takes each variable as most of its literals want it.
    Source: Mitchell, Selman, Levesque, 1992, Hard and Easy Distributions of SAT Problems, AAAI.

    >>> maximum_satisfiability(8).best_known
    0.0
    """
    at_least(3, n=n)
    count = 4 * n if clauses is None else clauses
    at_least(1, clauses=count)
    rng = Random(seed)
    drawn = [(rng.sample(range(n), 3), [rng.random() < 0.5 for _ in range(3)]) for _ in range(count)]
    formula = Formula(np.array([v for v, _ in drawn]), np.array([w for _, w in drawn], dtype=np.bool_))
    best = float(formula.best(n)) if n <= BRUTE_FORCE_BITS else SATISFIABLE.get((n, count, seed))
    return Problem(
        instance_name("classical/maximum_satisfiability", n=(n, 64), clauses=(count, 4 * n), seed=(seed, 0)),
        Mask(n),
        formula,
        published={"majority of literals": formula.majority(n)},
        best_known=best,
        source="Mitchell, Selman, Levesque, 1992, Hard and Easy Distributions of SAT Problems, AAAI",
    )
