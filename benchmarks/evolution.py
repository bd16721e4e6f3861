"""A genetic algorithm on 100 bits beside DEAP: what a candidate costs to ask for and to tell, in new processes."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np
from measure import Figure, duration, facts, in_new_process, medians, significant, table, write_section

BITS, POPULATION, TOURNAMENT, CROSSOVER = 100, 50, 3, 0.7

#: Makes that many generations, and gives the CPU seconds that they took.
Step = Callable[[int], float]

# -- Inlay -----------------------------------------------------------------------------------------------------------


def inlay(space: Any, count: Callable[[Any], int]) -> Step:
    """Tournaments, uniform crossover, bit-flip mutation; trials are made by hand, and making them is not timed."""
    from inlay.search import CrossAndMutate, Evolution, Tournament, Trial
    from inlay.search.crossover import UniformCrossover
    from inlay.search.mutation_rates import StandardRate
    from inlay.search.survival import Comma

    vary = CrossAndMutate(CROSSOVER, 1.0, UniformCrossover(), StandardRate())
    strategy = Evolution(POPULATION, Tournament(TOURNAMENT), vary, Comma(), brood=POPULATION)
    strategy.start(space, random.Random(0), {"loss": "minimize"})
    told = 0

    def generation() -> float:
        nonlocal told
        begin = process_time()
        proposals = strategy.ask(POPULATION)
        losses = [-float(count(proposal.value)) for proposal in proposals]
        asked = process_time()
        trials = [Trial(told + i, proposal.value, proposal.origin) for i, proposal in enumerate(proposals)]
        for trial, loss in zip(trials, losses, strict=True):
            trial.state, trial.losses = "done", (loss,)
        told += len(trials)
        made = process_time()
        strategy.tell(trials)
        return process_time() - made + asked - begin

    return lambda n: sum(generation() for _ in range(n))


def inlay_mask() -> Step:
    """The bits as a mask."""
    from inlay.spaces import Mask

    return inlay(Mask(BITS), np.count_nonzero)


def inlay_choices() -> Step:
    """The bits as a list of choices."""
    from inlay.spaces import Choice, space

    return inlay(space([Choice(0, 1)] * BITS), lambda value: sum(value.args))


# -- DEAP ------------------------------------------------------------------------------------------------------------


def deap(crossover: str) -> Step:
    """`eaSimple` with the same settings, where every child is mutated and so evaluated."""
    from deap import algorithms, base, creator, tools

    random.seed(0)
    creator.create("Ones", base.Fitness, weights=(1.0,))
    creator.create("Individual", list, fitness=creator.Ones)
    toolbox = base.Toolbox()
    toolbox.register("bit", random.randrange, 2)
    toolbox.register("individual", tools.initRepeat, creator.Individual, toolbox.bit, BITS)
    toolbox.register("evaluate", lambda individual: (sum(individual),))
    toolbox.register("mate", getattr(tools, crossover), **({"indpb": 0.5} if crossover == "cxUniform" else {}))
    toolbox.register("mutate", tools.mutFlipBit, indpb=1 / BITS)
    toolbox.register("select", tools.selTournament, tournsize=TOURNAMENT)
    population = tools.initRepeat(list, toolbox.individual, POPULATION)

    def step(n: int) -> float:
        nonlocal population
        begin = process_time()
        population, _ = algorithms.eaSimple(population, toolbox, CROSSOVER, 1.0, n, verbose=False)
        return process_time() - begin

    return step


RUNS: dict[str, Callable[[], Step]] = {
    "inlay mask": inlay_mask,
    "DEAP uniform": lambda: deap("cxUniform"),
    "inlay choices": inlay_choices,
    "DEAP two points": lambda: deap("cxTwoPoint"),
}


def run_alone(name: str, generations: int) -> float:
    """CPU seconds per candidate, after ten generations during which modules are loaded."""
    step = RUNS[name]()
    step(10)
    return step(generations) / (generations * POPULATION)


def compare(generations: int = 100, repeats: int = 5) -> dict[str, float]:
    """The runs in turn, each in a new process: the median seconds per candidate."""
    return medians({name: lambda name=name: in_new_process(__file__, name, str(generations)) for name in RUNS}, repeats)


def figure(name: str, spent: float, peer: float) -> Figure:
    """The figure "at most half of what DEAP takes"."""
    share = spent / peer
    return Figure(name, "≤ 0.5×", duration(spent), share <= 0.5, f"DEAP {duration(peer)}", f"{significant(share)}×")


def figures(found: dict[str, float]) -> list[Figure]:
    """Both spaces beside the faster of DEAP's two crossovers."""
    peer = min(found["DEAP uniform"], found["DEAP two points"])
    return [
        figure("ask and tell of a genetic algorithm, a mask of 100 bits", found["inlay mask"], peer),
        figure("ask and tell of a genetic algorithm, a list of 100 choices of 2", found["inlay choices"], peer),
    ]


EXPLANATION = f"""CPU time for one candidate: population {POPULATION}, tournaments of {TOURNAMENT}, crossover of
{CROSSOVER:.0%} of the children, every child mutated with 1/{BITS} per bit; the objective, the number of ones, is
part of it on both sides. Inlay varies a child anew that equals one of the last thousand candidates, DEAP does not.
Every run is a process of its own, and the runs take turns."""


def main() -> None:
    """Measure everything and write the section."""
    found = compare()
    rows = [[name, duration(spent), *(f"{significant(spent / found[peer])}×" for peer in found if "DEAP" in peer)]
            for name, spent in found.items()]  # fmt: skip
    shown = table(["run", "CPU time of a candidate", "of DEAP uniform", "of DEAP two points"], rows)
    text = "\n\n".join([facts(["inlay", "deap", "numpy"]), EXPLANATION, shown])
    print(shown)
    write_section("evolution.py", "Evolution beside DEAP", text, figures(found))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run_alone(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
