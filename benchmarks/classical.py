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
from measure import Figure, facts, table, write_section
from ours import OURS
from peers import PEERS, Task, best_of_peer

from inlay.problems.classical import suite
from inlay.search import CannotAct, NoSuccess, Problem, Study

RUNS = Path(__file__).with_name("classical.json")
BUDGET = {"bits": 2000, "permutations": 2000, "continuous": 1000}
SEEDS = range(10)
#: Peers that take up to a minute a run come last.
DEAR = ("Optuna NSGA-II", "Optuna CMA-ES", "Nevergrad NGOpt", "Optuna TPE")
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
            if not words or any(word.lower() in f"{label} {name}".lower() for word in words):
                done = runs.get(who, {}).get(name, {}).get(label, {})
                wanted += [(name, label, seed) for seed in SEEDS if str(seed) not in done]
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


def ranks(runs: dict[str, Any]) -> dict[str, float]:
    """The mean rank over the problems of every optimizer that ran on any; one that cannot act ranks last."""
    everyone = {label for name in suite() for label in medians(runs, name)}
    total = dict.fromkeys(everyone, 0.0)
    for name in suite():
        found = medians(runs, name)
        for label in everyone:
            mine = found.get(label, float("inf"))
            others = [found.get(other, float("inf")) for other in everyone if other != label]
            total[label] += 1 + sum(o < mine - CLOSE for o in others) + sum(abs(o - mine) <= CLOSE for o in others) / 2
    return {label: rank / len(suite()) for label, rank in total.items()}


def compared(runs: dict[str, Any]) -> list[list[str]]:
    """A row for each problem: the best of ours, Auto, the best peer, and whether ours is at least as good."""
    rows = []
    for name, problem in suite().items():
        found = medians(runs, name)
        ours = {label[5:]: loss for label, loss in found.items() if label.startswith("ours ")}
        peers = {label[6:]: loss for label, loss in found.items() if label.startswith("peers ")}
        if ours and peers:
            mine, theirs = min(ours, key=ours.__getitem__), min(peers, key=peers.__getitem__)
            verdict = "yes" if ours[mine] <= peers[theirs] + CLOSE else "**no**"
            numbers = [f"{loss:.6g}" for loss in (problem.best_known, ours[mine], ours["Auto"], peers[theirs])]
            known, best, auto, peer = numbers
            rows.append(
                [name.removeprefix("classical/"), known, f"{best} ({mine})", auto, f"{peer} ({theirs})", verdict]
            )
    return rows


def share_as_good(rows: list[list[str]], kinds: tuple[str, ...]) -> tuple[int, int]:
    """On how many problems of these kinds ours is at least as good, and how many there are."""
    verdicts = [row[-1] for row in rows if kind_of(f"classical/{row[0]}") in kinds]
    return verdicts.count("yes"), len(verdicts)


#: Why a peer wins where one does.
REASONS = {
    "concatenated_traps": "a larger population and a crossover with two cuts at every birth keep whole blocks; our "
    "methods of single changes are led away from the optimum by construction",
    "nk_landscape": "neighbouring bits interact, so crossing long stretches pays; our genetic algorithm mutates more",
    "rastrigin": "a wide population averages the ripples away; the trust region descends into the nearest good basin "
    "and begins again, which pays on the other functions",
}


def lost(rows: list[list[str]]) -> str:
    """The problems on which a peer is better, with the reason, as a list."""
    names = [row[0] for row in rows if row[-1] != "yes"]
    return "\n".join(f"- {name}: {REASONS.get(name, 'no reason known')}." for name in names)


def report(runs: dict[str, Any]) -> None:
    """Write the section of RESULTS.md."""
    rows, ranked = compared(runs), sorted(ranks(runs).items(), key=lambda item: item[1])
    counts = sorted({len(seeds) for peers in runs["peers"].values() for seeds in peers.values()})
    discrete, n = share_as_good(rows, ("bits", "permutations"))
    continuous, m = share_as_good(rows, ("continuous",))
    listed = ", ".join(f"{label.partition(' ')[2]} {rank:.1f}" for label, rank in ranked[:10])
    text = f"""{facts(["inlay", "nevergrad", "optuna", "deap", "pymoo", "numpy"])}

Medians of the best loss after 2,000 evaluations (continuous: 1,000), all minimised; ours over 10 seeds, a peer over
{counts[0]} to {counts[-1]}, as far as the runs kept in `classical.json` go. Losses within 1e-8 count as equal. Optima
that are all ones or all alike are moved to a random string first, since some optimizers begin with zeros.

{table(["problem", "best known", "best of ours", "Auto", "best peer", "at least as good"], rows)}

Where a peer is better, and why as far as we can tell:

{lost(rows)}

Mean rank over all {n + m} problems, the best ten (who cannot act on a problem ranks last there): {listed}.
"""
    first = ranked[0][0].partition(" ")[2]
    good = "problems where ours is at least as good"
    figures = [
        Figure(f"classical: discrete {good}", "80 %", f"{discrete} of {n}", discrete >= 0.8 * n),
        Figure(f"classical: continuous {good}", "70 %", f"{continuous} of {m}", continuous >= 0.7 * m),
        Figure("classical: best mean rank", "Auto", first, first == "Auto"),
    ]
    write_section("classical.py", "Classical problems", text, figures)


if __name__ == "__main__":
    verb, *words = sys.argv[1:] or ["table"]
    if verb in ("peers", "ours"):
        fill(verb, words, int(os.environ.get("WORKERS", "2")))
    else:
        report(json.loads(RUNS.read_text()))
