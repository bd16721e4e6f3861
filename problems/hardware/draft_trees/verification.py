"""What it takes to verify a tree: one pass of a model over all its nodes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..costs import estimate
from ..device_table import as_device
from ..devices import Device
from ..layers import decoder_layer
from ..operators import Gemm, Numbers

#: A decoder of 7 billion weights: layers, width, heads, hidden columns, words. Touvron et al., 2023, arXiv:2302.13971.
LAYERS, WIDTH, HEADS, HIDDEN, WORDS = 32, 4096, 32, 11008, 32000


def step_seconds(tokens: Numbers, device: Device | str, batch: Numbers = 1, context: int = 1024) -> NDArray[np.float64]:
    """Seconds of a pass of a 7B decoder over `tokens` of each of `batch` sequences after `context` earlier ones.

    Each token has its logits, as it has to be verified; the root counts. Arrays (candidates,). Numbers are of the
    first of fp16, bf16 and int8 that the device computes with. Raises as `estimate`.

    >>> (step_seconds(np.array([1, 64, 512]), "a100-80g") * 1e3).round(1).tolist()[0] > 6
    True
    """
    machine = as_device(device)
    dtype = next((kind for kind in ("fp16", "bf16", "int8") if kind in machine.peak), "fp16")
    sizes = np.asarray(tokens, dtype=float)
    layer = decoder_layer(sizes, context + sizes, WIDTH, HEADS, HIDDEN, batch=batch, dtype=dtype)
    head = Gemm(sizes * batch, WIDTH, WORDS, dtype=dtype)
    seconds: NDArray[np.float64] = LAYERS * estimate(layer, machine).time + estimate(head, machine).time
    return seconds


def best_length(
    tokens: NDArray[np.int_], accepted: NDArray[np.float64], device: Device | str, batch: int = 1, context: int = 1024
) -> int:
    """The number of tokens in a step at which accepted / seconds is greatest, the least such number.

    `tokens` and `accepted` are arrays (lengths,): what a step passes through the model, and what it accepts.
    """
    return int(tokens[np.argmax(accepted / step_seconds(tokens, device, batch, context))])
