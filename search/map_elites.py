"""MAP-Elites: the best candidate of every kind, instead of the best of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ..spaces import Space
from .grid_archive import GridArchive
from .strategies import Proposal, Strategy, as_objectives, cannot_act, check_parts
from .trials import Trial, better
from .variation import Mutate, Pick


@dataclass
class MapElites(Strategy):
    """Fills a grid over descriptors with elites, each the best of its cell, and varies elites drawn evenly.

    The first `initial` candidates are random. `bins` is how many parts each descriptor's range has, one number or a
    mapping from names. `descriptors` names those to use, all of the problem's where there are none. After a run,
    `study.strategy.archive` holds the elites. While no trial is feasible, the one with the least violation is varied.
    Raises `CannotAct` for a problem without these descriptors and for several objectives.

    Source: Mouret, Clune, 2015, Illuminating Search Spaces by Mapping Elites, arXiv:1504.04909. Differs: a result is
    entered when it arrives, and parents are varied by mutation only unless `vary` says otherwise.
    """

    bins: int | Mapping[str, int] = 10
    initial: int = 100
    vary: Callable[[Space, Pick, Random], Any] = field(default_factory=Mutate)
    descriptors: Sequence[str] = ()

    def __post_init__(self) -> None:
        counts = self.bins.values() if isinstance(self.bins, Mapping) else [self.bins]
        if self.initial < 1 or min(counts, default=0) < 1:
            raise ValueError(f"MapElites(bins={self.bins!r}, initial={self.initial}): all must be at least 1")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        if len(objectives) > 1:
            raise cannot_act(self, f"it keeps one elite a cell and there are {len(objectives)} objectives", "NSGA2")
        check_parts(self, space, objectives)
        self.space, self.rng = space, rng
        self.archive = GridArchive(self._ranges(as_objectives(objectives).descriptors), self.bins)
        self.asked = 0
        self.nearest: Trial | None = None

    def _ranges(self, known: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        """The ranges of the descriptors to use; raises `CannotAct` where one is not known."""
        instead = "RandomSearch or RegularizedEvolution"
        if not known:
            why = "the problem declares no descriptors and its grid is made of them: give Problem(descriptors=...)"
            raise cannot_act(self, why, instead)
        named = self.descriptors or (self.bins if isinstance(self.bins, Mapping) else known)
        for name in named:
            if name not in known:
                raise cannot_act(self, f"the problem has no descriptor {name!r}, only {', '.join(known)}", instead)
        for name in named if isinstance(self.bins, Mapping) else ():
            if name not in self.bins:  # type: ignore[operator]
                raise cannot_act(self, f"bins={self.bins!r} says nothing about the descriptor {name!r}", "bins=10")
        return {name: known[name] for name in named}

    def ask(self, n: int) -> Sequence[Proposal]:
        return [Proposal(self._next()) for _ in range(n)]

    def _next(self) -> Any:
        self.asked += 1
        if self.asked <= self.initial or not (self.archive.filled or self.nearest):
            return self.space.sample(self.rng)
        return self.vary(self.space, self._parent, self.rng)

    def _parent(self) -> Trial:
        filled = self.archive.filled
        if filled:
            return self.archive.elites[filled[int(self.rng.random() * len(filled))]]
        assert self.nearest is not None
        return self.nearest

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self.archive.add(trial)
            if trial.state == "done" and (self.nearest is None or better(trial, self.nearest)):
                self.nearest = trial
