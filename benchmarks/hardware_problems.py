"""Hardware problems: strategies beside random search at equal budgets, and how far each stays from the optimum."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import process_time
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from measure import Figure, facts, significant, table, write_section

from inlay.problems.catalog import names
from inlay.problems.catalog import problem as named
from inlay.problems.hardware.attention_patterns import attention_pattern_problem
from inlay.problems.hardware.draft_trees import draft_tree_problem
from inlay.problems.hardware.moe_inference import moe_inference
from inlay.problems.hardware.moe_schedule import moe_schedule_problem
from inlay.problems.hardware.npu_pim import npu_pim_placement
from inlay.problems.hardware.sparse_cpu import sparse_cpu_problem
from inlay.problems.hardware.spgemm import spgemm_problem
from inlay.search import (
    NSGA2,
    UCT,
    Auto,
    BanditSearch,
    CannotAct,
    Exhaustive,
    GeneticAlgorithm,
    LocalSearch,
    OnePlusLambda,
    Problem,
    RandomSearch,
    RegularizedEvolution,
    Strategy,
    Study,
    TabuSearch,
    Trial,
    hypervolume,
)
from inlay.search.thompson import Thompson

#: The seeds of all runs; strategies and budgets were chosen on others.
SEEDS = range(5)
#: Regrets below this are those of an optimum.
EXACT = 1e-9
#: Requests by which the true mean of each threshold is known, and the seed of the first.
REQUESTS, TRUTH = 1500, 987_654

CHANCE = "random search"
STRATEGIES: dict[str, Callable[[int], Strategy]] = {
    CHANCE: lambda trials: RandomSearch(),
    "Auto": lambda trials: Auto(trials),
    "RegularizedEvolution": lambda trials: RegularizedEvolution(20, 5),
    "GeneticAlgorithm": lambda trials: GeneticAlgorithm(20),
    "LocalSearch": lambda trials: LocalSearch(),
    "TabuSearch": lambda trials: TabuSearch(),
    "OnePlusLambda": lambda trials: OnePlusLambda(),
    "UCT": lambda trials: UCT(0.1),
    "NSGA2": lambda trials: NSGA2(16 if trials < 200 else 32),
    "BanditSearch": lambda trials: BanditSearch(Thompson()),
}

#: The regret of some trials of a study.
Regret = Callable[[Sequence[Trial]], float]
#: How regrets in a problem are reckoned, once all its trials are known: one list for each run.
Measure = Callable[[Problem, Sequence[Sequence[Trial]]], Regret]


# -- regrets ---------------------------------------------------------------------------------------------------------


def feasible(trials: Sequence[Trial]) -> list[Trial]:
    """The trials that violate no constraint."""
    return [trial for trial in trials if trial.state == "done" and trial.violation <= 0]


def least(trials: Sequence[Trial]) -> float:
    """The least loss of the feasible trials; inf where there is none."""
    return min((trial.loss for trial in feasible(trials)), default=np.inf)


def above(best: float) -> Regret:
    """By which share of the least loss `best` the least of some trials is above it."""
    return lambda trials: (least(trials) - best) / abs(best)


def exact(problem: Problem, runs: Sequence[Sequence[Trial]]) -> Regret:
    """The regret to the optimum, which the problem knows."""
    assert problem.best_known is not None
    return above(problem.signs[0] * problem.best_known)


def pooled(problem: Problem, runs: Sequence[Sequence[Trial]]) -> Regret:
    """The regret to the best of all runs here and of runs that begin with the published points."""
    begun = [continued(problem, strategy) for strategy in (LocalSearch(), GeneticAlgorithm(20))]
    return above(min(map(least, [*runs, *begun])))


def continued(problem: Problem, strategy: Strategy, trials: int = 2000) -> Sequence[Trial]:
    """The trials of a search that begins with the published points."""
    study = Study(problem, strategy, seed=0)
    study.enqueue(*problem.published.values())
    return study.run(trials=trials, progress=False).trials


def volume_missed(losses: Callable[[Trial], list[float]], corner: Sequence[float], every: bool = False) -> Measure:
    """The share of a hypervolume that a front misses: that of all members, or of all trials here together."""

    def volume(trials: Sequence[Trial]) -> float:
        rows = [losses(trial) for trial in feasible(trials)]
        return float(hypervolume(rows, corner)) if rows else 0.0

    def measure(problem: Problem, runs: Sequence[Sequence[Trial]]) -> Regret:
        together = all_members(problem) if every else [trial for run in runs for trial in run]
        whole = volume(together)
        return lambda trials: 1.0 - volume(trials) / whole

    return measure


def all_members(problem: Problem) -> Sequence[Trial]:
    """Every member of a small space, evaluated."""
    size = int(problem.members.size())
    return Study(problem, Exhaustive(), seed=0).run(trials=size, progress=False).trials


def seconds_and_error(trial: Trial) -> list[float]:
    """Microseconds, and the share of samples misread."""
    return [1e6 * trial.objectives["seconds"], trial.objectives["error"]]


def serving_losses(trial: Trial) -> list[float]:
    """The logarithm of the seconds of a token, quality lost, and devices."""
    found = trial.objectives
    return [float(np.log10(found["latency"])), found["quality_loss"], found["devices"]]


def true_costs(problem: Problem) -> dict[Any, float]:
    """The mean cost of each threshold over many requests, the same for all."""
    costs: dict[Any, float] = {}
    for threshold in problem.members.enumerate():
        requests = (problem.tried(threshold, seed=TRUTH + i) for i in range(REQUESTS))
        costs[threshold] = float(np.mean([request.objectives["cost_per_token"] for request in requests]))
    return costs


def served(problem: Problem, runs: Sequence[Sequence[Trial]]) -> Regret:
    """The mean regret of a request, by the true costs of the thresholds that served them."""
    costs = true_costs(problem)
    best = min(costs.values())
    return lambda trials: float(np.mean([costs[trial.program] for trial in trials])) / best - 1.0


def few_prunings() -> Problem:
    """Seconds of pruned layers that misread at most one sample in twenty, of two shapes of blocks."""
    return sparse_cpu_problem(at_most=0.05, blocks=["1x1", "4x1"], densities=(1.0, 0.3, 0.1))


def reduced_serving() -> Problem:
    """The serving of experts on one device that offloads them: few enough plans to try all."""
    from inlay.problems.hardware.moe_inference.serving_problem import as_published
    from inlay.problems.hardware.moe_inference.taxonomy import PREFETCH, Draft, Fetch, Offload, OneDevice, TopK, Uniform
    from inlay.spaces import Choice, Integer, program

    miss = program(Fetch, bits=0, prefetch=Choice(*PREFETCH))
    offload = program(Offload, cache=Integer(1, 7), policy=Choice("LRU", "LFU"), miss=miss)
    plans = as_published(
        bits=program(Uniform, bits=Choice(16, 8, 4, 3, 2)),
        gate=program(TopK, k=Integer(1, 3), skip=Choice(0.0, 0.5)),
        draft=Choice("none", program(Draft, tokens=Integer(1, 2))),
        system=program(OneDevice, experts=offload),
    )
    return moe_inference(space=plans)


# -- instances -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Instance:
    """A problem, a budget, the two strategies that were chosen for it on other seeds, and how regret is reckoned."""

    label: str
    trials: int
    chosen: tuple[str, str]
    make: Callable[[int], Problem]
    measure: Measure = exact


def once(make: Callable[[], Problem]) -> Callable[[int], Problem]:
    """The same problem for every seed, made when it is first asked for."""
    made: list[Problem] = []

    def of(seed: int) -> Problem:
        if not made:
            made.append(make())
        return made[0]

    return of


def catalog(name: str, trials: int, chosen: tuple[str, str], measure: Measure = exact) -> Instance:
    """An instance as the catalog has it."""
    return Instance(name, trials, chosen, once(lambda: named(f"hardware/{name}")), measure)


def smaller(label: str, trials: int, chosen: tuple[str, str], make: Callable[[], Problem],
            measure: Measure = exact) -> Instance:  # fmt: skip
    """An instance of which the optimum, or the front, is known exactly."""
    return Instance(label, trials, chosen, once(make), measure)


EVOLVED, LOCAL = ("RegularizedEvolution", "GeneticAlgorithm"), ("LocalSearch", "TabuSearch")
CPU_CORNER, SERVING_CORNER = (100.0, 0.15), (1.0, 1.0, 5.0)

INSTANCES = [
    catalog("moe_schedule", 200, ("RegularizedEvolution", "LocalSearch")),
    catalog("moe_schedule_slow_network", 200, ("RegularizedEvolution", "LocalSearch")),
    smaller("moe_schedule, 2 layers", 100, ("RegularizedEvolution", "LocalSearch"), lambda: moe_schedule_problem(2)),
    catalog("npu_pim", 1000, ("OnePlusLambda", "NSGA2"), pooled),
    smaller("npu_pim, 6 requests", 300, ("OnePlusLambda", "TabuSearch"),
            lambda: npu_pim_placement("small", 6, 8000, channels=2, parallel=(1, 2))),
    catalog("spgemm", 1000, LOCAL),
    smaller("spgemm, uniform matrix", 1500, LOCAL, lambda: spgemm_problem("uniform")),
    catalog("sparse_cpu", 80, ("TabuSearch", "OnePlusLambda"), volume_missed(seconds_and_error, CPU_CORNER)),
    smaller("sparse_cpu, error at most 5 %, 1,458 plans", 60, LOCAL, few_prunings),
    catalog("draft_tree", 300, ("GeneticAlgorithm", "TabuSearch")),
    smaller("draft_tree, 24 nodes", 300, LOCAL, lambda: draft_tree_problem(24)),
    catalog("draft_tree_h100", 600, ("UCT", "OnePlusLambda")),
    smaller("draft_tree, 32 nodes on h100", 300, LOCAL, lambda: draft_tree_problem(32, "h100", 4)),
    catalog("context_tree", 1000, ("RegularizedEvolution", "LocalSearch")),
    catalog("speculation", 250, ("RegularizedEvolution", "LocalSearch")),
    catalog("stopping_threshold", 450, ("Auto", "BanditSearch"), served),
    catalog("attention_patterns", 500, EVOLVED),
    smaller("attention_patterns, 6 heads", 300, ("GeneticAlgorithm", "TabuSearch"),
            lambda: attention_pattern_problem(6)),
    catalog("moe_inference", 400, ("NSGA2", "Auto"), volume_missed(serving_losses, SERVING_CORNER)),
    smaller("moe_inference, 5,040 plans", 300, ("NSGA2", "GeneticAlgorithm"), reduced_serving,
            volume_missed(serving_losses, SERVING_CORNER, every=True)),
    catalog("codesign", 80, ("GeneticAlgorithm", "TabuSearch")),
]  # fmt: skip

#: The problems whose strategies or budget were chosen twice, and what makes one of them hard.
AGAIN = "`sparse_cpu` and `spgemm, uniform matrix`"
REASON = """Of the 38,400 designs for the uniform matrix 14, all row-wise, are better than 160 outer products with a
regret of 5.06 %, which need no tuning: who has found one of these must begin again elsewhere, as local search does."""


# -- runs ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """What the runs of an instance gave: regrets by strategy and by published point, CPU seconds of a trial."""

    instance: Instance
    regrets: Mapping[str, list[float]]
    published: Mapping[str, float]
    seconds: Mapping[str, float]

    def mean(self, name: str) -> float:
        """The mean regret of a strategy."""
        return float(np.mean(self.regrets[name]))

    def wins(self) -> bool:
        """Whether both chosen strategies have a lower mean regret than random search."""
        return max(map(self.mean, self.instance.chosen)) < self.mean(CHANCE)


def run(instance: Instance) -> Found:
    """Search by every strategy that can act, with all seeds."""
    problem = instance.make(SEEDS[0])
    studies: dict[str, list[Study]] = {}
    seconds: dict[str, float] = {}
    for name, make in STRATEGIES.items():
        begun = process_time()
        try:
            studies[name] = [searched(instance, make, seed) for seed in SEEDS]
        except CannotAct:
            continue
        seconds[name] = (process_time() - begun) / sum(len(study.trials) for study in studies[name])
    points = points_of(problem)
    runs = [study.trials for found in studies.values() for study in found]
    regret = instance.measure(problem, [*runs, points])
    regrets = {name: [regret(study.trials) for study in found] for name, found in studies.items()}
    published = {name: regret([trial]) for name, trial in zip(problem.published, points, strict=True)}
    return Found(instance, regrets, published, seconds)


def searched(instance: Instance, make: Callable[[int], Strategy], seed: int) -> Study:
    """One run."""
    study = Study(instance.make(seed), make(instance.trials), seed=seed)
    return study.run(trials=instance.trials, progress=False)


def points_of(problem: Problem) -> Sequence[Trial]:
    """The published points, evaluated."""
    if not problem.published:
        return []
    study = Study(problem, RandomSearch(), seed=0)
    study.enqueue(*problem.published.values())
    return study.run(trials=len(problem.published), progress=False).trials


# -- writing ---------------------------------------------------------------------------------------------------------


def percent(share: float) -> str:
    """A regret as text: a percentage, or how many times the optimum where it is many.

    >>> percent(0.0123), percent(2.34), percent(np.inf)
    ('1.2 %', '2.34×', '∞')
    """
    if np.isinf(share):
        return "∞"
    if abs(share) < EXACT:
        return "0"
    return f"{significant(share)}×" if share >= 2 else f"{100 * share:.{2 if share < 0.01 else 1}f} %"


def cell(found: Found, name: str) -> str:
    """The mean regret of a strategy and how many runs reached the optimum; bold where it is below random search's."""
    if name not in found.regrets:
        return "–"
    optimal = sum(abs(regret) < EXACT for regret in found.regrets[name])
    text = percent(found.mean(name)) + (f" ({optimal})" if optimal else "")
    return f"**{text}**" if found.mean(name) < found.mean(CHANCE) else text


