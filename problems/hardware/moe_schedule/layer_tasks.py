"""The tasks of mixture-of-experts layers: chunks on three streams, and gradients reduced beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..operators import Numbers
from ..schedules import Task
from .layer_times import Cluster, MoEShape, MoETimes, moe_times

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Priorities:
    """What goes first where two tasks want a stream: the priority of each kind of task."""

    dispatch: int = 1
    combine: int = 0
    gather: int = 1
    scatter: int = 0
    reduce: int = -1

    @classmethod
    def of(cls, between: str, within: str, reduce: str) -> Priorities:
        """Dispatch or combine first between nodes, gather or scatter first within them, the reduction early or late."""
        return cls(
            dispatch=int(between == "dispatch"),
            combine=int(between == "combine"),
            gather=int(within == "gather"),
            scatter=int(within == "scatter"),
            reduce=2 if reduce == "early" else -1,
        )


#: The streams of the two kinds of links: those within a node, and those between nodes.
TWO_STREAMS, ONE_STREAM = ("intra", "inter"), ("inter", "inter")


def moe_tasks(
    times: MoETimes,
    degree: int,
    after: Sequence[str] = (),
    layer: str = "",
    priorities: Priorities | None = None,
    links: tuple[str, str] = TWO_STREAMS,
) -> list[Task]:
    """The tasks of a layer in `degree` chunks: dispatch, gather, experts, scatter and combine of each.

    Every dispatch waits for `after`; `layer` begins all names. Raises `ValueError` for a degree below 1.

    >>> from ..schedules import Schedule
    >>> from .layer_times import moe_times
    >>> tasks = moe_tasks(moe_times(), 8)
    >>> len(tasks), round(float(Schedule(tasks).times().makespan[0]) * 1e3, 2)
    (40, 57.86)
    """
    if degree < 1:
        raise ValueError(f"moe_tasks(degree={degree}): a layer has at least 1 chunk")
    first = Priorities() if priorities is None else priorities
    intra, inter = links
    stages = [
        ("dispatch", inter, times.exchange, first.dispatch),
        ("gather", intra, times.gather, first.gather),
        ("expert", "compute", times.expert, 0),
        ("scatter", intra, times.scatter, first.scatter),
        ("combine", inter, times.exchange, first.combine),
    ]
    tasks, waits = [], [tuple(after)] * degree
    for kind, stream, time, priority in stages:
        names = [f"{layer}{kind} {i}" for i in range(degree)]
        seconds = time.seconds(degree)
        tasks += [Task(names[i], stream, seconds, waits[i], priority, kind) for i in range(degree)]
        waits = [(name,) for name in names]
    return tasks


def attention_tasks(
    shape: MoEShape, cluster: Cluster, share: float, after: Sequence[str], layer: str, links: tuple[str, str]
) -> list[Task]:
    """The dense part of a layer, shared by a node: gather, attention with gating, scatter; `share` of its seconds."""
    gather, scatter = cluster.gather.seconds(shape.numbers), cluster.scatter.seconds(shape.numbers)
    return [
        Task(f"{layer}attention gather", links[0], gather, tuple(after), kind="gather"),
        Task(f"{layer}attention", "compute", share * shape.attention, (f"{layer}attention gather",), kind="attention"),
        Task(f"{layer}attention scatter", links[0], scatter, (f"{layer}attention",), kind="scatter"),
    ]


def attention_gap(shape: MoEShape, cluster: Cluster) -> float:
    """Seconds of the dense part in the backward pass, in which nothing passes between nodes."""
    return float(cluster.gather.seconds(shape.numbers) + shape.attention + cluster.scatter.seconds(shape.numbers))


def forward_tasks(
    shape: MoEShape,
    cluster: Cluster,
    layers: int,
    degree: int,
    priorities: Priorities | None = None,
    links: tuple[str, str] = TWO_STREAMS,
) -> list[Task]:
    """The forward pass: attention, for half its seconds of the backward pass, then experts, layer by layer."""
    tasks: list[Task] = []
    after: list[str] = []
    times = moe_times(shape, cluster)
    for k in range(layers):
        name = f"layer {k} "
        tasks += attention_tasks(shape, cluster, 0.5, after, name, links)
        tasks += moe_tasks(times, degree, (f"{name}attention scatter",), name, priorities, links)
        after = [f"{name}combine {i}" for i in range(degree)]
    return tasks


def backward_tasks(
    shape: MoEShape,
    cluster: Cluster,
    moe: Sequence[Numbers],
    attention: Sequence[Numbers],
    tail: Numbers,
    degrees: Sequence[int],
    priorities: Priorities | None = None,
    links: tuple[str, str] = TWO_STREAMS,
) -> list[Task]:
    """The backward pass: experts, then attention, from the last layer to the first, with gradients reduced beside them.

    `moe` and `attention` hold, for each layer in this order, the numbers of gradients reduced from when its experts
    and from when its attention begin; `tail` those reduced at the end. Numbers may be arrays (candidates,).
    """
    first = Priorities() if priorities is None else priorities
    times = moe_times(shape, cluster).backward()
    tasks: list[Task] = []
    after: list[str] = []

    def reduce(name: str, numbers: Numbers) -> None:
        if np.any(np.asarray(numbers) > 0):
            seconds = cluster.reduce.seconds(numbers)
            tasks.append(Task(name, links[1], seconds, tuple(after), first.reduce, "reduce"))

    for k, degree in enumerate(degrees):
        name = f"layer {len(degrees) - 1 - k} "
        reduce(f"{name}reduce beside experts", moe[k])
        tasks += moe_tasks(times, degree, after, name, first, links)
        after = [f"{name}combine {i}" for i in range(degree)]
        reduce(f"{name}reduce beside attention", attention[k])
        tasks += attention_tasks(shape, cluster, 1.0, after, name, links)
        after = [f"{name}attention scatter"]
    reduce("reduce at the end", tail)
    return tasks
