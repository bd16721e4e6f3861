"""What runs in a worker process of a pool, and the messages between it and the parent.

The file is loaded by its path, without its package: a worker starts as fast as Python and imports what its tasks need.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pickle
import signal
import struct
import sys
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable
from queue import SimpleQueue
from typing import IO, Any, Generic, TypeVar

import cloudpickle

V = TypeVar("V")

_REMEMBERED = 8  # functions kept in the parent and in each worker

REQUEST = struct.Struct("<QQQ")  # function number, bytes of its pickle (0: the worker has it), bytes of the arguments
REPLY = struct.Struct("<cQ")  # kind, bytes that follow
STARTED, RESULT, ERROR = b"S", b"R", b"E"


# What both sides use.


class Recent(Generic[V]):
    """The last values used, by key. Parent and worker follow this rule over the same tasks, and so agree."""

    def __init__(self) -> None:
        self._values: OrderedDict[int, V] = OrderedDict()

    def get(self, key: int) -> V | None:
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def put(self, key: int, value: V) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > _REMEMBERED:
            self._values.popitem(last=False)


def dump(value: object, name: str) -> bytes:
    """The pickle of a value; raises RuntimeError that names it where it has none."""
    try:
        return bytes(cloudpickle.dumps(value))
    except Exception as error:
        why = f"{name} cannot be pickled ({type(error).__name__}: {error})"
        raise RuntimeError(f"{why}; use plain data, and open files, locks and connections inside the task") from error


def read(pipe: IO[bytes], size: int) -> bytes:
    """So many bytes; raises EOFError where the other end is gone."""
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError("the process at the other end is gone")
    return data


# The worker: its main thread runs the tasks, another one reads them.


def serve() -> None:
    """Answer tasks until the parent closes the connection, or is gone."""
    source, sink = _take_pipes()
    _die_with_parent()
    tasks: SimpleQueue[tuple[int, bytes, bytes]] = SimpleQueue()
    threading.Thread(target=_read_tasks, args=(source, tasks), daemon=True).start()
    functions = Recent[Any]()
    while True:
        _answer(sink, functions, tasks)


def _take_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Move the connection out of reach of print, input and the processes that a task starts."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    def forget() -> None:  # while a fork held the connection, the parent could not see the end of this process
        for pipe in (source, sink):
            os.dup2(nothing, pipe.fileno(), inheritable=False)

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forget)
    return source, sink


def _die_with_parent() -> None:
    """On Linux, end with the seat's thread also while a task holds the interpreter lock and so stops the reader."""
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _read_tasks(source: IO[bytes], tasks: SimpleQueue[tuple[int, bytes, bytes]]) -> None:
    try:
        while True:
            number, function, arguments = REQUEST.unpack(read(source, REQUEST.size))
            tasks.put((number, read(source, function), read(source, arguments)))
    finally:
        os._exit(0)  # the parent is gone: so is the reason to finish a task


def _answer(sink: IO[bytes], functions: Recent[Any], tasks: SimpleQueue[tuple[int, bytes, bytes]]) -> None:
    try:
        call = _load_call(functions, *tasks.get())
    except BaseException as error:
        error.add_note("(raised while a worker process unpickled the function and its arguments)")
        return _write(sink, ERROR, _pickle_error(error))
    _write(sink, STARTED, b"")
    try:
        reply = RESULT, dump(call(), "the task's result")
    except BaseException as error:
        reply = ERROR, _pickle_error(error)
    _write(sink, *reply)


def _load_call(functions: Recent[Any], number: int, pickled: bytes, arguments: bytes) -> Callable[[], Any]:
    if pickled:
        functions.put(number, pickled)
    function: Any = functions.get(number)
    if isinstance(function, bytes):  # new, or its loading failed before: try again
        function = pickle.loads(function)
        functions.put(number, function)
    args, kwargs = pickle.loads(arguments)
    return functools.partial(function, *args, **kwargs)


def _pickle_error(error: BaseException) -> bytes:
    summary = traceback.format_exception_only(error)[-1].strip()
    try:
        pickled = dump(error, f"the task's error ({summary})")
    except RuntimeError as failure:
        pickled = pickle.dumps(RuntimeError(*failure.args))
    return pickle.dumps((pickled, summary, "".join(traceback.format_exception(error))))


def _write(sink: IO[bytes], kind: bytes, payload: bytes) -> None:
    sink.write(REPLY.pack(kind, len(payload)))
    sink.write(payload)
    sink.flush()
