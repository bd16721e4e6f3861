"""Exhaustive and depth-first search, and what a bound saves."""

from itertools import pairwise
from random import Random
from typing import Any

import pytest

from inlay.search import CannotAct, Exhaustive, Outcome, Problem, Study
from inlay.search.depth_first import DepthFirst
from inlay.spaces import Choice, Integer, Mask, Permutation, Real, Repeat, Shared, Space, Subset, space

SPACES = {
    "choices": space([Choice("a", "b"), Choice(1, 2, 3)]),
    "conditional": Choice({"k": Integer(0, 3)}, {"l": Choice("x", "y"), "m": Mask(2)}, "none"),
    "subset": Subset(range(5), 2),
    "fixed mask": Mask((2, 2), ones=2),
    "repeat": Repeat(Integer(0, 2), 0, 2),
    "log": space({"n": Integer(1, 9, log=True), "grid": Real(0, 1, step=0.5)}),
    "overlapping": Choice(1, Integer(0, 3), Choice(1, 2, 9)),
    "constrained": space({"a": Integer(0, 4), "b": Integer(0, 4)}).where(lambda p: p["a"] < p["b"]),
    "shared": space([w := Shared(Integer(1, 3)), Repeat(w, 1, 2)]),
    "one": Choice("only"),
}

PLACES = [(0, 0), (6, 1), (3, 7), (9, 4), (1, 5), (8, 8)]


def distance(i: int, j: int) -> float:
    return float(abs(PLACES[i][0] - PLACES[j][0]) + abs(PLACES[i][1] - PLACES[j][1]))


def tour(order: list[int]) -> float:
    """The length of a way through all places."""
    return sum(distance(i, j) for i, j in pairwise(order))


def part_of_tour(part: Any) -> float:
    """The way through the places that are decided: no completion is shorter."""
    decided = [i for i in part.args if isinstance(i, int)] if hasattr(part, "args") else []
    return sum(distance(i, j) for i, j in pairwise(decided))


def members(study: Study) -> list[Any]:
    return [trial.key for trial in study.trials]


def run(of: Space, strategy: Any, loss: Any = lambda value: 0.0) -> Study:
    return Study(Problem("all", of, loss), strategy, seed=0).run(trials=10**5, progress=False)


@pytest.mark.parametrize("name", SPACES)
def test_depth_first_equals_enumeration(name: str) -> None:
    of = SPACES[name]
    expected = [of.key(value) for value in of.enumerate()]
    for strategy in (Exhaustive(), DepthFirst()):
        study = run(of, strategy)
        assert members(study) == expected
        assert study.stop_reason == "exhausted"
    listed = members(run(of, DepthFirst(lambda part: -1.0)))
    assert len(listed) == len(expected)
    assert set(listed) == set(expected)


#: A way of five stops; the constraint makes it one through different places.
WAY = space([Choice(*range(6)) for _ in range(5)]).where(lambda p: len(set(p.args)) == 5)


def bound_of_way(part: Any) -> float:
    inner = getattr(part, "part", part)
    stops = [stop for stop in inner.args if isinstance(stop, int)]
    return sum(distance(i, j) for i, j in pairwise(stops))


def test_branch_and_bound_equals_brute_force() -> None:
    brute, bounded = run(WAY, Exhaustive(), tour), run(WAY, DepthFirst(bound_of_way), tour)
    assert bounded.best.loss == brute.best.loss
    assert bounded.stop_reason == "exhausted"
    assert len(brute.trials) == 720
    assert len(bounded.trials) < 60


def test_a_bound_that_excludes_nothing_finds_every_member_and_one_that_excludes_all_but_the_first_stops() -> None:
    order = Permutation(range(4))
    assert len(run(order, DepthFirst(lambda part: -1.0), tour).trials) == 24
    assert len(run(order, DepthFirst(lambda part: 1e9), tour).trials) == 1


def test_what_can_only_be_as_good_as_the_best_is_excluded() -> None:
    assert len(run(Permutation(range(4)), DepthFirst(lambda part: 5.0), lambda value: 5.0).trials) == 1


def test_the_bound_is_given_the_smaller_space() -> None:
    seen: list[Any] = []
    of = space([Choice("a", "b"), Choice("c", "d")])
    run(of, DepthFirst(lambda part: seen.append(part) or 0.0), lambda value: 1.0)
    assert [str(part) for part in seen] == ["['a', 'd']", "['b', Choice('c', 'd')]", "['b', 'c']", "['b', 'd']"]


def test_only_a_feasible_success_excludes() -> None:
    def evaluate(value: int) -> Outcome | float:
        if value == 0:
            raise ArithmeticError
        return Outcome({"loss": -99.0 if value == 1 else float(value)}, violations=[1.0 if value == 1 else 0.0])

    study = run(Integer(0, 9), DepthFirst(lambda part: 0.0), evaluate)
    assert study.best.loss == 2.0
    assert len(study.trials) == 10


def test_results_that_arrive_late_only_save_less() -> None:
    strategy = DepthFirst(bound_of_way)
    strategy.start(WAY, Random(0), {"loss": "minimize"})
    assert len(strategy.ask(50)) == 50
    assert len(strategy.ask(1000)) == 670


def test_infinite_spaces_and_bounds_on_several_objectives_are_refused() -> None:
    with pytest.raises(CannotAct, match="BestFirst, BeamSearch, UCT would fit"):
        DepthFirst().start(Real(0, 1), Random(0), {"loss": "minimize"})
    several = {"a": "minimize", "b": "minimize"}
    with pytest.raises(CannotAct, match="Exhaustive would fit"):
        DepthFirst(lambda part: 0.0).start(Choice(0, 1), Random(0), several)
    DepthFirst().start(Choice(0, 1), Random(0), several)
