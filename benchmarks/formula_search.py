"""Genetic programming on formulas beside DEAP: new candidates per CPU second through the public study."""

from __future__ import annotations

import json
import operator
import random
import sys
import warnings
from collections.abc import Callable
from functools import partial
from time import process_time
from typing import Any

import numpy as np
from measure import Figure, facts, in_new_process, medians, significant, table, write_section

ROWS, POPULATION, TOURNAMENT, CROSSOVER, MUTATION = 100, 1000, 5, 0.5, 0.4
#: The largest formula: so that the mean is near 15 nodes.
LARGEST = 18
#: Candidates per CPU second of RSRM's public code on 20 rows, as it was measured once (constants off).
RSRM = 400

#: Makes about that many candidates; gives CPU seconds, how many of them were new and distinct, and the mean size.
Step = Callable[[int], list[float]]


def rows() -> tuple[Any, Any]:
    """Nguyen-10 on as many rows."""
    x = np.random.default_rng(0).uniform(-1, 1, (ROWS, 2))
    return x, 2 * np.sin(x[:, 0]) * np.cos(x[:, 1])


# -- Inlay -----------------------------------------------------------------------------------------------------------


def inlay(functions: tuple[str, ...]) -> Step:
    """`Study.run`; equal formulas (up to the laws of arithmetic) count once."""
    from inlay.search import Comma, Problem, Study
    from inlay.search.brood_moves import Crossing, Fresh, Mutation
    from inlay.search.double_tournament import DoubleTournament
    from inlay.search.genetic_programming import GeneticProgramming
    from inlay.spaces.formulas import ARITHMETIC, Formulas
    from inlay.spaces.formulas.data import Data
    from inlay.spaces.formulas.evaluation import losses

    data = Data(*rows(), ["x", "y"])
    space = Formulas(data.names, [*ARITHMETIC, *functions], max_size=LARGEST)
    problem = Problem("search", space, evaluate_many=lambda formulas: losses(formulas, data).tolist())
    moves = [Crossing(CROSSOVER), Mutation(MUTATION), Fresh(1 - CROSSOVER - MUTATION)]
    strategy = GeneticProgramming(POPULATION, select=DoubleTournament(TOURNAMENT, 1.0), moves=moves, keep=Comma())
    study = Study(problem, strategy, seed=0)

    def step(n: int) -> list[float]:
        known, begin = len({trial.key for trial in study.trials}), process_time()
        first = len(study.trials)
        study.run(trials=n, progress=False)
        spent = process_time() - begin
        sizes = [trial.program.size for trial in study.trials[first:]]
        return [spent, len({trial.key for trial in study.trials}) - known, float(np.mean(sizes))]

    return step


# -- DEAP ------------------------------------------------------------------------------------------------------------


def deap_primitives(functions: tuple[str, ...]) -> Any:
    """The same operators, as NumPy functions."""
    from deap import gp

    primitives = gp.PrimitiveSet("formula", 2)
    for function in (operator.add, operator.sub, operator.mul, np.divide):
        primitives.addPrimitive(function, 2, name=function.__name__)
    for name in functions:
        primitives.addPrimitive(getattr(np, name), 1, name=name)
    primitives.addTerminal(1.0, "one")
    return primitives


def deap_loss(toolbox: Any, seen: dict[str, int], x: Any, y: Any, individual: Any) -> tuple[float]:
    """The mean squared error, as `gp.compile` and one call give it."""
    seen[str(individual)] = len(individual)
    with np.errstate(all="ignore"):
        loss = np.mean((toolbox.compile(expr=individual)(*x.T) - y) ** 2)
    return (float(loss) if np.isfinite(loss) else 1e30,)


def deap_toolbox(functions: tuple[str, ...], seen: dict[str, int]) -> Any:
    """Subtree crossover, and one of the three mutations that DEAP's documentation names."""
    from deap import base, creator, gp, tools

    primitives = deap_primitives(functions)
    creator.create("Least", base.Fitness, weights=(-1.0,))
    creator.create("Tree", gp.PrimitiveTree, fitness=creator.Least)
    toolbox = base.Toolbox()
    toolbox.register("expr", gp.genHalfAndHalf, pset=primitives, min_=2, max_=4)
    toolbox.register("individual", tools.initIterate, creator.Tree, toolbox.expr)
    toolbox.register("population", tools.initRepeat, list, toolbox.individual)
    toolbox.register("compile", gp.compile, pset=primitives)
    toolbox.register("evaluate", partial(deap_loss, toolbox, seen, *rows()))
    toolbox.register("select", tools.selTournament, tournsize=TOURNAMENT)
    toolbox.register("mate", gp.cxOnePoint)
    toolbox.register("expr_mut", gp.genFull, min_=0, max_=2)
    toolbox.register("mutate", gp.mutUniform, expr=toolbox.expr_mut, pset=primitives)
    for name in ("mate", "mutate"):
        toolbox.decorate(name, gp.staticLimit(key=len, max_value=LARGEST))
    return toolbox


