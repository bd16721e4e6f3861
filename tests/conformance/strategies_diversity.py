"""Strategies for several objectives, niches and islands, one line an entry."""

from __future__ import annotations

from entries import Entry

from inlay.search import GeneticAlgorithm, RegularizedEvolution
from inlay.search.islands import Islands
from inlay.search.map_elites import MapElites
from inlay.search.nsga2 import NSGA2
from inlay.search.nsga3 import NSGA3

DESCRIPTORS = frozenset({"descriptors"})


def both_islands() -> Islands:
    """A genetic algorithm and regularized evolution, every island a neighbour of the other."""
    return Islands([GeneticAlgorithm(6), RegularizedEvolution(8)], every=10, topology="complete")


STRATEGIES: dict[str, Entry] = {
    "nsga2": Entry(lambda: NSGA2(12), synchronous=True, margin=0.5),
    "nsga3": Entry(lambda: NSGA3(12), synchronous=True, margin=0.5),
    "map-elites": Entry(lambda: MapElites({"hash": 2, "length": 2}, 12), margin=0.5, local=True, needs=DESCRIPTORS),
    "islands of genetic algorithms": Entry(lambda: Islands(GeneticAlgorithm(6), 3, every=12, migrants=1), margin=0.5),
    "different islands": Entry(both_islands, margin=0.5),
}  # fmt: skip