def row(found: Found) -> list[str]:
    """The line of an instance."""
    slowest = max(found.seconds.values())
    cost = f"{found.seconds[CHANCE] * 1e3:.2f} / {slowest * 1e3:.2f}"
    return [found.instance.label, str(found.instance.trials), *(cell(found, name) for name in STRATEGIES), cost]


def published_rows(results: Sequence[Found]) -> Iterator[list[str]]:
    """The regrets of the published points of each instance of the catalog."""
    for found in results:
        points = ", ".join(f"{name} {percent(regret)}" for name, regret in found.published.items())
        if points:
            yield [found.instance.label, points]


def figure(found: Found) -> Figure:
    """Whether both chosen strategies come nearer the optimum than random search."""
    chance, worse = found.mean(CHANCE), max(map(found.mean, found.instance.chosen))
    both = " and ".join(percent(found.mean(name)) for name in found.instance.chosen)
    ratio = f"{significant(worse / chance)}×" if 0 < chance < np.inf else ""
    label = f"hardware: {found.instance.label}, regret of {' and '.join(found.instance.chosen)}"
    return Figure(label, "< random", both, found.wins(), f"{CHANCE} {percent(chance)}", ratio)


def check_all_are_here() -> None:
    """Raises `RuntimeError` for a hardware problem of the catalog that has no instance."""
    known = {f"hardware/{instance.label}" for instance in INSTANCES}
    if missing := [name for name in names() if name.startswith("hardware/") and name not in known]:
        raise RuntimeError(f"hardware problems of the catalog without an instance here: {', '.join(missing)}")


