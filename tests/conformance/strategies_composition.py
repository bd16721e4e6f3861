"""Strategies made of strategies, one line an entry."""

from __future__ import annotations

from collections.abc import Sequence

from entries import Entry

from inlay.search import RSRM, GeneticAlgorithm, HillClimb, RandomSearch, RegularizedEvolution, Step
from inlay.search.auto import Auto
from inlay.search.iterated_local_search import IteratedLocalSearch
from inlay.search.portfolio import Portfolio
from inlay.search.relay import Leg, Relay
from inlay.search.restarts import Restarts

PAIR = [Leg(RandomSearch(), trials=15), Leg(HillClimb(60))]
THREE = [Leg(GeneticAlgorithm(6), patience=8), Leg(RegularizedEvolution(6, tournament=3), trials=9), Leg(HillClimb(60))]


def eager(episode: int) -> Sequence[Step]:
    """Every step in every episode, so that a few trials come to a narrowed space."""
    wide, within = [Step("explore"), Step("exploit"), Step("narrow")], [Step("explore", True), Step("exploit", True)]
    return [*wide, *within, Step("exploit"), Step("gather", True)]


STRATEGIES: dict[str, Entry] = {
    "auto": Entry(Auto, margin=0.5),
    "restarts of climbs": Entry(lambda: Restarts(HillClimb(200), patience=60), margin=0.5, local=True),
    "relay": Entry(lambda: Relay(PAIR), margin=0.5),
    "portfolio": Entry(lambda: Portfolio([RandomSearch(), IteratedLocalSearch(), GeneticAlgorithm(8)]), margin=0.5),
    "rsrm": Entry(lambda: RSRM(1, 8, 1, schedule=eager), proof="test_rsrm.py::test_it_beats_random_search"),
    "rsrm without forms": Entry(lambda: RSRM(2, 10, 20, forms=False), margin=0.5),
}  # fmt: skip
