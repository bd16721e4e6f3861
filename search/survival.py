"""Survival: who stays in the population when new members arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .trials import Trial, ranked


@dataclass(frozen=True)
class Aging:
    """The newest members stay, however good the old ones are (Real et al. 2019)."""

    def __call__(self, population: Sequence[Trial], arrived: Sequence[Trial], size: int) -> list[Trial]:
        return [*population, *arrived][-size:]


@dataclass(frozen=True)
class Elitist:
    """The new members stay, and the best `elite` of the old ones."""

    elite: int = 1

    def __post_init__(self) -> None:
        if self.elite < 0:
            raise ValueError(f"Elitist(elite={self.elite}): it cannot be negative")

    def __call__(self, population: Sequence[Trial], arrived: Sequence[Trial], size: int) -> list[Trial]:
        kept = ranked(population)[: self.elite]
        return [*kept, *ranked(arrived)[: size - len(kept)]]


@dataclass(frozen=True)
class Plus:
    """The best of old and new stay."""

    def __call__(self, population: Sequence[Trial], arrived: Sequence[Trial], size: int) -> list[Trial]:
        return ranked([*population, *arrived])[:size]
