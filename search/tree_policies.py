"""Parts of a tree search: how a node is valued, and which of its children is visited next."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol, runtime_checkable

from ..spaces.choosers import Question
from .grades import Grades
from .tree import Node, Scale, Statistics
from .trials import Trial

#: The value of a node, to be minimised: `mean_grade` or `best_grade`.
Backup = Callable[[Statistics, Grades], float]

#: The weights of the answers to a question, one for each, in any positive scale.
Prior = Callable[[Question], Sequence[float]]


@runtime_checkable
class LearningPolicy(Protocol):
    """A policy that draws, and learns from every trial that passes through the tree: see `DoubleQ`."""

    def start(self, rng: Random) -> None:
        """Begin with nothing learned."""

    def learn(self, path: Sequence[Node], trial: Trial) -> None:
        """The outcome of a trial, and its way through the tree from the root on."""

    def carry_on(self, former: LearningPolicy) -> None:
        """Take over what the policy of a former search of the same space has learned."""


def mean_grade(node: Statistics, grades: Grades) -> float:
    """The mean of all trials below a node: what a random continuation is worth."""
    return Statistics.mean(node, grades)


def best_grade(node: Statistics, grades: Grades) -> float:
    """The best of all trials below a node: right where one good member is wanted and nothing is random."""
    return node.least(grades)


def in_flight(node: Node) -> float:
    """The value of a node where every trial in flight counts as the worst feasible one: a virtual loss.

    Source: Chaslot, Winands, van den Herik, 2008, Parallel Monte-Carlo Tree Search, CG.
    """
    told = node.value * node.visits if node.visits else 0.0
    return (told + node.pending) / (node.visits + node.pending)


@dataclass(frozen=True)
class UpperConfidence:
    """The child with the least `value - exploration * sqrt(ln N / n)`; those without a visit come first.

    Source: Kocsis, Szepesvari, 2006, Bandit Based Monte-Carlo Planning, ECML.
    """

    exploration: float = 2**0.5

    def __post_init__(self) -> None:
        _check_exploration(self, self.exploration)

    def __call__(self, node: Node, room: bool, backup: Backup, scale: Scale) -> Node | None:
        """One of the open children, or None for a new one where there is room."""
        if room:
            return None
        chosen, least, version = None, math.inf, scale.version
        factor = self.exploration * math.sqrt(math.log(node.visits + node.pending + 1))
        for child in node.open.values():
            if child.version != version:
                child.refresh(backup, scale)
            if child.pending:
                bound = in_flight(child) - factor / math.sqrt(child.visits + child.pending)
            else:
                bound = child.value - factor * child.spread
            if bound < least:
                chosen, least = child, bound
        return chosen


@dataclass(frozen=True)
class PriorConfidence:
    """The answer with the least `value - exploration * P * sqrt(N) / (1 + n)`; one never tried has its parent's value.

    Source: Silver, Huang, Maddison and others, 2016, Mastering the Game of Go with Deep Neural Networks and Tree
    Search, Nature 529, after Rosin, 2011, Multi-armed Bandits with Episode Context, AMAI 61.
    Differs: an answer that was never tried is worth what its parent is, as later versions have it.
    """

    exploration: float = 1.25

    def __post_init__(self) -> None:
        _check_exploration(self, self.exploration)

    def __call__(self, node: Node, room: bool, backup: Backup, scale: Scale) -> Node | None:
        """One of the open children, or None for a new one where there is room."""
        if room and node.prior is None:
            return None
        factor = self.exploration * math.sqrt(node.visits + node.pending + 1)
        chosen, least = None, math.inf
        if room and node.prior is not None:
            least = (backup(node, scale) if node.visits else 1.0) - factor * node.prior[node.untried[-1]]
        even = 1.0 / (len(node.open) or 1)
        for child in node.open.values():
            if child.version != scale.version:
                child.refresh(backup, scale)
            share = even if node.prior is None else child.share
            value = in_flight(child) if child.pending else child.value
            bound = value - factor * share / (1 + child.visits + child.pending)
            if bound < least:
                chosen, least = child, bound
        return chosen


def _check_exploration(part: object, exploration: float) -> None:
    if not 0 <= exploration < math.inf:
        raise ValueError(f"{part}: exploration must be a finite number and not negative")


def own_weights(question: Question) -> Sequence[float]:
    """The prior that a hole brings along: its weights, or all alike."""
    assert question.options is not None
    return question.weights if question.weights is not None else [1.0] * question.options


def shares(prior: Prior, question: Question) -> list[float]:
    """What a prior gives for a question, scaled to a sum of 1; raises `ValueError` for what is no distribution."""
    weights = [float(weight) for weight in prior(question)]
    total = math.fsum(weights)
    if len(weights) != question.options:
        why = f"{len(weights)} weights"
    elif not all(0 <= weight < math.inf for weight in weights) or not 0 < total < math.inf:
        why = f"the weights {weights}"
    else:
        return [weight / total for weight in weights]
    raise ValueError(
        f"the prior gave {why} for {question.hole!r}: it must give {question.options} numbers, one for each option, "
        "none negative or infinite and not all of them 0"
    )
