"""Sequential Monte Carlo as a strategy: a population of programs that is cooled, resampled and moved."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from ..spaces import Space
from .metropolis import accepts
from .metropolis_hastings import log_likelihood_ratio, loss_of
from .population import Population, Resample, systematic
from .site_moves import Move, Moved, SingleSite
from .strategies import Proposal, Strategy, cannot_act
from .tempering import Adaptive, Tempering
from .traced_programs import Trace, draw_trace
from .trials import Trial
from .weighted import log_sum


class Particle(NamedTuple):
    """A traced program with its loss; the loss of a failed or infeasible one is infinite, so that its density is 0."""

    trace: Trace
    loss: float = math.inf
    violation: float = math.inf


@dataclass
class SequentialMonteCarlo(Strategy):
    """Draws a population from the prior and cools it towards the density prior(x) exp(-loss(x)/T), stage by stage.

    A stage lowers the temperature (`tempering`), weighs every particle by the change, resamples where the effective
    size is below `threshold` times the size, and moves every particle `moves` times by Metropolis-Hastings steps that
    leave the density of the stage invariant. By default it cools for ever, in order to optimise. With a final
    temperature, `Ladder((4, 2, 1))` or `Adaptive(1.0)`, a population that has reached it is kept for `sample` and
    `log_evidence`, and a new one begins. Without moves it is importance sampling.

    Synchronous: a sweep of moves is awaited whole. A failed trial has density 0. So has an infeasible one; where a
    first population has nothing feasible, its evidence is 0, and it follows less violation until it has. Foreign
    trials are left out: they would bias the law.

    >>> from inlay.search import Problem, Study
    >>> from inlay.spaces import Integer
    >>> from inlay.search.tempering import Ladder
    >>> study = Study(Problem("line", Integer(0, 3), float), SequentialMonteCarlo(50, Ladder((1.0,))), seed=0)
    >>> round(math.exp(study.run(trials=900, progress=False).strategy.log_evidence), 1)  # (1 + 1/e + ...) / 4 = 0.388
    0.4

    Source: Del Moral, Doucet, Jasra, 2006, Sequential Monte Carlo Samplers, JRSS B 68.
    """

    particles: int = 20
    tempering: Tempering = field(default_factory=Adaptive)
    resample: Resample = systematic
    threshold: float = 0.9
    move: Move = field(default_factory=SingleSite)
    moves: int = 1

    def __post_init__(self) -> None:
        if self.particles < 1 or self.moves < 0 or not 0 <= self.threshold <= 1:
            raise ValueError(
                f"particles={self.particles}, moves={self.moves}, threshold={self.threshold}: there must be at least "
                "1 particle, at least 0 moves, and a threshold in [0, 1]"
            )

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        if len(objectives) > 1:
            raise cannot_act(self, "its density needs a single loss and there are several objectives", "NSGA2")
        self.space, self.rng = space, rng
        self.finished: list[tuple[list[tuple[Any, float]], float]] = []  # weighted programs, log evidence
        self.wave = -1
        self._begin()

    # -- waves of proposals ------------------------------------------------------------------------------------------

    def ask(self, n: int) -> Sequence[Proposal]:
        slots = [self.queue.popleft() for _ in range(min(n, len(self.queue)))]
        return [Proposal(self._asked(slot).trace.program, [self.wave, slot]) for slot in slots]

    def _asked(self, slot: int) -> Moved:
        moved = self.proposed[slot]
        assert moved is not None
        return moved

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            if not trial.foreign and trial.origin[0] == self.wave:
                self.arrived[trial.origin[1]] = trial
                if len(self.arrived) == self.awaited:
                    self._advance()

    def _propose(self, proposed: list[Moved | None]) -> None:
        """Ask for every proposal that needs an evaluation; at least for one, so that every wave costs something."""
        slots = [slot for slot, moved in enumerate(proposed) if moved is not None and moved.changed]
        if not slots:
            proposed[0], slots = Moved(self.population.values[0].trace, 0.0, changed=False), [0]
        self.proposed, self.queue, self.awaited = proposed, deque(slots), len(slots)
        self.arrived: dict[int, Trial] = {}
        self.wave += 1

    def _begin(self) -> None:
        """Draw a new population from the prior."""
        self.inverse, self.sweeps, self.proper, self.fresh = 0.0, 0, True, True
        self._propose([Moved(draw_trace(self.space, self.rng), 0.0) for _ in range(self.particles)])

    def _sweep(self) -> None:
        """Propose a move of every particle, with the chance that will decide on it."""
        self._propose([self.move(self.space, particle.trace, self.rng) for particle in self.population.values])
        self.chances = [self.rng.random() for _ in range(self.particles)]

    # -- stages ------------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        """Take in a wave whose results are all there, and go on."""
        if self.fresh:
            drawn = [particle_of(self._asked(slot).trace, self.arrived[slot]) for slot in range(self.particles)]
            self.population, self.fresh = Population.spawn(drawn), False
        else:
            self.population = Population(list(map(self._moved, range(self.particles))), self.population.log_weights)
            self.sweeps += 1
        if self.sweeps and self.sweeps < self.moves:
            self._sweep()
        else:
            self.sweeps = 0
            self._next_stage()

    def _moved(self, slot: int) -> Particle:
        """Where a particle is after its move was evaluated."""
        old: Particle = self.population.values[slot]
        moved, trial = self.proposed[slot], self.arrived.get(slot)
        if trial is None or moved is None or not moved.changed or trial.state != "done":
            return old
        new = particle_of(moved.trace, trial)
        if new.violation != old.violation:
            return new if new.violation < old.violation else old
        if old.violation:  # both infeasible
            return old if new.trace is old.trace else new
        temperature = 1 / self.inverse if self.inverse else math.inf
        ratio = log_likelihood_ratio(old.loss, new.loss, temperature) + moved.log_ratio
        return new if accepts(ratio, self.chances[slot]) else old

    def _next_stage(self) -> None:
        if all(particle.violation for particle in self.population.values):
            self._approach()
            return
        while True:
            following = self.tempering.next(self.population, self._losses(), self.inverse)
            if following is None:
                self._finish()
                return
            self._cool(following)
            if self.moves:
                self._sweep()
                return

    def _losses(self) -> list[float]:
        return [particle.loss for particle in self.population.values]

    def _cool(self, inverse: float) -> None:
        """Weigh by the change of temperature, and resample where the weights have become uneven."""
        step = inverse - self.inverse
        self.inverse = inverse
        if step or not self.proper:
            factors = [-step * loss if loss < math.inf else -math.inf for loss in self._losses()]
            self.population = self.population.scored(factors)
        if self.population.effective_size < self.threshold * self.particles:
            self.population = self.resample(self.population, self.rng)

    def _approach(self) -> None:
        """Without anything feasible: keep the half that violates least, and move it; where all failed, draw anew."""
        if self.proper:
            self.finished.append(([], -math.inf))
        self.proper = False
        order = sorted(range(self.particles), key=lambda slot: self.population.values[slot].violation)
        nearest = [self.population.values[slot] for slot in order[: (self.particles + 1) // 2]]
        if nearest[0].violation == math.inf or not self.moves:
            self._begin()
            return
        nearest = [particle for particle in nearest if particle.violation < math.inf]
        self.population = Population.spawn([nearest[i % len(nearest)] for i in range(self.particles)])
        self._sweep()

    def _finish(self) -> None:
        """Keep a population that has reached the final temperature, and begin another one."""
        if self.proper:
            weighted = zip(self.population.values, self.population.log_weights, strict=True)
            kept = [(particle.trace.program, weight) for particle, weight in weighted]
            self.finished.append((kept, self.population.log_evidence))
        self._begin()

    # -- the law -----------------------------------------------------------------------------------------------------

    @property
    def log_evidence(self) -> float:
        """The logarithm of the mean evidence of all finished populations: of the sum of prior(x) exp(-loss(x)/T).

        Raises `ValueError` where no population has reached a final temperature.
        """
        self._check_finished()
        return log_sum(evidence for _, evidence in self.finished) - math.log(len(self.finished))

    def sample(self) -> list[tuple[Any, float]]:
        """The programs of all finished populations with their weights, which sum up to 1; raises like `log_evidence`.

        Each population counts by its evidence: so the whole is properly weighted.
        """
        total = self.log_evidence + math.log(len(self.finished))
        if total == -math.inf:
            raise ValueError("every finished population has evidence 0: nothing feasible was found at this temperature")
        return [(program, math.exp(weight - total)) for kept, _ in self.finished for program, weight in kept]

    def _check_finished(self) -> None:
        if not self.finished:
            raise ValueError(
                f"no population has reached a final temperature under {self.tempering!r}: run longer, or give "
                "tempering=Ladder(...) or Adaptive(final=...)"
            )


def particle_of(trace: Trace, trial: Trial) -> Particle:
    """A trace with the outcome of its trial."""
    if trial.state != "done":
        return Particle(trace)
    violation = trial.violation
    return Particle(trace, math.inf if violation else loss_of(trial), violation)


def ResampleMove(  # noqa: N802
    particles: int = 12, moves: int = 3, *, move: Move | None = None, tempering: Tempering | None = None
) -> SequentialMonteCarlo:
    """Sequential Monte Carlo with several moves of every particle after each resampling.

    Source: Gilks, Berzuini, 2001, Following a Moving Target: Monte Carlo Inference for Dynamic Bayesian Models,
    JRSS B 63.
    """
    made = SequentialMonteCarlo(particles, moves=moves, threshold=1.0)
    made.move, made.tempering = move or made.move, tempering or made.tempering
    return made
