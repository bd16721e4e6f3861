"""What MInference computes of long prompts, in closed form, and how long a model then takes to read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..costs import Floats, estimate
from ..devices import Device
from ..language_models import LANGUAGE_MODELS
from ..layers import decoder_layer
from ..operators import Attention, Gemm, Numbers

#: How many of the 1024 heads of Llama-3-8B-262k have each vertical-slash pattern (columns, diagonals) in the
#: configuration that was released with MInference.
RELEASED: Mapping[tuple[int, int], int] = {
    (1000, 6096): 473,
    (30, 800): 278,
    (100, 800): 153,
    (3500, 100): 89,
    (500, 700): 31,
}
#: Columns and diagonals are computed so many at once.
KERNEL_BLOCK = 64
#: Measured on an A100: seconds until the first token of prompts of Llama-3-8B, by MInference with SGLang.
MEASURED_SPARSE = {100_000: 10.8, 200_000: 20.6, 500_000: 52.0, 1_000_000: 112.4}


def vertical_slash_density(
    length: Numbers, patterns: Mapping[tuple[int, int], int] = RELEASED, block: int = KERNEL_BLOCK
) -> Floats:
    """The mean share of the causal cells that heads with these vertical-slash patterns compute, (lengths,).

    2 (ceil(v / b) b + ceil(s / b) b) / N: every column and every diagonal is as long as the prompt, and there are
    N^2 / 2 cells; at most 1 for each head.

    >>> vertical_slash_density(np.array([100_000, 200_000, 1_000_000])).round(4).tolist()
    [0.081, 0.0405, 0.0081]

    Source: the configuration of gradientai/Llama-3-8B-Instruct-262k in microsoft/MInference; Jiang et al., 2024,
    arXiv:2407.02490.
    """
    n = np.atleast_1d(np.asarray(length, dtype=float))
    if np.any(n <= 0) or not patterns:
        raise ValueError(f"vertical_slash_density(length={length}): give positive lengths and at least one pattern")
    lines = np.array([sum(-(-part // block) * block for part in pattern) for pattern in patterns], dtype=float)
    share = np.minimum(2.0 * lines[:, None] / n, 1.0)
    found: Floats = np.average(share, axis=0, weights=list(patterns.values()))
    return found


def prefill_seconds(length: Numbers, density: Numbers = 1.0, device: Device | str = "a100-80g") -> Floats:
    """Seconds in which Llama-3-8B reads prompts of these lengths where attention keeps a share of the causal cells.

    >>> seconds = prefill_seconds(100_000, np.array([1.0, 0.081]))
    >>> bool(seconds[0] > 2 * seconds[1])
    True

    Differs: nothing is spent on estimating indices, which takes part of the constant factor to measured times.
    """
    model = LANGUAGE_MODELS["llama-3-8b"]
    layer = decoder_layer(length, length, model.width, model.heads, model.hidden, model.kv_heads)
    sparse = [replace(step, density=density) if isinstance(step, Attention) else step for step in layer]
    output = estimate(Gemm(1, model.width, model.vocabulary), device).time
    seconds: Floats = model.layers * estimate(sparse, device).time + output
    return seconds


def overhead(measured: Mapping[int, float] | None = None) -> tuple[float, Floats]:
    """One factor for all measured times over the model's, the geometric mean, and the relative errors it leaves."""
    known = MEASURED_SPARSE if measured is None else measured
    lengths = np.array(list(known), dtype=float)
    ratios = np.array(list(known.values())) / prefill_seconds(lengths, vertical_slash_density(lengths))
    factor = float(np.exp(np.mean(np.log(ratios))))
    return factor, factor / ratios - 1.0
