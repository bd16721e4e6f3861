"""How many prefix-closed trees there are, in all and with given first nodes: by generating functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .prefix_tree import Path

Floats = NDArray[np.float64]


class TreeCounts:
    """How many trees there are, by generating functions: the coefficient of x^n counts those of n nodes.

    With r free siblings on a level and k ranks below, F(level, r) = F(level, r - 1) (1 + x F(level + 1, k)); where
    ranks are ordered, F(level, r) = 1 + x F(level + 1, k) F(level, r - 1). There is nothing below the last level.
    """

    def __init__(self, nodes: int, least: int, ranks: int, depth: int, ordered: bool) -> None:
        self.nodes = nodes
        one = np.array([1] + [0] * nodes, dtype=object)
        below, siblings = one, {}
        for level in range(depth, 0, -1):
            headed = np.concatenate([[0], below[:-1]])  # x F(level + 1, k)
            row = [one]
            for _ in range(ranks):
                row.append(one + self._product(headed, row[-1]) if ordered else self._product(one + headed, row[-1]))
            siblings[level] = row
            below = row[-1]
        self.total = int(sum(below[least:]))
        #: Numbers grow like base^n: divided by it they stay floats.
        self.log_base = math.log(int(below[nodes])) / max(1, nodes)
        self.one = self._scaled(one)
        #: F(level, r) by level and r.
        self.siblings = {level: [self._scaled(each) for each in row] for level, row in siblings.items()}
        #: By level and the rank of a node: the ways to go on with its siblings and what is below it, of so many nodes
        #: or up to nodes - least fewer.
        self.after: dict[int, Floats] = {}
        for level, row in siblings.items():
            deeper = siblings[level + 1][-1] if level < depth else one
            ways = [self._product(row[ranks - 1 - rank], deeper) for rank in range(ranks)]
            self.after[level] = np.array([self._scaled(_windowed(each, nodes - least)) for each in ways])

    def _product(self, a: Any, b: Any) -> Any:
        return np.convolve(a, b)[: self.nodes + 1]

    def _scaled(self, counts: Any) -> Floats:
        logs = [math.log(count) - i * self.log_base if count else -math.inf for i, count in enumerate(counts)]
        return np.exp(np.array(logs, dtype=np.float64))

    def scale(self, left: int) -> float:
        """One tree, on the scale of what has so many nodes left."""
        return math.exp(-left * self.log_base)

    def follow(self, before: list[Floats], following: Path) -> None:
        """Keep in `before` the products of the free siblings down to each level, once another node is the last."""
        level, rank = len(following), following[-1]
        del before[level:]
        row = self.siblings[level]
        before.append(self._product(before[-1], row[len(row) - 2 - rank]))

    def completions(self, before: Floats, level: int, left: int) -> Floats:
        """For a node of each rank on a level, the number of ways to go on with at most `left` nodes after it."""
        return self.after[level][:, left::-1] @ before[: left + 1]


def _windowed(counts: Any, width: int) -> Any:
    """The sums of each entry and so many before it."""
    sums = np.cumsum(counts)
    if width + 1 >= len(sums):
        return sums
    return np.concatenate([sums[: width + 1], sums[width + 1 :] - sums[: -width - 1]])