def deap(functions: tuple[str, ...]) -> Step:
    """`eaSimple`; trees that are written alike count once."""
    from deap import algorithms

    random.seed(0)
    warnings.simplefilter("ignore")
    seen: dict[str, int] = {}
    toolbox = deap_toolbox(functions, seen)
    population = toolbox.population(n=POPULATION)

    def step(n: int) -> list[float]:
        nonlocal population
        known, begin = len(seen), process_time()
        population, _ = algorithms.eaSimple(
            population, toolbox, CROSSOVER, MUTATION, max(1, n // POPULATION), verbose=False
        )
        spent = process_time() - begin
        return [spent, len(seen) - known, float(np.mean(list(seen.values())[known:]))]

    return step


# -- both ------------------------------------------------------------------------------------------------------------

FUNCTIONS = ("sin", "cos", "exp")
RUNS: dict[str, Callable[[], Step]] = {
    "inlay": lambda: inlay(FUNCTIONS),
    "DEAP": lambda: deap(FUNCTIONS),
    "inlay, arithmetic alone": lambda: inlay(()),
    "DEAP, arithmetic alone": lambda: deap(()),
}


def run_alone(name: str, candidates: int) -> list[float]:
    """New distinct candidates per CPU second and their mean size, after a few generations during which kernels load."""
    step = RUNS[name]()
    step(4 * POPULATION)
    spent, distinct, size = step(candidates)
    return [distinct / spent, size, distinct]


def compare(candidates: int = 60_000, peers: int = 6_000, repeats: int = 3) -> dict[str, list[float]]:
    """The runs in turn, each in a new process."""
    asked = {name: str(candidates if name.startswith("inlay") else peers) for name in RUNS}
    measures = {name: lambda name=name: in_new_process(__file__, name, asked[name]) for name in RUNS}
    return medians(measures, repeats)


def figures(found: dict[str, list[float]]) -> list[Figure]:
    """The figure "at least 30,000 new, distinct candidates per CPU second"."""
    (rate, size, _), peer = found["inlay"], found["DEAP"][0]
    name = f"whole search for formulas, {ROWS} rows, {size:.0f} nodes, no constants fitted: new candidates"
    shown, beside = f"{significant(rate)}/s", f"DEAP {significant(peer)}/s"
    return [Figure(name, "≥ 30,000/s", shown, rate >= 30_000, beside, f"{significant(rate / peer)}×")]


EXPLANATION = f"""New, distinct candidates per CPU second: Nguyen-10 on {ROWS} rows, population {POPULATION},
tournaments of {TOURNAMENT}, at most {LARGEST} nodes, {CROSSOVER:.0%} crossover and {MUTATION:.0%} mutation on both
sides; the operators are + - * / and {", ".join(FUNCTIONS)}, or arithmetic alone. Inlay runs through `Study.run` and
counts formulas once that are equal by the laws of arithmetic: of what it breeds it throws away more than half, with
arithmetic alone four of five, and none of that is counted. DEAP is `eaSimple` with `gp.compile` and counts trees
once that are written alike. Every run is a process of its own, and the runs take turns; what is compiled is loaded
before. RSRM's public code evaluated about {RSRM} candidates per CPU second on 20 rows, measured once and not here."""


def main() -> None:
    """Measure everything and write the section."""
    found = compare()
    lines = [[name, f"{significant(rate)}", f"{size:.1f}", f"{rate / RSRM:.0f}×"]
             for name, (rate, size, _) in found.items()]  # fmt: skip
    shown = table(["run", "new candidates per CPU second", "mean nodes", "of RSRM's"], lines)
    text = "\n\n".join([facts(["inlay", "deap", "numba", "numpy"]), EXPLANATION, shown])
    print(shown)
    write_section("formula_search.py", "The search for formulas beside DEAP", text, figures(found))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run_alone(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
