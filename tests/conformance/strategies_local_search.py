"""Strategies that walk from neighbour to neighbour, one line an entry."""

from __future__ import annotations

from entries import Entry

from inlay.search import HillClimb

STRATEGIES: dict[str, Entry] = {
    "hill climb": Entry(lambda: HillClimb(patience=60), margin=0.5, local=True),
}  # fmt: skip
