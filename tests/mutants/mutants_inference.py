"""Mistakes in strategies that sample from a density over programs, one line an entry."""
# ruff: noqa: E501 - one line an entry

from __future__ import annotations

from mutant import Mutant

MUTANTS = [
    Mutant("search/population.py", "float(1 / (self.shares**2).sum())", "float(1 / (self.shares**2).max())", "tests/test_populations.py::test_the_effective_size_is_between_one_and_all"),
    Mutant("search/population.py", "weight = self.log_evidence - math.log(len(indices))", "weight = -math.log(len(indices))", "tests/test_populations.py::test_resampling_keeps_the_total_weight_and_makes_it_even"),
    Mutant("search/population.py", "left = np.maximum(expected - sure, 0.0)", "left = expected", "tests/test_populations.py::test_every_value_has_offspring_by_its_weight_in_the_mean"),
    Mutant("search/population.py", "[(i + start) / n for i in range(n)]", "[(i + 0.5) / n for i in range(n)]", "tests/test_populations.py::test_every_value_has_offspring_by_its_weight_in_the_mean"),
    Mutant("search/sequential.py", "return new.scored(state.log_weight)", "return new", "tests/test_populations.py::test_a_program_that_is_run_to_its_end_is_properly_weighted"),
    Mutant("search/sequential.py", "if number and population.effective_size < threshold * particles:", "if False:", "tests/test_populations.py::test_resampling_makes_the_evidence_of_many_steps_more_certain"),
    Mutant("search/sequential.py", "return Weighted(state, (high - low) * state.log_likelihood)", "return Weighted(state, high * state.log_likelihood)", "tests/test_inference_laws.py::test_every_resampler_gives_the_evidence_and_proper_weights"),
    Mutant("search/metropolis.py", "return log_ratio >= 0 or chance < math.exp(log_ratio)", "return log_ratio >= 0", "tests/test_metropolis.py::test_acceptance_is_the_least_of_one_and_the_ratio"),
    Mutant("search/metropolis.py", "self.inverse_temperature * (new - known) + moved.log_ratio", "self.inverse_temperature * (new - known)", "tests/test_inference_laws.py::test_a_chain_visits_every_program_by_its_density"),
    Mutant("search/metropolis.py", "ratio = math.inf if known", "ratio = -math.inf if known", "tests/test_metropolis.py::test_a_chain_never_enters_what_the_likelihood_excludes"),
    Mutant("search/metropolis_hastings.py", "(self.proposed.trace, trial)\n        else:\n            self.stay()", "(self.proposed.trace, trial)", "tests/test_inference_laws.py::test_a_study_samples_the_density"),
    Mutant("search/metropolis_hastings.py", "return math.inf if trial.violation < self.violation else -math.inf", "return math.inf", "tests/test_metropolis.py::test_an_infeasible_chain_moves_to_less_violation_and_never_back"),
    Mutant("search/metropolis_hastings.py", ".asked == trial.origin[1]:", ".asked >= trial.origin[1]:", "tests/test_metropolis.py::test_a_result_that_is_told_twice_counts_once"),
    Mutant("search/metropolis_hastings.py", "self.change += (abs(loss_of(trial) - chain.loss) - self.change) / self.told", "self.change = 1.0", "tests/test_metropolis.py::test_cooling_is_free_of_the_scale_of_the_losses"),
    Mutant("search/tempering.py", "return self.start * change / (1 + taken / self.steps)", "return self.start * change", "tests/test_populations.py::test_a_cooling_temperature_halves_after_its_steps"),
    Mutant("search/tempering.py", "wanted := self.share * size(0.0)", "wanted := 0.9 * size(0.0)", "tests/test_populations.py::test_adaptive_cooling_halves_the_effective_size_on_any_scale"),
    Mutant("search/tempering.py", "alive = losses < math.inf", "alive = losses <= math.inf", "tests/test_populations.py::test_infinite_losses_have_weight_zero_and_do_not_disturb_the_others"),
    Mutant("search/site_moves.py", "redrawing.log_ratio + math.log(n / len(moved))", "redrawing.log_ratio + math.log(len(moved) / n)", "tests/test_metropolis.py::test_a_single_site_move_changes_one_decision_and_gives_the_ratio_of_dimensions"),
    Mutant("search/site_moves.py", "self.log_ratio += share - old[2]", "pass", "tests/test_inference_laws.py::test_the_law_holds_where_decisions_depend_on_one_another"),
    Mutant("search/site_moves.py", "chosen = _power(back / share, redrawing.redrawn) + _power(_ratio(1 - back, 1 - share), redrawing.kept)", "chosen = _power(back / share, redrawing.redrawn)", "tests/test_inference_laws.py::test_a_chain_visits_every_program_by_its_density"),
    Mutant("search/sequential_monte_carlo.py", "factors = [-step * loss if", "factors = [-inverse * loss if", "tests/test_sequential_monte_carlo.py::test_the_evidence_and_the_sample_of_a_line_are_exact_in_the_limit"),
    Mutant("search/sequential_monte_carlo.py", "if self.population.effective_size < self.threshold * self.particles:", "if True:", "tests/test_sequential_monte_carlo.py::test_a_resampler_of_ones_own_is_used"),
    Mutant("search/sequential_monte_carlo.py", "if not trial.foreign and trial.origin[0] == self.wave:", "if trial.foreign or trial.origin[0] == self.wave:", "tests/test_sequential_monte_carlo.py::test_foreign_trials_neither_end_a_wave_nor_enter_the_population"),
    Mutant("search/sequential_monte_carlo.py", "self.finished.append(([], -math.inf))", "pass", "tests/test_sequential_monte_carlo.py::test_a_population_without_anything_feasible_counts_as_evidence_zero"),
    Mutant("search/sequential_monte_carlo.py", "return new if accepts(ratio, self.chances[slot]) else old", "return new", "tests/test_sequential_monte_carlo.py::test_the_evidence_and_the_sample_of_a_line_are_exact_in_the_limit"),
]  # fmt: skip
