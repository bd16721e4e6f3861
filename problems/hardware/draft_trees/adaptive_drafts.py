"""Adaptive drafts: a trigram table that learns from the text, and trees of drafts by Monte Carlo tree search (ADED)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

import numpy as np

from ....spaces import PrefixTree
from .acceptance import Guesses, Path, drawn_rank
from .trigram_model import successors

#: The constants of the authors' code.
SUCCESSORS, STEP, CAP, WINDOW = 12, 0.04, 3.0, 16
ITERATIONS, SENTENCE, SENTENCES, NODES = 150, 4, 24, 64
C1, C2 = 32.0, 8.0

Context = tuple[int, int]


class TrigramTable:
    """Values of the words after two others: first their shares in a text, of the likeliest 12; then what is learned.

    `learn` adds 0.04 to each trigram of the last 16 tokens of a text, up to 3.0. A value is a share where those of a
    context add up to no more than one.

    >>> table = TrigramTable([1, 2, 3, 1, 2, 3, 1, 2, 4])
    >>> table.ranked((1, 2))[0], [round(share, 3) for share in table.shares((1, 2))]
    ((3, 4), [0.667, 0.333])
    """

    def __init__(self, text: Sequence[int]) -> None:
        tokens = np.asarray(text, dtype=np.int64)
        if len(tokens) < 3:
            raise ValueError(f"TrigramTable({len(tokens)} tokens): a trigram needs three")
        size = int(tokens.max()) + 1
        counted = successors(tokens[:-2] * size + tokens[1:-1], tokens[2:], size)
        self.values: dict[Context, dict[int, float]] = {}
        for at, key in enumerate(counted.keys.tolist()):
            here = slice(int(counted.start[at]), int(counted.start[at + 1]))
            words, counts = counted.words[here], counted.counts[here]
            best = np.argsort(-counts, kind="stable")[:SUCCESSORS]
            shares = counts[best] / counts.sum()
            self.values[divmod(key, size)] = dict(zip(words[best].tolist(), shares.tolist(), strict=True))
        self._ranked: dict[Context, tuple[tuple[int, ...], tuple[float, ...]]] = {}

    def ranked(self, context: Context) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """The words after a context and their values, the greatest first."""
        if context not in self._ranked:
            pairs = sorted(self.values.get(context, {}).items(), key=lambda pair: (-pair[1], pair[0]))
            self._ranked[context] = tuple(word for word, _ in pairs), tuple(value for _, value in pairs)
        return self._ranked[context]

    def shares(self, context: Context) -> tuple[float, ...]:
        """The values of a context, divided by their sum where that is more than one."""
        values = self.ranked(context)[1]
        total = max(1.0, sum(values))
        return tuple([value / total for value in values])

    def learn(self, text: Sequence[int]) -> None:
        """Raise the trigrams at the end of a text."""
        recent = text[-WINDOW:]
        for u, v, w in zip(recent, recent[1:], recent[2:], strict=False):
            values = self.values.setdefault((u, v), {})
            values[w] = min(CAP, values.get(w, 0.0) + STEP)
            self._ranked.pop((u, v), None)

    def context_after(self, context: Context, path: Path) -> Context:
        """The last two words once the words of these ranks have followed."""
        for rank in path:
            context = context[1], self.ranked(context)[0][rank]
        return context

    def guesses(self, context: Context, depth: int = SENTENCE) -> Guesses:
        """The shares after the words of each path of less than `depth` ranks; none after ranks that no word has."""

        def after(path: Path) -> Sequence[float]:
            if len(path) >= depth:
                return ()
            try:
                return self.shares(self.context_after(context, path))
            except IndexError:
                return ()

        return after

    def words(self, context: Context, tree: PrefixTree) -> dict[Path, int]:
        """The word of each node."""
        return {path: self.context_after(context, path)[1] for path in tree.paths}


class _Visited:
    """A node of the search: visits, the sum of rewards, and children in the order of their ranks."""

    __slots__ = ("children", "context", "prior", "reward", "visits")

    def __init__(self, context: Context, prior: float) -> None:
        self.context, self.prior = context, prior
        self.visits, self.reward = 0, 0.0
        self.children: list[_Visited] = []


def draft_by_tree_search(table: TrigramTable, context: Context, seed: int = 0) -> PrefixTree:
    """A tree of at most 64 ranks' paths after two words: the 24 most visited ones, each with its likeliest successor.

    150 times: descend from the root to an open node by reward / visits + (c1 + ln((N + c2 + 1) / c2)) p sqrt(N) /
    (1 + n), where N are the visits of the node, n and p those and the value of a child, c1 = 32 and c2 = 8, and a
    child without visits comes first; open it, go to its first child, and complete a sentence of three words by draws
    from the table. The reward is 1 + the sum of the shares of its words.

    Source: Liu et al., 2024, Adaptive Draft-Verification for Efficient Large Language Model Decoding,
    arXiv:2407.12021; constants and the number of words from their code.
    Differs: the reward is that of the words of the sentence, where the code looks up the word before each of them; the
    most visited sentences are all kept, where the code drops the longest again until 24 words are left.
    """
    rng, root = Random(seed), _Visited(context, 0.0)
    for _ in range(ITERATIONS):
        _pass(table, root, rng)
    found: list[tuple[int, Path]] = []
    _collect(root, (), found)
    found.sort(key=lambda pair: (-pair[0], len(pair[1]), pair[1]))
    paths: set[Path] = set()
    for _, path in found[:SENTENCES]:
        greedy = (*path, 0) if table.ranked(table.context_after(context, path))[0] else path
        paths |= {greedy[:level] for level in range(1, len(greedy) + 1)}
    return PrefixTree(sorted(paths, key=lambda path: (len(path), path))[:NODES])


def _pass(table: TrigramTable, root: _Visited, rng: Random) -> None:
    """One descent, one new node, one sentence, and its reward for all nodes on the way."""
    way = [root]
    while way[-1].children and len(way) < SENTENCE:
        way.append(_preferred(way[-1]))
    if len(way) < SENTENCE and not way[-1].children:
        _open(table, way[-1])
        way += way[-1].children[:1]
    reward = 1.0 + sum(node.prior for node in way) + _rollout(table, way[-1].context, SENTENCE - len(way), rng)
    for node in way:
        node.visits += 1
        node.reward += reward


def _open(table: TrigramTable, node: _Visited) -> None:
    for word, value in zip(table.ranked(node.context)[0], table.shares(node.context), strict=True):
        node.children.append(_Visited((node.context[1], word), value))


def _preferred(node: _Visited) -> _Visited:
    factor = (C1 + math.log((node.visits + C2 + 1.0) / C2)) * math.sqrt(node.visits)
    chosen, greatest = node.children[0], -math.inf
    for child in node.children:
        if not child.visits:
            return child
        bound = child.reward / child.visits + factor * child.prior / (1 + child.visits)
        if bound > greatest:
            chosen, greatest = child, bound
    return chosen


def _rollout(table: TrigramTable, context: Context, words: int, rng: Random) -> float:
    """The sum of the shares of so many words, drawn one after the other by their shares."""
    reward = 0.0
    for _ in range(words):
        following, shares = table.ranked(context)[0], table.shares(context)
        if not following:
            break
        scale = sum(shares)
        rank = min(drawn_rank([share / scale for share in shares], rng), len(shares) - 1)
        reward += shares[rank]
        context = context[1], following[rank]
    return reward


def _collect(node: _Visited, path: Path, found: list[tuple[int, Path]]) -> None:
    found.append((node.visits, path))
    for rank, child in enumerate(node.children):
        if child.visits:
            _collect(child, (*path, rank), found)


def tokens_of_document(table: TrigramTable, document: Sequence[int], start: int = 2, adapt: bool = True) -> float:
    """Tokens a step accepts while a model writes exactly this document from a position on, with drafts from the table.

    With `adapt` the table learns, before each draft, from the text so far.
    """
    steps, at = 0, start
    while at < len(document):
        if adapt:
            table.learn(document[max(0, at - WINDOW) : at])
        context = document[at - 2], document[at - 1]
        tree = draft_by_tree_search(table, context, seed=at)
        words = table.words(context, tree)
        at += 1 + _accepted(words, document[at : at + tree.depth])
        steps += 1
    return (at - start) / steps


def _accepted(words: dict[Path, int], following: Sequence[int]) -> int:
    """The number of words of the longest path that agrees with what follows."""
    path: Path = ()
    for word in following:
        right = [longer for longer, other in words.items() if longer[:-1] == path and other == word]
        if not right:
            break
        path = right[0]
    return len(path)
