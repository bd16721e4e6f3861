"""How often guesses are right, and how many tokens a step accepts with a tree of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from ....spaces import PrefixTree

Floats = NDArray[np.float64]
Path = tuple[int, ...]
#: The shares with which the guesses after a path are right, by rank; none below the last level.
Guesses = Callable[[Path], Sequence[float]]

#: Shares with which the k-th guess for the next token but one is right: vicuna-7b with prompt tokens, chat prompts.
#: Source: nodes of the sparse trees published with Chen et al., 2024, Hardware-Aware Parallel Prompt Decoding.
VICUNA_7B = (0.4834, 0.1434, 0.0736, 0.0454, 0.0309, 0.0216, 0.0166, 0.0132)

#: The same at the distances of the first, second and third prompt token, by ten ranks: from the same trees, where a
#: node's value, its children's added, divided by its parent's is the share.
PROMPT_TOKENS_7B: Floats = np.array(
    [
        [0.48335, 0.14342, 0.0736, 0.0454, 0.03087, 0.02155, 0.01658, 0.01323, 0.00932, 0.00845],
        [0.26256, 0.14561, 0.08114, 0.0576, 0.04283, 0.0323, 0.0257, 0.02152, 0.01903, 0.0155],
        [0.16413, 0.11756, 0.08092, 0.05784, 0.04586, 0.03672, 0.03128, 0.02317, 0.02372, 0.01789],
    ]
)


def reused(shares: Sequence[float], depth: int) -> Floats:
    """A table (depth, ranks) with the same shares at every distance."""
    return np.tile(np.asarray(shares, dtype=float), (depth, 1))


def guesses_of(table: Floats) -> Guesses:
    """The guesses of a table (depth, ranks), whose shares depend on the distance and on the rank only."""
    rows = [tuple(row) for row in table.tolist()]
    return lambda path: rows[len(path)] if len(path) < len(rows) else ()


def node_masses(tree: PrefixTree, guesses: Guesses) -> dict[Path, float]:
    """For each node the probability that it is accepted: the product of the shares on its path.

    >>> node_masses(PrefixTree("0(1)"), guesses_of(np.array([[0.5, 0.25], [0.5, 0.25]])))
    {(0,): 0.5, (0, 1): 0.125}
    """
    masses: dict[Path, float] = {(): 1.0}
    for path in tree.paths:
        shares = guesses(path[:-1])
        masses[path] = masses[path[:-1]] * (shares[path[-1]] if path[-1] < len(shares) else 0.0)
    del masses[()]
    return masses


def expected_tokens(tree: PrefixTree, guesses: Guesses) -> float:
    """Tokens that a step gives on average: 1 + sum over nodes of the product of the shares on the path.

    The 1 is the token that the model itself gives after the accepted path; the root, which was accepted before, does
    not count.

    >>> expected_tokens(PrefixTree("0(0) 1"), guesses_of(reused([0.5, 0.25], 2)))
    2.0
    """
    return 1.0 + sum(node_masses(tree, guesses).values())


def simulated_tokens(tree: PrefixTree, guesses: Guesses, steps: int, rng: Random) -> float:
    """The mean number of tokens of so many steps, in each of which one of the guesses after a path is drawn as right,
    or none."""
    known, total = set(tree.paths), 0
    for _ in range(steps):
        path: Path = ()
        while True:
            total += 1
            path = (*path, drawn_rank(guesses(path), rng))
            if path not in known:
                break
    return total / steps


def drawn_rank(shares: Sequence[float], rng: Random) -> int:
    """The rank of the guess that is right, and the number of guesses where none is."""
    at = rng.random()
    for rank, share in enumerate(shares):
        at -= share
        if at < 0:
            return rank
    return len(shares)
