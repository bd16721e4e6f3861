"""Strategies that walk from neighbour to neighbour, one line an entry."""

from __future__ import annotations

from entries import Entry

from inlay.search import HillClimb
from inlay.search.iterated_local_search import IteratedLocalSearch, RestartedLocalSearch, VariableNeighborhoodDescent
from inlay.search.local_search import Kick, LocalSearch
from inlay.search.simulated_annealing import SimulatedAnnealing
from inlay.search.tabu_search import TabuSearch

STRATEGIES: dict[str, Entry] = {
    "hill climb": Entry(lambda: HillClimb(patience=60), margin=0.5, local=True),
    "local search": Entry(lambda: RestartedLocalSearch(sideways=3), margin=0.5),
    "steepest descent": Entry(lambda: LocalSearch(steepest=True, sample=8, leave=Kick(1)), margin=0.5),
    "iterated local search": Entry(lambda: IteratedLocalSearch(3, sideways=5), margin=0.5),
    "variable neighborhoods": Entry(VariableNeighborhoodDescent, margin=0.5),
    "simulated annealing": Entry(lambda: SimulatedAnnealing(horizon=300, acceptance=0.1), margin=0.5),
    "tabu search": Entry(TabuSearch, margin=0.5),
}  # fmt: skip
