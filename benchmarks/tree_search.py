"""What a trial of tree search costs while its tree grows, every run in a process of its own, in turn."""

from __future__ import annotations

import json
import sys
from time import process_time
from typing import Any

from measure import Figure, duration, facts, in_new_process, medians, significant, table, write_section

#: Trials of one chunk, and chunks of one run.
CHUNK, CHUNKS = 500, 20


def strategy(name: str) -> Any:
    """A strategy by its name in the tables."""
    from inlay.search.rollouts import GibbsRollout
    from inlay.search.tree_policies import best_grade
    from inlay.search.tree_search import PUCT, UCT

    return {
        "UCT": UCT,
        "UCT, best backed up": lambda: UCT(0.1, backup=best_grade),
        "UCT, learned rollouts": lambda: UCT(0.1, rollout=GibbsRollout()),
        "PUCT": PUCT,
    }[name]()


def space_of(name: str) -> Any:
    """A space by its name in the tables."""
    from inlay.spaces import Choice, Mask, space

    if name == "64 bits":
        return Mask(64)
    return space({f"x{i}": Choice(0, 1, 2, 3, 4) for i in range(10)})


def run_alone(strategy_name: str, space_name: str) -> list[float]:
    """CPU seconds of asking and telling, chunk by chunk; the evaluation is not counted."""
    from random import Random

    from inlay.search import Trial

    made, space = strategy(strategy_name), space_of(space_name)
    made.start(space, Random(0), {"loss": "minimize"})
    spent, number = [], 0
    for _ in range(CHUNKS):
        seconds = 0.0
        for _ in range(CHUNK):
            start = process_time()
            proposal = made.ask(1)[0]
            seconds += process_time() - start
            trial = Trial(number, proposal.value, proposal.origin)
            trial.state, trial.losses = "done", (loss_of(proposal.value),)
            start = process_time()
            made.tell([trial])
            seconds += process_time() - start
            number += 1
        spent.append(seconds / CHUNK)
    return spent


def loss_of(value: Any) -> float:
    """The sum of a member's numbers."""
    return float(value.sum()) if hasattr(value, "sum") else float(sum(value.args))


RUNS = [
    (name, space)
    for name in ("UCT", "UCT, best backed up", "UCT, learned rollouts", "PUCT")
    for space in ("10 choices of 5", "64 bits")
]


def flat(name: str, spent: list[float]) -> Figure:
    """Whether the last thousand trials cost at most half as much again as the thousand around trial 1,000."""
    early, late = (spent[1] + spent[2]) / 2, (spent[-2] + spent[-1]) / 2
    ratio = late / early
    return Figure(
        f"{name}, trial 10,000 against trial 1,000",
        "≤ 1.5×",
        duration(late),
        ratio <= 1.5,
        f"early {duration(early)}",
        f"{significant(ratio)}×",
    )


def main() -> None:
    """Measure everything and write the section."""
    measures = {run: lambda run=run: in_new_process(__file__, *run) for run in RUNS}
    found = medians(measures, 3)
    rows = [[name, space, *(duration(found[name, space][i]) for i in (0, 1, 3, 9, 19))] for name, space in RUNS]
    head = ["strategy", "space", "trials to 500", "to 1,000", "to 2,000", "to 5,000", "to 10,000"]
    figures = [flat(f"UCT, {space}", found["UCT", space]) for space in ("10 choices of 5", "64 bits")]
    text = "\n\n".join([facts(["inlay", "numpy"]), EXPLANATION, table(head, rows)])
    write_section("tree_search.py", "Tree search while its tree grows", text, figures)


EXPLANATION = """CPU time of asking for one trial and telling its outcome, the mean over 500 of them; the loss is
the sum of the choices or of the bits, and its evaluation is not counted."""


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run_alone(sys.argv[1], sys.argv[2])))
    else:
        main()
