"""Caches of experts: what LRU, LFU, pinning and Belady's optimum find in a trace, and Che's approximation."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from heapq import heappop, heappush

import numpy as np
from numpy.typing import ArrayLike, NDArray

Trace = Sequence[int]
Bits = NDArray[np.bool_]


def lru_hits(trace: Trace, size: int) -> Bits:
    """Which accesses find their expert in a cache that drops the one not used for longest.

    >>> lru_hits([0, 1, 0, 2, 1, 0], 2).tolist()
    [False, False, True, False, False, False]
    """
    cached: OrderedDict[int, None] = OrderedDict()
    hits = _all_misses("lru_hits", trace, size)
    for now, expert in enumerate(trace):
        if expert in cached:
            hits[now] = True
            cached.move_to_end(expert)
        else:
            if len(cached) == size:
                cached.popitem(last=False)
            cached[expert] = None
    return hits


def lfu_hits(trace: Trace, size: int) -> Bits:
    """Which accesses find their expert in a cache that drops the one used least often so far, of those the oldest.

    Uses are counted from the start, also those before an expert was dropped.

    >>> lfu_hits([0, 0, 1, 2, 0], 2).tolist()
    [False, True, False, False, True]
    """
    uses: Counter[int] = Counter()
    latest: dict[int, int] = {}
    cached: set[int] = set()
    hits = _all_misses("lfu_hits", trace, size)
    for now, expert in enumerate(trace):
        if expert in cached:
            hits[now] = True
        else:
            if len(cached) == size:
                cached.remove(min(cached, key=lambda each: (uses[each], latest[each])))
            cached.add(expert)
        uses[expert] += 1
        latest[expert] = now
    return hits


def pinned_hits(trace: Trace, size: int) -> Bits:
    """Which accesses find their expert where all but one place hold the most used ones of the trace for ever.

    The last place holds whichever other expert came last: what is fetched must lie somewhere.

    >>> pinned_hits([0, 1, 0, 2, 2, 0], 2).tolist()
    [False, False, True, False, True, True]
    """
    hits = _all_misses("pinned_hits", trace, size)
    pinned = {expert for expert, _ in Counter(trace).most_common(size - 1)}
    loaded, guest = set[int](), -1
    for now, expert in enumerate(trace):
        hits[now] = expert in loaded or expert == guest
        if expert in pinned:
            loaded.add(expert)
        else:
            guest = expert
    return hits


def belady_hits(trace: Trace, size: int) -> Bits:
    """Which accesses find their expert when the one whose next use is farthest is dropped: no policy finds more.

    >>> belady_hits([0, 1, 0, 2, 1, 0], 2).tolist()
    [False, False, True, False, True, False]

    Source: Belady, 1966, A Study of Replacement Algorithms for a Virtual-Storage Computer, doi:10.1147/sj.52.0078.
    """
    following, hits = _next_uses(trace), _all_misses("belady_hits", trace, size)
    cached: dict[int, int] = {}
    farthest: list[tuple[int, int]] = []
    for now, expert in enumerate(trace):
        if expert in cached:
            hits[now] = True
        elif len(cached) == size:
            while cached.get(farthest[0][1]) != -farthest[0][0]:  # an entry from before its expert was used again
                heappop(farthest)
            del cached[heappop(farthest)[1]]
        cached[expert] = following[now]
        heappush(farthest, (-following[now], expert))
    return hits


def _next_uses(trace: Trace) -> list[int]:
    """When the expert of each access is used again; after the end where it is not."""
    following, coming = [len(trace)] * len(trace), dict[int, int]()
    for now in reversed(range(len(trace))):
        following[now] = coming.get(trace[now], len(trace))
        coming[trace[now]] = now
    return following


def che_hit_rate(popularity: ArrayLike, size: int) -> float:
    """The hit rate of an LRU cache for independent accesses of these popularities, by Che's approximation.

    sum p_i (1 - exp(-p_i t)), where t solves sum (1 - exp(-p_i t)) = size. Raises `ValueError` for sizes below 1.

    >>> round(che_hit_rate([1] * 8, 4), 3), che_hit_rate([1] * 8, 8)
    (0.5, 1.0)

    Source: Che, Tung, Wang, 2002, Hierarchical Web Caching Systems, doi:10.1109/JSAC.2002.801752.
    """
    _at_least_one("che_hit_rate", size)
    shares = np.asarray(popularity, dtype=float)
    shares = shares / shares.sum()
    if size >= len(shares):
        return 1.0
    low, high = 0.0, 1.0
    while np.sum(1 - np.exp(-shares * high)) < size:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        below = np.sum(1 - np.exp(-shares * middle)) < size
        low, high = (middle, high) if below else (low, middle)
    return float(np.sum(shares * (1 - np.exp(-shares * low))))


def _all_misses(what: str, trace: Trace, size: int) -> Bits:
    _at_least_one(what, size)
    return np.zeros(len(trace), dtype=np.bool_)


def _at_least_one(what: str, size: int) -> None:
    if size < 1:
        raise ValueError(f"{what}(size={size}): a cache holds at least 1 expert")


#: The policies by name.
POLICIES = {"LRU": lru_hits, "LFU": lfu_hits, "pinned": pinned_hits}
