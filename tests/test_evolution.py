"""Evolution and its parts: selection, variation, survival."""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from inlay.search import (
    Aging,
    CrossAndMutate,
    Elitist,
    Evolution,
    GeneticAlgorithm,
    Mutate,
    Plus,
    Problem,
    RegularizedEvolution,
    Study,
    Tournament,
    Trial,
    Truncation,
)
from inlay.spaces import Choice, Integer, Real, space

BITS = space({f"x{i}": Choice(0, 1) for i in range(20)})


def told(number: int, loss: float | None, *violations: float) -> Trial:
    trial = Trial(number, number)
    trial.state = "failed" if loss is None else "done"
    trial.losses = () if loss is None else (loss,)
    trial.violations = violations
    return trial


def numbers(trials: Sequence[Trial]) -> list[int]:
    return [trial.number for trial in trials]


POPULATION = [told(i, loss) for i, loss in enumerate([5.0, 1.0, 4.0, 2.0, 3.0])]


# --- Selection -------------------------------------------------------------------------------------


def test_a_tournament_prefers_the_better_as_its_size_says() -> None:
    rng = Random(0)
    wins = Counter(Tournament(2)(POPULATION, rng).losses[0] for _ in range(5000))
    for loss in (1, 2, 3, 4, 5):  # the k-th best wins with (2 (n - k) + 1) / n^2
        assert wins[float(loss)] / 5000 == pytest.approx((2 * (5 - loss) + 1) / 25, abs=0.03)
    assert Tournament(60)(POPULATION, rng).number == 1
    assert len({Tournament(1)(POPULATION, rng).number for _ in range(100)}) == 5


def test_truncation_draws_among_the_best_share() -> None:
    rng = Random(0)
    assert {Truncation(0.4)(POPULATION, rng).number for _ in range(100)} == {1, 3}
    assert {Truncation(0.01)(POPULATION, rng).number for _ in range(20)} == {1}


def test_an_infeasible_rival_wins_no_tournament() -> None:
    pair = [told(0, -100.0, 1.0), told(1, 100.0, 0.0)]
    assert Tournament(30)(pair, Random(0)).number == 1


# --- Variation -------------------------------------------------------------------------------------


def parent(rng: Random) -> Trial:
    return Trial(0, BITS.sample(rng))


def test_mutation_changes_as_many_decisions_as_it_says() -> None:
    rng = Random(0)
    for times in (1, 3):
        for _ in range(30):
            old = parent(rng)
            changed = len(Mutate(times)(BITS, lambda old=old: old, rng).diff(old.program))
            assert changed in range(times, 0, -2)  # a bit may be turned and turned back


def test_a_child_of_crossing_never_equals_its_first_parent() -> None:
    rng = Random(0)
    for chances in ((0.0, 0.0), (1.0, 0.0), (0.5, 0.5)):
        for _ in range(30):
            pair = [parent(rng), parent(rng)]
            picks = iter(pair)
            child = CrossAndMutate(*chances)(BITS, lambda picks=picks: next(picks), rng)
            assert child != pair[0].program
            assert BITS.contains(child)


def test_variation_in_a_space_of_one_member_gives_that_member() -> None:
    only = Choice("only")
    for vary in (Mutate(), CrossAndMutate()):
        assert vary(only, lambda: Trial(0, "only"), Random(0)) == "only"


# --- Survival --------------------------------------------------------------------------------------


def test_aging_keeps_the_newest_however_good_the_old_are() -> None:
    assert numbers(Aging()(POPULATION, [told(5, 9.0), told(6, 9.0)], 5)) == [2, 3, 4, 5, 6]


def test_the_elite_outlives_the_brood() -> None:
    brood = [told(n, 10.0 + n) for n in range(5, 10)]
    assert numbers(Elitist(2)(POPULATION, brood, 5)) == [1, 3, 5, 6, 7]
    assert numbers(Elitist(0)(POPULATION, brood, 5)) == [5, 6, 7, 8, 9]


def test_plus_keeps_the_best_of_old_and_new() -> None:
    assert numbers(Plus()(POPULATION, [told(5, 0.5), told(6, 9.0)], 3)) == [5, 1, 3]


# --- Evolution -------------------------------------------------------------------------------------


