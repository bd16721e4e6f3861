"""Survival: who stays in the population when new members arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

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
    """The best of old and new stay; among equals the new ones, so that a search drifts across plateaus.

    Source: Rechenberg, 1973, Evolutionsstrategie.
    """

    def __call__(self, population: Sequence[Trial], arrived: Sequence[Trial], size: int) -> list[Trial]:
        return newest_ranked([*population, *arrived])[:size]


@dataclass(frozen=True)
class Comma:
    """The best of the new stay, however good the old are; old ones only where too few of the new succeeded.

    Source: Schwefel, 1975, Evolutionsstrategie und numerische Optimierung.

    >>> trials = [Trial(number, None) for number in range(4)]
    >>> for trial, loss in zip(trials, (1.0, 5.0, 4.0, 6.0)):
    ...     trial.state, trial.losses = "done", (loss,)
    >>> [trial.number for trial in Comma()(trials[:1], trials[1:], 2)]
    [2, 1]
    """

    def __call__(self, population: Sequence[Trial], arrived: Sequence[Trial], size: int) -> list[Trial]:
        kept = newest_ranked(arrived)[:size]
        return kept if len(kept) == size else [*kept, *newest_ranked(population)[: size - len(kept)]]


def newest_ranked(trials: Sequence[Trial]) -> list[Trial]:
    """The trials from best to worst, as `ranked` has them, but the later ones first among equals."""
    if all(len(trial.losses) == 1 for trial in trials):
        return sorted(trials, key=lambda trial: (*_standing(trial), -trial.number))
    return [trial for _, group in groupby(ranked(trials), key=_standing) for trial in reversed(list(group))]


def _standing(trial: Trial) -> tuple[Any, ...]:
    return trial.state != "done", trial.violation if trial.violations else 0.0, trial.losses
