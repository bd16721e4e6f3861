"""The classical suite: our strategies beside Nevergrad, Optuna, DEAP and pymoo at equal numbers of evaluations.

Every finished run is kept in `classical.json` beside this file, so that a call computes only what is missing:
`python benchmarks/classical.py peers` runs the peers, `ours` runs the strategies (all, or those whose name holds one
of the words that follow), `table` writes the section of RESULTS.md.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from ours import OURS
from peers import PEERS, Task, best_of_peer

from inlay.problems.classical import suite
from inlay.search import CannotAct, NoSuccess, Problem, Study

RUNS = Path(__file__).with_name("classical.json")
BUDGET = {"bits": 2000, "permutations": 2000, "continuous": 1000}
SEEDS = range(10)
#: Peers that take minutes a run have fewer seeds.
DEAR = {"Optuna NSGA-II": 3, "Optuna CMA-ES": 3, "Nevergrad NGOpt": 3, "Optuna TPE": 3}
#: Losses closer than this to each other, or to the optimum, count as equal.
CLOSE = 1e-8


#: Bit problems whose optimum is all ones, or all alike: there it is moved to a string drawn once, since some optimizers
#: begin with all zeros.
MOVED = ("one_max", "leading_ones", "concatenated_traps", "ising_ring")


def standard(name: str) -> Problem:
    """A problem of the suite, its optimum moved where that lies where some optimizers begin."""
    problem = suite()[name]
    if not name.endswith(MOVED):
        return problem
    flips = np.random.default_rng(7).random(problem.members.n) < 0.5
    return dataclasses.replace(problem, evaluate=lambda x: problem.evaluate(x ^ flips), published={})


def kind_of(name: str) -> str:
    """Whether a problem is about bits, permutations or continuous numbers."""
    return Task(suite()[name], 0).kind


def run_peer(name: str, peer: str, seed: int) -> list[Any]:
    """The best loss of one run of a peer, and what went wrong."""
    kind = kind_of(name)
    return [*best_of_peer(PEERS[kind][peer], standard(name), BUDGET[kind], seed)]


def run_ours(name: str, strategy: str, seed: int) -> list[Any]:
    """The best loss of one run of a strategy, and what went wrong."""
    problem = standard(name)
    try:
        study = Study(problem, OURS[strategy](BUDGET[kind_of(name)]), seed=seed)
    except CannotAct as error:
        return [None, str(error)]
    study.run(trials=BUDGET[kind_of(name)], progress=False)
    try:
        best = study.best
        return [best.loss if not best.violation else float("inf"), "" if not best.violation else "infeasible"]
    except NoSuccess as error:
        return [float("inf"), str(error)]


def missing(runs: dict[str, Any], who: str, words: list[str]) -> list[tuple[str, str, int]]:
    """The runs that are still to be made, the cheap ones first."""
    wanted = []
    for name in suite():
        for label in PEERS[kind_of(name)] if who == "peers" else OURS:
            seeds = range(DEAR.get(label, len(SEEDS))) if who == "peers" else SEEDS
            if not words or any(word.lower() in f"{label} {name}".lower() for word in words):
                done = runs.get(who, {}).get(name, {}).get(label, {})
                wanted += [(name, label, seed) for seed in seeds if str(seed) not in done]
    return sorted(wanted, key=lambda run: (run[1] in DEAR, run[2]))


def fill(who: str, words: list[str], workers: int) -> None:
    """Make the missing runs and keep each as soon as it is finished."""
    runs = json.loads(RUNS.read_text()) if RUNS.exists() else {}
    todo = missing(runs, who, words)
    print(f"{len(todo)} runs to make", flush=True)
    with ProcessPoolExecutor(workers) as pool:
        futures = {pool.submit(run_peer if who == "peers" else run_ours, *run): run for run in todo}
        for i, future in enumerate(as_completed(futures), 1):
            name, label, seed = futures[future]
            runs = json.loads(RUNS.read_text()) if RUNS.exists() else {}
            runs.setdefault(who, {}).setdefault(name, {}).setdefault(label, {})[str(seed)] = future.result()
            RUNS.with_suffix(".new").write_text(json.dumps(runs, indent=0, sort_keys=True))
            RUNS.with_suffix(".new").replace(RUNS)
            if i % 50 == 0:
                print(f"{i} of {len(todo)}", flush=True)


def medians(runs: dict[str, Any], name: str) -> dict[str, float]:
    """The median best loss of every optimizer on one problem."""
    found = {}
    for who in ("ours", "peers"):
        for label, seeds in runs.get(who, {}).get(name, {}).items():
            losses = [loss for loss, _ in seeds.values() if loss is not None]
            if losses:
                found[f"{who} {label}"] = median(losses)
    return found


def show(runs: dict[str, Any]) -> None:
    """A table of medians on the screen."""
    for name, problem in suite().items():
        found = medians(runs, name)
        print(f"\n{name} (best known {problem.best_known:.6g})")
        for label, loss in sorted(found.items(), key=lambda item: item[1])[:14]:
            print(f"   {loss:12.6g}  {label}")


if __name__ == "__main__":
    verb, *words = sys.argv[1:] or ["table"]
    if verb in ("peers", "ours"):
        fill(verb, words, int(os.environ.get("WORKERS", "2")))
    else:
        show(json.loads(RUNS.read_text()))
