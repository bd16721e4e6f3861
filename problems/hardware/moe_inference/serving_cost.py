"""What it costs to serve a model with experts under a plan: seconds to the next token, quality lost, memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..collectives import AllToAll
from ..costs import estimate
from ..device_table import device as named_device
from ..devices import Device, Link
from ..layers import decoder_layer
from ..operators import Elementwise, Gemm, Operator
from .compressed_operators import CompressedAttention, CompressedGemm
from .expert_misses import expert_misses
from .expert_placement import busiest_device
from .offloading import exposed_seconds, transfer_seconds
from .quality_proxy import energy_of_largest, energy_of_rank, quantization_noise
from .routing import Routed, Router, grouped_steps, routed
from .taxonomy import (
    ComputeOnHost,
    Draft,
    ExpertParallel,
    Fetch,
    LowRank,
    Mixed,
    Offload,
    PerExpert,
    Uniform,
    Window,
)

Floats = NDArray[np.float64]
Plan = Mapping[str, Any]
#: The chance that a drafted token is accepted. Assumed.
ACCEPTED = 0.7
#: The draft: layers, width, heads, hidden width and heads with keys (the shape of TinyLlama), and bytes of weights.
DRAFT_LAYERS, DRAFT_SHAPE, DRAFT_BYTES = 22, (2048, 32, 5632, 4), 2.2e9
#: Bits that say where each kept weight of a pruned matrix stands, as two of four.
INDEX_BITS = 2
#: A link for devices whose table has none. Assumed.
LINK = Link(1e-6, 64e9)


class Experts(NamedTuple):
    """A decoder with experts: layers, width, heads, heads with keys, hidden width of an expert, experts, vocabulary."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    hidden: int
    experts: int
    vocabulary: int

    @property
    def expert_numbers(self) -> float:
        """Weights of an expert: three matrices."""
        return 3.0 * self.width * self.hidden


MIXTRAL = Experts(layers=32, width=4096, heads=32, kv_heads=8, hidden=14336, experts=8, vocabulary=32000)


