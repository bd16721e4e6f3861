"""The lines that the first issue promised, word for word."""

from pathlib import Path
from typing import Any

import pytest

LINES = """
import json, random
import inlay as il
from inlay.spaces import (Choice, Integer, Mask, Permutation, Program, Real, Repeat, Shared, Subset, program, space, symbolic)
from inlay.search import (Exhaustive, GeneticAlgorithm, HillClimb, Problem, RandomSearch, RegularizedEvolution, Study,
                          maximize, minimize)

@symbolic
class Conv:
    def __init__(self, filters, kernel=3):
        self.filters, self.kernel = filters, kernel

net = space({"lr": Real(1e-5, 1e-1, log=True),
             "layers": Repeat(Choice(Conv(Choice(16, 32, 64), kernel=Choice(3, 5)), "skip"), 1, 4),
             "order": Permutation(["a", "b", "c"]),
             "use": Subset(range(10), 3)})
rng = random.Random(0)
candidate = net.sample(rng)                      # a Program
plain = candidate.build()                        # {"lr": 0.003.., "layers": [<Conv>, "skip"], "order": [...], "use": [...]}
assert net.contains(candidate) and net.contains(net.mutate(candidate, rng))
first = candidate["layers", 0]                   # also candidate["layers[0]"]
edited = candidate.replace({"lr": 0.01, ("layers", 0): Conv(32, kernel=5)})
assert net.contains(edited) and edited != candidate
half_open = net.open(edited, "layers")           # a smaller space: everything else stays as in `edited`
assert net.contains(half_open.sample(rng)) and half_open.sample(rng)["lr"] == 0.01
study = minimize(lambda d: abs(d["lr"] - 0.02) + len(d["layers"]), net, strategy=RegularizedEvolution(population=20),
                 trials=300, seed=1, progress=False)
study.best.loss, study.best.value, study.best.program, len(study.trials), study.stop_reason
[(t.number, t.program, t.value, t.losses, t.state, t.seconds) for t in study.trials]     # state: "done", "failed", ...
saved = json.dumps(candidate.to_json()); assert net.from_json(json.loads(saved)) == candidate
problem = Problem("mine", net, evaluate=lambda d: {"loss": d["lr"], "depth": len(d["layers"])},
                  objectives={"loss": "minimize", "depth": "maximize"})
study = Study(problem, RandomSearch(), seed=0, store="runs.db", name="first")
study.run(trials=50, progress=False)             # 50 more, whatever the store already holds
study.pareto                                     # the non-dominated trials
for trial in Study(problem, HillClimb(), seed=0).propose(20):      # the loop by hand
    trial.report(loss=trial.value["lr"], depth=1)
"""  # noqa: E501


def test_the_first_lines_work_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for known in (0, 50):
        names: dict[str, Any] = {"__name__": "first_lines"}
        exec(LINES, names)
        assert len(names["study"].trials) == known + 50
        assert names["first"] == names["candidate"]["layers[0]"]
        assert isinstance(names["candidate"], names["Program"])
        assert set(names["plain"]) == {"lr", "layers", "order", "use"}
        assert all(trial.state == "done" for trial in names["study"].pareto)
        assert names["study"].stop_reason == "trials"
        assert names["trial"].number <= 19
    assert (tmp_path / "runs.db").exists()
