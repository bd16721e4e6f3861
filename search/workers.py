"""A pool of worker processes that outlives its tasks: a task that hangs, crashes or kills its process fails alone.

The parent writes tasks to a worker's stdin and reads replies from its stdout. Each worker has a thread in the parent
and one task at a time, so that a lost worker takes exactly one task with it.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, ParamSpec, TypeAlias, TypeVar

import cloudpickle

from . import worker_process
from .worker_process import ERROR, REPLY, REQUEST, STARTED, Recent, dump, read

__all__ = ["ProcessPool", "RemoteTraceback", "TaskTimeout", "WorkerDied"]

P = ParamSpec("P")
T = TypeVar("T")

_ATTEMPTS = 3  # workers that may die, one after the other, before a task has begun
_GRACE = 5.0  # seconds between a worker closing its connection and its end

_Reply: TypeAlias = tuple[bytes, bytes]  # kind, pickle
_Outcome: TypeAlias = tuple[Any, BaseException | None]  # a result, or an error


class TaskTimeout(TimeoutError):
    """The task ran past the timeout of its pool, and its worker process was killed."""


class WorkerDied(RuntimeError):
    """The worker process ended while it ran the task."""


class RemoteTraceback(Exception):
    """The traceback of an error in a worker process, as text; the cause of the error that the future carries."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


class ProcessPool(Executor):
    """Run functions in `workers` processes; a lost process costs one task, and a new one takes its place.

    Functions and arguments travel by cloudpickle and the caller's `__main__` is not imported again, so lambdas,
    closures and the functions of a script or notebook work. A function is pickled when it is first submitted and sent
    once to each worker, with the data that it closes over: later changes of that data are not seen.
    A task has `timeout` seconds from its start in the worker. Its future carries the task's own error, `TaskTimeout`,
    `WorkerDied`, RuntimeError where something cannot be pickled, or CancelledError after `kill`.
    A pool that was not shut down is killed when the interpreter exits.

    >>> with ProcessPool(2) as pool:
    ...     list(pool.map(lambda number: number**2, range(3)))
    [0, 1, 4]

    Raises ValueError if `workers` is below 1 or `timeout` is not positive.
    """

    def __init__(self, workers: int, *, timeout: float | None = None) -> None:
        if workers < 1:
            raise ValueError(f"a pool needs at least one worker, but workers={workers}")
        if timeout is not None and not timeout > 0:
            raise ValueError(f"timeout must be a positive number of seconds or None, but timeout={timeout}")
        self._max_workers = workers  # under the name that the standard executors have for it
        self._crew = _Crew(workers, timeout)
        self._functions = Recent[_Function]()
        self._numbers = itertools.count()
        self._lock = threading.RLock()
        weakref.finalize(self, self._crew.close).atexit = False

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Schedule `function(*args, **kwargs)`; raise RuntimeError after `shutdown` or `kill`."""
        future: Future[T] = Future()
        try:
            task = _Task(future, self._pickle_once(function), _pickle_arguments(args, kwargs))
        except Exception as error:
            future.set_exception(error)
        else:
            self._crew.add(task)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks, finish those submitted (or cancel the waiting ones), and end the worker processes."""
        self._functions = Recent()
        self._crew.awaited = True
        self._crew.close()
        if cancel_futures:
            self._crew.cancel_waiting()
        if wait:
            self._crew.join()

    def kill(self) -> None:
        """Stop at once: kill the workers, cancel waiting tasks, and fail running ones with CancelledError."""
        self._functions = Recent()
        self._crew.kill()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt):  # who presses Ctrl-C does not want to wait for the queue
            self.kill()
        else:
            self.shutdown()

    def _pickle_once(self, function: Callable[..., Any]) -> _Function:
        with self._lock:
            known = self._functions.get(id(function))
            if known is None:
                known = _Function(next(self._numbers), function, dump(function, f"the function {function!r}"))
                self._functions.put(id(function), known)
            return known


# What travels.


@dataclass(frozen=True, slots=True, eq=False)
class _Function:
    number: int  # its name in the workers, never used again
    function: Callable[..., Any]  # held so that no other object gets its id
    pickle: bytes


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    future: Future[Any]
    function: _Function
    arguments: bytes


def _pickle_arguments(args: tuple[object, ...], kwargs: dict[str, object]) -> bytes:
    try:
        return bytes(cloudpickle.dumps((args, kwargs)))
    except Exception:
        for name, value in [*enumerate(args), *kwargs.items()]:
            dump(value, f"argument {name!r} of type {type(value).__name__}")
        raise


