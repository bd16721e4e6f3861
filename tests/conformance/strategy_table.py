"""The strategies that every law is checked for, one line an entry, and the objective that the laws use.

Run this file to see which strategy acts on which space, and why another one does not.
"""

from __future__ import annotations

import importlib
import re
import zlib
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import numpy as np
from entries import Entry
from space_table import SPACES

from inlay.search import CannotAct, Exhaustive, Outcome, Problem, RandomSearch
from inlay.spaces import Formula, Space
from inlay.spaces.formulas.identity import field_key

FAMILIES = (
    "evolution",
    "diversity",
    "local_search",
    "tree_search",
    "bandits",
    "distributions",
    "models",
    "inference",
    "composition",
)

#: The entries of every family, each family in a file of its own beside this one.
STRATEGIES: dict[str, Entry] = {
    "random search": Entry(RandomSearch, synchronous=True),
    "exhaustive": Entry(Exhaustive, synchronous=True, random=False),
}
for family in FAMILIES:
    STRATEGIES |= importlib.import_module(f"strategies_{family}").STRATEGIES


def problem_for(entry: Entry, space: Space, evaluate: Callable[[Any], Any], name: str = "law") -> Problem:
    """A problem of that space and objective that has what the strategy needs: see `Entry.needs`.

    An evaluation at a lower fidelity is off by up to 6 and costs as little as its fidelity.
    """
    options: dict[str, Any] = {"noisy": "noise" in entry.needs}
    if "descriptors" in entry.needs:
        options["descriptors"] = {"hash": (0, 100), "length": (0, 200)}
    if "fidelities" in entry.needs:
        options["fidelities"] = (1 / 9, 1 / 3, 1.0)
    if not entry.needs - {"noise"}:
        return Problem(name, space, evaluate, **options)

    def measured(value: Any, fidelity: float = 1.0) -> Outcome:
        found = evaluate(value)
        outcome = found if isinstance(found, Outcome) else Outcome({"loss": float(found)})
        seen = number(value)
        objectives = {name: loss + (1 - fidelity) * (seen % 7) for name, loss in outcome.objectives.items()}
        feedback = {"hash": seen % 101, "length": len(text(value))}
        return Outcome(objectives, outcome.violations, fidelity, feedback, outcome.error)

    return Problem(name, space, measured, **options)


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
    if isinstance(value, Formula):  # formulas that count as one program have one loss
        return field_key(value).hex()
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


# --- Which strategy acts on which space ------------------------------------------------------------


def refusal(strategy: str, space: str) -> str:
    """Why a strategy cannot act on a space, or the empty text."""
    try:
        entry = STRATEGIES[strategy]
        asked = problem_for(entry, SPACES[space](), fair).asked()
        entry.make().start(SPACES[space](), Random(0), asked)
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


if __name__ == "__main__":
    print("\n".join(table()))
