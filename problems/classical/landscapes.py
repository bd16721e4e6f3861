"""NK landscapes: random landscapes whose ruggedness is set by how many bits each contribution depends on."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from ...search import Problem
from ...spaces import Mask
from ..instance_names import instance_name
from .instances import BRUTE_FORCE_BITS, Bits, Floats, Integers, all_bit_strings, at_least

_HARDEST = 8  # neighbours up to which dynamic programming finds the optimum at once


@dataclass(frozen=True, eq=False)
class Landscape:
    """Contributions `table[i, number of the bits at inputs[i]]`; the loss is 1 minus their mean.

    Shapes: `inputs` (n, k + 1), the bit itself first; `table` (n, 2**(k + 1)).
    """

    inputs: Integers
    table: Floats

    def __post_init__(self) -> None:
        width = self.inputs.shape[1]
        object.__setattr__(self, "_powers", 1 << np.arange(width - 1, -1, -1))
        object.__setattr__(self, "_rows", np.arange(len(self.inputs)))

    def __call__(self, bits: Bits) -> float:
        return float(1.0 - self.table[self._rows, bits[self.inputs] @ self._powers].mean())  # type: ignore[attr-defined]

    def best(self) -> float:
        """The least loss, by trying every string."""
        return min(map(self, all_bit_strings(len(self.inputs))))

    def best_of_ring(self) -> float:
        """The least loss where bit i depends on itself and the next k ones in the ring, by dynamic programming.

        The state is the last k bits seen; the first k bits are kept beside it, until the ring closes.
        """
        n, k = len(self.inputs), self.inputs.shape[1] - 1
        size = 1 << k
        gain = np.full((size, size), -np.inf)  # [first k bits, bits i to i + k - 1]
        np.fill_diagonal(gain, 0.0)
        for i in range(n - k):
            gain = _shifted(gain, self.table[i], size)
        for i in range(n - k, n):  # the bit that enters is one of the first k, in their order
            known = np.arange(size) >> (k - 1 - (i - (n - k))) & 1
            gain = _shifted(gain, self.table[i], size, known)
        return float(1.0 - np.max(np.diagonal(gain)) / n)


def _shifted(gain: Floats, table: Floats, size: int, known: Integers | None = None) -> Floats:
    """The best gains after one more contribution: bit i leaves the state, bit i + k enters; `known` says which."""
    states = np.arange(size)
    after = np.full_like(gain, -np.inf)
    for bit in (0, 1):
        total = gain + table[2 * states + bit]
        if known is not None:
            total = np.where((known == bit)[:, None], total, -np.inf)
        into = (2 * states + bit) % size
        half = size // 2  # the states s and s + half, which differ in the bit that leaves, become the same
        after[:, into[:half]] = np.maximum(total[:, :half], total[:, half:]) if half else total
    return after


def nk_landscape(n: int = 64, k: int = 4, seed: int = 0, neighbours: str = "ring") -> Problem:
    """A landscape of `n` bits, each contributing a uniform random number that depends on it and `k` others.

    The loss is 1 minus the mean contribution. `neighbours`: "ring", the next k bits, for which the optimum is found by
    dynamic programming; or "random" ones, for which it is known up to 16 bits.
    Source: Kauffman, Levin, 1987, Towards a general theory of adaptive walks on rugged landscapes, J. Theor. Biol. 128.

    >>> problem = nk_landscape(8, 2)
    >>> round(problem.best_known, 9) == round(problem.evaluate.best(), 9)
    True
    """
    at_least(1, n=n, k=k)
    if k >= n or neighbours not in ("ring", "random"):
        raise ValueError(f"n={n}, k={k}, neighbours={neighbours!r}: k must be below n, neighbours 'ring' or 'random'")
    rng = Random(seed)
    ring = [[(i + j) % n for j in range(k + 1)] for i in range(n)]
    drawn = [[i, *rng.sample([j for j in range(n) if j != i], k)] for i in range(n)] if neighbours == "random" else ring
    table = np.array([[rng.random() for _ in range(1 << (k + 1))] for _ in range(n)])
    landscape = Landscape(np.array(drawn), table)
    best = None
    if neighbours == "ring" and k <= _HARDEST:
        best = landscape.best_of_ring()
    elif n <= BRUTE_FORCE_BITS:
        best = landscape.best()
    return Problem(
        instance_name("classical/nk_landscape", n=(n, 64), k=(k, 4), seed=(seed, 0), neighbours=(neighbours, "ring")),
        Mask(n),
        landscape,
        best_known=best,
        source="Kauffman, Levin, 1987, Journal of Theoretical Biology 128",
    )
