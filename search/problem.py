"""A problem: a space, how its members are evaluated, and what is known about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..spaces import OutsideSpace, Space
from ..spaces import space as as_space
from .trials import Outcome, OutcomeError


@dataclass(frozen=True)
class Problem:
    """A space, an objective, and what is known: where it comes from, published points, the best known value.

    `evaluate` is given the built value and returns a number, a dictionary with every objective, or an `Outcome`;
    `evaluate_many` is given a list of built values and returns as many. Every direction is "minimize" or "maximize".
    With `fidelities` (ascending; the last is the full one) the objective is called with a second argument.
    `published` maps names to members; `held_out` scores a built value on data that no search may see. A `noisy`
    problem is evaluated again for equal candidates. Raises `ValueError` naming what does not fit.

    >>> from inlay.spaces import Integer
    >>> Problem("square", Integer(-5, 5), lambda x: x * x).objectives
    {'loss': 'minimize'}
    """

    name: str
    space: Any
    evaluate: Callable[..., Any] | None = None
    evaluate_many: Callable[..., Sequence[Any]] | None = None
    objectives: Mapping[str, str] = field(default_factory=lambda: {"loss": "minimize"})
    fidelities: Sequence[float] = ()
    noisy: bool = False
    published: Mapping[str, Any] = field(default_factory=dict)
    best_known: float | None = None
    held_out: Callable[[Any], Mapping[str, float]] | None = None
    source: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "space", as_space(self.space))
        if not self.name:
            raise ValueError("a problem needs a name")
        if (self.evaluate is None) == (self.evaluate_many is None):
            raise ValueError(f"problem {self.name!r}: give either evaluate or evaluate_many")
        if not self.objectives:
            raise ValueError(f"problem {self.name!r} has no objectives")
        for objective, direction in self.objectives.items():
            if direction not in ("minimize", "maximize"):
                raise ValueError(
                    f"problem {self.name!r}: the direction of {objective!r} must be 'minimize' or 'maximize', "
                    f"not {direction!r}"
                )
        if list(self.fidelities) != sorted(set(self.fidelities)):
            raise ValueError(f"problem {self.name!r}: fidelities {self.fidelities} must ascend")
        object.__setattr__(self, "signs", tuple(1.0 if d == "minimize" else -1.0 for d in self.objectives.values()))
        object.__setattr__(self, "published", {name: self._member(name, v) for name, v in self.published.items()})

    signs: tuple[float, ...] = field(init=False, repr=False)

    def _member(self, name: str, value: Any) -> Any:
        try:
            return self.members.adopt(value)
        except OutsideSpace as error:
            error.add_note(f"the published point {name!r} of problem {self.name!r}")
            raise

    @property
    def members(self) -> Space:
        """The space, as a `Space`."""
        space: Space = self.space
        return space

    def outcome(self, result: Any) -> Outcome:
        """What an objective returned, as an `Outcome` with every objective; raises `OutcomeError` for anything else.

        A NaN makes the outcome a failure.
        """
        if result.__class__ is float and result == result and len(self.signs) == 1:  # what most objectives return
            return Outcome({next(iter(self.objectives)): result})
        outcome = result if isinstance(result, Outcome) else Outcome(self._named(result))
        if outcome.error:
            return outcome
        if outcome.objectives.keys() != self.objectives.keys():
            raise OutcomeError(
                f"problem {self.name!r} declares the objectives {sorted(self.objectives)}, but its objective returned "
                f"{sorted(map(str, outcome.objectives))}: return exactly the declared ones, or declare what is returned"
            )
        values = {name: self._number(name, outcome.objectives[name]) for name in self.objectives}
        if any(value != value for value in (*values.values(), *outcome.violations)):
            return Outcome(error=f"the objective returned NaN: {values}", cost=outcome.cost, feedback=outcome.feedback)
        return Outcome(values, tuple(map(float, outcome.violations)), float(outcome.cost), outcome.feedback)

    def _named(self, result: Any) -> Mapping[str, Any]:
        if isinstance(result, Mapping):
            return result
        if len(self.objectives) > 1:
            raise OutcomeError(
                f"problem {self.name!r} has the objectives {sorted(self.objectives)}: its objective must return a "
                f"dictionary with them, not {result!r}"
            )
        return {next(iter(self.objectives)): result}

    def _number(self, name: str, value: Any) -> float:
        try:
            return float(value)
        except (TypeError, ValueError):
            raise OutcomeError(
                f"problem {self.name!r}: the objective {name!r} must be a number, not {value!r} "
                f"({type(value).__name__})"
            ) from None

    def losses(self, objectives: Mapping[str, float]) -> tuple[float, ...]:
        """The objectives in the order of their declaration, all to be minimised."""
        if len(self.signs) == 1:
            return (self.signs[0] * next(iter(objectives.values())),)
        return tuple([sign * objectives[name] for sign, name in zip(self.signs, self.objectives, strict=True)])
