"""Mistakes in strategies that search the tree of partial programs, one line an entry."""
# ruff: noqa: E501 - one line an entry

from __future__ import annotations

from mutant import Mutant

MUTANTS = [
    Mutant("search/tree_search.py", "node.pending += 1", "pass", "tests/test_tree_search.py::test_proposals_in_flight_spread_over_the_tree"),
    Mutant("search/tree_search.py", "return len(node.open) < self.widening.limit(", "return len(node.open) < 1 + self.widening.limit(", "tests/test_tree_search.py::test_progressive_widening_follows_its_formula"),
    Mutant("search/tree_search.py", "self.closes = not as_objectives(objectives).noisy", "self.closes = True", "tests/test_tree_search.py::test_a_noisy_problem_is_evaluated_on_and_on"),
    Mutant("search/tree_search.py", "node.add(trial, self.grades)\n            node.version = -1", "node.add(trial, self.grades)", "tests/test_tree_search.py::test_visits_concentrate_on_the_best_arm"),
    Mutant("search/tree_policies.py", "bound = child.value - factor * child.spread", "bound = child.value + factor * child.spread", "tests/test_tree_search.py::test_upper_confidence_takes_the_least_lower_bound"),
    Mutant("search/tree_policies.py", "return (told + node.pending) / (node.visits + node.pending)", "return told / node.visits", "tests/test_tree_search.py::test_a_trial_in_flight_is_a_virtual_loss"),
    Mutant("search/tree_policies.py", "bound = value - factor * share / (1 + child.visits + child.pending)", "bound = value - factor / (1 + child.visits + child.pending)", "tests/test_tree_search.py::test_the_prior_decides_as_the_formula_says"),
    Mutant("search/tree_policies.py", "return node.least(grades)", "return Statistics.mean(node, grades)", "tests/test_tree_search.py::test_backing_up_the_best_finds_a_needle_that_the_mean_hides"),
    Mutant("search/tree.py", "share = (self.total / self.losses - grades.low) / width", "share = self.total / self.losses - grades.low", "tests/test_tree_search.py::test_a_mean_is_brought_to_the_scale_when_it_is_asked_for"),
    Mutant("search/tree.py", "return self.asked and not self.open and len(self.children) >= self.options", "return self.asked and not self.open", "tests/test_tree_search.py::test_every_member_is_proposed_exactly_once"),
    Mutant("search/tree.py", "del self[_ELITES:]", "pass", "tests/test_tree_search.py::test_the_elites_are_the_best_answers_each_once"),
    Mutant("search/tree_walk.py", "elif self.exact and self.closes:", "elif False:", "tests/test_tree_search.py::test_every_member_is_proposed_exactly_once"),
    Mutant("search/rollouts.py", "math.exp((grade - least) * scale)", "math.exp((grade - least) * -scale)", "tests/test_tree_search.py::test_gibbs_rollouts_draw_as_their_formula_says"),
    Mutant("search/nested_monte_carlo.py", "if best is None else best.decisions[: len(prefix) + 1]", "if True else best.decisions[: len(prefix) + 1]", "tests/test_nested_monte_carlo.py::test_a_step_tries_every_answer_and_follows_the_best_sequence"),
    Mutant("search/nested_monte_carlo.py", 'if playout is not None and playout.trial.state == "done":', "if playout is not None:", "tests/test_nested_monte_carlo.py::test_where_all_fail_the_way_is_chosen_at_random"),
    Mutant("search/nested_monte_carlo.py", "results.append((yield from self.nested(step, level - 1)))", "results.append((yield from self.nested(step, 0)))", "tests/test_nested_monte_carlo.py::test_a_level_above_runs_the_level_below_for_every_answer"),
    Mutant("search/rollout_policy_adaptation.py", "adapted[code] += rate", "adapted[code] -= rate", "tests/test_nested_monte_carlo.py::test_the_policy_adapts_as_the_formula_says"),
    Mutant("search/rollout_policy_adaptation.py", "logits + 2 * rate * (coded.bits", "logits + rate * (coded.bits", "tests/test_nested_monte_carlo.py::test_a_bit_of_a_mask_adapts_like_a_choice_of_two"),
    Mutant("search/rollout_policy_adaptation.py", "self.runs[level] = Run(self.runs[level + 1].policy.copy())", "self.runs[level] = Run(SoftmaxPolicy())", "tests/test_nested_monte_carlo.py::test_every_level_adapts_to_the_best_sequence_below"),
    Mutant("search/rollout_policy_adaptation.py", "not better(run.best.trial, found.trial)", "better(found.trial, run.best.trial)", "tests/test_nested_monte_carlo.py::test_every_level_adapts_to_the_best_sequence_below"),
    Mutant("search/beam_search.py", "key=lambda child: child.place)", "key=lambda child: child.prefix)", "tests/test_beam_search.py::test_a_beam_keeps_the_best_of_each_length"),
    Mutant("search/beam_search.py", "self.narrowed = self.narrowed or len(ordered) > width", "pass", "tests/test_beam_search.py::test_a_narrow_beam_begins_again_wider_until_nothing_is_cut_off"),
    Mutant("search/frontier.py", "twin = None if self.noisy else self.known.get(self.space.key(value))", "twin = None", "tests/test_beam_search.py::test_a_beam_as_wide_as_the_space_is_exact"),
    Mutant("search/frontier.py", "child.samples = [s for s, own in zip(parent.samples, inherited, strict=True) if key_of(own) == key]", "child.samples = []", "tests/test_beam_search.py::test_completions_of_a_parent_count_for_the_child"),
    Mutant("search/best_first.py", "heapq.heappush(self.heap, (child.place, self.pushed, child))", "heapq.heappush(self.heap, ((0.0,), self.pushed, child))", "tests/test_beam_search.py::test_with_a_bound_the_first_whole_members_hold_a_best_one"),
    Mutant("search/best_first.py", "self.over = self.frontier.is_over(self.frontier.cut) or self.wider is None", "self.over = True", "tests/test_beam_search.py::test_wide_questions_are_widened_until_every_answer_was_listed"),
    Mutant("search/depth_first.py", "return self.bound(self.space.after(prefix)) >= self.best", "return self.bound(self.space.after(prefix)) > self.best", "tests/test_exhaustive.py::test_what_can_only_be_as_good_as_the_best_is_excluded"),
    Mutant("search/depth_first.py", 'if trial.state == "done" and trial.violation == 0.0:', 'if trial.state == "done":', "tests/test_exhaustive.py::test_only_a_feasible_success_excludes"),
    Mutant("search/depth_first.py", "if key is None or key not in seen:", "if True:", "tests/test_exhaustive.py::test_depth_first_equals_enumeration"),
    Mutant("search/exhaustive.py", "for value in islice(self.rest, n)]", "for value in islice(self.rest, 1, n + 1)]", "tests/test_exhaustive.py::test_depth_first_equals_enumeration"),
    Mutant("search/double_q.py", "self.discount * following.most(1 - table)", "self.discount * following.most(table)", "tests/test_double_q.py::test_each_table_learns_what_the_other_says_of_the_next_answer"),
    Mutant("search/double_q.py", "if new or rare:", "if new:", "tests/test_double_q.py::test_answers_given_rarely_come_first_by_chance"),
    Mutant("search/double_q.py", "former.run < self.runs", "True", "tests/test_double_q.py::test_tables_are_carried_over_to_so_many_searches"),
    Mutant("search/tree_search.py", "self.chosen.append(min(tried,", "self.chosen.append(max(tried,", "tests/test_double_q.py::test_after_so_many_trials_the_best_answer_is_taken_for_good"),
    Mutant("search/tree_search.py", "(not last.asked or last.options > self.widening.above)", "not last.asked", "tests/test_double_q.py::test_it_ends_when_nothing_is_left_to_decide"),
]  # fmt: skip
