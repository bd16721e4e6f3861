"""Scans: each neighbour of the current candidate once, in random order, those whose outcome is known for free."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from ..spaces import Space
from .strategies import CannotAct
from .trials import Trial, better

#: Stands for the neighbour that there is not any more.
DONE = object()


class Memory:
    """The outcomes of the candidates met last, by their keys; None for one whose result is awaited."""

    def __init__(self, space: Space, size: int) -> None:
        self.space, self.size = space, size
        self.trials: dict[Hashable, Trial | None] = {}

    def learn(self, trial: Trial) -> Hashable:
        """Remember an outcome; returns its key."""
        key: Hashable = self.space.key(trial.program) if trial.key is None else trial.key
        self.trials[key] = trial
        return key

    def expect(self, key: Hashable) -> None:
        """Remember that a candidate was proposed."""
        self.trials.setdefault(key, None)

    def trim(self) -> None:
        """Forget the oldest. Only to be called between scans: in a scan what is known must stay known, so that it
        makes no difference when the scan is walked."""
        if len(self.trials) > self.size:
            rest = len(self.trials) - self.size // 2
            for key in [key for key, _ in zip(self.trials, range(rest), strict=False)]:
                del self.trials[key]


class Tries:
    """Draws until a candidate is unknown, at most `most` times; half as often each time after it was in vain."""

    def __init__(self, memory: Memory, most: int) -> None:
        self.memory, self.most, self.now = memory, most, most

    def draw(self, draw: Callable[[], Any], meet: Callable[[Trial], None] | None = None) -> tuple[Any, bool]:
        """A candidate and whether it was unknown; `meet` is called with each one whose outcome is known."""
        for _ in range(self.now):
            value = draw()
            key = self.memory.space.key(value)
            if key not in self.memory.trials:
                self.memory.expect(key)
                self.now = min(self.most, 2 * self.now)
                return value, True
            if meet is not None and (trial := self.memory.trials[key]) is not None:
                meet(trial)
        self.now = max(1, self.now // 2)
        return value, False


class Scan:
    """A walk through the neighbours of `center`, in an order of its own: it draws nothing from the run's generator.

    `limit` is how many unknown neighbours it proposes at most. `expected` holds the keys of neighbours whose results
    were awaited when they were passed.
    """

    def __init__(self, center: Trial, memory: Memory, kinds: Sequence[str], rng: Random, limit: int | None) -> None:
        self.center, self.memory, self.limit = center, memory, limit
        self.best: Trial | None = None
        self.proposed = 0
        self.expected: set[Hashable] = set()
        memory.trim()
        self.walk: Iterator[Any] = memory.space.neighbors(center.program, kinds or None, Random(rng.getrandbits(64)))

    def step(self) -> Any:
        """The next neighbour: an unknown value to propose, a `Trial` that is known already, or `DONE`."""
        if self.limit is not None and self.proposed >= self.limit:
            return DONE
        for value in self.walk:
            key = self.memory.space.key(value)
            if key not in self.memory.trials:
                self.memory.expect(key)
                self.proposed += 1
                return value
            if (trial := self.memory.trials[key]) is not None:
                return trial
            self.expected.add(key)
        return DONE

    def note(self, trial: Trial) -> None:
        """Keep the best outcome of the scan."""
        if self.best is None or better(trial, self.best):
            self.best = trial


def checked_kinds(strategy: Any, kinds: Sequence[str], space: Space) -> tuple[str, ...]:
    """The kinds of neighbourhoods to use; raises `CannotAct` where the space has none of that name."""
    there = space.neighborhoods()
    for kind in kinds:
        if kind not in there:
            raise CannotAct(
                f"{type(strategy).__name__} cannot act on this space, because it has no neighbourhood {kind!r}: "
                f"it has {', '.join(map(repr, there)) or 'none'}; leave kinds=() to use them all"
            )
    return tuple(kinds)


def check_single(strategy: Any, objectives: Mapping[str, str]) -> None:
    """Raise `CannotAct` where there are several objectives."""
    if len(objectives) > 1:
        raise CannotAct(
            f"{type(strategy).__name__} cannot act on this space, because it compares single losses and there are "
            f"{len(objectives)} objectives; NSGA2 would fit"
        )
