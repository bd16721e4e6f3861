"""Studies by hand and by loop: asking, telling, queueing, results, and what is refused."""

import copy
import logging
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from inlay.search import (
    CannotAct,
    Evolution,
    Exhaustive,
    GeneticAlgorithm,
    HillClimb,
    NoSuccess,
    Outcome,
    OutcomeError,
    Problem,
    Proposal,
    RandomSearch,
    RegularizedEvolution,
    Strategy,
    Study,
    Trial,
    Waiting,
    describe_strategy,
    maximize,
    minimize,
)
from inlay.spaces import Choice, Integer, OutsideSpace, Program, Real, Repeat, space

NET = space({"lr": Real(1e-5, 1e-1, log=True), "layers": Repeat(Choice(16, 32, 64), 1, 4)})
GOOD = {"lr": 0.02, "layers": [16]}


def study_of(evaluate: Callable[..., Any] = lambda d: abs(d["lr"] - 0.02), **options: Any) -> Study:
    strategy = options.pop("strategy", RandomSearch())
    return Study(Problem("p", options.pop("space", NET), evaluate, **options), strategy, seed=0)


def programs(study: Study) -> list[Any]:
    return [trial.program for trial in study.trials]


# --- minimize and maximize -------------------------------------------------------------------------


def test_minimize_makes_a_hundred_trials_where_nothing_else_is_said() -> None:
    study = minimize(lambda x: x, Integer(0, 10**6), progress=False)
    assert (len(study.trials), study.stop_reason) == (100, "trials")
    assert study.best.loss == study.best.score == min(t.loss for t in study.trials)


def test_maximize_has_scores_and_their_losses() -> None:
    study = maximize(lambda x: x, Integer(0, 10**6), trials=30, seed=1, progress=False)
    assert study.best.score == max(t.score for t in study.trials) == max(programs(study))
    assert study.best.loss == -study.best.score
    assert study.best.objectives == {"score": study.best.score}


def test_the_default_strategy_chooses_by_itself_and_says_why() -> None:
    study = Study(Problem("p", NET, len))
    assert (study.configured, describe_strategy(study.strategy)) == ("Auto(trials=None, workers=1)",) * 2
    assert study.strategy.reason.startswith("RegularizedEvolution, because ")  # type: ignore[attr-defined]


def test_an_unknown_option_is_refused_before_anything_is_evaluated() -> None:
    calls: list[Any] = []
    with pytest.raises(TypeError, match="trails"):
        minimize(calls.append, NET, trails=10, progress=False)
    assert not calls


def test_a_function_names_its_problem() -> None:
    def cost_of_net(net: Any) -> float:
        return 0.0

    assert minimize(cost_of_net, NET, trials=1, progress=False).problem.name == "cost_of_net"
    assert minimize(lambda net: 0.0, NET, trials=1, progress=False).problem.name == "function"


@pytest.mark.parametrize("seed", ["0", 1.5, True])
def test_a_seed_that_is_no_integer_is_refused(seed: Any) -> None:
    with pytest.raises(TypeError, match=f"seed={seed!r}: a seed is an integer"):
        Study(Problem("p", NET, len), seed=seed)


def test_a_study_without_a_seed_draws_one_and_says_which() -> None:
    study = Study(Problem("p", NET, lambda d: d["lr"])).run(trials=5, progress=False)
    again = Study(study.problem, seed=study.seed).run(trials=5, progress=False)
    assert programs(again) == programs(study)


@pytest.mark.parametrize("wrong", [(NET, RandomSearch()), (Problem("p", NET, len), RandomSearch)])
def test_a_study_takes_a_problem_and_a_strategy(wrong: tuple[Any, Any]) -> None:
    with pytest.raises(TypeError, match="takes a Problem and a Strategy"):
        Study(*wrong)


def test_a_strategy_given_a_space_that_it_cannot_handle_says_why() -> None:
    with pytest.raises(CannotAct, match=r"Exhaustive cannot act on this space, because .* continuous"):
        study_of(strategy=Exhaustive())


def test_a_log_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"log='loud': the levels are .*warning"):
        study_of().run(trials=1, log="loud", progress=False)