def study_of(strategy: Evolution, space: Any = BITS) -> Study:
    return Study(Problem("p", space, lambda value: -float(sum(value.values()))), strategy, seed=0)


def test_the_first_population_is_random_and_then_everyone_is_a_child() -> None:
    study = study_of(RegularizedEvolution(10, tournament=3)).run(trials=60, progress=False)
    distances = [min(len(t.program.diff(old.program)) for old in study.trials[: t.number]) for t in study.trials[1:]]
    assert min(distances[:9]) > 1
    assert max(distances[9:]) == 1


def test_the_population_of_aging_evolution_is_the_last_successes() -> None:
    study = study_of(RegularizedEvolution(10)).run(trials=45, progress=False)
    assert isinstance(study.strategy, Evolution)
    assert numbers(study.strategy.members) == list(range(35, 45))


def test_the_published_tournament_is_a_quarter_of_the_population() -> None:
    assert RegularizedEvolution().select == Tournament(25)
    assert RegularizedEvolution(4).select == Tournament(2)
    assert RegularizedEvolution(100, tournament=7).select == Tournament(7)


def test_the_best_of_a_genetic_algorithm_is_never_lost() -> None:
    study = study_of(GeneticAlgorithm(10)).run(trials=100, progress=False)
    assert isinstance(study.strategy, Evolution)
    assert study.best.losses in [member.losses for member in study.strategy.members]
    assert len(study.strategy.members) == 10


def test_a_brood_is_awaited_whole() -> None:
    study = study_of(GeneticAlgorithm(6, elite=2))
    first = study.ask(50)
    assert len(first) == 6
    for trial in first[:-1]:
        study.tell(trial, 1.0)
        assert study.ask(50) == []
    study.tell(first[-1], error="it broke")
    assert len(study.ask(50)) == 4


def test_foreign_trials_enter_with_the_brood_and_do_not_end_it() -> None:
    study = study_of(GeneticAlgorithm(4))
    trials = study.ask(4)
    for trial in trials[:2]:
        study.tell(trial, 1.0)
    for _ in range(2):
        study.tell(BITS.simplest(), loss=0.5)
    assert study.ask(9) == []
    for trial in trials[2:]:
        study.tell(trial, 2.0)
    assert len(study.ask(9)) == 3
    assert isinstance(study.strategy, Evolution)
    assert numbers(study.strategy.members) == [4, 5, 0, 1]


def test_a_brood_of_failures_keeps_the_parents() -> None:
    study = study_of(GeneticAlgorithm(5))
    for trial in study.ask(5):
        study.tell(trial, 1.0)
    for trial in study.ask(5):
        study.tell(trial, error="it broke")
    assert isinstance(study.strategy, Evolution)
    assert numbers(study.strategy.members) == [0, 1, 2, 3, 4]


def test_a_population_without_success_goes_on_drawing() -> None:
    failing = Study(Problem("p", Real(0, 1), lambda x: float("nan")), RegularizedEvolution(4), seed=0)
    failing.run(trials=30, progress=False)
    assert len({t.program for t in failing.trials}) == 30


@pytest.mark.parametrize(
    "make",
    [
        lambda: RegularizedEvolution(0),
        lambda: RegularizedEvolution(10, tournament=0),
        lambda: GeneticAlgorithm(0),
        lambda: GeneticAlgorithm(10, elite=10),
        lambda: GeneticAlgorithm(10, elite=-1),
        lambda: GeneticAlgorithm(crossover=1.5),
        lambda: GeneticAlgorithm(mutation=-0.1),
        lambda: Evolution(5, Tournament(), Mutate(), Plus(), brood=0),
        lambda: Tournament(0),
        lambda: Truncation(0),
        lambda: Truncation(1.5),
        lambda: Elitist(-1),
        lambda: Mutate(0),
    ],
)
def test_settings_that_make_no_sense_are_refused_where_they_are_written(make: Any) -> None:
    with pytest.raises(ValueError, match=r"must|lie|cannot|no place"):
        make()


def test_a_space_of_one_member_is_no_trap() -> None:
    for strategy in (RegularizedEvolution(3), GeneticAlgorithm(3)):
        study = Study(Problem("p", Integer(4, 4), float), strategy, seed=0).run(trials=20, progress=False)
        assert (len(study.trials), study.best.loss) == (20, 4.0)
