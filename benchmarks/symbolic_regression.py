"""Recovery of known formulas from their rows: ours beside Operon, gplearn and DEAP at equal CPU time.

Nothing here knows what a program is like inside: a fit gives a text for X, y, CPU seconds and a seed, in one thread.
Every fit is kept in `symbolic_regression.json` beside this file, so that a call makes only what is missing:
`python benchmarks/symbolic_regression.py peers` fits the peers and `ours` ours (all, or those whose program, equation
or budget holds one of the words that follow), `grade` compares what was found with the truth, `table` writes the
section of RESULTS.md. `check` grades the truths themselves and the mean, which must give all and nothing.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import lru_cache
from multiprocessing import get_context
from time import process_time
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

from regression_peers import PEERS, Peer, warm
from regression_runs import EQUATIONS, Run, keep, kept, wanted
from regression_tables import report

from inlay.problems.formulas.equations import Equation
from inlay.problems.formulas.metrics import grade
from inlay.spaces.formulas import Formula, parse_formula

#: Fits that a process makes, about, before a new one takes its place.
FITS = 25

# -- fitting ---------------------------------------------------------------------------------------------------------


def ours(X: Any, y: Any, seconds: float, seed: int) -> str:
    """Inlay as a user calls it, begun again where it stopped until the CPU seconds are spent or a formula is exact."""
    from inlay import SymbolicRegressor

    start = process_time()
    model = SymbolicRegressor(random_state=seed, warm_start=True)
    while (left := seconds - (process_time() - start)) > 0.03 * seconds:
        model.seconds = left
        model.fit(X, y)
        if model.study_.stop_reason != "seconds":
            break
    return str(model.sympy())


OURS = {"Inlay": ours}
PROGRAMS: dict[str, Peer] = {**PEERS, **OURS}


@lru_cache
def warmed(program: str) -> Peer:
    """The function of a program that has imported and compiled what it needs, once in a process."""
    warm(PROGRAMS[program])
    return PROGRAMS[program]


def fitted(run: Run) -> dict[str, Any]:
    """What a program found, and the CPU seconds that it took; an error in its place where it broke."""
    fit, equation = warmed(run.program), EQUATIONS[run.name]
    X, y = equation.sample(seed=run.seed)
    start = process_time()
    try:
        return {"model": fit(X, y, float(run.seconds), run.seed), "cpu": round(process_time() - start, 3)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}", "cpu": round(process_time() - start, 3)}


def work(function: Callable[[Any], dict[str, Any]], todo: dict[str, Any], workers: int) -> None:
    """Apply a function to what is to be done, in fresh processes, and keep each answer as soon as it is there."""
    print(f"{len(todo)} to do", flush=True)
    keys = list(todo)
    for first in range(0, len(keys), FITS * workers):
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            futures = {pool.submit(function, todo[key]): key for key in keys[first : first + FITS * workers]}
            for future in as_completed(futures):
                keep(futures[future], **future.result())
        print(f"{min(first + FITS * workers, len(keys))} of {len(keys)}", flush=True)


# -- grading ---------------------------------------------------------------------------------------------------------


def model_of(text: str, equation: Equation) -> Formula:
    """What a program printed over x0, x1, ... as a formula of the equation's variables."""
    places = [f"x{i}" for i in range(len(equation.variables))]
    found = parse_formula(text, places)
    return Formula(found.code, found.numbers, equation.formula.vocabulary)


def graded(task: tuple[str, str, int]) -> dict[str, Any]:
    """The grade of a text for an equation and a seed."""
    text, name, seed = task
    equation = EQUATIONS[name]
    try:
        found = grade(model_of(text, equation), equation, seed=seed)
    except (ValueError, RecursionError) as error:
        return {"grade": None, "unreadable": str(error)}
    return {"grade": dataclasses.asdict(found)}


def ungraded() -> dict[str, tuple[str, str, int]]:
    """The fits that have a model and no grade."""
    found = {}
    for key, run in kept().items():
        if "model" in run and "grade" not in run:
            _, name, _, seed = key.split("/")
            found[key] = run["model"], name, int(seed)
    return found


def check() -> None:
    """Grade the truth, written in another way, and the mean: all must be recovered, and none."""
    for name, equation in EQUATIONS.items():
        places = [f"x{i}" for i in range(len(equation.variables))]
        truth = Formula(equation.formula.code, equation.formula.numbers, parse_formula("0", places).vocabulary)
        oracle = grade(model_of(str(truth.sympy()), equation), equation)
        constant = grade(model_of(repr(float(equation.sample()[1].mean())), equation), equation)
        assert oracle.exact, f"{name}: the truth is not exact: {oracle}"
        assert oracle.symbolic, f"{name}: the truth is not recovered: {oracle}"
        assert not constant.recovered, f"{name}: the mean is recovered: {constant}"
    print(f"the grader recovers {len(EQUATIONS)} of {len(EQUATIONS)} truths, and no mean")


def main(verb: str, words: list[str]) -> None:
    """Do what the verb says."""
    workers = int(os.environ.get("WORKERS", "2"))
    if verb in ("peers", "ours"):
        runs, done = wanted(PEERS if verb == "peers" else OURS, words), kept()
        work(fitted, {run.key: run for run in runs if run.key not in done}, workers)
    elif verb == "grade":
        work(graded, ungraded(), workers)
    elif verb == "check":
        check()
    else:
        report([*PEERS], [*OURS])


if __name__ == "__main__":
    main(*(sys.argv[1:2] or ["table"]), sys.argv[2:])
