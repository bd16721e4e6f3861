"""Relay: strategies one after the other, and what they hand over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from inlay.search import (
    CannotAct,
    Exhaustive,
    GeneticAlgorithm,
    HillClimb,
    Problem,
    Proposal,
    RandomSearch,
    Strategy,
    Study,
    Trial,
)
from inlay.search.relay import Baton, Leg, Relay
from inlay.spaces import Choice, Integer, Real, Space, space

BITS = space([Choice(0, 1) for _ in range(20)])


@dataclass
class Listener(Strategy):
    """Draws at random, and keeps what it was told."""

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space, self.rng = space, rng
        self.heard: list[tuple[int, Any, bool]] = []

    def ask(self, n: int) -> Sequence[Proposal]:
        return [Proposal(self.space.sample(self.rng), "mine") for _ in range(n)]

    def tell(self, trials: Sequence[Trial]) -> None:
        self.heard += [(t.number, t.origin, t.foreign) for t in trials]


def study_of(strategy: Strategy, evaluate: Callable[[Any], Any] = sum, space: Any = BITS) -> Study:
    return Study(Problem("p", space, evaluate), strategy, seed=0)


def test_legs_follow_after_their_trials_or_their_patience() -> None:
    relay = Relay([Leg(RandomSearch(), trials=5), Leg(Listener(), patience=4), Leg(HillClimb())])
    study = study_of(relay, lambda bits: 1.0).run(trials=30, progress=False)
    assert [t.origin[0] for t in study.trials] == [0] * 5 + [1] * 4 + [2] * 21


def test_the_next_leg_is_told_all_before_it_as_foreign_trials() -> None:
    study = study_of(Relay([Leg(RandomSearch(), trials=6), Leg(Listener())]))
    late = study.ask(7)
    for trial in late[:6]:
        study.tell(trial, 1.0)
    study.tell(late[6], 0.5)
    study.run(trials=1, progress=False)
    assert isinstance(study.strategy, Relay)
    heard = study.strategy.inner.strategy.heard
    assert heard == [*((i, None, True) for i in range(7)), (7, "mine", False)]


def test_a_climb_sets_out_from_the_best_that_was_handed_over() -> None:
    study = study_of(Relay([Leg(RandomSearch(), trials=40), Leg(HillClimb())])).run(trials=41, progress=False)
    best = min(study.trials[:40], key=lambda t: t.loss)
    assert len(study.trials[40].program.diff(best.program)) == 1


def test_a_leg_that_has_run_out_hands_over() -> None:
    study = study_of(Relay([Leg(Exhaustive()), Leg(RandomSearch())]), float, Integer(0, 4))
    study.run(trials=9, progress=False)
    assert [t.origin[0] for t in study.trials] == [0] * 5 + [1] * 4


def test_what_is_handed_over_is_bounded_and_holds_the_best_and_the_latest() -> None:
    baton, rng = Baton(3, 4), Random(0)
    trials = []
    for number in range(500):
        trial = Trial(number, number)
        trial.state, trial.losses = ("done", (rng.random(),)) if number % 7 else ("failed", ())
        trials.append(trial)
        baton.take(trial)
        assert len(baton.best) < 6
    done = [t for t in trials if t.state == "done"]
    expected = {t.number for t in (*sorted(done, key=lambda t: t.loss)[:3], *done[-4:])}
    assert [t.number for t in baton.trials()] == sorted(expected)


def test_a_generation_of_a_former_leg_is_not_waited_for() -> None:
    study = study_of(Relay([Leg(GeneticAlgorithm(6), trials=2), Leg(GeneticAlgorithm(3))]))
    first = study.ask(9)
    assert len(first) == 6
    study.tell(first[0], 1.0)
    assert study.ask(9) == []
    study.tell(first[1], 1.0)
    assert [t.origin for t in study.ask(9)] == [[1, 0]] * 3


def test_a_leg_that_cannot_act_is_refused_before_anything_happens() -> None:
    with pytest.raises(CannotAct, match="Exhaustive cannot act"):
        study_of(Relay([Leg(RandomSearch(), trials=5), Leg(Exhaustive())]), float, Real(0, 1))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Relay([]),
        lambda: Relay([Leg(RandomSearch())], best=0),
        lambda: Relay([Leg(RandomSearch())], latest=-1),
        lambda: Leg(RandomSearch(), trials=0),
        lambda: Leg(RandomSearch(), patience=0),
    ],
)
def test_settings_that_make_no_sense_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match=r"give at least one|must be"):
        make()
