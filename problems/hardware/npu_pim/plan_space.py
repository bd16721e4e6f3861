"""Plans as programs with holes, and as rows of arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....spaces import Choice, Integer, Mask, program
from .channel_assignment import Integers, greedy_channels
from .decode_iteration import DecodeBatch, Plans
from .sub_batches import Bits, split_channels


@dataclass(frozen=True, eq=False)
class SubBatches:
    """Two sub-batches that take turns on NPU and PIM; `second` (B,) marks the requests of the second."""

    second: Bits


#: One batch whose layers run one after the other.
WHOLE = "whole batch"


def plan_space(requests: int, channels: int, parallel: Sequence[int]) -> dict[str, Any]:
    """All plans of a batch: engines, row buffers, devices, the channel of each request, and the sub-batches if any."""
    return {
        "parallel": Choice(*parallel),
        "row_buffers": Choice("blocked", "dual"),
        "logit": Choice("npu", "pim"),
        "attend": Choice("npu", "pim"),
        "batches": Choice(WHOLE, program(SubBatches, second=Mask(requests))),
        "channels": [Integer(0, channels - 1) for _ in range(requests)],
    }


def as_rows(plans: Sequence[Mapping[str, Any]]) -> Plans:
    """Built members of the space as arrays."""
    n = len(plans[0]["channels"])
    none = np.zeros(n, dtype=np.bool_)
    interleaved = [isinstance(plan["batches"], SubBatches) for plan in plans]
    return Plans(
        parallel=np.array([plan["parallel"] for plan in plans]),
        dual=np.array([plan["row_buffers"] == "dual" for plan in plans]),
        logit_on_pim=np.array([plan["logit"] == "pim" for plan in plans]),
        attend_on_pim=np.array([plan["attend"] == "pim" for plan in plans]),
        interleaved=np.array(interleaved),
        second=np.array([p["batches"].second if has else none for p, has in zip(plans, interleaved, strict=True)]),
        channels=np.array([plan["channels"] for plan in plans]),
    )


def plan(parallel: int, channels: Integers, engine: str = "pim", row_buffers: str = "blocked",
         second: Bits | None = None) -> dict[str, Any]:  # fmt: skip
    """A plan that has both halves of attention on one engine; with `second` its two sub-batches are interleaved."""
    batches = WHOLE if second is None else program(SubBatches, second=second)
    return {
        "parallel": parallel, "row_buffers": row_buffers, "logit": engine, "attend": engine, "batches": batches,
        "channels": [int(channel) for channel in channels],
    }  # fmt: skip


def published_plans(batch: DecodeBatch, parallel: int) -> dict[str, dict[str, Any]]:
    """NeuPIMs with and without interleaving, and what it is compared with, on so many devices."""
    cycles, m = batch.cycles(parallel), batch.pim.channels
    in_turn, greedy = np.arange(len(cycles)) % m, greedy_channels(cycles.tolist(), m)
    return {
        "NPU only": plan(parallel, in_turn, engine="npu"),
        "naive NPU+PIM": plan(parallel, in_turn),
        "NeuPIMs without interleaving": plan(parallel, greedy, row_buffers="dual"),
        "NeuPIMs": plan(parallel, greedy, row_buffers="dual", second=split_channels(cycles, greedy)),
    }
