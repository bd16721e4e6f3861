"""Tasks on streams: fixed orders against worked examples, greedy scheduling against events, bad input, pictures."""

from collections.abc import Callable
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest

from inlay.problems.hardware.schedule_events import event_times, greedy_times
from inlay.problems.hardware.schedules import STREAMS, BadSchedule, Schedule, Task


def chunks(n: int, first: float, second: float) -> list[Task]:
    sends = [Task(f"send {i}", "inter", first) for i in range(n)]
    return sends + [Task(f"multiply {i}", "compute", second, after=(f"send {i}",)) for i in range(n)]


def drawn_tasks(rng: np.random.Generator, n: int, candidates: int, priorities: int = 3) -> list[Task]:
    """Tasks with random streams, each after up to two earlier ones; seconds are integers, so that many ends tie."""
    tasks: list[Task] = []
    for i in range(n):
        after = tuple({tasks[j].name for j in rng.integers(0, i, rng.integers(0, 3))}) if i else ()
        seconds = rng.integers(1, 6, candidates).astype(float)
        stream = STREAMS[rng.integers(len(STREAMS))]
        tasks.append(Task(f"task {i}", stream, seconds, after, int(rng.integers(priorities))))
    return tasks


# -- fixed orders ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "first", "second"), [(1, 2.0, 3.0), (5, 2.0, 3.0), (5, 3.0, 2.0), (8, 1.0, 1.0)])
def test_a_pipeline_takes_one_pass_and_the_rest_of_its_slowest_stage(n: int, first: float, second: float) -> None:
    times = Schedule(chunks(n, first, second)).times()
    assert times.makespan.tolist() == [first + second + (n - 1) * max(first, second)]
    assert {stream: busy.tolist() for stream, busy in times.busy.items()} == {
        "compute": [n * second], "intra": [0.0], "inter": [n * first], "pim": [0.0],
    }  # fmt: skip


def test_two_sub_batches_alternate_between_two_engines() -> None:
    """While the products of one half run, the attention of the other does: the larger sum, and one exposed end."""
    tasks = []
    for half in "ab":
        for i in range(3):
            before = (f"attention {half}{i - 1}",) if i else ()
            tasks.append(Task(f"products {half}{i}", "compute", 4.0, before, priority=-i))
            tasks.append(Task(f"attention {half}{i}", "pim", 3.0, (f"products {half}{i}",), priority=-i))
    assert Schedule(tasks).times().makespan.tolist() == [6 * 4.0 + 3.0]


def test_starts_and_ends_of_every_task() -> None:
    schedule = Schedule(chunks(3, np.array([2.0, 1.0]), 2.0))
    times = schedule.times()
    assert times.starts.T.tolist() == [[0, 2, 4, 2, 4, 6], [0, 1, 2, 1, 3, 5]]
    np.testing.assert_array_equal(times.ends, times.starts + schedule.seconds)


def test_candidates_are_scheduled_as_each_alone() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        tasks = drawn_tasks(rng, 12, 5, priorities=1)
        together = Schedule(tasks)
        for c in range(5):
            alone = Schedule([Task(t.name, t.stream, np.asarray(t.seconds)[c], t.after, t.priority) for t in tasks])
            np.testing.assert_array_equal(together.times().starts[:, [c]], alone.times().starts)


def test_priority_decides_the_order_of_a_stream_and_position_among_equals() -> None:
    tasks = [Task("a", "inter", 1.0), Task("b", "inter", 1.0, priority=1), Task("c", "inter", 1.0)]
    assert Schedule(tasks).times().starts[:, 0].tolist() == [1.0, 0.0, 2.0]


def test_the_order_by_johnsons_rule_has_the_least_makespan_of_all() -> None:
    """Three tasks on a stream that feed another: first what is short there, last what is short afterwards."""
    pairs = [(3.0, 1.0), (1.0, 4.0), (2.0, 2.0)]

    def of(order: tuple[int, ...]) -> float:
        first = [Task(f"first {i}", "inter", pairs[i][0], priority=-order.index(i)) for i in range(3)]
        then = [Task(f"then {i}", "compute", pairs[i][1], (f"first {i}",), -order.index(i)) for i in range(3)]
        return float(Schedule([*first, *then]).times().makespan[0])

    found = {order: of(order) for order in permutations(range(3))}
    assert min(found.values()) == found[1, 2, 0] == 8.0
    assert max(found.values()) == found[0, 2, 1] == 11.0


# -- events ----------------------------------------------------------------------------------------------------------


