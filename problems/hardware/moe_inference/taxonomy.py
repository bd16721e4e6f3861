"""The survey's taxonomy of MoE inference as one space: a hole for each of its leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ....spaces import Choice, Integer, program


@dataclass(frozen=True)
class Window:
    """Attention to the latest `keys` tokens only."""

    keys: int


@dataclass(frozen=True)
class Pruned:
    """Only the `kept` most popular experts stay."""

    kept: int


@dataclass(frozen=True)
class Merged:
    """Experts are averaged, by popularity, into `groups` of them."""

    groups: int


@dataclass(frozen=True)
class Dense:
    """All experts become one, which every token takes: a dense student."""


@dataclass(frozen=True)
class Uniform:
    """All experts have weights of so many bits."""

    bits: int


@dataclass(frozen=True)
class Mixed:
    """The `hot` most popular experts have weights of `high` bits, and the others of `low` bits."""

    hot: int
    high: int
    low: int


@dataclass(frozen=True)
class PerExpert:
    """Each expert, the most popular first, has weights of its own number of bits."""

    bits: Sequence[int]


@dataclass(frozen=True)
class LowRank:
    """Each matrix is a product of two, of this share of its full rank."""

    share: float


@dataclass(frozen=True)
class TopK:
    """The `k` experts with the most weight; those with less than `skip` of the first one's weight are skipped."""

    k: int
    skip: float


@dataclass(frozen=True)
class TopP:
    """The fewest experts, the heaviest first, that together have the weight `p`."""

    p: float


@dataclass(frozen=True)
class Threshold:
    """All experts of at least this weight, and always the heaviest."""

    weight: float


@dataclass(frozen=True)
class Draft:
    """A draft of so many tokens, which the model verifies together."""

    tokens: int


@dataclass(frozen=True)
class Fetch:
    """A missing expert is copied to the device, in `bits` or as it is (0); `prefetch` predicts which will be needed."""

    bits: int
    prefetch: str


@dataclass(frozen=True)
class ComputeOnHost:
    """A missing expert is computed by the host's processor, where it lies."""


@dataclass(frozen=True)
class ComputeNearMemory:
    """A missing expert is computed by units in the memory in which it lies."""


@dataclass(frozen=True)
class Offload:
    """Experts lie outside the device, which caches so many of each layer."""

    cache: int
    policy: str
    miss: Any


@dataclass(frozen=True)
class OneDevice:
    """One device has the whole model, but for experts that are offloaded."""

    experts: Any


@dataclass(frozen=True)
class ExpertParallel:
    """The experts of each layer lie on several devices, which send tokens to one another.

    `placement` is "in turn", "by load" (the most popular first, each to the device with the least load), or the device
    of each expert; the `replicas` most popular lie on all; tokens come in `chunks`, so that sending one overlaps with
    computing another.
    """

    devices: int
    placement: Any
    replicas: int
    chunks: int


#: Where each leaf of the survey is decided: levels, leaves, and the keys of a plan.
TAXONOMY = {
    "model": {
        "attention module": "attention",
        "expert pruning": "experts",
        "weight pruning": "density",
        "quantization, uniform and mixed": "bits",
        "distillation into a dense model": "experts",
        "low rank": "rank",
        "quantized cache of keys and values": "cache_bits",
    },
    "algorithm": {
        "dynamic gating and expert skipping": "gate",
        "expert merging": "experts",
        "sparse to dense": "experts",
        "speculative decoding": "draft",
    },
    "system": {
        "expert parallelism: degree, placement, load balance, overlap": "system",
        "offloading: cache, prefetch, mixed precision, computing on the host": "system",
    },
    "hardware": {"graphics processor, near-memory processor, systolic array": "hardware", "near-data misses": "system"},
}
BITS = (16, 8, 4, 3, 2)
PREFETCH = ("none", "popular", "previous token", "gate of the next layer")


def moe_space(experts: int = 8) -> dict[str, Any]:
    """All plans to serve a model of so many experts a layer; holes of an option are there only where it is chosen."""
    return {
        "attention": Choice("all keys", program(Window, keys=Choice(512, 1024, 2048))),
        "cache_bits": Choice(16, 8, 4),
        "experts": Choice(
            "all",
            program(Pruned, kept=Integer(experts // 2, experts - 1)),
            program(Merged, groups=Choice(experts // 4, experts // 2)),
            program(Dense),
        ),
        "density": Choice(1.0, 0.75, 0.5),
        "rank": Choice("full", program(LowRank, share=Choice(0.25, 0.5, 0.625))),
        "bits": Choice(
            program(Uniform, bits=Choice(*BITS)),
            program(Mixed, hot=Integer(1, experts - 1), high=Choice(16, 8, 4), low=Choice(3, 2)),
            program(PerExpert, bits=[Choice(*BITS) for _ in range(experts)]),
        ),
        "gate": Choice(
            program(TopK, k=Integer(1, 4), skip=Choice(0.0, 0.25, 0.5)),
            program(TopP, p=Choice(0.3, 0.4, 0.5, 0.6, 0.7, 0.8)),
            program(Threshold, weight=Choice(0.05, 0.1, 0.15, 0.2, 0.25)),
        ),
        "draft": Choice("none", program(Draft, tokens=Integer(1, 4))),
        "system": Choice(
            program(OneDevice, experts=Choice("resident", _offload(experts))), _parallel(2, experts),
            _parallel(4, experts),
        ),
        "hardware": Choice("graphics processor", "near-memory processor", "systolic array"),
    }  # fmt: skip


def _offload(experts: int) -> Any:
    fetch = program(Fetch, bits=Choice(0, 4, 2), prefetch=Choice(*PREFETCH))
    miss = Choice(fetch, program(ComputeOnHost), program(ComputeNearMemory))
    return program(Offload, cache=Integer(1, experts - 1), policy=Choice("LRU", "LFU", "pinned"), miss=miss)


def _parallel(devices: int, experts: int) -> Any:
    placed = [Integer(0, devices - 1) for _ in range(experts)]
    return program(
        ExpertParallel, devices=devices, placement=Choice("in turn", "by load", placed), replicas=Integer(0, 2),
        chunks=Choice(1, 2, 4),
    )  # fmt: skip
