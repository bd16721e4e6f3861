"""Auto: what it chooses, that it says so, and that the choice depends on nothing but what it is told."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from inlay.search import Auto, Objectives, Problem, Study
from inlay.spaces import Choice, Integer, Mask, Permutation, Real, Space, Subset, space

LOSS = {"loss": "minimize"}
MIXED = space({"kind": Choice({"a": Real(0, 1)}, {"b": Integer(1, 9)}), "order": Permutation(range(30))})


def chosen(made: Space, objectives: Any = LOSS, **settings: Any) -> str:
    auto = Auto(**settings)
    auto.start(made, Random(0), objectives)
    assert auto.reason.startswith(type(auto.chosen).__name__) or " because " in auto.reason
    return auto.reason.partition(",")[0]


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (space([Real(0, 1)] * 5), "QuadraticTrustRegion"),
        (space([Real(0, 1)] * 50), "CovarianceAdaptation"),
        (Permutation(range(12)), "IteratedLocalSearch"),
        (Mask(64), "a genetic algorithm"),
        (space([Choice(0, 1)] * 64), "a genetic algorithm"),
        (Subset(range(40), 8), "RegularizedEvolution"),
        (MIXED, "RegularizedEvolution"),
        (Mask(4), "Exhaustive"),
    ],
)
def test_it_chooses_by_the_space(made: Space, wanted: str) -> None:
    assert chosen(made) == wanted


def test_it_chooses_by_budget_and_workers() -> None:
    small = space([Choice(*range(10))] * 3)
    assert chosen(small, trials=1000) == "Exhaustive"
    assert chosen(small, trials=999) == "a genetic algorithm"
    assert chosen(space([Real(0, 1)] * 5), workers=8) == "CovarianceAdaptation"


def test_it_chooses_by_objectives_noise_and_fidelities() -> None:
    assert chosen(Mask(64), {"a": "minimize", "b": "maximize"}) == "NSGA2"
    assert chosen(Mask(64), {"a": "minimize", "b": "maximize", "c": "minimize"}) == "NSGA3"
    assert chosen(Mask(64), Objectives(LOSS, noisy=True)) == "Racing"
    assert chosen(Mask(64), Objectives(LOSS, fidelities=(0.1, 1.0))) == "Hyperband of evolution"


def test_a_study_can_say_what_was_chosen_and_why() -> None:
    study = Study(Problem("order", Permutation(range(9)), lambda p: sum(abs(x - i) for i, x in enumerate(p))), Auto())
    assert "orders of 9 items" in study.strategy.reason
    assert study.run(trials=300, progress=False).best.loss == 0


def test_a_budget_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Auto(trials=0)
    with pytest.raises(ValueError, match="at least 1"):
        Auto(workers=0)
