"""Genetic programming and its parts: broods, what they leave out, selection by size, survival by age."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import pytest

from inlay.search import (
    Comma,
    Elitist,
    Evolution,
    Lexicase,
    Mutate,
    Outcome,
    Plus,
    Problem,
    RandomSearch,
    Study,
    Tournament,
    Trial,
)
from inlay.search.age_fitness import AgeFitness
from inlay.search.brood_moves import Children, Crossing, Fresh, Mutation
from inlay.search.double_tournament import DoubleTournament, complexity, places_of
from inlay.search.genetic_programming import GeneticProgramming, KnownKeys
from inlay.search.many_parents import PickMany, picking
from inlay.search.objectives import Objectives
from inlay.spaces import Choice, Integer, Space, space
from inlay.spaces.formulas import Formula, Formulas
from inlay.spaces.formulas.data import Data
from inlay.spaces.formulas.evaluation import losses

SPACE = Formulas(["x"], ["+", "-", "*", "/"], max_size=15)
WIDE = Formulas(9, ["+", "*", "sin"], max_size=30)
X = np.linspace(-1, 1, 20)
DATA = Data({"x": X}, X**4 + X**3 + X**2 + X)


def regression(formulas: Sequence[Formula]) -> list[float]:
    """The mean squared error of each formula on Nguyen-2."""
    found: list[float] = losses(formulas, DATA).tolist()
    return found


NGUYEN = Problem("nguyen-2", SPACE, evaluate_many=regression)


def started(strategy: GeneticProgramming, over: Space = SPACE, **objectives: Any) -> GeneticProgramming:
    strategy.start(over, Random(0), Objectives({"loss": "minimize"}, **objectives))
    return strategy


def answered(proposals: Sequence[Any], first: int = 0, loss: Any = lambda value: float(len(str(value)))) -> list[Trial]:
    """Trials of the proposals with an outcome; a loss of None is a failure."""
    trials = []
    for number, proposal in enumerate(proposals, first):
        trial = Trial(number, proposal.value, proposal.origin)
        found = loss(proposal.value)
        trial.state = "failed" if found is None else "done"
        trial.losses, trial.objectives = ((), {}) if found is None else ((found,), {"loss": found})
        trials.append(trial)
    return trials


def foreign(number: int, text: str, loss: float) -> Trial:
    trial = Trial(number, SPACE.adopt(text))
    trial.state, trial.losses, trial.objectives, trial.foreign = "done", (loss,), {"loss": loss}, True
    return trial


# -- broods ----------------------------------------------------------------------------------------------------------


def test_a_brood_is_handed_out_in_pieces_and_awaited_whole() -> None:
    strategy = started(GeneticProgramming(10, brood=6), WIDE)
    first = [*strategy.ask(4), *strategy.ask(100)]
    assert len(first) == 10
    strategy.tell(answered(first[3:]))
    assert strategy.ask(5) == []
    strategy.tell(answered(first[:3], 7))
    assert len(strategy.members) == 10
    assert len(strategy.ask(100)) == 6


def test_foreign_trials_neither_fill_a_brood_nor_begin_one() -> None:
    strategy = started(GeneticProgramming(5))
    strategy.tell([foreign(0, "x*x", -9.0)])
    brood = strategy.ask(9)
    assert len(brood) == 5
    strategy.tell([foreign(1 + i, text, 50.0) for i, text in enumerate(["x + 1", "x - 1", "1 - x", "x/1", "x*1"])])
    assert strategy.ask(9) == []
    strategy.tell(answered(brood, 10))
    assert strategy.members[0].losses == (-9.0,)


def test_no_known_candidate_is_proposed() -> None:
    study = Study(NGUYEN, GeneticProgramming(100), seed=1)
    study.tell("x", 3.0)
    study.run(trials=3000, progress=False)
    assert len({trial.key for trial in study.trials}) == 3001
    assert not any(trial.reused for trial in study.trials)


def test_equal_candidates_are_proposed_where_evaluations_are_noisy() -> None:
    strategy = started(GeneticProgramming(300), Formulas(["x"], ["+"], literals=[], max_size=5), noisy=True)
    assert len(strategy.ask(1000)) == 300


def test_a_small_space_is_searched_on_when_all_is_known() -> None:
    small = Formulas(["x"], ["+"], literals=[], max_size=5)  # x, 2 x, 3 x
    strategy = started(GeneticProgramming(50), small)
    brood = strategy.ask(100)
    assert {small.key(proposal.value) for proposal in brood} == {small.key(f) for f in small.enumerate()}
    assert len(brood) == 3
    strategy.tell(answered(brood))
    assert strategy.ask(100)
    study = Study(Problem("one", Formulas(["x"], [], literals=[]), str_length), GeneticProgramming(3), seed=0)
    assert study.run(trials=9, progress=False).stop_reason == "trials"


def str_length(value: Any) -> float:
    return float(len(str(value)))


def test_known_children_are_mutated_until_they_are_new() -> None:
    strategy = started(GeneticProgramming(20, moves=[Returning()]), WIDE)
    first = strategy.ask(20)
    strategy.tell(answered(first))
    brood = strategy.ask(20)
    assert len({WIDE.key(proposal.value) for proposal in [*first, *brood]}) >= 38


@dataclass(frozen=True)
class Returning:
    """Hands the parents back."""

    share: float = 1.0

    def __call__(self, space: Space, pick: PickMany, n: int, rng: Random) -> Children:
        parents = pick(n)
        return Children([trial.program for trial in parents], [(trial,) for trial in parents])


def test_a_memory_is_bounded() -> None:
    keys = KnownKeys(1000)
    assert all(keys.add(i) for i in range(5000))
    assert not any(keys.add(i) for i in range(4500, 5000))
    assert len(keys.newer) + len(keys.older) <= 1000
    assert keys.add(1)
    assert [KnownKeys(0).add(1) for _ in range(2)] == [True, True]


# -- parents ---------------------------------------------------------------------------------------------------------


@dataclass
class Noting:
    """A move that notes what it is asked for."""

    share: float = 1.0

    def __post_init__(self) -> None:
        self.counts: list[int] = []
        self.parents: list[Trial] = []

    def __call__(self, space: Space, pick: PickMany, n: int, rng: Random) -> Children:
        self.counts.append(n)
        self.parents += pick(n)
        return Fresh()(space, pick, n, rng)


def test_failures_are_never_parents() -> None:
    noting = Noting()
    strategy = started(GeneticProgramming(10, moves=[noting]))
    told = 0
    for _ in range(3):  # broods that fail are drawn afresh
        brood = strategy.ask(10)
        strategy.tell(answered(brood, told, lambda value: None))
        told += len(brood)
    assert not noting.parents
    assert not strategy.members
    results = iter([1.0, None] * 500)
    for _ in range(4):
        brood = strategy.ask(10)
        strategy.tell(answered(brood, told, lambda value: next(results)))
        told += len(brood)
    assert noting.parents
    assert all(trial.state == "done" for trial in noting.parents)


def test_moves_make_their_shares() -> None:
    moves = [Noting(1.0), Noting(3.0), Noting(0.0)]
    strategy = started(GeneticProgramming(400, moves=moves), WIDE)
    strategy.tell(answered(strategy.ask(400)))
    strategy.ask(400)
    assert moves[0].counts[0] + moves[1].counts[0] == 400
    assert moves[1].counts[0] == pytest.approx(300, abs=40)
    assert moves[2].counts == []


@pytest.mark.parametrize("select", [Tournament(3), DoubleTournament(3), Lexicase("cases")], ids=lambda s: repr(s))
@pytest.mark.parametrize("keep", [Plus(), Comma(), Elitist(1), AgeFitness()], ids=lambda k: repr(k))
def test_any_selection_and_survival_find_an_easy_formula(select: Any, keep: Any) -> None:
    strategy = GeneticProgramming(100, select=select, keep=keep)
    study = Study(Problem("cases", SPACE, evaluate_many=with_cases), strategy, seed=0)
    assert study.run(trials=6000, target=1e-20, progress=False).stop_reason == "target"


def with_cases(formulas: Sequence[Formula]) -> list[Outcome]:
    """The error of x*x + x on some rows, and on each as a case."""
    found = []
    for formula in formulas:
        errors = np.abs(np.nan_to_num(formula(X[:8, None]), nan=1e6, posinf=1e6, neginf=1e6) - X[:8] ** 2 - X[:8])
        found.append(Outcome({"loss": float(errors.sum())}, feedback={"cases": errors.tolist()}))
    return found


def test_it_finds_a_polynomial_that_random_search_does_not() -> None:
    study = Study(NGUYEN, GeneticProgramming(), seed=0).run(trials=20_000, target=1e-20, progress=False)
    assert study.stop_reason == "target"
    assert Study(NGUYEN, RandomSearch(), seed=0).run(trials=20_000, progress=False).best.loss > 1e-3


# -- double tournaments ----------------------------------------------------------------------------------------------


def trials(*rows: tuple[float, int]) -> list[Trial]:
    """Trials of these losses and sizes."""
    made = []
    for number, (loss, size) in enumerate(rows):
        trial = Trial(number, "x" * size)
        trial.state, trial.losses, trial.objectives = "done", (loss,), {"loss": loss}
        made.append(trial)
    return made


def test_a_tournament_prefers_the_better_as_its_size_says() -> None:
    pick = DoubleTournament(2, 1.0).many_among(trials(*[(float(i), 9 - i) for i in range(5)]), Random(0))
    wins = Counter(trial.number for trial in pick(20_000))
    for i in range(5):  # the k-th best of n wins with (2 (n - k) + 1) / n^2
        assert wins[i] / 20_000 == pytest.approx((2 * (5 - i) - 1) / 25, abs=0.015)


def test_the_smaller_of_two_winners_wins_by_the_parsimony() -> None:
    population = trials((1.0, 9), (1.0, 2))
    for parsimony in (1.0, 1.4, 2.0):
        wins = Counter(t.number for t in DoubleTournament(1, parsimony).many_among(population, Random(0))(20_000))
        assert wins[1] / 20_000 == pytest.approx(0.5 + (parsimony - 1) / 4, abs=0.015)


def test_the_objective_called_complexity_is_the_size_and_no_loss() -> None:
    population = trials((1.0, 9), (2.0, 2), (1.0, 1))
    for trial, size in zip(population, (4.0, 3.0, 8.0), strict=True):
        trial.objectives = {"complexity": size, "loss": trial.losses[0]}
        trial.losses = (size, trial.losses[0])
    assert [complexity(trial) for trial in population] == [4.0, 3.0, 8.0]
    assert places_of(population).tolist() == [0, 1, 0]


def test_violations_come_before_losses() -> None:
    population = trials((5.0, 1), (1.0, 1))
    population[1].violations = (1.0,)
    assert {t.number for t in DoubleTournament(30).many_among(population, Random(0))(20)} == {0}


def test_a_double_tournament_serves_where_single_parents_are_drawn() -> None:
    bits = space({f"x{i}": Choice(0, 1) for i in range(12)})
    problem = Problem("bits", bits, lambda value: -sum(value.values()))
    study = Study(problem, Evolution(10, DoubleTournament(3), Mutate(), Plus()), seed=0)
    assert study.run(trials=300, progress=False).best.loss == -12


def test_any_selection_draws_many() -> None:
    population = trials(*[(float(i), 1) for i in range(6)])
    assert {t.number for t in picking(Tournament(40), population, Random(0))(9)} == {0}


# -- age -------------------------------------------------------------------------------------------------------------


def aged(loss: float, birth: int | None, number: int = 0) -> Trial:
    trial = Trial(number, "x", None if birth is None else [9, birth])
    trial.state, trial.losses, trial.objectives = "done", (loss,), {"loss": loss}
    return trial


def test_the_young_are_compared_with_the_young() -> None:
    old, older, young, worse = aged(1.0, 2), aged(1.5, 1), aged(7.0, 8), aged(8.0, 8)
    assert AgeFitness()([old, older], [worse, young], 2) == [old, young]
    assert AgeFitness()([old, older], [worse, young], 3) == [old, young, older]
    assert AgeFitness()([old], [worse], 5) == [old, worse]


def test_among_equals_the_newer_stays_and_strangers_are_young() -> None:
    first, second, stranger = aged(1.0, 2, 0), aged(1.0, 2, 1), aged(9.0, None, 2)
    assert AgeFitness()([first], [second], 1) == [second]
    assert AgeFitness()([first, second], [stranger, aged(8.5, 5)], 3)[-1] is not stranger
    assert AgeFitness()([first], [stranger], 1) == [first]


def test_a_line_is_as_old_as_its_oldest_ancestor() -> None:
    strategy = started(GeneticProgramming(6, keep=AgeFitness(), moves=[Crossing(1), Mutation(1), Fresh(1)]))
    told = 0
    births: set[tuple[int, int]] = set()
    for _ in range(6):
        brood = strategy.ask(6)
        births |= {tuple(proposal.origin) for proposal in brood}
        strategy.tell(answered(brood, told))
        told += len(brood)
    assert {birth for generation, birth in births if generation == 0} == {0}
    assert {birth for generation, birth in births if generation == 5} >= {0, 5}
    parents = [aged(1.0, 3), aged(1.0, 7)]
    assert strategy._origin(parents) == [strategy.generation, 3]


# -- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: GeneticProgramming(0), "at least one member"),
        (lambda: GeneticProgramming(5, brood=0), "at least one member"),
        (lambda: GeneticProgramming(moves=[]), "share"),
        (lambda: GeneticProgramming(moves=[Fresh(0.0)]), "share"),
        (lambda: Crossing(-1.0), "negative"),
        (lambda: DoubleTournament(0), "at least 1"),
        (lambda: DoubleTournament(2, 2.5), r"\[1, 2\]"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        make()


def test_it_searches_spaces_of_other_kinds() -> None:
    mixed = space({"n": Integer(1, 50), "kind": Choice("a", "b", "c"), "m": Integer(1, 50)})
    problem = Problem("mixed", mixed, lambda v: abs(v["n"] - 33) + abs(v["m"] - 7) + (v["kind"] != "b"))
    study = Study(problem, GeneticProgramming(20), seed=0).run(trials=800, progress=False)
    assert study.best.loss <= 1