@pytest.mark.parametrize("level", ["info", "WARNING", logging.ERROR])
def test_every_told_trial_is_logged_at_the_chosen_level(caplog: pytest.LogCaptureFixture, level: Any) -> None:
    number = level if isinstance(level, int) else getattr(logging, level.upper())
    with caplog.at_level(logging.INFO, logger="inlay"):
        study_of().run(trials=3, log=level, progress=False)
    lines = [record.getMessage() for record in caplog.records if record.levelno == number]
    assert [line[:13] for line in lines[:3]] == ["p: Trial(0, d", "p: Trial(1, d", "p: Trial(2, d"]
    assert "p: stopped after 3 trials: trials" in [record.getMessage() for record in caplog.records]


# --- noise ---------------------------------------------------------------------------------------------


def test_a_noisy_study_is_judged_by_the_means_of_its_repetitions() -> None:
    study = Study(Problem("noisy", Choice("a", "b", "c"), lambda value: 0.0, noisy=True), RandomSearch(), seed=0)
    with pytest.raises(NoSuccess):
        _ = study.best_mean
    for value, loss in (("a", 3.0), ("b", 2.0), ("a", 1.0), ("b", 4.0), ("a", 2.0), ("c", 0.0)):
        study.tell(value, loss=loss)
    found = study.best_mean
    assert (found.trial.value, found.mean, found.repetitions) == ("a", 2.0, 3)
    assert found.error == pytest.approx(1 / math.sqrt(3))
    assert study.best is found.trial is study.trials[0], "one lucky evaluation of c proves nothing"
    with pytest.raises(ValueError, match=r"'p' is not noisy: its best trial is \.best"):
        _ = study_of().best_mean


# --- ask and tell ----------------------------------------------------------------------------------


def test_ask_and_tell_by_hand_make_the_trials_of_a_run() -> None:
    by_hand, run = study_of(strategy=HillClimb()), study_of(strategy=HillClimb()).run(trials=20, progress=False)
    for _ in range(20):
        trial = by_hand.ask()
        assert trial.state == "pending"
        by_hand.tell(trial, abs(trial.value["lr"] - 0.02))
    assert programs(by_hand) == programs(run)
    assert by_hand.best.loss == run.best.loss


def test_many_are_asked_for_at_once_and_told_in_any_order() -> None:
    study = study_of(strategy=RegularizedEvolution(10))
    trials = study.ask(20)
    random.Random(0).shuffle(trials)
    for trial in trials:
        study.tell(trial, loss=trial.value["lr"])
    assert [t.number for t in study.trials] == list(range(20))
    assert study.ask(0) == []


def test_asking_a_strategy_that_awaits_results_says_so() -> None:
    study = study_of(strategy=GeneticAlgorithm(4))
    trials = study.ask(100)
    assert len(trials) == 4
    assert study.ask(1) == []
    with pytest.raises(Waiting, match="study 'p': Evolution has nothing to propose now: it awaits 4 results"):
        study.ask()
    for trial in trials:
        study.tell(trial, 1.0)
    assert study.ask().number == 4


def test_a_trial_is_told_once() -> None:
    study, other = study_of(), study_of()
    trial = study.ask()
    study.tell(trial, 1.0)
    for wrong in (trial, other.ask()):
        with pytest.raises(ValueError, match="trial 0 is not pending in study 'p': it was told already, or"):
            study.tell(wrong, 1.0)
    assert len(study.trials) == 1


@pytest.mark.parametrize("strategy", [RandomSearch(), HillClimb(), RegularizedEvolution(10), GeneticAlgorithm(10)])
def test_a_known_good_program_can_be_told_before_the_first_ask(strategy: Strategy) -> None:
    study = study_of(strategy=strategy)
    told = study.tell(GOOD, loss=-1.0)
    assert (told.number, told.foreign, told.state) == (0, True, "done")
    assert NET.contains(told.program)
    study.run(trials=30, progress=False)
    assert study.best is told
    assert [t.number for t in study.trials] == list(range(31))


