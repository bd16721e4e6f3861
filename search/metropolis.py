"""Metropolis-Hastings: a chain that proposes a move and accepts it by the ratio of densities."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from ..spaces import Space
from .site_moves import Move, SingleSite
from .traced_programs import Trace, draw_trace


def accepts(log_ratio: float, chance: float) -> bool:
    """Whether a proposal is accepted: chance, uniform in [0, 1), falls below min(1, exp(log_ratio)).

    >>> accepts(0.1, 0.99), accepts(-1.0, 0.5), accepts(-math.inf, 0.0)
    (True, False, False)
    """
    return log_ratio >= 0 or chance < math.exp(log_ratio)


@dataclass(frozen=True)
class Target:
    """The density prior(x) likelihood(x)^inverse_temperature over the members of a space, known up to a factor."""

    space: Space
    log_likelihood: Callable[[Any], float]
    inverse_temperature: float = 1.0

    def step(self, trace: Trace, known: float, move: Move, rng: Random) -> tuple[Trace, float]:
        """One step of a chain from a trace whose log likelihood is known: where it is then, and its log likelihood.

        The known value is never computed anew, so an unbiased estimate of the likelihood may stand in for it
        (pseudo-marginal: for example the evidence of `sequential_monte_carlo`).
        """
        moved = move(self.space, trace, rng)
        if moved is None or not moved.changed:
            return trace, known
        new = self.log_likelihood(moved.trace.value)
        if new == -math.inf:
            return trace, known
        ratio = math.inf if known == -math.inf else self.inverse_temperature * (new - known) + moved.log_ratio
        return (moved.trace, new) if accepts(ratio, rng.random()) else (trace, known)


def metropolis_chain(
    space: Space,
    log_likelihood: Callable[[Any], float],
    rng: Random,
    *,
    move: Move = SingleSite(),  # noqa: B008  # frozen
    start: Trace | None = None,
) -> Iterator[Trace]:
    """An endless chain of traces whose law tends to the density prior(x) likelihood(x); equal ones in a row are stays.

    `log_likelihood` is given the built value; -inf excludes it. Starts at a draw from the prior where no `start` is
    given.

    >>> from itertools import islice
    >>> from inlay.spaces import Integer
    >>> chain = metropolis_chain(Integer(0, 9), lambda x: -float(x), Random(0))
    >>> [trace.value for trace in islice(chain, 200)].count(0) > 80
    True
    """
    trace = draw_trace(space, rng) if start is None else start
    target, known = Target(space, log_likelihood), log_likelihood(trace.value)
    while True:
        yield trace
        trace, known = target.step(trace, known, move, rng)
