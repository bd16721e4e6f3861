"""Double Q-learning along the decisions of a tree search: two tables, each judging what the other would choose."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from .portfolio import Ranks
from .tree import Node, Scale, key_of
from .tree_policies import Backup, LearningPolicy
from .trials import Trial

#: How many trials a rank is counted among, and what one rank less is worth.
_WINDOW, _DECAY = 50, 0.7


class Answers:
    """What both tables say of the answers to one question, and of the questions that follow: a trie over decisions."""

    __slots__ = ("below", "values")

    def __init__(self) -> None:
        self.values: dict[Hashable, list[float]] = {}
        self.below: dict[Hashable, Answers] = {}

    def total(self, answer: Hashable) -> float:
        """The sum of both tables, 0 for an answer that was never given."""
        return sum(self.values.get(answer, ()))

    def most(self, table: int) -> float:
        """The largest value in one table, 0 where there is none."""
        return max([pair[table] for pair in self.values.values()], default=0.0)

    def along(self, answers: Sequence[Hashable]) -> list[Answers]:
        """The places of these answers, one after the other from here on; made where they are new."""
        places: list[Answers] = []
        place = self
        for answer in answers:
            places.append(place)
            found = place.below.get(answer)
            if found is None:
                found = place.below[answer] = Answers()
            place = found
        return places


class DoubleTables(NamedTuple):
    """Two tables of values of answers, learned from sequences of answers and what they earned.

    A coin picks the table A that learns; the other one, B, values what follows:
    A[a] += rate * (step + discount * max_b B'[b] - A[a]), where B' holds the answers after a. The target of the last
    answer is the reward. Later answers learn first.

    >>> tables, rng = DoubleTables(Answers(), rate=0.5), Random(0)
    >>> for _ in range(20):
    ...     tables.learn(["left"], 0.0, rng)
    ...     tables.learn(["right"], 1.0, rng)
    >>> tables.root.total("right") > 1.9 > tables.root.total("left")
    True

    Source: van Hasselt, 2010, Double Q-learning, NeurIPS. Differs: the best value counts, not the value of the best.
    """

    root: Answers
    rate: float = 1e-3
    discount: float = 0.95
    step: float = -0.1

    def learn(self, answers: Sequence[Hashable], reward: float, rng: Random) -> None:
        """Learn what a sequence of answers earned."""
        places = self.root.along(answers)
        following: Answers | None = None
        for place, answer in zip(reversed(places), reversed(answers), strict=True):
            table = int(rng.random() * 2)
            target = reward if following is None else self.step + self.discount * following.most(1 - table)
            pair = place.values.setdefault(answer, [0.0, 0.0])
            pair[table] += self.rate * (target - pair[table])
            following = place


def inverse_loss(loss: float) -> float:
    """1 / (1 + loss), goes on evenly below 0: falls everywhere, from 2 to 0.

    >>> inverse_loss(0.0), inverse_loss(3.0), inverse_loss(-1.0)
    (1.0, 0.25, 1.5)
    """
    return 1 / (1 + loss) if loss >= 0 else 2 - 1 / (1 - loss)


@dataclass
class DoubleQ:
    """A policy of tree search: answers given fewer than `few` times come first, by chance; after that, with probability
    `greedy`, P(a) ~ exp((A[a] + B[a]) / temperature), and any answer else.

    The tables learn along the way of each trial through the tree, with the step to its leaf as the last one. It earns
    1 / (1 + loss), or with `ranks` 0.7 to the power of its rank among the last 50 trials; 0 where it failed or is
    infeasible. What is learned is carried over to as many as `runs` searches, then forgotten.

    >>> from inlay.search import maximize
    >>> from inlay.search.tree_search import MonteCarloTreeSearch
    >>> from inlay.spaces import Choice, space
    >>> digits = space([Choice(0, 1, 2, 3)] * 3)
    >>> maximize(sum, digits, strategy=MonteCarloTreeSearch(DoubleQ()), trials=64, seed=0).best.score
    9.0

    Source: Xu, Liu, Sun, 2024, Reinforcement Symbolic Regression Machine, ICLR, arXiv:2305.14656.
    Differs: values are learned within the tree, not along what a rollout decides; ranks may take the place of losses.
    """

    rate: float = 1e-3
    discount: float = 0.95
    step: float = -0.1
    greedy: float = 0.6
    few: int = 10
    temperature: float = 1.0
    ranks: bool = False
    runs: int = 25

    def __post_init__(self) -> None:
        if not (0 < self.rate <= 1 and 0 <= self.discount <= 1 and 0 <= self.greedy <= 1):
            raise ValueError(f"{self}: rate lies in (0, 1], discount and greedy in [0, 1]")
        if not (self.few >= 1 and self.runs >= 1 and 0 < self.temperature < math.inf):
            raise ValueError(f"{self}: few and runs must be at least 1 and the temperature positive")

    def start(self, rng: Random) -> None:
        """Begin with empty tables."""
        self.rng, self.run = rng, 1
        self.tables = DoubleTables(Answers(), self.rate, self.discount, self.step)
        self.recent = Ranks(_WINDOW, _DECAY)

    def carry_on(self, former: LearningPolicy) -> None:
        """Take over the tables of a former search, unless they have served `runs` of them."""
        if isinstance(former, DoubleQ) and former.run < self.runs:
            self.tables, self.recent, self.run = former.tables, former.recent, former.run + 1

    # -- choosing ------------------------------------------------------------------------------------------------------

    def __call__(self, node: Node, room: bool, backup: Backup, scale: Scale) -> Node | None:
        """One of the open children, or None for a new one where there is room."""
        given = list(node.open.values())
        rare = [child for child in given if child.visits + child.pending < self.few]
        new = self._untried(node) if room else 0.0
        if new or rare:
            place = int(self.rng.random() * (new + len(rare)))
            return rare[place] if place < len(rare) else None
        if not given:
            return None
        if node.learned is not None and self.rng.random() < self.greedy:
            return self._drawn(node.learned, given)
        return given[int(self.rng.random() * len(given))]

    def _untried(self, node: Node) -> float:
        """How many answers were never given, as a number that can be multiplied."""
        return float(min(node.options - len(node.children), 1e300))

    def _drawn(self, learned: Answers, given: Sequence[Node]) -> Node:
        """A child by its values."""
        totals = [learned.total(key_of(child.decision)) / self.temperature for child in given]
        highest = max(totals)
        return self.rng.choices(given, [math.exp(total - highest) for total in totals])[0]

    # -- learning ------------------------------------------------------------------------------------------------------

    def learn(self, path: Sequence[Node], trial: Trial) -> None:
        """The outcome of a trial, and its way through the tree."""
        answers = [key_of(node.decision) for node in path[1:]]
        self.tables.learn(answers, self._reward(trial), self.rng)
        for node, place in zip(path, self.tables.root.along(answers), strict=False):  # the leaf has no answers yet
            node.learned = place

    def _reward(self, trial: Trial) -> float:
        if trial.state != "done" or trial.violation:
            return 0.0
        return 1.0 - self.recent.loss(trial) if self.ranks else inverse_loss(trial.losses[0])
