"""Stored studies: killed, interrupted or closed at any instant, they go on exactly as if nothing had happened."""

import json
import math
import multiprocessing
import random
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from killed_studies import STRATEGIES, run, study

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
    ReplayError,
    Strategy,
    Study,
    Trial,
    minimize,
)
from inlay.search.store import Store, StoreCorrupt, StoreLocked, StudyMismatch
from inlay.spaces import Choice, Integer, Real, Space, Subset, space

NET = space({"lr": Real(1e-5, 1e-1, log=True), "width": Integer(1, 6), "kind": Choice("a", "b")})


def evaluate(value: dict[str, Any]) -> Outcome:
    if value["kind"] == "b" and value["width"] == 3:
        raise ValueError("three is refused")
    loss = math.inf if value["width"] == 6 else abs(value["lr"] - 0.01) * value["width"]
    return Outcome({"loss": loss}, violations=[value["width"] - 5], cost=0.5, feedback={"width": [value["width"]]})


def problem(space: Any = NET, evaluate: Callable[..., Any] = evaluate, **options: Any) -> Problem:
    return Problem("p", space, evaluate, **options)


def contents(study: Study) -> list[Any]:
    return [
        [getattr(trial, name) for name in Trial.__slots__ if name not in ("finished", "seconds", "told", "report_to")]
        for trial in study.trials
    ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


# --- Killed by SIGKILL -----------------------------------------------------------------------------


def kill_at(instants: Sequence[float], strategy: str, file: Path, told: Path, workers: int | None = None) -> None:
    """Start the stored study in a new process at each instant, and kill it so many seconds later."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["inlay.search.store", "inlay.search.study", "inlay.search.log"])
    for seconds in instants:
        process = context.Process(target=run, args=(strategy, file, told, 10**6, workers))
        process.start()
        time.sleep(seconds)
        process.kill()
        process.join()
        assert process.exitcode == -9, "it ended by itself"


def told_numbers(told: Path) -> list[int]:
    lines = told.read_text().split("\n")[:-1] if told.exists() else []  # the last line may be cut short
    return [int(line) for line in lines]


@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_a_study_killed_at_twenty_random_instants_goes_on_as_if_it_had_not_been(
    strategy: str, file: Path, tmp_path: Path
) -> None:
    rng, told = random.Random(f"instants of {strategy}"), tmp_path / "told"
    kill_at([rng.uniform(0.02, 0.25) for _ in range(20)], strategy, file, told)
    stored = len(study(strategy, file).trials)
    run(strategy, file, told, stored + 30, None)
    resumed = study(strategy, file)
    assert contents(resumed) == contents(study(strategy).run(trials=stored + 30, progress=False))
    assert set(told_numbers(told)) <= {trial.number for trial in resumed.trials}, "something told was lost"
    assert stored > 40, "the kills left no time to run"


def test_a_synchronous_study_on_workers_goes_on_as_if_it_had_not_been_killed(file: Path, tmp_path: Path) -> None:
    rng, told, strategy = random.Random(5), tmp_path / "told", "genetic algorithm"
    kill_at([rng.uniform(0.5, 1.2) for _ in range(4)], strategy, file, told, workers=2)
    stored = len(study(strategy, file).trials)
    run(strategy, file, told, stored + 30, 2)
    resumed = study(strategy, file)
    assert contents(resumed) == contents(study(strategy).run(trials=stored + 30, progress=False))
    assert set(told_numbers(told)) <= {trial.number for trial in resumed.trials}


# --- Interrupted and closed ------------------------------------------------------------------------


LEARNERS = [RandomSearch(), HillClimb(patience=9), RegularizedEvolution(8), GeneticAlgorithm(8)]


@pytest.mark.parametrize("strategy", LEARNERS, ids=["random", "climb", "evolution", "genetic"])
def test_a_study_run_in_pieces_makes_the_trials_of_one_run(strategy: Strategy, file: Path) -> None:
    for n in (1, 0, 3, 11, 2, 23, 20):
        Study(problem(), strategy, seed=1, store=file).run(trials=n, progress=False)
    resumed = Study(problem(), strategy, seed=1, store=file)
    assert contents(resumed) == contents(Study(problem(), strategy, seed=1).run(trials=60, progress=False))
    assert resumed.best.number == min(resumed.trials, key=lambda t: (t.violation, t.losses)).number


def test_the_seed_is_remembered(file: Path) -> None:
    first = Study(problem(), RandomSearch(), store=file).run(trials=3, progress=False)
    assert Study(problem(), RandomSearch(), store=file).seed == first.seed


@pytest.mark.parametrize("strategy", LEARNERS, ids=["random", "climb", "evolution", "genetic"])
def test_a_study_that_ran_in_threads_is_brought_back_to_where_it_was(strategy: Strategy, file: Path) -> None:
    live = Study(problem(), strategy, seed=1, store=file)
    with ThreadPoolExecutor(3) as executor:
        live.run(trials=45, workers=executor, progress=False)
    resumed = Study(problem(), strategy, seed=1, store=file)
    assert contents(resumed) == contents(live)
    live.log = None
    for each in (live, resumed):
        each.run(trials=30, progress=False)
    assert contents(resumed) == contents(live)


def test_what_was_asked_for_and_not_told_is_asked_for_again(file: Path) -> None:
    live = Study(problem(), RegularizedEvolution(8), seed=1, store=file)
    asked = live.ask(12)
    for number in (7, 2, 5):
        live.tell(asked[number], loss=number)
    resumed = Study(problem(), RegularizedEvolution(8), seed=1, store=file)
    rest = [0, 1, 3, 4, 6, 8, 9, 10, 11]
    assert [(t.number, t.program) for t in resumed.ask(99)] == [(n, asked[n].program) for n in rest]
    assert resumed.ask().number == 12


@pytest.mark.parametrize("most", [16, Study.batch])
def test_a_batch_evaluated_together_is_resumed_as_it_would_have_gone_on(file: Path, most: int) -> None:
    many = Problem("p", Integer(0, 30), evaluate_many=lambda values: [abs(value - 7.0) for value in values])

    class Killed(Exception):
        pass

    def after(left: int) -> Callable[[Study, Trial], None]:
        counting = iter(range(left))

        def callback(study: Study, trial: Trial) -> None:
            if next(counting, None) is None:
                raise Killed

        return callback

    def study_of(store: Path | None) -> Study:
        made = Study(many, RegularizedEvolution(10), seed=1, store=store)
        made.batch = most
        return made

    for told in (3, 0, 1, 2, 0, 4, 1):
        resumed = study_of(file)
        with pytest.raises(Killed):
            resumed.run(trials=200 - len(resumed.trials), callbacks=[after(told)], progress=False)
    study_of(file).run(trials=200 - len(study_of(file).trials), progress=False)
    assert contents(study_of(file)) == contents(study_of(None).run(trials=200, progress=False))


def test_the_noise_of_a_seeded_problem_is_the_same_after_a_kill(file: Path) -> None:
    noisy = Problem("p", Integer(0, 9), lambda x, seed: x + Random(seed).gauss(0, 1), noisy=True, seeded=True)
    Study(noisy, RegularizedEvolution(8), seed=1, store=file).run(trials=17, progress=False)
    resumed = Study(noisy, RegularizedEvolution(8), seed=1, store=file).run(trials=23, progress=False)
    assert contents(resumed) == contents(Study(noisy, RegularizedEvolution(8), seed=1).run(trials=40, progress=False))


def test_trials_told_together_are_told_in_the_order_in_which_the_log_gives_them_back(file: Path) -> None:
    live = Study(problem(evaluate=lambda value: value["lr"]), RegularizedEvolution(4), seed=1, store=file)
    trials = live.ask(6)
    for trial in trials:
        live.settle(trial, Outcome({"loss": 1.0}), 0.0)
    live.tell_settled([trials[i] for i in (3, 0, 5, 1, 4, 2)])
    resumed = Study(live.problem, RegularizedEvolution(4), seed=1, store=file)
    live.log = None
    assert contents(resumed.run(trials=20, progress=False)) == contents(live.run(trials=20, progress=False))


def test_foreign_trials_come_back_where_they_were_told(file: Path) -> None:
    good = {"lr": 0.01, "width": 1, "kind": "a"}
    live = Study(problem(), GeneticAlgorithm(5), seed=1, store=file)
    live.tell(good, loss=0.0, violations=[-1])
    live.run(trials=3, progress=False)
    live.tell({"lr": 0.02, "width": 2, "kind": "b"}, error="it broke there")
    live.run(trials=9, progress=False)
    resumed = Study(problem(), GeneticAlgorithm(5), seed=1, store=file)
    assert contents(resumed) == contents(live)
    assert [t.number for t in resumed.trials if t.foreign] == [0, 4]
    live.log = None
    assert contents(resumed.run(trials=20, progress=False)) == contents(live.run(trials=20, progress=False))


def test_which_objects_two_told_members_share_changes_nothing(file: Path) -> None:
    same = 0.25  # one object in two programs; read from the log it is two
    net = space({"a": Real(0, 1), "b": Real(0, 1)})
    for seed in range(5):
        options: dict[str, Any] = {"seed": seed, "store": file, "name": f"{seed}"}
        live = Study(problem(net, lambda value: value["b"]), GeneticAlgorithm(6, crossover=1.0), **options)
        for b in (0.0, 1e-6):
            live.tell({"a": same, "b": b}, loss=b)
        live.run(trials=30, progress=False)
        assert contents(Study(live.problem, GeneticAlgorithm(6, crossover=1.0), **options)) == contents(live)


def test_a_script_that_queues_known_members_may_be_run_again_and_again(file: Path) -> None:
    def script(store: Path | None, until: int) -> Study:
        study = Study(problem(), RegularizedEvolution(5), seed=1, store=store)
        study.enqueue({"lr": 0.01, "width": 1, "kind": "a"}, {"lr": 0.02, "width": 2, "kind": "b"})
        return study.run(trials=until - len(study.trials), progress=False)

    for until in (1, 2, 9, 20):
        resumed = script(file, until)
    assert contents(resumed) == contents(script(None, 20))


def test_an_exhausted_study_stays_exhausted(file: Path) -> None:
    small = problem(Choice(1, 2, 3), float)
    assert Study(small, Exhaustive(), seed=0, store=file).run(trials=9, progress=False).stop_reason == "exhausted"
    again = Study(small, Exhaustive(), seed=0, store=file).run(trials=9, progress=False)
    assert (len(again.trials), again.stop_reason) == (3, "exhausted")


def test_several_objectives_and_fidelities_come_back(file: Path) -> None:
    def evaluate(x: int, fidelity: float) -> dict[str, float]:
        return {"up": x, "down": -x / fidelity}

    two = problem(Integer(0, 99), evaluate, objectives={"up": "maximize", "down": "minimize"}, fidelities=(1, 4))
    live = Study(two, RandomSearch(), seed=0, store=file).run(trials=20, progress=False)
    resumed = Study(two, RandomSearch(), seed=0, store=file)
    assert contents(resumed) == contents(live)
    assert [t.number for t in resumed.pareto] == [t.number for t in live.pareto]


def test_minimize_goes_on_too(file: Path) -> None:
    for trials in (10, 20):
        study = minimize(lambda x: x, Integer(0, 10**6), trials=trials, seed=0, store=file, progress=False)
    assert [t.number for t in study.trials] == list(range(30))
    with pytest.raises(TypeError, match="trails"):
        minimize(lambda x: x, Integer(0, 9), trails=1, store=file, name="new")
    with Store(file) as store:
        assert [header.name for header in store.headers()] == ["function"]


def test_several_studies_share_a_file_by_name(file: Path) -> None:
    for name in ("one", "two"):
        Study(problem(), RandomSearch(), seed=len(name), store=file, name=name).run(trials=4, progress=False)
    assert len(Study(problem(), RandomSearch(), store=file, name="one").trials) == 4
    assert len(Study(problem(), RandomSearch(), store=file, name="three").trials) == 0


def test_programs_are_stored_as_readable_json(file: Path) -> None:
    live = Study(problem(), RandomSearch(), seed=0, store=file).run(trials=1, progress=False)
    with Store(file) as store:
        stored = json.loads(store.log("p").records()[0].program)
    assert NET.from_json(stored) == live.trials[0].program
    assert str(live.trials[0].program["lr"]) in json.dumps(stored)


# --- Refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"seed": 2}, "seed: stored 1, given 2"),
        ({"strategy": HillClimb(5)}, r"strategy: stored 'RandomSearch\(\)', given 'HillClimb\(patience=5\)'"),
        (
            {"space": {"lr": Real(1e-5, 1e-1, log=True), "width": Integer(1, 7)}},
            r"-.*Integer\(1, 6\)[^+]*\+.*Integer\(1, 7\)",
        ),
        ({"objectives": {"loss": "maximize"}}, "objectives: stored .*minimize.*, given .*maximize"),
    ],
)
def test_a_resume_with_other_settings_is_refused_with_the_difference(
    file: Path, changes: dict[str, Any], shown: str
) -> None:
    Study(problem(), RandomSearch(), seed=1, store=file).run(trials=3, progress=False)
    settings: dict[str, Any] = {"seed": 1, "strategy": RandomSearch(), "space": NET, "objectives": {"loss": "minimize"}}
    settings |= changes
    with pytest.raises(StudyMismatch, match=f"(?s)study 'p' is another one:.*{shown}"):
        Study(
            problem(settings["space"], objectives=settings["objectives"]),
            settings["strategy"],
            seed=settings["seed"],
            store=file,
        )
    assert len(Study(problem(), RandomSearch(), seed=1, store=file).trials) == 3


def test_a_strategy_that_refuses_the_space_leaves_no_study_behind(file: Path) -> None:
    with pytest.raises(CannotAct):
        Study(problem(), Exhaustive(), seed=1, store=file)
    assert Study(problem(), RandomSearch(), seed=1, store=file).run(trials=1, progress=False).trials


@dataclass
class Stepping(Strategy):
    """Proposes first, first + 1, ..., where `first` is no hyperparameter but code."""

    first = 10

    def start(self, space: Space, rng: Random, objectives: Mapping[str, str]) -> None:
        self.space, self.next = space, self.first

    def ask(self, n: int) -> Sequence[Proposal]:
        values = range(self.next, min(self.next + n, 20))
        self.next += len(values)
        return [Proposal(value) for value in values]

    def tell(self, trials: Sequence[Trial]) -> None:
        pass


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (11, "trial 0 is stored as 10, but the strategy now proposes 11"),
        (20, "trial 0 is stored, but the strategy does"),
    ],
)
def test_a_strategy_whose_code_has_changed_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch, first: int, why: str
) -> None:
    numbers = problem(Integer(0, 99), float)
    Study(numbers, Stepping(), seed=1, store=file).run(trials=5, progress=False)
    monkeypatch.setattr(Stepping, "first", first)
    with pytest.raises(ReplayError, match=f"study 'p' cannot be resumed: {why}.*use another name"):
        Study(numbers, Stepping(), seed=1, store=file)
    monkeypatch.undo()
    assert len(Study(numbers, Stepping(), seed=1, store=file).trials) == 5


def test_what_cannot_be_logged_is_not_told_and_stays_for_the_next_run(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = Study(problem(), RegularizedEvolution(5), seed=1, store=file).run(trials=7, progress=False)
    assert live.log is not None

    def locked(records: Any) -> None:
        raise StoreLocked("somebody else holds it")

    with monkeypatch.context() as patch:
        patch.setattr(type(live.log), "append", lambda self, records: locked(records))
        with pytest.raises(StoreLocked):
            live.run(trials=5, progress=False)
    assert len(live.trials) == 7
    live.run(trials=13, progress=False)
    assert contents(live) == contents(Study(problem(), RegularizedEvolution(5), seed=1).run(trials=20, progress=False))
    assert contents(live) == contents(Study(problem(), RegularizedEvolution(5), seed=1, store=file))


def test_a_store_that_is_locked_loses_nothing(file: Path) -> None:
    with Store(file, wait=0.1) as store:
        live = Study(problem(), RandomSearch(), seed=1, store=store).run(trials=4, progress=False)
        holder = sqlite3.connect(file, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked, match=f"{file}.*another process holds"):
            live.run(trials=6, progress=False)
        holder.execute("ROLLBACK")
        holder.close()
        live.run(trials=6, progress=False)
    assert contents(live) == contents(Study(problem(), RandomSearch(), seed=1).run(trials=10, progress=False))
    assert contents(live) == contents(Study(problem(), RandomSearch(), seed=1, store=file))


def test_a_store_that_is_corrupt_is_refused_before_anything_is_evaluated(file: Path) -> None:
    file.write_bytes(b"this is no database, but something dear to its owner" * 99)
    before = file.read_bytes()
    with pytest.raises(StoreCorrupt, match=str(file)):
        minimize(lambda value: pytest.fail("it was evaluated"), NET, store=file, progress=False)
    assert file.read_bytes() == before


@dataclass
class Narrowing(RandomSearch):
    """Keeps one kind after five trials."""

    def tell(self, trials: Sequence[Trial]) -> None:
        if trials[-1].number == 4:
            self.space = self.space.restrict("kind", ["b"])


@dataclass
class Widening(RandomSearch):
    """Learns a larger set of parts after five trials."""

    def tell(self, trials: Sequence[Trial]) -> None:
        if trials[-1].number == 4:
            self.space = self.space.extend("parts", "c", "d")


def test_a_strategy_may_leave_the_space_that_it_was_given(file: Path) -> None:
    made = Problem("parts", {"parts": Subset(["a", "b"], 1, 2)}, lambda value: len(value["parts"]))
    whole = Study(made, Widening(), seed=1).run(trials=30, progress=False)
    for trials in (10, 20):
        study = Study(made, Widening(), seed=1, store=file).run(trials=trials, progress=False)
    assert contents(study) == contents(whole)
    assert any("d" in trial.value["parts"] for trial in study.trials)
    assert [told for told, _ in study.notes] == [4]


def test_a_strategy_that_changes_its_space_is_noted_in_the_store(file: Path) -> None:
    for trials in (10, 10):
        study = Study(problem(), Narrowing(), seed=1, store=file).run(trials=trials, progress=False)
    assert {t.program["kind"] for t in study.trials[5:]} == {"b"}
    with Store(file) as store:
        ((told, text),) = store.log("p").notes()
    assert told == 4
    assert "the strategy changed its space to" in text
    assert "'a'" not in text
