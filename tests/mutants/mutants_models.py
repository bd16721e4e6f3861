"""Mistakes in strategies that model the objective, one line an entry."""
# ruff: noqa: E501 - one line an entry

from __future__ import annotations

from mutant import Mutant

MUTANTS = [
    Mutant("search/acquisition.py", "score = gain / spread", "score = gain", "tests/test_model_based.py::test_expected_improvement_is_its_formula_and_what_draws_give"),
    Mutant("search/acquisition.py", "gain = best - self.margin - mean", "gain = best + self.margin - mean", "tests/test_model_based.py::test_a_margin_asks_for_more_and_a_bound_rewards_doubt"),
    Mutant("search/acquisition.py", "self.width * deviation - mean", "-self.width * deviation - mean", "tests/test_model_based.py::test_a_margin_asks_for_more_and_a_bound_rewards_doubt"),
    Mutant("search/surrogates.py", "votes.mean(axis=0), votes.std(axis=0)", "votes.mean(axis=0), 0 * votes.std(axis=0)", "tests/test_model_based.py::test_a_surrogate_predicts_what_it_has_not_seen_and_doubts_what_is_far"),
    Mutant("search/surrogates.py", 'best = np.argsort(targets, kind="stable")[: most // 2]', 'best = np.argsort(-targets, kind="stable")[: most // 2]', "tests/test_model_based.py::test_the_kept_rows_are_the_best_and_the_latest"),
    Mutant("search/model_based.py", "int(np.argmax(self.acquire(", "int(np.argmin(self.acquire(", "tests/test_model_based.py::test_it_learns_on_a_conditional_space_in_few_trials"),
    Mutant("search/model_based.py", "[value for key, value in pool.items() if key not in self.seen] or list(pool.values())", "list(pool.values())", "tests/test_model_based.py::test_no_candidate_is_proposed_twice_while_there_are_others"),
    Mutant("search/model_based.py", "if len(self.told) <= self.memory:", "if True:", "tests/test_model_based.py::test_memory_and_refits_are_bounded"),
    Mutant("search/model_based.py", "return enough and len(self.told) >= self.fitted_at * (1 + self.refit) + 1", "return enough", "tests/test_model_based.py::test_memory_and_refits_are_bounded"),
    Mutant("search/optuna_sampler.py", "self.numbers.setdefault(hole, len(self.numbers))", "self.numbers.setdefault(hole, id(hole))", "tests/test_optuna_sampler.py::test_decisions_have_the_same_names_in_every_run"),
    Mutant("search/optuna_sampler.py", "flat = flat[(left > 0) & (left < len(flat) - np.arange(len(flat)))]", "pass", "tests/test_optuna_sampler.py::test_a_foreign_trial_is_entered_with_the_decisions_that_make_it"),
    Mutant("search/optuna_sampler.py", "return [worst + 1 + abs(worst) + min(trial.violation, 1e300) for worst in self.worst]", "return finite", "tests/test_optuna_sampler.py::test_a_violation_is_told_as_worse_than_all_that_is_feasible"),
    Mutant("search/optuna_sampler.py", "except Unsatisfied:\n                self.study.tell(trial, state=_failed())", "except Unsatisfied:\n                pass", "tests/test_optuna_sampler.py::test_refused_fillings_count_as_failed_and_the_search_goes_on"),
]  # fmt: skip
