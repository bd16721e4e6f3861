"""Evaluating candidates: one, many, and in another process."""

import pickle
import threading
from random import Random
from typing import Any

import pytest

from inlay.search import Evaluator, OutcomeError, Problem, ProcessPool, RandomSearch, Study
from inlay.search.evaluation import Candidate, described, evaluate, evaluate_together
from inlay.spaces import Choice, Integer, Real, program, space


def failing_below(limit: int) -> Problem:
    def evaluate_many(values: list[int]) -> list[float]:
        if min(values) < limit:
            raise ArithmeticError(f"below {limit}")
        return [float(value) for value in values]

    return Problem("many", Integer(0, 9), evaluate_many=evaluate_many)


def test_an_exception_is_a_failed_outcome_that_says_where() -> None:
    result = evaluate(Problem("p", Integer(0, 9), lambda x: 1 / 0), 3)
    assert result.outcome.error.startswith("ZeroDivisionError: division by zero (<lambda>, line ")
    assert not result.breach


def test_an_exception_while_building_names_the_part() -> None:
    problem = Problem("p", {"z": program(complex, real=Choice("x", 2.0), imag=1.0)}, lambda d: 0.0)
    error = evaluate(problem, space({"z": program(complex, real="x", imag=1.0)})).outcome.error
    assert "while building complex(real='x', imag=1.0)" in error


def test_an_error_text_that_no_database_stores_is_escaped() -> None:
    assert described(ValueError("\ud800")).startswith("ValueError: \\ud800")


def test_a_broken_contract_is_a_failure_and_a_breach() -> None:
    result = evaluate(Problem("p", Integer(0, 9), lambda x: {"wrong": 1}), 3)
    assert result.breach == result.outcome.error
    assert "'wrong'" in result.breach


def test_many_together_are_one_call() -> None:
    results = evaluate_together(failing_below(0), [Candidate(3), Candidate(4)])
    assert [result.outcome.objectives["loss"] for result in results] == [3.0, 4.0]


def test_of_many_together_only_the_guilty_ones_fail() -> None:
    results = evaluate_together(failing_below(2), [Candidate(3), Candidate(1), Candidate(4)])
    assert [result.outcome.error.partition(":")[0] for result in results] == ["", "ArithmeticError", ""]


@pytest.mark.parametrize("answer", [None, [1.0], 3.0])
def test_another_number_of_results_is_a_breach(answer: Any) -> None:
    problem = Problem("many", Integer(0, 9), evaluate_many=lambda values: answer)
    results = evaluate_together(problem, [Candidate(3), Candidate(4)])
    assert all("was given 2 values and must return as many results" in result.breach for result in results)


def test_evaluate_many_makes_the_trials_of_evaluate() -> None:
    calls: list[int] = []

    def together(values: list[int]) -> list[float]:
        assert len(set(values)) == len(values), "equal candidates of one batch are evaluated once"
        calls.append(len(values))
        return [float(value) for value in values]

    many = Study(Problem("p", Integer(0, 40), evaluate_many=together), RandomSearch(), seed=1)
    one = Study(Problem("p", Integer(0, 40), float), RandomSearch(), seed=1)
    for study in (many, one):
        study.run(trials=100, progress=False)
    assert [(t.program, t.losses, t.reused) for t in many.trials] == [
        (t.program, t.losses, t.reused) for t in one.trials
    ]
    assert len(calls) <= 13
    assert sum(calls) == len({t.program for t in many.trials})


@pytest.mark.parametrize(
    ("most", "sizes"), [(256, [4, 4, 4, 4, 4, 5, 6, 7, 9, 11, 14, 8]), (6, [4] * 5 + [5] + [6] * 9 + [1])]
)
def test_ever_more_are_evaluated_together_and_never_before_most_is_told(most: int, sizes: list[int]) -> None:
    calls: list[int] = []

    def together(values: list[float]) -> list[float]:
        calls.append(len(values))
        return values

    study = Study(Problem("p", Real(0, 1), evaluate_many=together), RandomSearch(), seed=1)
    study.batch = most
    study.run(trials=80, progress=False)
    assert calls == sizes


def noise(value: float, seed: int) -> float:
    return value + Random(seed).gauss(0, 1)


