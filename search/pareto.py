"""The non-dominated trials of a study with several objectives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .trials import Trial


def pareto_front(trials: Sequence[Trial]) -> list[Trial]:
    """The trials that no other one dominates, in their given order; of equal ones all stay.

    Every trial must be done; violations count first: while any trial is feasible, only feasible ones are on the front.
    """
    if not trials:
        return []
    least = min(trial.violation for trial in trials)
    rivals = [trial for trial in trials if trial.violation == least]
    losses = np.array([trial.losses for trial in rivals])
    order = np.lexsort(losses.T[::-1])
    front: list[int] = []
    points = np.empty((0, losses.shape[1]))
    for i in order:  # whatever dominates a point comes before it in lexicographic order
        point = losses[i]
        if not len(points) or not np.any(np.all(points <= point, axis=1) & np.any(points < point, axis=1)):
            front.append(int(i))
            points = losses[front]
    return [rivals[i] for i in sorted(front)]
