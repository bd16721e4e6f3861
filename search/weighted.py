"""Weighted values: a value and the logarithm of its weight, the second block of inference."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

X = TypeVar("X")


@dataclass(frozen=True, slots=True)
class Weighted(Generic[X]):
    """A value that counts exp(log_weight) times.

    >>> Weighted("a").scored(-1.5).scored(-0.5)
    Weighted(value='a', log_weight=-2.0)
    """

    value: X
    log_weight: float = 0.0

    def scored(self, log_factor: float) -> Weighted[X]:
        """The same value, its weight multiplied by exp(log_factor)."""
        return Weighted(self.value, self.log_weight + log_factor)


def log_sum(logs: Iterable[float]) -> float:
    """log(sum of exp(l)), without overflow; -inf for nothing.

    >>> round(log_sum([1000.0, 1000.0]) - 1000, 6)
    0.693147
    """
    known = list(logs)
    top = max(known, default=-math.inf)
    if top in (-math.inf, math.inf):
        return top
    return top + math.log(sum(math.exp(one - top) for one in known))
