"""Racing and what it rests on: exact tails, tests that keep their level, rounds, and the best candidate by its mean."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from statistics import mean, stdev
from typing import Any

import numpy as np
import pytest
from scipy import stats

from inlay.search import CannotAct, Exhaustive, GeneticAlgorithm, Outcome, Problem, RandomSearch, Strategy, Study, Trial
from inlay.search.racing import Racing
from inlay.search.rejection import BernsteinBounds, PairedTTest, Reject, student_tail
from inlay.search.repetitions import Repetitions, best_by_mean
from inlay.spaces import Integer, Real

REJECTIONS: dict[str, Reject] = {"t": PairedTTest(), "Bernstein": BernsteinBounds()}


def noisy(seed: int, deviation: float = 20.0, members: Any = None) -> Problem:
    """The mean loss of a candidate is itself."""
    rng = Random(seed + 1000)  # apart from the random numbers of the study
    return Problem("noisy", members or Integer(0, 99), lambda x: x + rng.gauss(0, deviation), noisy=True)


def never(losses: Any) -> Any:
    """Rejects nobody."""
    return np.zeros(losses.shape[1], dtype=bool)


# --- Rejection -------------------------------------------------------------------------------------


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 10, 29, 100])
def test_the_tail_of_student_is_exact(freedom: int) -> None:
    for t in (-3.0, -0.2, 0.0, 0.5, 1.96, 4.0, 30.0):
        assert student_tail(t, freedom) == pytest.approx(stats.t.sf(t, freedom), abs=1e-12)


def test_the_paired_test_is_that_of_a_library() -> None:
    rng = np.random.default_rng(0)
    losses = rng.normal(size=(8, 4)) + np.array([0.0, 0.4, 1.0, 2.5])
    best = int(losses.mean(axis=0).argmin())
    expected = [
        i != best and stats.ttest_rel(losses[:, i], losses[:, best], alternative="greater").pvalue < 0.05 / 3
        for i in range(4)
    ]
    assert PairedTTest(0.05)(losses).tolist() == expected
    assert 0 < sum(expected) < 3


def test_bernstein_bounds_are_those_of_the_paper() -> None:
    losses = np.array([[0.0, 1.0], [1.0, 1.0]] * 300)
    n, log = 600, np.log(3 * 2 * 600 * 601 / 0.05)
    radius = [np.sqrt(2 * 0.25 * log / n) + 3 * log / n, 3 * log / n]
    assert 1 - radius[1] > 0.5 + radius[0]
    assert BernsteinBounds()(losses).tolist() == [False, True]
    assert BernsteinBounds(width=5.0)(losses).tolist() == [False, False]
    log = np.log(3 * 2 * 100 * 101 / 0.05)
    assert 1 - 3 * log / 100 < 0.5 + np.sqrt(2 * 0.25 * log / 100) + 3 * log / 100
    assert BernsteinBounds()(losses[:100]).tolist() == [False, False]


@pytest.mark.parametrize("name", list(REJECTIONS))
def test_equals_are_rarely_rejected_and_the_worse_often(name: str) -> None:
    """With five equal candidates, the true best is any one: that candidate 0 is rejected happens in at most 5 %."""
    rng = np.random.default_rng(1)
    wrong = sum(bool(REJECTIONS[name](rng.normal(size=(20, 5)))[0]) for _ in range(400))
    apart = np.array([0.0, 1.0])
    right = sum(bool(REJECTIONS[name](rng.normal(size=(2000, 2), scale=0.5) + apart)[1]) for _ in range(50))
    assert wrong <= 0.05 * 400
    assert right == 50


def test_candidates_that_never_differ_and_a_single_round_are_no_error() -> None:
    assert PairedTTest()(np.ones((5, 3))).tolist() == [False] * 3
    assert PairedTTest()(np.array([[1.0, 2.0]])).tolist() == [False, False]
    assert PairedTTest()(np.array([[1.0, 2.0]] * 3)).tolist() == [False, True]


# --- Races -----------------------------------------------------------------------------------------


def winner(study: Study) -> Any:
    """The best candidate by its mean."""
    best = best_by_mean(study.trials)
    assert best is not None
    return best.trial.program


@pytest.mark.parametrize("inner", [RandomSearch, lambda: GeneticAlgorithm(10)])
def test_racing_finds_better_candidates_than_random_search_with_as_many_evaluations(
    inner: Callable[[], Strategy],
) -> None:
    """Where noise is half the range, the least loss of random search is luck; the winner of races is truly good."""
    raced, drawn = [], []
    for seed in range(12):
        study = Study(noisy(seed, 50.0, Real(0, 100)), Racing(inner()), seed=seed)
        raced.append(winner(study.run(trials=400, progress=False)))
        study = Study(noisy(seed, 50.0, Real(0, 100)), RandomSearch(), seed=seed)
        drawn.append(min(study.run(trials=400, progress=False).trials, key=lambda trial: trial.losses).program)
    assert mean(raced) <= 0.5 * mean(drawn)


@pytest.mark.parametrize("seed", range(3))
def test_every_candidate_left_is_evaluated_once_a_round(seed: int) -> None:
    study = Study(noisy(0), Racing(candidates=5, reject=never, rounds=4), seed=seed).run(trials=40, progress=False)
    first, second = study.trials[:20], study.trials[20:]
    assert [trial.origin["round"] for trial in first] == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5
    field = [trial.program for trial in first[:5]]
    assert [trial.program for trial in first] == field * 4
    means = {p: mean(trial.losses[0] for trial in first if trial.program == p) for p in field}
    assert second[4].program == min(field, key=lambda p: means[p]), "the winner joins the next race last"
    assert {trial.origin["race"] for trial in second} == {1}


def test_who_is_proved_worse_leaves_after_the_first_rounds() -> None:
    def half(losses: np.ndarray) -> np.ndarray:
        assert losses.shape[0] >= 3
        return losses.mean(axis=0) > np.median(losses.mean(axis=0))

    strategy = Racing(candidates=8, reject=half, first=3)
    study = Study(noisy(0, deviation=0.1), strategy, seed=0).run(trials=24 + 4 + 2, progress=False)
    sizes = Counter(trial.origin["round"] for trial in study.trials if trial.origin["race"] == 0)
    assert sizes == {0: 8, 1: 8, 2: 8, 3: 4, 4: 2}
    best = sorted({trial.program for trial in study.trials[:8]})[:2]
    assert sorted(trial.program for trial in study.trials[-2:]) == best


def test_who_fails_or_is_infeasible_where_others_are_not_leaves_at_once() -> None:
    def evaluate(x: int) -> Outcome:
        if x == 0:
            return Outcome(error="broken")
        return Outcome({"loss": float(x)}, violations=[float(x == 1)])

    strategy = Racing(Exhaustive(), candidates=4, reject=never, rounds=3)
    study = Study(Problem("few", Integer(0, 3), evaluate, noisy=True), strategy, seed=0)
    study.run(trials=100, progress=False)
    assert Counter(trial.program for trial in study.trials) == {0: 1, 1: 1, 2: 3, 3: 3}
    assert study.stop_reason == "exhausted"


def test_a_race_of_all_members_ends_with_the_best_and_nothing_left_to_propose() -> None:
    study = Study(noisy(3, deviation=2.0, members=Integer(0, 6)), Racing(Exhaustive(), candidates=10), seed=0)
    study.run(trials=1000, progress=False)
    assert study.stop_reason == "exhausted"
    assert len(study.trials) < 7 * 30
    assert winner(study) == 0


def test_an_inner_generation_is_answered_by_means() -> None:
    told: list[Trial] = []

    class Told(RandomSearch):
        def tell(self, trials: Sequence[Trial]) -> None:
            told.extend(trials)

    study = Study(noisy(0), Racing(Told(), candidates=4, reject=never, rounds=5), seed=0)
    study.run(trials=20, progress=False)
    assert len(told) == 4
    for trial in told:
        assert trial.loss == pytest.approx(mean(t.losses[0] for t in study.trials if t.program == trial.program))
    for size in (1, 3, 8):
        inner = GeneticAlgorithm(size, elite=0)
        grown = Study(noisy(0), Racing(inner, candidates=5, rounds=3), seed=0).run(trials=200, progress=False)
        assert len(grown.trials) == 200


def test_what_cannot_be_raced_is_refused() -> None:
    with pytest.raises(CannotAct, match=r"not declared noisy.*RandomSearch would fit"):
        Study(Problem("plain", Integer(0, 9), lambda x: x), Racing())
    two = Problem(
        "two", Integer(0, 9), lambda x: {"a": x, "b": x}, objectives={"a": "minimize", "b": "maximize"}, noisy=True
    )
    with pytest.raises(CannotAct, match=r"2 objectives.*NSGA2 would fit"):
        Study(two, Racing())
    for make in (lambda: Racing(candidates=1), lambda: Racing(first=0), lambda: Racing(first=9, rounds=8)):
        with pytest.raises(ValueError, match="a race needs two candidates, and 1 <= first <= rounds"):
            make()
    for level in (0.0, 1.0):
        with pytest.raises(ValueError, match="between 0 and 1"):
            PairedTTest(level)
        with pytest.raises(ValueError, match="between 0 and 1"):
            BernsteinBounds(level)


# --- The best by its mean --------------------------------------------------------------------------


def told(number: int, key: str, loss: float | None, *violations: float) -> Trial:
    trial = Trial(number, key)
    trial.key, trial.state = key, "failed" if loss is None else "done"
    trial.losses, trial.violations = () if loss is None else (loss,), violations
    return trial


def trials(*pairs: tuple[str, float | None]) -> list[Trial]:
    return [told(number, key, loss) for number, (key, loss) in enumerate(pairs)]


def test_mean_and_standard_error_are_those_of_a_library() -> None:
    rng = Random(0)
    drawn = [rng.gauss(5, 2) for _ in range(17)]
    best = best_by_mean(trials(*[("a", loss) for loss in drawn]))
    assert best is not None
    assert best.mean == pytest.approx(mean(drawn))
    assert best.error == pytest.approx(stdev(drawn) / 17**0.5)
    assert (best.repetitions, best.trial.number) == (17, 0)
    single = best_by_mean(trials(("a", 1.0)))
    assert single is not None
    assert single.error == float("inf")


def definition(given: Sequence[Trial], enough: int) -> Any:
    """The rule as it is stated, calculated afresh."""
    losses: dict[Any, list[float]] = {}
    violations: dict[Any, list[float]] = {}
    for trial in given:
        if trial.state == "done":
            losses.setdefault(trial.key, []).append(trial.losses[0])
            violations.setdefault(trial.key, []).append(trial.violation)
    if not losses:
        return None
    least = min(map(mean, violations.values()))
    rivals = {key: found for key, found in losses.items() if mean(violations[key]) == least}
    needed = min(enough, -(-max(map(len, rivals.values())) // 2))
    return min((mean(found), key) for key, found in rivals.items() if len(found) >= needed)[1]


@pytest.mark.parametrize("seed", range(6))
def test_the_best_one_trial_after_the_other_is_that_of_the_definition(seed: int) -> None:
    rng, repetitions, given = Random(seed), Repetitions(enough=8), []
    for number in range(300):
        key = chr(97 + int(min(rng.random(), rng.random()) * 26))
        trial = told(number, key, None if rng.random() < 0.1 else rng.gauss(ord(key) % 7, 3), float(key < "d"))
        given.append(trial)
        repetitions.learn(trial)
        best = repetitions.best
        assert (None if best is None else best.trial.key) == definition(given, 8)


def test_one_lucky_evaluation_does_not_beat_what_was_measured_often() -> None:
    measured = [("good", loss) for loss in (2.0, 3.0, 2.5, 2.5)]
    best = best_by_mean(trials(*measured, ("lucky", -9.0)))
    assert best is not None
    assert best.trial.key == "good"
    often = best_by_mean(trials(*measured * 25, *[("other", 1.0)] * 30))
    assert often is not None
    assert often.trial.key == "other", "30 repetitions are evidence enough"


def test_where_nothing_is_repeated_it_is_the_least_loss() -> None:
    best = best_by_mean(trials(("a", 3.0), ("b", 1.0), ("c", 2.0), ("d", None)))
    assert best is not None
    assert best.trial.key == "b"
    assert best_by_mean(trials(("a", None))) is None
    assert best_by_mean([]) is None


def test_infinite_losses_count_for_nothing_and_bad_settings_are_refused() -> None:
    best = best_by_mean(trials(("a", float("inf")), ("b", 5.0), ("a", float("-inf"))))
    assert best is not None
    assert best.trial.key == "b"
    with pytest.raises(ValueError, match="at least one evaluation"):
        Repetitions(enough=0)
