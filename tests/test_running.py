"""Runs: budgets, failures, workers of every kind, and what is left for the next run."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from inlay.search import (
    Exhaustive,
    GeneticAlgorithm,
    Outcome,
    OutcomeError,
    Problem,
    ProcessPool,
    Proposal,
    RandomSearch,
    RegularizedEvolution,
    Strategy,
    Study,
    Trial,
    minimize,
)
from inlay.search.running import Budget
from inlay.spaces import Choice, Integer, Real


def study_of(evaluate: Callable[..., Any] = float, space: Any = None, **options: Any) -> Study:
    strategy = options.pop("strategy", RandomSearch())
    space = Integer(0, 10**6) if space is None else space
    return Study(Problem("p", space, evaluate, **options), strategy, seed=0)


def outcomes(study: Study) -> list[Any]:
    return [(t.number, t.program, t.losses, t.state, t.reused) for t in study.trials]


# --- Budgets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [None, 2])
def test_trials_are_spent_exactly(workers: int | None) -> None:
    study = study_of()
    for n in (0, 1, 7):
        before = len(study.trials)
        study.run(trials=n, workers=workers, progress=False)
        assert (len(study.trials) - before, study.stop_reason) == (n, "trials")


def test_no_trial_begins_once_the_seconds_are_spent() -> None:
    study = study_of(lambda x: time.sleep(0.02) or float(x))
    assert study.run(seconds=0.1, progress=False).stop_reason == "seconds"
    assert 1 <= len(study.trials) <= 6
    assert study.run(seconds=0, progress=False).stop_reason == "seconds"
    assert len(study.trials) <= 6


@pytest.mark.parametrize("workers", [None, 2])
def test_no_trial_begins_once_the_cost_is_spent(workers: int | None) -> None:
    study = study_of(lambda x: Outcome({"loss": x}, cost=2.5))
    assert study.run(cost=10, workers=workers, progress=False).stop_reason == "cost"
    # four spend it; workers that had begun finish their batch
    assert len(study.trials) == 4 or (workers and len(study.trials) >= 4)
    assert sum(t.cost for t in study.trials) == 2.5 * len(study.trials)


def test_a_target_stops_at_the_first_trial_that_is_as_good() -> None:
    study = study_of(space=Integer(0, 9)).run(trials=1000, target=2, progress=False)
    assert study.stop_reason == "target"
    assert [t.losses[0] <= 2 for t in study.trials] == [False] * (len(study.trials) - 1) + [True]


def test_a_target_of_a_maximised_objective_is_reached_from_below() -> None:
    study = study_of(space=Integer(0, 9), objectives={"score": "maximize"}).run(trials=1000, target=7, progress=False)
    assert study.stop_reason == "target"
    assert study.best.score >= 7
    assert all(t.score < 7 for t in study.trials[:-1])


def test_an_infeasible_trial_reaches_no_target() -> None:
    study = study_of(lambda x: Outcome({"loss": -1.0}, violations=[1.0]))
    assert study.run(trials=5, target=0, progress=False).stop_reason == "trials"


def test_a_cheap_fidelity_reaches_no_target() -> None:
    class Cheap(RandomSearch):
        def ask(self, n: int) -> Any:
            return [Proposal(p.value, fidelity=1) for p in super().ask(n)]

    study = study_of(lambda x, fidelity: 0.0, strategy=Cheap(), fidelities=(1, 10)).run(
        trials=5, target=0, progress=False
    )
    assert study.stop_reason == "trials"
    assert not study.pareto


def test_every_iteration_spends_something() -> None:
    for budget in ({"trials": 100}, {"cost": 100}):
        study = study_of(len, Choice("a", "bb", "ccc"))
        assert study.run(**budget, progress=False).stop_reason == next(iter(budget))
        assert len(study.trials) == 100
    assert study_of(len, Choice("a", "bb", "ccc")).run(seconds=0.05, progress=False).stop_reason == "seconds"


def test_a_strategy_that_proposes_nothing_exhausts_the_run() -> None:
    study = study_of(space=Choice(1, 2, 3), strategy=Exhaustive()).run(trials=100, progress=False)
    assert (len(study.trials), study.stop_reason) == (3, "exhausted")
    assert study.run(trials=1, workers=2, progress=False).stop_reason == "exhausted"


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        ({}, "say when to stop: give trials=, seconds=, cost= or target="),
        ({"trials": -1}, "trials=-1: a budget cannot be negative"),
        ({"seconds": float("nan")}, "seconds=nan"),
        ({"cost": -0.5}, "cost=-0.5"),
        ({"target": float("nan")}, "target=nan"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(limits: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        study_of().run(**limits, progress=False)
    with pytest.raises(TypeError, match=r"trials=1\.5: a number of trials is an integer"):
        Budget(trials=1.5)  # type: ignore[arg-type]


def test_the_first_limit_that_is_reached_gives_the_reason() -> None:
    study = study_of()
    assert study.run(trials=3, cost=5, seconds=60, progress=False).stop_reason == "trials"
    assert study.run(trials=5, cost=3, seconds=60, progress=False).stop_reason == "cost"


# --- Equal candidates ------------------------------------------------------------------------------


def counted(calls: Counter[Any]) -> Callable[[Any], float]:
    def evaluate(x: Any) -> float:
        calls[x] += 1
        time.sleep(0.001)
        return float(x)

    return evaluate


@pytest.mark.parametrize("workers", [1, 4])
def test_equal_programs_are_not_evaluated_twice(workers: int) -> None:
    calls: Counter[Any] = Counter()
    study = study_of(counted(calls), Integer(0, 5))
    with ThreadPoolExecutor(workers) as executor:
        study.run(trials=60, workers=executor if workers > 1 else None, progress=False)
    assert set(calls.values()) == {1}
    first = {t.program: t.number for t in reversed(study.trials)}
    assert all(t.reused == (None if first[t.program] == t.number else first[t.program]) for t in study.trials)
    assert all(t.losses == (float(t.program),) for t in study.trials)


@pytest.mark.parametrize("workers", [1, 4])
def test_a_noisy_problem_is_evaluated_every_time(workers: int) -> None:
    calls: Counter[Any] = Counter()
    study = study_of(counted(calls), Integer(0, 5), noisy=True)
    with ThreadPoolExecutor(workers) as executor:
        study.run(trials=60, workers=executor if workers > 1 else None, progress=False)
    assert calls.total() == 60
    assert {t.reused for t in study.trials} == {None}


@pytest.mark.parametrize("workers", [1, 4])
def test_a_failed_program_is_tried_again_and_its_success_then_shared(workers: int) -> None:
    calls: Counter[Any] = Counter()

    def flaky(x: int) -> float:
        calls[x] += 1
        time.sleep(0.005)
        if calls[x] == 1:
            raise ConnectionError("try again")
        return float(x)

    study = study_of(flaky, Integer(0, 2))
    with ThreadPoolExecutor(workers) as executor:
        study.run(trials=30, workers=executor if workers > 1 else None, progress=False)
    assert set(calls.values()) == {2}
    assert Counter(t.state for t in study.trials) == {"failed": 3, "done": 27}


# --- Failures --------------------------------------------------------------------------------------


def misbehaving(x: int) -> Any:
    match x % 5:
        case 0:
            raise ValueError("no multiples of five")
        case 1:
            return float("nan")
        case 2:
            return Outcome(error="refused", feedback={"hint": "try an odd number"}, cost=3)
    return float(x)


@pytest.mark.parametrize("workers", [None, 2])
def test_failures_and_nan_are_told_and_the_study_goes_on(workers: int | None) -> None:
    study = study_of(misbehaving, Integer(0, 40)).run(trials=60, workers=workers, progress=False)
    assert len(study.trials) == 60
    for trial in study.trials:
        assert trial.state == ("failed" if trial.program % 5 < 3 else "done")
        assert (trial.losses == ()) == (trial.state == "failed") == bool(trial.error)
    errors = {t.program % 5: t.error for t in study.trials}
    assert "no multiples of five" in errors[0]
    assert "NaN" in errors[1]
    assert errors[2] == "refused"
    refused = next(t for t in study.trials if t.program % 5 == 2)
    assert (refused.feedback, refused.cost) == ({"hint": "try an odd number"}, 3)
    assert study.best.loss == min(t.losses[0] for t in study.trials if t.state == "done")


@pytest.mark.parametrize("workers", [None, 2])
def test_wrong_keys_are_told_as_a_failure_and_then_raised(workers: int | None) -> None:
    study = study_of(lambda x: {"lost": 1.0})
    with pytest.raises(OutcomeError, match=r"objectives \['loss'\], but its objective returned \['lost'\]"):
        study.run(trials=5, workers=workers, progress=False)
    assert study.trials[0].state == "failed"
    assert "lost" in study.trials[0].error


@pytest.mark.parametrize("answer", ["good", None, [1, 2]])
def test_an_answer_that_is_no_number_is_told_as_a_failure_and_then_raised(answer: Any) -> None:
    study = study_of(lambda x: answer)
    with pytest.raises(OutcomeError, match="'loss' must be a number"):
        study.run(trials=5, progress=False)
    assert [t.state for t in study.trials] == ["failed"]


def test_a_trial_past_its_timeout_fails_alone() -> None:
    study = study_of(lambda x: time.sleep(60 if x == 3 else 0) or float(x), Integer(0, 9), strategy=Exhaustive())
    study.run(trials=10, timeout=0.5, workers=2, progress=False)
    assert [t.state for t in study.trials] == ["done"] * 3 + ["failed"] + ["done"] * 6
    assert "timeout of 0.5 s" in study.trials[3].error


def test_a_timeout_without_workers_starts_a_process() -> None:
    study = study_of(lambda x: float(os.getpid())).run(trials=2, timeout=30, progress=False)
    assert all(t.losses != (float(os.getpid()),) for t in study.trials)


@pytest.mark.parametrize("deadly", [lambda: os._exit(3), lambda: os.kill(os.getpid(), signal.SIGKILL)])
def test_a_trial_that_kills_its_worker_fails_alone(deadly: Callable[[], None]) -> None:
    study = study_of(lambda x: deadly() if x == 13 else float(x), Integer(0, 29), strategy=Exhaustive())
    study.run(trials=30, workers=2, progress=False)
    assert [t.number for t in study.trials if t.state == "failed"] == [13]
    assert "died" in study.trials[13].error
    assert len(study.trials) == 30


def test_failures_do_not_make_batches_grow() -> None:
    study = study_of(lambda x: os._exit(1), Integer(0, 99)).run(trials=6, workers=1, progress=False)
    assert {t.state for t in study.trials} == {"failed"}


def test_feedback_violations_and_cost_travel_with_the_outcome() -> None:
    def evaluate(x: int) -> Outcome:
        return Outcome({"loss": x}, violations=[x - 5, -1], cost=0.5, feedback={"seen": [x]})

    study = study_of(evaluate, Integer(0, 9)).run(trials=30, workers=2, progress=False)
    for trial in study.trials:
        assert (trial.violations, trial.cost, trial.feedback) == (
            (trial.program - 5, -1),
            0.5,
            {"seen": [trial.program]},
        )
        assert trial.violation == max(0, trial.program - 5)


# --- Interruptions ---------------------------------------------------------------------------------


def interrupting(at: int) -> Callable[[Any], float]:
    calls = iter(range(10**6))

    def evaluate(x: Any) -> float:
        if next(calls) == at:
            raise KeyboardInterrupt
        return float(x)

    return evaluate


@pytest.mark.parametrize("strategy", [RandomSearch(), RegularizedEvolution(10), GeneticAlgorithm(10)])
def test_an_interrupted_run_goes_on_with_the_trial_that_was_interrupted(strategy: Strategy) -> None:
    study = study_of(interrupting(at=14), strategy=strategy)
    with pytest.raises(KeyboardInterrupt):
        study.run(trials=60, progress=False)
    assert study.stop_reason == "interrupted"
    study.run(trials=60 - len(study.trials), progress=False)
    assert study.stop_reason == "trials"
    assert outcomes(study) == outcomes(study_of(strategy=strategy).run(trials=60, progress=False))


@pytest.mark.parametrize("place", ["callback", "strategy"])
def test_an_error_outside_the_objective_tells_no_trial_twice(place: str) -> None:
    class Faulty(RandomSearch):
        def tell(self, trials: Any) -> None:
            if trials[0].number == 3 and place == "strategy":
                raise RuntimeError("in the strategy")

    def callback(study: Study, trial: Trial) -> None:
        if trial.number == 3 and place == "callback":
            raise RuntimeError("in the callback")

    study = study_of(strategy=Faulty())
    with pytest.raises(RuntimeError, match=f"in the {place}"):
        study.run(trials=10, callbacks=[callback], progress=False)
    study.run(trials=6, callbacks=[callback], progress=False)
    assert [t.number for t in study.trials] == list(range(10))


def test_what_a_run_leaves_the_next_one_begins_with() -> None:
    release = threading.Event()
    study = study_of(lambda x: float(release.wait(30) and x), Integer(0, 9), strategy=Exhaustive())
    with ThreadPoolExecutor(3) as executor:
        assert study.run(trials=5, seconds=0.2, workers=executor, progress=False).stop_reason == "seconds"
        release.set()
    assert not study.trials
    assert study.run(trials=10, progress=False).stop_reason == "trials"
    assert [t.program for t in study.trials] == list(range(10))


def test_a_hanging_worker_does_not_hold_up_the_seconds() -> None:
    study = study_of(lambda x: time.sleep(120 if x == 1 else 0) or float(x), Integer(0, 3), strategy=Exhaustive())
    start = time.monotonic()
    study.run(trials=4, seconds=1.5, workers=2, progress=False)
    assert time.monotonic() - start < 60
    assert study.stop_reason == "seconds"
    assert 1 not in {t.program for t in study.trials}
    assert 1 in {trial.program for trial in study.ask(4)}


# --- Executors -------------------------------------------------------------------------------------


class Ten(Integer):
    """A space whose class only this module knows."""


def test_lambdas_and_closures_work_in_worker_processes() -> None:
    offset = 100
    study = study_of(lambda x: x + offset, Ten(0, 9)).run(trials=20, workers=2, progress=False)
    assert all(t.losses == (t.program + 100.0,) for t in study.trials)


SCRIPT = """
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from inlay.search import Problem, RandomSearch, Study
from inlay.spaces import Choice, Integer, program, symbolic

