"""A decode iteration of a batch on an NPU whose memory computes: its steady state, for many plans at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..collectives import AllReduce
from ..costs import estimate
from ..device_table import device as named_device
from ..devices import Device, Link, ProcessingInMemory
from ..operators import Attention, Gemm, Operator
from .attention_latency import attend_latency, ideal_latency, logit_latency

Floats = NDArray[np.float64]
Bits = NDArray[np.bool_]
#: The link among devices that share a model. It is assumed: what is published says nothing of it.
LINK = Link(latency=1e-6, bandwidth=64e9)


class Decoder(NamedTuple):
    """A decoder-only model: layers, width, heads; the feed-forward part is four times as wide."""

    layers: int
    width: int
    heads: int

    @property
    def weights(self) -> float:
        """Bytes of all layers: 12 width² numbers of two bytes each."""
        return 2.0 * 12 * self.width**2 * self.layers


#: Shapes of GPT-3 in the sizes that NeuPIMs was measured with, the original one, and one for exact optima.
DECODERS = {
    "small": Decoder(6, 1024, 16),
    "gpt3-7b": Decoder(32, 4096, 32),
    "gpt3-13b": Decoder(40, 5120, 40),
    "gpt3-30b": Decoder(48, 7168, 56),
    "gpt3-175b": Decoder(96, 12288, 96),
}


class Plans(NamedTuple):
    """Plans, one a row: how a batch of B requests is decoded.

    `parallel` (plans,): devices that share each layer; `dual`: whether banks have two row buffers, so that commands of
    the NPU and of the PIM overlap; `logit_on_pim`, `attend_on_pim`: where the two halves of attention run;
    `interleaved`: whether there are two sub-batches; `second` (plans, B): the requests of the second; `channels`
    (plans, B): the channel of each request.
    """

    parallel: NDArray[np.int64]
    dual: Bits
    logit_on_pim: Bits
    attend_on_pim: Bits
    interleaved: Bits
    second: Bits
    channels: NDArray[np.int64]


def neupims_device(channels: int | None = None) -> Device:
    """The NeuPIMs device, or the share of it that has so many channels, with a link to others of its kind.

    Its arrays load the next weights while they compute, so that a product takes the longer of its operations and its
    bytes; `device("neupims")` has the exact cycles of arrays that do not. Raises `ValueError` for no channel.

    >>> part = neupims_device(2)
    >>> part.pim.bandwidth / part.memory[-1].bandwidth == neupims_device().pim.bandwidth / 1.02e12
    True
    """
    machine = named_device("neupims")
    assert machine.pim is not None
    if channels is not None and channels < 1:
        raise ValueError(f"neupims_device(channels={channels}): there must be at least 1 channel")
    pim = machine.pim if channels is None else machine.pim._replace(channels=channels)
    share = pim.channels / machine.pim.channels
    return replace(
        machine,
        array=None,
        pim=pim,
        links={"intra": LINK},
        peak={dtype: peak * share for dtype, peak in machine.peak.items()},
        memory=tuple(m._replace(capacity=m.capacity * share, bandwidth=m.bandwidth * share) for m in machine.memory),
    )


@dataclass(frozen=True)
class DecodeBatch:
    """A batch of requests, each with so many tokens before it, that a model decodes on a device.

    With `ideal` the PIM reads at its full bandwidth; otherwise the published estimator says how long it takes. Raises
    `ValueError` for no requests, lengths below 1 and a device without PIM.

    Differs: softmax and other vector operations, and the commands that start the PIM, take no time.
    """

    model: Decoder
    lengths: tuple[int, ...]
    device: Device
    ideal: bool = False

    def __post_init__(self) -> None:
        if not self.lengths or min(self.lengths) < 1:
            raise ValueError(f"DecodeBatch.lengths={self.lengths}: give one request at least, each of 1 token at least")
        if self.device.pim is None:
            raise ValueError(f"DecodeBatch.device={self.device.name!r} has no pim: take device('neupims')")

    @property
    def pim(self) -> ProcessingInMemory:
        """The units at the banks."""
        assert self.device.pim is not None
        return self.device.pim

    @cached_property
    def keys(self) -> Floats:
        """The tokens that each request attends to: those before it, and the one that is decoded."""
        return np.asarray(self.lengths, dtype=float)

    def cycles(self, parallel: int = 1) -> NDArray[np.int64]:
        """The latency of each request on one channel in whole cycles of a nanosecond: what assignments balance."""
        logit, attend = self.halves(np.array([parallel]))
        return np.asarray(np.rint((logit + attend)[0] * 1e9), dtype=np.int64)

    def halves(self, parallel: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Seconds of logits and of weighted sums on a channel, (plans, B) each."""
        width, heads = self.model.width / parallel[:, None], self.model.heads / parallel[:, None]
        if self.ideal:
            half = ideal_latency(self.keys, width, self.pim) / 2
            return half, half
        head_size = self.model.width / self.model.heads
        return logit_latency(self.keys, width, self.pim), attend_latency(self.keys, heads, head_size, self.pim)

    def gemm_seconds(self, rows: NDArray[np.int64], parallel: NDArray[np.int64]) -> Floats:
        """Seconds of the products of one layer, with what devices exchange; none for no rows."""
        some, width = np.maximum(rows, 1), self.model.width
        operators: list[Operator] = [
            Gemm(some, width, 3 * width / parallel),
            Gemm(some, width / parallel, width),
            Gemm(some, width, 4 * width / parallel),
            Gemm(some, 4 * width / parallel, width),
        ]
        if np.any(parallel > 1):
            operators += [AllReduce(some, width, parallel)] * 2
        return np.where(rows > 0, estimate(operators, self.device).time, 0.0)

    def attention_on_npu(self, taken: Bits, parallel: NDArray[np.int64]) -> Floats:
        """Seconds in which the NPU attends for the requests taken (plans, B): bytes of keys and values, once each."""
        rows, keys = taken.sum(axis=1), taken @ self.keys
        mean = np.maximum(keys, 1) / np.maximum(rows, 1)
        heads = self.model.heads / parallel
        attention = Attention(1, mean, heads, self.model.width / self.model.heads, batch=np.maximum(rows, 1))
        return np.where(rows > 0, estimate(attention, self.device).time, 0.0)

    def npu_seconds(self, taken: Bits, plans: Plans) -> Floats:
        """Seconds of a layer on the NPU for the requests taken: products, and the halves of attention that it has."""
        share = 1.0 - (plans.logit_on_pim.astype(float) + plans.attend_on_pim) / 2
        attention = share * self.attention_on_npu(taken, plans.parallel)
        return self.gemm_seconds(taken.sum(axis=1), plans.parallel) + attention

    def channel_seconds(self, taken: Bits, plans: Plans) -> Floats:
        """Seconds of a layer on each channel for the requests taken, (plans, channels)."""
        logit, attend = self.halves(plans.parallel)
        spent = logit * plans.logit_on_pim[:, None] + attend * plans.attend_on_pim[:, None]
        n = len(plans.parallel)
        places = np.arange(n)[:, None] * self.pim.channels + plans.channels
        loads = np.bincount(places.ravel(), (spent * taken).ravel(), n * self.pim.channels)
        return np.asarray(loads.reshape(n, self.pim.channels), dtype=float)

    def layer_seconds(self, plans: Plans) -> Floats:
        """Seconds from one layer to the next in the steady state, (plans,)."""
        second = plans.second & plans.interleaved[:, None]
        npu = self.npu_seconds(~second, plans), self.npu_seconds(second, plans)
        pim = self.channel_seconds(~second, plans), self.channel_seconds(second, plans)
        return np.where(plans.dual, overlapped(npu, pim), blocked(npu, pim))

    def iteration_seconds(self, plans: Plans) -> Floats:
        """Seconds in which every request gets its next token, (plans,)."""
        return self.model.layers * self.layer_seconds(plans)

    def memory(self, parallel: NDArray[np.int64]) -> Floats:
        """Bytes of weights, keys and values on each device, (plans,)."""
        cached = 2.0 * 2 * self.model.width * self.keys.sum() * self.model.layers
        return np.asarray((self.model.weights + cached) / parallel)


def blocked(npu: Sequence[Floats], pim: Sequence[Floats]) -> Floats:
    """Seconds of a layer where one row buffer serves NPU or PIM, but not both at once: their times add up.

    `npu` holds seconds of each sub-batch, (plans,), and `pim` those on each channel, (plans, channels).
    """
    return np.asarray(npu[0] + npu[1] + (pim[0] + pim[1]).max(axis=1))


def overlapped(npu: Sequence[Floats], pim: Sequence[Floats]) -> Floats:
    """Seconds of a layer where one sub-batch is on the NPU while the other is on the PIM, in the steady state.

    The longest of all cycles: the NPU serves both in turn, each channel serves both in turn, and a sub-batch waits for
    its own products and then for its slowest channel: max(n1 + n2, max_c (p1c + p2c), n1 + max p1, n2 + max p2).

    >>> overlapped([np.array([3.0]), np.array([3.0])], [np.array([[2.0]]), np.array([[2.0]])])
    array([6.])
    """
    engines = np.maximum(npu[0] + npu[1], (pim[0] + pim[1]).max(axis=1))
    chains = np.maximum(npu[0] + pim[0].max(axis=1), npu[1] + pim[1].max(axis=1))
    return np.asarray(np.maximum(engines, chains))
