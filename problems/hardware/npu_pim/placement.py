"""The problem: engines, channels and sub-batches of a batch that is decoded on NPUs with computing memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from ....search import Outcome, Problem
from ...instance_names import instance_name
from .decode_iteration import DECODERS, DecodeBatch, Floats, Plans, neupims_device
from .plan_space import as_rows, plan_space, published_plans

OBJECTIVE = "device_seconds_per_token"
#: By how much NeuPIMs was published to have more throughput than each of these, on average. Quoted, not computed.
PUBLISHED_GAINS = {"GPU only": 3.0, "NPU only": 2.4, "naive NPU+PIM": 1.6}


class Placed:
    """Device-seconds for a token of a batch under plans; bytes beyond the capacity violate the constraint.

    iteration seconds * devices / requests: a plan on more devices must be faster by as much to be as good.
    """

    def __init__(self, batch: DecodeBatch) -> None:
        self.batch = batch

    def losses(self, plans: Plans) -> tuple[Floats, Floats]:
        """Device-seconds a token, and by which share the memory is exceeded, at most 0 where it is not; (plans,)."""
        seconds = self.batch.iteration_seconds(plans) * plans.parallel / len(self.batch.lengths)
        return seconds, self.batch.memory(plans.parallel) / self.batch.device.memory[-1].capacity - 1.0

    def __call__(self, plans: Sequence[Mapping[str, Any]]) -> list[Outcome]:
        seconds, excess = self.losses(as_rows(plans))
        pairs = zip(seconds.tolist(), excess.tolist(), strict=True)
        return [Outcome({OBJECTIVE: spent}, violations=(over,)) for spent, over in pairs]


def request_lengths(requests: int, mean: float, seed: int = 0) -> tuple[int, ...]:
    """Tokens before each request, log-normal with a standard deviation of 0.5 in the logarithm.

    >>> request_lengths(3, 400, seed=1)
    (420, 532, 416)
    """
    drawn = np.random.default_rng(seed).lognormal(np.log(mean) - 0.125, 0.5, requests)
    return tuple(int(length) for length in np.maximum(1, np.rint(drawn)))


def npu_pim_placement(
    model: str = "gpt3-7b",
    requests: int = 128,
    mean_length: float = 1504,
    channels: int | None = None,
    parallel: Sequence[int] = (1, 2, 4, 8),
    seed: int = 0,
) -> Problem:
    """Decode a batch of `requests` with the fewest device-seconds a token.

    Where each half of attention runs, one row buffer or two, how many devices share a layer, the channel of each
    request, whether there are two sub-batches and which: the steady state is that of `DecodeBatch`. Published points
    are NeuPIMs and its baselines on the fewest devices whose memory holds the batch. `best_known` is given where all
    plans can be enumerated. Raises `ValueError` for a model that is not known, and where the batch fits nowhere.

    >>> problem = npu_pim_placement("small", 5, 8000, channels=2, parallel=(1, 2))
    >>> sorted(problem.published), problem.best_known > 0
    (['NPU only', 'NeuPIMs', 'NeuPIMs without interleaving', 'naive NPU+PIM'], True)

    Source: Heo et al., 2024, NeuPIMs: NPU-PIM Heterogeneous Acceleration for Batched LLM Inferencing,
    doi:10.1145/3620666.3651380.
    Differs: closed forms of the steady state stand for its cycle simulator; there is no pipeline parallelism.
    """
    if model not in DECODERS:
        raise ValueError(f"npu_pim_placement(model={model!r}): known are {', '.join(DECODERS)}")
    device = neupims_device(channels)
    batch = DecodeBatch(DECODERS[model], request_lengths(requests, mean_length, seed), device)
    assert device.pim is not None
    m, capacity = device.pim.channels, device.memory[-1].capacity
    fitting = [tp for tp in sorted(parallel) if batch.memory(np.array([tp]))[0] <= capacity]
    if not fitting:
        raise ValueError(
            f"npu_pim_placement(parallel={tuple(parallel)}): {batch.memory(np.array([1]))[0] / 1e9:.0f} GB of weights "
            f"and cache fit into no group of devices of {capacity / 1e9:.0f} GB: give more devices or fewer requests"
        )
    small = len(parallel) * 8 * (1 + 2**requests) * m**requests <= 100_000
    return Problem(
        instance_name(
            "hardware/npu_pim",
            model=(model, "gpt3-7b"),
            requests=(requests, 128),
            mean_length=(mean_length, 1504),
            channels=(channels, None),
            seed=(seed, 0),
        ),
        plan_space(requests, m, parallel),
        evaluate_many=Placed(batch),
        objectives={OBJECTIVE: "minimize"},
        published=published_plans(batch, fitting[0]),
        best_known=least_device_seconds(batch, parallel) if small else None,
        source="Heo et al., 2024, NeuPIMs, doi:10.1145/3620666.3651380",
    )


def least_device_seconds(batch: DecodeBatch, parallel: Sequence[int]) -> float:
    """The least loss of all plans that fit, by enumeration; channels are alike, so the first request has the first."""
    n, m = len(batch.lengths), batch.pim.channels
    masks = np.array(list(product((False, True), repeat=n)))
    channels = np.array([(0, *rest) for rest in product(range(m), repeat=n - 1)])
    second, assigned = np.repeat(masks, len(channels), axis=0), np.tile(channels, (len(masks), 1))
    best = np.inf
    for tp, dual, logit, attend, interleaved in product(parallel, *[(False, True)] * 4):
        rows = len(second) if interleaved else len(channels)
        alike = [np.full(rows, value) for value in (tp, dual, logit, attend, interleaved)]
        plans = Plans._make([*alike, second[:rows], assigned[:rows]])
        seconds, excess = Placed(batch).losses(plans)
        best = min(best, float(np.min(seconds[excess <= 0], initial=np.inf)))
    return best
