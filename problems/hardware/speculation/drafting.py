"""Drafting as a random process: acceptance probabilities that depend on how easy the text is just now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Drafting:
    """A process of acceptance probabilities of drafted tokens, and what drafting and verifying cost.

    The first token of a round comes from context z with probability `start[z]` (Z,), the next ones follow the chain
    `moves` (Z, Z); a token of context z is accepted with probability `outcomes[z, j]` (Z, J), and that happens with
    probability `chances[z, j]`. `draft` and `verify` are costs of a token and of a pass of the target; a round drafts
    at least `least` and at most `most` tokens. Raises `ValueError`, naming the field, for what is no distribution.

    Differs: rounds are independent of one another; a real text goes on where the last round ended.
    """

    start: Floats
    moves: Floats
    outcomes: Floats
    chances: Floats
    draft: float = 1.0
    verify: float = 8.0
    least: int = 2
    most: int = 20

    def __post_init__(self) -> None:
        contexts = len(self.start)
        shapes = {"moves": (contexts, contexts), "outcomes": np.shape(self.chances)}
        for name, shape in shapes.items():
            if np.shape(getattr(self, name)) != shape or len(self.chances) != contexts:
                raise ValueError(f"Drafting.{name} has the shape {np.shape(getattr(self, name))}, not {shape}")
        for name in ("start", "moves", "chances"):
            rows = np.asarray(getattr(self, name))
            if np.any(rows < 0) or not np.allclose(rows.sum(axis=-1), 1.0):
                raise ValueError(f"Drafting.{name}: probabilities must be at least 0 and sum to 1 in every row")
        if np.any((self.outcomes < 0) | (self.outcomes > 1)):
            raise ValueError("Drafting.outcomes: acceptance probabilities lie in [0, 1]")
        if not (self.draft > 0 and self.verify > 0 and 1 <= self.least <= self.most):
            raise ValueError(
                f"Drafting(draft={self.draft}, verify={self.verify}, least={self.least}, most={self.most}): costs must "
                "be positive, and 1 <= least <= most"
            )

    def weakened(self, factor: float) -> Drafting:
        """The process of a draft model whose every token is accepted `factor` times as often.

        >>> float(easy_and_hard().weakened(0.5).outcomes.max())
        0.485
        """
        return replace(self, outcomes=self.outcomes * factor)


def independent(outcomes: Floats, chances: Floats, draft: float = 1.0, verify: float = 8.0, least: int = 2,
                most: int = 20) -> Drafting:  # fmt: skip
    """The process whose tokens are accepted with probabilities drawn from one distribution, each on its own."""
    one = np.ones((1, 1))
    return Drafting(one[0], one, np.atleast_2d(outcomes), np.atleast_2d(chances), draft, verify, least, most)


def easy_and_hard(easy: float = 0.97, hard: float = 0.4, share: float = 0.46, stay: float = 0.9) -> Drafting:
    """Stretches of easy and of hard text: a context lasts with probability `stay`, or else is drawn anew.

    A share of the text is easy; verifying costs as much as drafting eight tokens.
    """
    start = np.array([1 - share, share])
    moves = stay * np.eye(2) + (1 - stay) * start
    return Drafting(start, moves, np.array([[hard], [easy]]), np.ones((2, 1)))


class Rounds(NamedTuple):
    """Drawn rounds, each as long as allowed: acceptance `probabilities` and whether tokens were `accepted` (N, K)."""

    probabilities: Floats
    accepted: NDArray[np.bool_]

    @property
    def reached(self) -> Floats:
        """The probability that all tokens up to each one are accepted, (N, K)."""
        return np.multiply.accumulate(self.probabilities, axis=1, dtype=np.float64)


def sample_rounds(process: Drafting, rounds: int, seed: int = 0) -> Rounds:
    """Draw rounds of `process.most` tokens."""
    rng = np.random.default_rng(seed)
    probabilities = np.empty((rounds, process.most))
    context = _drawn(np.broadcast_to(process.start, (rounds, len(process.start))), rng)
    for k in range(process.most):
        outcome = _drawn(process.chances[context], rng)
        probabilities[:, k] = process.outcomes[context, outcome]
        context = _drawn(process.moves[context], rng)
    return Rounds(probabilities, rng.random(probabilities.shape) < probabilities)


def _drawn(chances: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """An index for each row of probabilities (N, n)."""
    bounds = np.cumsum(chances, axis=1)[:, :-1]
    drawn: NDArray[np.int64] = (rng.random((len(chances), 1)) >= bounds).sum(axis=1)
    return drawn


def threshold_lengths(reached: Floats, threshold: float, least: int = 2, most: int = 20) -> NDArray[np.int64]:
    """How many tokens are drafted where a round stops as soon as P(any is rejected) = 1 - reached > threshold.

    `reached` (N, K) is the believed probability that all tokens so far are accepted; lengths (N,) in [least, most].

    >>> threshold_lengths(np.array([[0.9, 0.8, 0.3, 0.2]]), 0.5, 2, 4).tolist()
    [3]

    Source: Huang, Guo, Wang, 2024, SpecDec++, arXiv:2405.19715.
    """
    stops = 1.0 - reached[:, :most] > threshold
    stops[:, : least - 1] = False
    stops[:, -1] = True
    lengths: NDArray[np.int64] = np.argmax(stops, axis=1) + 1
    return lengths


def round_tokens(rounds: Rounds, lengths: NDArray[np.int64] | int, drawn: bool = False) -> Floats:
    """Tokens of each round (N,): the expected ones given the acceptance probabilities, or the `drawn` ones."""
    reached = np.cumprod(rounds.accepted, axis=1) if drawn else rounds.reached
    kept = np.arange(reached.shape[1]) < np.reshape(lengths, (-1, 1))
    tokens: Floats = 1.0 + np.where(kept, reached, 0.0).sum(axis=1)
    return tokens


def speedup(process: Drafting, rounds: Rounds, lengths: NDArray[np.int64] | int, drawn: bool = False) -> float:
    """How much faster rounds of these lengths are than the target alone: tokens x C / sum of (c K + C)."""
    seconds = process.draft * np.mean(lengths) + process.verify
    return float(round_tokens(rounds, lengths, drawn).mean() * process.verify / seconds)
