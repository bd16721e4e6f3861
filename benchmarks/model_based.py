"""What model-based search costs for each trial beside Optuna's TPE, every run in a process of its own, in turn."""

from __future__ import annotations

import json
import sys
from time import process_time
from typing import Any

from measure import Figure, duration, facts, in_new_process, medians, significant, table, write_section

#: The trials of a run, and how many of the last are timed.
TRIALS, TIMED = 1000, 100
#: A sphere about this point, in a space of ten numbers or of ten choices.
CENTRE = 0.3
OURS = ("forest", "Gaussian process")
SPACES = ("10 choices of 5", "10 numbers")


def inlay_run(surrogate: str, space_name: str) -> float:
    """CPU seconds that asking and telling takes for each of the last trials."""
    from inlay.search import ModelBased, Problem, Study
    from inlay.search.surrogates import Forest, GaussianProcess
    from inlay.spaces import Choice, Real, space

    hole = Choice(*range(5)) if space_name == "10 choices of 5" else Real(0, 1)
    problem = Problem("sphere", space([hole] * 10), sphere)
    strategy = ModelBased(Forest() if surrogate == "forest" else GaussianProcess())
    study = Study(problem, strategy, seed=0).run(trials=TRIALS - TIMED, progress=False)
    start = process_time()
    study.run(trials=TIMED, progress=False)
    return (process_time() - start) / TIMED


def optuna_run(space_name: str) -> float:
    """The same for Optuna's TPE with its defaults, trials in memory."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))

    def objective(trial: Any) -> float:
        if space_name == "10 choices of 5":
            return sphere([trial.suggest_categorical(f"x{i}", list(range(5))) for i in range(10)])
        return sphere([trial.suggest_float(f"x{i}", 0, 1) for i in range(10)])

    study.optimize(objective, n_trials=TRIALS - TIMED)
    start = process_time()
    study.optimize(objective, n_trials=TIMED)
    return (process_time() - start) / TIMED


def sphere(x: list[float]) -> float:
    """The squared distance from the centre."""
    return float(sum((v - CENTRE) ** 2 for v in x))


def main() -> None:
    """Measure everything and write the section."""
    runs = [(who, space) for space in SPACES for who in (*OURS, "Optuna TPE")]
    measures = {run: lambda run=run: in_new_process(__file__, *run, OMP_NUM_THREADS="1") for run in runs}
    found = medians(measures, 3)
    rows = [[space, *(duration(found[who, space]) for who in (*OURS, "Optuna TPE"))] for space in SPACES]
    figures = []
    for space in SPACES:
        for ours in OURS:
            mine, theirs = found[ours, space], found["Optuna TPE", space]
            name = f"model-based search ({ours}), trial 1,000, {space}"
            ratio = f"{significant(mine / theirs)}×"
            figures.append(Figure(name, "≤ TPE", duration(mine), mine <= theirs, f"TPE {duration(theirs)}", ratio))
    head = ["space", *OURS, "Optuna TPE"]
    text = "\n\n".join([facts(["inlay", "optuna", "scikit-learn", "numpy"]), EXPLANATION, table(head, rows)])
    write_section("model_based.py", "Model-based search beside TPE", text, figures)


EXPLANATION = """CPU time of a whole trial of a cheap objective, the mean over trials 900 to 1,000, one thread; each
run is a process of its own, in turn, three times."""


if __name__ == "__main__":
    if len(sys.argv) > 1:
        who, space = sys.argv[1:]
        print(json.dumps(optuna_run(space) if who == "Optuna TPE" else inlay_run(who, space)))
    else:
        main()
