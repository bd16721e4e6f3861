"""Mistakes in studies, stores and trials, one line an entry."""
# ruff: noqa: E501 - one line an entry

from __future__ import annotations

from mutant import Mutant

MUTANTS = [
    Mutant("search/study.py", 'random.Random(f"{self.seed} {trial.number}")', 'random.Random(f"{trial.number}")', "tests/test_evaluation.py::test_the_noise_of_a_seeded_problem_is_that_of_the_study_and_the_number"),
    Mutant("search/trials.py", "return a[0] < b[0]", "return a[0] > b[0]", "tests/test_study.py::test_minimize_makes_a_hundred_trials_where_nothing_else_is_said"),
    Mutant("search/trials.py", "if (a.violations or b.violations) and a.violation != b.violation:", "if False:", "tests/test_trials.py::test_infeasible_never_beats_feasible"),
    Mutant("search/study.py", "random.Random(self.seed)", "random.Random()", "tests/test_study.py::test_a_study_without_a_seed_draws_one_and_says_which"),
    Mutant("search/study.py", "self.strategy = copy.deepcopy(strategy)", "self.strategy = strategy", "tests/test_study.py::test_one_configured_strategy_serves_two_studies"),
    Mutant("search/study.py", "stored.seed if seed is None and stored is not None else seed", "seed", "tests/test_resume.py::test_the_seed_is_remembered"),
    Mutant("search/log.py", "study.ask_again(first, wanted)", "pass", "tests/test_resume.py::test_a_study_run_in_pieces_makes_the_trials_of_one_run"),
    Mutant("search/study.py", "twin = None if self.problem.noisy else self._known.get(trial.key)", "twin = None", "tests/test_running.py::test_equal_programs_are_not_evaluated_twice"),
    Mutant("search/study.py", "if problem.noisy and len(problem.objectives) == 1 else None", "if False else None", "tests/test_study.py::test_a_noisy_study_is_judged_by_the_means_of_its_repetitions"),
    Mutant("search/running.py", "if error is not None and len(batch) > 1:", "if False:", "tests/test_running.py::test_a_trial_that_kills_its_worker_fails_alone"),
    Mutant("search/running.py", "self.asked >= self.trials", "self.asked > self.trials", "tests/test_running.py::test_trials_are_spent_exactly"),
    Mutant("search/store_database.py", "connection.commit()", "pass", "tests/test_store.py::test_a_killed_process_loses_nothing_that_it_appended"),
]  # fmt: skip
