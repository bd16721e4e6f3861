"""The permutation flow shop: jobs pass all machines in the same order, and the last one should finish early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from ...search import Problem
from ...spaces import Permutation
from ..instance_names import instance_name
from .instances import Integers, at_least

_BRUTE_FORCE = 7
_MODULUS, _FACTOR = (1 << 31) - 1, 16807

#: The best makespans by (jobs, machines, seed of the published generator), proven optimal.
KNOWN_MAKESPANS = {(20, 5, 873654221): 1278.0, (20, 5, 379008056): 1359.0, (20, 5, 1866992158): 1081.0}


@dataclass(frozen=True, eq=False)
class Shop:
    """Processing times of shape (machines, jobs); the loss is the makespan of the jobs in the given order."""

    times: Integers

    def __call__(self, order: Sequence[int]) -> int:
        finished = np.zeros(len(order), dtype=np.int64)
        for row in self.times[:, np.asarray(order)]:
            ends = row.cumsum()
            finished = ends + np.maximum.accumulate(finished - (ends - row))
        return int(finished[-1])

    def best(self) -> int:
        """The least makespan, by trying every order."""
        return min(map(self, permutations(range(self.times.shape[1]))))

    def by_insertion(self) -> list[int]:
        """Jobs by decreasing total time, each inserted where the makespan grows least (Nawaz, Enscore, Ham, 1983)."""
        order: list[int] = []
        for job in np.argsort(-self.times.sum(axis=0), kind="stable").tolist():
            tries = [[*order[:i], job, *order[i:]] for i in range(len(order) + 1)]
            order = min(tries, key=self)
        return order


def published_times(jobs: int, machines: int, seed: int) -> Integers:
    """Processing times in 1 to 99 by the published generator: x -> 16807 x mod 2^31 - 1, machine after machine.

    Source: Taillard, 1993, Benchmarks for basic scheduling problems, European Journal of Operational Research 64.

    >>> published_times(20, 5, 873654221)[0, :4].tolist()
    [54, 83, 15, 71]
    """
    drawn = []
    for _ in range(jobs * machines):
        seed = _FACTOR * seed % _MODULUS
        drawn.append(1 + 99 * seed // _MODULUS)
    return np.array(drawn, dtype=np.int64).reshape(machines, jobs)


def flow_shop(jobs: int = 20, machines: int = 5, seed: int = 873654221) -> Problem:
    """Order `jobs` on `machines` so that the last job finishes early; the loss is the makespan.

    The standard instance is the first of 20 jobs and 5 machines of the published benchmark, ta001, whose optimum is
    1278. The optimum is found by trying all orders up to 7 jobs. The published point inserts jobs one by one.
    Source: Taillard, 1993, Benchmarks for basic scheduling problems, European Journal of Operational Research 64;
    Nawaz, Enscore, Ham, 1983, Omega 11.

    >>> flow_shop().evaluate(range(20)), flow_shop().best_known
    (1448, 1278.0)
    """
    at_least(1, jobs=jobs, machines=machines)
    if not 0 < seed < _MODULUS:
        raise ValueError(f"seed={seed}: the published generator takes seeds from 1 to 2^31 - 2")
    shop = Shop(published_times(jobs, machines, seed))
    exact = float(shop.best()) if jobs <= _BRUTE_FORCE else KNOWN_MAKESPANS.get((jobs, machines, seed))
    return Problem(
        instance_name("classical/flow_shop", jobs=(jobs, 20), machines=(machines, 5), seed=(seed, 873654221)),
        Permutation(range(jobs)),
        shop,
        published={"insertion of Nawaz, Enscore and Ham": shop.by_insertion()},
        best_known=exact,
        source="Taillard, 1993, European Journal of Operational Research 64; Nawaz, Enscore, Ham, 1983, Omega 11",
    )
