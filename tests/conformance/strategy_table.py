"""The strategies that every law is checked for, one line an entry, and the objective that the laws use.

Run this file to see which strategy acts on which space, and why another one does not.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from space_table import SPACES

from inlay.search import (
    Aging,
    CannotAct,
    Evolution,
    Exhaustive,
    GeneticAlgorithm,
    HillClimb,
    Mutate,
    Outcome,
    Plus,
    RandomSearch,
    RegularizedEvolution,
    Strategy,
    Truncation,
)


@dataclass(frozen=True)
class Entry:
    """How to make a strategy, and what it promises.

    `synchronous`: its trials do not depend on the order in which results arrive. `random`: another seed makes another
    run. `margin`: its median loss is at most this share of random search's at the same budget, on every problem of
    `test_learning.py`; None for a strategy that does not learn.
    """

    make: Callable[[], Strategy]
    synchronous: bool = False
    random: bool = True
    margin: float | None = None


STRATEGIES: dict[str, Entry] = {
    "random search": Entry(RandomSearch, synchronous=True),
    "exhaustive": Entry(Exhaustive, synchronous=True, random=False),
    "hill climb": Entry(lambda: HillClimb(patience=60), margin=0.5),
    "regularized evolution": Entry(lambda: RegularizedEvolution(12, tournament=4), margin=0.5),
    "genetic algorithm": Entry(lambda: GeneticAlgorithm(12), synchronous=True, margin=0.5),
    "truncated evolution": Entry(lambda: Evolution(12, Truncation(0.3), Mutate(), Plus()), margin=0.5),
    "generations": Entry(lambda: Evolution(9, Truncation(0.3), Mutate(), Aging(), brood=6), True, margin=0.5),
}  # fmt: skip


def refusal(strategy: str, space: str) -> str:
    """Why a strategy cannot act on a space, or the empty text."""
    try:
        STRATEGIES[strategy].make().start(SPACES[space](), Random(0), {"loss": "minimize"})
    except CannotAct as error:
        return str(error)
    return ""


REFUSALS = {(strategy, space): refusal(strategy, space) for strategy in STRATEGIES for space in SPACES}
PAIRS = [pair for pair, why in REFUSALS.items() if not why]
REFUSED = [pair for pair, why in REFUSALS.items() if why]


def table() -> Iterator[str]:
    """The product of strategies and spaces as lines of text: a dot where the pair acts, a cross where it is refused."""
    width = max(map(len, SPACES))
    for column, strategy in enumerate(STRATEGIES):
        yield " " * (width + 2 + 2 * column) + strategy
    for space in SPACES:
        marks = ["x" if REFUSALS[strategy, space] else "·" for strategy in STRATEGIES]
        yield f"{space:>{width}}  {' '.join(marks)}"
    for strategy, space in REFUSED:
        yield f"{strategy} x {space}: {REFUSALS[strategy, space]}"


# --- An objective for any space --------------------------------------------------------------------


def text(value: Any) -> str:
    """A built value as text, the same in every process."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{text(key)}: {text(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}({', '.join(map(text, value))})"
    if isinstance(value, set | frozenset):
        return f"set({', '.join(sorted(map(text, value)))})"
    if isinstance(value, np.ndarray):
        return value.tobytes().hex()
    if callable(value):
        return str(value.__qualname__)
    if hasattr(value, "__dict__") and vars(value):
        return f"{type(value).__qualname__} {text(vars(value))}"
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def number(value: Any) -> int:
    """A number that a built value always gives, like a hash that is the same in every process."""
    return zlib.crc32(text(value).encode())


def fair(value: Any) -> float:
    """Never fails; without structure, so that any space has ties, optima and plateaus."""
    return number(value) % 1009 / 10


def nasty(value: Any) -> Outcome | float:
    """Fails for a seventh of all values, gives NaN for a ninth, and violates a constraint for a quarter."""
    found = number(value)
    if found % 7 == 0:
        raise ArithmeticError("a seventh of all values fails")
    return Outcome({"loss": float("nan") if found % 9 == 0 else found % 1009 / 10}, violations=[found % 4 - 2])


if __name__ == "__main__":
    print("\n".join(table()))