def test_a_hill_climb_climbs_from_the_program_it_was_told() -> None:
    study = study_of(strategy=HillClimb())
    told = study.tell(GOOD, loss=0.0)
    children = [trial.program for trial in study.ask(20)]
    assert all(child["lr"] == 0.02 or child["layers"] == told.program["layers"] for child in children)
    assert told.program not in children


def test_a_told_value_outside_the_space_is_refused_with_its_path() -> None:
    study = study_of()
    with pytest.raises(OutsideSpace, match=r"at layers\[1\]: 17 is outside the space"):
        study.tell({"lr": 0.02, "layers": [16, 17]}, loss=1.0)
    assert not study.trials
    assert study.ask().number == 0


def test_telling_other_objectives_than_declared_changes_nothing() -> None:
    study = study_of()
    trial = study.ask()
    with pytest.raises(OutcomeError, match=r"declares the objectives \['loss'\]"):
        study.tell(trial, lost=1.0)
    with pytest.raises(OutcomeError, match="declares the objectives"):
        study.tell(GOOD, lost=1.0)
    assert study.tell(trial, loss=1.0).state == "done"
    assert study.tell(GOOD, loss=2.0).number == 1


def test_nan_is_never_best() -> None:
    study = study_of()
    assert study.tell(GOOD, loss=math.nan).state == "failed"
    with pytest.raises(NoSuccess, match=r"study 'p' has no successful trial: all 1 failed, the first with: .*NaN"):
        _ = study.best
    study.tell(study.ask(), loss=math.inf)
    assert study.best.loss == math.inf
    study.tell(study.ask(), loss=math.nan)
    assert study.best.loss == math.inf
    assert study.tell(study.ask(), loss=1e300) is study.best


def test_a_study_without_trials_says_that_none_was_told() -> None:
    with pytest.raises(NoSuccess, match="none was told yet"):
        _ = study_of().best
    assert repr(study_of()) == "Study('p', 0 trials, no success yet)"


def test_infeasible_is_never_best_while_anything_is_feasible() -> None:
    study = study_of()
    worse = study.tell(study.ask(), loss=5, violations=[2.0])
    better = study.tell(study.ask(), loss=9, violations=[1.0])
    assert study.best is better is not worse
    feasible = study.tell(study.ask(), loss=100, violations=[0.0])
    study.tell(study.ask(), loss=-100, violations=[1e-9])
    assert study.best is feasible


def test_objectives_may_be_called_like_what_else_is_told() -> None:
    study = study_of(objectives={"cost": "minimize", "error": "minimize"})
    trial = study.tell(study.ask(), cost=7, error=0.25, violations=[1])
    assert (trial.objectives, trial.cost, trial.violations) == ({"cost": 7.0, "error": 0.25}, 1.0, (1.0,))
    for trial in study.propose(1):
        trial.report(cost=3, error=0.5)
    assert study.trials[-1].losses == (3.0, 0.5)


# --- loops -----------------------------------------------------------------------------------------


def test_a_loop_by_hand_makes_the_trials_of_a_run() -> None:
    study = study_of(strategy=HillClimb())
    for trial in study.propose(20):
        trial.report(abs(trial.value["lr"] - 0.02))
    assert study.stop_reason == "trials"
    assert programs(study) == programs(study_of(strategy=HillClimb()).run(trials=20, progress=False))


def test_a_loop_that_breaks_leaves_its_trial_to_the_next() -> None:
    study = study_of(strategy=GeneticAlgorithm(5))
    for trial in study.propose(20):
        if trial.number == 7:
            break
        trial.report(loss=1.0)
    assert len(study.trials) == 7
    for trial in study.propose(13):
        trial.report(loss=1.0)
    assert [t.number for t in study.trials] == list(range(20))


def test_a_trial_that_is_reported_after_the_loop_broke_is_not_tried_again() -> None:
    study = study_of()
    loop = study.propose(20)
    trial = next(loop)
    loop.close()
    trial.report(loss=1.0)
    study.run(trials=5, progress=False)
    assert [t.number for t in study.trials] == list(range(6))