def test_the_noise_of_a_seeded_problem_is_that_of_the_study_and_the_number() -> None:
    one = Problem("p", Integer(0, 9), noise, noisy=True, seeded=True)
    many = Problem(
        "p", Integer(0, 9), evaluate_many=lambda xs, seed: list(map(noise, xs, seed)), noisy=True, seeded=True
    )
    runs = [
        Study(one, RandomSearch(), seed=1).run(trials=40, progress=False),
        Study(one, RandomSearch(), seed=1).run(trials=40, workers=2, progress=False),
        Study(many, RandomSearch(), seed=1).run(trials=40, progress=False),
    ]
    losses = [[trial.loss for trial in run.trials] for run in runs]
    assert losses[0] == losses[1] == losses[2]
    assert len(set(losses[0])) == 40
    other = Study(one, RandomSearch(), seed=2).run(trials=40, progress=False)
    assert not set(losses[0]) & {trial.loss for trial in other.trials}
    assert one.tried(3, seed=7).objectives == many.tried(3, seed=7).objectives == {"loss": noise(3, 7)}


def test_fidelities_and_seeds_go_together() -> None:
    def objective(value: int, fidelity: float, *, seed: int) -> float:
        assert seed > 0
        return noise(value, seed) / fidelity

    study = Study(
        Problem("p", Integer(0, 9), objective, fidelities=(1, 9), noisy=True, seeded=True), RandomSearch(), seed=1
    )
    assert {trial.state for trial in study.run(trials=9, progress=False).trials} == {"done"}


def test_a_seed_without_noise_is_refused() -> None:
    with pytest.raises(ValueError, match="seeded, but not noisy: give noisy=True"):
        Problem("p", Integer(0, 9), noise, seeded=True)


def test_equal_failures_of_one_batch_are_tried_again() -> None:
    study = Study(failing_below(10), RandomSearch(), seed=1).run(trials=40, progress=False)
    assert {t.state for t in study.trials} == {"failed"}
    assert {t.reused for t in study.trials} == {None}


def test_a_strategy_that_knows_no_fidelity_gets_the_full_one() -> None:
    seen: list[Any] = []
    staged = Problem("p", Integer(0, 99), lambda x, fidelity: seen.append(fidelity) or float(x), fidelities=(1, 10))
    study = Study(staged, RandomSearch(), seed=0).run(trials=5, progress=False)
    assert set(seen) == {10} == {t.fidelity for t in study.trials}
    many = Problem("p", Integer(0, 99), evaluate_many=lambda xs, fs: seen.extend(fs) or xs, fidelities=(1, 10))
    Study(many, RandomSearch(), seed=0).run(trials=5, progress=False)
    assert set(seen) == {10}


def test_heads_are_the_same_object_for_candidate_and_objective() -> None:
    class Local:  # pickled by value: a second copy would not be an instance
        def __init__(self, x: int) -> None:
            self.x = x

    def pick(x: int) -> Any:
        return Local(x)

    heads = {pick: 0, Local: 0}
    problem = Problem(
        "p",
        [program(Local, x=Integer(0, 9)), program(pick, x=Integer(0, 9)), Choice(pick, Local)],
        lambda parts: float(isinstance(parts[0], Local) and isinstance(parts[1], Local) and parts[2] in heads),
    )
    evaluator = Evaluator(problem)
    packed = evaluator.pack([Candidate(problem.members.simplest())])
    for evaluate_packed in (evaluator, pickle.loads(pickle.dumps(evaluator))):
        assert evaluate_packed(packed)[0].outcome.objectives == {"loss": 1.0}
    with ProcessPool(1) as pool:
        assert pool.submit(evaluator, packed).result()[0].outcome.objectives == {"loss": 1.0}


def test_an_objective_that_cannot_be_sent_is_refused_before_the_first_trial() -> None:
    lock = threading.Lock()
    study = Study(Problem("locked", Integer(0, 9), lambda x: lock.locked() + x), RandomSearch(), seed=0)
    with pytest.raises(TypeError, match=r"problem 'locked' cannot be sent to worker processes: .*lock.*run without"):
        study.run(trials=3, workers=2, progress=False)
    assert not study.trials
    assert len(study.run(trials=3, progress=False).trials) == 3


def test_wrong_keys_from_evaluate_many_end_the_run_after_they_are_told() -> None:
    study = Study(Problem("p", Integer(0, 99), evaluate_many=lambda xs: [{"x": 1}] * len(xs)), RandomSearch(), seed=0)
    with pytest.raises(OutcomeError, match=r"returned \['x'\]"):
        study.run(trials=3, progress=False)
    assert {t.state for t in study.trials} == {"failed"}
