"""Work on many formulas, shared among threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from .formula import Formula

T = TypeVar("T")


def in_threads(call: Callable[[Sequence[Formula], int], T], formulas: Sequence[Formula], threads: int) -> list[T]:
    """What `call` gives for consecutive parts of one or more formulas and the places where these begin, in order.

    Kernels run without Python's global lock, so that threads gain time. Raises `ValueError` for less than one thread.
    """
    if not isinstance(threads, int) or threads < 1:
        raise ValueError(f"threads={threads!r}: at least one thread is needed")
    parts = min(threads, len(formulas))
    if parts == 1:
        return [call(formulas, 0)]
    bounds = [len(formulas) * i // parts for i in range(parts + 1)]
    with ThreadPoolExecutor(parts) as pool:
        return list(pool.map(lambda i: call(formulas[bounds[i] : bounds[i + 1]], bounds[i]), range(parts)))
