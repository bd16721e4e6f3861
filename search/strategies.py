"""The contract between a study and whatever decides what to try next."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Protocol, runtime_checkable

from ..spaces import Space
from ..spaces.values import qualified_name
from .objectives import Objectives
from .trials import Trial


class CannotAct(TypeError):
    """A strategy was given a space or objectives that it cannot handle."""


def cannot_act(strategy: Any, why: str, instead: str = "") -> CannotAct:
    """The error that a strategy raises in `start`: what, why, and which strategies would fit.

    >>> print(cannot_act("Exhaustive", "it is infinite", "RandomSearch"))
    Exhaustive cannot act on this space, because it is infinite; RandomSearch would fit
    """
    name = strategy if isinstance(strategy, str) else type(strategy).__name__
    return CannotAct(f"{name} cannot act on this space, because {why}{f'; {instead} would fit' if instead else ''}")


@runtime_checkable
class Particular(Protocol):
    """A part that does not fit every space: the strategy that holds it asks it in `start`."""

    def check(self, space: Space, objectives: Objectives) -> None:
        """Raise `CannotAct` where this part does not fit."""


def check_parts(strategy: Any, space: Space, objectives: Mapping[str, str]) -> None:
    """Let every particular part among the fields of a strategy (or part) refuse a space that it does not fit."""
    for field in dataclasses.fields(strategy):
        part = getattr(strategy, field.name)
        for one in part if isinstance(part, list | tuple) else (part,):
            if isinstance(one, Particular):
                one.check(space, as_objectives(objectives))


def as_objectives(objectives: Mapping[str, str]) -> Objectives:
    """The objectives as a strategy is given them, also from a plain mapping of names to directions."""
    return objectives if isinstance(objectives, Objectives) else Objectives(objectives)


class Proposal:
    """A candidate and where it came from; the origin travels with the trial and comes back with `tell`.

    `origin` must be JSON data (None, a number, a text, lists, dictionaries), so that a resumed study finds it again.
    `fidelity` asks for a cheaper evaluation where the problem offers several.
    """

    __slots__ = ("fidelity", "origin", "value")

    def __init__(self, value: Any, origin: Any = None, fidelity: float | None = None) -> None:
        self.value, self.origin, self.fidelity = value, origin, fidelity

    def __repr__(self) -> str:
        return f"Proposal({self.value!r}, origin={self.origin!r})"


class Strategy(ABC):
    """Decides what to try next. A subclass is a dataclass whose fields are its hyperparameters.

    A study copies the strategy before it starts it, so one configured strategy serves many runs. All state is made in
    `start`; all randomness comes from the `rng` given there. No strategy calls the objective or owns a loop.
    """

    space: Space

    @abstractmethod
    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        """Begin a run; raises `CannotAct` for a space or objectives that the strategy cannot handle."""

    @abstractmethod
    def ask(self, n: int) -> Sequence[Proposal]:
        """At most `n` proposals; fewer, or none, while results are awaited or when nothing is left to try.

        Never blocks. Asking in pieces proposes the same as asking at once, and an ask that proposes nothing changes
        nothing.
        """

    @abstractmethod
    def tell(self, trials: Sequence[Trial]) -> None:
        """Learn from results, in any order and number; failed trials and trials it never asked for are among them."""


def describe_strategy(strategy: Any) -> str:
    """The configuration of a strategy as text that is the same in every process.

    >>> from inlay.search import RandomSearch
    >>> describe_strategy(RandomSearch())
    'RandomSearch()'
    """
    if dataclasses.is_dataclass(strategy) and not isinstance(strategy, type):
        fields = [f for f in dataclasses.fields(strategy) if f.init and hasattr(strategy, f.name)]
        inner = ", ".join(f"{f.name}={describe_strategy(getattr(strategy, f.name))}" for f in fields)
        return f"{type(strategy).__name__}({inner})"
    if isinstance(strategy, Space):
        return strategy.describe()
    if callable(strategy):
        return qualified_name(strategy).rpartition(".")[2]
    if isinstance(strategy, list | tuple):
        return f"[{', '.join(map(describe_strategy, strategy))}]"
    if isinstance(strategy, Mapping):
        return f"{{{', '.join(f'{key!r}: {describe_strategy(value)}' for key, value in strategy.items())}}}"
    if repr(strategy) == object.__repr__(strategy):  # its memory address is another one in every process
        return f"{type(strategy).__name__}()"
    return repr(strategy)
