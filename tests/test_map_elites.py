"""MAP-Elites and its archive: which trial holds which cell, and that it illuminates more than random search."""

from collections import Counter
from itertools import pairwise
from math import inf, nan
from random import Random
from statistics import mean
from typing import Any

import pytest

from inlay.search import CannotAct, Outcome, Problem, RandomSearch, Strategy, Study, Trial
from inlay.search.grid_archive import GridArchive, archive_of
from inlay.search.map_elites import MapElites
from inlay.search.objectives import Objectives
from inlay.spaces import Choice, Integer, Real, space

RANGES = {"height": (0.0, 10.0), "width": (-1.0, 1.0)}


def told(number: int, loss: float, height: float, width: float = 0.0, violation: float = 0.0) -> Trial:
    trial = Trial(number, number)
    trial.state, trial.losses, trial.violations = "done", (loss,), (violation,)
    trial.feedback = {"height": height, "width": width}
    return trial


# --- The archive -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("height", "width", "cell"),
    [(0, -1, (0, 0)), (1.99, -0.01, (0, 0)), (2, 0, (1, 1)), (10, 1, (4, 1)), (-5, 9, (0, 1)), (inf, -inf, (4, 0))],
)
def test_a_cell_is_found_by_equal_parts_and_what_lies_beyond_counts_to_the_outermost(
    height: float, width: float, cell: tuple[int, ...]
) -> None:
    archive = GridArchive(RANGES, {"height": 5, "width": 2})
    assert archive.size == 10
    assert archive.cell(told(0, 1.0, height, width)) == cell


def test_a_cell_keeps_the_best_that_came() -> None:
    archive = GridArchive(RANGES, 5)
    assert [archive.add(told(n, loss, 1)) for n, loss in enumerate([3.0, 4.0, 3.0, 2.0])] == [True, False, False, True]
    assert archive.add(told(9, 50.0, 9))
    assert sorted(trial.number for trial in archive) == [3, 9]
    assert len(archive.filled) == len(archive) == 2


def test_failed_and_infeasible_trials_and_those_without_descriptors_never_get_in() -> None:
    archive = GridArchive(RANGES, 5)
    failed, bare = Trial(0, 0), told(1, 1.0, 1)
    failed.state, failed.feedback, bare.feedback = "failed", {"height": 1, "width": 0}, None
    refused = [failed, bare, told(2, -9.0, 1, violation=0.1), told(3, 0.0, nan)]
    assert [archive.add(trial) for trial in refused] == [False] * 4
    assert archive.coverage == 0


def test_coverage_and_quality_by_hand() -> None:
    archive = archive_of([told(0, 3.0, 1), told(1, 1.0, 1), told(2, 6.0, 9), told(3, 11.0, 5)], RANGES, 5)
    assert archive.coverage == 3 / 25
    assert archive.quality(worst=10) == 9 + 4


