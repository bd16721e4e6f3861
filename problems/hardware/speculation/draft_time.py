"""How long drafting and verifying take on devices that share the layers of a draft model, from the cost model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..collectives import AllReduce
from ..costs import Floats, estimate
from ..devices import Device
from ..language_models import LANGUAGE_MODELS, LanguageModel
from ..layers import GatedGemm
from ..operators import Attention, Elementwise, Gemm, Numbers, Operator

#: The target of SpecDec++ and of EasySpec, and the draft model of SpecDec++.
LLAMA_70B = LanguageModel(layers=80, width=8192, heads=64, kv_heads=8, hidden=28672, vocabulary=32000)
LLAMA_7B = LANGUAGE_MODELS["llama-7b"]


def attention_part(size: LanguageModel, tokens: Numbers, context: Numbers, share: Numbers) -> list[Operator]:
    """The attention of a layer on one of `share` devices: whole heads of each."""
    head = size.width // size.heads
    heads, groups = size.heads / np.asarray(share), np.maximum(size.kv_heads / np.asarray(share), 1)
    return [
        Elementwise(tokens, size.width, per_number=4),
        Gemm(tokens, size.width, (heads + 2 * groups) * head),
        Attention(tokens, context, heads, head, groups),
        Gemm(tokens, heads * head, size.width),
    ]


def feed_forward_part(size: LanguageModel, tokens: Numbers, share: Numbers) -> list[Operator]:
    """The feed-forward of a layer on one of `share` devices."""
    hidden = size.hidden / np.asarray(share)
    return [
        Elementwise(tokens, size.width, operands=2, per_number=4),
        GatedGemm(tokens, size.width, hidden),
        Elementwise(tokens, hidden, operands=2, per_number=5),
        Gemm(tokens, hidden, size.width),
    ]


class GroupPrices(NamedTuple):
    """Seconds by the size of a group, entry g - 1 for g layers: attention of all, and their exchange; feed-forward of
    one layer; the output of the vocabulary."""

    attention: Floats
    exchange: Floats
    feed_forward: float
    output: float

    def group(self, size: int) -> float:
        """Seconds of a group of so many layers: max of attention, exchange, and the feed-forward of each."""
        return float(self.attention[size - 1] + self.exchange[size - 1] + size * self.feed_forward)

    def pass_of(self, groups: Sequence[int]) -> float:
        """Seconds of a token: the sum over groups, and the output."""
        return sum(self.group(size) for size in groups) + self.output


def sharing(group: Numbers, devices: int) -> tuple[Floats, Floats]:
    """On how many devices the attention of each layer of a group lies, and how many follow one another on each.

    Layers of a group divide the devices among themselves; more layers than devices take turns.

    >>> [each.tolist() for each in sharing(np.array([1, 2, 8, 9]), 8)]
    [[8, 4, 1, 1], [1, 1, 1, 2]]
    """
    whole = np.asarray(group)
    share = np.maximum(devices // whole, 1)
    share = 2 ** np.floor(np.log2(share)).astype(int)  # heads are split in halves
    return share, -(-whole * share // devices)


def group_prices(
    size: LanguageModel, devices: int, device: Device | str, context: int = 1024, tokens: int = 1
) -> GroupPrices:
    """What groups of 1, 2, ... all layers cost on `devices` of a kind, for so many tokens at once.

    t = max over devices of their attention parts + all-reduce of g outputs + g x (feed-forward + all-reduce).

    >>> prices = group_prices(LLAMA_7B, 8, "a100-80g")
    >>> prices.pass_of((4,) * 8) < prices.pass_of((1,) * 32)
    True

    Source: Wu et al., 2025, EasySpec, arXiv:2502.02493.
    """
    if devices < 1 or devices & (devices - 1) or devices > size.heads:
        raise ValueError(f"group_prices(devices={devices}): give a power of two up to the {size.heads} heads")
    layers = np.arange(1, size.layers + 1)
    share, turns = sharing(layers, devices)
    return GroupPrices(
        turns * estimate(attention_part(size, tokens, context, share), device).time,
        _exchange(size, tokens * layers, devices, device),
        float(
            (
                estimate(feed_forward_part(size, tokens, devices), device).time
                + _exchange(size, tokens, devices, device)
            )[0]
        ),
        float(estimate(Gemm(tokens, size.width, size.vocabulary / devices), device).time[0]),
    )


def _exchange(size: LanguageModel, rows: Numbers, devices: int, device: Device | str) -> Floats:
    """The all-reduce of the outputs of a group, rows (groups,); a device alone has nothing to exchange."""
    if devices == 1:
        return np.zeros(np.shape(rows) or (1,))
    return estimate(AllReduce(rows, size.width, devices), device).time


def pass_seconds(
    size: LanguageModel, tokens: Numbers, devices: int, device: Device | str, context: int = 1024
) -> Floats:
    """Seconds of an exact pass of so many tokens at once (candidates,), every layer shared by all devices.

    They exchange what attention and what the feed-forward part of a layer gives, as groups of one layer do. The target
    verifies K drafted tokens by a pass of K + 1, and a fuzzy draft model calibrates its keys and values by one.
    """
    layer = attention_part(size, tokens, context + np.asarray(tokens), devices) + feed_forward_part(
        size, tokens, devices
    )
    output = estimate(Gemm(tokens, size.width, size.vocabulary / devices), device).time
    exchange = 2 * _exchange(size, tokens, devices, device)
    seconds: Floats = size.layers * (estimate(layer, device).time + exchange) + output
    return seconds
