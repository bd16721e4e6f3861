"""Token Recycling: drafts from the words that the model found likely before, and steps that verify whole trees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....spaces import PrefixTree
from .trigram_model import TrigramModel

Integers = NDArray[np.int64]


class Sampling:
    """How the next token of a model is chosen: the likeliest, or by noise that belongs to the position in the text."""

    def __init__(self, model: TrigramModel, seed: int | None = None, positions: int = 100_000) -> None:
        self.model = model
        self.noise = None if seed is None else np.random.default_rng(seed).random((positions, 3))

    def token(self, text: Sequence[int], position: int) -> int:
        """The token at a position after the text; raises `IndexError` past the positions that have noise."""
        if self.noise is None:
            return self.model.likeliest(text, 1)[0]
        return self.model.drawn(text, self.noise[position])


def plainly_decoded(sampling: Sampling, prompt: Sequence[int], tokens: int) -> list[int]:
    """So many tokens after a prompt, one a step."""
    text = list(prompt)
    for _ in range(tokens):
        text.append(sampling.token(text[-2:], len(text)))
    return text[len(prompt) :]


class Decoded(NamedTuple):
    """The tokens after the prompt, and the steps in which they were found; the last step may have found more."""

    tokens: list[int]
    steps: int
    accepted: int

    @property
    def tokens_per_step(self) -> float:
        """What a step gives on average, cut tokens of the last one included."""
        return self.accepted / self.steps


class TokenRecycling:
    """Decodes with a fixed tree, whose nodes are looked up in a matrix (words, ranks) of likely successors.

    token[node] = M[token[parent], rank(node)], level by level; one pass of the model verifies all nodes; the longest
    path of right ones is accepted, with the token that the model gives after it; then the rows of M of all drafted
    tokens become the likeliest words that the model gave after them, the last of equal tokens in the order of levels.
    The matrix is all zeros at first, and is kept from text to text (a "hot start"). Raises `ValueError` for a tree of
    more ranks than the model's 8.

    Source: Luo et al., 2024, Turning Trash into Treasure: Accelerating Inference of Large Language Models with Token
    Recycling, arXiv:2408.08696.
    """

    RANKS = 8

    def __init__(self, model: TrigramModel, tree: PrefixTree) -> None:
        if any(path[-1] >= self.RANKS for path in tree.paths):
            raise ValueError(f"TokenRecycling({tree!r}): the matrix holds {self.RANKS} ranks")
        self.model = model
        self.matrix: Integers = np.zeros((model.size, self.RANKS), dtype=np.int64)
        order = sorted(tree.paths, key=lambda path: (len(path), path))
        place = {path: i for i, path in enumerate([(), *order])}
        #: By level: the nodes, their parents and their ranks; the root is node 0.
        self.levels: list[tuple[Integers, Integers, Integers]] = [
            (np.array([place[path] for path in nodes]), np.array([place[path[:-1]] for path in nodes]),
             np.array([path[-1] for path in nodes]))
            for level in range(1, tree.depth + 1) if (nodes := [path for path in order if len(path) == level])
        ]  # fmt: skip
        self.parents = [0] + [place[path[:-1]] for path in order]
        self.children: list[list[int]] = [[] for _ in self.parents]
        for node, parent in enumerate(self.parents[1:], 1):
            self.children[parent].append(node)

    def drafted(self, last: int) -> list[int]:
        """The tokens of the root, which is the last one of the text, and of all nodes, level by level."""
        tokens = np.full(len(self.parents), last, dtype=np.int64)
        for nodes, parents, ranks in self.levels:
            tokens[nodes] = self.matrix[tokens[parents], ranks]
        return [int(token) for token in tokens]

    def step(self, sampling: Sampling, text: Sequence[int], position: int) -> list[int]:
        """The tokens that one step finds after a text, whose last two tokens are enough: at least one."""
        tokens, before = self.drafted(text[-1]), text[-2]
        contexts = [(before, text[-1])] + [
            (tokens[parent], tokens[node]) for node, parent in enumerate(self.parents[1:], 1)
        ]
        found: list[int] = []
        right = [0]  # all nodes with the accepted text: siblings may hold equal tokens
        while right:
            found.append(sampling.token(contexts[right[0]], position + len(found)))
            right = [child for node in right for child in self.children[node] if tokens[child] == found[-1]]
        for token, context in zip(tokens, contexts, strict=True):
            self.matrix[token] = self.model.likeliest(context, self.RANKS)
        return found

    def decode(self, sampling: Sampling, prompt: Sequence[int], tokens: int) -> Decoded:
        """So many tokens after a prompt of two tokens at least; the same as `plainly_decoded` gives."""
        text, steps = list(prompt), 0
        while len(text) < len(prompt) + tokens:
            text += self.step(sampling, text[-2:], len(text))
            steps += 1
        found = text[len(prompt) :]
        return Decoded(found[:tokens], steps, len(found))
