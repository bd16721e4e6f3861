"""What it costs to serve a model with experts under a plan: seconds to the next token, quality lost, memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..device_table import device as named_device
from ..devices import Device, Link
from .expert_misses import expert_misses
from .expert_placement import busiest_device
from .experts import MIXTRAL, Experts
from .pass_seconds import PassTime, Sizes
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
#: Bytes of the weights of the draft.
DRAFT_BYTES = 2.2e9
#: Bits that say where each kept weight of a pruned matrix stands, as two of four.
INDEX_BITS = 2
#: A link for devices whose table has none. Assumed.
LINK = Link(1e-6, 64e9)


class Costs(NamedTuple):
    """Of each plan, (plans,): seconds to the next token of a sequence, quality lost, devices, bytes beyond capacity
    as a share of it (at most 0 where all fits)."""

    latency: Floats
    quality_loss: Floats
    devices: Floats
    excess: Floats


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
        sizes, pass_time = [self.sizes(plan) for plan in plans], PassTime(self.model, self.context, self.link)
        places: dict[str, list[int]] = defaultdict(list)
        for i, plan in enumerate(plans):
            places[plan["hardware"]].append(i)
        for name, rows in places.items():
            columns = [np.array(column) for column in zip(*[sizes[i] for i in rows], strict=True)]
            together, device = Sizes._make(columns), self.hardware[name]
            latency[rows] = pass_time.seconds(together, device)
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
        bytes_each = self.model.rank_factor(rank) * self.model.expert_numbers * stored_bits / 8
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

    # -- memory --------------------------------------------------------------------------------------------------------

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
