"""Strategies made of strategies, one line an entry."""

from __future__ import annotations

from entries import Entry

from inlay.search import GeneticAlgorithm, HillClimb, RandomSearch, RegularizedEvolution
from inlay.search.auto import Auto
from inlay.search.iterated_local_search import IteratedLocalSearch
from inlay.search.portfolio import Portfolio
from inlay.search.relay import Leg, Relay
from inlay.search.restarts import Restarts

PAIR = [Leg(RandomSearch(), trials=15), Leg(HillClimb(60))]
THREE = [Leg(GeneticAlgorithm(6), patience=8), Leg(RegularizedEvolution(6, tournament=3), trials=9), Leg(HillClimb(60))]

STRATEGIES: dict[str, Entry] = {
    "auto": Entry(Auto, margin=0.5),
    "restarts of climbs": Entry(lambda: Restarts(HillClimb(200), patience=60), margin=0.5, local=True),
    "relay": Entry(lambda: Relay(PAIR), margin=0.5),
    "portfolio": Entry(lambda: Portfolio([RandomSearch(), IteratedLocalSearch(), GeneticAlgorithm(8)]), margin=0.5),
}  # fmt: skip
