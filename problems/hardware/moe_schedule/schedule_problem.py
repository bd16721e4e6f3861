"""The problem: how mixture-of-experts layers are cut into chunks, ordered, and their gradients reduced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....search import Problem
from ....spaces import Choice
from ...instance_names import instance_name
from ..schedule_events import event_times, greedy_times
from ..schedules import Schedule
from .closed_forms import layer_seconds
from .degree_solver import DEGREES, best_degree
from .gradient_partition import GradientPartition, adaptive_partition
from .layer_tasks import ONE_STREAM, TWO_STREAMS, Priorities, attention_gap, backward_tasks, forward_tasks
from .layer_times import FSMOE_CLUSTER, MIXTRAL, Cluster, MoEShape, moe_times

Floats = NDArray[np.float64]
Plan = Mapping[str, Any]
#: Gradients are divided in so many equal parts of those that wait.
PARTS = 4
#: What decides the order of the backward pass, and with it the candidates that are scheduled together.
ORDER = ("backward", "links", "between", "within", "reduce")
#: What the authors report for whole layers on their clusters: quoted, not computed.
PUBLISHED_SPEEDUPS = {"DeepSpeed-MoE": (1.18, 1.22), "Tutel": (1.18, 1.22)}
#: The least seconds for numbers of layers and network, of the shape and cluster that are shipped, by trying all plans.
LEAST_SECONDS = {
    (2, 1.0): 0.3556190070154264,
    (3, 1.0): 0.518598627445434,
    (2, 3.0): 0.4982469911046315,
    (3, 3.0): 0.7330659441928287,
}


class MoESchedules:
    """Seconds of forward and backward pass of some layers for each plan, by greedy list scheduling.

    Raises `ValueError` for fewer than two layers, beside which no gradients could be reduced.
    """

    def __init__(self, shape: MoEShape = MIXTRAL, cluster: Cluster = FSMOE_CLUSTER, layers: int = 3) -> None:
        if layers < 2:
            raise ValueError(
                f"MoESchedules(layers={layers}): there must be at least 2 layers to reduce gradients beside"
            )
        self.shape, self.cluster, self.layers = shape, cluster, layers
        self._forward: dict[tuple[Any, ...], float] = {}

    def __call__(self, plans: Sequence[Plan]) -> list[float]:
        """Seconds of each plan; plans of the same degrees and orders are scheduled together."""
        alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for i, plan in enumerate(plans):
            alike[tuple(plan[name] for name in ORDER)].append(i)
        seconds = np.empty(len(plans))
        for order, places in alike.items():
            shares = np.array([plans[i]["shares"] for i in places], dtype=float) / PARTS
            seconds[places] = self.backward_seconds(order, shares)
        first = ("forward", "links", "between", "within")
        forward = [self.forward_seconds(*(plan[name] for name in first)) for plan in plans]
        return [float(total) for total in seconds + np.array(forward)]

    def forward_seconds(self, degree: int, links: str, between: str, within: str) -> float:
        """Seconds of the forward pass, computed once for each order."""
        key = (degree, links, between, within)
        if key not in self._forward:
            order = Priorities.of(between, within, "late")
            tasks = forward_tasks(self.shape, self.cluster, self.layers, degree, order, streams_of(links))
            self._forward[key] = float(event_times(Schedule(tasks)).makespan[0])
        return self._forward[key]

    def backward_seconds(self, order: Sequence[Any], shares: Floats) -> Floats:
        """Seconds of the backward pass (plans,) for shares (plans, 2 (layers - 1)) in one order."""
        schedule = self.backward_schedule(order, shares)
        return (event_times(schedule) if len(shares) == 1 else greedy_times(schedule)).makespan

    def backward_schedule(self, order: Sequence[Any], shares: Floats) -> Schedule:
        """The schedule of the backward pass for shares (plans, 2 (layers - 1)) in one order."""
        degree, links, between, within, reduce = order
        moe, attention, tail = self.numbers(shares)
        degrees = [degree] * self.layers
        priorities = Priorities.of(between, within, reduce)
        shape, cluster = self.shape, self.cluster
        return Schedule(backward_tasks(shape, cluster, moe, attention, tail, degrees, priorities, streams_of(links)))

    def step(self, plan: Plan) -> Schedule:
        """The schedule of a whole training step: what has no dependency in the backward pass waits for the forward."""
        order = Priorities.of(plan["between"], plan["within"], "late")
        links = streams_of(plan["links"])
        forward = [
            replace(task, name=f"forward {task.name}", after=tuple(f"forward {name}" for name in task.after))
            for task in forward_tasks(self.shape, self.cluster, self.layers, plan["forward"], order, links)
        ]
        shares = np.array([plan["shares"]], dtype=float) / PARTS
        backward = self.backward_schedule([plan[name] for name in ORDER], shares).tasks
        ended = tuple(task.name for task in forward)
        return Schedule([*forward, *(task if task.after else replace(task, after=ended) for task in backward)])

    def draw(self, plan: Plan, axes: Any) -> Any:
        """Draw the schedule of a plan as a Gantt chart; returns the axes."""
        step = self.step(plan)
        return step.plot(axes, times=event_times(step))

    def numbers(self, shares: Floats) -> tuple[list[Floats], list[Floats], Floats]:
        """Numbers of gradients in each gap and at the end: each gap takes its share of what waits before it."""
        none = np.zeros(len(shares))
        moe, attention, waiting = [none], [none], np.full(len(shares), self.shape.gradient)
        for k in range(self.layers - 1):
            moe.append(waiting * shares[:, 2 * k])
            waiting = waiting - moe[-1]
            attention.append(waiting * shares[:, 2 * k + 1])
            waiting = waiting - attention[-1] + self.shape.gradient
        return moe, attention, waiting

    def shares_of(self, partition: GradientPartition) -> list[int]:
        """Shares in whole parts that follow a partition: each gap makes up for what rounding left behind or took."""
        shares: list[int] = []
        waiting = owed = 0.0
        for moe, attention in zip(partition.moe[1:], partition.attention[1:], strict=True):
            waiting += self.shape.gradient
            for taken in (moe, attention):
                owed += taken
                shares.append(round(PARTS * min(1.0, max(0.0, owed / waiting))) if waiting > 0 else 0)
                owed -= waiting * shares[-1] / PARTS
                waiting -= waiting * shares[-1] / PARTS
        return shares


def streams_of(links: str) -> tuple[str, str]:
    """The streams of the links within and between nodes, which are used together or in turn."""
    return TWO_STREAMS if links == "together" else ONE_STREAM


def schedule_space(layers: int) -> dict[str, Any]:
    """Degrees forward and backward, the order of the streams, and the share of gradients that each gap takes."""
    return {
        "forward": Choice(*DEGREES),
        "backward": Choice(*DEGREES),
        "links": Choice("together", "in turn"),
        "between": Choice("dispatch", "combine"),
        "within": Choice("gather", "scatter"),
        "reduce": Choice("early", "late"),
        "shares": [Choice(*range(PARTS + 1)) for _ in range(2 * (layers - 1))],
    }


def published_schedules(schedules: MoESchedules) -> dict[str, Plan]:
    """FSMoE, and schedules like those that it is compared with."""
    shape, cluster = schedules.shape, schedules.cluster
    times, gap = moe_times(shape, cluster), attention_gap(shape, cluster)
    backward = times.backward()
    partition = adaptive_partition(backward, cluster.reduce, [shape.gradient] * schedules.layers, gap)
    gaps = schedules.layers - 1
    both = min(DEGREES, key=lambda r: float(layer_seconds(times, r) + layer_seconds(backward, r)))
    plain = {"links": "in turn", "between": "dispatch", "within": "gather", "reduce": "late", "shares": [0, 0] * gaps}
    reduced = [float(cluster.reduce.seconds(n)) for n in partition.moe]
    alike = min(partition.degrees, key=lambda r: sum(float(layer_seconds(backward, r, g)) for g in reduced))
    fsmoe = {"forward": int(best_degree(times).degree), "backward": alike}
    return {
        "FSMoE": {**plain, **fsmoe, "links": "together", "shares": schedules.shares_of(partition)},
        "DeepSpeed-MoE-like": {**plain, "forward": 1, "backward": 1},
        "Tutel-like": {**plain, "forward": both, "backward": both},
        "Tutel-like, links together, gradients beside attention": {
            **plain, "forward": both, "backward": both, "links": "together", "shares": [0, PARTS] * gaps,
        },
    }  # fmt: skip


def least_seconds(schedules: MoESchedules) -> float:
    """The least seconds of all plans, by enumeration of both passes for each order."""
    shares = np.array(list(product(range(PARTS + 1), repeat=2 * (schedules.layers - 1)))) / PARTS
    least = np.inf
    orders = product(("together", "in turn"), ("dispatch", "combine"), ("gather", "scatter"))
    for links, between, within in orders:
        forward = min(schedules.forward_seconds(degree, links, between, within) for degree in DEGREES)
        for degree, reduce in product(DEGREES, ("early", "late")):
            backward = schedules.backward_seconds((degree, links, between, within, reduce), shares).min()
            least = min(least, forward + float(backward))
    return least


def moe_schedule_problem(
    layers: int = 3, network: float = 1.0, shape: MoEShape = MIXTRAL, cluster: Cluster = FSMOE_CLUSTER
) -> Problem:
    """The training step of some mixture-of-experts layers in the least seconds.

    Links between nodes are `network` times slower than those of the cluster. The least seconds are known where
    `LEAST_SECONDS` holds them; `least_seconds` finds them elsewhere. Raises as `MoESchedules`.

    >>> from inlay.spaces import build
    >>> problem = moe_schedule_problem(layers=2)
    >>> seconds = problem.evaluate_many([build(plan) for plan in problem.published.values()])
    >>> [round(found * 1e3, 1) for found in seconds[:3]]
    [355.6, 524.2, 463.4]

    Source: Pan et al., 2025, FSMoE, arXiv:2501.10714.
    Differs: all layers are cut alike in each direction; gaps take quarters of the gradients that wait; tasks are
    scheduled greedily; what is like other systems is so in its degrees, in whether the two kinds of links are used
    together, and in when gradients are reduced.
    """
    schedules = MoESchedules(shape, cluster.slower_network(network), layers)
    shipped = (shape, cluster) == (MIXTRAL, FSMOE_CLUSTER)
    return Problem(
        instance_name("hardware/moe_schedule", layers=(layers, 3), network=(float(network), 1.0)),
        schedule_space(layers),
        evaluate_many=schedules,
        objectives={"seconds": "minimize"},
        published=published_schedules(schedules),
        best_known=LEAST_SECONDS.get((layers, float(network))) if shipped else None,
        source="Pan et al., 2025, FSMoE, arXiv:2501.10714",
        draw=schedules.draw,
    )
