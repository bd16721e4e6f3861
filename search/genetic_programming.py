"""Genetic programming: whole broods of new candidates, made by the forms of a space that make many at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from ..spaces import Space
from .age_fitness import AgeFitness
from .brood_moves import BroodMove, Children, Crossing, Fresh, Mutation, mutated_many
from .double_tournament import DoubleTournament
from .many_parents import PickMany, picking
from .selection import Selection
from .strategies import Proposal, Strategy, as_objectives, check_parts
from .trials import Trial

#: How often children are looked at that are known, and mutated in between.
TURNS = 6


@dataclass
class GeneticProgramming(Strategy):
    """Keeps a population, and makes every brood at once: some children by each move, none that is known already.

    `select` draws parents, `moves` make children, each its share of the brood, and `keep` says who survives. A brood is
    handed out in pieces and awaited whole. A candidate whose key equals that of one of the latest `memory` candidates
    is mutated, a few times, unless evaluations are noisy; a brood may be smaller therefore. Where all that a brood
    could hold is known, it is proposed all the same. Works on every space, and fast where a space has fast forms of
    `sample_many`, `mutate_many` and `crossover_many`, as `Formulas` has.

    Source: Koza, 1992, Genetic Programming, MIT Press.
    Differs: known candidates are not evaluated again; old and new compete by age and loss.

    >>> from inlay.search import Problem, Study
    >>> from inlay.spaces.formulas import Formulas
    >>> problem = Problem("size", Formulas(["x"], max_size=9), evaluate_many=lambda fs: [abs(7 - f.size) for f in fs])
    >>> Study(problem, GeneticProgramming(20), seed=0).run(trials=200, progress=False).best.loss
    0.0
    """

    population: int = 1000
    brood: int | None = None
    select: Selection = field(default_factory=DoubleTournament)
    moves: Sequence[BroodMove] = (Crossing(0.5), Mutation(0.4), Fresh(0.1))
    keep: Callable[[Sequence[Trial], Sequence[Trial], int], list[Trial]] = field(default_factory=AgeFitness)
    memory: int = 200_000

    def __post_init__(self) -> None:
        if self.population < 1 or (self.brood is not None and self.brood < 1) or self.memory < 0:
            raise ValueError(
                f"GeneticProgramming(population={self.population}, brood={self.brood}, memory={self.memory}): a "
                "population and a brood have at least one member, and a memory cannot be negative"
            )
        if not self.moves or not sum(move.share for move in self.moves) > 0:
            raise ValueError(f"GeneticProgramming(moves={self.moves!r}): one move must have a share of the brood")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        check_parts(self, space, objectives)
        self.space, self.rng = space, rng
        shares = np.array([move.share for move in self.moves], dtype=np.float64)
        self.shares = shares / shares.sum()
        self.generator = np.random.Generator(np.random.PCG64(rng.getrandbits(128)))
        self.members: list[Trial] = []
        self.pick: PickMany | None = None
        self.generation = self.awaited = 0
        self.brooding = False
        self.queue: deque[Proposal] = deque()
        self.arrived: list[Trial] = []
        self.names_births: bool = getattr(self.keep, "by_birth", False)
        self.known = KnownKeys(0 if as_objectives(objectives).noisy else self.memory)

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self, n: int) -> Sequence[Proposal]:
        if n > 0 and not self.brooding:
            self.queue.extend(self._brood())
            self.brooding, self.awaited = True, len(self.queue)
        return [self.queue.popleft() for _ in range(min(n, len(self.queue)))]

    def _brood(self) -> list[Proposal]:
        """A brood of candidates that are not known; of known ones only where no others were found."""
        children = self._children(self.brood if self.brood is not None and self.members else self.population)
        found = Children([], [])
        for turn in range(TURNS):
            refused = self._taken(children, found)
            if not refused.values:
                break
            children = self._further(refused) if turn + 1 < TURNS else refused
        values, parents = found if found.values else children
        return [Proposal(value, self._origin(lines)) for value, lines in zip(values, parents, strict=True)]

    def _taken(self, children: Children, found: Children) -> Children:
        """Take over the children that are not known; gives the others."""
        key, add, refused = self.space.key, self.known.add, Children([], [])
        for value, parents in zip(children.values, children.parents, strict=True):
            into = found if add(key(value)) else refused
            into.values.append(value)
            into.parents.append(parents)
        return refused

    def _further(self, children: Children) -> Children:
        """Known children, mutated until they are none: the nearer the population lies together, the farther they go."""
        return Children(list(mutated_many(self.space, children.values, self.rng)), children.parents)

    def _children(self, n: int) -> Children:
        if not self.members:
            return Children(list(self.space.sample_many(n, self.rng)), [()] * n)
        if self.pick is None:
            self.pick = picking(self.select, self.members, self.rng)
        counts, made = self.generator.multinomial(n, self.shares).tolist(), Children([], [])
        for move, count in zip(self.moves, counts, strict=True):
            if count:
                values, parents = move(self.space, self.pick, count, self.rng)
                made.values.extend(values)
                made.parents.extend(parents)
        return made

    def _origin(self, parents: Sequence[Trial]) -> Any:
        """The generation of a child, and that in which its oldest line began where survival asks for it."""
        if not self.names_births:
            return self.generation
        births = [trial.origin[1] for trial in parents if isinstance(trial.origin, list)]
        return [self.generation, min(births, default=self.generation)]

    @property
    def duplicates(self) -> float:
        """The share of the children made so far that were known, and so never evaluated."""
        return self.known.repeated / max(1, self.known.asked)

    # -- telling -----------------------------------------------------------------------------------------------------

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self.arrived.append(trial)
            if trial.foreign:
                self.known.add(self.space.key(trial.program))
            elif (trial.origin[0] if self.names_births else trial.origin) == self.generation:
                self.awaited -= 1
        if self.brooding and not self.awaited:
            self._next_generation()

    def _next_generation(self) -> None:
        arrived = sorted([trial for trial in self.arrived if trial.state == "done"], key=lambda trial: trial.number)
        if arrived:
            self.members = self.keep(self.members, arrived, self.population)
            self.pick = None
        self.generation += 1
        self.brooding, self.arrived = False, []


class KnownKeys:
    """The latest keys, at least half of `most` of them and at most as many; with 0 none is ever known.

    >>> keys = KnownKeys(4)
    >>> [keys.add(key) for key in "abacdea"]
    [True, True, False, True, True, True, True]
    """

    def __init__(self, most: int) -> None:
        self.half = most // 2
        self.newer: set[Hashable] = set()
        self.older: set[Hashable] = set()
        self.asked = self.repeated = 0

    def add(self, key: Hashable) -> bool:
        """Remember a key; False for one that is known."""
        self.asked += 1
        if not self.half:
            return True
        if key in self.newer or key in self.older:
            self.repeated += 1
            return False
        self.newer.add(key)
        if len(self.newer) >= self.half:
            self.older, self.newer = self.newer, set()
        return True
