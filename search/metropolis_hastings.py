"""Metropolis-Hastings as a strategy: chains whose next step is decided by the loss of what they propose."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ..spaces import Space
from .metropolis import accepts
from .site_moves import Move, Moved, SingleSite
from .strategies import Proposal, Strategy, as_objectives, cannot_act
from .tempering import Cooling
from .traced_programs import Trace, draw_trace, trace_of
from .trials import Trial, better

#: How often in a row a chain may stay for want of another program before it proposes the same one again.
_STAYS = 50
#: Losses beyond count as this, so that a difference of two is never NaN.
_LARGEST = 1e300


@dataclass
class MetropolisHastings(Strategy):
    """Chains that sample programs with density prior(x) exp(-loss(x)/T), or anneal towards the least loss.

    The prior is that of a random draw. With a number as temperature T the law is exact, and `sample` gives it; by
    default T falls (`Cooling`). `move` proposes: `SingleSite`, `Block`. A failed trial has density 0; an infeasible
    one too, but for a chain that has found nothing feasible yet, which moves to less violation. A step that changes
    nothing or that a constraint refuses is counted without a trial. Each of the `chains` awaits its own result only.
    A foreign trial enters no chain, but a chain without any success starts at the best of them.

    >>> from inlay.search import Problem, Study
    >>> from inlay.spaces import Integer
    >>> study = Study(Problem("line", Integer(0, 3), float), MetropolisHastings(temperature=1.0), seed=0)
    >>> dict(study.run(trials=900, progress=False).strategy.sample())[0] > 0.5
    True

    Source: Wingate, Stuhlmueller, Goodman, 2011, Lightweight Implementations of Probabilistic Programming Languages
    via Transformational Compilation; Hastings, 1970, Monte Carlo Sampling Methods Using Markov Chains, Biometrika 57.
    """

    temperature: float | Cooling = field(default_factory=Cooling)
    move: Move = field(default_factory=SingleSite)
    chains: int = 1

    def __post_init__(self) -> None:
        if self.chains < 1:
            raise ValueError(f"MetropolisHastings(chains={self.chains}): it must be at least 1")
        if not isinstance(self.temperature, Cooling) and not 0 < self.temperature < math.inf:
            raise ValueError(f"temperature={self.temperature}: it must be positive and finite, or a Cooling")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        known = as_objectives(objectives)
        if len(known) > 1:
            raise cannot_act(self, "its density needs a single loss and there are several objectives", "NSGA2")
        self.space, self.full = space, known.fidelities[-1] if known.fidelities else None
        self.running = [Chain(i, Random(rng.getrandbits(64))) for i in range(self.chains)]
        self.idle = deque(self.running)
        self.foreign: Trial | None = None
        self.change, self.told = 0.0, 0

    def ask(self, n: int) -> Sequence[Proposal]:
        return [self._proposal(self.idle.popleft()) for _ in range(min(n, len(self.idle)))]

    def _proposal(self, chain: Chain) -> Proposal:
        if chain.at is None and self.foreign is not None:
            chain.begin(trace_of(self.space, self.foreign.program), self.foreign)
        return Proposal(chain.propose(self.space, self.move), [chain.number, chain.asked])

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            if trial.foreign:
                self._remember(trial)
            elif (chain := self.running[trial.origin[0]]).asked == trial.origin[1]:
                self._decide(chain, trial)
                self.idle.append(chain)

    def _remember(self, trial: Trial) -> None:
        counts = trial.state == "done" and trial.fidelity in (None, self.full)
        if counts and (self.foreign is None or better(trial, self.foreign)):
            self.foreign = trial

    def _decide(self, chain: Chain, trial: Trial) -> None:
        if trial.state == "done" and chain.at is not None and chain.violation == trial.violation:
            self.told += 1
            self.change += (abs(loss_of(trial) - chain.loss) - self.change) / self.told
        chain.decide(trial, self._temperature())

    def _temperature(self) -> float:
        if isinstance(self.temperature, Cooling):
            return self.temperature.temperature(self.change, self.told // self.chains)
        return self.temperature

    def sample(self, burn_in: float = 0.2) -> list[tuple[Any, float]]:
        """The programs that the chains have visited, and the share of steps spent at each; the first steps left out.

        `burn_in` is the share of each chain's steps that is left out. Raises `ValueError` for a temperature that
        falls, since there is no single law then, and where no chain has taken a step.
        """
        if isinstance(self.temperature, Cooling):
            raise ValueError("MetropolisHastings has no single law to sample while it cools: give temperature=a number")
        counts: dict[Any, list[Any]] = {}
        for chain in self.running:
            for program, times in chain.after(burn_in):
                counts.setdefault(self.space.key(program), [program, 0])[1] += times
        total = sum(times for _, times in counts.values())
        if not total:
            raise ValueError("no chain has taken a step yet: run the study first")
        return [(program, times / total) for program, times in counts.values()]


class Chain:
    """Where one chain is, and what it has proposed."""

    def __init__(self, number: int, rng: Random) -> None:
        self.number, self.rng, self.asked = number, rng, 0
        self.at: Trace | None = None
        self.loss = self.violation = 0.0
        self.proposed: Moved | None = None
        self.visits: list[list[Any]] = []  # programs and how many steps in a row were spent there

    def begin(self, trace: Trace, trial: Trial) -> None:
        """Be at a trace that has an outcome."""
        self.at, self.loss, self.violation = trace, loss_of(trial), trial.violation
        self.visits.append([trace.program, 1])

    def propose(self, space: Space, move: Move) -> Any:
        """The program to evaluate for the next step; steps that need no evaluation are taken at once."""
        self.asked += 1
        self.proposed = (
            Moved(draw_trace(space, self.rng), 0.0) if self.at is None else self._moved(space, move, self.at)
        )
        return self.proposed.trace.program

    def _moved(self, space: Space, move: Move, at: Trace) -> Moved:
        for _ in range(_STAYS):
            moved = move(space, at, self.rng)
            if moved is not None and moved.changed:
                return moved
            self.stay()
        return Moved(at, 0.0, changed=False)

    def stay(self) -> None:
        """Spend another step where the chain is."""
        if self.visits:
            self.visits[-1][1] += 1

    def decide(self, trial: Trial, temperature: float) -> None:
        """Accept what was proposed, or stay."""
        assert self.proposed is not None
        chance = self.rng.random()
        moves = trial.state == "done" and self.proposed.changed
        if moves and (self.at is None or accepts(self._log_ratio(trial, temperature), chance)):
            self.begin(self.proposed.trace, trial)
        else:
            self.stay()
        self.proposed = None

    def _log_ratio(self, trial: Trial, temperature: float) -> float:
        assert self.proposed is not None
        if trial.violation != self.violation:
            return math.inf if trial.violation < self.violation else -math.inf
        return log_likelihood_ratio(self.loss, loss_of(trial), temperature) + self.proposed.log_ratio

    def after(self, burn_in: float) -> list[tuple[Any, int]]:
        """The visits without the first share of the steps."""
        left = int(burn_in * sum(times for _, times in self.visits))
        kept = []
        for program, times in self.visits:
            skipped = min(left, times)
            left -= skipped
            kept.append((program, times - skipped))
        return kept


def loss_of(trial: Trial) -> float:
    """The loss of a successful trial, finite."""
    return min(max(trial.losses[0], -_LARGEST), _LARGEST)


def log_likelihood_ratio(old: float, new: float, temperature: float) -> float:
    """(old - new) / T, also for T = 0."""
    if old == new:
        return 0.0
    return (old - new) / temperature if temperature > 0 else math.copysign(math.inf, old - new)
