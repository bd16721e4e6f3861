"""Independent sets: vertices of a graph no two of which are neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from ...search import Problem
from ...spaces import Mask
from ..instance_names import instance_name
from .instances import Bits, Integers, at_least

_LARGEST = 80  # vertices up to which branch and bound finds the optimum at once


@dataclass(frozen=True, eq=False)
class Graph:
    """Edges as an array of shape (edges, 2); the loss of a set is the vertices left out plus 2 for each edge inside.

    Leaving out one end of an inner edge always lowers the loss, so the optima are the largest independent sets.
    """

    n: int
    edges: Integers

    def __call__(self, bits: Bits) -> int:
        inside = np.count_nonzero(bits[self.edges[:, 0]] & bits[self.edges[:, 1]])
        return int(self.n - np.count_nonzero(bits) + 2 * inside)

    def neighbours(self) -> list[int]:
        """The neighbours of each vertex as a number whose bits are the vertices."""
        found = [0] * self.n
        for a, b in self.edges.tolist():
            found[a] |= 1 << b
            found[b] |= 1 << a
        return found

    def independence_number(self) -> int:
        """The size of the largest independent set, by branching on a vertex of greatest degree."""
        return _largest((1 << self.n) - 1, self.neighbours(), {})

    def greedy(self) -> Bits:
        """The set that takes a vertex of least degree, drops its neighbours, and goes on."""
        near, left = self.neighbours(), (1 << self.n) - 1
        chosen = np.zeros(self.n, dtype=np.bool_)
        while left:
            vertex = min(_members(left), key=lambda v: (near[v] & left).bit_count())
            chosen[vertex] = True
            left &= ~(near[vertex] | 1 << vertex)
        return chosen


def _members(vertices: int) -> list[int]:
    return [v for v in range(vertices.bit_length()) if vertices >> v & 1]


def _largest(vertices: int, near: list[int], known: dict[int, int]) -> int:
    """The size of the largest independent set among `vertices`."""
    if not vertices:
        return 0
    if vertices in known:
        return known[vertices]
    degrees = {v: (near[v] & vertices).bit_count() for v in _members(vertices)}
    least, most = min(degrees, key=degrees.__getitem__), max(degrees, key=degrees.__getitem__)
    if degrees[least] <= 1:  # such a vertex is in some largest set
        found = 1 + _largest(vertices & ~(near[least] | 1 << least), near, known)
    else:
        without = vertices & ~(1 << most)
        found = max(1 + _largest(without & ~near[most], near, known), _largest(without, near, known))
    known[vertices] = found
    return found


def independent_set(n: int = 64, density: float = 0.2, seed: int = 1) -> Problem:
    """A largest independent set of a random graph, in which each pair of `n` vertices is an edge with `density`.

    The loss is the number of vertices left out plus 2 for each edge inside the set; the optimum is exact up to 80
    vertices. The published point is the greedy set of least degrees.
    Source: Karp, 1972, Reducibility among Combinatorial Problems; Erdős, Rényi, 1959, On Random Graphs I.

    >>> problem = independent_set(8, 0.5)
    >>> problem.evaluate(np.ones(8, dtype=bool)) > problem.evaluate(np.zeros(8, dtype=bool)) > problem.best_known
    True
    """
    at_least(2, n=n)
    if not 0 < density < 1:
        raise ValueError(f"density={density}: it must lie between 0 and 1")
    rng = Random(seed)
    pairs = [(a, b) for a in range(n) for b in range(a + 1, n) if rng.random() < density]
    graph = Graph(n, np.array(pairs, dtype=np.int64).reshape(-1, 2))
    return Problem(
        instance_name("classical/independent_set", n=(n, 64), density=(density, 0.2), seed=(seed, 1)),
        Mask(n),
        graph,
        published={"greedy by degree": graph.greedy()},
        best_known=float(n - graph.independence_number()) if n <= _LARGEST else None,
        source="Karp, 1972, Reducibility among Combinatorial Problems; Erdős, Rényi, 1959, On Random Graphs I",
    )