def test_a_trial_that_the_loop_passes_over_has_failed() -> None:
    study = study_of()
    for trial in study.propose(4):
        if trial.number % 2:
            trial.report(loss=1.0)
    assert [t.state for t in study.trials] == ["failed", "done", "failed", "done"]
    assert "went on without a report" in study.trials[0].error


def test_a_wrong_report_can_be_put_right() -> None:
    study = study_of()
    for trial in study.propose(1):
        with pytest.raises(OutcomeError, match=r"returned \['lost'\]"):
            trial.report(lost=1.0)
        trial.report(loss=1.0)
    assert [t.state for t in study.trials] == ["done"]


def test_reports_carry_violations_cost_and_feedback() -> None:
    study = study_of()
    for trial in study.propose(1):
        trial.report(loss=1.0, violations=[0.5], cost=3, feedback="closer")
    trial = study.trials[0]
    assert (trial.violations, trial.cost, trial.feedback, trial.violation) == ((0.5,), 3.0, "closer", 0.5)
    for trial in study.propose(1):
        trial.report(error="out of memory")
    assert (study.trials[1].state, study.trials[1].error) == ("failed", "out of memory")


def test_a_loop_need_not_evaluate_an_equal_candidate_again() -> None:
    study = study_of(space=Choice(1, 2, 3))
    evaluated = []
    for trial in study.propose(50):
        if trial.reused is None:
            evaluated.append(trial.value)
            trial.report(loss=trial.value)
    assert sorted(evaluated) == [1, 2, 3]
    assert [trial.losses for trial in study.trials] == [(float(trial.value),) for trial in study.trials]
    assert len(study.trials) == 50
    assert {trial.state for trial in study.trials} == {"done"}
    reused = [trial for trial in study.trials if trial.reused is not None]
    assert len(reused) == 47
    assert all(study.trials[trial.reused].program == trial.program for trial in reused)


def test_a_loop_may_evaluate_an_equal_candidate_again() -> None:
    study = study_of(space=Choice(1, 2, 3))
    for count, trial in enumerate(study.propose(50)):
        trial.report(loss=count)
    assert [trial.losses for trial in study.trials] == [(float(count),) for count in range(50)]
    assert {trial.reused for trial in study.trials} == {None}


def test_a_loop_over_an_exhausted_strategy_ends() -> None:
    study = study_of(space=Choice(1, 2, 3), strategy=Exhaustive())
    for trial in study.propose(50):
        trial.report(loss=trial.value)
    assert (len(study.trials), study.stop_reason) == (3, "exhausted")


# --- queues ----------------------------------------------------------------------------------------


def test_queued_members_are_evaluated_first() -> None:
    study = study_of(strategy=GeneticAlgorithm(5))
    study.enqueue(GOOD, {"lr": 0.05, "layers": [64, 64]})
    study.run(trials=12, progress=False)
    assert study.trials[0].value == GOOD
    assert study.trials[1].value == {"lr": 0.05, "layers": [64, 64]}
    assert [t.foreign for t in study.trials] == [True] * 2 + [False] * 10
    assert study.best is study.trials[0]


def test_of_a_queue_with_a_non_member_nothing_is_queued() -> None:
    study = study_of()
    with pytest.raises(OutsideSpace, match=r"at lr: 5\.0 is outside"):
        study.enqueue(GOOD, {"lr": 5.0, "layers": [16]})
    assert not study.run(trials=1, progress=False).trials[0].foreign


def test_a_queued_member_with_a_known_outcome_is_left_out() -> None:
    study = study_of()
    study.tell(GOOD, loss=0.0)
    study.enqueue(GOOD)
    assert not study.ask().foreign
    noisy = study_of(noisy=True)
    noisy.tell(GOOD, loss=0.0)
    noisy.enqueue(GOOD)
    assert noisy.ask().foreign


# --- strategies ------------------------------------------------------------------------------------


def test_one_configured_strategy_serves_two_studies() -> None:
    strategy = GeneticAlgorithm(10)
    before = copy.deepcopy(vars(strategy))
    first, second = (study_of(strategy=strategy) for _ in range(2))
    first.run(trials=25, progress=False)
    second.run(trials=25, progress=False)
    assert programs(first) == programs(second)
    assert vars(strategy) == before


