"""Islands: whose trials go where, who migrates when, and what migration is good for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi
from random import Random
from statistics import mean
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
    RegularizedEvolution,
    Strategy,
    Study,
    Trial,
)
from inlay.search.islands import Islands, best_distinct
from inlay.spaces import Choice, Integer, Real, Space, space


@dataclass
class Listening(Strategy):
    """Proposes its own running number and remembers what it was told; awaits results after `lead` proposals."""

    lead: int = 1000

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space, self.asked = space, 0
        self.first = rng.random()
        self.heard: list[tuple[int, Any, bool]] = []

    def ask(self, n: int) -> Sequence[Proposal]:
        mine = sum(not foreign for *_, foreign in self.heard)
        n = min(n, self.lead + mine - self.asked)
        self.asked += n
        return [Proposal(self.asked - n + i, origin={"mine": self.asked - n + i}) for i in range(n)]

    def tell(self, trials: Sequence[Trial]) -> None:
        self.heard += [(trial.number, trial.origin, trial.foreign) for trial in trials]


def started(islands: Islands, objectives: int = 1) -> Islands:
    islands.start(Integer(0, 1000), Random(0), {f"loss {i}": "minimize" for i in range(objectives)})
    return islands


def asked(islands: Islands, n: int, first: int = 0) -> list[Trial]:
    return [Trial(first + i, p.value, p.origin) for i, p in enumerate(islands.ask(n))]


def done(trial: Trial, *losses: float) -> Trial:
    trial.state, trial.losses = "done", losses
    return trial


def heard(islands: Islands) -> list[list[tuple[int, Any, bool]]]:
    return [island.strategy.heard for island in islands.islands]  # type: ignore[attr-defined]


def test_islands_propose_in_turn_and_hear_of_their_own_trials_with_their_own_origins() -> None:
    islands = started(Islands(Listening(), 3))
    trials = asked(islands, 7)
    assert [trial.origin for trial in trials] == [[i % 3, {"mine": i // 3}] for i in range(7)]
    islands.tell([done(trials[i], 1.0) for i in (5, 0, 4)])
    assert heard(islands) == [[(0, {"mine": 0}, False)], [(4, {"mine": 1}, False)], [(5, {"mine": 1}, False)]]


def test_an_island_that_awaits_results_is_passed_over() -> None:
    islands = started(Islands([Listening(1), Listening(3)]))
    trials = asked(islands, 10)
    assert [trial.origin[0] for trial in trials] == [0, 1, 1, 1]
    assert islands.ask(5) == []
    islands.tell([done(trials[0], 1.0), done(trials[2], 1.0)])
    assert [trial.origin[0] for trial in asked(islands, 10, 4)] == [0, 1]


@pytest.mark.parametrize(("topology", "neighbors"), [("ring", [1]), ("complete", [1, 2, 3])])
def test_the_best_migrate_to_the_neighbors_as_foreign_trials(topology: str, neighbors: list[int]) -> None:
    islands = started(Islands(Listening(), every=3, migrants=2, topology=topology))
    trials = [trial for trial in asked(islands, 12) if trial.origin[0] == 0]
    islands.tell([done(trials[0], 2.0), done(trials[1], 9.0)])
    assert heard(islands)[1] == []
    islands.tell([done(trials[2], 1.0)])
    arrived = [(trials[2].number, None, True), (trials[0].number, None, True)]
    assert heard(islands)[1:] == [arrived if i in neighbors else [] for i in (1, 2, 3)]
    assert len(heard(islands)[0]) == 3


def test_the_best_of_earlier_periods_migrate_again_until_they_are_beaten() -> None:
    islands = started(Islands(Listening(), 2, every=2, migrants=1))
    trials = [trial for trial in asked(islands, 12) if trial.origin[0] == 0]
    for trial, loss in zip(trials, [5.0, 3.0, 4.0, 6.0, 1.0, 2.0], strict=True):
        islands.tell([done(trial, loss)])
    assert [number for number, *_ in heard(islands)[1]] == [trials[i].number for i in (1, 1, 4)]


def test_trials_from_outside_reach_every_island_and_do_not_count() -> None:
    islands = started(Islands(Listening(), 2, every=1, migrants=1))
    outside = done(Trial(0, 3), 1.0)
    outside.foreign = True
    islands.tell([outside])
    assert heard(islands) == [[(0, None, True)]] * 2


def test_migrants_are_distinct_successful_feasible_first_and_of_the_best_front() -> None:
    trials = [done(Trial(i, i), *losses) for i, losses in enumerate([(3.0, 3.0), (1.0, 2.0), (1.0, 2.0), (2.0, 1.0)])]
    trials[1].key = trials[2].key = "same"
    failed, infeasible = Trial(8, 8), done(Trial(9, 9), 0.0, 0.0)
    failed.state, infeasible.violations = "failed", (1.0,)
    chosen = best_distinct([failed, infeasible, *trials], 4)
    assert [trial.number for trial in chosen] == [1, 3, 0, 9]
    assert [trial.number for trial in best_distinct([failed, infeasible, *trials], 2)] == [1, 3]
    assert best_distinct([failed], 3) == []


def test_every_island_has_a_stream_of_random_numbers_of_its_own() -> None:
    islands = started(Islands(Listening(), 5))
    assert len({island.strategy.first for island in islands.islands}) == 5  # type: ignore[attr-defined]
    again = started(Islands(Listening(), 5))
    assert [i.strategy.first for i in again.islands] == [i.strategy.first for i in islands.islands]  # type: ignore[attr-defined]


def test_the_configured_strategies_are_not_started_themselves() -> None:
    inner = GeneticAlgorithm(5)
    started(Islands(inner, 2))
    assert not hasattr(inner, "members")


def test_one_island_is_the_strategy_itself() -> None:
    bits = space([Choice(0, 1)] * 12)
    alone = started(Islands(Exhaustive(), 1, every=2))
    assert [proposal.value for proposal in alone.ask(5)] == list(range(5))
    study = Study(Problem("bits", bits, sum), Islands(Exhaustive(), 1), seed=0).run(trials=10**5, progress=False)
    assert len(study.trials) == 2**12
    assert study.stop_reason == "exhausted"


def test_several_objectives_are_searched_on_islands_too() -> None:
    problem = Problem("two", [Real(0, 1)] * 4, lambda x: {"a": x[0], "b": 1 - x[0] + sum(x[1:])},
                      objectives=dict.fromkeys("ab", "minimize"))  # fmt: skip
    islands = Islands([HillClimb(), GeneticAlgorithm(10)], every=20)
    study = Study(problem, islands, seed=0).run(trials=300, progress=False)
    chance = Study(problem, RandomSearch(), seed=0).run(trials=300, progress=False)
    assert mean(sum(trial.losses) for trial in study.pareto) < 0.8 * mean(sum(trial.losses) for trial in chance.pareto)


# --- What migration is good for --------------------------------------------------------------------


def rastrigin(x: list[float]) -> float:
    """One global optimum, 0 at the origin, amid a grid of local ones."""
    return sum(xi * xi - 10 * cos(2 * pi * xi) + 10 for xi in x)


def mean_loss(inner: Strategy, migrants: int) -> float:
    """Four islands, over several seeds; without migrants they are isolated."""
    problem = Problem("rastrigin", [Real(-5, 5)] * 6, rastrigin)
    runs = [Study(problem, Islands(inner, every=25, migrants=migrants), seed=seed) for seed in range(4)]
    return mean(study.run(trials=1200, progress=False).best.loss for study in runs)


@pytest.mark.parametrize("inner", [RegularizedEvolution(16), GeneticAlgorithm(16, crossover=0.9, mutation=0.3)])
def test_islands_with_migration_find_better_optima_than_isolated_ones(inner: Strategy) -> None:
    assert mean_loss(inner, migrants=1) < 0.7 * mean_loss(inner, migrants=0)


# --- Wrong settings --------------------------------------------------------------------------------


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="2 strategies make as many islands, not count=3"):
        Islands([RandomSearch(), RandomSearch()], 3)
    with pytest.raises(ValueError, match=r"topology='star'\): there are ring and complete"):
        Islands(RandomSearch(), topology="star")
    for wrong in ({"count": 0}, {"every": 0}, {"migrants": -1}):
        with pytest.raises(ValueError, match="there must be at least one island"):
            Islands(RandomSearch(), **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="there must be at least one island"):
        Islands([])


def test_an_island_that_cannot_act_says_so() -> None:
    with pytest.raises(CannotAct, match="Exhaustive cannot act on this space"):
        Study(Problem("line", Real(0, 1), float), Islands([RegularizedEvolution(5), Exhaustive()]))
