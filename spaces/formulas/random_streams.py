"""Random numbers inside kernels: one generator in whole numbers, which gives the same on every machine."""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray

from .compiled import compiled_beneath, compiled_inside

#: The state of a stream: two numbers, which every draw changes.
Stream = NDArray[np.int64]

M1, A1 = 2147483563, 40014
M2, A2 = 2147483399, 40692
#: Draws lie below it.
SPAN = M1 - 1


def stream_from(rng: Random) -> Stream:
    """A stream that begins where `rng` says."""
    bits = rng.getrandbits(62)
    return np.array([1 + (bits & 0x7FFFFFFF) % (M1 - 1), 1 + (bits >> 31) % (M2 - 1)], dtype=np.int64)


@compiled_inside
def drawn(stream: Stream) -> int:
    """The next number of a stream, from 0 to below `SPAN`: the difference of two multiplicative generators.

    Source: L'Ecuyer, 1988, Efficient and Portable Combined Random Number Generators, doi:10.1145/62959.62969.
    """
    stream[0] = stream[0] * A1 % M1
    stream[1] = stream[1] * A2 % M2
    return int((stream[0] - stream[1]) % SPAN)


@compiled_inside
def uniform(stream: Stream) -> float:
    """A uniform number in [0, 1) with 62 random bits."""
    return (drawn(stream) + drawn(stream) / SPAN) / SPAN


@compiled_beneath
def bell(stream: Stream) -> float:
    """Nearly a standard normal number: twelve uniform ones less six, so that no library's logarithm matters."""
    total = 0.0
    for _ in range(12):
        total += drawn(stream) / SPAN
    return total - 6.0
