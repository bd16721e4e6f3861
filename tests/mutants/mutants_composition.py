"""Mistakes in strategies made of strategies, one line an entry."""
# ruff: noqa: E501 - one line an entry

from __future__ import annotations

from mutant import Mutant

MUTANTS = [
    Mutant("search/auto.py", "min(population, max(16, trials // 10))", "max(16, trials // 10)", "tests/test_auto.py::test_few_trials_have_a_small_population"),
    Mutant("search/inner.py", "else t.retold(None, True) for t in trials", "else t.retold(None) for t in trials", "tests/test_relay.py::test_the_next_leg_is_told_all_before_it_as_foreign_trials"),
    Mutant("search/inner.py", "Random(rng.getrandbits(64)), objectives", "Random(0), objectives", "tests/test_restarts.py::test_every_run_has_another_course"),
    Mutant("search/portfolio.py", "rank = sum(not better(trial, other) for other in self.recent)", "rank = sum(better(other, trial) for other in self.recent)", "tests/test_portfolio.py::test_rewards_are_decayed_ranks"),
    Mutant("search/portfolio.py", "self.chooser.learn(Pull(int(trial.origin[0]), float(trial.origin[1])), loss)", "self.chooser.learn(Pull(int(trial.origin[0]), float(trial.origin[1])), -loss)", "tests/test_portfolio.py::test_the_better_strategy_gets_most_of_the_trials"),
    Mutant("search/portfolio.py", "deque(maxlen=window)", "deque()", "tests/test_flat_cost.py::test_a_late_trial_calls_as_many_functions_as_an_early_one[portfolio]"),
    Mutant("search/portfolio.py", "arm = (self.pull.arm + further) % len(self.arms)", "arm = self.pull.arm", "tests/test_portfolio.py::test_a_strategy_without_a_proposal_is_passed_over"),
    Mutant("search/portfolio.py", "told = trials if self.share else [", "told = trials if True else [", "tests/test_portfolio.py::test_every_strategy_is_told_the_trials_of_the_others_as_foreign_ones_or_not"),
    Mutant("search/adaptive_pursuit.py", "self.memory * (loss - self.losses[pull.arm])", "loss", "tests/test_portfolio.py::test_pursuit_follows_its_formulas"),
    Mutant("search/adaptive_pursuit.py", "(most if arm == best else self.least)", "(1.0 if arm == best else 0.0)", "tests/test_portfolio.py::test_trust_moves_on_when_another_strategy_becomes_the_better_one"),
    Mutant("search/relay.py", "self.stale = 0 if improves else self.stale + 1", "self.stale = 0", "tests/test_relay.py::test_legs_follow_after_their_trials_or_their_patience"),
    Mutant("search/relay.py", "self.inner.tell((), handed)", "pass", "tests/test_relay.py::test_a_climb_sets_out_from_the_best_that_was_handed_over"),
    Mutant("search/relay.py", "while not proposals and n > 0 and not self.inner.awaited and", "while False and", "tests/test_relay.py::test_a_leg_that_has_run_out_hands_over"),
    Mutant("search/relay.py", "self.best = ranked(self.best)[: self.most]", "self.best = self.best[: self.most]", "tests/test_relay.py::test_what_is_handed_over_is_bounded_and_holds_the_best_and_the_latest"),
    Mutant("search/restarts.py", "self.best_of_run, self.stale = trial, 0", "self.best_of_run = trial", "tests/test_restarts.py::test_a_run_ends_after_as_many_trials_without_improvement"),
    Mutant("search/restarts.py", "self.best_of_run: Trial | None = None\n        self.stale", "self.best_of_run: Trial | None = self.best\n        self.stale", "tests/test_restarts.py::test_an_improvement_over_its_own_run_counts_though_a_former_run_was_better"),
    Mutant("search/restarts.py", "if self.hand_over and self.best is not None:", "if self.best is not None:", "tests/test_restarts.py::test_the_best_trial_is_handed_over_only_where_that_is_wanted"),
    Mutant("search/nested.py", 'return random.Random(f"{self.seed} {digest(symbolize(value))}").getrandbits(31)', "return self.seed", "tests/test_nested.py::test_equal_candidates_have_equal_outcomes_and_others_have_other_seeds"),
    Mutant("search/nested.py", "for trial in study.trials if trial.reused is None)", "for trial in study.trials)", "tests/test_nested.py::test_what_is_reused_inside_costs_nothing"),
    Mutant("search/nested.py", "return Outcome(best.objectives, best.violations, spent, found)", "return Outcome(best.objectives, (), spent, found)", "tests/test_nested.py::test_directions_and_violations_pass_through"),
    Mutant("search/auto.py", "count_few(space, trials or FEW)", "count_few(space, FEW)", "tests/test_auto.py::test_it_chooses_by_budget_and_workers"),
    Mutant("search/auto.py", "if workers == 1 and dimension <= _SMOOTH_DIMENSION:", "if dimension <= _SMOOTH_DIMENSION:", "tests/test_auto.py::test_it_chooses_by_budget_and_workers"),
    Mutant("search/auto.py", "if objectives.noisy:", "if False:", "tests/test_auto.py::test_it_chooses_by_objectives_noise_and_fidelities"),
    Mutant("search/auto.py", "if begun is None:", "if True:", "tests/test_auto.py::test_a_stored_study_goes_on_with_what_was_chosen_when_it_began"),
    Mutant("search/optimum.py", '_count(options.get("trials"))', "_count(None)", "tests/test_auto.py::test_it_is_told_the_trials_and_the_workers_of_a_search_that_names_no_strategy"),
    Mutant("search/optimum.py", '_count(worker_count(options.get("workers")))', "1", "tests/test_auto.py::test_it_is_told_the_trials_and_the_workers_of_a_search_that_names_no_strategy"),
    Mutant("search/episodes.py", "if not step.within or space.contains(trial.program)]", "]", "tests/test_rsrm.py::test_within_a_narrowed_space_only_what_lies_there_is_told"),
    Mutant("search/episodes.py", "inner.strategy.carry_on(former)", "pass", "tests/test_rsrm.py::test_an_exploration_carries_on_where_the_last_one_of_the_same_space_ended"),
    Mutant("search/episodes.py", "self.learned.pop(True, None)", "pass", "tests/test_rsrm.py::test_an_exploration_carries_on_where_the_last_one_of_the_same_space_ended"),
]  # fmt: skip