def test_a_cheaper_fidelity_counts_neither_as_best_nor_as_equal() -> None:
    @dataclass
    class Rungs(Strategy):
        def start(self, space: Any, rng: Any, objectives: Any) -> None:
            self.plan = [Proposal(3, fidelity=1), Proposal(3, fidelity=10), Proposal(3), Proposal(3, fidelity=1)]

        def ask(self, n: int) -> Sequence[Proposal]:
            asked, self.plan = self.plan[:n], self.plan[n:]
            return asked

        def tell(self, trials: Sequence[Trial]) -> None:
            pass

    study = study_of(lambda x, fidelity: -1 / fidelity, space=Integer(0, 9), strategy=Rungs(), fidelities=(1, 10))
    study.run(trials=9, progress=False)
    assert [(t.fidelity, t.losses, t.reused) for t in study.trials] == [
        (1, (-1.0,), None),
        (10, (-0.1,), None),
        (10, (-0.1,), 1),
        (1, (-1.0,), 0),
    ]
    assert study.best is study.trials[1]


def test_a_fidelity_means_nothing_to_a_problem_without_any() -> None:
    class Staged(RandomSearch):
        def ask(self, n: int) -> Any:
            return [Proposal(p.value, fidelity=3) for p in super().ask(n)]

    study = study_of(strategy=Staged()).run(trials=3, progress=False)
    assert {t.fidelity for t in study.trials} == {None}
    assert study.best


def test_a_strategy_may_change_its_space_in_mid_search() -> None:
    @dataclass
    class Narrowing(RandomSearch):
        def tell(self, trials: Sequence[Trial]) -> None:
            if trials[-1].number == 4:
                self.space = self.space.restrict("layers[*]", [16])

    study = study_of(strategy=Narrowing()).run(trials=20, progress=False)
    assert {width for t in study.trials[5:] for width in t.value["layers"]} == {16}


@pytest.mark.parametrize(
    ("strategy", "text"),
    [
        (RandomSearch(), "RandomSearch()"),
        (HillClimb(patience=7), "HillClimb(patience=7)"),
        (
            GeneticAlgorithm(10),
            "Evolution(population=10, select=Tournament(size=3), vary=CrossAndMutate(crossover=0.7, mutation=0.5, "
            "cross=UniformCrossover(), times=1), keep=Elitist(elite=1), brood=9, retries=None)",
        ),
        ([RandomSearch(), len, {"a": 1.5}], "[RandomSearch(), len, {'a': 1.5}]"),
    ],
)
def test_the_description_of_a_strategy_is_its_configuration(strategy: Any, text: str) -> None:
    assert describe_strategy(strategy) == text


def test_a_strategy_that_is_no_dataclass_is_described_without_its_address() -> None:
    class Mine(Strategy):
        def start(self, space: Any, rng: Any, objectives: Any) -> None: ...

        def ask(self, n: int) -> Sequence[Proposal]:
            return []

        def tell(self, trials: Sequence[Trial]) -> None: ...

    assert describe_strategy(Mine()) == "Mine()"
    assert study_of(strategy=Mine()).run(trials=3, progress=False).stop_reason == "exhausted"


def test_trials_remember_where_they_came_from() -> None:
    study = study_of(strategy=GeneticAlgorithm(5)).run(trials=14, progress=False)
    assert [t.origin for t in study.trials] == [0] * 5 + [1] * 4 + [2] * 4 + [3]


def test_an_outcome_is_taken_as_it_is() -> None:
    study = study_of(lambda d: Outcome({"loss": 1.0}, feedback="fine"))
    assert study.run(trials=1, progress=False).trials[0].feedback == "fine"


def test_studies_of_evolution_hold_only_programs(recwarn: pytest.WarningsRecorder) -> None:
    study = study_of(strategy=RegularizedEvolution(5)).run(trials=40, progress=False)
    assert isinstance(study.strategy, Evolution)
    assert all(type(t.program) is Program for t in study.trials)
    assert not recwarn.list
