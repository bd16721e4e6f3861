"""Episodes: a strategy that explores, one that starts from what it found, and a narrowing of the space, in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any, NamedTuple, Protocol, runtime_checkable

from ..spaces import Space
from .inner import Inner, check_startable
from .strategies import Proposal, Strategy, check_parts
from .trials import Trial, ranked

#: Among so many episodes one must have something to do.
_HORIZON = 100


class Step(NamedTuple):
    """One step of an episode; `within` the narrowed space, and left out while there is none.

    "explore": until the strategy has nothing left to propose; "exploit": from the best that the last exploration of the
    same space found; "gather": exploit the best of all that was ever found; "narrow": look for a smaller space.
    """

    act: str
    within: bool = False


#: The steps of each episode, counted from 0.
Schedule = Callable[[int], Sequence[Step]]


class Narrowing(Protocol):
    """Finds a smaller space; may be a `Particular` part, which refuses spaces that it does not know."""

    def narrow(self, space: Space, trials: Sequence[Trial]) -> Space | None:
        """The part of the space that the best trials point to, or None where they point nowhere."""


@runtime_checkable
class CarriesOn(Protocol):
    """A strategy that can take over what a former run of it on the same space has learned."""

    def carry_on(self, former: Any) -> None:
        """Take it over, just after `start`."""


@dataclass
class Episodes(Strategy):
    """Explores, exploits what that found, and narrows the space, by a schedule; each step is a fresh run.

    Exploiting ends after `trials` of them, exploring when nothing is left to propose. Exploiting is told the `seeds`
    best trials with different keys as foreign ones. Steps of a strategy that is None are left out. While a step
    searches the narrowed space, that is the strategy's space. The origin of a proposal is [step, origin within it].
    Raises `CannotAct` in `start` where a part does.

    >>> from inlay.search import GeneticAlgorithm, RandomSearch
    >>> Episodes(None, GeneticAlgorithm(), None, lambda episode: [Step("explore")])
    Traceback (most recent call last):
    ValueError: Episodes: the first 100 episodes of the schedule have no step that the strategies given could take
    """

    explore: Strategy | None
    exploit: Strategy | None
    narrow: Narrowing | None
    schedule: Schedule
    trials: int = 1000
    seeds: int = 50

    def __post_init__(self) -> None:
        if self.trials < 1 or self.seeds < 1:
            raise ValueError(f"Episodes(trials={self.trials}, seeds={self.seeds}): both must be at least 1")
        steps = [step for episode in range(_HORIZON) for step in self.schedule(episode)]
        if not any(self._strategy(step) is not None and not step.within for step in steps):
            first = f"the first {_HORIZON} episodes of the schedule"
            raise ValueError(f"Episodes: {first} have no step that the strategies given could take")

    def _strategy(self, step: Step) -> Strategy | None:
        """The strategy that takes a step."""
        return {"explore": self.explore, "exploit": self.exploit, "gather": self.exploit, "narrow": None}[step.act]

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        check_parts(self, space, objectives)
        check_startable([one for one in (self.explore, self.exploit) if one is not None], space, objectives)
        self.given, self.rng, self.objectives = space, rng, objectives
        self.narrowed: Space | None = None
        self.found = Best(2 * self.seeds)
        self.explored: dict[bool, Best] = {}
        self.learned: dict[bool, Strategy] = {}
        self.begun = -1
        self.stages = self._stages()
        self._begin()

    # -- steps -------------------------------------------------------------------------------------------------------

    def _stages(self) -> Iterator[Stage]:
        """All steps that are runs, one after the other; a narrowing is done when the next of them begins."""
        for episode in count():
            for step in self.schedule(episode):
                space = self.narrowed if step.within else self.given
                strategy = self._strategy(step)
                if step.act == "narrow":
                    self._narrow()
                elif space is not None and strategy is not None:
                    inner = Inner(strategy, space, self.rng, self.objectives)
                    self._hand_over(step, inner, space)
                    yield Stage(step, space, inner, None if step.act == "explore" else self.trials)

    def _narrow(self) -> None:
        """Look for a smaller space; what was learned within the last one is dropped where it is another one."""
        found = None if self.narrow is None else self.narrow.narrow(self.given, self.found.trials())
        if found is None or repr(found) != repr(self.narrowed):
            self.narrowed = found
            self.explored.pop(True, None)
            self.learned.pop(True, None)

    def _hand_over(self, step: Step, inner: Inner, space: Space) -> None:
        """Let a fresh run begin with what is known: an exploration with its lessons, an exploitation with trials."""
        if step.act == "explore":
            former = self.learned.get(step.within)
            if former is not None and isinstance(inner.strategy, CarriesOn):
                inner.strategy.carry_on(former)
            self.learned[step.within] = inner.strategy
            self.explored[step.within] = Best(self.seeds)
            return
        best = self.found if step.act == "gather" else self.explored.get(step.within)
        trials = [] if best is None else best.trials()
        seeds = [trial for trial in trials if not step.within or space.contains(trial.program)][: self.seeds]
        if seeds:
            inner.tell((), seeds)

    def _begin(self) -> None:
        self.stage = next(self.stages)
        self.begun += 1
        self.space = self.stage.space

    # -- asked and told ----------------------------------------------------------------------------------------------

    def ask(self, n: int) -> Sequence[Proposal]:
        proposals = self.stage.ask(n, self.begun)
        while not proposals and n > 0 and not self.stage.inner.awaited:
            self._begin()
            proposals = self.stage.ask(n, self.begun)
        return proposals

    def tell(self, trials: Sequence[Trial]) -> None:
        step, space = self.stage.step, self.stage.space
        own = [trial for trial in trials if not trial.foreign]
        inside = [t for t in trials if not (step.within and t.foreign) or space.contains(t.program)]
        self.stage.inner.tell(own, inside)
        self.space = self.stage.inner.edited(space)
        for trial in trials:
            self.found.take(trial)
        for trial in own if step.act == "explore" else ():
            self.explored[step.within].take(trial)


class Stage:
    """A step at work: in which space, by which run, and how many trials it may still propose."""

    def __init__(self, step: Step, space: Space, inner: Inner, left: int | None) -> None:
        self.step, self.space, self.inner, self.left = step, space, inner, left

    def ask(self, n: int, number: int) -> Sequence[Proposal]:
        """At most `n` proposals, marked with the number of the step."""
        proposals = self.inner.ask(n if self.left is None else min(n, self.left), number)
        if self.left is not None:
            self.left -= len(proposals)
        return proposals


class Best:
    """The best successful trials, no two with one key."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.known: dict[Any, Trial] = {}

    def take(self, trial: Trial) -> None:
        """Keep a trial while it is among the best."""
        if trial.state == "done":
            self.known.setdefault(trial.key, trial)
        if len(self.known) >= 4 * self.most:
            self.known = {trial.key: trial for trial in self.trials()}

    def trials(self) -> list[Trial]:
        """From best to worst."""
        return ranked(list(self.known.values()))[: self.most]
