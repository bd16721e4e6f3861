"""Successive halving, Hyperband and ASHA: their schedules, what they tell the inner strategy, and what they gain."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import Any

import pytest

from inlay.search import (
    CannotAct,
    Exhaustive,
    GeneticAlgorithm,
    HillClimb,
    Outcome,
    Problem,
    Proposal,
    RandomSearch,
    RegularizedEvolution,
    Strategy,
    Study,
    Trial,
)
from inlay.search.asynchronous_halving import AsynchronousHalving, Rung
from inlay.search.hyperband import Hyperband, hyperband_plan
from inlay.search.objectives import Objectives
from inlay.search.successive_halving import SuccessiveHalving, halving_plan
from inlay.spaces import Choice, Integer, Real, Space, space

FIDELITIES = (1 / 9, 1 / 3, 1.0)
METHODS: dict[str, Callable[..., Strategy]] = {
    "successive halving": SuccessiveHalving,
    "Hyperband": Hyperband,
    "ASHA": AsynchronousHalving,
}


def curve(x: int, fidelity: float) -> Outcome:
    """The loss falls with the fidelity, and the order of candidates holds but for small differences."""
    return Outcome({"loss": x + 40 / (1 + 9 * fidelity) + (x * 7919 % 13) * (1 - fidelity)}, cost=fidelity)


def problem(evaluate: Callable[[Any, float], Any] = curve, members: Any = None, **options: Any) -> Problem:
    return Problem("curve", members or Integer(0, 999), evaluate, fidelities=FIDELITIES, **options)


@pytest.mark.parametrize("name", list(METHODS))
def test_halving_finds_better_candidates_than_random_search_at_the_same_cost(name: str) -> None:
    """The best of 60 draws of 1000 is the 16th in mean, the best of some 180 draws the 5th."""

    def best(make: Callable[[], Strategy], seed: int) -> float:
        study = Study(problem(), make(), seed=seed).run(cost=60, progress=False)
        return study.best.loss - 4

    seeds = range(15)
    drawn = median(best(RandomSearch, seed) for seed in seeds)
    assert median(best(METHODS[name], seed) for seed in seeds) <= (0.5 if name != "Hyperband" else 0.8) * drawn


# --- Schedules -------------------------------------------------------------------------------------


def test_the_plans_are_those_of_the_papers() -> None:
    assert halving_plan(4, 3, 7) == (0, (27, 9, 3, 1))
    plans = [hyperband_plan(5, 3, bracket) for bracket in range(6)]  # the table of Li et al. for R = 81, eta = 3
    assert [plan[0] for plan in plans] == [0, 1, 2, 3, 4, 0]
    assert [plan[1] for plan in plans[:5]] == [(81, 27, 9, 3, 1), (34, 11, 3, 1), (15, 5, 1), (8, 2), (5,)]


def test_a_bracket_keeps_one_in_eta_and_another_bracket_follows() -> None:
    study = Study(problem(), SuccessiveHalving(), seed=0).run(trials=26, progress=False)
    assert [trial.fidelity for trial in study.trials] == ([1 / 9] * 9 + [1 / 3] * 3 + [1.0]) * 2
    assert [trial.origin["bracket"] for trial in study.trials] == [0] * 13 + [1] * 13
    first, second, last = study.trials[:9], study.trials[9:12], study.trials[12]
    kept = sorted(first, key=lambda trial: trial.losses)[:3]
    assert [trial.program for trial in second] == [trial.program for trial in kept]
    assert last.program == min(second, key=lambda trial: trial.losses).program


def test_hyperband_begins_at_every_fidelity_in_turn() -> None:
    study = Study(problem(), Hyperband(), seed=0).run(trials=13 + 6 + 3 + 1, progress=False)
    fidelities = [trial.fidelity for trial in study.trials]
    assert fidelities == [1 / 9] * 9 + [1 / 3] * 3 + [1.0] + [1 / 3] * 5 + [1.0] + [1.0] * 3 + [1 / 9]


def test_a_rung_is_awaited_whole_and_told_in_any_order() -> None:
    study = Study(problem(), SuccessiveHalving(), seed=0)
    asked = study.ask(20)
    assert len(asked) == 9
    for trial in reversed(asked[1:]):
        study.tell(trial, curve(trial.value, trial.fidelity))
        assert study.ask(5) == []
    study.tell(asked[0], curve(asked[0].value, asked[0].fidelity))
    assert len(study.ask(5)) == 3


def test_a_failed_candidate_never_goes_on_and_an_infeasible_one_only_where_there_is_no_other() -> None:
    def evaluate(x: int, fidelity: float) -> Outcome:
        if x < 500:
            return Outcome(error="broken")
        return Outcome({"loss": -x}, violations=[x - 800], cost=fidelity)

    for make in METHODS.values():
        study = Study(problem(evaluate), make(), seed=1).run(trials=300, progress=False)
        risen = [trial for trial in study.trials if trial.origin["rung"] == 2]
        assert risen
        assert all(500 <= trial.program <= 800 for trial in risen if trial.origin.get("bracket", 0) < 2)


def test_when_all_of_a_rung_fail_another_bracket_begins() -> None:
    calls = iter(range(10**6))

    def evaluate(x: int, fidelity: float) -> Outcome:
        return Outcome(error="broken") if next(calls) < 9 else curve(x, fidelity)

    study = Study(problem(evaluate), SuccessiveHalving(), seed=0).run(trials=22, progress=False)
    assert [trial.fidelity for trial in study.trials] == [1 / 9] * 9 + [1 / 9] * 9 + [1 / 3] * 3 + [1.0]


# --- ASHA ------------------------------------------------------------------------------------------


def test_a_rung_promotes_as_the_definition_says() -> None:
    rng, rung, eta = Random(0), Rung(3), 3
    places: list[tuple[float, float, int]] = []
    gone: list[int] = []
    for candidate in range(200):
        places.append((float(rng.random() < 0.2), rng.randrange(30), candidate))
        rung.add(places[-1])
        if rng.random() < 0.6:
            top = sorted(places)[: len(places) // eta]
            expected = next((place[2] for place in top if place[2] not in gone), None)
            assert rung.pop() == expected
            gone += [] if expected is None else [expected]
    assert len(gone) > 50


def test_asha_never_waits_and_shares_its_trials_among_the_rungs() -> None:
    study = Study(problem(), AsynchronousHalving(), seed=0)
    assert len(study.ask(40)) == 40
    study.run(trials=400, progress=False)
    rungs = Counter(trial.origin["rung"] for trial in study.trials)
    assert rungs[0] / rungs[1] == pytest.approx(3, rel=0.25)
    assert rungs[1] / rungs[2] == pytest.approx(3, rel=0.35)


# --- Inner strategies ------------------------------------------------------------------------------


@dataclass
class Listener(Strategy):
    """Draws at random, `most` at first and twice as many after each complete answer, and keeps what it is told."""

    most: int = 10**9

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space, self.rng, self.objectives = space, rng, objectives
        self.told: list[Trial] = []
        self.asked = 0

    def ask(self, n: int) -> Sequence[Proposal]:
        answered = sum(not trial.foreign for trial in self.told)
        n = min(n, self.most * (1 + answered // self.most) - self.asked)
        self.asked += n
        return [Proposal(self.space.sample(self.rng), ["mine", self.asked - n + i]) for i in range(n)]

    def tell(self, trials: Sequence[Trial]) -> None:
        self.told += trials


@pytest.mark.parametrize("name", list(METHODS))
def test_the_inner_strategy_is_answered_once_and_never_mistakes_a_cheap_estimate(name: str) -> None:
    study = Study(problem(), METHODS[name](Listener()), seed=0)
    study.tell(500, curve(500, 1.0))
    study.run(trials=52, progress=False)
    inner = study.strategy.inner  # type: ignore[attr-defined]
    assert inner.objectives.fidelities == ()
    own = [trial for trial in inner.told if not trial.foreign]
    assert [trial.origin[1] for trial in sorted(own, key=lambda t: t.number)] == list(range(len(own)))
    for trial in inner.told:
        assert trial.violation == pytest.approx({1 / 9: 2 / 3, 1 / 3: 1 / 3, 1.0: 0.0}[trial.fidelity])
    assert sum(trial.fidelity == 1.0 for trial in inner.told) == sum(t.fidelity == 1.0 for t in study.trials)
    assert inner.told[0].program == 500
    assert inner.told[0].foreign
    assert all(trial.violations == () for trial in study.trials), "the study's own trials are not changed"


@pytest.mark.parametrize("name", list(METHODS))
@pytest.mark.parametrize("most", [1, 2, 4, 10])
def test_an_inner_strategy_that_awaits_its_results_is_no_deadlock(name: str, most: int) -> None:
    study = Study(problem(), METHODS[name](Listener(most)), seed=0).run(trials=150, progress=False)
    assert study.stop_reason == "trials"
    assert sum(trial.fidelity == 1.0 for trial in study.trials) >= 5


@pytest.mark.parametrize("name", list(METHODS))
@pytest.mark.parametrize("size", [1, 2, 5, 30])
def test_an_inner_strategy_that_has_tried_everything_ends_with_a_full_evaluation(name: str, size: int) -> None:
    study = Study(problem(members=Integer(0, size - 1)), METHODS[name](Exhaustive()), seed=0)
    study.run(trials=10_000, progress=False)
    assert study.stop_reason == "exhausted"
    assert study.best.fidelity == 1.0
    assert study.best.program <= size // 6


@pytest.mark.parametrize("name", list(METHODS))
def test_a_learning_inner_strategy_beats_random_draws(name: str) -> None:
    bits = space({f"x{i}": Choice(0, 1) for i in range(30)})

    def evaluate(value: dict[str, int], fidelity: float) -> Outcome:
        return Outcome({"loss": 30 - sum(value.values()) + (1 - fidelity) * (value["x1"] + value["x2"])}, cost=fidelity)

    def best(inner: Strategy, seed: int) -> float:
        return Study(problem(evaluate, bits), METHODS[name](inner), seed=seed).run(cost=60, progress=False).best.loss

    drawn = median(best(RandomSearch(), seed) for seed in range(3))
    for inner in (RegularizedEvolution(12, tournament=4), GeneticAlgorithm(12), HillClimb()):
        assert median(best(inner, seed) for seed in range(3)) <= 0.75 * drawn


# --- Refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(METHODS))
def test_a_problem_without_fidelities_is_refused(name: str) -> None:
    for fidelities in ((), (1.0,)):
        with pytest.raises(CannotAct, match=r"no cheaper evaluations: .*; RegularizedEvolution or RandomSearch would"):
            METHODS[name]().start(Integer(1, 9), Random(0), Objectives({"loss": "minimize"}, fidelities=fidelities))


def test_an_inner_strategy_that_cannot_act_says_so() -> None:
    with pytest.raises(CannotAct, match="Exhaustive cannot act on this space"):
        Study(problem(members=Real(0, 1)), Hyperband(Exhaustive()))


def test_halving_takes_several_objectives_and_asha_says_who_would() -> None:
    def evaluate(x: int, fidelity: float) -> dict[str, float]:
        return {"a": x, "b": -x}

    two = problem(evaluate, objectives={"a": "minimize", "b": "minimize"})
    assert len(Study(two, SuccessiveHalving(), seed=0).run(trials=20, progress=False).trials) == 20
    with pytest.raises(CannotAct, match="2 objectives; SuccessiveHalving or NSGA2 would fit"):
        Study(two, AsynchronousHalving())


@pytest.mark.parametrize("name", list(METHODS))
def test_an_eta_below_2_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="it must be at least 2"):
        METHODS[name](eta=1)