def _outcome(kind: bytes, payload: bytes) -> _Outcome:
    if kind == ERROR:
        return None, _remote_error(*pickle.loads(payload))
    try:
        return pickle.loads(payload), None
    except Exception as error:
        failure = RuntimeError(f"the task's result cannot be unpickled ({error!r}); return plain data")
        failure.__cause__ = error
        return None, failure


def _remote_error(pickled: bytes, summary: str, trace: str) -> BaseException:
    try:
        error: BaseException = pickle.loads(pickled)
    except Exception as failure:
        error = RuntimeError(f"the task's error cannot be unpickled ({failure!r}); it was {summary}")
    error.__cause__ = RemoteTraceback(trace)
    return error


# The parent's side: a crew of seats, each of them a thread that drives one worker.

_crews: weakref.WeakSet[_Crew] = weakref.WeakSet()


@atexit.register
def _leave_no_worker() -> None:
    for crew in list(_crews):
        if crew.awaited:
            crew.join()  # the contract of shutdown(wait=False)
        else:
            crew.kill()


if hasattr(os, "register_at_fork"):  # a fork of the parent owns neither its threads nor its workers
    os.register_at_fork(after_in_child=_crews.clear)


class _Crew:
    """What the threads of a pool share. It never refers to the pool, so that a forgotten pool is collected."""

    def __init__(self, size: int, timeout: float | None) -> None:
        self.tasks: SimpleQueue[_Task | None] = SimpleQueue()  # None: leave your seat
        self.watch = _Watch(timeout)
        self.lock = threading.RLock()  # a finalizer may close the crew from inside any of its own sections
        self.idle = 0  # seats without a task, less the tasks on their way
        self.workers: set[_Worker] = set()
        self.closed = self.killed = self.awaited = False
        self._size = size
        self._threads: list[threading.Thread] = []
        _crews.add(self)

    def add(self, task: _Task) -> None:
        with self.lock:
            if self.closed:
                raise RuntimeError("cannot schedule new futures after shutdown; make a new ProcessPool")
            if self.idle > 0:
                self.idle -= 1
            elif len(self._threads) < self._size:
                self._add_seat()
            self.tasks.put(task)

    def close(self) -> None:
        with self.lock:
            self.closed = True
            self.tasks.put(None)

    def cancel_waiting(self) -> None:
        with contextlib.suppress(Empty):
            while True:
                if (task := self.tasks.get_nowait()) is not None:
                    task.future.cancel()
                    task.future.set_running_or_notify_cancel()  # tells those who wait for several futures
        self.tasks.put(None)

    def kill(self) -> None:
        self.close()
        with self.lock:
            self.killed = True  # a seat that hires from now on kills its worker itself
            for worker in self.workers:
                worker.process.kill()
        self.cancel_waiting()
        self.join()

    def join(self) -> None:
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        self.watch.stopped.set()

    def _add_seat(self) -> None:
        thread = threading.Thread(target=_Seat(self).run, name="ProcessPool", daemon=True)
        thread.start()
        self._threads.append(thread)


