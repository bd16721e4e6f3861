"""Layers: operators that follow one another, so that each takes what the one before it gives."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .collectives import AllReduce
from .operators import Attention, Elementwise, Gemm, Numbers, Operator


def chained(*operators: Operator) -> list[Operator]:
    """The operators, each of which takes what the one before it gives.

    Raises `ValueError`, naming both operators and their shapes, where rows or columns differ.

    >>> chained(Gemm(8, 64, 128), Gemm(8, 64, 64))
    Traceback (most recent call last):
    ...
    ValueError: operator 1, Gemm, takes (8, 64), but operator 0, Gemm, gives (8, 128)
    """
    for i, (former, latter) in enumerate(pairwise(operators)):
        given, taken = former.gives, latter.takes
        if given is None or taken is None:
            continue
        if any(np.any(np.asarray(a) != b) for a, b in zip(given, taken, strict=True)):
            raise ValueError(
                f"operator {i + 1}, {latter.called}, takes {_text(taken)}, but operator {i}, {former.called}, gives "
                f"{_text(given)}"
            )
    return list(operators)


def _text(shape: tuple[Numbers, Numbers]) -> str:
    return f"({', '.join(str(size if np.ndim(size) == 0 else np.asarray(size).tolist()) for size in shape)})"


def decoder_layer(
    tokens: Numbers,
    context: Numbers,
    width: Numbers,
    heads: Numbers,
    hidden: Numbers,
    kv_heads: Numbers = 0,
    batch: Numbers = 1,
    dtype: str = "fp16",
    members: Numbers = 1,
    link: str = "intra",
) -> list[Operator]:
    """A decoder layer with gated feed-forward: `tokens` new ones a sequence that see `context` tokens, themselves
    among them; 8 operators.

    `kv_heads` of 0 are as many as `heads`, which divide `width`. Where `members` share the layer, each has its part of
    the heads and of the hidden columns, and two all-reduces over the `link` make 10 operators. Raises `ValueError`
    where heads or hidden columns cannot be divided so.

    >>> layer = decoder_layer(tokens=512, context=512, width=4096, heads=32, hidden=11008)
    >>> [operator.kind for operator in layer][:3], float(layer[1].n)
    (['elementwise', 'gemm', 'attention'], 12288.0)
    """
    head_size = np.asarray(width) / heads
    if np.any(head_size % 1):
        raise ValueError(f"decoder_layer(width={width}, heads={heads}): the heads must divide the width")
    groups: Numbers = np.where(np.asarray(kv_heads) > 0, kv_heads, heads)
    together = np.ndim(members) > 0 or members != 1
    if together:
        heads, groups, hidden = (
            _part(name, size, members) for name, size in (("heads", heads), ("kv_heads", groups), ("hidden", hidden))
        )
    rows = tokens * np.asarray(batch)
    exchange = [AllReduce(rows, width, members, link, dtype)] if together else []
    return [  # each takes what the one before it gives
        Elementwise(rows, width, per_number=4, dtype=dtype),  # the norm
        Gemm(rows, width, (heads + 2 * groups) * head_size, dtype=dtype),
        Attention(tokens, context, heads, head_size, groups, batch, dtype=dtype),
        Gemm(rows, heads * head_size, width, dtype=dtype),
        *exchange,
        Elementwise(rows, width, operands=2, per_number=4, dtype=dtype),  # the sum and the norm
        GatedGemm(rows, width, hidden, dtype=dtype),
        Elementwise(rows, hidden, operands=2, per_number=5, dtype=dtype),  # the gate
        Gemm(rows, hidden, width, dtype=dtype),
        *exchange,
    ]


def _part(name: str, size: Numbers, members: Numbers) -> Numbers:
    part: Numbers = np.asarray(size) / members
    if np.any(part % 1):
        raise ValueError(f"decoder_layer({name}={size}, members={members}): equal parts must divide it")
    return part


class GatedGemm(Gemm):
    """Two products of one matrix at once, the one of which gates the other: n columns of each."""

    kind = "gemm"

    def __init__(self, m: Numbers, k: Numbers, n: Numbers, dtype: str = "fp16") -> None:
        super().__init__(m, k, 2 * n, dtype=dtype)

    @property
    def gives(self) -> tuple[Numbers, Numbers]:
        return self.m, self.n / 2
