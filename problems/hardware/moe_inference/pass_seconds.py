"""Seconds of a pass of a model with experts over its batch, for many plans at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..collectives import AllToAll
from ..costs import estimate
from ..devices import Device
from ..layers import decoder_layer
from ..operators import Elementwise, Gemm, Operator
from .compressed_operators import CompressedAttention, CompressedGemm
from .experts import Experts
from .offloading import exposed_seconds, transfer_seconds

Floats = NDArray[np.float64]
#: The chance that a drafted token is accepted. Assumed.
ACCEPTED = 0.7
#: The draft: layers, width, heads, hidden width and heads with keys (the shape of TinyLlama).
DRAFT_LAYERS, DRAFT_SHAPE = 22, (2048, 32, 5632, 4)


class Sizes(NamedTuple):
    """What one plan asks of a device, as numbers. Bytes and experts are those of a layer on the busiest device."""

    tokens: int
    sequences: float
    keys: float
    cache_bits: float
    rows: float
    needed: float
    expert_rows: float
    bits: float
    rank: float
    sent_rows: float
    devices: int
    chunks: int
    misses: float
    computed_elsewhere: float
    host: bool
    fetched_bytes: float
    foreseen: float
    stored: float
    drafted: int


@dataclass(frozen=True)
class PassTime:
    """What a pass of a model takes on a device, with `context` tokens before each sequence.

    `link` is the bandwidth at which experts come from the host, in bytes per second.
    """

    model: Experts
    context: int
    link: float

    def seconds(self, sizes: Any, device: Device) -> Floats:
        """Seconds to the next token of each sequence, for columns of sizes: those of a pass by the tokens it yields."""
        attention = estimate(self._attention(sizes), device).time
        here = np.maximum(sizes.needed - sizes.computed_elsewhere, 0.0)
        experts = np.maximum(self._experts(sizes, here, device), self._elsewhere(sizes))
        sent = np.where(sizes.devices > 1, 2 * estimate(self._exchange(sizes), device).time, 0.0)
        between = np.maximum(experts, sent) + np.minimum(experts, sent) / sizes.chunks
        moved = transfer_seconds(sizes.misses, sizes.fetched_bytes, self.link)
        layer = attention + between + exposed_seconds(moved, attention + between, sizes.foreseen)
        head = estimate(Gemm(sizes.rows, self.model.width, self.model.vocabulary), device).time
        draft = estimate(decoder_layer(1, self.context, *DRAFT_SHAPE, batch=sizes.sequences), device).time
        whole = self.model.layers * layer + head + sizes.drafted * DRAFT_LAYERS * draft
        return np.asarray(whole * (1 - ACCEPTED) / (1 - ACCEPTED**sizes.tokens))

    def _attention(self, sizes: Any) -> list[Operator]:
        model, head = self.model, self.model.width // self.model.heads
        return [
            Gemm(sizes.rows, model.width, (model.heads + 2 * model.kv_heads) * head),
            CompressedAttention(
                sizes.tokens, sizes.keys, model.heads, head, model.kv_heads, sizes.sequences, bits=sizes.cache_bits
            ),
            Gemm(sizes.rows, model.width, model.width),
            Elementwise(sizes.rows, model.width, operands=2, per_number=4),
            Gemm(sizes.rows, model.width, model.experts),
        ]

    def _experts(self, sizes: Any, count: Floats, device: Device) -> Floats:
        """Seconds of `count` experts in all chunks; none for none."""
        some = np.maximum(count, 1e-9)
        rows = np.maximum(sizes.expert_rows / sizes.needed / sizes.chunks, 1e-9)
        spent = estimate(self.expert_operators(rows, some, sizes), device).time
        low = estimate(self.low_rank_operators(rows, some, sizes), device).time
        spent = np.where(sizes.rank < 1, low, spent)
        if device.pim is not None:  # banks read the weights once for each row
            factor = np.array([self.model.rank_factor(float(rank)) for rank in np.atleast_1d(sizes.rank)])
            read = some * factor * self.model.expert_numbers * sizes.bits / 8
            spent = np.minimum(spent, read * np.ceil(rows) / device.pim.bandwidth)
        return np.where(count > 1e-9, sizes.chunks * spent, 0.0)

    def expert_operators(self, rows: Any, count: Any, sizes: Any, dtype: str = "fp16") -> list[Operator]:
        """The operators of experts whose matrices are whole."""
        width, hidden = self.model.width, self.model.hidden
        return [
            CompressedGemm(rows, width, 2 * hidden, count, dtype, bits=sizes.bits),
            Elementwise(rows * count, hidden, operands=2, per_number=5, dtype=dtype),
            CompressedGemm(rows, hidden, width, count, dtype, bits=sizes.bits),
        ]

    def low_rank_operators(self, rows: Any, count: Any, sizes: Any, dtype: str = "fp16") -> list[Operator]:
        """The operators of experts whose three matrices are products of two."""
        width, hidden = self.model.width, self.model.hidden
        rank = sizes.rank * min(width, hidden)
        return [
            CompressedGemm(rows, width, rank, 2 * count, dtype, bits=sizes.bits),
            CompressedGemm(rows, rank, hidden, 2 * count, dtype, bits=sizes.bits),
            Elementwise(rows * count, hidden, operands=2, per_number=5, dtype=dtype),
            CompressedGemm(rows, hidden, rank, count, dtype, bits=sizes.bits),
            CompressedGemm(rows, rank, width, count, dtype, bits=sizes.bits),
        ]

    def _elsewhere(self, sizes: Any) -> Floats:
        """Seconds of missing experts where they lie, one after the other, and of the rows that go there and back."""
        count = np.maximum(sizes.computed_elsewhere, 1e-9)
        rows = sizes.expert_rows / sizes.needed
        kinds = [("xeon-8480", "bf16"), ("hbm2-pim", "fp16")]
        host, near = [self._on(name, dtype, rows, count, sizes) for name, dtype in kinds]
        there_and_back = 2 * 2 * rows * count * self.model.width / self.link
        return np.where(sizes.computed_elsewhere > 0, np.where(sizes.host, host, near) + there_and_back, 0.0)

    def _on(self, name: str, dtype: str, rows: Any, count: Any, sizes: Any) -> Floats:
        whole = estimate(self.expert_operators(rows, count, sizes, dtype), name).time
        low = estimate(self.low_rank_operators(rows, count, sizes, dtype), name).time
        return np.where(sizes.rank < 1, low, whole)

    def _exchange(self, sizes: Any) -> list[Operator]:
        return [AllToAll(np.maximum(sizes.sent_rows, 1), self.model.width, sizes.devices)]
