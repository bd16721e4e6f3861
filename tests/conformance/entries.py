"""What the conformance tables say about a strategy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from inlay.search import Strategy


@dataclass(frozen=True)
class Entry:
    """How to make a strategy, and what it promises.

    `synchronous`: its trials do not depend on the order in which results arrive. `random`: another seed makes another
    run. `margin`: its median loss is at most this share of random search's at the same budget, on every problem of
    `test_learning.py` whose space it accepts; None for a strategy that does not learn, or whose learning shows in
    something else than the best loss: then `proof` names the test that shows it, as "file.py::test".
    `local`: once it has one success, all it proposes lies within two decisions of it.
    `needs`: what the problem must have, of "descriptors", "fidelities" and "noise".
    """

    make: Callable[[], Strategy]
    synchronous: bool = False
    random: bool = True
    margin: float | None = None
    proof: str = ""
    local: bool = False
    needs: frozenset[str] = frozenset()
