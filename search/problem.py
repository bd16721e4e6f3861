"""A problem: a space, how its members are evaluated, and what is known about it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..spaces import OutsideSpace, Space, build
from ..spaces import space as as_space
from ..spaces.programs import shorten
from .objectives import Objectives
from .trials import Outcome, OutcomeError

#: Beyond it an integer may be no float.
_HUGE = 1 << 1000


@dataclass(frozen=True)
class Problem:
    """A space, an objective, and what is known: where it comes from, published points, the best known value.

    `evaluate` is given the built value and returns a number, a dictionary with every objective, or an `Outcome`;
    `evaluate_many` is given a list of built values and returns as many. Every direction is "minimize" or "maximize".
    With `fidelities` (ascending; the last is the full one) the objective is called with a second argument.
    `published` maps names to members; `held_out` scores a built value on data that no search may see. A `noisy`
    problem is evaluated again for equal candidates; where it is also `seeded`, the objective is called with `seed=`, an
    integer made of the study's seed and the trial's number, so that its noise is the same in every run (`evaluate_many`
    with a list of them). With `descriptors` (name -> (low, high)) the feedback of every
    outcome holds a number for each name. `draw` is given a built value and axes of matplotlib, for reports. Raises
    `ValueError` naming what does not fit.

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
    descriptors: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    published: Mapping[str, Any] = field(default_factory=dict)
    best_known: float | None = None
    held_out: Callable[[Any], Mapping[str, float]] | None = None
    source: str = ""
    draw: Callable[[Any, Any], Any] | None = None
    seeded: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "space", as_space(self.space))
        if not self.name:
            raise ValueError("a problem needs a name")
        if (self.evaluate is None) == (self.evaluate_many is None):
            raise ValueError(f"problem {self.name!r}: give either evaluate or evaluate_many")
        if not callable(self.evaluate or self.evaluate_many):
            raise ValueError(f"problem {self.name!r}: {self.evaluate or self.evaluate_many!r} cannot be called")
        if self.seeded and not self.noisy:
            raise ValueError(f"problem {self.name!r} is seeded, but not noisy: give noisy=True, or no noise a seed")
        if not isinstance(self.objectives, Mapping) or not self.objectives:
            raise ValueError(
                f"problem {self.name!r}: objectives must map names to 'minimize' or 'maximize', not {self.objectives!r}"
            )
        for objective, direction in self.objectives.items():
            if direction not in ("minimize", "maximize"):
                raise ValueError(
                    f"problem {self.name!r}: the direction of {objective!r} must be 'minimize' or 'maximize', "
                    f"not {direction!r}"
                )
        if list(self.fidelities) != sorted(set(self.fidelities)):
            raise ValueError(f"problem {self.name!r}: fidelities {self.fidelities} must ascend")
        for name, (low, high) in self.descriptors.items():
            if not -math.inf < low < high < math.inf:
                raise ValueError(f"problem {self.name!r}: the descriptor {name!r} needs a finite range, low < high")
        object.__setattr__(self, "signs", tuple(1.0 if d == "minimize" else -1.0 for d in self.objectives.values()))
        object.__setattr__(self, "published", {name: self._member(name, v) for name, v in self.published.items()})

    signs: tuple[float, ...] = field(init=False, repr=False)

    def _member(self, name: str, value: Any) -> Any:
        try:
            return self.members.adopt(value)
        except OutsideSpace as error:
            error.add_note(f"the published point {name!r} of problem {self.name!r}")
            raise

    def asked(self) -> Objectives:
        """What a strategy is told about the evaluations in `start`."""
        return Objectives(self.objectives, fidelities=self.fidelities, noisy=self.noisy, descriptors=self.descriptors)

    def fidelity(self, wanted: float | None) -> float | None:
        """The fidelity of an evaluation: the full one where none is wanted, None where the problem has no others."""
        if not self.fidelities:
            return None
        return self.fidelities[-1] if wanted is None else wanted

    @property
    def members(self) -> Space:
        """The space, as a `Space`."""
        space: Space = self.space
        return space

    def tried(self, point: Any, fidelity: float | None = None, seed: int = 0) -> Outcome:
        """The outcome of a member, evaluated here and now; raises what the objective raises.

        >>> from inlay.spaces import Integer
        >>> problem = Problem("square", Integer(-5, 5), lambda x: x * x, published={"an end": 5})
        >>> problem.tried(problem.published["an end"]).objectives
        {'loss': 25.0}
        """
        value = build(self.members.adopt(point))
        if self.evaluate is not None:
            return self.outcome(self.evaluate(value, *self.fidelity_argument(fidelity), **self.seed_argument(seed)))
        assert self.evaluate_many is not None
        fidelities = [[each] for each in self.fidelity_argument(fidelity)]
        (result,) = self.evaluate_many([value], *fidelities, **self.seed_argument([seed]))
        return self.outcome(result)

    def fidelity_argument(self, wanted: float | None) -> tuple[float | None, ...]:
        """What the objective is given after a value: its fidelity, where the problem has any."""
        return (self.fidelity(wanted),) if self.fidelities else ()

    def seed_argument(self, seed: Any) -> dict[str, Any]:
        """What the objective is given by name: the seed, or seeds, of its noise, where the problem is seeded."""
        return {"seed": seed} if self.seeded else {}

    def outcome(self, result: Any) -> Outcome:
        """What an objective returned, as an `Outcome` with every objective; raises `OutcomeError` for anything else.

        A NaN makes the outcome a failure.
        """
        kind = result.__class__  # most objectives return one plain number
        plain = result == result if kind is float else kind is int and -_HUGE < result < _HUGE
        if plain and len(self.signs) == 1 and not self.descriptors:
            return Outcome({next(iter(self.objectives)): float(result)})
        outcome = result if isinstance(result, Outcome) else Outcome(self._named(result))
        if outcome.error:
            return Outcome(error=outcome.error, cost=self._cost(outcome), feedback=outcome.feedback)
        if outcome.objectives.keys() != self.objectives.keys():
            raise OutcomeError(
                f"problem {self.name!r} declares the objectives {sorted(self.objectives)}, but its objective returned "
                f"{sorted(map(str, outcome.objectives))}: return exactly the declared ones, or declare what is returned"
            )
        values = {name: self._number(name, outcome.objectives[name]) for name in self.objectives}
        violations, cost = self._violations(outcome), self._cost(outcome)
        self._check_descriptors(outcome.feedback)
        if any(value != value for value in (*values.values(), *violations)):
            found = f"{values}, violations {violations}" if violations else f"{values}"
            return Outcome(error=f"the objective returned NaN: {found}", cost=cost, feedback=outcome.feedback)
        return Outcome(values, violations, cost, outcome.feedback)

    def _check_descriptors(self, feedback: Any) -> None:
        for name in self.descriptors:
            if not isinstance(feedback, Mapping) or name not in feedback:
                raise OutcomeError(
                    f"problem {self.name!r} declares the descriptor {name!r}: return "
                    f"Outcome({{...}}, feedback={{{name!r}: number, ...}})"
                )
            self._number(name, feedback[name])

    def _violations(self, outcome: Outcome) -> tuple[float, ...]:
        if not isinstance(outcome.violations, Iterable):
            raise OutcomeError(
                f"problem {self.name!r}: violations must be a list with a number for each constraint, "
                f"not {outcome.violations!r}"
            )
        return tuple([self._number("violations", value) for value in outcome.violations])

    def _cost(self, outcome: Outcome) -> float:
        cost = self._number("cost", outcome.cost)
        if not 0 <= cost < math.inf:
            raise OutcomeError(f"problem {self.name!r}: a cost must be finite and not negative, not {cost!r}")
        return cost

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
            if not isinstance(value, str | bytes):
                return float(value)
        except (TypeError, ValueError, OverflowError):
            pass
        raise OutcomeError(
            f"problem {self.name!r}: {name!r} must be a number, not {shorten(repr(value))} ({type(value).__name__})"
        )

    def losses(self, objectives: Mapping[str, float]) -> tuple[float, ...]:
        """The objectives in the order of their declaration, all to be minimised."""
        if len(self.signs) == 1:
            return (self.signs[0] * next(iter(objectives.values())),)
        return tuple([sign * objectives[name] for sign, name in zip(self.signs, self.objectives, strict=True)])
