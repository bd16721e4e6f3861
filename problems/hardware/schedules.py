"""Schedules: tasks on streams that run beside one another, and when each begins and ends."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .operators import Numbers

Floats = NDArray[np.float64]
#: What runs beside one another on a member of a group: its units, its two kinds of links, and units in memory.
STREAMS = ("compute", "intra", "inter", "pim")


class BadSchedule(ValueError):
    """Tasks that no schedule has: a name twice, an unknown stream or dependency, negative seconds, a cycle."""


@dataclass(frozen=True)
class Task:
    """What one stream does without a break: it begins after the tasks named in `after`.

    `seconds` is a number or an array (candidates,); of the tasks of a stream those of higher `priority` go first;
    `kind` is what tasks of one colour share in a picture, the name without a number at its end unless it is given.
    """

    name: str
    stream: str
    seconds: Numbers
    after: tuple[str, ...] = ()
    priority: float = 0
    kind: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.after, str):
            raise BadSchedule(f"Task({self.name!r}).after={self.after!r}: give a tuple of names, as ({self.after!r},)")
        object.__setattr__(self, "after", tuple(self.after))
        object.__setattr__(self, "kind", self.kind or self.name.rstrip("0123456789 "))
        seconds = np.asarray(self.seconds, dtype=float)
        if seconds.ndim > 1 or seconds.size == 0:
            raise BadSchedule(
                f"Task({self.name!r}).seconds has the shape {seconds.shape}: give a number, or one for each candidate"
            )
        if not (np.isfinite(seconds) & (seconds >= 0)).all():
            raise BadSchedule(f"Task({self.name!r}).seconds={_least(seconds)}: seconds must be finite and not negative")


def _least(seconds: Floats) -> float:
    """The value that is shown in an error: what is not finite, else the least."""
    bad = seconds[~np.isfinite(seconds)]
    return float(bad[0]) if bad.size else float(seconds.min())


@dataclass(frozen=True)
class Times:
    """When tasks begin and end, arrays (tasks, candidates); the makespan (candidates,); seconds that streams work."""

    starts: Floats
    ends: Floats
    busy: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def makespan(self) -> Floats:
        """When the last task ends, for each candidate."""
        return np.asarray(self.ends.max(axis=0))


@dataclass(frozen=True)
class Schedule:
    """Tasks on streams: each stream works on one task at a time, in a fixed order, by priority and then by position.

    Raises `BadSchedule` naming the task and the field for names that occur twice, streams and dependencies that do not
    exist, numbers of candidates that differ, and cycles, also those through the order of a stream.

    >>> chunks = [Task(f"send {i}", "inter", 2.0) for i in range(2)]
    >>> chunks += [Task(f"multiply {i}", "compute", 3.0, after=(f"send {i}",)) for i in range(2)]
    >>> Schedule(chunks).times().makespan.tolist()
    [8.0]
    """

    tasks: Sequence[Task]
    streams: Sequence[str] = STREAMS

    def __post_init__(self) -> None:
        object.__setattr__(self, "tasks", tuple(self.tasks))
        object.__setattr__(self, "streams", tuple(self.streams))
        if not self.tasks:
            raise BadSchedule("Schedule(tasks=[]): give at least one task")
        self._check_names()
        self._check_candidates()
        _sorted(self.predecessors, [task.name for task in self.tasks])  # no cycle of dependencies

    def _check_names(self) -> None:
        if len(self.positions) < len(self.tasks):
            twice = next(task.name for i, task in enumerate(self.tasks) if self.positions[task.name] != i)
            raise BadSchedule(f"Task({twice!r}).name: there are two tasks of this name; a dependency could mean either")
        for task in self.tasks:
            if task.stream not in self.streams:
                raise BadSchedule(
                    f"Task({task.name!r}).stream={task.stream!r}: the streams are {', '.join(self.streams)}"
                )
            missing = [name for name in task.after if name not in self.positions]
            if missing:
                raise BadSchedule(f"Task({task.name!r}).after names {missing[0]!r}: there is no such task")

    def _check_candidates(self) -> None:
        for task in self.tasks:
            if np.size(task.seconds) not in (1, self.candidates):
                raise BadSchedule(
                    f"Task({task.name!r}).seconds is for {np.size(task.seconds)} candidates, others are for "
                    f"{self.candidates}: give a number, or one for each candidate"
                )

    @cached_property
    def positions(self) -> dict[str, int]:
        """The position of each task, by its name."""
        return {task.name: i for i, task in enumerate(self.tasks)}

    @cached_property
    def candidates(self) -> int:
        """For how many candidates seconds are given."""
        return max(np.size(task.seconds) for task in self.tasks)

    @cached_property
    def predecessors(self) -> list[list[int]]:
        """The positions of the tasks that each task waits for."""
        return [[self.positions[name] for name in task.after] for task in self.tasks]

    @cached_property
    def orders(self) -> dict[str, list[int]]:
        """The positions of the tasks of each stream, in the order in which it does them."""
        orders: dict[str, list[int]] = {stream: [] for stream in self.streams}
        for i, task in sorted(enumerate(self.tasks), key=lambda pair: (-pair[1].priority, pair[0])):
            orders[task.stream].append(i)
        return orders

    @cached_property
    def order(self) -> list[int]:
        """All positions, each after its dependencies and what its stream does before it."""
        edges = [list(found) for found in self.predecessors]
        for order in self.orders.values():
            for before, then in pairwise(order):
                edges[then].append(before)
        return _sorted(edges, [task.name for task in self.tasks])

    @cached_property
    def seconds(self) -> Floats:
        """The seconds of all tasks, an array (tasks, candidates)."""
        return np.array([np.broadcast_to(task.seconds, self.candidates) for task in self.tasks], dtype=float)

    def times(self) -> Times:
        """Every stream does its tasks in its fixed order, each as soon as all that it waits for has ended.

        end = maximum(end of the stream, ends of the dependencies) + seconds, for all candidates at once.
        Raises `BadSchedule` for orders of streams that make a cycle with the dependencies.
        """
        free = {stream: np.zeros(self.candidates) for stream in self.streams}
        starts, ends = np.empty_like(self.seconds), np.empty_like(self.seconds)
        for i in self.order:
            start = free[self.tasks[i].stream]
            for j in self.predecessors[i]:
                start = np.maximum(start, ends[j])
            starts[i] = start
            free[self.tasks[i].stream] = np.add(start, self.seconds[i], out=ends[i])
        return self.timed(starts, ends)

    def timed(self, starts: Floats, ends: Floats) -> Times:
        """Times with what they say of the streams."""
        none = np.zeros(self.candidates)
        busy = {stream: self.seconds[order].sum(axis=0) if order else none for stream, order in self.orders.items()}
        return Times(starts, ends, busy)

    def plot(self, axes: Any = None, candidate: int = 0, times: Times | None = None) -> Any:
        """Draw a row for each stream and a bar for each task of one candidate; returns the axes of matplotlib."""
        from .gantt import plot_schedule

        return plot_schedule(self, axes, candidate, times)


def _sorted(edges: Iterable[Sequence[int]], names: Sequence[str]) -> list[int]:
    """Positions after all their predecessors; raises `BadSchedule` naming the tasks of a cycle."""
    sorter: TopologicalSorter[Hashable] = TopologicalSorter(dict(enumerate(edges)))
    try:
        return [i for i in sorter.static_order() if isinstance(i, int)]
    except CycleError as error:
        cycle = [names[i] for i in error.args[1]]
        raise BadSchedule(
            f"Task({cycle[-1]!r}).after: the tasks wait for one another, {' before '.join(map(repr, cycle))}; "
            "where no dependency says so, the priorities of their stream do"
        ) from None
