"""NSGA-II and NSGA-III beside pymoo: what an evaluation costs, and the hypervolume reached with as many."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from functools import cache
from time import process_time
from typing import Any

from measure import Figure, duration, facts, in_new_process, medians, significant, table, write_section

GENERATIONS = 50
REALS, BITS = 30, 100

#: Losses of each row of an array, for both sides.
Evaluate = Callable[[Any], Any]


# -- the problems ----------------------------------------------------------------------------------------------------


def zdt1(x: Any) -> Any:
    """Two losses of rows of reals in [0, 1]: a convex front."""
    import numpy as np

    g = 1 + 9 * x[:, 1:].mean(axis=1)
    return np.column_stack([x[:, 0], g * (1 - np.sqrt(x[:, 0] / g))])


def counts(x: Any) -> Any:
    """Two losses of rows of bits: the first 60 should be set, the last 60 should not."""
    import numpy as np

    return np.column_stack([60 - x[:, :60].sum(axis=1), x[:, 40:].sum(axis=1)]).astype(float)


def dtlz2(x: Any) -> Any:
    """Three losses of rows of reals in [0, 1]: an eighth of a sphere."""
    import numpy as np

    g, u, v = 1 + ((x[:, 2:] - 0.5) ** 2).sum(axis=1), x[:, 0] * np.pi / 2, x[:, 1] * np.pi / 2
    return np.column_stack([g * np.cos(u) * np.cos(v), g * np.cos(u) * np.sin(v), g * np.sin(u)])


#: The losses, how many decisions, whether they are bits, the population, and the reference of the hypervolume.
TASKS: dict[str, tuple[Evaluate, int, bool, int, list[float]]] = {
    "ZDT1, 30 reals": (zdt1, REALS, False, 200, [1.1, 1.1]),
    "two counts, 100 bits": (counts, BITS, True, 200, [60.0, 60.0]),
    "DTLZ2, 12 reals": (dtlz2, 12, False, 92, [1.1, 1.1, 1.1]),
}


# -- both sides: CPU seconds an evaluation of asking and telling, and the losses of the last population ---------------


@cache
def space_of(task: str) -> Any:
    """The space of a problem, made once for all studies of it."""
    from inlay.spaces import Choice, Real, space

    _, decisions, bits, *_ = TASKS[task]
    return space([Choice(0, 1) if bits else Real(0, 1)] * decisions)


def inlay_run(task: str, seed: int) -> tuple[float, Sequence[Sequence[float]]]:
    """The strategy's `ask` and `tell`, a generation at a time; making trials and evaluating them is not counted."""
    from random import Random

    import numpy as np

    from inlay.search import Trial
    from inlay.search.nsga2 import NSGA2
    from inlay.search.nsga3 import NSGA3

    evaluate, _, _, population, reference = TASKS[task]
    members = space_of(task)
    strategy = NSGA2(population) if len(reference) == 2 else NSGA3(population)
    strategy.start(members, Random(seed), dict.fromkeys("abc"[: len(reference)], "minimize"))
    spent, number = 0.0, 0
    for _ in range(GENERATIONS):
        start = process_time()
        proposals = strategy.ask(population)
        spent += process_time() - start
        losses = evaluate(np.array([proposal.value.args for proposal in proposals])).tolist()
        trials = []
        for proposal, row in zip(proposals, losses, strict=True):
            trial = Trial(number, proposal.value, proposal.origin)
            trial.state, trial.losses, trial.key = "done", tuple(row), members.key(proposal.value)
            trials.append(trial)
            number += 1
        start = process_time()
        strategy.tell(trials)
        spent += process_time() - start
    return spent / number, [trial.losses for trial in strategy.members]


def study_run(task: str, seed: int) -> tuple[float, Sequence[Sequence[float]]]:
    """`Study.run` with all that it does for a trial: keys, the log, building and evaluating one by one."""
    import numpy as np

    from inlay.search import Problem, Study
    from inlay.search.nsga2 import NSGA2
    from inlay.search.nsga3 import NSGA3

    evaluate, _, _, population, reference = TASKS[task]
    names = "abc"[: len(reference)]

    def evaluate_many(values: list[Any]) -> list[dict[str, float]]:
        return [dict(zip(names, row, strict=True)) for row in evaluate(np.array(values)).tolist()]

    problem = Problem(task, space_of(task), evaluate_many=evaluate_many, objectives=dict.fromkeys(names, "minimize"))
    strategy = NSGA2(population) if len(reference) == 2 else NSGA3(population)
    study: Any = Study(problem, strategy, seed=seed)
    start = process_time()
    study.run(trials=population * GENERATIONS, progress=False)
    spent = process_time() - start
    return spent / len(study.trials), [trial.losses for trial in study.strategy.members]


