"""Mistakes in strategies that learn a distribution or move real vectors, one line an entry."""
# ruff: noqa: E501 - one line an entry

from __future__ import annotations

from mutant import Mutant

MUTANTS = [
    Mutant("search/distribution_search.py", "self.model.learn(best[: max(1, round(self.elite * self.population))])", "self.model.learn(best)", "tests/test_cross_entropy.py::test_one_generation_moves_the_chances_as_each_method_says"),
    Mutant("search/distribution_search.py", "self.awaited += sum(not trial.foreign for trial in trials)", "self.awaited += len(trials)", "tests/test_cross_entropy.py::test_a_foreign_trial_enters_the_elite_and_does_not_end_the_generation"),
    Mutant("search/distribution_search.py", "self.arrived = best[: self.keep]", "self.arrived = []", "tests/test_cross_entropy.py::test_the_best_of_earlier_generations_compete_again"),
    Mutant("search/cross_entropy.py", "self.distribution.learn(observed, self.smoothing)", "self.distribution.learn(observed, 1.0)", "tests/test_cross_entropy.py::test_one_generation_moves_the_chances_as_each_method_says"),
    Mutant("search/marginals.py", "keep * share + floor * first for", "keep * share for", "tests/test_cross_entropy.py::test_no_option_dies_above_a_floor"),
    Mutant("search/marginals.py", "self.mean += rate * (mean - self.mean)", "self.mean = mean", "tests/test_cross_entropy.py::test_a_gaussian_moves_to_mean_and_deviation_of_the_elite"),
    Mutant("search/marginals.py", "np.log(p) - np.log1p(-p) + generator.gumbel(size=len(p))", "np.log(p) - np.log1p(-p)", "tests/test_cross_entropy.py::test_a_fixed_number_of_ones_is_drawn_uniformly_until_something_is_learned"),
    Mutant("search/decision_distributions.py", "return self.bits + [int(self.taken + left == self.hole.low and self.taken < self.hole.high)] * left", "return self.bits + [0] * left", "tests/test_cross_entropy.py::test_items_of_a_subset_that_are_no_longer_asked_for_are_learned_too"),
    Mutant("search/decision_distributions.py", "while pickings and pickings[-1].start >= k:", "while False:", "tests/test_cross_entropy.py::test_a_constraint_asks_the_distribution_again"),
    Mutant("search/decision_distributions.py", "del rest[position]", "pass", "tests/test_cross_entropy.py::test_a_permutation_learns_which_item_stands_at_which_place"),
    Mutant("search/dependency_tree.py", "np.log(joint / np.outer(alone, alone))", "np.log(joint)", "tests/test_dependency_tree.py::test_mutual_information_is_what_the_entropies_say"),
    Mutant("search/dependency_tree.py", "closer = ~inside & (weights[child] > nearest)", "closer = ~inside & (weights[child] < nearest)", "tests/test_dependency_tree.py::test_the_spanning_tree_is_the_heaviest_of_all_trees"),
    Mutant("search/dependency_tree.py", "* len(codes) + prior * alone[into]", "* len(codes)", "tests/test_dependency_tree.py::test_a_prior_lets_a_child_take_what_its_parent_never_saw"),
    Mutant("search/dependency_tree.py", "values[child] = _draw(rows[values[parent]], rng)", "values[child] = _draw(rows[0], rng)", "tests/test_dependency_tree.py::test_a_tree_draws_from_the_product_of_its_conditional_shares"),
    Mutant("search/policy_gradient.py", "(total - value) / (n - 1) for value", "total / n for value", "tests/test_policy_gradient.py::test_the_baseline_of_each_is_the_mean_of_the_others"),
    Mutant("search/policy_gradient.py", "advantage * ((position == chosen) - share)", "advantage * (position == chosen)", "tests/test_policy_gradient.py::test_the_score_of_a_choice_is_the_gradient_of_its_log_probability"),
    Mutant("search/policy_gradient.py", "bonus = -shares * (np.log(shares) - (shares * np.log(shares)).sum())", "bonus = -shares * np.log(shares)", "tests/test_policy_gradient.py::test_the_entropy_bonus_is_the_gradient_of_the_entropy"),
    Mutant("search/policy_gradient.py", "(np.sqrt(v / (1 - self.second**t)) + 1e-8)", "(np.sqrt(v) + 1e-8)", "tests/test_policy_gradient.py::test_adam_by_hand"),
    Mutant("search/rare_events.py", "np.exp(family.log_density(x) - proposal.log_density(x))", "np.exp(proposal.log_density(x) - family.log_density(x))", "tests/test_rare_events.py::test_the_likelihood_ratio_by_hand"),
    Mutant("search/rare_events.py", "levels.append(min(level, float(np.quantile(scores, 1 - elite))))", "levels.append(float(np.quantile(scores, 1 - elite)))", "tests/test_rare_events.py::test_levels_rise_to_the_level_and_no_further"),
    Mutant("search/rare_events.py", "math.sqrt(max(0.0, squares / samples - mean**2) / samples)", "math.sqrt(max(0.0, squares / samples - mean**2))", "tests/test_rare_events.py::test_the_stated_error_is_the_real_one"),
    Mutant("search/covariance_adaptation.py", "w.one * np.outer(self.path, self.path)", "w.one * np.outer(self.step_path, self.step_path)", "tests/test_covariance_adaptation.py::test_the_covariance_takes_the_shape_of_the_function"),
    Mutant("search/covariance_adaptation.py", "math.exp(min(1.0, w.step_rate / w.damping * (length / w.expected_norm - 1)))", "1.0", "tests/test_covariance_adaptation.py::test_it_solves_badly_conditioned_functions"),
    Mutant("search/covariance_adaptation.py", "if self.ellipsoid.is_spent(self.precision) or self._is_flat(brood):", "if False:", "tests/test_covariance_adaptation.py::test_a_run_that_has_converged_starts_again_elsewhere"),
    Mutant("search/covariance_adaptation.py", "np.full(self.vectors.dimension, 0.5) if known is None else self.vectors.vector(known)", "np.full(self.vectors.dimension, 0.5)", "tests/test_covariance_adaptation.py::test_the_first_mean_is_the_centre_or_the_best_that_was_told"),
    Mutant("search/quadratic_models.py", "rest = losses - losses[center] - 0.5 *", "rest = losses - losses[center] - 0.0 *", "tests/test_covariance_adaptation.py::test_a_model_through_few_points_meets_them_and_keeps_the_earlier_hessian"),
    Mutant("search/quadratic_models.py", "step[0] += math.copysign(math.sqrt(radius * radius - step @ step), step[0])", "pass", "tests/test_covariance_adaptation.py::test_the_hard_case_goes_along_the_least_curvature"),
    Mutant("search/quadratic_models.py", "clipped = np.clip(found, low[free], high[free])", "clipped = found", "tests/test_covariance_adaptation.py::test_a_step_in_a_box_stays_there_and_uses_its_walls"),
    Mutant("search/quadratic_trust_region.py", "least_in_box(model.gradient, model.hessian, self.radius,", "least_in_box(model.gradient, 0 * model.hessian, self.radius,", "tests/test_covariance_adaptation.py::test_smooth_functions_are_solved_to_many_digits_within_few_evaluations"),
    Mutant("search/quadratic_trust_region.py", "if n < 1 or self.awaited is not None:", "if n < 1:", "tests/test_covariance_adaptation.py::test_one_result_is_awaited_before_the_next_proposal"),
    Mutant("search/quadratic_trust_region.py", "if self.descents % 2:", "if False:", "tests/test_covariance_adaptation.py::test_descents_set_out_near_the_best_point_and_anywhere_by_turns"),
]  # fmt: skip