def in_order_of_events(schedule: Schedule, candidate: int) -> Schedule:
    """The schedule whose fixed orders are those in which the events begin the tasks."""
    starts = event_times(schedule, candidate).starts[:, 0]
    return Schedule(
        [Task(t.name, t.stream, t.seconds, t.after, -float(starts[i])) for i, t in enumerate(schedule.tasks)]
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_recurrence_gives_what_the_events_give_in_their_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for n in (1, 5, 20):
        schedule = Schedule(drawn_tasks(rng, n, 3))
        for c in range(3):
            fixed = in_order_of_events(schedule, c).times()
            np.testing.assert_array_equal(fixed.starts[:, c], event_times(schedule, c).starts[:, 0])


@pytest.mark.parametrize("seed", range(4))
def test_greedy_times_are_the_events_of_every_candidate(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    for n in (1, 4, 25):
        schedule = Schedule(drawn_tasks(rng, n, 6))
        times = greedy_times(schedule)
        for c in range(6):
            events = event_times(schedule, c)
            np.testing.assert_array_equal(times.starts[:, [c]], events.starts)
            assert times.makespan[c] == events.makespan[0]
            assert all(times.busy[stream][c] == events.busy[stream][0] for stream in STREAMS)


@pytest.mark.parametrize("times_of", [lambda s: s.times(), greedy_times], ids=["fixed", "greedy"])
def test_streams_do_one_task_at_a_time_and_nothing_begins_too_early(times_of: Callable[[Schedule], Any]) -> None:
    rng = np.random.default_rng(7)
    for _ in range(20):
        schedule = Schedule(drawn_tasks(rng, 15, 4, priorities=1))
        times = times_of(schedule)
        for order in schedule.orders.values():
            for c in range(4):
                row = sorted(zip(times.starts[order, c], times.ends[order, c], strict=True))
                assert all(before[1] <= then[0] for before, then in pairwise(row))
        for i, before in enumerate(schedule.predecessors):
            assert all((times.ends[j] <= times.starts[i]).all() for j in before)


def test_no_stream_waits_while_it_has_a_ready_task() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        schedule = Schedule(drawn_tasks(rng, 15, 1))
        times = event_times(schedule)
        for order in schedule.orders.values():
            for i in order:
                ready = max((times.ends[j, 0] for j in schedule.predecessors[i]), default=0.0)
                before = [j for j in order if ready < times.ends[j, 0] and times.starts[j, 0] < times.starts[i, 0]]
                busy = sum(times.ends[j, 0] - max(times.starts[j, 0], ready) for j in before)
                assert busy == times.starts[i, 0] - ready


def test_the_ready_task_of_the_highest_priority_goes_first_then_the_one_that_waited_longest() -> None:
    tasks = [
        Task("block", "inter", 5.0), Task("one", "compute", 1.0), Task("two", "compute", 1.0),
        Task("late", "inter", 1.0, after=("two",)), Task("early", "inter", 1.0, after=("one",)),
        Task("urgent", "inter", 1.0, after=("two",), priority=1),
    ]  # fmt: skip
    starts = dict(zip((t.name for t in tasks), event_times(Schedule(tasks)).starts[:, 0].tolist(), strict=True))
    assert [starts[name] for name in ("urgent", "early", "late")] == [5.0, 6.0, 7.0]


# -- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Schedule([]), r"tasks=\[\]"),
        (lambda: Schedule([Task("a", "inter", 1), Task("a", "intra", 1)]), r"Task\('a'\)\.name.*two tasks"),
        (lambda: Schedule([Task("a", "gpu", 1)]), r"Task\('a'\)\.stream='gpu': the streams are compute, intra"),
        (lambda: Schedule([Task("a", "inter", 1, ("b",))]), r"Task\('a'\)\.after names 'b'"),
        (lambda: Task("a", "inter", 1, "bc"), r"Task\('a'\)\.after='bc'.*give a tuple"),  # type: ignore[arg-type]
        (lambda: Task("a", "inter", np.array([1.0, -2.0])), r"Task\('a'\)\.seconds=-2\.0"),
        (lambda: Task("a", "inter", float("nan")), r"Task\('a'\)\.seconds=nan"),
        (lambda: Task("a", "inter", float("inf")), r"Task\('a'\)\.seconds=inf"),
        (lambda: Task("a", "inter", np.ones((2, 2))), r"Task\('a'\)\.seconds has the shape \(2, 2\)"),
        (lambda: Schedule([Task("a", "inter", np.ones(3)), Task("b", "inter", np.ones(2))]), r"Task\('b'\).*2 cand.*3"),
        (lambda: Schedule([Task("a", "inter", 1, ("b",)), Task("b", "intra", 1, ("a",))]), r"'[ab]' before '[ab]'"),
        (lambda: Schedule([Task("a", "inter", 1, ("a",))]), r"Task\('a'\)\.after: the tasks wait for one another"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_task_and_field(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(BadSchedule, match=message):
        make()


def test_a_cycle_through_the_order_of_a_stream_is_refused_and_greedy_scheduling_has_none() -> None:
    tasks = [Task("then", "inter", 1.0, after=("first",), priority=1), Task("first", "inter", 1.0)]
    with pytest.raises(BadSchedule, match=r"wait for one another.*the priorities of their stream do"):
        Schedule(tasks).times()
    assert greedy_times(Schedule(tasks)).starts[:, 0].tolist() == [1.0, 0.0]


# -- pictures --------------------------------------------------------------------------------------------------------


def test_a_picture_has_a_bar_for_every_task_and_a_row_for_every_stream_that_works() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    schedule = Schedule(chunks(8, np.array([2e-3, 4e-3]), 3e-3))
    axes = schedule.plot(Figure(figsize=(11, 3)).add_subplot(), candidate=1)
    bars = axes.patches
    assert len(bars) == 16
    assert len({bar.get_facecolor() for bar in bars}) == 2
    assert [text.get_text() for text in axes.get_yticklabels()] == ["compute\n69% busy", "inter\n91% busy"]
    assert bars[1].get_x() == pytest.approx(4.0)  # milliseconds
    assert axes.get_xlabel() == "time (ms), makespan 35 ms"
    assert {text.get_text().split()[-1] for text in axes.texts} == set("01234567")


def test_a_picture_can_show_other_times() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    late = [Task("wait", "compute", 5.0), Task("a", "inter", 1.0, after=("wait",)), Task("b", "inter", 3.0)]
    schedule = Schedule(late)
    axes = schedule.plot(Figure().add_subplot(), times=event_times(schedule))
    assert [bar.get_x() for bar in axes.patches] == [0.0, 5.0, 0.0]
