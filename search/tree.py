"""The tree of partial programs: a node is a prefix of decisions and what its trials have shown."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from ..spaces.choosers import Decision
from ..spaces.ranges import LogDecision
from .grades import FAILED, Grades
from .trials import Trial

#: Beyond it sums of losses might overflow.
_LARGEST = 1e150

#: How many of the best answers a node with very many remembers.
_ELITES = 4


class Scale(Grades):
    """Grades that say when they changed: `version` is another number then."""

    def __init__(self) -> None:
        super().__init__()
        self.version = 0

    def learn(self, trial: Trial) -> None:
        low, high = self.low, self.high
        super().learn(trial)
        self.version += (self.low, self.high) != (low, high)


class Statistics:
    """What trials have shown: losses are kept as they are and brought to one scale only when they are asked for.

    >>> seen, grades, trial = Statistics(), Grades(), Trial(0, None)
    >>> trial.state = "failed"
    >>> seen.add(trial, grades)
    >>> seen.mean(grades), seen.least(grades)
    (2.0, 2.0)
    """

    __slots__ = ("best", "graded", "losses", "total", "visits", "worst")

    def __init__(self) -> None:
        self.visits = self.losses = 0
        self.total = 0.0  # of the finite losses of feasible trials, of which there are `losses`
        self.graded = 0.0  # the sum of the grades of all others, which no scale changes
        self.best = math.inf  # the least feasible loss
        self.worst = FAILED  # the least grade among all others

    def add(self, trial: Trial, grades: Grades) -> None:
        """Count a told trial."""
        self.visits += 1
        if trial.state == "done" and (not trial.violations or trial.violation == 0.0):
            loss = trial.losses[0]
            if loss < self.best:
                self.best = loss
            if -_LARGEST < loss < _LARGEST:
                self.losses, self.total = self.losses + 1, self.total + loss
            else:
                self.graded += float(loss > 0)
        else:
            self.add_grade(grades.grade(trial))

    def add_grade(self, grade: float) -> None:
        """Count a grade from 1 to 2, of what is no feasible success."""
        self.graded, self.worst = self.graded + grade, min(self.worst, grade)

    def copy_from(self, other: Statistics) -> None:
        """Take over what another one has counted."""
        self.visits, self.losses = other.visits, other.losses
        self.total, self.graded, self.best, self.worst = other.total, other.graded, other.best, other.worst

    def mean(self, grades: Grades) -> float:
        """The mean grade, 0 where nothing is told."""
        graded, width = self.graded, grades.high - grades.low
        if self.losses and width > 0:
            share = (self.total / self.losses - grades.low) / width
            graded += self.losses * (0.0 if share < 0 else 1.0 if share > 1 else share)
        return graded / (self.visits or 1)

    def least(self, grades: Grades) -> float:
        """The best grade; 1 where nothing is told."""
        if self.best < math.inf:
            return grades.scaled(self.best)
        return self.worst if self.visits else 1.0


class Elites(list[tuple[float, Decision]]):
    """The best answers to a question with very many, each with its loss, from best to worst."""

    def learn(self, loss: float, decision: Decision) -> None:
        """Remember an answer, where it is among the best; one that is known already keeps its better loss."""
        if len(self) >= _ELITES and loss >= self[-1][0]:
            return
        key = key_of(decision)
        for i, (known, other) in enumerate(self):
            if key_of(other) == key:
                if loss >= known:
                    return
                del self[i]
                break
        insort(self, (loss, decision), key=lambda pair: pair[0])
        del self[_ELITES:]


class Node(Statistics):
    """A prefix of decisions. Its question is known once a second trial has passed; until then `suffix` holds what the
    one trial through it decided further on, so that the tree grows by one leaf a trial.

    `options` is how many answers the question has (`inf` for a continuous one); `open` holds the children that are not
    fully explored. `trail` is the path of the trial in flight that ends here. `elites` are the best answers to a
    question with very many; `learned` is what a learning policy knows of the answers. `value` is what the node is worth
    on the scale of that `version` (-1: it is to be valued anew), and `spread` is one over the root of its visits.
    """

    __slots__ = (
        "asked",
        "children",
        "closed",
        "decision",
        "elites",
        "exact",
        "learned",
        "open",
        "options",
        "pending",
        "prior",
        "share",
        "spread",
        "suffix",
        "trail",
        "untried",
        "value",
        "version",
    )

    def __init__(self, decision: Decision = 0) -> None:
        super().__init__()
        self.decision, self.pending = decision, 0
        self.value, self.spread, self.version = -math.inf, 1.0, -1
        self.asked = self.closed = False
        self.exact = True  # whether the decisions say everything about the member
        self.options: float = 0
        self.children = self.open = _NO_CHILDREN  # dictionaries of its own once it is asked
        self.suffix: Sequence[Decision] = ()
        self.trail: list[Node] | None = None
        self.prior: Sequence[float] | None = None  # of every answer
        self.untried: Sequence[int] = ()  # the answers by descending prior, where there is one
        self.share = 0.0  # of this answer in the prior
        self.elites: Elites | None = None
        self.learned: Any = None

    def ask(self, options: float, closes: bool) -> None:
        """Learn how many answers the question here has; the trial that ended here moves on into a child."""
        self.asked, self.options = True, options
        self.children, self.open = {}, {}
        if not self.suffix:
            return
        child = self.add_child(self.suffix[0])
        child.copy_from(self)
        child.pending, child.value, child.spread, child.version = self.pending, self.value, self.spread, self.version
        child.suffix, child.exact, child.trail = self.suffix[1:], self.exact, self.trail
        if self.trail is not None:
            self.trail.append(child)
        if not child.suffix and child.exact and (closes or not child.visits + child.pending):
            close([self, child])
        self.suffix, self.trail = (), None

    def add_child(self, decision: Decision) -> Node:
        """A new child, as yet without a question."""
        child = Node(decision)
        key = key_of(decision)
        self.children[key] = self.open[key] = child
        return child

    def child(self, decision: Decision) -> Node:
        """The child of a decision, a new one where there is none."""
        found = self.children.get(key_of(decision))
        if found is not None:
            return found
        if self.prior is not None:
            self.untried = [i for i in self.untried if i != decision]
        found = self.add_child(decision)
        if self.prior is not None:
            found.share = self.prior[decision]  # type: ignore[index]
        return found

    def expect(self, prior: Sequence[float]) -> None:
        """Take over the prior chances of all answers."""
        self.prior = prior
        self.untried = sorted((i for i in range(len(prior)) if i not in self.children), key=lambda i: (prior[i], -i))
        for child in self.children.values():
            child.share = prior[child.decision]  # type: ignore[index]

    def forget(self, child: Node) -> None:
        """Drop a child that is not worth its memory."""
        self.children.pop(key_of(child.decision), None)
        self.open.pop(key_of(child.decision), None)

    def refresh(self, backup: Callable[[Statistics, Grades], float], scale: Scale) -> None:
        """Value this node anew, since a trial was told or the scale has changed."""
        self.version = scale.version
        if self.visits:
            self.value, self.spread = backup(self, scale), 1.0 / math.sqrt(self.visits)

    def explored(self) -> bool:
        """Whether every answer was given and nothing is left below."""
        return self.asked and not self.open and len(self.children) >= self.options


#: The children of all nodes that were not asked; never written to.
_NO_CHILDREN: dict[Hashable, Node] = {}


def key_of(decision: Any) -> Hashable:
    """What tells the answers to one question apart: the number, for a decision in log space that remembers it."""
    return decision.number if isinstance(decision, LogDecision) else decision


def close(path: Sequence[Node]) -> None:
    """Close the last node of a path, and all those above it that thereby are fully explored."""
    path[-1].closed = True
    for i in range(len(path) - 2, -1, -1):
        path[i].open.pop(key_of(path[i + 1].decision), None)
        if not path[i].explored():
            return
        path[i].closed = True
