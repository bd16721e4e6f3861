"""Studies for test_resume.py that run in processes of their own, where they can be killed."""

import time
from pathlib import Path
from typing import Any

from inlay.search import GeneticAlgorithm, Problem, RandomSearch, RegularizedEvolution, Study, Trial
from inlay.spaces import Choice, Integer, Permutation, Real, Repeat, Shared, Subset, space

WIDTH = Shared(Integer(1, 9), "width")
SPACE = space(
    {
        "rate": Real(1e-5, 1e-1, log=True),
        "width": WIDTH,
        "layers": Repeat(Choice({"kind": "dense", "width": WIDTH}, {"kind": "skip"}), 1, 3),
        "order": Permutation("abcd"),
        "use": Subset(range(6), 2),
    }
)
STRATEGIES = {
    "random search": RandomSearch(),
    "regularized evolution": RegularizedEvolution(15, tournament=4),
    "genetic algorithm": GeneticAlgorithm(12),
}


def loss(value: dict[str, Any]) -> float:
    """Cheap, sometimes failing, sometimes equal."""
    time.sleep(0.001)
    if value["order"][0] == "a":
        raise ValueError("never begin with a")
    return abs(value["rate"] - 0.01) + value["width"] + len(value["layers"]) + sum(value["use"])


def study(strategy: str, store: Path | None = None) -> Study:
    return Study(Problem("killed", SPACE, loss), STRATEGIES[strategy], seed=3, store=store)


def run(strategy: str, store: Path, told: Path, until: int, workers: int | None) -> None:
    """Go on with the stored study until it has that many trials, writing down the number of each when it is told."""
    with told.open("a") as file:

        def write(study: Study, trial: Trial) -> None:
            file.write(f"{trial.number}\n")
            file.flush()

        running = study(strategy, store)
        running.run(trials=until - len(running.trials), workers=workers, callbacks=[write], progress=False)
