"""Mistakes in comparing strategies, one line an entry."""
# ruff: noqa: E501 - one line an entry

from __future__ import annotations

from mutant import Mutant

MUTANTS = [
    Mutant("search/comparison_result.py", "return sorted(finals)[(len(finals) - 1) // 2]", "return sorted(finals)[0]", "tests/test_comparison.py::test_times_and_scores_on_a_worked_example"),
    Mutant("search/comparison_result.py", "[sign * run.loss for run in self.runs_of(problem, strategy)]", "[run.loss for run in self.runs_of(problem, strategy)]", "tests/test_comparison.py::test_a_maximised_objective_is_shown_as_it_is"),
    Mutant("search/comparison_result.py", "taking_part = [label for label in self.strategies if self.applies(problem, label)]", "taking_part = list(self.strategies)", "tests/test_comparison.py::test_a_refusal_is_not_applicable_and_says_why"),
    Mutant("search/comparison_result.py", "return max(middle, self.budget.amount * _LEAST_TIME)", "return max(middle, 1.0)", "tests/test_comparison.py::test_a_strategy_that_finds_the_target_at_no_cost_is_the_fastest"),
    Mutant("search/comparison_runs.py", "if trial.violation == 0.0 and study.is_full(trial) and (", "if study.is_full(trial) and (", "tests/test_comparison.py::test_only_feasible_trials_count"),
    Mutant("search/comparison_runs.py", 'return 1.0 if self.unit == "trials" else trial.cost', "return 1.0", "tests/test_comparison.py::test_a_cost_is_an_equal_budget_and_cheap_fidelities_do_not_count"),
    Mutant("search/comparison_runs.py", "for spent, loss in self.curve if loss <= target)", "for spent, loss in self.curve if loss < target)", "tests/test_comparison.py::test_times_and_scores_on_a_worked_example"),
    Mutant("search/comparison_log.py", "if run.state != FAILED:", "if True:", "tests/test_comparison.py::test_failed_runs_are_tried_again"),
    Mutant("search/comparison_log.py", 'elif not data.endswith(b"\\n"):', "elif False:", "tests/test_comparison.py::test_a_line_that_was_cut_short_is_made_again"),
    Mutant("search/anytime_curves.py", "losses = np.array([math.inf, *(point[1]", "losses = np.array([0.0, *(point[1]", "tests/test_comparison.py::test_curves_are_medians_with_the_middle_half"),
    Mutant("search/performance_profiles.py", "fastest = [min(column)", "fastest = [max(column)", "tests/test_performance_profiles.py::test_the_closed_form_is_the_integral"),
    Mutant("search/performance_profiles.py", "(slowest - ratio) / (slowest - 1)", "(slowest - ratio) / slowest", "tests/test_performance_profiles.py::test_the_fastest_everywhere_scores_one_and_four_times_slower_nothing"),
    Mutant("search/performance_profiles.py", "sum(ratio <= tau for ratio in ratios)", "sum(ratio < tau for ratio in ratios)", "tests/test_performance_profiles.py::test_shares_count_the_edge"),
    Mutant("search/bootstrap.py", 'method="inverted_cdf"', 'method="linear"', "tests/test_ranking.py::test_the_same_seed_gives_the_same_interval_and_misses_are_allowed"),
    Mutant("search/bootstrap.py", "tail = (1 - confidence) / 2", "tail = 1 - confidence", "tests/test_ranking.py::test_the_interval_covers_the_true_median_as_often_as_it_says"),
    Mutant("search/bootstrap.py", "(samples, len(found))", "(samples, 1)", "tests/test_ranking.py::test_the_interval_is_that_of_the_exact_distribution"),
    Mutant("search/ranking.py", "below + (level + 1) / 2", "below + level", "tests/test_ranking.py::test_ranks_agree_with_those_of_scipy"),
]  # fmt: skip
