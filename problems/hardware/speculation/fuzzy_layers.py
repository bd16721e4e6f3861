"""Fuzzy layers: a small transformer whose layers of a group all attend from the input of the group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Tokens = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Transformer:
    """A causal residual transformer with fixed random weights; `branch` scales what a layer adds to its input.

    `embedding` (vocabulary, width) with tied output, `positions` (longest, width), per layer `query`, `key`, `value`
    and `output` (layers, width, width), `rise` (layers, width, 4 width) and `fall` (layers, 4 width, width).
    """

    embedding: Floats
    positions: Floats
    query: Floats
    key: Floats
    value: Floats
    output: Floats
    rise: Floats
    fall: Floats
    heads: int = 4

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return len(self.query)


def random_transformer(
    layers: int = 8, width: int = 32, vocabulary: int = 64, longest: int = 32, branch: float = 0.5, seed: int = 0
) -> Transformer:
    """A transformer with Gaussian weights, so scaled that each of its branches adds about `branch` times its input."""
    rng = np.random.default_rng(seed)

    def drawn(*shape: int) -> Floats:
        weights: Floats = rng.standard_normal(shape) / np.sqrt(shape[-2])
        return weights

    scale = branch / np.sqrt(2)
    return Transformer(
        embedding=rng.standard_normal((vocabulary, width)),
        positions=0.5 * rng.standard_normal((longest, width)),
        query=2 * drawn(layers, width, width),
        key=2 * drawn(layers, width, width),
        value=drawn(layers, width, width),
        output=2 * scale * drawn(layers, width, width),
        rise=drawn(layers, width, 4 * width),
        fall=2 * scale * drawn(layers, 4 * width, width),
    )


def logits(model: Transformer, tokens: Tokens, groups: Sequence[int], fuzzy_from: int = 0) -> Floats:
    """The logits (batch, length, vocabulary) for tokens (batch, length), where layers work in groups of these sizes.

    The layers of a group attend from the input of the group, and their feed-forward parts follow one another:
    x <- x + attention_i(input), x <- x + mlp_i(x). Tokens before `fuzzy_from` are computed exactly, as the calibration
    after a verification does. Groups of one layer are exact. Raises `ValueError` where the groups are not all layers.

    Source: Wu et al., 2025, EasySpec, arXiv:2502.02493.
    """
    if sum(groups) != model.layers or min(groups) < 1:
        raise ValueError(f"logits(groups={tuple(groups)}): the groups must hold the {model.layers} layers, each once")
    starts = {0, *accumulate(groups)}
    fuzzy = (np.arange(tokens.shape[1]) >= fuzzy_from)[:, None]
    x = model.embedding[tokens] + model.positions[: tokens.shape[1]]
    given = x
    for layer in range(model.layers):
        given = x if layer in starts else np.where(fuzzy, given, x)
        x = x + _attention(model, layer, _normed(given))
        x = x + np.maximum(_normed(x) @ model.rise[layer], 0.0) @ model.fall[layer]
    scores: Floats = _normed(x) @ model.embedding.T
    return scores


def _normed(x: Floats) -> Floats:
    normed: Floats = x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-9)
    return normed


def _attention(model: Transformer, layer: int, x: Floats) -> Floats:
    batch, length, width = x.shape
    size = width // model.heads

    def split(weights: Floats) -> Floats:
        parts: Floats = (x @ weights[layer]).reshape(batch, length, model.heads, size)
        return parts.transpose(0, 2, 1, 3)

    scores = split(model.query) @ split(model.key).transpose(0, 1, 3, 2) / np.sqrt(size)
    scores = np.where(np.tri(length, dtype=bool), scores, -np.inf)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    mixed = (shares @ split(model.value)).transpose(0, 2, 1, 3).reshape(batch, length, width)
    added: Floats = mixed @ model.output[layer]
    return added


def drafts(model: Transformer, prompts: Tokens, length: int, groups: Sequence[int]) -> Tokens:
    """The most likely continuations (batch, length) of prompts (batch, n) that are computed exactly."""
    tokens, known = prompts, prompts.shape[1]
    for _ in range(length):
        following = logits(model, tokens, groups, fuzzy_from=known - 1)[:, -1].argmax(axis=-1)
        tokens = np.concatenate([tokens, following[:, None]], axis=1)
    return tokens[:, known:]


class Text(NamedTuple):
    """Random prompts, with what exact layers say after them: `tokens` (batch, known + length), of which `known` are
    calibrated. The last token of all is only said."""

    tokens: Tokens
    known: int


def exact_text(model: Transformer, prompts: int = 128, known: int = 8, length: int = 6, seed: int = 0) -> Text:
    """Prompts of `known` - 1 random tokens, each with the exact draft of `length` + 1 tokens after it."""
    start = np.random.default_rng(seed).integers(0, len(model.embedding), (prompts, known - 1))
    return Text(np.concatenate([start, drafts(model, start, length + 1, (1,) * model.layers)], axis=1), known - 1)


def agreement(model: Transformer, groups: Sequence[int], text: Text) -> float:
    """The share of drafted tokens that are as exact layers say, among those before which all are; 1 for groups of one.

    The first token of a draft is exact, as the calibrating pass says it; those after it come from fuzzy layers, which
    also attend to fuzzy keys and values. Drafts of n rejections among so many tokens tried count as n + 1/2, but for
    groups of one.
    """
    if max(groups) == 1:
        return 1.0
    said = logits(model, text.tokens[:, :-1], groups, fuzzy_from=text.known)[:, text.known :].argmax(axis=-1)
    right = said == text.tokens[:, text.known + 1 :]
    reached = np.cumprod(np.pad(right, ((0, 0), (1, 0)), constant_values=True), axis=1)
    tried, accepted = reached[:, :-1].sum(), reached[:, 1:].sum()
    return float((accepted + 0.5) / (tried + 1.0))


def group_losses(model: Transformer, text: Text) -> Floats:
    """The lost log-acceptance -log(agreement) of one group of layers `first` up to `last`, (layers, layers + 1).

    Entry [first, last] is measured with all other layers exact; groups of one layer lose nothing.
    """
    lost = np.zeros((model.layers, model.layers + 1))
    for first in range(model.layers):
        for last in range(first + 2, model.layers + 1):
            groups = (*(1,) * first, last - first, *(1,) * (model.layers - last))
            lost[first, last] = -np.log(agreement(model, groups, text))
    return lost
