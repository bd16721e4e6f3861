"""RSRM and the episodes that it is made of: the order of steps, what is handed over, and searches within a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import numpy as np
import pytest

from inlay.search import (
    CannotAct,
    Exhaustive,
    Problem,
    Proposal,
    RandomSearch,
    RegularizedEvolution,
    Strategy,
    Study,
    Trial,
)
from inlay.search.episodes import Best, Episodes, Step
from inlay.search.form_discovery import FormDiscovery
from inlay.search.reinforced_regression import RSRM, published
from inlay.search.tree_policies import UpperConfidence
from inlay.spaces import Choice, Integer, Real, Space, space
from inlay.spaces.formulas import Formulas
from inlay.spaces.formulas.data import Data
from inlay.spaces.formulas.evaluation import losses
from inlay.spaces.formulas.opened import OpenFormula

POINTS = np.linspace(-1, 1, 20)
ROWS = Data({"x": POINTS}, POINTS**4 + POINTS**3 + POINTS**2 + POINTS)


def quartic() -> Problem:
    """Random search does not come near it within 1,000 trials."""
    members = Formulas(["x"], ["+", "-", "*", "sin"], max_size=21)
    return Problem("quartic", members, evaluate_many=lambda formulas: losses(formulas, ROWS).tolist())


def eager(episode: int) -> Sequence[Step]:
    """Every step in every episode."""
    wide = [Step("explore"), Step("exploit"), Step("narrow")]
    return [*wide, Step("explore", True), Step("exploit", True), Step("gather", True), Step("gather")]


@dataclass
class Listener(Strategy):
    """Proposes `left` random members, and keeps what it was told; `heard` is shared by all copies."""

    left: int
    heard: list[Any]

    def __deepcopy__(self, memo: Any) -> Listener:
        return Listener(self.left, self.heard)

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space, self.rng, self.told = space, rng, list[Trial]()
        self.heard.append(self)

    def ask(self, n: int) -> Sequence[Proposal]:
        n = min(n, self.left)
        self.left -= n
        return [Proposal(self.space.sample(self.rng)) for _ in range(n)]

    def tell(self, trials: Sequence[Trial]) -> None:
        self.told += trials

    def carry_on(self, former: Any) -> None:
        self.former = former


@dataclass
class Half:
    """Narrows a range to its half that holds the best trial."""

    def narrow(self, space: Any, trials: Sequence[Trial]) -> Space | None:
        middle = (space.low + space.high) // 2
        return Integer(space.low, middle) if trials[0].program <= middle else Integer(middle + 1, space.high)


@dataclass
class Twice:
    """Narrows to another space at every second call."""

    calls: int = 0

    def narrow(self, space: Any, trials: Sequence[Trial]) -> Space | None:
        self.calls += 1
        return Integer(0, 50 + self.calls // 2)


def listened(schedule: Any, narrow: Any = None, **settings: Any) -> tuple[Study, list[Listener], list[Listener]]:
    explored: list[Listener] = []
    exploited: list[Listener] = []
    strategy = Episodes(Listener(5, explored), Listener(99, exploited), narrow, schedule, trials=4, **settings)
    study = Study(Problem("number", Integer(0, 99), float), strategy, seed=0)
    del explored[:1], exploited[:1]  # which were only asked whether they can act
    return study, explored, exploited


# --- Episodes --------------------------------------------------------------------------------------


def test_the_published_schedule() -> None:
    names = [["".join([step.act[0:3], "'" * step.within]) for step in published(turn)] for turn in (0, 5, 6, 8, 9, 15)]
    first, within = ["exp", "exp", "nar"], ["exp'", "exp'"]
    assert names == [
        first,
        [*first, *within, "gat"],
        [*first, *within],
        [*first, *within, "gat'"],
        [*within, "gat'"],
        [*first, *within, "gat"],
    ]


def test_steps_follow_one_another_and_exploiting_ends_after_its_trials() -> None:
    study, explored, exploited = listened(lambda episode: [Step("explore"), Step("exploit")])
    study.run(trials=20, progress=False)
    lengths = [len(list(group)) for _, group in groupby(trial.origin[0] for trial in study.trials)]
    assert lengths == [5, 4, 5, 4, 2]
    assert (len(explored), len(exploited)) == (3, 2)


def test_exploiting_is_told_the_best_that_the_last_exploration_found() -> None:
    study, _, exploited = listened(lambda episode: [Step("explore"), Step("exploit"), Step("gather")], seeds=3)
    study.run(trials=40, progress=False)
    for number, (exploit, gather) in enumerate(zip(exploited[::2], exploited[1::2], strict=False)):
        explored = [trial for trial in study.trials if trial.origin[0] == 3 * number]
        before = [trial for trial in study.trials if trial.origin[0] < 3 * number + 2]
        for found, told in ((explored, exploit.told), (before, gather.told)):
            seeds = [trial.program for trial in told if trial.foreign]
            assert seeds == sorted({trial.program for trial in found})[:3]


def test_an_exploration_carries_on_where_the_last_one_of_the_same_space_ended() -> None:
    study, explored, _ = listened(lambda episode: [Step("explore"), Step("narrow"), Step("explore", True)], Twice())
    study.run(trials=80, progress=False)
    wide, within = explored[::2], explored[1::2]
    assert [run.former for run in wide[1:]] == wide[:-1]
    for former, run in pairwise(within):
        same = former.space is run.space
        assert same == (repr(former.space) == repr(run.space))
        assert getattr(run, "former", None) is (former if same else None)


def test_within_a_narrowed_space_only_what_lies_there_is_told() -> None:
    study, explored, exploited = listened(
        lambda episode: [Step("explore"), Step("narrow"), Step("explore", True), Step("gather", True)], Half()
    )
    while len(study.trials) < 60:
        for trial in study.ask(2):
            study.tell(trial, float(trial.program))
        study.tell(99, 99.0)
    for run in (*explored, *exploited):
        assert all(run.space.contains(trial.program) for trial in run.told)
    assert study.strategy.found.trials()[0] is min(study.trials, key=lambda trial: trial.losses[0])  # type: ignore[attr-defined]
    assert any(run.space is not study.space for run in explored)


def test_steps_without_a_strategy_are_left_out() -> None:
    problem = Problem("number", Integer(0, 9), float)
    study = Study(problem, Episodes(RandomSearch(), None, None, lambda e: [Step("exploit"), Step("explore")]), seed=0)
    assert len(study.run(trials=5, progress=False).trials) == 5
    with pytest.raises(ValueError, match="no step that the strategies given could take"):
        Episodes(None, None, None, published)
    with pytest.raises(ValueError, match="seeds=0"):
        Episodes(RandomSearch(), None, None, published, seeds=0)


def test_what_a_part_cannot_do_is_refused() -> None:
    strategy = Episodes(RandomSearch(), Exhaustive(), None, published)
    with pytest.raises(CannotAct, match="Exhaustive cannot act"):
        Study(Problem("real", Real(0, 1), float), strategy)
    with pytest.raises(CannotAct, match="FormDiscovery cannot act on this space, because it looks for terms"):
        Study(Problem("number", Integer(0, 9), float), RSRM())


def test_the_best_are_kept_once_for_each_key() -> None:
    best = Best(2)
    for number, (key, loss) in enumerate(zip("abacdefgh", (3, 2, 3, 1, 0, 8, 8, 8, 8), strict=True)):
        trial = Trial(number, key)
        trial.state, trial.losses, trial.key = "failed" if key == "d" else "done", (float(loss),), key
        best.take(trial)
    assert [trial.key for trial in best.trials()] == ["c", "b"]
    assert len(best.known) < 8


# --- RSRM ------------------------------------------------------------------------------------------


def machine(**settings: Any) -> Episodes:
    return RSRM(6, 40, 4, **{"schedule": eager} | settings)


def narrowing() -> Episodes:
    """A machine that soon finds some form."""
    return replace(machine(), narrow=FormDiscovery(token_ratio=0.2, expr_ratio=0.01))


def test_each_block_has_its_switch() -> None:
    full, bare = machine(), machine(tree=False, forms=False)
    assert bare.explore is None
    assert bare.narrow is None
    assert full.explore is not None
    assert full.narrow is not None
    assert isinstance(machine(double_q=False).explore.select, UpperConfidence)  # type: ignore[union-attr]
    given = RegularizedEvolution(10)
    assert machine(evolve=given).exploit is given


def test_it_beats_random_search() -> None:
    def best(strategy: Strategy, seed: int) -> float:
        return Study(quartic(), strategy, seed=seed).run(trials=1000, progress=False).best.loss

    drawn, found = (median(best(make(), seed) for seed in range(3)) for make in (RandomSearch, machine))
    assert drawn > 0.05
    assert found <= 0.5 * drawn


def test_within_a_form_every_proposal_has_it_and_the_study_notes_the_space() -> None:
    study, within = Study(quartic(), narrowing(), seed=1), 0
    for _ in range(900):
        trial, form = study.ask(), study.strategy.space
        if isinstance(form, OpenFormula):
            within += 1
            assert form.contains(trial.program)
            assert study.space.contains(trial.program)
            assert trial.key == study.space.key(trial.program)
        study.tell(trial, float(losses([trial.program], ROWS)[0]))
    assert within > 100
    assert any("OpenFormula" in text for _, text in study.notes)


def test_a_study_goes_on_within_a_form(tmp_path: Path) -> None:
    def study(name: str) -> Study:
        return Study(quartic(), narrowing(), seed=1, store=tmp_path / "studies.db", name=name)

    whole = study("whole").run(trials=900, progress=False)
    assert any("OpenFormula" in text for _, text in whole.notes)
    for stop in (350, 200, 350):  # each in the middle of some step
        study("parts").run(trials=stop, progress=False)
    parts = study("parts")
    assert [trial.key for trial in parts.trials] == [trial.key for trial in whole.trials]


def test_without_forms_any_space_will_do() -> None:
    bits = space([Choice(0, 1)] * 12)
    study = Study(Problem("bits", bits, sum), RSRM(3, 10, 5, forms=False), seed=0).run(trials=300, progress=False)
    assert study.best.loss == 0
