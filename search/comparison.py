"""Comparing strategies: each on every problem, with several seeds and the same budget, beside random search."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait

from ..spaces import digest
from .comparison_log import ComparisonLog
from .comparison_result import Comparison, Facts
from .comparison_runs import NO_SEARCH, Budget, Contest, RunResult
from .problem import Problem
from .random_search import RandomSearch
from .strategies import Strategy, describe_strategy
from .workers import ProcessPool

#: The label of the baseline, added where no strategy is a random search.
RANDOM = "random search"

_Task = tuple[str, str, int]  # problem, strategy, seed
_Watch = Callable[[RunResult, int, int], None]


def compare(
    strategies: Mapping[str, Strategy],
    problems: Iterable[Problem],
    *,
    seeds: Iterable[int] = range(10),
    trials: int | None = None,
    cost: float | None = None,
    workers: int | Executor | None = None,
    timeout: float | None = None,
    store: str | os.PathLike[str] | None = None,
    watch: _Watch | None = None,
) -> Comparison:
    """Run every strategy on every problem with every seed, each with the same budget of `trials` or `cost`.

    A row of random search is always among them, and one for each published point of a problem, evaluated once. A
    strategy that refuses a problem is "not applicable" there; a run that raises has "failed", and the others go on.
    `workers` makes whole runs in processes, each of at most `timeout` seconds; the results are the same with any
    number. With `store`, a file, finished runs are kept, and a comparison that was stopped makes only those that are
    missing; a problem or strategy whose code has changed needs another file. `watch` is called with each finished run,
    how many are finished, and of how many. Raises `ValueError` where labels, problems or seeds repeat, or where a
    problem has several objectives.

    >>> from inlay.spaces import Integer
    >>> from inlay.search import Exhaustive
    >>> square = Problem("square", Integer(-50, 50), lambda x: (x - 50) ** 2)
    >>> compare({"exhaustive": Exhaustive()}, [square], seeds=range(3), trials=101).median("square", "exhaustive")
    Interval(median=0.0, low=0.0, high=0.0)
    """
    made, entrants, numbers = list(problems), dict(strategies), list(seeds)
    budget = _budget(trials, cost)
    baseline = _baseline(entrants)
    _check(entrants, made, numbers)
    contests = {problem.name: Contest(problem, entrants, budget) for problem in made}
    log = None if store is None else ComparisonLog(store)
    book = _Book(contests, log, watch)
    book.fill(list(_tasks(made, entrants, numbers)), workers, timeout)
    facts = tuple(Facts.of(problem) for problem in made)
    return Comparison(facts, tuple(entrants), tuple(numbers), budget, baseline, book.ordered())


def _budget(trials: int | None, cost: float | None) -> Budget:
    if (trials is None) == (cost is None):
        raise ValueError("a comparison has one budget: give either trials= or cost=")
    if trials is not None and not hasattr(trials, "__index__"):
        raise ValueError(f"trials={trials!r}: a number of trials is an integer")
    return Budget(trials, "trials") if trials is not None else Budget(float(cost or 0.0), "cost")


def _baseline(entrants: dict[str, Strategy]) -> str:
    """The label of the random search among the strategies, which is added where there is none."""
    known = next((label for label, strategy in entrants.items() if isinstance(strategy, RandomSearch)), None)
    if known is None and RANDOM in entrants:
        raise ValueError(f"the strategy {RANDOM!r} is a {type(entrants[RANDOM]).__name__}: call it otherwise")
    if known is None:
        entrants[RANDOM] = RandomSearch()
    return known or RANDOM


def _check(entrants: Mapping[str, Strategy], problems: list[Problem], seeds: list[int]) -> None:
    names = [problem.name for problem in problems]
    for what, found in (("problem", names), ("seed", seeds)):
        if not found:
            raise ValueError(f"a comparison needs at least one {what}")
        if len(set(found)) < len(found):
            raise ValueError(f"every {what} of a comparison must be another one, but there are {found}")
    if not all(isinstance(seed, int) for seed in seeds):
        raise ValueError(f"every seed must be an integer, but there are {seeds}")
    for problem in problems:
        if len(problem.objectives) > 1:
            raise ValueError(f"problem {problem.name!r} has several objectives: a comparison needs one to rank by")
    for label, strategy in entrants.items():
        if not isinstance(strategy, Strategy) or label.startswith(NO_SEARCH):
            raise ValueError(f"strategies map labels to strategies, but {label!r} maps to {strategy!r}")


def _tasks(problems: list[Problem], labels: Iterable[str], seeds: list[int]) -> Iterator[_Task]:
    """The runs to make, problem by problem, so that a worker keeps its problem for long."""
    for problem in problems:
        yield from ((problem.name, NO_SEARCH + point, 0) for point in problem.published)
        yield from ((problem.name, label, seed) for label in labels for seed in seeds)


class _Book:
    """The results so far: those of the log, and those that arrive."""

    def __init__(self, contests: Mapping[str, Contest], log: ComparisonLog | None, watch: _Watch | None) -> None:
        self.contests, self.log, self.watch = contests, log, watch
        self.spaces = {name: contest.problem.members.fingerprint() for name, contest in contests.items()}
        self.tasks: list[_Task] = []
        self.results: dict[_Task, RunResult] = {}

    def fill(self, tasks: list[_Task], workers: int | Executor | None, timeout: float | None) -> None:
        """Make the runs that the log does not hold."""
        self.tasks = tasks
        kept = {} if self.log is None else self.log.runs
        self.results = {task: kept[key] for task in tasks if (key := self.key(task)) in kept}
        missing = [task for task in tasks if task not in self.results]
        if isinstance(workers, Executor):
            self._on(workers, missing, getattr(workers, "_max_workers", None) or os.cpu_count() or 1)
        elif workers is None and timeout is None:
            for task in missing:
                self._take(task, self.contests[task[0]](*task[1:]))
        elif missing:
            pool = ProcessPool(workers or 1, timeout=timeout)
            try:
                self._on(pool, missing, workers or 1)
            finally:
                pool.kill()

    def _on(self, executor: Executor, missing: list[_Task], workers: int) -> None:
        """Keep twice as many runs in flight as there are workers."""
        waiting, flying = iter(missing), dict[Future[RunResult], _Task]()
        while True:
            while len(flying) < 2 * workers and (task := next(waiting, None)) is not None:
                flying[executor.submit(self.contests[task[0]], *task[1:])] = task
            if not flying:
                return
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                task = flying.pop(future)
                error = future.exception()
                lost = error is not None and self.contests[task[0]].failed(*task[1:], error)
                self._take(task, lost or future.result())

    def _take(self, task: _Task, result: RunResult) -> None:
        self.results[task] = result
        if self.log is not None:
            self.log.add(self.key(task), result)
        if self.watch is not None:
            self.watch(result, len(self.results), len(self.tasks))

    def key(self, task: _Task) -> str:
        """What identifies a run: another space, strategy or budget makes it another one."""
        name, label, seed = task
        contest = self.contests[name]
        point = contest.problem.published.get(label.removeprefix(NO_SEARCH))
        who = describe_strategy(contest.strategies[label]) if label in contest.strategies else digest(point)
        budget = [contest.budget.unit, contest.budget.amount]
        return json.dumps([name, self.spaces[name], label, who, seed, budget])

    def ordered(self) -> tuple[RunResult, ...]:
        """The results in the order of the tasks, however they arrived."""
        return tuple(self.results[task] for task in self.tasks)
