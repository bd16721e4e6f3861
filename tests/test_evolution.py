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
from inlay.search.evolution import MuCommaLambda, OnePlusLambda
from inlay.search.mutation_rates import HeavyTail
from inlay.search.recent import Recent
from inlay.search.selection import Ranking
from inlay.search.subtree_crossover import SubtreeCrossover
from inlay.spaces import Choice, Integer, Mask, Real, space

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
        lambda: Evolution(5, Tournament(), Mutate(), Plus(), retries=-1),
        lambda: OnePlusLambda(0),
        lambda: OnePlusLambda(2, heavy_tail=1.0),
        lambda: MuCommaLambda(5, 4),
    ],
)
def test_settings_that_make_no_sense_are_refused_where_they_are_written(make: Any) -> None:
    with pytest.raises(ValueError, match=r"must|lie|cannot|no place"):
        make()


def test_a_space_of_one_member_is_no_trap() -> None:
    for strategy in (RegularizedEvolution(3), GeneticAlgorithm(3)):
        study = Study(Problem("p", Integer(4, 4), float), strategy, seed=0).run(trials=20, progress=False)
        assert (len(study.trials), study.best.loss) == (20, 4.0)


# --- Named methods ---------------------------------------------------------------------------------


def test_one_plus_lambda_moves_on_to_an_equal_child_and_never_to_a_worse_one() -> None:
    strategy = OnePlusLambda(2)
    strategy.start(Mask(30), Random(0), {"loss": "minimize"})
    number, parents = 0, []
    for losses in ([5.0], [6.0, 5.0], [7.0, 5.5], [5.0, 5.0], [4.0, 9.0]):
        asked = strategy.ask(9)
        assert len(asked) == len(losses)
        trials = []
        for proposal, loss in zip(asked, losses, strict=True):
            trials.append(told(number, loss))
            trials[-1].program, trials[-1].origin = proposal.value, proposal.origin
            number += 1
        strategy.tell(trials)
        parents.append(strategy.members[0].number)
    assert parents == [0, 2, 2, 6, 7]


def test_mu_comma_lambda_lets_every_parent_die() -> None:
    study = study_of(MuCommaLambda(3, 9)).run(trials=3 + 9 * 4, progress=False)
    assert isinstance(study.strategy, Evolution)
    last = sorted(study.trials[-9:], key=lambda trial: (trial.loss, -trial.number))[:3]
    assert sorted(numbers(study.strategy.members)) == sorted(numbers(last))


def test_a_genetic_algorithm_is_told_its_parts() -> None:
    made = GeneticAlgorithm(9, select=Ranking(2.0), cross=SubtreeCrossover(), times=HeavyTail())
    assert made.select == Ranking(2.0)
    assert made.vary == CrossAndMutate(0.7, 0.5, SubtreeCrossover(), HeavyTail())
    assert GeneticAlgorithm(9, tournament=4).select == Tournament(4)


MASK = Mask(64)


def leading_zeros(bits: Any) -> float:
    return 64 - float(next((i for i, bit in enumerate(bits) if bit), 64))


#: The losses that random search reaches in 2,000 trials are about 19 and 52.
LANDSCAPES = {"one max": (lambda bits: float(bits.sum()), 0.0), "leading ones": (leading_zeros, 20.0)}


@pytest.mark.parametrize("landscape", list(LANDSCAPES))
@pytest.mark.parametrize("make", [OnePlusLambda, lambda: OnePlusLambda(1, None)])
def test_one_plus_one_climbs_in_two_thousand_trials(landscape: str, make: Any) -> None:
    evaluate, reached = LANDSCAPES[landscape]
    study = Study(Problem(landscape, MASK, evaluate), make(), seed=3).run(trials=2000, progress=False)
    assert study.best.loss <= reached


def test_a_heavy_tail_leaps_where_single_flips_are_stuck() -> None:
    """From all bits but one block on, the whole block must be turned at once."""

    def jump(bits: Any) -> float:
        zeros = 12 - int(bits.sum())
        return float(zeros) if zeros == 0 or zeros > 2 else 12.0 + zeros

    losses = {}
    for times in (1, HeavyTail()):
        strategy = Evolution(1, Tournament(1), Mutate(times), Plus(), brood=1)
        study = Study(Problem("jump", Mask(12), jump), strategy, seed=1).run(trials=1200, progress=False)
        losses[times] = study.best.loss
    assert losses == {1: 3.0, HeavyTail(): 0.0}


# --- No candidate twice ----------------------------------------------------------------------------


def distinct(study: Study) -> int:
    return len({trial.key for trial in study.trials})


def test_equal_children_are_made_anew_where_that_is_wanted() -> None:
    small = space([Choice(0, 1)] * 12)

    def study(retries: int | None, noisy: bool = False) -> Study:
        problem = Problem("p", small, lambda value: -float(sum(value)), noisy=noisy)
        made = Evolution(1, Tournament(1), Mutate(), Plus(), brood=1, retries=retries)
        return Study(problem, made, seed=0).run(trials=48, progress=False)

    plain, handled = distinct(study(0)), distinct(study(None))
    assert handled >= plain + 6
    assert distinct(study(None, noisy=True)) == plain, "noisy evaluations may repeat"
    assert distinct(study(None)) <= distinct(study(50))


def test_a_space_that_is_used_up_goes_on_with_equal_children() -> None:
    study = study_of(GeneticAlgorithm(4), space({"a": Choice(0, 1), "b": Choice(0, 1)})).run(trials=60, progress=False)
    assert len(study.trials) == 60
    assert distinct(study) == 4


def test_foreign_candidates_are_not_proposed_again() -> None:
    study = study_of(Evolution(1, Tournament(1), Mutate(), Plus(), retries=200), space({"a": Integer(0, 9)}))
    for value in range(9):
        study.tell({"a": value}, loss=float(value))
    assert study.ask().value == {"a": 9}


def test_the_latest_candidates_are_remembered_and_older_ones_forgotten() -> None:
    recent = Recent(MASK, size=3)
    masks = [MASK.sample(Random(seed)) for seed in range(5)]
    assert [recent.add(mask) for mask in masks] == [True] * 5
    assert [recent.add(mask.copy()) for mask in masks[::-1]] == [False, False, False, True, True]


def test_numbers_that_python_calls_equal_are_different_candidates() -> None:
    for where in (space([Choice(1, True, 1.0)]), space([Choice(1, 2), Choice(True, 2)]), Choice(0, False)):
        recent = Recent(where)
        assert all(recent.add(value) for value in where.enumerate())
        assert not any(recent.add(value) for value in where.enumerate())
