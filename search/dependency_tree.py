"""Estimation of distributions by a dependency tree: every decision depends on the one that tells most about it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spaces import Space, Unsatisfied
from ..spaces.addresses import Guided
from .decision_distributions import DecisionDistribution, Sampler, Site
from .distribution_search import DistributionSearch
from .trials import Trial

_MOST_OPTIONS = 32
_ATTEMPTS = 20


def mutual_information(codes: NDArray[np.intp], sizes: Sequence[int]) -> NDArray[np.float64]:
    """I(X, Y) = sum p(x, y) log(p(x, y) / (p(x) p(y))) of every two variables, in nats; shape (v, v).

    `codes` has shape (samples, v); variable j takes the values 0 .. sizes[j] - 1.

    >>> mutual_information(np.array([[0, 0], [1, 1]]), [2, 2]).round(3).tolist()
    [[0.693, 0.693], [0.693, 0.693]]
    """
    joint = joint_shares(codes, sizes)
    alone = np.diag(joint)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(joint > 0, joint * np.log(joint / np.outer(alone, alone)), 0.0)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return np.asarray(np.add.reduceat(np.add.reduceat(terms, starts, axis=0), starts, axis=1))


def joint_shares(codes: NDArray[np.intp], sizes: Sequence[int]) -> NDArray[np.float64]:
    """The share of samples in which each two values stand together; shape (sum of sizes, sum of sizes)."""
    samples = len(codes)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    indicators = np.zeros((samples, sum(sizes)))
    indicators[np.arange(samples)[:, None], codes + starts] = 1.0
    return np.asarray(indicators.T @ indicators / samples)


def maximum_spanning_tree(weights: NDArray[np.float64]) -> list[tuple[int, int]]:
    """The edges (parent, child) of the tree of greatest total weight, from node 0 outwards (Prim).

    >>> maximum_spanning_tree(np.array([[0.0, 1.0, 3.0], [1.0, 0.0, 2.0], [3.0, 2.0, 0.0]]))
    [(0, 2), (2, 1)]
    """
    n = len(weights)
    nearest, parent = weights[0].copy(), np.zeros(n, dtype=int)
    inside = np.zeros(n, dtype=bool)
    inside[0], edges = True, []
    for _ in range(n - 1):
        child = int(np.argmax(np.where(inside, -np.inf, nearest)))
        edges.append((int(parent[child]), child))
        inside[child] = True
        closer = ~inside & (weights[child] > nearest)
        parent[closer], nearest[closer] = child, weights[child][closer]
    return edges


class Tree:
    """A Chow-Liu tree: P(x) = P(x_root) times the product of P(x_child | x_parent).

    `prior` is how many samples the marginal of a child counts for beside the samples with a value of its parent.
    """

    def __init__(self, codes: NDArray[np.intp], sizes: Sequence[int], prior: float) -> None:
        joint = joint_shares(codes, sizes)
        starts = [0, *np.cumsum(sizes).tolist()]
        alone = np.diag(joint)
        self.edges = maximum_spanning_tree(mutual_information(codes, sizes))
        self.root = np.cumsum(alone[: sizes[0]]).tolist()
        self.tables: list[tuple[int, int, list[list[float]]]] = []
        for parent, child in self.edges:
            into = slice(starts[child], starts[child + 1])
            block = joint[starts[parent] : starts[parent + 1], into] * len(codes) + prior * alone[into]
            rows = np.cumsum(block / np.maximum(block.sum(axis=1, keepdims=True), 1e-300), axis=1)
            self.tables.append((parent, child, rows.tolist()))

    def draw(self, rng: Random) -> list[int]:
        """A value for each variable, parents first."""
        values = [0] * (len(self.edges) + 1)
        values[0] = _draw(self.root, rng)
        for parent, child, rows in self.tables:
            values[child] = _draw(rows[values[parent]], rng)
        return values


def _draw(reached: list[float], rng: Random) -> int:
    return min(bisect_right(reached, rng.random() * reached[-1]), len(reached) - 1)


@dataclass
class TreeOfDecisions:
    """A Chow-Liu tree over the decisions with few options, and marginals for all others.

    A decision that a member does not have counts as a value of its own. The `most` decisions with the largest entropy
    stand in the tree. With probability `floor` a decision is drawn from its marginal instead, so that no option dies.
    """

    most: int = 60
    prior: float = 1.0
    floor: float = 0.02

    def __post_init__(self) -> None:
        if self.most < 1 or self.prior < 0 or not 0 <= self.floor < 1:
            raise ValueError(f"{self!r}: most must be at least 1, prior at least 0, and floor lie in [0, 1)")

    def start(self, space: Space, rng: Random) -> None:
        self.space, self.rng = space, rng
        self.distribution = DecisionDistribution(rng, self.floor)
        self.sites: list[Site] = []
        self.tree: Tree | None = None

    def draw(self) -> Any:
        for _ in range(_ATTEMPTS if self.tree is not None else 0):
            try:
                return self.space.decide(Guided(Sampler(self.distribution, self._wanted())))
            except Unsatisfied:
                continue
        return self.distribution.draw(self.space)

    def _wanted(self) -> dict[Site, int]:
        """What the tree wants at each site; a value beyond the options means that it wants none."""
        assert self.tree is not None
        wanted, random, floor = self.tree.draw(self.rng), self.rng.random, self.floor
        return {site: value for site, value in zip(self.sites, wanted, strict=True) if random() >= floor}

    def learn(self, selected: Sequence[Trial]) -> None:
        observed = [self.distribution.observe(self.space, trial.program) for trial in selected]
        self.distribution.learn(observed, 1.0)
        self.sites = self._most_uncertain(observed)
        self.tree = None
        if len(self.sites) > 1:
            codes = [[member.get(site, site[2]) for site in self.sites] for member in observed]
            self.tree = Tree(np.array(codes, dtype=np.intp), [site[2] + 1 for site in self.sites], self.prior)

    def _most_uncertain(self, observed: Sequence[dict[Site, Any]]) -> list[Site]:
        """The sites with few options whose outcomes differ most, in the order of decisions."""
        sites = list(dict.fromkeys(site for member in observed for site in member if 1 < site[2] <= _MOST_OPTIONS))
        if len(sites) <= self.most:
            return sites
        entropies = [_entropy([member.get(site, -1) for member in observed]) for site in sites]
        kept = sorted(range(len(sites)), key=lambda i: -entropies[i])[: self.most]
        return [sites[i] for i in sorted(kept)]


def _entropy(outcomes: list[int]) -> float:
    shares = np.unique(outcomes, return_counts=True)[1] / len(outcomes)
    return float(-(shares * np.log(shares)).sum())


def DependencyTree(  # noqa: N802
    population: int = 100,
    *,
    elite: float = 0.3,
    most: int = 60,
    prior: float = 1.0,
    floor: float = 0.02,
    keep: int = 0,
) -> DistributionSearch:
    """Estimation of distributions by a Chow-Liu tree over the decisions of the selected members.

    Source: Chow, Liu, 1968, Approximating Discrete Probability Distributions with Dependence Trees, IEEE TIT 14;
    Baluja, Davies, 1997, Using Optimal Dependency-Trees for Combinatorial Optimization, ICML.
    Differs: on any space; the tree is refitted to each selection, and marginals stand in where it does not reach.
    """
    return DistributionSearch(TreeOfDecisions(most, prior, floor), population, elite, keep)
