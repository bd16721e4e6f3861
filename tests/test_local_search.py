"""Local search: descents, plateaus, kicks, and what is known already."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from inlay.search import CannotAct, Outcome, Problem, Strategy, Study, Trial, better
from inlay.search.iterated_local_search import IteratedLocalSearch, RestartedLocalSearch, VariableNeighborhoodDescent
from inlay.search.local_search import Afresh, Kick, LocalSearch, accept_always, accept_better, accept_level
from inlay.search.portfolio import Portfolio
from inlay.search.restarts import Restarts
from inlay.search.scans import Memory
from inlay.search.simulated_annealing import SimulatedAnnealing
from inlay.search.tabu_search import TabuSearch
from inlay.spaces import Choice, Integer, Mask, Permutation, Real, space

BITS = space([Choice(0, 1) for _ in range(10)])


def rugged(value: Any) -> float:
    """Without structure: many local optima."""
    return Random(str(value)).random()


def study_of(
    strategy: Strategy, evaluate: Callable[[Any], Any] = rugged, space: Any = BITS, seed: int = 0, **options: Any
) -> Study:
    return Study(Problem("p", space, evaluate, **options), strategy, seed=seed)


def distance(first: Trial, second: Trial) -> int:
    return len(first.program.diff(second.program))


def told(number: int, loss: float, *violations: float) -> Trial:
    trial = Trial(number, number)
    trial.state, trial.losses, trial.violations = "done", (loss,), violations
    return trial


# --- Descents --------------------------------------------------------------------------------------


@pytest.mark.parametrize("steepest", [False, True])
def test_a_descent_ends_in_a_local_optimum_and_the_next_sets_out_afresh(steepest: bool) -> None:
    for seed in range(5):
        study = study_of(RestartedLocalSearch(steepest=steepest), seed=seed).run(trials=300, progress=False)
        descents = [[t for t in study.trials if t.origin == d] for d in range(study.trials[-1].origin)]
        assert len(descents) > 3
        known = {t.program: t.loss for t in study.trials}
        for descent in descents:
            optimum = min(descent, key=lambda t: t.loss)
            around = [other for other in BITS.neighbors(optimum.program) if other in known]
            if len(around) == 10 and min(known[other] for other in around) > optimum.loss:
                break
        else:
            pytest.fail("no descent ended in a local optimum")


def test_the_steepest_descent_is_the_one_computed_by_hand() -> None:
    for seed in range(4):
        study = study_of(LocalSearch(steepest=True), seed=seed).run(trials=80, progress=False)
        current, known, end = study.trials[0].program, {study.trials[0].program}, 1
        while True:
            around = list(BITS.neighbors(current))
            unknown = set(around) - known
            scan = study.trials[end : end + len(unknown)]
            assert {t.program for t in scan} == unknown
            known, end = known | unknown, end + len(unknown)
            best = min(around, key=lambda bits: rugged(bits.build()))
            if rugged(best.build()) >= rugged(current.build()):
                break
            current = best
        assert study.trials[end - 1].origin == 0
        assert study.trials[end].origin == 1


def test_the_first_improvement_is_taken_at_once() -> None:
    study = study_of(LocalSearch()).run(trials=12, progress=False)
    current = study.trials[0]
    for trial in study.trials[1:]:
        assert distance(trial, current) == 1
        current = trial if better(trial, current) else current
    assert current is not study.trials[0]


@pytest.mark.parametrize("make", [RestartedLocalSearch, IteratedLocalSearch, VariableNeighborhoodDescent, TabuSearch])
def test_no_candidate_is_proposed_twice_while_others_are_left(make: Callable[[], Strategy]) -> None:
    study = study_of(make()).run(trials=500, progress=False)
    assert len({t.program for t in study.trials}) > 495  # of 1024: chance may hit what is known, never a scan
    numbers = study_of(make(), float, Integer(0, 19)).run(trials=20, progress=False)
    assert len({t.program for t in numbers.trials}) > 15


def test_known_neighbours_are_moved_to_without_a_trial() -> None:
    for steepest in (False, True):
        strategy = LocalSearch(steepest=steepest)
        strategy.start(Integer(0, 9), Random(0), {"loss": "minimize"})
        known = {x: told(x, abs(x - 5)) for x in (2, 3, 4, 5, 6)}
        for trial in known.values():
            trial.foreign = True
            strategy.known.learn(trial)
        strategy.tell([known[3]])
        (proposal,) = strategy.ask(1)
        assert proposal.origin == 1
        assert strategy.home is known[5]


def test_an_optimum_among_known_neighbours_is_confirmed_without_a_trial() -> None:
    study = study_of(LocalSearch(), float, Integer(0, 60))
    for x in (24, 29, 31, 36, 30):
        study.tell(x, loss=float(abs(x - 30)))
    assert study.ask().origin == 1
    assert isinstance(study.strategy, LocalSearch)
    assert study.strategy.home is not None
    assert study.strategy.home.program == 30


def test_kinds_in_order_are_exhausted_one_after_the_other() -> None:
    hole = Permutation(range(4))
    study = study_of(VariableNeighborhoodDescent(("reverse", "insert")), lambda order: 0.0, hole)
    study.run(trials=13, progress=False)
    start = study.trials[0].program
    reversals, insertions = (list(hole.neighbors(start, kind)) for kind in ("reverse", "insert"))
    proposed = [t.program for t in study.trials[1:]]
    assert set(proposed[:6]) == set(reversals)
    assert set(proposed[6:]) == set(insertions) - set(reversals)


def test_a_large_neighbourhood_is_given_up_after_a_sample() -> None:
    study = study_of(LocalSearch(sample=7), lambda mask: 0.0, Mask(10**5)).run(trials=20, progress=False)
    assert [t.origin for t in study.trials] == [0] * 8 + [1] * 8 + [2] * 4


# --- Plateaus --------------------------------------------------------------------------------------


def flat_moves(sideways: int, steepest: bool) -> int:
    """How far the walk gets on a plateau within its first descent."""
    study = study_of(LocalSearch(sideways=sideways, steepest=steepest), lambda bits: 0.0)
    study.run(trials=60, progress=False)
    return max(distance(t, study.trials[0]) for t in study.trials if t.origin == 0)


@pytest.mark.parametrize("steepest", [False, True])
def test_plateaus_are_crossed_by_as_many_moves_as_allowed(steepest: bool) -> None:
    assert flat_moves(0, steepest) == 1
    assert 2 <= flat_moves(2, steepest) <= 3


# --- Leaving ---------------------------------------------------------------------------------------


def test_a_kick_changes_as_much_as_it_says() -> None:
    rng = Random(0)
    value = BITS.sample(rng)
    changed = {len(Kick(3)(BITS, value, rng).diff(value)) for _ in range(100)}
    assert changed == {1, 3}  # a bit may be turned and turned back
    assert Kick(2)(Choice("only"), "only", rng) == "only"
    assert len({Afresh()(BITS, value, rng) for _ in range(50)}) > 40


def test_iterated_local_search_kicks_the_best_optimum_and_starts_afresh_without_success() -> None:
    study = study_of(IteratedLocalSearch(2, accept=accept_better, patience=3)).run(trials=300, progress=False)
    best, kicked, beginnings = study.trials[0], 0, 0
    for before, trial in pairwise(study.trials):
        best = min(best, before, key=lambda t: t.loss)
        if trial.origin != before.origin:
            beginnings += 1
            kicked += distance(trial, best) <= 2
    assert 4 <= kicked < beginnings


def test_acceptance() -> None:
    good, level, bad, tempting = told(0, 1.0), told(1, 1.0), told(2, 2.0), told(3, -9.0, 1.0)
    found = [[accept(t, good) for t in (good, level, bad, tempting)] for accept in (accept_better, accept_level)]
    assert found == [[False] * 4, [True, True, False, False]]
    assert accept_better(good, bad)
    assert accept_always(bad, good)


def test_optima_are_accepted_as_the_setting_says() -> None:
    def homes(accept: Callable[[Trial, Trial], bool]) -> list[float]:
        study = study_of(IteratedLocalSearch(1, accept=accept, patience=None))
        seen: list[float] = []
        for _ in range(400):
            study.run(trials=1, progress=False)
            assert isinstance(study.strategy, LocalSearch)
            home = study.strategy.home
            if home is not None and (not seen or seen[-1] != home.loss):
                seen.append(home.loss)
        return seen

    strict, free = homes(accept_better), homes(accept_always)
    assert strict == sorted(strict, reverse=True)
    assert free != sorted(free, reverse=True)


# --- Late, foreign, failed, infeasible -------------------------------------------------------------


def test_late_results_count_only_when_they_beat_the_current_one() -> None:
    study = study_of(LocalSearch())
    study.tell(study.ask(), 5.0)
    asked = study.ask(6)
    study.tell(asked[0], 3.0)
    study.tell(asked[1], 4.0)
    assert all(distance(t, asked[0]) == 1 for t in study.ask(3))
    study.tell(asked[2], 1.0)
    assert all(distance(t, asked[2]) == 1 for t in study.ask(3))


def test_no_descent_ends_before_all_its_results_are_there() -> None:
    study = study_of(LocalSearch(steepest=True))
    study.tell(study.ask(), 5.0)
    asked = study.ask(50)
    assert len(asked) == 10
    for i, trial in enumerate(asked):
        assert study.ask(9) == []
        study.tell(trial, float(i + 1))
    following = study.ask(50)
    assert all(distance(t, asked[0]) == 1 for t in following)
    assert len(following) == 9


def test_the_descent_goes_on_from_a_better_program_that_was_told() -> None:
    study = study_of(LocalSearch())
    study.tell(study.ask(), 5.0)
    found = study.tell([0] * 10, loss=1.0)
    assert all(distance(t, found) == 1 for t in study.ask(5))


def test_failures_are_moved_to_by_nobody() -> None:
    for make in (LocalSearch, TabuSearch, SimulatedAnnealing):
        study = study_of(make(), lambda bits: float("nan"))
        start = study.tell([0] * 10, loss=1.0)
        study.run(trials=10, progress=False)
        assert {distance(t, start) for t in study.trials[1:]} == {1}


@pytest.mark.parametrize("make", [LocalSearch, TabuSearch, SimulatedAnnealing, IteratedLocalSearch])
def test_a_tempting_violation_is_moved_to_by_nobody(make: Callable[[], Strategy]) -> None:
    study = study_of(make(), lambda bits: Outcome({"loss": -sum(bits)}, violations=[sum(bits) - 2]))
    study.tell([0] * 10, Outcome({"loss": 0.0}, violations=[-2]))
    study.run(trials=9, progress=False)
    assert max(sum(t.program) for t in study.trials) <= 3
    assert study.best.violation == 0


# --- What never happened ---------------------------------------------------------------------------


ASKED = {
    "first": lambda: LocalSearch(sideways=2),
    "steepest": lambda: LocalSearch(steepest=True),
    "iterated": lambda: IteratedLocalSearch(2, patience=3),
    "in order": VariableNeighborhoodDescent,
    "tabu": lambda: TabuSearch(3, sample=4, patience=9),
    "annealing": lambda: SimulatedAnnealing(50),
    "restarts": lambda: Restarts(LocalSearch(), 20),
    "portfolio": lambda: Portfolio([LocalSearch(steepest=True), TabuSearch(sample=3)]),
}


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("seed", range(6))
def test_an_ask_that_proposed_nothing_might_as_well_not_have_happened(name: str, seed: int) -> None:
    """A random course of asks and tells, and the same without the asks that gave nothing."""
    rng = Random(seed)
    hole = space([Permutation(range(3)), Choice(0, 1), Choice(0, 1)])
    script: list[tuple[str, Any]] = []
    study, pending = study_of(ASKED[name](), space=hole, seed=seed), []
    for _ in range(120):
        if rng.random() < 0.6:
            asked = study.ask(n := rng.randint(1, 4))
            pending += asked
            script += [("ask", (n, [t.program for t in asked]))] if asked else []
        elif pending:
            trial = pending.pop(rng.randrange(len(pending)))
            study.tell(trial, rugged(trial.value))
            script.append(("tell", trial.number))
    again = study_of(ASKED[name](), space=hole, seed=seed)
    trials: dict[int, Trial] = {}
    for what, detail in script:
        if what == "ask":
            fresh = again.ask(detail[0])
            assert [t.program for t in fresh] == detail[1]
            trials |= {t.number: t for t in fresh}
        else:
            again.tell(trials[detail], rugged(trials[detail].value))


# --- Settings --------------------------------------------------------------------------------------


def test_memory_is_bounded() -> None:
    study = study_of(LocalSearch(memory=30)).run(trials=300, progress=False)
    assert isinstance(study.strategy, LocalSearch)
    assert len(study.strategy.known.trials) < 30 + 15
    memory = Memory(Integer(0, 999), 10)
    for x in range(40):
        memory.expect(x)
    memory.trim()
    assert list(memory.trials) == [35, 36, 37, 38, 39]


def test_several_objectives_are_compared_by_dominance() -> None:
    both = {"a": "minimize", "b": "minimize"}
    study = study_of(LocalSearch(), lambda b: {"a": sum(b), "b": sum(b) + b[0]}, objectives=both)
    study.run(trials=200, progress=False)
    assert [t.losses for t in study.pareto] == [(0.0, 0.0)]
    with pytest.raises(CannotAct, match=r"SimulatedAnnealing cannot act .* 2 objectives; NSGA2 would fit"):
        study_of(SimulatedAnnealing(), objectives=both)


@pytest.mark.parametrize("make", [LocalSearch, TabuSearch])
def test_a_kind_that_the_space_has_not_is_refused(make: Any) -> None:
    with pytest.raises(CannotAct, match=r"no neighbourhood 'swap': it has 'change'"):
        study_of(make(kinds=("swap",)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: LocalSearch(sideways=-1),
        lambda: LocalSearch(sample=0),
        lambda: LocalSearch(patience=0),
        lambda: LocalSearch(memory=0),
        lambda: Kick(0),
        lambda: IteratedLocalSearch(0),
        lambda: IteratedLocalSearch(patience=0),
    ],
)
def test_settings_that_make_no_sense_are_refused_where_they_are_written(make: Any) -> None:
    with pytest.raises(ValueError, match=r"must be at least 1|cannot be negative"):
        make()


@pytest.mark.parametrize("make", [LocalSearch, TabuSearch, SimulatedAnnealing, VariableNeighborhoodDescent])
def test_a_space_of_one_member_is_no_trap(make: Callable[[], Strategy]) -> None:
    study = study_of(make(), float, Integer(4, 4)).run(trials=20, progress=False)
    assert (len(study.trials), study.best.loss) == (20, 4.0)


def test_continuous_holes_are_refined_to_a_thousandth() -> None:
    study = study_of(LocalSearch(), lambda x: abs(x - 0.3217), Real(0, 1)).run(trials=60, progress=False)
    assert study.best.loss < 1e-3