class Costs(NamedTuple):
    """Of each plan, (plans,): seconds to the next token of a sequence, quality lost, devices, bytes beyond capacity
    as a share of it (at most 0 where all fits)."""

    latency: Floats
    quality_loss: Floats
    devices: Floats
    excess: Floats


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
class Serving:
    """A model that decodes `router.batch` sequences with `context` tokens each on devices of this kind.

    `link` is the bandwidth at which experts come from the host, in bytes per second. Raises `ValueError` where the
    router has other experts than the model.
    """

    model: Experts = MIXTRAL
    device: str = "a100-40g"
    router: Router = field(default_factory=Router)
    context: int = 4096
    link: float = 25e9

    def __post_init__(self) -> None:
        if self.router.experts != self.model.experts:
            raise ValueError(
                f"Serving.router has {self.router.experts} experts, but the model {self.model.experts}: give as many"
            )

    @cached_property
    def hardware(self) -> dict[str, Device]:
        """The device of each option of the plan's hardware."""
        near = named_device("neupims")
        kinds = {
            "graphics processor": named_device(self.device),
            "near-memory processor": replace(near, array=None),
            "systolic array": replace(near, pim=None),
        }
        return {name: made if made.links else replace(made, links={"intra": LINK}) for name, made in kinds.items()}

    def __call__(self, plans: Sequence[Plan]) -> Costs:
        """The costs of built members of the space; plans for the same hardware are estimated at once."""
        latency, excess = np.empty(len(plans)), np.empty(len(plans))
        sizes = [self.sizes(plan) for plan in plans]
        places: dict[str, list[int]] = defaultdict(list)
        for i, plan in enumerate(plans):
            places[plan["hardware"]].append(i)
        for name, rows in places.items():
            columns = [np.array(column) for column in zip(*[sizes[i] for i in rows], strict=True)]
            together, device = Sizes._make(columns), self.hardware[name]
            latency[rows] = self.seconds(together, device)
            excess[rows] = self.memory(together) / device.memory[-1].capacity - 1.0
        lost = np.array([1.0 - self.quality_kept(plan) for plan in plans])
        return Costs(latency, lost, np.array([float(size.devices) for size in sizes]), excess)

    # -- what a plan asks --------------------------------------------------------------------------------------------

    def routed(self, plan: Plan) -> Routed:
        """Which of the stored experts tokens need."""
        return routed(self.router, plan["gate"], plan["experts"])

    def bits(self, plan: Plan) -> Floats:
        """The bits of the weights of each stored expert, the most popular first."""
        stored = self.routed(plan).needed.shape[2]
        match plan["bits"]:
            case Uniform(bits):
                found = [bits] * stored
            case Mixed(hot, high, low):
                found = [high if i < hot else low for i in range(stored)]
            case PerExpert(bits):
                found = list(bits[:stored])
            case other:
                raise ValueError(f"plan['bits']={other!r}: give Uniform, Mixed or PerExpert")
        return np.asarray(found, dtype=float)

    def sizes(self, plan: Plan) -> Sizes:
        """What a plan asks of a device."""
        tokens = 1 + _drafted(plan)
        needed = self.routed(plan).needed
        shares, rank, density = needed.mean(axis=(0, 1)), _rank(plan), plan["density"]
        stored_bits = density * (self.bits(plan) + (INDEX_BITS if density < 1 else 0))
        bytes_each = self.rank_factor(rank) * self.model.expert_numbers * stored_bits / 8
        sequences, system = float(self.router.batch), plan["system"]
        rows = sequences * tokens
        own: dict[str, Any] = {"needed": float(grouped_steps(needed, tokens).sum(axis=1).mean())}
        own |= {"expert_rows": float(shares.sum() * rows), "stored": float(bytes_each.sum())}
        own |= {"devices": 1, "chunks": 1, "misses": 0.0, "computed_elsewhere": 0.0, "host": False, "foreseen": 0.0}
        own |= {"fetched_bytes": 0.0, "sent_rows": 0.0}
        if isinstance(system, ExpertParallel):
            busiest = busiest_device(system, needed, tokens, bytes_each)
            own |= {"needed": busiest.needed, "expert_rows": busiest.rows, "stored": busiest.stored}
            own |= {"sent_rows": float(shares.sum() * rows) / system.devices}
            own |= {"devices": system.devices, "chunks": system.chunks}
            rows, sequences = rows / system.devices, sequences / system.devices
        elif isinstance(system.experts, Offload):
            own |= self._offloaded(plan, system.experts, tokens, bytes_each)
        return Sizes(
            tokens=tokens, sequences=sequences, keys=float(self._keys(plan)), cache_bits=plan["cache_bits"],
            rows=rows, bits=float(shares @ stored_bits / shares.sum()), rank=rank, drafted=tokens - 1, **own,
        )  # fmt: skip

    def _offloaded(self, plan: Plan, offload: Offload, tokens: int, bytes_each: Floats) -> dict[str, Any]:
        missed = expert_misses(
            self.router, plan["gate"], plan["experts"], tokens, min(offload.cache, len(bytes_each)), offload.policy
        )
        held = min(offload.cache, len(bytes_each)) * float(bytes_each.max())
        if not isinstance(offload.miss, Fetch):
            on_host = isinstance(offload.miss, ComputeOnHost)
            return {"stored": held, "computed_elsewhere": missed.each_pass, "host": on_host}
        share = min(1.0, offload.miss.bits / float(self.bits(plan).mean())) if offload.miss.bits else 1.0
        fetched = share * float(bytes_each.mean())
        foreseen = missed.foreseen[offload.miss.prefetch]
        return {"stored": held, "misses": missed.each_pass, "fetched_bytes": fetched, "foreseen": foreseen}

    def _keys(self, plan: Plan) -> int:
        seen = plan["attention"]
        return min(seen.keys, self.context) if isinstance(seen, Window) else self.context

    def rank_factor(self, rank: float) -> float:
        """The weights of two factors of a share of the full rank, as a share of those of the matrix; 1 for none."""
        width, hidden = self.model.width, self.model.hidden
        return 1.0 if rank >= 1 else rank * min(width, hidden) * (width + hidden) / (width * hidden)

    # -- time and memory ---------------------------------------------------------------------------------------------

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
            factor = np.array([self.rank_factor(float(rank)) for rank in np.atleast_1d(sizes.rank)])
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

    def memory(self, sizes: Any) -> Floats:
        """Bytes on the busiest device: attention, embeddings, cache, experts and the draft, for columns of sizes."""
        model = self.model
        grouped = model.kv_heads / model.heads
        attention = 2.0 * (2 + 2 * grouped) * model.width**2 * model.layers
        cached = 2 * grouped * model.width * sizes.keys * sizes.sequences * sizes.cache_bits / 8 * model.layers
        embeddings, draft = 2.0 * 2 * model.vocabulary * model.width, np.where(sizes.drafted > 0, DRAFT_BYTES, 0.0)
        return np.asarray(attention + cached + embeddings + draft + model.layers * sizes.stored)

    # -- quality -----------------------------------------------------------------------------------------------------

    def quality_kept(self, plan: Plan) -> float:
        """The share of a layer's signal that a plan keeps: a product of shares, and no measured quality.

        Routed weight kept, times 1 - noise of the bits of weights, times the energy of the weights and of the rank
        that are kept, times the keys that are seen, times 1 - noise of the bits of the cache, times 1 - noise of what
        is fetched in fewer bits. Each is monotone; that they multiply assumes errors that have nothing in common.
        """
        routing, bits = self.routed(plan), self.bits(plan)
        shares = routing.needed.mean(axis=(0, 1))
        noise = np.array([quantization_noise(int(each)) for each in bits])
        kept = routing.kept * float(1 - shares @ noise / shares.sum())
        kept *= energy_of_largest(plan["density"]) * energy_of_rank(_rank(plan), self.model.width)
        kept *= self._keys(plan) / self.context * (1 - quantization_noise(plan["cache_bits"]))
        return kept * self._fetched_quality(plan, bits)

    def _fetched_quality(self, plan: Plan, bits: Floats) -> float:
        offload = getattr(plan["system"], "experts", None)
        if not isinstance(offload, Offload) or not isinstance(offload.miss, Fetch) or not offload.miss.bits:
            return 1.0
        if offload.miss.bits >= bits.mean():
            return 1.0
        size = min(offload.cache, len(bits))
        missed = expert_misses(
            self.router, plan["gate"], plan["experts"], 1 + _drafted(plan), size, offload.policy
        )  # fmt: skip
        return 1 - missed.share * quantization_noise(offload.miss.bits)


def _drafted(plan: Plan) -> int:
    draft = plan["draft"]
    return draft.tokens if isinstance(draft, Draft) else 0


def _rank(plan: Plan) -> float:
    return plan["rank"].share if isinstance(plan["rank"], LowRank) else 1.0
