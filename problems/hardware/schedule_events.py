"""Greedy list scheduling: a stream that is free takes the ready task of the highest priority."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from .schedules import Floats, Schedule, Times


def event_times(schedule: Schedule, candidate: int = 0) -> Times:
    """The times of one candidate, arrays (tasks, 1), by a simulation that goes from event to event.

    At each event, every free stream takes the task of the highest priority among those whose dependencies have ended;
    among equals the one that has been ready for longest, then the first. No stream waits while it has a ready task,
    which `Schedule.times` does where its fixed order says so.

    >>> from .schedules import Task
    >>> late = [Task("wait", "compute", 5.0), Task("a", "inter", 1.0, after=("wait",)), Task("b", "inter", 3.0)]
    >>> Schedule(late).times().makespan.tolist(), event_times(Schedule(late)).makespan.tolist()
    ([9.0], [6.0])

    Source: Graham, 1969, Bounds on Multiprocessing Timing Anomalies, doi:10.1137/0117039.
    """
    seconds = schedule.seconds[:, candidate].tolist()
    waits = [len(set(before)) for before in schedule.predecessors]
    followers = _followers(schedule)
    ready: dict[str, list[tuple[float, float, int]]] = {stream: [] for stream in schedule.streams}
    working = dict.fromkeys(schedule.streams, False)
    starts = np.empty((len(schedule.tasks), 1))
    ending: list[tuple[float, int]] = []

    def enter(i: int, now: float) -> None:
        heapq.heappush(ready[schedule.tasks[i].stream], (-schedule.tasks[i].priority, now, i))

    def begin(now: float) -> None:
        for stream, queue in ready.items():
            if queue and not working[stream]:
                i = heapq.heappop(queue)[2]
                starts[i], working[stream] = now, True
                heapq.heappush(ending, (now + seconds[i], i))

    for i in range(len(waits)):
        if not waits[i]:
            enter(i, 0.0)
    begin(0.0)
    while ending:
        now = ending[0][0]
        while ending and ending[0][0] == now:  # all that ends now has ended before anything begins
            i = heapq.heappop(ending)[1]
            working[schedule.tasks[i].stream] = False
            for j in followers[i]:
                waits[j] -= 1
                if not waits[j]:
                    enter(j, now)
        begin(now)
    return Times(starts, starts + schedule.seconds[:, [candidate]], _busy(schedule, candidate))


def _busy(schedule: Schedule, candidate: int) -> dict[str, Floats]:
    return {stream: schedule.seconds[order, candidate].sum(keepdims=True) for stream, order in schedule.orders.items()}


def _followers(schedule: Schedule) -> list[list[int]]:
    followers: list[list[int]] = [[] for _ in schedule.tasks]
    for i, before in enumerate(schedule.predecessors):
        for j in set(before):
            followers[j].append(i)
    return followers


def greedy_times(schedule: Schedule) -> Times:
    """The times of `event_times` for all candidates at once, arrays (tasks, candidates).

    Of the tasks whose dependencies are placed, the one that can start first is placed next; among equals the one of
    the highest priority, then that which has been ready for longest, then the first. As all that ends by then has
    been placed before, this is what the events do.

    >>> from .schedules import Task
    >>> two = [Task("a", "inter", np.array([1.0, 4.0])), Task("b", "inter", 3.0, after=("c",), priority=1)]
    >>> two += [Task("c", "compute", 2.0)]
    >>> greedy_times(Schedule(two)).makespan.tolist()
    [5.0, 7.0]

    Source: Giffler and Thompson, 1960, Algorithms for Solving Production-Scheduling Problems,
    doi:10.1287/opre.8.4.487 (nondelay schedules).
    Differs: tasks of no length that begin with others may be placed in another order than by `event_times`.
    """
    n, m = schedule.seconds.shape
    rows, seconds, ranks = np.arange(m), np.ascontiguousarray(schedule.seconds.T), _ranks(schedule)
    stream = np.array([schedule.streams.index(task.stream) for task in schedule.tasks])
    waits = np.tile([len(set(before)) for before in schedule.predecessors], (m, 1))
    after = _adjacency(schedule)
    free, ready, starts = np.zeros((m, len(schedule.streams))), np.zeros((m, n)), np.empty((m, n))
    for _ in range(n):
        start = np.where(waits == 0, np.maximum(ready, free[:, stream]), np.inf)
        i = _first(start == start.min(axis=1)[:, None], ranks, ready)
        starts[rows, i] = start[rows, i]
        end = start[rows, i] + seconds[rows, i]
        free[rows, stream[i]], waits[rows, i] = end, -1  # a placed task never waits for 0 others again
        waits -= after[i]
        ready = np.where(after[i], np.maximum(ready, end[:, None]), ready)
    return schedule.timed(starts.T.copy(), starts.T + schedule.seconds)


def _adjacency(schedule: Schedule) -> NDArray[np.bool_]:
    """Whether a task (row) is one that another (column) waits for."""
    after = np.zeros((len(schedule.tasks), len(schedule.tasks)), dtype=bool)
    for i, followers in enumerate(_followers(schedule)):
        after[i, followers] = True
    return after


def _ranks(schedule: Schedule) -> Floats:
    """0 for the tasks of the highest priority, 1 for those of the next, ..."""
    return np.unique([-task.priority for task in schedule.tasks], return_inverse=True)[1].astype(float)


def _first(tied: NDArray[np.bool_], ranks: Floats, ready: Floats) -> NDArray[np.int64]:
    """For each candidate the tied task of the least rank, then ready first, then at the first position."""
    rank = np.where(tied, ranks, np.inf)
    tied = tied & (rank == rank.min(axis=1)[:, None])
    return np.asarray(np.where(tied, ready, np.inf).argmin(axis=1))
