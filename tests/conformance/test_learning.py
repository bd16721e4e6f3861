"""Each strategy that learns beats random search by its stated margin, on problems that random search does not solve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import log10
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import pytest
from entries import Entry
from strategy_table import STRATEGIES, problem_for

from inlay.search import CannotAct, Outcome, Study, Trial
from inlay.spaces import Choice, Integer, Permutation, Program, Real, Shared, Space, Subset, space

LEARNERS = [name for name, entry in STRATEGIES.items() if entry.margin is not None]
SEEDS = range(5)


@dataclass(frozen=True)
class Task:
    """A space and a loss whose least value is 0; at this budget random search stays above `unsolved`."""

    space: Callable[[], Space]
    loss: Callable[[Any], float]
    budget: int
    unsolved: float


def one_max(bits: dict[str, int]) -> float:
    return 40 - sum(bits.values())


def disorder(order: list[int]) -> float:
    """How many pairs stand the wrong way round."""
    return sum(a > b for i, a in enumerate(order) for b in order[i + 1 :])


WANTED = {3, 5, 8, 13, 21, 22, 28, 34}


def missed(found: list[int]) -> float:
    return len(WANTED - set(found))


def conditional() -> Space:
    """A kind of model and, only for it, its parameters; the good ones lie in one corner of one kind."""
    width = Shared(Integer(1, 60), "width")
    mesh = {"kind": "mesh", "width": width, "again": width, **{f"k{i}": Choice(*range(8)) for i in range(6)}}
    return space({"model": Choice(mesh, {"kind": "tree", "depth": Integer(1, 30)}, {"kind": "line"})})


def apart(value: dict[str, Any]) -> float:
    model = value["model"]
    if model["kind"] == "line":
        return 60.0
    if model["kind"] == "tree":
        return 40.0 + abs(model["depth"] - 17)
    return abs(model["width"] - 44) / 4 + sum(abs(model[f"k{i}"] - 5) for i in range(6))


def log_quadratic(rates: list[float]) -> float:
    return sum((log10(rate) + 3 + i / 2) ** 2 for i, rate in enumerate(rates))


TASKS = {
    "one max": Task(lambda: space({f"x{i}": Choice(0, 1) for i in range(40)}), one_max, 500, 7),
    "permutation": Task(lambda: Permutation(range(12)), disorder, 500, 8),
    "subset": Task(lambda: Subset(range(40), 8), missed, 500, 2),
    "conditional": Task(conditional, apart, 400, 4),
    "log quadratic": Task(lambda: space([Real(1e-8, 1, log=True)] * 4), log_quadratic, 400, 0.3),
}


def best_losses(entry: Entry, task: Task) -> list[float]:
    """The best loss of each seed; the budget is a cost, of which a trial at full fidelity takes 1."""
    problem = problem_for(entry, task.space(), task.loss)
    runs = [Study(problem, entry.make(), seed=seed).run(cost=task.budget, progress=False) for seed in SEEDS]
    return [study.best.loss for study in runs]


@cache
def random_losses(task: str) -> float:
    return median(best_losses(STRATEGIES["random search"], TASKS[task]))


def accepts(entry: Entry, task: str) -> bool:
    problem = problem_for(entry, TASKS[task].space(), TASKS[task].loss)
    try:
        entry.make().start(problem.members, Random(0), problem.asked())
    except CannotAct:
        return False
    return True


LESSONS = [(name, task) for name in LEARNERS for task in TASKS if accepts(STRATEGIES[name], task)]
BIT_LEARNERS = [name for name in LEARNERS if (name, "one max") in LESSONS]


@pytest.mark.parametrize("task", list(TASKS))
def test_random_search_does_not_solve_it(task: str) -> None:
    assert random_losses(task) > TASKS[task].unsolved


@pytest.mark.parametrize(("strategy", "task"), LESSONS)
def test_each_strategy_beats_random_search_by_its_margin(strategy: str, task: str) -> None:
    entry = STRATEGIES[strategy]
    assert entry.margin is not None
    assert median(best_losses(entry, TASKS[task])) <= entry.margin * random_losses(task)


@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_each_strategy_learns_somewhere_or_says_where_else_that_is_shown(strategy: str) -> None:
    entry = STRATEGIES[strategy]
    if entry.margin is not None:
        assert any(name == strategy for name, _ in LESSONS)
    elif strategy not in ("random search", "exhaustive"):
        file, _, test = entry.proof.partition("::")
        assert test
        assert f"def {test}(" in (Path(__file__).parents[1] / file).read_text()


@pytest.mark.parametrize("strategy", [name for name in BIT_LEARNERS if STRATEGIES[name].local])
def test_failures_and_nan_are_never_parents(strategy: str) -> None:
    """With one good program told and all else failing, every child differs little from the good one."""
    bits = TASKS["one max"].space()
    good = bits.sample(Random(5))
    results = iter([float("nan"), Outcome(error="broken")] * 500)
    entry = STRATEGIES[strategy]
    study = Study(problem_for(entry, bits, lambda value: next(results)), entry.make(), seed=0)
    study.tell(good, loss=20, feedback={"hash": 1, "length": 1})
    study.run(trials=55, progress=False)

    def distance(trial: Trial) -> int:
        program: Program = trial.program
        return len(program.diff(good))

    assert max(map(distance, study.trials[-20:])) <= 2
    assert study.best.program == good


@pytest.mark.parametrize("strategy", BIT_LEARNERS)
def test_an_infeasible_program_with_a_tempting_loss_wins_no_selection(strategy: str) -> None:
    """The loss falls where the constraint is violated: whoever follows it ends far outside."""
    bits = TASKS["one max"].space()

    def evaluate(value: dict[str, int]) -> Outcome:
        ones = sum(value.values())
        return Outcome({"loss": -ones}, violations=[ones - 12])

    entry = STRATEGIES[strategy]
    study = Study(problem_for(entry, bits, evaluate), entry.make(), seed=0).run(cost=400, progress=False)
    assert study.best.violation == 0
    assert study.best.loss <= -11
    ones = [sum(trial.value.values()) for trial in study.trials[-50:]]
    assert median(ones) < 18
