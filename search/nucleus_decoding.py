"""Decoding by accumulated top-p: several paths are extended together, and share one nucleus."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from ..spaces.choosers import weighted_index
from .weighted import log_sum

#: The log-probabilities of all answers to the question after a prefix of answers; None where the prefix is whole.
#: None of the answers where it is a dead end.
Proposer = Callable[[tuple[int, ...]], Sequence[float] | None]

#: Of a sum of probabilities that should reach top_p exactly.
_ROUNDING = 1e-12


class Path(NamedTuple):
    """Answers in a row, and the logarithm of the probability of giving just these."""

    answers: tuple[int, ...]
    log_probability: float


def decode(
    proposer: Proposer, k: int = 4, *, top_p: float = 0.9, temperature: float = 1.0, rng: Random | None = None
) -> list[Path]:
    """At most k whole paths, found by extending k prefixes side by side, each extension with all decisions before.

    The answers to each prefix are cut to their nucleus, the fewest with probability `top_p` in sum. All that are left
    are pooled, with shares in proportion to exp(accumulated log-probability / temperature), and the pool is cut to its
    own nucleus. With an `rng`, k of it are drawn without replacement; without one, the best k stay. Whole paths stay in
    the pool as they are. With k = 1 this is top-p sampling, and with `top_p` = 1 and no `rng` it is beam search. A
    proposer with dead ends may leave fewer than k paths, or none. Raises `ValueError` for settings out of range.

    >>> chain = {(): [0.6, 0.4], (0,): [0.5, 0.5], (1,): [0.1, 0.9]}  # the likelier beginning is the wrong one
    >>> def proposer(prefix):
    ...     return [math.log(p) for p in chain[prefix]] if len(prefix) < 2 else None
    >>> [(path.answers, round(math.exp(path.log_probability), 2)) for path in decode(proposer, 2, top_p=1.0)]
    [((1, 1), 0.36), ((0, 0), 0.3)]

    Source: K. Li, F. Li, 2024, arXiv:2409.19790, whose abstract names it; Holtzman, Buys, Du, Forbes, Choi, 2020, The
    Curious Case of Neural Text Degeneration, ICLR (top-p).
    Differs: reconstructed, since the abstract gives no formula. Shares are those among all answers, also among those
    that the nuclei of the prefixes leave out: else the second cut would take more from a single path than top-p does.
    """
    check_settings(k, top_p, temperature)
    paths = [Path((), 0.0)]
    while True:
        answered = [(path, proposer(path.answers)) for path in paths]
        if all(logs is None for _, logs in answered):
            return paths
        paths = survivors([extensions(path, logs) for path, logs in answered], k, top_p, temperature, rng)


def check_settings(k: int, top_p: float, temperature: float) -> None:
    """Raise `ValueError` for settings out of range."""
    if k < 1 or not 0 < top_p <= 1 or not 0 < temperature < math.inf:
        raise ValueError(
            f"k={k}, top_p={top_p}, temperature={temperature}: k must be at least 1, top_p lie in (0, 1], and the "
            "temperature be positive; for the likeliest path give a small top_p"
        )


def extensions(path: Path, logs: Sequence[float] | None) -> list[Path]:
    """The path with each answer that is possible; alone where it is whole."""
    if logs is None:
        return [path]
    before, accumulated = path
    return [Path((*before, i), accumulated + log) for i, log in enumerate(logs) if log > -math.inf]


def survivors(
    groups: Sequence[Sequence[Path]], k: int, top_p: float, temperature: float, rng: Random | None
) -> list[Path]:
    """At most k of the extensions of several prefixes: each group is cut to its nucleus, and so is the pool of all."""
    total = log_sum(path.log_probability / temperature for group in groups for path in group)
    pool = [path for group in groups for path in nucleus(group, top_p, temperature)]
    pool = nucleus(pool, top_p, temperature, total)
    return pool[:k] if rng is None else drawn(pool, k, temperature, rng)


def nucleus(paths: Sequence[Path], top_p: float, temperature: float = 1.0, total: float | None = None) -> list[Path]:
    """The fewest paths whose shares reach `top_p`, the likeliest first; all of them where they do not.

    The share of a path is exp(log-probability / temperature - total), where `total` makes their sum 1 by default.

    >>> [path.answers for path in nucleus([Path((i,), math.log(p)) for i, p in enumerate([0.2, 0.5, 0.3])], 0.8)]
    [(1,), (2,)]
    """
    ordered = sorted(paths, key=lambda path: -path.log_probability)
    if top_p >= 1:
        return ordered
    logs = [path.log_probability / temperature for path in ordered]
    total = log_sum(logs) if total is None else total
    reached = 0.0
    for count, log in enumerate(logs, 1):
        reached += math.exp(log - total)
        if reached >= top_p - _ROUNDING:
            return ordered[:count]
    return ordered


def drawn(pool: Sequence[Path], k: int, temperature: float, rng: Random) -> list[Path]:
    """At most k paths of a pool, drawn without replacement in proportion to their shares."""
    left, chosen = list(pool), list[Path]()
    while left and len(chosen) < k:
        top = max(path.log_probability for path in left)
        weights = [math.exp((path.log_probability - top) / temperature) for path in left]
        chosen.append(left.pop(weighted_index(weights, rng.random())))
    return chosen
