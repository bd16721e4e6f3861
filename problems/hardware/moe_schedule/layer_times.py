"""What the chunks of a mixture-of-experts layer take: times that are linear in the numbers of a task."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ..operators import Numbers


class LinearTime(NamedTuple):
    """seconds(n) = start + each n for n numbers (or multiply-adds); both may be arrays over instances."""

    start: Numbers
    each: Numbers

    def seconds(self, n: Numbers) -> Numbers:
        """Seconds for n numbers; nothing takes no time.

        >>> float(LinearTime(0.5, 0.25).seconds(2.0)), float(LinearTime(0.5, 0.25).seconds(0.0))
        (1.0, 0.0)
        """
        found: Numbers = np.where(np.asarray(n) > 0, self.start + self.each * np.asarray(n, dtype=float), 0.0)
        return found

    def numbers(self, seconds: float) -> float:
        """How many numbers fit into so many seconds."""
        return max(0.0, (seconds - float(self.start)) / float(self.each))


class Cluster(NamedTuple):
    """The linear times of a cluster: all-to-all between nodes, gather, experts, scatter, all-reduce of gradients."""

    exchange: LinearTime
    gather: LinearTime
    multiply: LinearTime
    scatter: LinearTime
    reduce: LinearTime

    def slower_network(self, times: float) -> Cluster:
        """The cluster whose links between nodes carry so many times less per second; raises unless it is positive.

        >>> FSMOE_CLUSTER.slower_network(3).exchange.each / FSMOE_CLUSTER.exchange.each
        3.0
        """
        if not times > 0:
            raise ValueError(f"Cluster.slower_network(times={times}): it must be positive")
        exchange, reduce = (time._replace(each=times * time.each) for time in (self.exchange, self.reduce))
        return self._replace(exchange=exchange, reduce=reduce)


#: The times in seconds that the authors' script is shipped with.
FSMOE_CLUSTER = Cluster(
    exchange=LinearTime(0.23515350484e-3, 1.8543323833e-9),
    gather=LinearTime(0.0549e-3, 6.72388e-10),
    multiply=LinearTime(0.591943532e-3, 5.6847387697e-14),
    scatter=LinearTime(0.0688e-3, 6.70433e-10),
    reduce=LinearTime(0.34099276392e-3, 3.4950701465e-9),
)


@dataclass(frozen=True)
class MoEShape:
    """A layer: sequences, their length, width, hidden width of an expert, nodes that share the experts.

    `factor` is experts per token times the capacity factor; `products` of matrices make an expert; `parallel` members
    of a node share a layer; `attention` is what gating and attention take in the backward pass, in seconds.
    """

    sequences: int = 4
    length: int = 1024
    width: int = 4096
    hidden: int = 14336
    nodes: int = 8
    factor: float = 2.4
    products: int = 3
    parallel: int = 8
    attention: float = 1.3e-3

    @property
    def numbers(self) -> float:
        """Numbers of the tokens of a batch: sequences length width."""
        return float(self.sequences * self.length * self.width)

    @property
    def gradient(self) -> float:
        """Gradients of the dense part that are summed over all: those of 4 width² weights, shared by a node."""
        return 4.0 * self.width**2 / self.parallel


#: The shape of Mixtral 8x7B that the authors' script is shipped with.
MIXTRAL = MoEShape()


class ChunkTime(NamedTuple):
    """Seconds of one of r chunks: start + whole / r."""

    start: Numbers
    whole: Numbers

    def seconds(self, degree: Numbers) -> Numbers:
        """Seconds of a chunk."""
        found: Numbers = self.start + self.whole / np.asarray(degree, dtype=float)
        return found


@dataclass(frozen=True)
class MoETimes:
    """Seconds of the chunks of a layer: each all-to-all (of dispatch and of combine), gather, experts, scatter."""

    exchange: ChunkTime
    gather: ChunkTime
    expert: ChunkTime
    scatter: ChunkTime

    def backward(self) -> MoETimes:
        """The times of the backward pass, in which experts multiply twice as much.

        >>> moe_times().backward().expert.start / moe_times().expert.start
        2.0
        """
        return replace(self, expert=ChunkTime(2.0 * self.expert.start, 2.0 * self.expert.whole))


def moe_times(shape: MoEShape = MIXTRAL, cluster: Cluster = FSMOE_CLUSTER) -> MoETimes:
    """The times of a layer on a cluster, forward.

    Numbers: f B L M / ES of an all-to-all, f B L M of gather and scatter; f B L M H / ES multiply-adds of a product.

    >>> round(float(moe_times().exchange.seconds(8)) * 1e3, 3)
    1.402

    Source: Pan et al., 2025, FSMoE, arXiv:2501.10714.
    """
    sent = shape.factor * shape.numbers
    multiplied = sent * shape.hidden / shape.nodes * shape.products
    return MoETimes(
        exchange=ChunkTime(cluster.exchange.start, cluster.exchange.each * sent / shape.nodes),
        gather=ChunkTime(cluster.gather.start, cluster.gather.each * sent),
        expert=ChunkTime(cluster.multiply.start, cluster.multiply.each * multiplied),
        scatter=ChunkTime(cluster.scatter.start, cluster.scatter.each * sent),
    )
