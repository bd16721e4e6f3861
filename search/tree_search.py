"""Monte Carlo tree search over the decisions of a space."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

from ..spaces import Space, Unsatisfied
from ..spaces.counting import parts_within
from .grades import FAILED
from .progressive_widening import ProgressiveWidening
from .rollouts import PriorRollout, RandomRollout, Rollout
from .strategies import Proposal, Strategy, as_objectives, cannot_act
from .tree import Node, Scale, close
from .tree_policies import (
    Backup,
    LearningPolicy,
    Prior,
    PriorConfidence,
    UpperConfidence,
    mean_grade,
    own_weights,
)
from .tree_walk import Retrace, Walk
from .trials import Trial

#: A policy: an open child of a node, or None for a new one where there is room.
Select = Callable[[Node, bool, Backup, Scale], Node | None]

#: How many passes may end in a constraint or a known member before any member is proposed.
_PASSES = 100


@dataclass
class MonteCarloTreeSearch(Strategy):
    """Grows a tree of partial programs: descends by `select`, adds a leaf, lets `rollout` decide the rest, and backs
    the loss up along the path.

    `backup` values a node by the mean or the best of its trials, on the scale of all losses so far; trials in flight
    count as virtual losses. With a `prior`, options are tried in its order. Holes with very many options and
    continuous ones are widened progressively. Fully explored subtrees are closed: no member of a finite space is
    proposed twice, and the search ends when all were (a noisy problem is evaluated on and on). Of a mask, the first
    `deepest_mask` bits are decisions of the tree. Raises `CannotAct` for several objectives.

    With `commit` the search decides one thing after another for good: after so many trials below what it has decided
    it takes the answer with the best value, and it ends when nothing is left to decide.

    Source: Coulom, 2006, Efficient Selectivity and Backup Operators in Monte-Carlo Tree Search, CG.
    """

    select: Select = field(default_factory=UpperConfidence)
    backup: Backup = mean_grade
    rollout: Rollout = field(default_factory=RandomRollout)
    prior: Prior | None = None
    widening: ProgressiveWidening = field(default_factory=ProgressiveWidening)
    deepest_mask: int = 512
    commit: int | None = None

    def __post_init__(self) -> None:
        if self.deepest_mask < 0:
            raise ValueError(f"deepest_mask={self.deepest_mask}: a number of bits cannot be negative")
        if self.commit is not None and self.commit < 1:
            raise ValueError(f"commit={self.commit}: at least one trial must come before a decision")

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        if len(objectives) > 1:
            raise cannot_act(self, f"it backs up one loss and there are {len(objectives)} objectives", "NSGA2")
        self.space, self.rng, self.grades = space, rng, Scale()
        self.closes = not as_objectives(objectives).noisy
        self.repeats = self.closes and may_repeat(space)
        self.rollout.start(rng, self.grades)
        self.learner = self.select if isinstance(self.select, LearningPolicy) else None
        if self.learner is not None:
            self.learner.start(rng)
        self.root, self.asked = Node(), 0
        self.chosen = [self.root]  # the way that is decided for good
        self.asked_here = self.told_here = 0  # trials since its last step
        self.flying: dict[int, tuple[list[Node], Sequence[Any]]] = {}
        self.proposed: set[Any] = set()

    # -- proposals -----------------------------------------------------------------------------------------------------

    def ask(self, n: int) -> Sequence[Proposal]:
        if self.commit is not None:
            n = min(n, self.commit - self.asked_here)
        proposals: list[Proposal] = []
        while len(proposals) < n and not self.chosen[-1].closed and (proposal := self._propose()):
            proposals.append(proposal)
        self.asked_here += len(proposals)
        return proposals

    def _propose(self) -> Proposal | None:
        for _ in range(_PASSES):
            walk = Walk(self)
            try:
                value = self.space.decide(walk)
            except Unsatisfied:
                self._abandon(walk)
            else:
                path = walk.finish(told=False)
                if not self._is_known(value):
                    return self._flying(value, path, walk.decided)
            if self.chosen[-1].closed:
                return None
        return self._flying(self.space.sample(self.rng), [self.root], ())

    def _flying(self, value: Any, path: list[Node], decided: Sequence[Any]) -> Proposal:
        for node in path:
            node.pending += 1
        self.flying[self.asked] = path, decided
        self.asked += 1
        return Proposal(value, origin=self.asked - 1)

    def _is_known(self, value: Any) -> bool:
        """Whether other decisions made the same member before; to be asked once for each member."""
        if not self.repeats:
            return False
        key = self.space.key(value)
        known = key in self.proposed
        self.proposed.add(key)
        return known

    def _abandon(self, walk: Walk) -> None:
        """A pass that no filling satisfies counts as a failure, so that the next one goes elsewhere."""
        if walk.path[-1].explored():
            close(walk.path)
        for node in walk.path:
            node.visits += 1
            node.add_grade(FAILED)
            node.version = -1

    def has_room(self, node: Node) -> bool:
        """Whether a question that has untried answers may be given another one now."""
        if node.options <= self.widening.above or not node.open:
            return True
        return len(node.open) < self.widening.limit(node.visits + node.pending + 1)

    # -- results -------------------------------------------------------------------------------------------------------

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self.grades.learn(trial)
            known = None if trial.foreign else self.flying.pop(trial.origin, None)
            if known is None:
                known = self._retraced(trial)
            else:
                for node in known[0]:
                    node.pending -= 1
                self.told_here += 1
            self._back_up(trial, *known)
        if self.told_here == self.commit:
            self._decide()

    def _decide(self) -> None:
        """Take the best answer below what is decided for good; the search ends at whole members.

        Where few answers are possible, those not tried yet come first.
        """
        last = self.chosen[-1]
        tried = [child for child in last.open.values() if child.visits]
        if tried:
            self.chosen.append(min(tried, key=lambda child: self.backup(child, self.grades)))
        elif not last.suffix and (not last.asked or last.options > self.widening.above):
            last.closed = True
        self.asked_here = self.told_here = 0

    def _retraced(self, trial: Trial) -> tuple[list[Node], Sequence[Any]]:
        """The path of a trial that was never asked for, which the tree grows by."""
        walk = Retrace(self, [decision for _, decision in self.space.record(trial.program)])
        value = self.space.decide(walk)
        self._is_known(value)
        return walk.finish(told=True), walk.decided

    def _back_up(self, trial: Trial, path: list[Node], decided: Sequence[Any]) -> None:
        for node in path:
            node.add(trial, self.grades)
            node.version = -1
        path[-1].trail = None
        if trial.state == "done" and trial.violation == 0.0:
            for parent, child in pairwise(path):
                if parent.elites is not None:
                    parent.elites.learn(trial.losses[0], child.decision)
        if self.learner is not None:
            self.learner.learn(path, trial)
        if self.rollout.learns:
            self.rollout.learn(decided, trial)

    def carry_on(self, former: MonteCarloTreeSearch) -> None:
        """Take over what the policy of a former search of the same space has learned; the tree is a new one."""
        if self.learner is not None and former.learner is not None:
            self.learner.carry_on(former.learner)


def may_repeat(space: Space) -> bool:
    """Whether different decisions may make the same member."""
    return any(part.overlapping or part.needs_scope for part in parts_within(space))


def UCT(  # noqa: N802
    exploration: float = 2**0.5, *, rollout: Rollout | None = None, backup: Backup = mean_grade
) -> MonteCarloTreeSearch:
    """Upper confidence bounds applied to trees: the mean is backed up, the least lower bound is descended to.

    >>> from inlay.spaces import Choice, space
    >>> from inlay.search import minimize
    >>> pair = space({"a": Choice(3, 1), "b": Choice(2, 4)})
    >>> minimize(lambda v: v["a"] + v["b"], pair, strategy=UCT(), trials=9, seed=0).best.loss
    3.0

    Source: Kocsis, Szepesvari, 2006, Bandit Based Monte-Carlo Planning, ECML.
    Differs: fully explored subtrees are closed; losses are scaled by the best and the worst so far.
    """
    return MonteCarloTreeSearch(UpperConfidence(exploration), backup, rollout or RandomRollout())


def PUCT(  # noqa: N802
    prior: Prior = own_weights,
    exploration: float = 1.25,
    *,
    rollout: Rollout | None = None,
    backup: Backup = mean_grade,
) -> MonteCarloTreeSearch:
    """Tree search that a prior guides: `prior(question)` gives a weight for each option, the hole's own by default.

    Rollouts draw by the prior, too, where no other ones are given.

    Source: Silver, Huang, Maddison and others, 2016, Mastering the Game of Go with Deep Neural Networks and Tree
    Search, Nature 529.
    """
    return MonteCarloTreeSearch(PriorConfidence(exploration), backup, rollout or PriorRollout(prior), prior)
