"""Tabu search: what is forbidden, for how long, and the way out of local optima."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from inlay.search import Problem, Study, Trial
from inlay.search.tabu_search import TabuList, TabuSearch, entries, whole
from inlay.spaces import Choice, Integer, Mask, Permutation, space

BITS = space([Choice(0, 1) for _ in range(8)])


def study_of(strategy: TabuSearch, evaluate: Any, space: Any = BITS) -> Study:
    return Study(Problem("p", space, evaluate), strategy, seed=0)


# --- The list --------------------------------------------------------------------------------------


def test_what_a_move_gave_up_is_forbidden_for_its_tenure() -> None:
    tabu = TabuList()
    tabu.forbid([0, 0, 0], [1, 0, 0], 2)
    forbidden = []
    for _ in range(4):
        forbidden.append(tabu.forbids([1, 0, 0], [0, 0, 0]))
        tabu.forbid([5, 5, 5], [5, 5, 5], 0)
    assert forbidden == [True, True, True, False]


def test_a_move_is_forbidden_only_when_all_that_it_changes_returns() -> None:
    tabu = TabuList()
    tabu.forbid(["a", "b", "c"], ["b", "a", "c"], 9)
    assert tabu.forbids(["b", "a", "c"], ["a", "b", "c"])
    assert not tabu.forbids(["b", "a", "c"], ["a", "c", "b"])
    assert tabu.forbids(["b", "c", "a"], ["a", "c", "a"])


def test_attributes_of_holes() -> None:
    assert list(entries(Permutation("abc"), ["c", "a", "b"])) == [0.5, 1.0, 0.0]
    assert list(entries(Mask(3), np.array([True, False, True]))) == [1.0, 0.0, 1.0]
    assert whole(Integer(0, 5), 3) == [Integer(0, 5).key(3)]


def test_the_list_forgets_what_has_ended() -> None:
    tabu = TabuList()
    for i in range(5000):
        tabu.forbid([i], [i + 1], 3)
    assert len(tabu.until) <= 1001


# --- The walk --------------------------------------------------------------------------------------


def steps(strategy: TabuSearch, evaluate: Any, space: Any, moves: int, start: Any) -> list[Any]:
    """The candidates to which the search moves."""
    study = study_of(strategy, evaluate, space)
    running: Any = study.strategy
    path: list[Any] = []
    move = running._move

    def noted(trial: Trial) -> None:
        path.append(trial.program)
        move(trial)

    running._move = noted
    study.tell(start, loss=float(evaluate(start)))
    while len(path) < moves:
        study.run(trials=1, progress=False)
    return path[:moves]


def test_it_climbs_out_of_a_valley_and_does_not_turn_back() -> None:
    """A valley at 10 between hills: only uphill moves lead to the deeper one at 0."""
    evaluate = {0: 0, 1: 30, 2: 25, 3: 20, 4: 15, 5: 10, 6: 35, 7: 40, 8: 45}.__getitem__
    path = steps(TabuSearch(6, sample=None, eager=False, attributes=whole), evaluate, Integer(0, 8), 6, 5)
    assert path == [5, 4, 3, 2, 1, 0]


def test_the_best_neighbour_is_taken_and_a_turned_bit_stays() -> None:
    weights = [1, 2, 4, 8, 16, 32, 64, 128]

    def evaluate(bits: Any) -> float:
        return float(sum(w * b for w, b in zip(weights, bits, strict=True)))

    path = steps(TabuSearch(4, sample=None, eager=False), evaluate, BITS, 4, [0] * 8)
    turned = [[i for i in range(8) if a[i] != b[i]] for a, b in pairwise(path)]
    assert turned == [[0], [1], [2]]  # always the cheapest bit that is not tabu, never back to all zeros


def test_a_tabu_move_to_a_new_best_is_taken() -> None:
    study = study_of(TabuSearch(9, attributes=whole), float, Integer(0, 2))
    study.tell(1, loss=6.0)
    chosen = study.strategy
    assert isinstance(chosen, TabuSearch)
    back = Trial(1, 2)
    back.state = "done"
    for loss, free, forbidden in ((7.0, True, False), (6.0, True, False), (5.0, True, True)):
        back.losses = (loss,)
        chosen.tabu.until = {}
        assert chosen._may_move(back) is free
        chosen.tabu.until = {(0, whole(Integer(0, 2), 2)[0]): 99}
        assert chosen._may_move(back) is forbidden


def test_an_eager_search_moves_at_once_and_a_patient_one_waits() -> None:
    for eager in (True, False):
        study = study_of(TabuSearch(eager=eager, sample=5), lambda bits: 0.0)
        study.tell([0] * 8, loss=5.0)
        asked = study.ask(9)
        assert len(asked) == 5
        study.tell(asked[3], 4.5)
        study.tell([1] * 8, loss=9.0)
        following = study.ask(9)
        assert len(following) == (5 if eager else 0)


def test_after_its_patience_it_goes_on_from_the_best() -> None:
    study = study_of(TabuSearch(2, sample=3, patience=4, strength=2), lambda bits: float(sum(bits)))
    study.tell([0] * 8, loss=-1.0)
    study.run(trials=60, progress=False)
    distances = [sum(t.program) for t in study.trials[1:]]
    assert max(distances) <= 6
    assert distances.count(1) >= 8  # back around the best again and again


@pytest.mark.parametrize("name", ["tenure", "sample", "patience", "strength", "memory"])
def test_settings_that_make_no_sense_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=rf"TabuSearch\({name}=0\): it must be at least 1"):
        TabuSearch(**{name: 0})
