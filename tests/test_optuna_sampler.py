"""Optuna's samplers behind our contract: names, distributions, foreign trials, constraints, refusals."""

from __future__ import annotations

from random import Random
from statistics import median
from typing import Any

import pytest

from inlay.search import CannotAct, Outcome, Problem, RandomSearch, Strategy, Study
from inlay.search.optuna_sampler import OptunaSampler
from inlay.spaces import Choice, Integer, Mask, Permutation, Real, Repeat, Space, Subset, space


def conditional() -> Space:
    model = Choice({"kind": "line"}, {"kind": "tree", "depth": Integer(1, 30)})
    return space({"model": model, "rate": Real(1e-5, 1, log=True)})


def offset(value: dict[str, Any]) -> float:
    model = value["model"]
    return abs(model["depth"] - 20) + value["rate"] if model["kind"] == "tree" else 40.0


def best(strategy: Strategy, made: Space, loss: Any, trials: int, seed: int) -> float:
    return Study(Problem("p", made, loss), strategy, seed=seed).run(trials=trials, progress=False).best.loss


@pytest.mark.parametrize("sampler", ["tpe", "cma-es", "nsga2"])
def test_each_sampler_beats_random_search(sampler: str) -> None:
    def loss(value: list[Any]) -> float:
        return float(sum((v - 0.7 * (-1) ** i) ** 2 for i, v in enumerate(value)))

    made = space([Real(-5, 5)] * 4)
    budget = {"tpe": 70, "cma-es": 250, "nsga2": 500}[sampler]
    found = median(best(OptunaSampler(sampler), made, loss, budget, seed) for seed in range(3))
    assert found <= 0.6 * median(best(RandomSearch(), made, loss, budget, seed) for seed in range(3))


def test_a_conditional_space_has_the_parameters_of_its_branch_only() -> None:
    study = Study(Problem("p", conditional(), offset), OptunaSampler("tpe"), seed=0).run(trials=40, progress=False)
    for trial, theirs in zip(study.trials, study.strategy.study.trials, strict=True):
        assert len(theirs.params) == (3 if trial.value["model"]["kind"] == "tree" else 2)
        assert theirs.values == [trial.loss]
    assert study.best.loss < 15


def test_decisions_have_the_same_names_in_every_run() -> None:
    def names() -> list[set[str]]:
        study = Study(Problem("p", conditional(), offset), OptunaSampler("random"), seed=0)
        study.run(trials=9, progress=False)
        return [set(theirs.params) for theirs in study.strategy.study.trials]

    assert names() == names()


MADE = {
    "conditional": conditional(),
    "fixed mask": Mask(12, ones=5),
    "fixed mask and more": space([Mask(6, ones=2), Integer(0, 999)]),
    "mask": Mask((3, 3)),
    "permutation": Permutation("abcde"),
    "subset": Subset(range(9), 2, 4),
    "repeat": Repeat(Choice("a", "b"), 0, 4),
}


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_a_foreign_trial_is_entered_with_the_decisions_that_make_it(made: Space) -> None:
    study = Study(Problem("p", made, lambda v: 0.0), OptunaSampler("random"), seed=0)
    ours = study.ask()
    study.tell(ours, loss=1.0)
    study.tell(ours.program, loss=1.0)  # the same program, told as a foreign one
    theirs = study.strategy.study.trials
    assert theirs[0].params == theirs[1].params
    assert theirs[0].distributions == theirs[1].distributions


def test_a_violation_is_told_as_worse_than_all_that_is_feasible() -> None:
    def evaluate(value: list[float]) -> Outcome:
        return Outcome({"loss": value[0]}, violations=[0.5 - value[0]])

    study = Study(Problem("p", space([Real(0, 1)]), evaluate), OptunaSampler("nsga2"), seed=3)
    study.run(trials=60, progress=False)
    theirs = study.strategy.study.trials
    worst = max(t.loss for t in study.trials if not t.violation)
    late = [(t, o) for t, o in zip(study.trials, theirs, strict=True) if t.violation and t.number > 20]
    assert all(o.value > t.loss for t, o in late)
    assert worst < max(o.value for _, o in late)


def test_refused_fillings_count_as_failed_and_the_search_goes_on() -> None:
    rare = space({"a": Integer(0, 3), "b": Integer(0, 3)}).where(lambda p: p["a"] < p["b"])
    study = Study(Problem("p", rare, lambda v: v["b"]), OptunaSampler("random"), seed=0).run(trials=30, progress=False)
    assert len(study.trials) == 30
    assert all(trial.value["a"] < trial.value["b"] for trial in study.trials)
    theirs = [trial.state.name for trial in study.strategy.study.trials]
    assert theirs.count("COMPLETE") == 30
    assert 0 < theirs.count("FAIL") == len(theirs) - 30


def test_bad_input_explains_itself() -> None:
    with pytest.raises(ValueError, match="one of tpe, cma-es"):
        OptunaSampler("annealing")
    with pytest.raises(CannotAct, match=r"CMA-ES moves numbers only.*would fit"):
        OptunaSampler("cma-es").start(Permutation("abc"), Random(0), {"loss": "minimize"})
    with pytest.raises(CannotAct, match="2000 decisions, more than limit=1000; ModelBased would fit"):
        OptunaSampler().start(Mask(2000), Random(0), {"loss": "minimize"})
    with pytest.raises(CannotAct, match="one loss, not 2"):
        OptunaSampler("gp").start(space([Real(0, 1)]), Random(0), {"a": "minimize", "b": "minimize"})


def test_several_objectives_give_a_front() -> None:
    least = {"a": "minimize", "b": "minimize"}
    both = Problem("p", space([Real(0, 1)] * 2), lambda v: {"a": v[0] + v[1], "b": 1 - v[0]}, objectives=least)
    assert len(Study(both, OptunaSampler("nsga2"), seed=0).run(trials=60, progress=False).pareto) > 3


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    Study(Problem("p", space([Real(0, 1)]), sum), OptunaSampler("tpe"), seed=0).run(trials=5, progress=False)
    assert capfd.readouterr() == ("", "")


def test_without_optuna_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'inlay\[optuna\]'"):
        OptunaSampler().start(space([Real(0, 1)]), Random(0), {"loss": "minimize"})
