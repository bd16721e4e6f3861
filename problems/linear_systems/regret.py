"""Bandits that choose the relaxation of one system after the other, and how many sweeps they take."""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray

from ...search.bandits import Bandit
from .sweep_table import CostTable


def play(bandit: Bandit, table: CostTable, seed: int) -> NDArray[np.int64]:
    """The sweeps of every system (T,), with the relaxation that the bandit chooses when it knows the system's shift.

    What `BanditSearch` does in a study, without its log.
    """
    bandit.start(table.counts.shape[1], Random(seed))
    sweeps = np.empty(len(table.shifts), dtype=np.int64)
    for instance, (shift, counts) in enumerate(zip(table.shifts.tolist(), table.counts.tolist(), strict=True)):
        pull = bandit.choose((shift,))
        sweeps[instance] = counts[pull.arm]
        bandit.learn(pull, float(counts[pull.arm]), (shift,))
    return sweeps


def relative_sweeps(bandit: Bandit, table: CostTable, seed: int) -> float:
    """The sweeps of a bandit over those of the best fixed relaxation, in sum over the sequence."""
    return float(play(bandit, table, seed).sum() / table.counts[:, table.best_fixed].sum())