def pymoo_run(task: str, seed: int) -> tuple[float, Sequence[Sequence[float]]]:
    """The algorithm's `ask` and `tell`; evaluating, which pymoo does for a whole generation, is not counted."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.algorithms.moo.nsga3 import NSGA3
    from pymoo.core.problem import Problem
    from pymoo.operators.crossover.pntx import TwoPointCrossover
    from pymoo.operators.mutation.bitflip import BitflipMutation
    from pymoo.operators.sampling.rnd import BinaryRandomSampling
    from pymoo.util.ref_dirs import get_reference_directions

    evaluate, decisions, bits, population, reference = TASKS[task]

    class Task(Problem):  # type: ignore[misc]
        def _evaluate(self, x: Any, out: dict[str, Any], *args: Any, **kwargs: Any) -> None:
            out["F"] = evaluate(x)

    problem = Task(n_var=decisions, n_obj=len(reference), xl=0, xu=1, vtype=bool if bits else float)
    operators: dict[str, Any] = {}
    if bits:
        operators = {
            "sampling": BinaryRandomSampling(),
            "crossover": TwoPointCrossover(),
            "mutation": BitflipMutation(),
        }
    if len(reference) == 2:
        algorithm = NSGA2(pop_size=population, **operators)
    else:
        algorithm = NSGA3(get_reference_directions("das-dennis", 3, n_partitions=12), pop_size=population)
    algorithm.setup(problem, termination=("n_gen", GENERATIONS), seed=seed, verbose=False)
    spent = evaluations = 0.0
    while algorithm.has_next():
        start = process_time()
        infills = algorithm.ask()
        spent += process_time() - start
        algorithm.evaluator.eval(problem, infills)
        evaluations += len(infills)
        start = process_time()
        algorithm.tell(infills=infills)
        spent += process_time() - start
    return spent / evaluations, algorithm.pop.get("F").tolist()


SIDES = {"inlay": inlay_run, "inlay, whole study": study_run, "pymoo": pymoo_run}


def run_alone(side: str, task: str, seed: int) -> list[float]:
    """CPU seconds an evaluation, and the hypervolume of the last population."""
    from inlay.search.hypervolumes import hypervolume

    SIDES[side](task, seed + 1000)  # modules that are loaded on first use are loaded
    spent, losses = SIDES[side](task, seed)
    return [spent, hypervolume(losses, TASKS[task][-1])]


# -- the report ------------------------------------------------------------------------------------------------------


def compare(task: str, seeds: int) -> dict[str, list[float]]:
    """All sides in turn, each run in a new process with a new seed: medians of cost and hypervolume."""
    seed = {side: iter(range(seeds)) for side in SIDES}
    measures = {side: lambda side=side: in_new_process(__file__, side, task, str(next(seed[side]))) for side in SIDES}
    return medians(measures, seeds)


def figures_of(task: str, found: dict[str, list[float]]) -> list[Figure]:
    """An evaluation costs at most what pymoo's does, and the volume reached is at least pymoo's."""
    (cost, volume), (peer_cost, peer_volume) = found["inlay"], found["pymoo"]
    method = "NSGA-II" if len(TASKS[task][-1]) == 2 else "NSGA-III"
    speed = Figure(f"{method}, asking and telling an evaluation, {task}", "≤ pymoo", duration(cost), cost <= peer_cost,
                   f"pymoo {duration(peer_cost)}", f"{significant(peer_cost / cost)}×")  # fmt: skip
    quality = Figure(f"{method}, hypervolume, {task}", "≥ 0.99 × pymoo", significant(volume),
                     volume >= 0.99 * peer_volume, f"pymoo {significant(peer_volume)}",
                     f"{significant(volume / peer_volume)}×")  # fmt: skip
    return [speed, quality]


def main(seeds: int = 7) -> None:
    """Measure everything and write the section."""
    found = {task: compare(task, seeds) for task in TASKS}
    rows = [
        [task, side, str(TASKS[task][3]), duration(cost), significant(volume)]
        for task, sides in found.items()
        for side, (cost, volume) in sides.items()
    ]
    text = "\n\n".join([
        facts(["inlay", "pymoo", "numpy"]),
        EXPLANATION,
        table(["problem", "run", "population", "CPU time of an evaluation", "hypervolume"], rows),
    ])  # fmt: skip
    figures = [figure for task in TASKS for figure in figures_of(task, found[task])]
    write_section("several_objectives.py", "Several objectives beside pymoo", text, figures)


EXPLANATION = f"""Every run is a process of its own with a seed of its own, the sides take turns, {GENERATIONS}
generations each, after a run that warms up; medians over the seeds. The cost is that of `ask` and `tell` alone, for
both; evaluating is not counted. "Whole study" is `Study.run` with `evaluate_many`, which also recognises equal
candidates, keeps every trial, builds and evaluates. Inlay varies reals by simulated binary crossover and polynomial
mutation, bits by the space's own moves; pymoo has its defaults for reals, and two-point crossover and bit flips for
bits. The hypervolume is that of the last population, for both sides by the same function."""


if __name__ == "__main__":
    if len(sys.argv) > 3:
        print(json.dumps(run_alone(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
    else:
        main(*map(int, sys.argv[1:]))