@dataclass
class Layer:
    width: int

@symbolic
class Net:
    def __init__(self, layers, kind):
        self.layers, self.kind = layers, kind

class Kind: pass

def objective(net):
    assert os.getpid() != driver
    assert type(net.layers[0]) is Layer and net.kind is Kind and isinstance(net, Net)
    return net.layers[0].width

driver = os.getpid()
problem = Problem("net", Net([Layer(Integer(0, 99))], Kind), objective)
study = Study(problem, RandomSearch(), seed=0).run(trials=8, workers=2, progress=False)
print([t.losses == (t.program["layers[0].width"],) for t in study.trials], [t.error for t in study.trials if t.error])
"""


def test_a_script_without_main_guard_uses_its_own_classes_in_workers(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    answer = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert (answer.stdout.strip(), answer.stderr) == (f"{[True] * 8} []", "")


def test_any_executor_serves() -> None:
    expected = outcomes(study_of().run(trials=20, progress=False))
    with ThreadPoolExecutor(2) as threads, ProcessPool(2) as pool:
        for executor in (threads, pool):
            assert outcomes(study_of().run(trials=20, workers=executor, progress=False)) == expected


def test_the_standard_process_pool_serves_lambdas_too() -> None:
    import multiprocessing

    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        study = study_of(lambda x: x + 0.5).run(trials=10, workers=executor, progress=False)
    assert all(t.losses == (t.program + 0.5,) for t in study.trials)


def test_an_executor_that_breaks_loses_no_trial() -> None:
    import multiprocessing

    study = study_of(lambda x: os._exit(1) if x == 3 else float(x), Integer(0, 9), strategy=Exhaustive())
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as executor, pytest.raises(RuntimeError, match="workers=n survives"):
        study.run(trials=10, workers=executor, progress=False)
    study.run(trials=10, workers=2, progress=False)
    assert [t.program for t in study.trials] == list(range(10))
    assert [t.program for t in study.trials if t.state == "failed"] == [3]


def test_a_timeout_with_an_executor_is_refused() -> None:
    with ThreadPoolExecutor(1) as executor, pytest.raises(ValueError, match="give workers=n instead of an executor"):
        study_of().run(trials=1, workers=executor, timeout=1, progress=False)


def test_no_workers_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one worker"):
        study_of().run(trials=1, workers=0, progress=False)


class Backwards(Executor):
    """Answers nothing until several tasks wait, then the last one first."""

    _max_workers = 4

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, lambda: function(*args, **kwargs)))
        if len(self.waiting) == self._max_workers:
            threading.Timer(0.001, self.drain).start()
        return future

    def drain(self) -> None:
        waiting, self.waiting = self.waiting, []
        for future, call in reversed(waiting):
            future.set_result(call())


def test_results_that_arrive_backwards_are_kept_in_order() -> None:
    study = study_of(lambda x: time.sleep(0.05) or float(x))
    study.run(trials=16, workers=Backwards(), progress=False)
    assert outcomes(study) == outcomes(study_of().run(trials=16, progress=False))


def test_short_trials_travel_in_batches() -> None:
    tasks = 0

    class Counting(ThreadPoolExecutor):
        def submit(self, *args: Any, **kwargs: Any) -> Any:
            nonlocal tasks
            tasks += 1
            return super().submit(*args, **kwargs)

    with Counting(2) as executor:
        study_of().run(trials=500, workers=executor, progress=False)
    assert tasks < 100


def test_a_callback_stops_the_run_and_the_next_one_goes_on() -> None:
    def at_five(study: Study, trial: Trial) -> None:
        if trial.number == 4:
            study.stop()

    for workers in (None, 2):
        study = study_of().run(trials=1000, callbacks=[at_five], workers=workers, progress=False)
        assert study.stop_reason == "stopped"
        assert 5 <= len(study.trials) < 1000
        assert len(study.run(trials=1000 - len(study.trials), workers=workers, progress=False).trials) == 1000
        assert [t.number for t in study.trials] == list(range(1000))


def test_callbacks_see_every_told_trial_in_turn() -> None:
    seen: list[int] = []
    study = study_of(space=Integer(0, 3))
    study.run(trials=10, callbacks=[lambda s, t: seen.append((s is study) * t.number)], progress=False)
    assert seen == list(range(10))


def test_the_collector_looks_rarely_while_batches_run_and_is_left_as_it_was() -> None:
    seen: list[int] = []

    def many(values: list[float]) -> list[float]:
        seen.append(gc.get_threshold()[0])
        return values

    before = gc.get_threshold()
    Study(Problem("many", Real(0, 1), evaluate_many=many), RandomSearch()).run(trials=2, progress=False)
    assert seen[0] >= 50_000
    assert gc.get_threshold() == before
    gc.set_threshold(0)
    try:
        Study(Problem("many", Real(0, 1), evaluate_many=many), RandomSearch()).run(trials=2, progress=False)
    finally:
        gc.set_threshold(*before)
    assert seen[-1] == 0, "a collector that is off stays off"


def test_evaluate_many_serves_on_workers_too() -> None:
    problem = Problem("many", Real(0, 1), evaluate_many=lambda values: [2 * value for value in values])
    study = Study(problem, RandomSearch(), seed=0).run(trials=300, workers=2, progress=False)
    assert all(t.losses == (2 * t.program,) for t in study.trials)
    assert len(study.trials) == 300


def test_minimize_takes_what_a_run_takes() -> None:
    study = minimize(lambda x: (x - 3) ** 2, Integer(0, 9), trials=50, target=0, workers=2, timeout=30, progress=False)
    assert (study.best.program, study.stop_reason) == (3, "target")


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = {thread.name for thread in threading.enumerate()}
    yield
    for thread in threading.enumerate():
        if thread.name == "ProcessPool" and thread.name not in before:
            thread.join(10)
            assert not thread.is_alive()
