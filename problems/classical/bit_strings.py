"""Functions of bit strings with known structure: one-max, leading ones, concatenated traps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...search import Problem
from ...spaces import Mask
from ..instance_names import instance_name
from .instances import Bits, at_least


def zeros(bits: Bits) -> int:
    """How many bits are zero."""
    return int(bits.size - np.count_nonzero(bits))


def after_leading_ones(bits: Bits) -> int:
    """How many bits follow the leading run of ones."""
    return 0 if bits.all() else int(bits.size - np.argmin(bits))


@dataclass(frozen=True)
class Traps:
    """Blocks of `k` bits: a block of all ones costs 0, one with u < k ones costs 1 + u, so that ones mislead."""

    k: int

    def __call__(self, bits: Bits) -> int:
        ones = np.count_nonzero(bits.reshape(-1, self.k), axis=1)
        return int(np.where(ones == self.k, 0, ones + 1).sum())


def one_max(n: int = 64) -> Problem:
    """Make all of `n` bits ones; the loss is the number of zeros.

    Source: Ackley, 1987, A Connectionist Machine for Genetic Hillclimbing.

    >>> problem = one_max(4)
    >>> problem.evaluate(np.array([True, False, True, True])), problem.best_known
    (1, 0.0)
    """
    at_least(1, n=n)
    source = "Ackley, 1987, A Connectionist Machine for Genetic Hillclimbing"
    return Problem(instance_name("classical/one_max", n=(n, 64)), Mask(n), zeros, best_known=0.0, source=source)


def leading_ones(n: int = 64) -> Problem:
    """Make a run of ones from the left; the loss is the number of bits that do not belong to it.

    Source: Rudolph, 1997, Convergence Properties of Evolutionary Algorithms.

    >>> leading_ones(4).evaluate(np.array([True, True, False, True]))
    2
    """
    at_least(1, n=n)
    source = "Rudolph, 1997, Convergence Properties of Evolutionary Algorithms"
    return Problem(
        instance_name("classical/leading_ones", n=(n, 64)), Mask(n), after_leading_ones, best_known=0.0, source=source
    )


def concatenated_traps(n: int = 64, k: int = 4) -> Problem:
    """Blocks of `k` bits in each of which all bits but the last steps lead away from the optimum, all ones.

    The loss of a block with u ones is 0 for u = k and 1 + u otherwise. Raises `ValueError` where k does not divide n.
    Source: Deb, Goldberg, 1993, Analyzing Deception in Trap Functions, Foundations of Genetic Algorithms 2.

    >>> concatenated_traps(8).evaluate(np.array([True] * 4 + [True] * 3 + [False]))
    4
    """
    at_least(2, n=n, k=k)
    if n % k:
        raise ValueError(f"n={n}, k={k}: the blocks of k bits must fill the string: choose n as a multiple of k")
    name = instance_name("classical/concatenated_traps", n=(n, 64), k=(k, 4))
    source = "Deb, Goldberg, 1993, Analyzing Deception in Trap Functions, Foundations of Genetic Algorithms 2"
    return Problem(name, Mask(n), Traps(k), best_known=0.0, source=source)
