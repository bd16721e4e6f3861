"""Windows of rows: as many in a row as a scratchpad is sure to hold."""

from __future__ import annotations

import numpy as np

from .sparse_matrices import Integers


def window_starts(bounds: Integers, rows: int, capacity: int) -> Integers:
    """Where windows begin among rows with `bounds` (n,), and n at the end: (windows + 1,).

    Each takes rows until it has `rows` of them, or until the next would bring the sum of bounds above `capacity`; a
    row whose bound alone is above it has a window of its own. Raises `ValueError` for sizes below 1.

    >>> window_starts(np.array([2, 2, 3, 9, 1]), rows=3, capacity=5).tolist()
    [0, 2, 3, 4, 5]
    """
    if rows < 1 or capacity < 1:
        raise ValueError(f"window_starts(rows={rows}, capacity={capacity}): both must be at least 1")
    ends = np.concatenate([[0], np.cumsum(bounds)])
    here = np.arange(len(bounds))
    fitting = np.searchsorted(ends, ends[:-1] + capacity, side="right") - 1
    following = np.maximum(np.minimum(fitting, here + rows), here + 1).tolist()
    starts = [0]
    at = 0
    while at < len(bounds):
        at = following[at]
        starts.append(at)
    return np.array(starts)
