"""Language models: the time of a prompt, of a step and of a whole text, and the memory that weights and cache take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .costs import Cost, estimate
from .device_table import as_device
from .devices import Device
from .layers import decoder_layer
from .operators import Gather, Gemm, Numbers

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LanguageModel:
    """A decoder: layers of a width, heads (those of keys and values apart), hidden columns, and words it knows."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    hidden: int
    vocabulary: int

    @property
    def parameters(self) -> int:
        """Weights of all matrices, the embedding and the head counted apart.

        >>> round(LANGUAGE_MODELS["llama-7b"].parameters / 1e9, 2)
        6.74
        """
        head_size = self.width // self.heads
        attention = 2 * self.width * self.width + 2 * self.width * self.kv_heads * head_size
        return self.layers * (attention + 3 * self.width * self.hidden) + 2 * self.vocabulary * self.width


#: Shapes as their papers give them: Touvron et al., 2023, arXiv:2302.13971; Grattafiori et al., 2024, arXiv:2407.21783.
LANGUAGE_MODELS = {
    "llama-7b": LanguageModel(32, 4096, 32, 32, 11008, 32000),
    "llama-13b": LanguageModel(40, 5120, 40, 40, 13824, 32000),
    "llama-3-8b": LanguageModel(32, 4096, 32, 8, 14336, 128256),
}


class Pass(NamedTuple):
    """One pass through a model, arrays (candidates,): seconds, bytes of a member's weights, cache and operands, and
    whether its memory holds them."""

    seconds: Floats
    memory: Floats
    feasible: NDArray[np.bool_]


def language_model(name: str) -> LanguageModel:
    """The model of that name; raises `ValueError` with the names that there are.

    >>> language_model("llama-3-8b").kv_heads
    8
    """
    if name not in LANGUAGE_MODELS:
        raise ValueError(f"there is no language model {name!r}: there are {', '.join(LANGUAGE_MODELS)}")
    return LANGUAGE_MODELS[name]


def model_pass(
    model: LanguageModel | str,
    device: Device | str,
    tokens: Numbers,
    context: Numbers,
    batch: Numbers = 1,
    members: Numbers = 1,
    link: str = "intra",
    dtype: str = "fp16",
) -> Pass:
    """A pass of `tokens` new ones of each of `batch` sequences, which see `context` tokens, themselves among them.

    seconds = layers x (a decoder layer) + embedding + head for the last token of each sequence; `members` share the
    layers and the head's words. Sizes may be arrays (candidates,). Raises as `estimate` and `decoder_layer`.

    >>> step = model_pass("llama-7b", "a100-80g", tokens=1, context=np.array([512, 4096]), batch=64)
    >>> (step.memory / 1e9).round(1).tolist(), step.feasible.tolist()
    ([30.7, 150.9], [True, False])
    """
    shape = language_model(model) if isinstance(model, str) else model
    machine = as_device(device)
    layer = estimate(
        decoder_layer(
            tokens, context, shape.width, shape.heads, shape.hidden, shape.kv_heads, batch, dtype, members, link
        ),
        machine,
    )
    rows = tokens * np.asarray(batch)
    ends = estimate(
        [
            Gather(rows, shape.width, shape.vocabulary, dtype=dtype),
            Gemm(batch, shape.width, np.ceil(shape.vocabulary / np.asarray(members)), dtype=dtype),
        ],
        machine,
    )
    seconds = shape.layers * layer.time + ends.time
    memory = shape.layers * _stored(layer) + _stored(ends) + (layer.memory - _stored(layer))
    return Pass(seconds, memory, memory <= machine.memory[-1].capacity)


def _stored(cost: Cost) -> Floats:
    """Bytes of weights and cache."""
    stored: Floats = np.zeros_like(cost.time)
    for part in cost.operators:
        stored = stored + part.work.stored
    return stored


def prefill_seconds(
    model: LanguageModel | str,
    device: Device | str,
    prompt: Numbers,
    batch: Numbers = 1,
    members: Numbers = 1,
    link: str = "intra",
    dtype: str = "fp16",
) -> Floats:
    """Seconds until the first word of `batch` prompts of so many tokens; arrays (candidates,).

    >>> (prefill_seconds("llama-7b", "a100-80g", np.array([128, 2048])) * 1e3).round().tolist()
    [11.0, 129.0]
    """
    return model_pass(model, device, prompt, prompt, batch, members, link, dtype).seconds


def decode_seconds(
    model: LanguageModel | str,
    device: Device | str,
    context: Numbers,
    batch: Numbers = 1,
    members: Numbers = 1,
    link: str = "intra",
    dtype: str = "fp16",
) -> Floats:
    """Seconds of a step that adds one word to each of `batch` texts, which then have `context`; arrays (candidates,).

    >>> (decode_seconds("llama-7b", "a100-80g", 512, batch=np.array([1, 32])) * 1e3).round().tolist()
    [11.0, 16.0]
    """
    return model_pass(model, device, 1, context, batch, members, link, dtype).seconds


def generation_seconds(
    model: LanguageModel | str,
    device: Device | str,
    prompt: int,
    output: int,
    batch: int = 1,
    members: int = 1,
    link: str = "intra",
    dtype: str = "fp16",
) -> float:
    """Seconds of writing `output` words after each of `batch` prompts: the prompt, which gives the first, and a step
    for each other one.

    >>> round(generation_seconds("llama-7b", "a100-80g", 128, 129), 2)
    1.39
    """
    first = prefill_seconds(model, device, prompt, batch, members, link, dtype)
    contexts = np.arange(prompt + 1, prompt + output)
    steps = decode_seconds(model, device, contexts, batch, members, link, dtype) if output > 1 else np.zeros(1)
    return float(first[0] + steps.sum())
