"""All deliberate mistakes, each family in a file of its own beside this one."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path

from mutant import Mutant

ROOT = Path(__file__).parents[2]

FAMILIES = (
    "spaces",
    "studies",
    "evolution",
    "diversity",
    "local_search",
    "tree_search",
    "bandits",
    "distributions",
    "models",
    "inference",
    "composition",
    "comparison",
    "formulas",
    "hardware",
)

MUTANTS: dict[str, list[Mutant]] = {family: importlib.import_module(f"mutants_{family}").MUTANTS for family in FAMILIES}


def chosen(words: Sequence[str]) -> list[Mutant]:
    """The mutants of the families that are named, and those whose line holds one of the words; all without words."""
    return [
        mutant
        for family, mutants in MUTANTS.items()
        for mutant in mutants
        if not words or family in words or any(word in repr(mutant) for word in words)
    ]
