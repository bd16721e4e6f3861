"""The n queens problem, with one queen in each row and column by construction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...search import Problem
from ...spaces import Permutation
from ..instance_names import instance_name
from .instances import at_least


def attacks(columns: Sequence[int]) -> int:
    """How many pairs of queens attack each other, `columns[i]` being the column of the queen in row i."""
    places, rows = np.asarray(columns), np.arange(len(columns))
    diagonals = np.bincount(places + rows), np.bincount(places - rows + len(columns))
    return int(sum((count * (count - 1) // 2).sum() for count in diagonals))


def n_queens(n: int = 32) -> Problem:
    """Place `n` queens on a board so that none attacks another; the loss is the number of attacking pairs.

    Source: Bezzel, 1848, Schachfrage, Berliner Schachzeitung; Pauls, 1874, who solved it for every n of at least 4.

    >>> n_queens(4).evaluate([1, 3, 0, 2]), n_queens(4).evaluate([0, 1, 2, 3])
    (0, 6)
    """
    at_least(4, n=n)
    source = "Bezzel, 1848, Schachfrage, Berliner Schachzeitung; Pauls, 1874, Deutsche Schachzeitung 29"
    return Problem(
        instance_name("classical/n_queens", n=(n, 32)), Permutation(range(n)), attacks, best_known=0.0, source=source
    )
