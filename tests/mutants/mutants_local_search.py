"""Mistakes in strategies that walk from neighbour to neighbour, one line an entry."""
# ruff: noqa: E501 - one line an entry

from __future__ import annotations

from mutant import Mutant

MUTANTS = [
    Mutant("search/hill_climb.py", "return better(trial, self.current)", "return better(self.current, trial)", "tests/test_hill_climb.py::test_every_candidate_is_a_mutant_of_the_best_one_before_it"),
    Mutant("search/hill_climb.py", "late = not trial.foreign and trial.origin != self.climb", "late = False", "tests/test_hill_climb.py::test_late_results_of_an_old_climb_do_not_bring_it_back"),
    Mutant("search/scans.py", "if key not in self.memory.trials:\n                self.memory.expect(key)\n                self.proposed", "if True:\n                self.memory.expect(key)\n                self.proposed", "tests/test_local_search.py::test_no_candidate_is_proposed_twice_while_others_are_left"),
    Mutant("search/scans.py", "if self.limit is not None and self.proposed >= self.limit:", "if False:", "tests/test_local_search.py::test_a_large_neighbourhood_is_given_up_after_a_sample"),
    Mutant("search/local_search.py", "if best is not None and better(best, current):", "if False:", "tests/test_local_search.py::test_the_steepest_descent_is_the_one_computed_by_hand"),
    Mutant("search/local_search.py", "elif self.stage + 1 < len(self.stages):", "elif False:", "tests/test_local_search.py::test_kinds_in_order_are_exhausted_one_after_the_other"),
    Mutant("search/local_search.py", "return self.aside < self.sideways and not better(self.current, trial)", "return not better(self.current, trial)", "tests/test_local_search.py::test_plateaus_are_crossed_by_as_many_moves_as_allowed"),
    Mutant("search/local_search.py", "if self.home is None or self.accept(optimum, self.home):", "if True:", "tests/test_local_search.py::test_optima_are_accepted_as_the_setting_says"),
    Mutant("search/local_search.py", "if self.pending:\n                    return DONE", "if False:\n                    return DONE", "tests/test_local_search.py::test_no_descent_ends_before_all_its_results_are_there"),
    Mutant("search/local_search.py", "return mutated(space, home, rng, self.strength)", "return mutated(space, home, rng)", "tests/test_local_search.py::test_a_kick_changes_as_much_as_it_says"),
    Mutant("search/simulated_annealing.py", "exp(-difference / self.heat)", "exp(-difference)", "tests/test_simulated_annealing.py::test_uphill_moves_are_accepted_as_often_as_metropolis_says"),
    Mutant("search/simulated_annealing.py", "return trial.violation < current.violation", "return trial.violation > current.violation", "tests/test_simulated_annealing.py::test_a_violation_is_never_bought_with_loss"),
    Mutant("search/simulated_annealing.py", "self.hottest = -sum(self.uphill) / self.warm_up / log(self.acceptance)", "self.hottest = -max(self.uphill) / log(self.acceptance)", "tests/test_simulated_annealing.py::test_the_first_temperature_accepts_the_first_uphill_differences_as_asked"),
    Mutant("search/simulated_annealing.py", "if self.steps > self.horizon:", "if False:", "tests/test_simulated_annealing.py::test_the_temperature_falls_geometrically_and_rises_at_the_horizon"),
    Mutant("search/tabu_search.py", "return not self.tabu.forbids(", "return True or self.tabu.forbids(", "tests/test_tabu_search.py::test_it_climbs_out_of_a_valley_and_does_not_turn_back"),
    Mutant("search/tabu_search.py", "if self.best is not None and better(trial, self.best):\n            return True", "if False:\n            return True", "tests/test_tabu_search.py::test_a_tabu_move_to_a_new_best_is_taken"),
    Mutant("search/tabu_search.py", "return all(self.until.get(", "return any(self.until.get(", "tests/test_tabu_search.py::test_a_move_is_forbidden_only_when_all_that_it_changes_returns"),
    Mutant("search/tabu_search.py", "or self.stale >= self.patience:", ":", "tests/test_tabu_search.py::test_after_its_patience_it_goes_on_from_the_best"),
]  # fmt: skip
