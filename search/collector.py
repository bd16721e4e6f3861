"""The garbage collector while candidates are made by the ten thousand, and all of them are kept."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: New objects before the collector looks at the youngest, and how many looks before it goes on to the older ones.
RARELY = (50_000, 20, 100)


@contextmanager
def rarely_collecting() -> Iterator[None]:
    """Let the collector look for garbage rarely: a trial is kept, and each look visits it again.

    What the caller has set is never made stricter, and stands again in the end.

    >>> with rarely_collecting():
    ...     gc.get_threshold()
    (50000, 20, 100)
    """
    before = gc.get_threshold()
    if before[0]:  # zero: the caller has turned it off
        gc.set_threshold(*map(max, before, RARELY))
    try:
        yield
    finally:
        gc.set_threshold(*before)
