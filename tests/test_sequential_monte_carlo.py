"""Sequential Monte Carlo as a strategy: its waves, stages, populations, and what it does with failures."""

import math
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from inlay.search import CannotAct, Outcome, Problem, Study, Trial
from inlay.search.population import Population, residual
from inlay.search.sequential_monte_carlo import ResampleMove, SequentialMonteCarlo
from inlay.search.site_moves import Block
from inlay.search.tempering import Adaptive, Ladder
from inlay.spaces import Choice, Integer, Real, space

BITS = space({f"x{i}": Choice(0, 1) for i in range(20)})


def minus_ones(value: dict[str, int]) -> float:
    return -float(sum(value.values()))


def study_of(strategy: SequentialMonteCarlo, evaluate: Any = minus_ones, where: Any = BITS, seed: int = 0) -> Study:
    return Study(Problem("p", where, evaluate), strategy, seed=seed)


def strategy_of(study: Study) -> SequentialMonteCarlo:
    assert isinstance(study.strategy, SequentialMonteCarlo)
    return study.strategy


def tell(study: Study, trials: Sequence[Trial], loss: float = 1.0) -> None:
    for trial in trials:
        study.tell(trial, loss)


# --- Waves -----------------------------------------------------------------------------------------


def test_a_wave_is_awaited_whole() -> None:
    study = study_of(SequentialMonteCarlo(6))
    first = study.ask(50)
    assert len(first) == 6
    tell(study, first[:-1])
    assert study.ask(50) == []
    study.tell(first[-1], error="it broke")
    second = study.ask(50)
    assert 1 <= len(second) <= 6
    assert {trial.origin[0] for trial in second} == {1}


def test_a_particle_that_did_not_change_costs_no_trial() -> None:
    study = study_of(SequentialMonteCarlo(200))
    tell(study, study.ask(200))
    assert len(study.ask(500)) == pytest.approx(100, abs=30)  # a redrawn bit is the same one half of the time


def test_foreign_trials_neither_end_a_wave_nor_enter_the_population() -> None:
    study = study_of(SequentialMonteCarlo(4))
    trials = study.ask(4)
    tell(study, trials[:3])
    for _ in range(5):
        study.tell({f"x{i}": 1 for i in range(20)}, -20.0)
    assert study.ask(9) == []
    tell(study, trials[3:])
    population = strategy_of(study).population
    assert len(population) == 4
    assert all(particle.loss == 1.0 for particle in population.values)


def test_moves_are_repeated_before_the_next_stage() -> None:
    study = study_of(ResampleMove(5, 3, tempering=Ladder((2.0, 1.0))))
    inverses = []
    for _ in range(7):
        tell(study, study.ask(50))
        inverses.append(strategy_of(study).inverse)
    assert inverses == [0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 0.0]  # and a new population begins


def test_without_moves_every_population_is_drawn_from_the_prior() -> None:
    study = study_of(SequentialMonteCarlo(5, Ladder((1.0,)), moves=0)).run(trials=20, progress=False)
    assert [trial.origin[0] for trial in study.trials] == [wave for wave in range(4) for _ in range(5)]
    assert len(strategy_of(study).finished) == 4


# --- The law ---------------------------------------------------------------------------------------


def test_the_evidence_and_the_sample_of_a_line_are_exact_in_the_limit() -> None:
    wanted = [math.exp(-x) / 4 for x in range(4)]
    for tempering in (Ladder((1.0,)), Ladder((5, 1)), Adaptive(1.0)):
        strategy = SequentialMonteCarlo(40, tempering, resample=residual, move=Block(1))
        study = study_of(strategy, float, Integer(0, 3)).run(trials=4000, progress=False)
        assert math.exp(strategy_of(study).log_evidence) == pytest.approx(sum(wanted), rel=0.05)
        shares = [0.0] * 4
        for program, weight in strategy_of(study).sample():
            shares[program] += weight
        assert shares == pytest.approx([w / sum(wanted) for w in wanted], abs=0.03)


def test_failed_and_infeasible_programs_have_density_zero() -> None:
    def evaluate(x: int) -> Outcome:
        return Outcome(error="broken") if x == 0 else Outcome({"loss": float(x)}, violations=[x - 2])

    study = study_of(SequentialMonteCarlo(30, Ladder((2, 1))), evaluate, Integer(0, 3)).run(trials=3000, progress=False)
    strategy = strategy_of(study)
    assert math.exp(strategy.log_evidence) == pytest.approx((math.exp(-1) + math.exp(-2)) / 4, rel=0.1)
    assert {program for program, weight in strategy.sample() if weight} == {1, 2}


