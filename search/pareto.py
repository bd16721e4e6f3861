"""The non-dominated trials of a study with several objectives."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

from .nondominated import loss_rows, nondominated
from .trials import Trial


def pareto_front(trials: Sequence[Trial]) -> list[Trial]:
    """The trials that no other one dominates, in their given order; of equal ones all stay.

    Every trial must be done; violations count first: while any trial is feasible, only feasible ones are on the front.
    """
    if not trials:
        return []
    violations = [trial.violation for trial in trials]
    least = min(violations)
    rivals = [trial for trial, violation in zip(trials, violations, strict=True) if violation == least]
    return list(compress(rivals, nondominated(loss_rows(rivals)).tolist()))
