"""The sweeps of every system of a sequence under every relaxation, calculated once and kept in the user's cache."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...optimizers.relaxation import optimal_omega
from .sweeps import sweep_counts
from .systems import OMEGAS, SIDE, Variance, shifted_poisson

#: To be raised when the calculation changes: what older versions kept is then not read.
_VERSION = 1


@dataclass(frozen=True)
class CostTable:
    """The sweeps `counts` (T, 20) of T systems under `OMEGAS`, `optimal` (T,) under Young's own relaxation for each.

    `shifts` (T,) is what a learner may know of a system before it solves it.
    """

    shifts: NDArray[np.float64]
    counts: NDArray[np.int32]
    optimal: NDArray[np.int32]

    @property
    def best_fixed(self) -> int:
        """The number of the relaxation with the fewest sweeps in sum over the sequence."""
        return int(self.counts.sum(axis=0).argmin())


def young_omega(shift: float) -> float:
    """Young's relaxation for A + shift I, whose Jacobi radius is 4 cos(pi / (SIDE + 1)) / (4 + shift)."""
    return optimal_omega(4 * float(np.cos(np.pi / (SIDE + 1))) / (4 + shift))


def calculate(instances: int, variance: Variance, seed: int) -> CostTable:
    """The table, calculated: about half a minute for 5000 systems."""
    systems = shifted_poisson(instances, variance, seed)
    young = [[*OMEGAS, young_omega(shift)] for shift in systems.shifts]
    counts = sweep_counts(systems, np.array(young))
    return CostTable(systems.shifts, counts[:, :-1], counts[:, -1])


def cost_table(instances: int = 5000, variance: Variance = "high", seed: int = 0) -> CostTable:
    """The table of a sequence drawn from a seed, from the user's cache where it lies there.

    It is calculated where the cache has none, cannot be read or cannot be written.
    """
    file = cache_folder() / f"linear_systems-{_VERSION}-{variance}-{instances}-{seed}.npz"
    kept = _read(file, instances)
    if kept is None:
        kept = calculate(instances, variance, seed)
        _write(file, kept)
    return kept


def cache_folder() -> Path:
    """Where calculated tables are kept: `$INLAY_CACHE`, else the folder `inlay` in the system's place for caches."""
    if given := os.environ.get("INLAY_CACHE"):
        return Path(given)
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "inlay" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "inlay"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "inlay"


def _read(file: Path, instances: int) -> CostTable | None:
    """The table in a file; None where there is none, or something else."""
    try:
        with np.load(file, allow_pickle=False) as kept:
            table = CostTable(kept["shifts"], kept["counts"], kept["optimal"])
    except Exception:  # whatever damaged it, the table can be calculated anew
        return None
    shapes = [table.shifts.shape, table.counts.shape, table.optimal.shape]
    return table if shapes == [(instances,), (instances, len(OMEGAS)), (instances,)] else None


def _write(file: Path, table: CostTable) -> None:
    """Write whole or not at all: another process may read meanwhile."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".npz")
        with os.fdopen(handle, "wb") as stream:
            np.savez_compressed(stream, shifts=table.shifts, counts=table.counts, optimal=table.optimal)
        Path(name).replace(file)
    except OSError:  # without a cache the next call calculates again
        return
