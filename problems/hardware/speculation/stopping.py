"""When to stop drafting: a Markov decision process whose optimal policy is a threshold on P(any token is rejected)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .drafting import Drafting, Floats

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class StoppingPolicy:
    """Where to go on: `continues[k - 1, i, z]` after k tokens, P(all accepted) = grid[i], in context z.

    `rate` is the tokens per cost that the policy yields in the long run.
    """

    grid: Floats
    continues: Flags
    rate: float

    @property
    def is_threshold(self) -> bool:
        """Whether, for every length and context, it goes on from some P upward."""
        return bool(np.all(self.continues[:, 1:] >= self.continues[:, :-1]))

    @property
    def thresholds(self) -> Floats:
        """The least 1 - P at which a round stops, (lengths, contexts): 0 where it always does, 1 where it never does.

        Raises `ValueError` where the policy has no thresholds.
        """
        if not self.is_threshold:
            raise ValueError("this policy stops and goes on by turns as P(all accepted) grows: it has no threshold")
        first = np.argmax(self.continues, axis=1)  # the least P from which it goes on
        stops = 1.0 - self.grid[np.maximum(first - 1, 0)]
        found: Floats = np.where(self.continues.any(axis=1), np.where(first == 0, 1.0, stops), 0.0)
        return found


class _Backup:
    """Expectations over the next drafted token, on a grid of P(all accepted); linear between its points."""

    def __init__(self, process: Drafting, points: int) -> None:
        self.process, self.grid = process, np.linspace(0.0, 1.0, points)
        self.accepted = np.einsum("zj,zj->z", process.chances, process.outcomes)  # (Z,)

    def gain(self) -> Floats:
        """The chance that the next token counts, (grid, Z)."""
        return np.outer(self.grid, self.process.moves @ self.accepted)

    def by_context(self, values: Floats) -> Floats:
        """The mean of values (grid, Z) after a token of each context, (grid, Z)."""
        process = self.process
        found = np.zeros_like(values)
        for z, (outcomes, chances) in enumerate(zip(process.outcomes, process.chances, strict=True)):
            for outcome, chance in zip(outcomes, chances, strict=True):
                found[:, z] += chance * np.interp(self.grid * outcome, self.grid, values[:, z])
        return found

    def after(self, values: Floats) -> Floats:
        """The mean of values (grid, Z) after the next token, (grid, Z)."""
        return self.by_context(values) @ self.process.moves.T

    def at_start(self, values: Floats) -> float:
        """The mean of values (grid, Z) after the first token of a round."""
        return float(self.process.start @ self.by_context(values)[-1])


def optimal_stopping(process: Drafting, points: int = 201, tolerance: float = 1e-9) -> StoppingPolicy:
    """The policy of the most tokens per cost, by policy iteration on the rate.

    For a rate r, V_k(P, z) = max(0, -r c + E[P' + V_{k+1}(P', z')]) is found backward from the longest round; its
    policy has the rate tokens / cost, and this is repeated until the rate stays. Where the acceptance of the next
    token depends on the context alone, E[...] grows with P, so that there is a threshold for each length and context.
    Where the context says nothing about the next token, one threshold is optimal for all lengths, 1 - r c / E[p]: P
    only falls, so that it is enough to look one token ahead. Where it does, each context has its own.

    >>> from .drafting import independent
    >>> policy = optimal_stopping(independent(np.array([0.2, 0.95]), np.array([0.3, 0.7])))
    >>> policy.is_threshold, bool(policy.rate > 1 / 8)
    (True, True)

    Source: Huang, Guo, Wang, 2024, SpecDec++, arXiv:2405.19715 (the threshold theorem); Dinkelbach, 1967, On nonlinear
    fractional programming, doi:10.1287/mnsc.13.7.492.
    Differs: the reward is the long-run rate, and P is on a grid.
    """
    backup, rate = _Backup(process, points), 0.0
    while True:
        continues = _greedy(backup, rate)
        better = policy_rate(process, continues)
        if better <= rate * (1 + tolerance):
            return StoppingPolicy(backup.grid, continues, max(rate, better))
        rate = better


def _greedy(backup: _Backup, rate: float) -> Flags:
    """What is best after 1, 2, ... tokens where a unit of cost is worth `rate` tokens, (most, grid, Z)."""
    process, gain = backup.process, backup.gain()
    continues = np.zeros((process.most, *gain.shape), dtype=bool)
    values = np.zeros_like(gain)  # after the longest round there is nothing more to gain
    for k in range(process.most - 1, 0, -1):
        onward = gain - rate * process.draft + backup.after(values)
        continues[k - 1] = True if k < process.least else onward > 0
        values = np.where(continues[k - 1], onward, 0.0)
    return continues


def policy_rate(process: Drafting, continues: Flags) -> float:
    """Tokens per cost of a policy (most, grid, Z) in the long run: expected tokens / expected cost of a round."""
    backup = _Backup(process, continues.shape[1])
    tokens, drafted = np.zeros_like(backup.gain()), np.zeros_like(backup.gain())
    for k in range(process.most - 1, 0, -1):
        tokens, drafted = (
            np.where(continues[k - 1], backup.gain() + backup.after(tokens), 0.0),
            np.where(continues[k - 1], 1.0 + backup.after(drafted), 0.0),
        )
    found = 1.0 + float(process.start @ backup.accepted) + backup.at_start(tokens)
    return found / (process.verify + process.draft * (1.0 + backup.at_start(drafted)))


def threshold_policy(process: Drafting, threshold: float, points: int = 201) -> StoppingPolicy:
    """The policy that stops as soon as P(any is rejected) > threshold, whatever the length and the context."""
    grid = np.linspace(0.0, 1.0, points)
    continues = np.zeros((process.most, points, len(process.start)), dtype=bool)
    continues[: process.most - 1] = (1.0 - grid <= threshold + 1e-12)[:, None]
    continues[: process.least - 1] = True
    continues[process.most - 1] = False
    return StoppingPolicy(grid, continues, policy_rate(process, continues))


def value_iteration(process: Drafting, rate: float, points: int = 201, tolerance: float = 1e-10) -> StoppingPolicy:
    """The policy without bounds of length where a unit of cost is worth `rate` tokens: V = max(0, -r c + E[P' + V]).

    Iterates from V = 0, ever upward, until no value changes by more than `tolerance`. `rate` is handed on. Raises
    `ValueError` where a token costs nothing, so that drafting never ends.
    """
    if rate <= 0:
        raise ValueError(f"value_iteration(rate={rate}): drafting must cost something, or else it never ends")
    backup = _Backup(process, points)
    values, change = np.zeros_like(backup.gain()), np.inf
    while change > tolerance:
        onward = backup.gain() - rate * process.draft + backup.after(values)
        improved = np.maximum(onward, 0.0)
        values, change = improved, float(np.max(improved - values))
    return StoppingPolicy(backup.grid, (onward > 0)[None], rate)
