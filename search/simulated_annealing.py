"""Simulated annealing: a walk that goes uphill less and less often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, isfinite, log
from random import Random
from typing import Any

from ..spaces import Space
from .scans import Memory, Tries, check_single
from .strategies import Proposal, Strategy
from .trials import Trial, better
from .variation import mutated

#: How many known candidates in a row the walk may look at before it counts as stuck.
FREE_STEPS = 40


@dataclass
class SimulatedAnnealing(Strategy):
    """Mutates the current candidate and moves to worse ones with probability exp(-difference / temperature).

    The temperature falls geometrically over `horizon` proposals to the share `final` of where it began. It begins at
    `temperature`, or, where that is not given, where the mean of the first `warm_up` uphill differences would be
    accepted with probability `acceptance`; until they are known every move is made. When the horizon is reached, or
    only known candidates are left around, the walk is heated to the share `reheat` of the last beginning, and goes on
    from the best candidate. Known candidates cost nothing: the walk steps over them without a proposal. A smaller
    violation is always accepted, a larger one never. Raises `CannotAct` for several objectives.

    >>> from inlay.search import Study, Problem
    >>> from inlay.spaces import Permutation
    >>> order = Problem("order", Permutation(range(6)), lambda p: sum(abs(x - i) for i, x in enumerate(p)))
    >>> Study(order, SimulatedAnnealing(horizon=200), seed=0).run(trials=200, progress=False).best.loss
    0.0

    Source: Kirkpatrick, Gelatt, Vecchi, 1983, Optimization by Simulated Annealing, doi:10.1126/science.220.4598.671.
    """

    horizon: int = 2000
    temperature: float | None = None
    acceptance: float = 0.3
    warm_up: int = 10
    final: float = 0.02
    reheat: float = 0.5
    memory: int = 20_000

    def __post_init__(self) -> None:
        for name in ("horizon", "warm_up", "memory"):
            if getattr(self, name) < 1:
                raise ValueError(f"SimulatedAnnealing({name}={getattr(self, name)}): it must be at least 1")
        for name in ("acceptance", "final", "reheat"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"SimulatedAnnealing({name}={getattr(self, name)}): it must lie between 0 and 1")
        if self.temperature is not None and not 0 < self.temperature < inf:
            raise ValueError(f"SimulatedAnnealing(temperature={self.temperature}): it must be positive and finite")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        check_single(self, objectives)
        self.space, self.rng = space, rng
        self.known = Memory(space, self.memory)
        self.tries = Tries(self.known, FREE_STEPS)
        self.current: Trial | None = None
        self.best: Trial | None = None
        self.uphill: list[float] = []
        self.hottest = self.temperature
        self.steps = 0

    @property
    def heat(self) -> float:
        """The temperature now."""
        return inf if self.hottest is None else float(self.hottest * self.final ** (self.steps / self.horizon))

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self, n: int) -> Sequence[Proposal]:
        return [Proposal(self._next()) for _ in range(n)]

    def _next(self) -> Any:
        self.known.trim()
        self._cool()
        value, unknown = self.tries.draw(self._candidate, self._consider)
        if not unknown:
            self._heat_up()
        return value

    def _candidate(self) -> Any:
        if self.current is None:
            return self.space.sample(self.rng)
        return mutated(self.space, self.current.program, self.rng)

    def _cool(self) -> None:
        if self.hottest is not None:
            self.steps += 1
            if self.steps > self.horizon:
                self._heat_up()

    def _heat_up(self) -> None:
        """Warmer again, from the best candidate."""
        if self.hottest is not None and self.best is not None:
            self.hottest, self.steps, self.current = max(self.hottest * self.reheat, 1e-300), 0, self.best

    # -- learning ----------------------------------------------------------------------------------------------------

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self.known.learn(trial)
            if not trial.foreign or self.current is None or better(trial, self.current):
                self._consider(trial)

    def _consider(self, trial: Trial) -> None:
        """Move to a candidate, or stay."""
        if trial.state == "done" and (self.current is None or self._accepts(trial, self.current)):
            self.current = trial
            if self.best is None or better(trial, self.best):
                self.best = trial

    def _accepts(self, trial: Trial, current: Trial) -> bool:
        if trial.violation != current.violation:
            return trial.violation < current.violation
        difference = trial.losses[0] - current.losses[0]
        if not isfinite(difference):
            return trial.losses[0] <= current.losses[0]
        if difference <= 0:
            return True
        self._warm_up(difference)
        return self.rng.random() < exp(-difference / self.heat)

    def _warm_up(self, difference: float) -> None:
        """Learn the first temperature from uphill differences."""
        if self.hottest is None:
            self.uphill.append(difference)
            if len(self.uphill) == self.warm_up:
                self.hottest = -sum(self.uphill) / self.warm_up / log(self.acceptance)
