"""The latency of a request's attention on the units at the banks of one memory channel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..devices import ProcessingInMemory
from ..operators import BYTES, Numbers

Floats = NDArray[np.float64]


def logit_latency(keys: Numbers, width: Numbers, pim: ProcessingInMemory) -> Floats:
    """Seconds in which one channel multiplies a query (width,) with `keys` cached keys.

    c (load + t compute) with c = ceil(width / P) pages of the query and t = ceil(keys / banks) turns of all banks;
    P = page / 2 numbers of a page. Raises `ValueError` for sizes below 1.

    >>> from inlay.problems.hardware import device
    >>> round(float(logit_latency(376, 4096, device("neupims").pim)) * 1e9)
    18464

    Source: Heo et al., 2024, NeuPIMs, doi:10.1145/3620666.3651380 (the estimator of its scheduler).
    """
    _at_least_one("logit_latency", keys=keys, width=width)
    return _in_turns(_over(width, pim.page / BYTES["fp16"]), _over(keys, pim.banks), pim)


def attend_latency(keys: Numbers, heads: Numbers, head_size: Numbers, pim: ProcessingInMemory) -> Floats:
    """Seconds in which one channel weighs and sums `keys` cached values.

    c (load + t compute) with c = ceil(keys / P) heads pages of weights and t = ceil(head_size / banks) turns. Raises
    `ValueError` for sizes below 1.

    >>> from inlay.problems.hardware import device
    >>> round(float(attend_latency(376, 32, 128, device("neupims").pim)) * 1e9)
    26752
    """
    _at_least_one("attend_latency", keys=keys, heads=heads, head_size=head_size)
    return _in_turns(_over(keys, pim.page / BYTES["fp16"]) * heads, _over(head_size, pim.banks), pim)


def attention_latency(keys: Numbers, width: Numbers, heads: Numbers, pim: ProcessingInMemory) -> Floats:
    """Seconds of logits and of the weighted sum on one channel, for heads of width / heads numbers."""
    head_size = np.asarray(width) / heads
    return np.asarray(logit_latency(keys, width, pim) + attend_latency(keys, heads, head_size, pim))


def ideal_latency(keys: Numbers, width: Numbers, pim: ProcessingInMemory) -> Floats:
    """Seconds in which one channel reads keys and values at its full bandwidth: no rounding up, and no loading.

    >>> from inlay.problems.hardware import device
    >>> pim = device("neupims").pim
    >>> bool(ideal_latency(376, 4096, pim) < attention_latency(376, 4096, 32, pim))
    True
    """
    return np.asarray(2 * BYTES["fp16"] * np.asarray(keys) * width / (pim.bandwidth / pim.channels))


def _over(size: Numbers, step: float) -> Floats:
    return np.asarray(np.ceil(np.asarray(size) / step))


def _in_turns(pages: Floats, turns: Floats, pim: ProcessingInMemory) -> Floats:
    return np.asarray(pages * (pim.load + turns * pim.compute))


def _at_least_one(what: str, **sizes: Any) -> None:
    for name, size in sizes.items():
        if np.min(size) < 1:
            raise ValueError(f"{what}({name}={np.min(size)}): a size must be at least 1")
