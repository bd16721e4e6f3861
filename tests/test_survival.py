"""Survival: who stays, among equals too, and how crowding keeps several optima."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from inlay.search import Evolution, Plus, Problem, Study, Tournament, Trial
from inlay.search.crowding import Crowding, DeterministicCrowding, difference
from inlay.search.survival import Comma
from inlay.search.variation import CrossAndMutate
from inlay.spaces import Choice, Mask, Permutation, space

BITS = space([Choice(0, 1)] * 8)


def told(number: int, *losses: float, program: Any = None, origin: Any = None, violation: float = 0.0) -> Trial:
    trial = Trial(number, program, origin)
    trial.state, trial.losses, trial.violations = "done", losses, (violation,) if violation else ()
    return trial


def numbers(trials: Sequence[Trial]) -> list[int]:
    return [trial.number for trial in trials]


OLD = [told(i, loss) for i, loss in enumerate([2.0, 3.0, 4.0])]


def test_comma_forgets_the_parents_however_good_they_are() -> None:
    brood = [told(n, loss) for n, loss in ((3, 9.0), (4, 7.0), (5, 8.0), (6, 9.0))]
    assert numbers(Comma()(OLD, brood, 3)) == [4, 5, 6]
    assert numbers(Comma()(OLD, brood[:1], 3)) == [3, 0, 1], "old ones fill up what the brood leaves"


def test_among_equals_the_new_stay() -> None:
    brood = [told(3, 3.0), told(4, 4.0), told(5, 2.0)]
    assert numbers(Plus()(OLD, brood, 3)) == [5, 0, 3]
    assert numbers(Comma()(OLD, [told(6, 1.0), told(7, 1.0), told(8, 1.0)], 2)) == [8, 7]


def test_violations_come_before_losses() -> None:
    brood = [told(3, -99.0, violation=1.0), told(4, 50.0)]
    assert numbers(Plus()(OLD, brood, 4)) == [0, 1, 2, 4]
    assert numbers(Comma()(OLD, brood, 2)) == [4, 3]


def test_with_several_objectives_those_beaten_by_fewest_stay() -> None:
    population = [told(0, 1.0, 9.0), told(1, 9.0, 1.0), told(2, 5.0, 5.0)]
    assert numbers(Plus()(population, [told(3, 6.0, 6.0), told(4, 5.0, 5.0)], 4)) == [0, 4, 2, 1]


# --- Crowding --------------------------------------------------------------------------------------


def bits(text: str) -> Any:
    return BITS.adopt([int(bit) for bit in text])


NICHES = [told(0, 5.0, program=bits("00000000")), told(1, 5.0, program=bits("11111111"))]


def child(text: str, loss: float, parents: list[int], number: int = 9) -> Trial:
    return told(number, loss, program=bits(text), origin={"generation": 1, "parents": parents})


def test_a_child_replaces_the_more_similar_parent_unless_that_one_is_better() -> None:
    assert numbers(Crowding()(NICHES, [child("11101111", 5.0, [0, 1])], 2)) == [0, 9]
    assert numbers(Crowding()(NICHES, [child("11101111", 5.1, [0, 1])], 2)) == [0, 1]
    assert numbers(Crowding()(NICHES, [child("11101111", 1.0, [0])], 2)) == [9, 1], "only parents compete"


def test_where_no_parent_is_left_the_most_similar_member_competes() -> None:
    stranger = child("11100111", 1.0, [55])
    assert numbers(Crowding()(NICHES, [stranger], 2)) == [0, 9]
    foreign = told(7, 1.0, program=bits("10000000"))
    foreign.foreign = True
    assert numbers(Crowding()(NICHES, [foreign], 2)) == [7, 1]
    assert numbers(Crowding()(NICHES[:1], [stranger], 2)) == [0, 9], "first the population fills up"


def test_an_infeasible_child_replaces_no_feasible_parent() -> None:
    tempting = told(9, -50.0, program=bits("11111110"), origin={"parents": [1]}, violation=1.0)
    assert numbers(Crowding()(NICHES, [tempting], 2)) == [0, 1]


def test_difference_counts_decisions() -> None:
    mask = np.array([True, False, True])
    assert difference(mask, ~mask) == 3
    tree = space({"a": [1, {"b": 2}], "m": mask})
    assert difference(tree, tree) == 0
    assert difference(tree, space({"a": [1, {"b": 3}], "m": mask})) == 1
    assert difference(tree, space({"m": mask, "a": [1, {"b": 2}]})) == 0
    assert difference(space([1, 2, 3]), space([1, 5])) == 2
    assert difference(space([1, {"a": 1}]), space([True, "x"])) == 2
    assert difference(Permutation("abc").arrange([0, 1, 2]), Permutation("abc").arrange([1, 0, 2])) == 2


def twin_peaks(value: Any) -> float:
    ones = int(value.sum())
    return float(min(ones, 20 - ones))


@pytest.mark.parametrize("seed", [1, 2])
def test_crowding_keeps_both_peaks_where_plus_survival_keeps_one(seed: int) -> None:
    """Of two mirrored optima a panmictic population loses one by chance; crowding holds both."""

    def ends(strategy: Evolution) -> set[int]:
        study = Study(Problem("peaks", Mask(20), twin_peaks), strategy, seed=seed).run(trials=1000, progress=False)
        assert isinstance(study.strategy, Evolution)
        return {int(member.program.sum()) for member in study.strategy.members if member.loss <= 1}

    crowded = ends(DeterministicCrowding(16))
    assert min(crowded) <= 1 < 19 <= max(crowded)
    crushed = ends(Evolution(16, Tournament(4), CrossAndMutate(0.9, 0.5), Plus(), brood=16))
    assert max(crushed) - min(crushed) <= 2


def test_the_parents_travel_in_the_origin() -> None:
    study = Study(Problem("peaks", Mask(24), twin_peaks), DeterministicCrowding(6, crossover=1.0), seed=0)
    study.run(trials=30, progress=False)
    assert study.trials[3].origin == {"generation": 0, "parents": []}
    for trial in study.trials[6:]:
        assert trial.origin["generation"] == trial.number // 6
        assert 1 <= len(trial.origin["parents"]) <= 2
        assert all(0 <= number < trial.number for number in trial.origin["parents"])