class _Seat:
    """A thread's place in the crew: it hires a worker when it has a task, and another when that one is lost."""

    def __init__(self, crew: _Crew) -> None:
        self._crew = crew
        self._worker: _Worker | None = None

    def run(self) -> None:
        while (task := self._crew.tasks.get()) is not None:
            if task.future.set_running_or_notify_cancel():
                self._settle(task)
            del task  # an idle seat keeps no result alive
            with self._crew.lock:
                self._crew.idle += 1
        self._crew.tasks.put(None)  # for the next seat
        self._dismiss()

    def _settle(self, task: _Task) -> None:
        try:
            result, error = self._perform(task)
        except BaseException as failure:
            self._dismiss()  # the connection may have stopped inside a message
            result, error = None, failure
        if error is None:
            task.future.set_result(result)
        else:
            task.future.set_exception(error)

    def _perform(self, task: _Task) -> _Outcome:
        why = ""
        for _ in range(_ATTEMPTS):
            worker = self._hire()
            reply = worker.perform(task, self._crew.watch)
            if reply is None or worker.expired:
                why = _cause_of_death(worker.exit_code())
                self._dismiss()
            if reply is not None:
                return _outcome(*reply)
            if self._crew.killed:
                return None, CancelledError("the pool was killed while this task ran")
            if worker.expired:
                return None, self._crew.watch.error()
            if worker.started:
                return None, WorkerDied(f"the worker process died while it ran this task: {why}")
        return None, WorkerDied(f"{_ATTEMPTS} worker processes died before this task could start: {why}")

    def _hire(self) -> _Worker:
        if self._worker is None:
            self._worker = _Worker()
            with self._crew.lock:
                self._crew.workers.add(self._worker)
                if self._crew.killed:
                    self._worker.process.kill()
        return self._worker

    def _dismiss(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop()
            with self._crew.lock:
                self._crew.workers.discard(worker)


# What Ctrl-C means is for the parent to decide. The file is loaded without its package, which may import much that a
# worker never needs; what a task imports is found as usual.
_START = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
import sys, importlib.util
sys.path[:] = {path!r}
spec = importlib.util.spec_from_file_location("inlay_worker", {file!r})
sys.modules["inlay_worker"] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.serve()
"""


class _Worker:
    """A worker process as its parent sees it."""

    def __init__(self) -> None:
        code = _START.format(path=[entry for entry in sys.path if isinstance(entry, str)], file=worker_process.__file__)
        self.process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._requests, self._replies = self.process.stdin, self.process.stdout
        self._functions = Recent[bool]()  # which ones the process holds
        self.started = False  # whether the present task is under way
        self.expired = False

    def perform(self, task: _Task, watch: _Watch) -> _Reply | None:
        """The reply to the task, or None when the process is lost."""
        self.started = False
        try:
            self._send(task)
            reply = self._receive()
            if reply[0] != STARTED:
                return reply
            self.started = True
            watch.add(self)
            return self._receive()
        except (OSError, EOFError):
            return None
        finally:
            watch.remove(self)

    def exit_code(self) -> int | None:
        """The exit code of a lost process, None if it only closed its connection."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(_GRACE)
        return None

    def expire(self) -> None:
        self.expired = True
        self.process.kill()

    def stop(self) -> None:
        self.process.kill()  # between tasks a worker has nothing to put in order
        self.process.wait()
        for pipe in (self._requests, self._replies):
            with contextlib.suppress(OSError):
                pipe.close()

    def _send(self, task: _Task) -> None:
        number = task.function.number
        function = b"" if self._functions.get(number) else task.function.pickle
        self._functions.put(number, True)
        self._requests.write(REQUEST.pack(number, len(function), len(task.arguments)))
        self._requests.write(function)
        self._requests.write(task.arguments)
        self._requests.flush()

    def _receive(self) -> _Reply:
        kind, size = REPLY.unpack(read(self._replies, REPLY.size))
        return kind, read(self._replies, size)


def _cause_of_death(code: int | None) -> str:
    if code is None:
        return "it closed its connection; did the task close a file that it did not open?"
    if code >= 0:
        return f"exit code {code}; did the task call os._exit, or close a file that it did not open?"
    if code == -getattr(signal, "SIGKILL", 0):
        return "SIGKILL; the system may have run out of memory: use fewer workers or smaller tasks"
    name = signal.Signals(-code).name if -code in list(signal.Signals) else f"signal {-code}"
    return f"{name}; a crash in compiled code, such as a segmentation fault, or a signal from outside"


class _Watch:
    """Kills the workers whose task runs past the timeout.

    All tasks have the same timeout, so insertion order is deadline order, and a task that arrives while the thread
    sleeps never has to wake it earlier. The thread ends when it finds nothing to watch.
    """

    def __init__(self, timeout: float | None) -> None:
        self.stopped = threading.Event()
        self._timeout = timeout
        self._deadlines: dict[_Worker, float] = {}
        self._lock = threading.RLock()
        self._running = False

    def add(self, worker: _Worker) -> None:
        if self._timeout is None:
            return
        with self._lock:
            self._deadlines[worker] = time.monotonic() + self._timeout
            if not self._running:
                threading.Thread(target=self._run, name="ProcessPool timeout", daemon=True).start()
                self._running = True

    def remove(self, worker: _Worker) -> None:
        with self._lock:
            self._deadlines.pop(worker, None)

    def error(self) -> TaskTimeout:
        remedy = "give the pool a longer timeout, or make the task shorter"
        return TaskTimeout(f"the task ran past the timeout of {self._timeout:g} s and its process was killed; {remedy}")

    def _run(self) -> None:
        while (pause := self._sweep()) is not None:
            if self.stopped.wait(min(pause, threading.TIMEOUT_MAX)):
                return

    def _sweep(self) -> float | None:
        """Kill what is overdue; the seconds to the next deadline, or None without one."""
        with self._lock:
            now = time.monotonic()
            for worker, deadline in list(self._deadlines.items()):
                if deadline > now:
                    return deadline - now
                del self._deadlines[worker]
                worker.expire()
            self._running = False
            return None
