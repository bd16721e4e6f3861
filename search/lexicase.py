"""Lexicase selection: parents that are best on some cases, however bad they are on average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .objectives import Objectives
from .selection import DrawParent
from .strategies import cannot_act
from .trials import Trial

Errors = NDArray[np.float64]


@dataclass(frozen=True)
class Lexicase:
    """Goes through the cases in random order, each time keeping the members that are best on it, up to epsilon.

    Epsilon is, for every case, the median absolute deviation of its errors in the population; with `epsilon=False` only
    the best pass. The cases are the objectives where there are several; with `cases` they are the list of errors (all
    to be minimised) that every trial has under this name in its feedback. Only the members that violate constraints the
    least take part.

    Source: La Cava, Spector, Danai, 2016, Epsilon-Lexicase Selection for Regression, GECCO, arXiv:1905.13266.

    >>> members = []
    >>> for number, losses in enumerate([(0.0, 9.0), (9.0, 0.0), (5.0, 5.0)]):
    ...     members.append(Trial(number, None))
    ...     members[-1].state, members[-1].losses = "done", losses
    >>> draw, rng = Lexicase(epsilon=False).among(members), Random(0)
    >>> sorted({draw(rng).number for _ in range(50)})
    [0, 1]
    """

    cases: str | None = None
    epsilon: bool = True

    def check(self, space: Any, objectives: Objectives) -> None:
        if self.cases is None and len(objectives) < 2:
            why = 'there is one objective and no list of cases: name where the feedback has them, Lexicase("cases")'
            raise cannot_act(self, why, "Tournament")

    def __call__(self, population: Sequence[Trial], rng: Random) -> Trial:
        return self.among(population)(rng)

    def among(self, population: Sequence[Trial]) -> DrawParent:
        least = min(trial.violation for trial in population)
        members = [trial for trial in population if trial.violation == least]
        errors = case_errors(members, self.cases)
        allowed = deviations(errors) if self.epsilon else np.zeros(errors.shape[1])
        return lambda rng: members[_winner(errors, allowed, rng)]


def case_errors(members: Sequence[Trial], cases: str | None) -> Errors:
    """The errors of the members on the cases, an array (members, cases); a case that one lacks counts as infinite."""
    rows = [_cases_of(trial, cases) for trial in members]
    errors = np.full((len(rows), max(map(len, rows))), np.inf)
    for i, row in enumerate(rows):
        errors[i, : len(row)] = row
    largest = np.finfo(float).max
    return np.clip(np.where(np.isnan(errors), np.inf, errors), -largest, largest)


def _cases_of(trial: Trial, cases: str | None) -> Sequence[float]:
    found = trial.feedback.get(cases) if cases is not None and isinstance(trial.feedback, Mapping) else None
    return trial.losses if found is None else found


def deviations(errors: Errors) -> Errors:
    """The median absolute deviation of each case over the members.

    >>> deviations(np.array([[1.0], [2.0], [4.0], [9.0], [3.0]])).tolist()
    [1.0]
    """
    with np.errstate(over="ignore"):
        found: Errors = np.median(np.abs(errors - np.median(errors, axis=0)), axis=0)
    return found


def _winner(errors: Errors, allowed: Errors, rng: Random) -> int:
    """The index of a member that outlasts the cases in a random order; a uniform one of those that are left."""
    left = np.arange(len(errors))
    cases = list(range(errors.shape[1]))
    rng.shuffle(cases)
    for case in cases:
        column = errors[left, case]
        left = left[column <= column.min() + allowed[case]]
        if len(left) == 1:
            break
    return int(left[int(rng.random() * len(left))])
