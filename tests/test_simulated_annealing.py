"""Simulated annealing: the temperature and the Metropolis rule."""

from __future__ import annotations

from math import exp, inf, log
from random import Random
from typing import Any

import pytest

from inlay.search import Problem, Study, Trial
from inlay.search.simulated_annealing import SimulatedAnnealing
from inlay.spaces import Choice, Integer, space

BITS = space([Choice(0, 1) for _ in range(20)])


def told(number: int, loss: float, *violations: float) -> Trial:
    trial = Trial(number, number)
    trial.state, trial.losses, trial.violations = "done", (loss,), violations
    return trial


def started(**settings: Any) -> SimulatedAnnealing:
    strategy = SimulatedAnnealing(**settings)
    strategy.start(BITS, Random(0), {"loss": "minimize"})
    return strategy


def test_uphill_moves_are_accepted_as_often_as_metropolis_says() -> None:
    strategy = started(temperature=2.0)
    here = told(0, 1.0)
    for difference in (0.5, 2.0, 6.0):
        share = sum(strategy._accepts(told(1, 1.0 + difference), here) for _ in range(4000)) / 4000
        assert share == pytest.approx(exp(-difference / 2), abs=0.03)
    assert all(strategy._accepts(told(1, loss), here) for loss in (1.0, 0.5, -inf))
    assert not any(strategy._accepts(told(1, inf), here) for _ in range(100))
    assert strategy._accepts(told(1, inf), told(0, inf))


def test_a_violation_is_never_bought_with_loss() -> None:
    strategy = started(temperature=1e9)
    feasible, slight, grave = told(0, 5.0, -1.0), told(1, -100.0, 0.5), told(2, -1000.0, 2.0)
    assert not strategy._accepts(slight, feasible)
    assert not strategy._accepts(grave, slight)
    assert strategy._accepts(slight, grave)
    assert strategy._accepts(feasible, slight)


def test_the_first_temperature_accepts_the_first_uphill_differences_as_asked() -> None:
    strategy = started(warm_up=4, acceptance=0.4)
    here = told(0, 0.0)
    assert strategy.heat == inf
    assert all(strategy._accepts(told(1, loss), here) for loss in (1.0, 2.0, 3.0))
    strategy._accepts(told(1, 6.0), here)
    assert strategy.heat == pytest.approx(-3.0 / log(0.4))
    assert exp(-3.0 / strategy.heat) == pytest.approx(0.4)


def test_the_temperature_falls_geometrically_and_rises_at_the_horizon() -> None:
    strategy = started(temperature=8.0, horizon=4, final=0.0625, reheat=0.5)
    first = told(0, 1.0)
    first.program = BITS.simplest()
    strategy.tell([first])
    heats = []
    for _ in range(6):
        strategy.ask(1)
        heats.append(strategy.heat)
    assert heats == pytest.approx([4.0, 2.0, 1.0, 0.5, 4.0, 4.0 * 0.0625**0.25])


def test_a_frozen_walk_among_known_candidates_is_heated_from_the_best() -> None:
    study = Study(Problem("p", Integer(0, 9), float), SimulatedAnnealing(temperature=1e-6, horizon=10**6), seed=0)
    study.run(trials=60, progress=False)
    strategy = study.strategy
    assert isinstance(strategy, SimulatedAnnealing)
    assert strategy.hottest is not None
    assert strategy.hottest < 1e-6
    assert study.best.loss == 0.0
    assert len({t.program for t in study.trials}) >= 5


def test_a_hot_walk_wanders_and_a_cold_one_does_not() -> None:
    def reached(temperature: float) -> float:
        strategy = SimulatedAnnealing(temperature=temperature, horizon=10**6)
        study = Study(Problem("p", BITS, lambda bits: float(sum(bits))), strategy, seed=0)
        study.run(trials=400, progress=False)
        return sum(t.loss for t in study.trials[-100:]) / 100

    assert reached(0.01) < 3
    assert reached(100.0) > 7


@pytest.mark.parametrize(
    "settings",
    [
        {"horizon": 0},
        {"warm_up": 0},
        {"memory": 0},
        {"acceptance": 1.0},
        {"acceptance": 0.0},
        {"final": 0.0},
        {"reheat": 1.5},
        {"temperature": 0.0},
        {"temperature": inf},
        {"temperature": float("nan")},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"SimulatedAnnealing\(\w+=.*must"):
        SimulatedAnnealing(**settings)
