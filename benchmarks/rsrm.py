"""The reinforcement symbolic regression machine with and without each of its three blocks, on the Nguyen equations."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time
from typing import NamedTuple

import numpy as np
from measure import Figure, facts, table, write_section

from inlay.problems.formulas.equations import Equation
from inlay.problems.formulas.metrics import exact_recovery
from inlay.problems.formulas.nguyen import NGUYEN
from inlay.search import Problem, RandomSearch, Strategy, Study, Trial
from inlay.search.episodes import Step
from inlay.search.reinforced_regression import RSRM, programming
from inlay.spaces.formulas import Formula, Formulas
from inlay.spaces.formulas.data import Data
from inlay.spaces.formulas.evaluation import losses

#: Different formulas that each run may evaluate.
EVALUATIONS = 10_000
SEEDS = range(5)
OPERATORS = ("add", "subtract", "multiply", "divide", "sin", "cos", "exp", "log")
TIMES, POPULATION, GENERATIONS = 20, 200, 5


def both(episode: int) -> Sequence[Step]:
    """The steps of the published schedule, all in each episode: there is time for few of them."""
    wide = [Step("explore"), Step("exploit"), Step("narrow")]
    return [*wide, Step("explore", within=True), Step("exploit", within=True)]


def machine(**blocks: bool) -> Strategy:
    """RSRM, cut down to the budget."""
    return RSRM(TIMES, POPULATION, GENERATIONS, schedule=both, **blocks)


STRATEGIES: dict[str, Callable[[], Strategy]] = {
    "RSRM": machine,
    "without tree search": lambda: machine(tree=False),
    "without double Q": lambda: machine(double_q=False),
    "without forms": lambda: machine(forms=False),
    "genetic programming alone": lambda: programming(POPULATION),
    "random search": RandomSearch,
}


class Judge:
    """The mean squared error on 20 rows, times 0.99 to the power of minus the size, as published; counts formulas."""

    def __init__(self, data: Data) -> None:
        self.data, self.judged = data, 0

    def __call__(self, formulas: Sequence[Formula]) -> list[float]:
        self.judged += len(formulas)
        sizes = np.array([formula.size for formula in formulas])
        found: list[float] = (losses(formulas, self.data) * 0.99**-sizes).tolist()
        return found


class Run(NamedTuple):
    """Whether a run found the equation, and how many formulas it evaluated until then, or in all."""

    recovered: bool
    evaluations: int


def run(equation: Equation, strategy: Strategy, seed: int) -> Run:
    """One run, until the loss is that of rounding or the evaluations are spent."""
    X, y = equation.sample(seed=seed)
    judge = Judge(Data(X, y, equation.variables))
    space = Formulas(equation.variables, OPERATORS, max_size=25)
    study = Study(Problem(equation.name, space, evaluate_many=judge), strategy, seed=seed)

    def enough(study: Study, trial: Trial) -> None:
        if judge.judged >= EVALUATIONS:
            study.stop()

    study.run(trials=10 * EVALUATIONS, target=1e-16, callbacks=[enough], progress=False)
    found = exact_recovery(study.best.program, equation.formula, equation.ranges)
    return Run(found, min(judge.judged, EVALUATIONS))


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a share, by Wilson."""
    z, share = 1.96, successes / n
    middle, half = share + z * z / (2 * n), z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def rows(runs: dict[str, dict[str, list[Run]]]) -> list[list[str]]:
    """A line for each strategy: recovered runs of each equation, of all, and the median of their evaluations."""
    made = []
    for name, by_equation in runs.items():
        everything = [run for found in by_equation.values() for run in found]
        recovered = [run for run in everything if run.recovered]
        low, high = wilson(len(recovered), len(everything))
        share = f"{len(recovered) / len(everything):.0%} ({low:.0%} to {high:.0%})"
        spent = f"{median([run.evaluations for run in recovered]):,.0f}" if recovered else ""
        made.append([name, *(str(sum(r.recovered for r in found)) for found in by_equation.values()), share, spent])
    return made


EXPLANATION = f"""how many of {len(SEEDS)} runs find each Nguyen equation from 20 rows, exactly on fresh rows, also
from a box half as wide again; {EVALUATIONS:,} different formulas each; operators + - * / sin cos exp log, the number 1,
at most 25 nodes. The last columns are the share of all runs with its 95 % interval, and the median of the formulas
evaluated in those that succeeded. The machine decides after {TIMES} trials and evolves {POPULATION} formulas over
{GENERATIONS} generations; each episode also searches the form found."""


def main(chosen: Sequence[str] = ()) -> None:
    """Run everything and write the section; equations that are named are only shown."""
    equations = [equation for name, equation in NGUYEN.items() if not chosen or name in chosen]
    runs: dict[str, dict[str, list[Run]]] = {name: {} for name in STRATEGIES}
    start = process_time()
    for equation in equations:
        for name, make in STRATEGIES.items():
            runs[name][equation.name] = [run(equation, make(), seed) for seed in SEEDS]
            print(f"{equation.name} {name}: {sum(r.recovered for r in runs[name][equation.name])}", flush=True)
    spent = f"{process_time() - start:.0f} CPU seconds."
    head = ["", *(equation.name.removeprefix("nguyen-") for equation in equations), "all", "formulas"]
    text = "\n\n".join([f"{facts(['inlay', 'numpy'])} {spent}", EXPLANATION, table(head, rows(runs))])
    print(text)
    if not chosen:
        write_section("rsrm.py", "The blocks of RSRM", text, list[Figure]())


if __name__ == "__main__":
    main(sys.argv[1:])
