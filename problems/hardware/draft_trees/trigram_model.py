"""A trigram model with back-off of Python's own sources: a language model that needs no download."""

from __future__ import annotations

import re
import sysconfig
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Names, numbers, the common operators of several signs, line ends with the indentation after them, other signs.
_TOKEN = re.compile(r"[^\W\d]\w*|\d+|\n[ \t]*|[=!<>+\-*/|&]=|\*\*|//|->|\"\"\"|[^\s\w]")

#: The token that stands for all words outside the vocabulary.
UNKNOWN = 0


def source_words(files: int = 60, largest: int = 60_000) -> list[str]:
    """The tokens of the first modules of the standard library in the order of their names, those of at most `largest`
    bytes: names, numbers, signs, and line ends with their indentation.

    >>> source_words(files=1)[1:6]
    ['Record', 'of', 'phased', '-', 'in']
    """
    folder = Path(sysconfig.get_paths()["stdlib"])
    sources = [path for path in sorted(folder.glob("*.py")) if path.stat().st_size <= largest]
    words: list[str] = []
    for path in sources[:files]:
        words += _TOKEN.findall(path.read_text(encoding="utf-8", errors="replace"))
    return words


class Successors(NamedTuple):
    """What followed in the text after each of some contexts: those of context c are from `start[c]` to `start[c + 1]`.

    `keys` (contexts,) ascend; `words` and `counts` are (followed,), and words ascend within a context.
    """

    keys: Integers
    start: Integers
    words: Integers
    counts: Integers

    def after(self, key: int) -> tuple[Integers, Integers]:
        """The words that followed a context and how often; none where it is unknown."""
        at = int(np.searchsorted(self.keys, key))
        if at == len(self.keys) or self.keys[at] != key:
            return self.words[:0], self.counts[:0]
        here = slice(int(self.start[at]), int(self.start[at + 1]))
        return self.words[here], self.counts[here]


def successors(contexts: Integers, following: Integers, vocabulary: int) -> Successors:
    """Counts of the words that follow contexts; both arrays are (positions,).

    >>> counted = successors(np.array([7, 7, 2]), np.array([1, 1, 0]), 4)
    >>> [each.tolist() for each in counted.after(7)]
    [[1], [2]]
    """
    pairs, counts = np.unique(contexts * vocabulary + following, return_counts=True)
    keys, first = np.unique(pairs // vocabulary, return_index=True)
    return Successors(keys, np.append(first, len(pairs)), pairs % vocabulary, counts)


class TrigramModel:
    """A language model: P(w | u, v) from counts of three words, with back-off to two and to one.

    P3(w | u, v) = (c(u v w) + t P2(w | v)) / (c(u v) + t), where t is the number of different words after u v; P2 in
    the same way with P1, and P1(w) = (c(w) + 1) / (n + vocabulary). So every word has a chance everywhere.

    Source: Witten, Bell, 1991, The Zero-Frequency Problem, doi:10.1109/18.87000.

    >>> model = TrigramModel("a b c a b d a b c".split(), vocabulary=5)
    >>> [model.words[i] for i in model.likeliest(model.tokens("a b".split()), 2)]
    ['c', 'd']
    """

    def __init__(self, words: Sequence[str], vocabulary: int = 8001) -> None:
        if len(words) < 3 or vocabulary < 2:
            raise ValueError(f"TrigramModel({len(words)} words, vocabulary={vocabulary}): give three and two at least")
        common = [word for word, _ in Counter(words).most_common(vocabulary - 1)]
        self.words = ["<unknown>", *common]
        self._number = {word: i for i, word in enumerate(self.words)}
        self.size = len(self.words)
        #: The text that it has learned from, as tokens.
        self.text = np.array(self.tokens(words), dtype=np.int64)
        u, v, w = self.text[:-2], self.text[1:-1], self.text[2:]
        self._pairs = successors(self.text[:-1], self.text[1:], self.size)
        self._triples = successors(u * self.size + v, w, self.size)
        counts = np.bincount(self.text, minlength=self.size)
        self._single: Floats = (counts + 1.0) / (len(self.text) + self.size)
        self._by_share = np.argsort(-self._single, kind="stable")
        self._running = np.cumsum(self._single)
        self._likeliest: dict[tuple[int, int], tuple[int, ...]] = {}

    def tokens(self, words: Sequence[str]) -> list[int]:
        """The numbers of words, `UNKNOWN` for those outside the vocabulary."""
        return [self._number.get(word, UNKNOWN) for word in words]

    def probabilities(self, context: Sequence[int]) -> Floats:
        """P3 of every word after the last two tokens of a context; shape (vocabulary,)."""
        shares = self._single
        for words, counts in self._followers(context):
            kinds, total = len(words), counts.sum()
            shares = kinds * shares / (total + kinds) if kinds else shares.copy()
            shares[words] += counts / (total + kinds)
        return shares

    def _followers(self, context: Sequence[int]) -> tuple[tuple[Integers, Integers], tuple[Integers, Integers]]:
        u, v = context[-2], context[-1]
        return self._pairs.after(v), self._triples.after(u * self.size + v)

    def likeliest(self, context: Sequence[int], k: int = 8) -> tuple[int, ...]:
        """The `k` likeliest words after a context, at most 8: by their logits, equals by their numbers."""
        key = context[-2], context[-1]
        if key not in self._likeliest:
            self._likeliest[key] = self._eight(context)
        return self._likeliest[key][:k]

    def _eight(self, context: Sequence[int]) -> tuple[int, ...]:
        """Words that never followed are as likely as they are alone: of those the first eight are enough."""
        (words, counts), (triple_words, triple_counts) = self._followers(context)
        kinds, total = len(words), counts.sum()
        back = kinds / (total + kinds) if kinds else 1.0
        others = np.setdiff1d(self._by_share[: 8 + min(len(words), 8)], words)
        found = np.concatenate([words, others])
        shares = back * self._single[found]
        shares[: len(words)] += counts / max(1, total + kinds)
        triple_kinds, triple_total = len(triple_words), triple_counts.sum()
        if triple_kinds:
            shares *= triple_kinds / (triple_total + triple_kinds)
            shares[np.searchsorted(words, triple_words)] += triple_counts / (triple_total + triple_kinds)
        best = np.lexsort((found, -shares))[:8]
        return tuple(found[best].tolist())

    def drawn(self, context: Sequence[int], noise: Sequence[float]) -> int:
        """The word after a context that three numbers from [0, 1) decide: to back off, once and again, and which.

        Over uniform noise the words have the probabilities of the model; the same noise gives the same word.
        """
        (words, counts), (triple_words, triple_counts) = self._followers(context)
        for at, (here, often) in enumerate(((triple_words, triple_counts), (words, counts))):
            total = int(often.sum())
            if total and noise[at] * (total + len(here)) < total:
                return int(here[np.searchsorted(np.cumsum(often), noise[2] * total, side="right")])
        return min(int(np.searchsorted(self._running, noise[2], side="right")), self.size - 1)