def test_a_population_without_anything_feasible_counts_as_evidence_zero() -> None:
    def evaluate(x: int) -> Outcome:
        return Outcome({"loss": 0.0}, violations=[x - 1])

    strategy = SequentialMonteCarlo(2, Ladder((1.0,)))
    found = strategy_of(study_of(strategy, evaluate, Integer(0, 9), 3).run(trials=4000, progress=False))
    assert any(evidence == -math.inf for _, evidence in found.finished)
    assert math.exp(found.log_evidence) == pytest.approx(0.2, abs=0.05)


def test_what_has_not_been_reached_is_not_given() -> None:
    study = study_of(SequentialMonteCarlo(10)).run(trials=300, progress=False)
    with pytest.raises(ValueError, match="no population has reached"):
        strategy_of(study).sample()
    failing = study_of(SequentialMonteCarlo(3, Ladder((1.0,))), lambda value: math.nan).run(trials=9, progress=False)
    with pytest.raises(ValueError, match="evidence 0"):
        strategy_of(failing).sample()


# --- Search ----------------------------------------------------------------------------------------


def test_a_cooling_population_finds_the_optimum_and_stays_near_it() -> None:
    study = study_of(SequentialMonteCarlo(10)).run(trials=400, progress=False)
    assert study.best.loss == -20
    assert min(trial.loss for trial in study.trials[-30:]) <= -19
    assert max(trial.loss for trial in study.trials[-30:]) <= -17


def test_cooling_is_free_of_the_scale_of_the_losses() -> None:
    def programs(scale: float) -> list[Any]:
        study = study_of(SequentialMonteCarlo(8), lambda value: scale * minus_ones(value))
        return [trial.key for trial in study.run(trials=150, progress=False).trials]

    assert programs(1.0) == programs(2.0**20) == programs(2.0**-20)


def test_a_population_that_finds_nothing_feasible_follows_less_violation() -> None:
    def evaluate(value: dict[str, int]) -> Outcome:
        ones = sum(value.values())
        return Outcome({"loss": -float(ones)}, violations=[ones - 2])

    study = study_of(SequentialMonteCarlo(10), evaluate).run(trials=300, progress=False)
    assert (study.best.violation, study.best.loss) == (0.0, -2.0)
    assert not strategy_of(study).proper
    assert max(trial.violation for trial in study.trials[:10]) > 4
    assert max(trial.violation for trial in study.trials[-50:]) <= 1  # one move from a feasible program


def test_where_all_fail_it_goes_on_drawing() -> None:
    study = study_of(SequentialMonteCarlo(4), lambda x: math.nan, Real(0, 1)).run(trials=30, progress=False)
    assert len({trial.program for trial in study.trials}) == 30


def test_a_space_of_one_member_and_a_flat_loss_are_no_traps() -> None:
    for where, loss in ((Choice("only"), lambda value: 1.0), (BITS, lambda value: 1.0), (BITS, lambda value: math.inf)):
        for strategy in (SequentialMonteCarlo(3), SequentialMonteCarlo(3, Adaptive(1.0)), ResampleMove(3, 2)):
            assert len(study_of(strategy, loss, where).run(trials=40, progress=False).trials) == 40


def test_a_resampler_of_ones_own_is_used() -> None:
    calls = []

    def first(population: Population[Any], rng: Random) -> Population[Any]:
        calls.append(population.effective_size)
        return population.resampled([0] * len(population))

    study_of(SequentialMonteCarlo(5, resample=first)).run(trials=40, progress=False)
    assert calls
    assert all(size < 0.9 * 5 for size in calls)


def test_several_objectives_are_refused() -> None:
    with pytest.raises(CannotAct, match="NSGA2 would fit"):
        SequentialMonteCarlo().start(BITS, Random(0), {"a": "minimize", "b": "maximize"})


@pytest.mark.parametrize(
    "make",
    [
        lambda: SequentialMonteCarlo(0),
        lambda: SequentialMonteCarlo(moves=-1),
        lambda: SequentialMonteCarlo(threshold=1.5),
        lambda: ResampleMove(0),
    ],
)
def test_settings_that_make_no_sense_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="there must be"):
        make()
