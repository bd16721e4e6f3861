"""Sequential programs: their score arrives in steps, and a population may be resampled between two of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any, Generic, TypeVar

from ..spaces import Space
from .metropolis import Target
from .population import Population, Resample, systematic
from .site_moves import Move, SingleSite
from .traced_programs import Trace, draw_trace
from .weighted import Weighted

X = TypeVar("X")

#: One step of a program: where it leads, with the factor of its weight.
Step = Callable[[X, Random], Weighted[X]]


@dataclass(frozen=True)
class Sequential(Generic[X]):
    """A program that is suspended after every score: a first draw, then steps that score, and may extend, the value.

    >>> coins = Sequential(lambda rng: 0, [lambda x, rng: Weighted(x + int(rng.random() * 2), -0.5)] * 3)
    >>> coins.finish(Random(1))
    Weighted(value=2, log_weight=-1.5)
    """

    draw: Callable[[Random], X]
    steps: Sequence[Step[X]]

    def finish(self, rng: Random) -> Weighted[X]:
        """Run it to its end: a draw with its weight."""
        state = Weighted(self.draw(rng))
        for step in self.steps:
            state = advanced(state, step, rng)
        return state


def advanced(state: Weighted[X], step: Step[X], rng: Random) -> Weighted[X]:
    """A weighted value after one step."""
    new = step(state.value, rng)
    return new.scored(state.log_weight)


def particle_filter(
    program: Sequential[X], particles: int, rng: Random, *, resample: Resample = systematic, threshold: float = 0.5
) -> Population[X]:
    """Runs many copies of a program step by step, and resamples between steps where weights have become uneven.

    Before a step the population is resampled where its effective size is below `threshold` times its size (with 1,
    always). The total weight of what is returned is an unbiased estimate of the evidence, and every value is properly
    weighted. Raises `ValueError` for less than one particle.

    Source: Scibior, Kammar, Vakar, Staton, Yang, Cai, Ostermann, Moss, Heunen, Ghahramani, 2018, Denotational
    Validation of Higher-Order Bayesian Inference, POPL, arXiv:1711.03219.
    """
    if particles < 1:
        raise ValueError(f"particles={particles}: a population needs at least 1")
    population = Population.spawn([program.draw(rng) for _ in range(particles)])
    for number, step in enumerate(program.steps):
        if number and population.effective_size < threshold * particles:
            population = resample(population, rng)
        moved = [step(value, rng) for value in population.values]
        population = Population([one.value for one in moved], population.log_weights)
        population = population.scored([one.log_weight for one in moved])
    return population


@dataclass(frozen=True)
class Tempered:
    """A traced program with the log likelihood of its value, which every temperature needs."""

    trace: Trace
    log_likelihood: float


def tempered(
    space: Space,
    log_likelihood: Callable[[Any], float],
    inverse_temperatures: Sequence[float],
    *,
    move: Move = SingleSite(),  # noqa: B008  # frozen
    moves: int = 0,
) -> Sequential[Tempered]:
    """The program that draws from the prior, and then scores by likelihood^b for every inverse temperature b in turn.

    Step k multiplies the weight by likelihood^(b_k - b_(k-1)), after `moves` moves of a chain that leaves
    prior times likelihood^(b_(k-1)) invariant: resample-move. Ends at the last b; with b = 1 the evidence is that of
    the model. Raises `ValueError` for inverse temperatures that do not ascend from above 0.
    """
    ladder = [0.0, *inverse_temperatures]
    if len(ladder) < 2 or any(b <= a for a, b in pairwise(ladder)):
        raise ValueError(f"inverse temperatures {list(inverse_temperatures)} must ascend from above 0")

    def draw(rng: Random) -> Tempered:
        trace = draw_trace(space, rng)
        return Tempered(trace, log_likelihood(trace.value))

    def step(low: float, high: float) -> Step[Tempered]:
        target = Target(space, log_likelihood, low)

        def scored(state: Tempered, rng: Random) -> Weighted[Tempered]:
            for _ in range(moves if low else 0):
                state = Tempered(*target.step(state.trace, state.log_likelihood, move, rng))
            return Weighted(state, (high - low) * state.log_likelihood)

        return scored

    return Sequential(draw, [step(low, high) for low, high in pairwise(ladder)])
