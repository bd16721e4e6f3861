"""Auto: what it chooses, that it says so, and that the choice depends on nothing but what it is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.search import Auto, Objectives, Problem, RandomSearch, Study, maximize, minimize
from inlay.search.store import StudyMismatch
from inlay.spaces import Choice, Formulas, Integer, Mask, Permutation, Real, Space, Subset, space

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
        (Formulas(["x"], max_size=9), "GeneticProgramming"),
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


@pytest.mark.parametrize("objectives", [["a"], ["a", "b"], ["a", "b", "c"]])
def test_few_trials_have_a_small_population(objectives: list[str]) -> None:
    most = {1: 30, 2: 100, 3: 92}[len(objectives)]
    for trials, size in ((60, 16), (200, 20), (10_000, most), (None, most)):
        for made in (Mask(64), Subset(range(40), 8)):
            auto = Auto(trials)
            auto.start(made, Random(0), dict.fromkeys(objectives, "minimize"))
            assert auto.chosen.population == size


def test_members_behind_a_constraint_are_counted_where_they_are_few() -> None:
    pair = space([Integer(0, 9)] * 2)
    assert chosen(pair.where(lambda p: p[0] == p[1]), trials=10) == "Exhaustive"
    assert chosen(pair.where(lambda p: p[0] == p[1]), trials=9) == "RegularizedEvolution"
    assert chosen(pair.where(lambda p: False)) == "RegularizedEvolution"  # which says what nothing satisfies
    assert chosen(Mask(40).where(lambda bits: bits.sum() % 2 == 0)) == "RegularizedEvolution"


def test_it_chooses_by_objectives_noise_and_fidelities() -> None:
    assert chosen(Mask(64), {"a": "minimize", "b": "maximize"}) == "NSGA2"
    assert chosen(Mask(64), {"a": "minimize", "b": "maximize", "c": "minimize"}) == "NSGA3"
    assert chosen(Mask(64), Objectives(LOSS, noisy=True)) == "Racing"
    assert chosen(Mask(64), Objectives(LOSS, fidelities=(0.1, 1.0))) == "Hyperband of evolution"


def test_a_study_can_say_what_was_chosen_and_why() -> None:
    study = Study(Problem("order", Permutation(range(9)), lambda p: sum(abs(x - i) for i, x in enumerate(p))), Auto())
    assert "orders of 9 items" in study.strategy.reason
    assert study.run(trials=300, progress=False).best.loss == 0


def distance(point: list[float]) -> float:
    return sum(abs(x - 0.3) for x in point)


@pytest.mark.parametrize("search", [minimize, maximize])
def test_it_is_told_the_trials_and_the_workers_of_a_search_that_names_no_strategy(search: Any) -> None:
    def chosen_for(made: Any, **options: Any) -> str:
        study = search(distance, made, seed=0, progress=False, **options)
        return str(study.strategy.reason).partition(",")[0]

    small, reals = [Choice(0.0, 0.5, 1.0)] * 3, [Real(0, 1)] * 2
    assert chosen_for(small, trials=27) == "Exhaustive"
    assert chosen_for(small, trials=26) == "a genetic algorithm"
    assert chosen_for(reals, trials=np.int64(9)) == "QuadraticTrustRegion"
    with ThreadPoolExecutor(2) as threads:
        assert chosen_for(reals, trials=9, workers=threads) == "CovarianceAdaptation"
    assert chosen_for(reals, seconds=0.01) == chosen_for(reals, trials=0) == "QuadraticTrustRegion"


@pytest.mark.parametrize("wrong", [{"trials": -1}, {"trials": 1.5}, {"trials": 9, "workers": 0}])
def test_a_wrong_budget_is_refused_as_with_any_strategy(wrong: dict[str, Any]) -> None:
    def refused(**options: Any) -> str:
        with pytest.raises((ValueError, TypeError)) as error:
            minimize(distance, [Real(0, 1)], progress=False, **options, **wrong)
        return str(error.value)

    assert refused() == refused(strategy=RandomSearch())


def test_a_stored_study_goes_on_with_what_was_chosen_when_it_began(tmp_path: Path) -> None:
    options: dict[str, Any] = {"progress": False, "store": tmp_path / "runs.db"}
    made = space([Choice(0.0, 0.5, 1.0)] * 3)
    minimize(distance, made, trials=10, seed=4, **options)
    grown = minimize(distance, made, trials=90, **options)
    assert grown.configured == "Auto(trials=10, workers=1)"
    assert grown.strategy.reason.startswith("a genetic algorithm")  # type: ignore[attr-defined]
    whole = Study(Problem("distance", made, distance), Auto(10), seed=4).run(trials=100, progress=False)
    assert [trial.program for trial in grown.trials] == [trial.program for trial in whole.trials]
    assert len(Study(Problem("distance", made, distance), store=tmp_path / "runs.db").trials) == 100
    with pytest.raises(StudyMismatch, match=r"stored 'Auto\(trials=10, workers=1\)', given 'Auto\(trials=100"):
        minimize(distance, made, trials=1, strategy=Auto(100), **options)


def test_a_study_of_another_strategy_is_not_taken_over(tmp_path: Path) -> None:
    options: dict[str, Any] = {"progress": False, "store": tmp_path / "runs.db", "seed": 0, "trials": 9}
    minimize(distance, [Real(0, 1)], strategy=RandomSearch(), **options)
    with pytest.raises(StudyMismatch, match=r"stored 'RandomSearch\(\)', given 'Auto\(trials=9, workers=1\)'"):
        minimize(distance, [Real(0, 1)], **options)


def test_a_budget_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Auto(trials=0)
    with pytest.raises(ValueError, match="at least 1"):
        Auto(workers=0)
