"""The least or the largest value of a function, in one call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from .auto import auto_for
from .problem import Problem
from .running import worker_count
from .study import Study, opened_store


def minimize(function: Callable[[Any], Any], space: Any, **options: Any) -> Study:
    """Search `space` for the least value of `function`; returns the finished study.

    `options`: `strategy`, `seed`, `store`, `name`, `noisy`, and those of `Study.run` (`trials`, `seconds`, `cost`,
    `target`, `workers`, `timeout`, `callbacks`, `progress`, `log`). Without a budget 100 trials are made. Without a
    strategy `Auto` chooses one for the space, the trials and the workers: `study.strategy.reason` says which and why.

    >>> from inlay.spaces import Real
    >>> minimize(lambda x: (x - 1) ** 2, Real(0, 2), trials=200, seed=0, progress=False).best.loss < 1e-3
    True
    """
    return _optimize(function, space, {"loss": "minimize"}, options)


def maximize(function: Callable[[Any], Any], space: Any, **options: Any) -> Study:
    """Search `space` for the largest value of `function`; see `minimize`. The value is `study.best.score`."""
    return _optimize(function, space, {"score": "maximize"}, options)


def _optimize(
    function: Callable[[Any], Any], space: Any, objectives: Mapping[str, str], options: dict[str, Any]
) -> Study:
    named = ("strategy", "seed", "store", "name")
    study_options: dict[str, Any] = {key: options.pop(key) for key in named if key in options}
    name = getattr(function, "__name__", "problem")
    problem = Problem(
        "function" if name == "<lambda>" else name,
        space,
        function,
        objectives=objectives,
        noisy=options.pop("noisy", False),
    )
    if not any(options.get(limit) is not None for limit in ("trials", "seconds", "cost", "target")):
        options["trials"] = 100
    inspect.signature(Study.run).bind(None, **options)  # a misspelt option is refused before a store is made
    if study_options.get("strategy") is None:
        study_options |= _choice(problem, study_options, options)
    return Study(problem, study_options.pop("strategy"), **study_options).run(**options)


def _choice(problem: Problem, study_options: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """`Auto` for the budget and the workers of the run, or as it began the stored study, and that store, opened."""
    store = study_options.get("store")
    opened = None if store is None else opened_store(store)
    stored = None if opened is None else opened.header(study_options.get("name") or problem.name)
    trials, workers = _count(options.get("trials")), _count(worker_count(options.get("workers")))
    return {"strategy": auto_for(stored, trials, workers or 1), "store": opened}


def _count(number: Any) -> int | None:
    """A number from 1 on; None for anything else, which is for the run to judge."""
    return int(number) if hasattr(number, "__index__") and number > 0 else None
