"""Strategies that sample from a density over programs, one line an entry."""

from __future__ import annotations

from entries import Entry

from inlay.search.metropolis_hastings import MetropolisHastings
from inlay.search.sequential_monte_carlo import ResampleMove, SequentialMonteCarlo
from inlay.search.site_moves import Block
from inlay.search.tempering import Cooling

PROOF = "test_inference_laws.py::test_a_study_samples_the_density"

STRATEGIES: dict[str, Entry] = {
    "metropolis-hastings": Entry(MetropolisHastings, margin=0.5, local=True),
    "metropolis-hastings block": Entry(lambda: MetropolisHastings(Cooling(0.1), Block(1.5)), margin=0.5),
    "sequential monte carlo": Entry(lambda: SequentialMonteCarlo(10), synchronous=True, margin=0.5),
    "resample-move": Entry(lambda: ResampleMove(8, 3), synchronous=True, margin=0.5),
}  # fmt: skip
