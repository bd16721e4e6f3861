"""The pool of worker processes, with real processes that hang, crash, fork, print and get killed."""

from __future__ import annotations

import concurrent.futures
import gc
import os
import random
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from inlay.search import worker_process, workers
from inlay.search.workers import ProcessPool, RemoteTraceback, TaskTimeout, WorkerDied

LONG = 60.0  # seconds: a task that nobody waits for, unless the pool is broken
SOON = 20.0  # seconds within which anything must have happened, on the slowest machine

linux = pytest.mark.skipif(sys.platform != "linux", reason="uses Linux's parent death signal")
posix = pytest.mark.skipif(os.name != "posix", reason="uses POSIX signals")


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPool]:
    """One pool for many tests: it has to survive them."""
    with ProcessPool(2) as made:
        yield made


def hold_interpreter_lock() -> None:
    re.match(r"(a+)+$", "a" * 31 + "b")  # minutes, in compiled code


def alive(pid: int) -> bool:
    """Whether a child of this process is still there; one that has ended but was not waited for counts."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.01)


def processes(pool: ProcessPool) -> set[int]:
    return {worker.process.pid for worker in pool._crew.workers}


def start_all(pool: ProcessPool, count: int, folder: Path) -> set[int]:
    """Run `count` tasks that wait for each other; the processes that they ran in."""

    def meet() -> int:
        (folder / str(os.getpid())).touch()
        while len(list(folder.iterdir())) < count:
            time.sleep(0.005)
        return os.getpid()

    return {future.result(SOON) for future in [pool.submit(meet) for _ in range(count)]}


# The standard contract.


def test_results_arrive_in_order(pool: ProcessPool) -> None:
    assert list(pool.map(lambda left, right: left * right, range(50), range(50))) == [n * n for n in range(50)]


def test_keywords_and_large_values(pool: ProcessPool) -> None:
    data = os.urandom(5_000_000)
    assert pool.submit(lambda *, value, times: value * times, value=data, times=2).result(SOON) == data * 2


@pytest.mark.parametrize("arguments", [{"workers": 0}, {"workers": 1, "timeout": 0}, {"workers": 1, "timeout": -1.0}])
def test_construction_refuses_nonsense(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"=-?\d"):
        ProcessPool(**arguments)


def test_shutdown_finishes_the_tasks_and_leaves_no_process(tmp_path: Path) -> None:
    pool = ProcessPool(2)
    started = start_all(pool, 2, tmp_path)
    futures = [pool.submit(time.sleep, 0.05) for _ in range(6)]
    pool.shutdown()
    assert all(future.done() and future.exception() is None for future in futures)
    assert len(started) == 2
    assert not any(map(alive, started))
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(print)
    pool.shutdown()
    pool.kill()


def test_shutdown_without_waiting_finishes_the_tasks() -> None:
    pool = ProcessPool(1)
    futures = [pool.submit(lambda n: n, n) for n in range(5)]
    pool.shutdown(wait=False)
    assert [future.result(SOON) for future in futures] == list(range(5))


def test_shutdown_cancels_waiting_tasks_on_request() -> None:
    pool = ProcessPool(1)
    futures = [pool.submit(time.sleep, 0.3) for _ in range(5)]
    wait_until(futures[0].running)
    pool.shutdown(cancel_futures=True)
    assert [future.cancelled() for future in futures] == [False, True, True, True, True]


def test_a_waiting_task_can_be_cancelled(pool: ProcessPool, tmp_path: Path) -> None:
    blocking = [pool.submit(time.sleep, 0.3) for _ in range(2)]
    waiting = pool.submit((tmp_path / "ran").touch)
    assert waiting.cancel()
    assert {future.result(SOON) for future in blocking} == {None}
    assert pool.submit(int).result(SOON) == 0
    assert not (tmp_path / "ran").exists()


def test_threads_and_processes_start_only_when_needed() -> None:
    with ProcessPool(50) as pool:
        assert [pool.submit(abs, n).result(SOON) for n in range(40)] == list(range(40))
        assert len(processes(pool)) <= len(pool._crew._threads) < 30
        assert pool._max_workers == 50


def test_many_threads_share_a_pool(pool: ProcessPool) -> None:
    def use(start: int) -> list[int]:
        return [pool.submit(lambda n: n, start + n).result(SOON) for n in range(20)]

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        made = threads.submit(ProcessPool, 1).result()
        assert list(threads.map(use, range(8))) == [list(range(start, start + 20)) for start in range(8)]
    with made:
        assert made.submit(abs, -1).result(SOON) == 1


def test_a_callback_may_use_and_shut_down_the_pool() -> None:
    pool, seen = ProcessPool(1), []
    pool.submit(int).add_done_callback(lambda _: seen.append(pool.submit(abs, -3)))
    wait_until(lambda: bool(seen))
    seen[0].add_done_callback(lambda _: pool.shutdown())
    assert seen[0].result(SOON) == 3
    wait_until(lambda: not pool._crew.workers)


def test_the_pool_keeps_no_result(pool: ProcessPool) -> None:
    class Result:
        pass

    future = pool.submit(Result)
    result = weakref.ref(future.result(SOON))
    del future
    wait_until(lambda: gc.collect() >= 0 and result() is None)


# What travels.


def test_classes_and_closures_of_the_caller(pool: ProcessPool) -> None:
    class Point:
        def __init__(self, x: int) -> None:
            self.x = x

    shift = 5
    moved = pool.submit(lambda point: Point(point.x + shift), Point(1)).result(SOON)
    assert type(moved) is Point
    assert moved.x == 6


def test_path_and_folder_of_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library, here = tmp_path / "library", tmp_path / "here"
    library.mkdir()
    here.mkdir()
    (library / "neighbour_of_the_caller.py").write_text("def where():\n    import os\n    return os.getcwd()\n")
    monkeypatch.syspath_prepend(library)
    monkeypatch.chdir(here)
    import neighbour_of_the_caller  # type: ignore[import-not-found]

    with ProcessPool(1) as pool:
        assert Path(pool.submit(neighbour_of_the_caller.where).result(SOON)).samefile(here)


def test_a_function_is_pickled_once_and_sent_once_to_each_worker(pool: ProcessPool, tmp_path: Path) -> None:
    log, pickled = tmp_path / "loads", []

    def load(path: Path) -> int:
        with path.open("a") as file:
            file.write(f"{os.getpid()}\n")
        return 7

    class Data:
        def __reduce__(self) -> tuple[Any, ...]:
            pickled.append(1)
            return load, (log,)

    data = Data()

    def read(_: int) -> tuple[int, Any]:
        time.sleep(0.01)
        return os.getpid(), data

    answers = list(pool.map(read, range(40)))
    loads = log.read_text().split()
    assert {value for _, value in answers} == {7}
    assert len(pickled) == 1
    assert sorted(loads) == sorted({str(pid) for pid, _ in answers})

    with pytest.raises(WorkerDied):
        pool.submit(os._exit, 1).result(SOON)
    for n in range(3 * worker_process._REMEMBERED):  # a function in use is not forgotten for those that come and go
        assert pool.submit(lambda n=n: n).result(SOON) == n
        assert pool.submit(read, n).result(SOON)[1] == 7
    assert len(pickled) == 1


def test_more_functions_than_are_remembered(pool: ProcessPool) -> None:
    functions = [lambda n=n: n for n in range(3 * worker_process._REMEMBERED)]
    order = random.Random(0).choices(range(len(functions)), k=300)
    futures = [pool.submit(functions[n]) for n in order]
    assert [future.result(SOON) for future in futures] == order
    assert len(pool._functions._values) == worker_process._REMEMBERED


def test_functions_are_told_apart_by_identity(pool: ProcessPool) -> None:
    class Constant:
        def __init__(self, value: int) -> None:
            self.value = value

        def __call__(self) -> int:
            return self.value

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 0

    one, two = Constant(1), Constant(2)
    assert [pool.submit(f).result(SOON) for f in (one, two, one)] == [1, 2, 1]
    # Each is gone before the next is made, so that an id held without its object would be given again.
    assert [pool.submit(Constant(n)).result(SOON) for n in range(50)] == list(range(50))


def test_a_worker_imports_little(pool: ProcessPool) -> None:
    loaded = pool.submit(lambda: sorted(sys.modules)).result(SOON)
    assert not {"numpy", "sqlalchemy", "rich", "typer", "asyncio"} & set(loaded)


# Errors of the task.


def test_an_error_keeps_its_type_and_shows_where_it_was_raised(pool: ProcessPool) -> None:
    class Refused(LookupError):
        pass

    def deep_inside() -> None:
        raise Refused("no", 3)

    error = pool.submit(lambda: deep_inside()).exception(SOON)
    assert type(error) is Refused
    assert error.args == ("no", 3)
    assert type(error.__cause__) is RemoteTraceback
    assert "in deep_inside" in str(error.__cause__)


def test_leaving_the_interpreter_is_an_error_like_others(pool: ProcessPool, tmp_path: Path) -> None:
    before = start_all(pool, 2, tmp_path)
    assert type(pool.submit(sys.exit, 3).exception(SOON)) is SystemExit
    assert processes(pool) == before


class NeedsTwo(Exception):
    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")


def raise_unpicklable() -> None:
    error = ValueError("with a lock")
    error.lock = threading.Lock()  # type: ignore[attr-defined]
    raise error


def raise_error_of_two() -> None:
    raise NeedsTwo(1, 2)


def unloadable() -> object:
    class Unloadable:
        def __reduce__(self) -> tuple[Any, ...]:
            return int, ("not a number",)

    return Unloadable()


@pytest.mark.parametrize(
    ("function", "argument", "message"),
    [
        (lambda lock: None, threading.Lock(), r"argument 0 of type lock cannot be pickled.*inside the task"),
        (threading.Lock().__enter__, None, r"the function .* cannot be pickled"),
        (lambda _: threading.Lock(), None, r"the task's result cannot be pickled.*lock"),
        (lambda _: raise_unpicklable(), None, r"the task's error \(ValueError: with a lock\) cannot be pickled"),
        (lambda _: raise_error_of_two(), None, r"the task's error cannot be unpickled.*1 and 2"),
        (lambda _: unloadable(), None, r"the task's result cannot be unpickled.*not a number"),
    ],
)
def test_what_cannot_travel_fails_alone(
    pool: ProcessPool, tmp_path: Path, function: Callable[[Any], object], argument: object, message: str
) -> None:
    before = start_all(pool, 2, tmp_path)
    with pytest.raises(RuntimeError, match=f"(?s){message}") as caught:
        pool.submit(function, argument).result(SOON)
    assert caught.value.__cause__ is not None
    assert processes(pool) == before


def test_what_a_worker_cannot_load_fails_alone(pool: ProcessPool, tmp_path: Path) -> None:
    before = start_all(pool, 2, tmp_path)
    broken = unloadable()
    for function, argument in [(lambda _: None, broken), (lambda _, held=broken: None, None)]:
        for _ in range(4):
            with pytest.raises(ValueError, match="not a number") as caught:
                pool.submit(function, argument).result(SOON)
            assert "unpickled" in caught.value.__notes__[0]
    assert processes(pool) == before


# Timeouts.


def ignore_termination() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(LONG)


@pytest.mark.parametrize("task", [lambda: time.sleep(LONG), ignore_termination, hold_interpreter_lock])
def test_a_task_past_the_timeout_is_killed_alone(task: Callable[[], None]) -> None:
    with ProcessPool(2, timeout=0.5) as pool:
        stuck = pool.submit(task)
        others = [pool.submit(lambda n: n, n) for n in range(20)]
        assert [future.result(SOON) for future in others] == list(range(20))
        before = processes(pool)
        with pytest.raises(TaskTimeout, match=r"0\.5 s.*longer timeout"):
            stuck.result(SOON)
        assert [alive(pid) for pid in before - processes(pool)] == [False]
        assert pool.submit(abs, -1).result(SOON) == 1


def test_the_timeout_counts_from_the_start_of_the_task() -> None:
    with ProcessPool(1, timeout=0.7) as pool:
        assert len(list(pool.map(time.sleep, [0.2] * 5))) == 5


def test_the_timeout_does_not_count_the_loading_of_the_function() -> None:
    def load_slowly() -> int:
        time.sleep(0.7)
        return 4

    class Heavy:
        def __reduce__(self) -> tuple[Any, ...]:
            return load_slowly, ()

    heavy = Heavy()
    with ProcessPool(1, timeout=0.5) as pool:
        assert pool.submit(lambda: heavy).result(SOON) == 4


def test_an_idle_worker_has_no_deadline() -> None:
    with ProcessPool(1, timeout=0.2) as pool:
        assert pool.submit(abs, -1).result(SOON) == 1
        before = processes(pool)
        time.sleep(0.4)
        assert pool.submit(abs, -2).result(SOON) == 2
        assert processes(pool) == before


def test_a_deadline_that_strikes_after_the_reply_costs_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    with ProcessPool(1, timeout=LONG) as pool:
        monkeypatch.setattr(pool._crew.watch, "remove", lambda worker: worker.expire())
        assert list(pool.map(abs, range(3))) == [0, 1, 2]


def test_every_one_of_many_timeouts_strikes() -> None:
    with ProcessPool(2, timeout=0.2) as pool:
        futures = [pool.submit(time.sleep, LONG if n % 2 else 0) for n in range(8)]
        errors = [future.exception(SOON) for future in futures]
    assert [type(error) for error in errors] == [type(None), TaskTimeout] * 4


# Deaths.


@pytest.mark.parametrize(
    ("function", "argument", "message"),
    [
        (os._exit, 3, "exit code 3.*os._exit"),
        pytest.param(lambda n: os.kill(os.getpid(), n), signal.SIGKILL, "SIGKILL.*memory", marks=posix),
        pytest.param(lambda n: os.kill(os.getpid(), n), signal.SIGSEGV, "SIGSEGV.*segmentation", marks=posix),
        (lambda n: (os.closerange(3, n), time.sleep(LONG)), 100, "close a file"),
    ],
)
def test_a_death_fails_one_task(
    pool: ProcessPool,
    monkeypatch: pytest.MonkeyPatch,
    function: Callable[[int], object],
    argument: int,
    message: str,
) -> None:
    monkeypatch.setattr(workers, "_GRACE", 0.3)
    busy = pool.submit(lambda: time.sleep(0.25) or "unharmed")
    fatal = pool.submit(function, argument)
    others = [pool.submit(lambda n: n, n) for n in range(20)]
    with pytest.raises(WorkerDied, match=message):
        fatal.result(SOON)
    assert busy.result(SOON) == "unharmed"
    assert [future.result(SOON) for future in others] == list(range(20))


@posix
def test_an_idle_worker_that_died_is_replaced_silently(pool: ProcessPool) -> None:
    for _ in range(6):
        assert list(pool.map(lambda n: -n, range(3))) == [0, -1, -2]  # at once: the kill may still be under way
        for pid in processes(pool):
            os.kill(pid, signal.SIGKILL)


def test_a_task_that_kills_each_worker_before_it_starts_fails(pool: ProcessPool) -> None:
    class Poison:
        def __reduce__(self) -> tuple[Any, ...]:
            return os._exit, (9,)

    with pytest.raises(WorkerDied, match=r"before this task could start.*exit code 9"):
        pool.submit(print, Poison()).result(SOON)
    assert pool.submit(abs, -1).result(SOON) == 1


@posix
def test_many_tasks_with_random_deaths() -> None:
    def live_or_die(seed: int) -> int:
        chance = random.Random(seed).random()
        if chance < 0.04:
            os._exit(1)
        if chance < 0.08:
            os.kill(os.getpid(), signal.SIGKILL)
        if chance < 0.1:
            raise ArithmeticError(seed)
        return seed

    def expected(seed: int) -> object:
        chance = random.Random(seed).random()
        return WorkerDied if chance < 0.08 else ArithmeticError if chance < 0.1 else seed

    with ProcessPool(3, timeout=LONG) as pool:
        futures = [pool.submit(live_or_die, seed) for seed in range(200)]
        errors = [future.exception(2 * SOON) for future in futures]
    answers = [type(error) if error else future.result() for future, error in zip(futures, errors, strict=True)]
    assert answers == [expected(seed) for seed in range(200)]
    assert answers.count(WorkerDied) > 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_death_is_seen_while_a_fork_of_the_worker_lives(pool: ProcessPool, tmp_path: Path) -> None:
    note = tmp_path / "pid"

    def fork_and_die() -> None:
        if (child := os.fork()) == 0:
            time.sleep(LONG)
        note.write_text(str(child))
        os._exit(1)

    try:
        with pytest.raises(WorkerDied):
            pool.submit(fork_and_die).result(SOON)
    finally:
        os.kill(int(note.read_text()), signal.SIGKILL)


def test_a_worker_ends_with_its_connection_while_a_task_runs(tmp_path: Path) -> None:
    with ProcessPool(1) as pool:
        future = pool.submit(lambda: (tmp_path / "runs").touch() or time.sleep(LONG))
        wait_until((tmp_path / "runs").exists)
        for worker in pool._crew.workers:
            worker._requests.close()
        with pytest.raises(WorkerDied):
            future.result(SOON)


# The end of the pool.


def test_kill_stops_running_and_waiting_tasks(tmp_path: Path) -> None:
    pool = ProcessPool(2)
    started = start_all(pool, 2, tmp_path)
    futures = [pool.submit(time.sleep, LONG) for _ in range(2)]
    wait_until(lambda: all(future.running() for future in futures))
    futures += [pool.submit(time.sleep, LONG) for _ in range(5)]
    waiter = threading.Thread(target=concurrent.futures.wait, args=(futures,), daemon=True)
    waiter.start()
    pool.kill()
    waiter.join(SOON)
    assert not waiter.is_alive()
    assert not any(map(alive, started))
    for future in futures:
        with pytest.raises(concurrent.futures.CancelledError):
            future.result()
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(print)


def test_kill_while_the_workers_start() -> None:
    pool = ProcessPool(3)
    futures = [pool.submit(time.sleep, LONG) for _ in range(6)]
    pool.kill()
    assert all(future.done() for future in futures)
    assert not pool._crew.workers


def test_ctrl_c_inside_a_with_block_does_not_wait_for_the_tasks() -> None:
    futures = []

    def interrupted() -> None:
        with ProcessPool(1) as pool:
            futures.append(pool.submit(time.sleep, LONG))
            wait_until(lambda: futures[0].running())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert isinstance(futures[0].exception(SOON), concurrent.futures.CancelledError)


def test_a_forgotten_pool_finishes_its_tasks_and_ends_its_workers() -> None:
    process = ProcessPool(1).submit(os.getpid).result(SOON)
    gc.collect()
    wait_until(lambda: not alive(process))


def test_an_idle_pool_uses_no_processor() -> None:
    with ProcessPool(2, timeout=LONG) as pool:
        list(pool.map(abs, range(5)))
        before = time.process_time()
        time.sleep(0.5)
        assert time.process_time() - before < 0.25


def test_output_of_a_task_goes_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    def chatter(n: int) -> int:
        print(f"printed {n}")
        os.write(1, b"written\n")
        subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
        with pytest.raises(EOFError):
            input()
        return n

    with ProcessPool(1) as pool:
        assert list(pool.map(chatter, range(3))) == [0, 1, 2]
    captured = capfd.readouterr()
    assert captured.out == ""
    assert all(text in captured.err for text in ("printed 0", "printed 2", "written", "from a child"))


# Whole programs. A worker has its program's stderr, so that stderr ends only when the last process is gone.


class Script:
    """A program in a process of its own, which prints what it has reached."""

    def __init__(self, folder: Path, text: str) -> None:
        file = folder / "program.py"
        file.write_text("from inlay.search.workers import *\nimport os, signal, sys, time\n" + textwrap.dedent(text))
        self.process = subprocess.Popen(
            [sys.executable, "-u", str(file)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_for(self, line: str) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == line

    def end(self) -> tuple[str, str]:
        """What it wrote, once it and all its workers are gone."""
        try:
            return self.process.communicate(timeout=SOON)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.communicate()
            pytest.fail("the program or one of its workers did not end")


def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    script = Script(
        tmp_path,
        """
        print("body")
        class Odd(Exception): pass
        LIMIT = 3
        def check(n):
            if n > LIMIT: raise Odd(n)
            return n
        with ProcessPool(2) as pool:
            print([pool.submit(check, n).result() for n in range(3)])
            try: pool.submit(check, 9).result()
            except Odd as error: print("odd", error.args)
        """,
    )
    out, err = script.end()
    assert out.splitlines() == ["body", "[0, 1, 2]", "odd (9,)"]
    assert err == ""
    assert script.process.returncode == 0


@pytest.mark.parametrize("keep", ["pool = ", "pools = [], ", ""])
def test_a_program_that_forgot_shutdown_ends(tmp_path: Path, keep: str) -> None:
    script = Script(
        tmp_path,
        f"""
        {keep}ProcessPool(2, timeout=600)
        pool = globals().get("pool") or ProcessPool(2)
        futures = [pool.submit(time.sleep, 600) for _ in range(5)]
        while not futures[0].running(): time.sleep(0.01)
        time.sleep(0.2)
        print("end")
        """,
    )
    assert script.end() == ("end\n", "")
    assert script.process.returncode == 0


def test_a_program_finishes_the_tasks_of_a_shutdown_without_waiting(tmp_path: Path) -> None:
    script = Script(
        tmp_path,
        """
        pool = ProcessPool(1)
        futures = [pool.submit(time.sleep, 0.1) for _ in range(3)]
        futures[-1].add_done_callback(lambda future: print("done", future.exception()))
        pool.shutdown(wait=False)
        """,
    )
    assert script.end() == ("done None\n", "")


@posix
@pytest.mark.parametrize("task", ["time.sleep, 600", pytest.param("hold, 31", marks=linux), "abs, 1"])
def test_workers_end_with_a_killed_parent(tmp_path: Path, task: str) -> None:
    script = Script(
        tmp_path,
        f"""
        import re
        def hold(n): re.match("(a+)+$", "a" * n + "b")
        pool = ProcessPool(2)
        futures = [pool.submit({task}) for _ in range(2)]
        time.sleep(0.5)
        print("ready")
        time.sleep(600)
        """,
    )
    script.wait_for("ready")
    script.process.kill()
    script.end()


@posix
def test_ctrl_c_reaches_the_parent_only(tmp_path: Path) -> None:
    script = Script(
        tmp_path,
        """
        def slow():
            time.sleep(0.5)
            return "finished"
        pool = ProcessPool(1)
        pool.submit(int).result()
        future = pool.submit(slow)
        try:
            print("ready")
            time.sleep(600)
        except KeyboardInterrupt:
            print(future.result())
        """,
    )
    script.wait_for("ready")
    os.killpg(script.process.pid, signal.SIGINT)
    assert script.end() == ("finished\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_of_the_program_leaves_the_pool_alone(tmp_path: Path) -> None:
    script = Script(
        tmp_path,
        """
        pool = ProcessPool(1)
        process = pool.submit(os.getpid).result()
        program = os.getpid()
        future = pool.submit(time.sleep, 0.3)
        waiting = pool.submit(os.getpid)
        waiting.add_done_callback(lambda _: os.write(1, f"{os.getpid() == program}\\n".encode()))
        if os.fork() == 0:
            sys.exit(0)
        os.write(1, f"{os.wait()[1]} {future.result()} {waiting.result() == process}\\n".encode())
        """,
    )
    assert sorted(script.end()[0].splitlines()) == ["0 None True", "True"]
