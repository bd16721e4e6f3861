"""Published times of whole language models on A100s, which no number of ours was fitted to, beside our estimates."""

from __future__ import annotations

from dataclasses import dataclass

from .calibration import error
from .device_table import device as named_device
from .devices import Device, Error
from .language_models import decode_seconds, generation_seconds, prefill_seconds

#: Where the times stand.
FASTER_TRANSFORMER = "FasterTransformer, 13B: kipply, Transformer Inference Arithmetic, as llm-analysis quotes it"
TENSORRT_LLM = "TensorRT-LLM, LLaMA-7B: NVIDIA's table, as LLM-Viewer issue 4 quotes it"
MINFERENCE_HF = "FlashAttention-2 in Transformers, LLaMA-3-8B: MInference, experiments/README"
MINFERENCE_VLLM = "FlashAttention-2 in vLLM, LLaMA-3-8B: MInference, experiments/README"


@dataclass(frozen=True)
class PublishedTime:
    """A published number: milliseconds of a prompt ("prefill") or of a step ("decode"), or words per second of a whole
    batch ("throughput"), of a model on `members` devices; `output` words after `prompt` tokens in `batch` sequences."""

    source: str
    model: str
    device: str
    phase: str
    prompt: int
    published: float
    output: int = 0
    batch: int = 1
    members: int = 1

    def estimated(self, device: Device | None = None) -> float:
        """Our estimate of the same number, on the device of that name or on another."""
        machine = named_device(self.device) if device is None else device
        if self.phase == "prefill":
            return 1e3 * float(prefill_seconds(self.model, machine, self.prompt, self.batch, self.members)[0])
        if self.phase == "decode":
            return 1e3 * float(decode_seconds(self.model, machine, self.prompt + 1, self.batch, self.members)[0])
        seconds = generation_seconds(self.model, machine, self.prompt, self.output, self.batch, self.members)
        return self.batch * self.output / seconds


def _faster_transformer(phase: str, members: int, milliseconds: float) -> PublishedTime:
    return PublishedTime(FASTER_TRANSFORMER, "llama-13b", "a100-40g", phase, 512, milliseconds, members=members)


def _throughput(batch: int, prompt: int, output: int, words: float) -> PublishedTime:
    return PublishedTime(TENSORRT_LLM, "llama-7b", "a100-80g", "throughput", prompt, words, output, batch)


def _prefill(source: str, model: str, prompt: int, milliseconds: float) -> PublishedTime:
    return PublishedTime(source, model, "a100-80g", "prefill", prompt, milliseconds)


#: All points. The 13B model of FasterTransformer has no gate; LLaMA-13B is taken for it, with 1 % more weights.
#: MInference kept no cache at a million tokens, and computed in pieces: our memory would count that otherwise.
PUBLISHED_TIMES = (
    _faster_transformer("prefill", 1, 63.17),
    _faster_transformer("decode", 1, 22.0),
    _faster_transformer("prefill", 2, 45.45),
    _faster_transformer("decode", 2, 13.5),
    _prefill(TENSORRT_LLM, "llama-7b", 128, 16.1),
    _prefill(TENSORRT_LLM, "llama-7b", 2048, 120.5),
    _throughput(256, 128, 128, 5353),
    _throughput(32, 128, 2048, 1518),
    _throughput(32, 2048, 128, 547),
    _throughput(16, 2048, 2048, 613),
    _prefill(MINFERENCE_HF, "llama-3-8b", 10_000, 975.90),
    _prefill(MINFERENCE_HF, "llama-3-8b", 50_000, 8529.33),
    _prefill(MINFERENCE_HF, "llama-3-8b", 100_000, 24883.19),
    _prefill(MINFERENCE_HF, "llama-3-8b", 200_000, 79391.84),
    _prefill(MINFERENCE_HF, "llama-3-8b", 300_000, 169624.41),
    _prefill(MINFERENCE_HF, "llama-3-8b", 500_000, 456783.53),
    _prefill(MINFERENCE_HF, "llama-3-8b", 1_000_000, 1765563.87),
    _prefill(MINFERENCE_VLLM, "llama-3-8b", 1_000, 80.62),
    _prefill(MINFERENCE_VLLM, "llama-3-8b", 10_000, 832.15),
    _prefill(MINFERENCE_VLLM, "llama-3-8b", 50_000, 7716.75),
    _prefill(MINFERENCE_VLLM, "llama-3-8b", 100_000, 21730.80),
    _prefill(MINFERENCE_VLLM, "llama-3-8b", 128_000, 32862.52),
)
#: Left out: Transformers takes 546 ms for a thousand tokens, seven times as long as vLLM; its Python takes them.
OVERHEAD = _prefill(MINFERENCE_HF, "llama-3-8b", 1_000, 545.65)


def published_error(points: tuple[PublishedTime, ...] = PUBLISHED_TIMES) -> Error:
    """How far our estimates are from published numbers.

    >>> published_error().relative < 0.2
    True
    """
    return error([point.estimated() for point in points], [point.published for point in points])


def attention_error() -> Error:
    """How far our estimates are from vLLM's times of prompts of at least 50,000 tokens, most of which is attention."""
    return published_error(tuple(p for p in PUBLISHED_TIMES if p.source == MINFERENCE_VLLM and p.prompt >= 50_000))