@pytest.mark.parametrize(
    ("ranges", "bins", "why"),
    [
        ({}, 5, "give at least one descriptor"),
        (RANGES, 0, "'height' has 0 bins"),
        (RANGES, {"height": 3}, "'width' has 0 bins"),
        ({"height": (1.0, 1.0)}, 3, r"over \(1.0, 1.0\): it needs"),
    ],
)
def test_a_grid_without_cells_is_refused(ranges: dict[str, tuple[float, float]], bins: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        GridArchive(ranges, bins)


# --- The strategy ----------------------------------------------------------------------------------

HALF = 16
SPREAD = {"left": (0.0, HALF + 1.0), "right": (0.0, HALF + 1.0)}


def stripes(bits: list[int]) -> Outcome:
    """The descriptors count the ones in each half, the loss how often neighbours differ: random bits lie amid both."""
    changes = sum(a != b for a, b in pairwise(bits))
    return Outcome({"loss": changes}, feedback={"left": sum(bits[:HALF]), "right": sum(bits[HALF:])})


STRIPES = Problem("stripes", [Choice(0, 1)] * (2 * HALF), stripes, descriptors=SPREAD)


def archive_after(strategy: Strategy, seed: int, trials: int = 1500) -> GridArchive:
    study = Study(STRIPES, strategy, seed=seed).run(trials=trials, progress=False)
    found = archive_of(study.trials, SPREAD, HALF + 1)
    if isinstance(study.strategy, MapElites):
        assert {trial.number for trial in study.strategy.archive} == {trial.number for trial in found}
    return found


def test_it_fills_more_cells_than_random_search_and_with_better_elites() -> None:
    for seed in range(3):
        ours, chance = archive_after(MapElites(HALF + 1), seed), archive_after(RandomSearch(), seed)
        assert ours.coverage > 1.3 * chance.coverage
        assert ours.quality(worst=2 * HALF) > 1.3 * chance.quality(worst=2 * HALF)
        both = ours.elites.keys() & chance.elites.keys()
        assert mean(ours.elites[cell].loss for cell in both) < mean(chance.elites[cell].loss for cell in both)


def test_after_the_random_start_every_child_is_one_mutation_away_from_an_elite() -> None:
    study = Study(STRIPES, MapElites(HALF + 1, initial=20), seed=0).run(trials=120, progress=False)
    distances = [min(len(t.program.diff(old.program)) for old in study.trials[: t.number]) for t in study.trials[1:]]
    assert min(distances[:19]) > 1
    assert max(distances[19:]) == 1


def test_parents_are_drawn_evenly_among_the_elites() -> None:
    strategy = MapElites(5, initial=1, vary=lambda space, pick, rng: pick().program)
    strategy.start(Integer(0, 9), Random(0), Objectives({"loss": "minimize"}, descriptors=RANGES))
    strategy.ask(1)
    strategy.tell([told(n, float(n), height) for n, height in enumerate([1, 1, 3, 5, 9])])  # trial 1 loses its cell
    drawn = Counter(proposal.value for proposal in strategy.ask(8000))
    assert {n: count / 8000 for n, count in drawn.items()} == pytest.approx(dict.fromkeys((0, 2, 3, 4), 0.25), abs=0.02)


def test_while_nothing_is_feasible_the_least_violation_leads() -> None:
    bits = space([Choice(0, 1)] * 40)

    def evaluate(value: list[int]) -> Outcome:
        return Outcome({"loss": sum(value)}, violations=[sum(value) - 5], feedback={"ones": sum(value[:20])})

    problem = Problem("few", bits, evaluate, descriptors={"ones": (0, 20)})
    study = Study(problem, MapElites(21, initial=10), seed=0).run(trials=600, progress=False)
    assert study.best.violation == 0
    assert isinstance(study.strategy, MapElites)
    assert len(study.strategy.archive) >= 4
    assert all(trial.violation == 0 for trial in study.strategy.archive)


def test_one_of_several_descriptors_may_be_named() -> None:
    for strategy in (MapElites(7, descriptors=["right"]), MapElites({"right": 7})):
        study = Study(STRIPES, strategy, seed=0)
        assert isinstance(study.strategy, MapElites)
        assert study.strategy.archive.size == 7


# --- What it refuses -------------------------------------------------------------------------------


def test_problems_that_it_cannot_illuminate_are_refused_with_the_reason() -> None:
    plain = Problem("plain", Real(0, 1), float)
    with pytest.raises(CannotAct, match=r"declares no descriptors .*RandomSearch or RegularizedEvolution would fit"):
        Study(plain, MapElites())
    with pytest.raises(CannotAct, match="the problem has no descriptor 'top', only left, right; RandomSearch"):
        Study(STRIPES, MapElites(descriptors=["left", "top"]))
    with pytest.raises(CannotAct, match="no descriptor 'top'"):
        Study(STRIPES, MapElites({"top": 3}))
    with pytest.raises(CannotAct, match=r"bins=\{'left': 3\} says nothing about the descriptor 'right'"):
        Study(STRIPES, MapElites({"left": 3}, descriptors=["left", "right"]))
    two = Problem("two", Real(0, 1), lambda x: {"a": x, "b": x}, objectives=dict.fromkeys("ab", "minimize"),
                  descriptors=SPREAD)  # fmt: skip
    with pytest.raises(CannotAct, match="there are 2 objectives; NSGA2 would fit"):
        Study(two, MapElites())


@pytest.mark.parametrize("wrong", [{"bins": 0}, {"initial": 0}, {"bins": {"x": 0}}, {"bins": {}}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="all must be at least 1"):
        MapElites(**wrong)
