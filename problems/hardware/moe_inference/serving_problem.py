"""The problem: serve a model with experts fast, well and on few devices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....search import Outcome, Problem
from ....spaces import program
from .serving_cost import Serving
from .taxonomy import ExpertParallel, Fetch, Mixed, Offload, OneDevice, PerExpert, TopK, Uniform, moe_space

OBJECTIVES = {"latency": "minimize", "quality_loss": "minimize", "devices": "minimize"}


class Served:
    """Seconds to the next token, quality lost and devices of plans; memory beyond the capacity is a violation."""

    def __init__(self, serving: Serving) -> None:
        self.serving = serving

    def __call__(self, plans: Sequence[Mapping[str, Any]]) -> list[Outcome]:
        *losses, excess = self.serving(plans)
        columns = zip(*[each.tolist() for each in losses], strict=True)
        return [
            Outcome(dict(zip(OBJECTIVES, row, strict=True)), violations=(over,))
            for row, over in zip(columns, excess.tolist(), strict=True)
        ]


def as_published(**changes: Any) -> dict[str, Any]:
    """The model as it was published, all of it on one device, but for what is changed.

    >>> as_published(density=0.5)["density"], as_published()["hardware"]
    (0.5, 'graphics processor')
    """
    plan = {
        "attention": "all keys", "cache_bits": 16, "experts": "all", "density": 1.0, "rank": "full",
        "bits": program(Uniform, bits=16), "gate": program(TopK, k=2, skip=0.0), "draft": "none",
        "system": program(OneDevice, experts="resident"), "hardware": "graphics processor",
    }  # fmt: skip
    return plan | changes


def _offloading(cache: int, policy: str, prefetch: str) -> Any:
    miss = program(Fetch, bits=0, prefetch=prefetch)
    return program(OneDevice, experts=program(Offload, cache=cache, policy=policy, miss=miss))


def published_plans() -> dict[str, Any]:
    """Plans like those of published systems, for eight experts: what each is known for, and nothing else of it."""
    four = program(ExpertParallel, devices=4, placement="in turn", replicas=0, chunks=1)
    own_bits = program(PerExpert, bits=[8, 8, 4, 4, 4, 4, 3, 3])
    return {
        "all experts resident on one device": as_published(),
        "all experts resident on four devices": as_published(system=four),
        "Mixtral-offloading-like": as_published(
            bits=program(Mixed, hot=4, high=4, low=2), system=_offloading(4, "LRU", "gate of the next layer")
        ),
        "MoE-Infinity-like": as_published(system=_offloading(3, "LFU", "popular")),
        "EdgeMoE-like": as_published(bits=own_bits, system=_offloading(4, "pinned", "popular")),
    }


def moe_inference(serving: Serving | None = None, space: Any = None) -> Problem:
    """Plans of the survey's taxonomy for a model of the shape of Mixtral-8x7B: latency, quality loss and devices.

    Seconds come from `estimate` on the device, experts from a synthetic router, and quality from a proxy of closed
    forms (`Serving.quality_kept`), which ranks plans of one kind and measures none. `space` may be a part of
    `moe_space` with some holes filled. What does not fit into the memory of a device violates the constraint.

    >>> problem = moe_inference()
    >>> [outcome.violations[0] > 0 for outcome in problem.evaluate_many([problem.published[name].build()
    ...     for name in ("all experts resident on one device", "Mixtral-offloading-like")])]
    [True, False]

    Source: Liu et al., 2024, A Survey on Inference Optimization Techniques for Mixture of Experts Models,
    arXiv:2412.14219; plans like those of Eliseev, Mazur, 2023, arXiv:2312.17238 (offloading of Mixtral), Xue et al.,
    2024, MoE-Infinity, arXiv:2401.14361, and Yi et al., 2023, EdgeMoE, arXiv:2308.14352.
    Differs: the survey's FPGAs are missing, for want of a device; attention of other kinds is a window.
    """
    made = Serving() if serving is None else serving
    return Problem(
        "hardware/moe_inference",
        moe_space(made.model.experts) if space is None else space,
        evaluate_many=Served(made),
        objectives=OBJECTIVES,
        published=published_plans() if space is None and made.model.experts == 8 else {},
        source="Liu et al., 2024, arXiv:2412.14219",
    )
