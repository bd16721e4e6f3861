"""The runs of symbolic regression: which program fits which equation for how long, and the file that keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from inlay.problems.formulas.equations import Equation
from inlay.problems.formulas.feynman import COMPARED, FEYNMAN
from inlay.problems.formulas.nguyen import NGUYEN

RUNS = Path(__file__).with_name("symbolic_regression.json")
GROUPS = {"nguyen": NGUYEN, "feynman": {f"feynman-{number}": FEYNMAN[f"feynman-{number}"] for number in COMPARED}}
EQUATIONS: dict[str, Equation] = {name: equation for group in GROUPS.values() for name, equation in group.items()}
#: CPU seconds of a fit, and the groups that have them.
BUDGETS = {4: ("nguyen", "feynman"), 20: ("nguyen",)}
SEEDS = range(5)


class Run(NamedTuple):
    """One fit: whose, of which equation, in how many CPU seconds, with which seed."""

    program: str
    name: str
    seconds: int
    seed: int

    @property
    def key(self) -> str:
        """How the fit is called in the file."""
        return "/".join(map(str, self))


def wanted(programs: Iterable[str], words: list[str]) -> Iterator[Run]:
    """All fits of these programs, or those whose description holds a word."""
    for seconds, groups in BUDGETS.items():
        for seed in SEEDS:
            for name in (name for group in groups for name in GROUPS[group]):
                for program in programs:
                    run = Run(program, name, seconds, seed)
                    if not words or any(word.lower() in f"{program} {name} {seconds}s".lower() for word in words):
                        yield run


def kept() -> dict[str, Any]:
    """What the file holds."""
    return json.loads(RUNS.read_text()) if RUNS.exists() else {}


def keep(key: str, **facts: Any) -> None:
    """Add to what the file holds about one fit, and leave it whole at every instant."""
    runs = kept()
    runs[key] = {**runs.get(key, {}), **facts}
    RUNS.with_suffix(".new").write_text(json.dumps(runs, indent=0, sort_keys=True))
    RUNS.with_suffix(".new").replace(RUNS)
