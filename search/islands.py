"""Islands: strategies that search apart and now and then show one another their best trials."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from ..spaces import Space
from .nondominated import front_ranks, loss_rows
from .strategies import Proposal, Strategy
from .trials import Trial

TOPOLOGIES = ("ring", "complete")


@dataclass
class Islands(Strategy):
    """Runs strategies side by side, each on its own trials, with migration between neighbours.

    `inner` is one strategy, of which `count` copies are made, or one for each island. They propose in turn; one that
    awaits results is passed over. Whenever an island has learned `every` of its own trials, the best `migrants` of all
    of them are told to its neighbours, as trials that those never asked for: to the next island in a "ring", to all in
    "complete". Trials from outside are told to every island.

    >>> from inlay.search import GeneticAlgorithm, RegularizedEvolution
    >>> Islands([GeneticAlgorithm(20), RegularizedEvolution(20)], every=40).islands_wanted
    2

    Source: Cantú-Paz, 1998, A Survey of Parallel Genetic Algorithms, Calculateurs Parallèles 10 (static, asynchronous).
    """

    inner: Strategy | Sequence[Strategy]
    count: int | None = None
    every: int = 50
    migrants: int = 2
    topology: str = "ring"

    def __post_init__(self) -> None:
        if not isinstance(self.inner, Strategy) and self.count not in (None, len(self.inner)):
            raise ValueError(f"Islands: {len(self.inner)} strategies make as many islands, not count={self.count}")
        if self.islands_wanted < 1 or self.every < 1 or self.migrants < 0:
            raise ValueError(
                f"Islands(count={self.islands_wanted}, every={self.every}, migrants={self.migrants}): there must be at "
                "least one island, one trial between migrations, and no fewer than 0 migrants"
            )
        if self.topology not in TOPOLOGIES:
            raise ValueError(f"Islands(topology={self.topology!r}): there are {' and '.join(TOPOLOGIES)}")

    @property
    def islands_wanted(self) -> int:
        """How many islands there will be."""
        if isinstance(self.inner, Strategy):
            return 4 if self.count is None else self.count
        return len(self.inner)

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space = space
        inner = [self.inner] * self.islands_wanted if isinstance(self.inner, Strategy) else self.inner
        self.islands = [Island(copy.deepcopy(strategy)) for strategy in inner]
        for island in self.islands:
            island.strategy.start(space, Random(rng.getrandbits(64)), objectives)
        self.turn = 0

    def ask(self, n: int) -> Sequence[Proposal]:
        proposals: list[Proposal] = []
        while len(proposals) < n and (proposal := self._next()) is not None:
            proposals.append(proposal)
        return proposals

    def _next(self) -> Proposal | None:
        """A proposal of the island whose turn it is, or of the first one after it that has any."""
        count = len(self.islands)
        for i in range(self.turn, self.turn + count):
            for inner in self.islands[i % count].strategy.ask(1):
                self.turn = (i + 1) % count
                return Proposal(inner.value, [i % count, inner.origin], inner.fidelity)
        return None

    def tell(self, trials: Sequence[Trial]) -> None:
        told: dict[int, list[Trial]] = {}
        for trial in trials:
            for i, seen in self._seen(trial):
                told.setdefault(i, []).append(seen)
        for i in sorted(told):
            self.islands[i].tell(told[i])
        for i in sorted(told):
            self._migrate(i)

    def _seen(self, trial: Trial) -> Iterator[tuple[int, Trial]]:
        """Which islands learn a trial, and as what."""
        if trial.foreign:
            yield from ((i, trial) for i in range(len(self.islands)))
        else:
            i, origin = trial.origin
            yield i, trial.retold(origin)

    def _migrate(self, i: int) -> None:
        island = self.islands[i]
        if len(island.recent) < self.every:
            return
        island.best = best_distinct([*island.best, *island.recent], self.migrants)
        island.recent = []
        arriving = [trial.retold(None, foreign=True) for trial in island.best]
        for neighbor in self._neighbors(i) if arriving else ():
            self.islands[neighbor].strategy.tell(arriving)

    def _neighbors(self, i: int) -> Sequence[int]:
        count = len(self.islands)
        near = [(i + 1) % count] if self.topology == "ring" else list(range(count))
        return [neighbor for neighbor in near if neighbor != i]


@dataclass
class Island:
    """A strategy with the trials of its own since the last migration, and the best of those before."""

    strategy: Strategy
    recent: list[Trial] = field(default_factory=list)
    best: list[Trial] = field(default_factory=list)

    def tell(self, trials: Sequence[Trial]) -> None:
        """Let the strategy learn, and remember its own trials."""
        self.strategy.tell(trials)
        self.recent += [trial for trial in trials if not trial.foreign]


def best_distinct(trials: Sequence[Trial], most: int) -> list[Trial]:
    """The best trials with different keys, by front, then by number; failed ones are never among them."""
    done = [trial for trial in trials if trial.state == "done"]
    if not done:
        return []
    ranks = front_ranks(loss_rows(done), [trial.violation for trial in done]).tolist()
    order = sorted(range(len(done)), key=lambda i: (ranks[i], done[i].number))
    chosen: dict[object, Trial] = {}
    for i in order:
        if len(chosen) < most:
            chosen.setdefault(done[i].number if done[i].key is None else done[i].key, done[i])
    return list(chosen.values())
