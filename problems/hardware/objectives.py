"""Hardware as an objective: any problem with what its candidates cost on a device beside what it asked before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...search import Outcome, Problem
from .candidates import estimate_each
from .costs import Cost
from .device_table import as_device
from .devices import Device
from .operators import Operator

#: What may be asked of a device: the name of the objective, and what of a `Cost` it is.
OBJECTIVES = {"latency": "time", "energy": "energy", "memory": "memory"}
#: The operators that a built candidate is made of.
Lowering = Callable[[Any], Sequence[Operator]]


def on_device(
    problem: Problem,
    operators: Lowering,
    device: Device | str,
    objectives: Iterable[str] = ("latency",),
) -> Problem:
    """A problem with further objectives, all minimised: "latency" (seconds), "energy" (joules), "memory" (bytes).

    `operators` gives those of a built candidate. A candidate that the device cannot hold violates a constraint by its
    memory / capacity - 1. The published points stay; the best known value does not, as there is no single best. Raises
    `ValueError` for another objective, one that the problem has already, and a problem that is seeded or has several
    fidelities; `UnknownDevice`.

    >>> from inlay.spaces import Integer
    >>> from .operators import Gemm
    >>> quality = Problem("width", Integer(1, 64), lambda n: 1 / n)
    >>> problem = on_device(quality, lambda n: [Gemm(m=1, k=64 * n, n=64 * n)], "a100-80g", ["latency", "memory"])
    >>> problem.objectives
    {'loss': 'minimize', 'latency': 'minimize', 'memory': 'minimize'}
    >>> outcome = problem.evaluate_many([2])[0]
    >>> outcome.objectives["loss"], outcome.objectives["memory"], outcome.violations
    (0.5, 33280.0, (-0.999999584,))
    """
    machine = as_device(device)
    asked = list(objectives)
    for name in asked:
        if name not in OBJECTIVES:
            raise ValueError(f"on_device(objectives={asked}): {name!r} is none of {', '.join(OBJECTIVES)}")
        if name in problem.objectives:
            raise ValueError(f"on_device: the problem {problem.name!r} has an objective {name!r} of its own already")
    if problem.fidelities:
        raise ValueError(f"on_device: the problem {problem.name!r} has several fidelities, which are not supported")
    if problem.seeded:
        raise ValueError(f"on_device: the problem {problem.name!r} is seeded, which is not supported")
    return replace(
        problem,
        name=f"{problem.name} on {machine.name}",
        evaluate=None,
        evaluate_many=_WithCosts(problem, operators, machine, tuple(asked)),
        objectives={**problem.objectives, **dict.fromkeys(asked, "minimize")},
        best_known=None,
    )


@dataclass(frozen=True)
class _WithCosts:
    """Evaluates candidates as their problem does, and estimates all their costs at once."""

    problem: Problem
    operators: Lowering
    device: Device
    asked: tuple[str, ...]

    def __call__(self, values: list[Any]) -> list[Outcome]:
        outcomes = [self.problem.outcome(result) for result in self._results(values)]
        done = [i for i, outcome in enumerate(outcomes) if not outcome.error]
        if done:
            cost = estimate_each([self.operators(values[i]) for i in done], self.device)
            for at, i in enumerate(done):
                outcomes[i] = self._joined(outcomes[i], cost, at)
        return outcomes

    def _results(self, values: list[Any]) -> Sequence[Any]:
        if self.problem.evaluate_many is not None:
            return self.problem.evaluate_many(values)
        assert self.problem.evaluate is not None
        return [self.problem.evaluate(value) for value in values]

    def _joined(self, outcome: Outcome, cost: Cost, at: int) -> Outcome:
        costs: Mapping[str, float] = {name: float(getattr(cost, OBJECTIVES[name])[at]) for name in self.asked}
        excess = float(cost.memory[at]) / self.device.memory[-1].capacity - 1.0
        return replace(outcome, objectives={**outcome.objectives, **costs}, violations=(*outcome.violations, excess))