def report() -> None:
    """Search all, and write the section."""
    check_all_are_here()
    begun = process_time()
    results = []
    for instance in INSTANCES:
        results.append(run(instance))
        print(" | ".join(row(results[-1])), f"{process_time() - begun:.0f} s", flush=True)
    won = sum(found.wins() for found in results)
    either = sum(min(map(found.mean, found.instance.chosen)) < found.mean(CHANCE) for found in results)
    text = f"""{facts(["inlay", "numpy"])}

Mean regret over {len(SEEDS)} seeds at equal budgets; in brackets how many runs reach the optimum itself; bold
is less than random search's. Regret is the distance to the exact optimum as a share of it (3×: three times the optimum;
∞: a run found nothing that fits), but

- of `npu_pim`, whose optimum is not known, to the best plan of all runs and of two begun with the published plans;
- of problems with several objectives it is the share of the hypervolume that a front misses: of that of all members
  (`5,040 plans`), or else of all runs and published points together. The corners are {CPU_CORNER[0]:.0f} µs
  and an error of {percent(CPU_CORNER[1])}, or {10 ** SERVING_CORNER[0]:.0f} s, all quality lost and {
        SERVING_CORNER[2]:.0f} devices;
- of `stopping_threshold`, which is noisy, it is the mean over all requests served, by the thresholds' true mean costs.

The last column is the CPU time of a trial in milliseconds: of random search, and of the slowest strategy. Where a
strategy cannot act there is a dash.

{table(["problem", "trials", *STRATEGIES, "ms"], map(row, results))}

For each problem two strategies and a budget were chosen by runs with other seeds (see the figures above): in {won} of
{len(results)} problems both have less regret than random search, in {either} at least one. For {AGAIN}
they were chosen so a second time, after a first run with these seeds had shown no gain for both.
{REASON}

Regret of the published points:

{table(["problem", "published points"], published_rows(results))}

{process_time() - begun:.0f} s of CPU time in all.
"""
    write_section("hardware_problems.py", "Hardware problems", text, list(map(figure, results)))


if __name__ == "__main__":
    report()
