"""A grid over descriptors that keeps the best trial of every cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf, prod

from .trials import Trial, better

Cell = tuple[int, ...]


class GridArchive:
    """Keeps the elite of every cell: the best feasible trial whose descriptors fall into it.

    `ranges` maps the name of each descriptor to (low, high), which is cut into `bins` equal parts (one number for all,
    or a mapping with one for each); what lies beyond a range counts to the outermost part. The descriptors of a trial
    are read from its `feedback`.

    >>> archive = GridArchive({"height": (0, 10)}, bins=5)
    >>> for number, (loss, height) in enumerate([(3.0, 1), (2.0, 1.5), (9.0, 8)]):
    ...     trial = Trial(number, None)
    ...     trial.state, trial.losses, trial.feedback = "done", (loss,), {"height": height}
    ...     _ = archive.add(trial)
    >>> sorted(archive.elites), archive.coverage, archive.quality(worst=10.0)
    ([(0,), (4,)], 0.4, 9.0)

    Source: Mouret, Clune, 2015, Illuminating Search Spaces by Mapping Elites, arXiv:1504.04909; the score: Pugh,
    Soros, Stanley, 2016, Quality Diversity, doi:10.3389/frobt.2016.00040.
    """

    def __init__(self, ranges: Mapping[str, tuple[float, float]], bins: int | Mapping[str, int]) -> None:
        if not ranges:
            raise ValueError("GridArchive: give at least one descriptor with its range")
        counts = {name: bins.get(name, 0) if isinstance(bins, Mapping) else bins for name in ranges}
        for name, (low, high) in ranges.items():
            if counts[name] < 1 or not -inf < low < high < inf:
                raise ValueError(f"GridArchive: {name!r} has {counts[name]} bins over ({low}, {high}): it needs at "
                                 "least one, and a finite range with low < high")  # fmt: skip
        self.axes = [(name, low, high, counts[name]) for name, (low, high) in ranges.items()]
        self.elites: dict[Cell, Trial] = {}
        self.filled: list[Cell] = []  # in the order in which they were, for draws

    @property
    def size(self) -> int:
        """How many cells there are."""
        return prod(bins for *_, bins in self.axes)

    @property
    def coverage(self) -> float:
        """The share of the cells that hold an elite."""
        return len(self.elites) / self.size

    def quality(self, worst: float) -> float:
        """The quality-diversity score: the sum over all elites of how far their loss lies below `worst`, if it does."""
        return sum(max(0.0, worst - trial.losses[0]) for trial in self.elites.values())

    def cell(self, trial: Trial) -> Cell | None:
        """The cell of a trial, None where a descriptor is NaN or the feedback holds none."""
        feedback = trial.feedback if isinstance(trial.feedback, Mapping) else {}
        found = [self._bin(feedback.get(name), low, high, bins) for name, low, high, bins in self.axes]
        return None if None in found else tuple(i for i in found if i is not None)

    def _bin(self, value: float | None, low: float, high: float, bins: int) -> int | None:
        if value is None or value != value:
            return None
        return int(bins * min(max((value - low) / (high - low), 0.0), 1.0 - 1e-16))

    def add(self, trial: Trial) -> bool:
        """Let a trial into its cell where it beats the elite there; a failed or infeasible one never gets in."""
        cell = self.cell(trial) if trial.state == "done" and trial.violation == 0.0 else None
        if cell is None or (cell in self.elites and not better(trial, self.elites[cell])):
            return False
        if cell not in self.elites:
            self.filled.append(cell)
        self.elites[cell] = trial
        return True

    def __len__(self) -> int:
        return len(self.elites)

    def __iter__(self) -> Iterator[Trial]:
        return iter(self.elites.values())


def archive_of(
    trials: Sequence[Trial], ranges: Mapping[str, tuple[float, float]], bins: int | Mapping[str, int]
) -> GridArchive:
    """The archive that any trials fill, whichever strategy made them; to compare strategies."""
    archive = GridArchive(ranges, bins)
    for trial in trials:
        archive.add(trial)
    return archive
