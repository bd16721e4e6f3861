"""Mistakes in strategies for several objectives, niches and islands, one line an entry."""
# ruff: noqa: E501 - one line an entry

from __future__ import annotations

from mutant import Mutant

MUTANTS = [
    Mutant("search/pareto.py", "if violation == least]", "]", "tests/test_pareto.py::test_the_front_is_what_brute_force_finds"),
    Mutant("search/nondominated.py", "fresh = second < least_before", "fresh = second <= least_before", "tests/test_pareto.py::test_rows_on_the_first_front_are_those_that_no_other_dominates"),
    Mutant("search/nondominated.py", "rank = bisect_right(lasts, low)", "rank = bisect_right(lasts, low - 1)", "tests/test_pareto.py::test_ranks_are_those_of_peeling_front_after_front"),
    Mutant("search/nondominated.py", "above -= dominating[front].sum(axis=0)", "above -= dominating[front].any(axis=0)", "tests/test_pareto.py::test_many_random_points_are_ranked_as_peeling_does"),
    Mutant("search/nondominated.py", "distance[order[[0, -1]]] = np.inf", "pass", "tests/test_pareto.py::test_both_ends_of_every_objective_have_infinite_room"),
    Mutant("search/nsga2.py", 'order += front[np.argsort(-room, kind="stable")].tolist()', "order += front.tolist()", "tests/test_nsga.py::test_the_best_fronts_stay_and_of_the_last_one_those_with_the_most_room"),
    Mutant("search/nsga2.py", "int(min([random() for _ in range(self.size)]) * n)", "int(max([random() for _ in range(self.size)]) * n)", "tests/test_nsga.py::test_the_tournament_wins_by_place_in_the_order"),
    Mutant("search/nsga2.py", "front_ranks(losses, [trial.violation for trial in rivals])", "front_ranks(losses)", "tests/test_nsga.py::test_an_infeasible_trial_stands_behind_every_feasible_one"),
    Mutant("search/nsga3.py", "before = served[niche[order]] + np.arange(len(order)) - starts", "before = served[niche[order]]", "tests/test_nsga.py::test_filling_niches_is_the_same_as_giving_place_after_place"),
    Mutant("search/nsga3.py", "directions / np.linalg.norm(directions, axis=1, keepdims=True)", "directions", "tests/test_nsga.py::test_points_serve_the_line_that_is_nearest"),
    Mutant("search/nsga3.py", "extremes = front[np.argmin(achievement(front), axis=1)]", "extremes = front[np.argmax(achievement(front), axis=1)]", "tests/test_nsga.py::test_the_extreme_points_are_those_nearest_to_the_axes"),
    Mutant("search/nsga3.py", "second if second.violation < first.violation else first", "first", "tests/test_nsga.py::test_parents_violate_less_where_they_differ"),
    Mutant("search/reference_directions.py", "0.5 * das_dennis(objectives, inner) + 0.5 / objectives", "das_dennis(objectives, inner)", "tests/test_nsga.py::test_with_many_objectives_a_second_layer_lies_inside"),
    Mutant("search/real_variation.py", "(mass if mass <= 1.0 else 1.0 / (2.0 - mass))", "mass", "tests/test_nsga.py::test_simulated_binary_crossover_has_the_parents_mean_and_the_spread_of_its_formula"),
    Mutant("search/real_variation.py", "chance = 1.0 / n if self.mutation is None else self.mutation", "chance = 0.5 if self.mutation is None else self.mutation", "tests/test_nsga.py::test_mutation_changes_every_place_or_on_average_one"),
    Mutant("search/hypervolumes.py", "np.concatenate(([corner[1]], front[:-1, 1]))", "np.full(len(front), corner[1])", "tests/test_hypervolumes.py::test_it_counts_the_dominated_cells_of_a_grid[2-40]"),
    Mutant("search/hypervolumes.py", "while ys[end] >= y:", "while ys[end] > y + 1:", "tests/test_hypervolumes.py::test_it_counts_the_dominated_cells_of_a_grid"),
    Mutant("search/hypervolumes.py", "_exclusive(rows[i], np.delete(rows, i, axis=0), corner)", "_exclusive(rows[i], rows[:i], corner)", "tests/test_hypervolumes.py::test_a_contribution_is_what_is_lost_without_the_row"),
    Mutant("search/hypervolumes.py", "_front(np.maximum(others, row), corner)", "_front(others, corner)", "tests/test_hypervolumes.py::test_it_counts_the_dominated_cells_of_a_grid"),
    Mutant("search/grid_archive.py", "1.0 - 1e-16", "1.0", "tests/test_map_elites.py::test_a_cell_is_found_by_equal_parts_and_what_lies_beyond_counts_to_the_outermost"),
    Mutant("search/grid_archive.py", 'if trial.state == "done" and trial.violation == 0.0 else None', 'if trial.state == "done" else None', "tests/test_map_elites.py::test_failed_and_infeasible_trials_and_those_without_descriptors_never_get_in"),
    Mutant("search/grid_archive.py", "if cell not in self.elites:", "if True:", "tests/test_map_elites.py::test_a_cell_keeps_the_best_that_came"),
    Mutant("search/map_elites.py", "filled[int(self.rng.random() * len(filled))]", "filled[-1]", "tests/test_map_elites.py::test_parents_are_drawn_evenly_among_the_elites"),
    Mutant("search/map_elites.py", "if self.asked <= self.initial or", "if", "tests/test_map_elites.py::test_after_the_random_start_every_child_is_one_mutation_away_from_an_elite"),
    Mutant("search/map_elites.py", 'if trial.state == "done" and (self.nearest is None or better(trial, self.nearest)):', "if False:", "tests/test_map_elites.py::test_while_nothing_is_feasible_the_least_violation_leads"),
    Mutant("search/islands.py", "self.turn = (i + 1) % count", "pass", "tests/test_islands.py::test_islands_propose_in_turn_and_hear_of_their_own_trials_with_their_own_origins"),
    Mutant("search/islands.py", "best_distinct([*island.best, *island.recent], self.migrants)", "best_distinct(island.recent, self.migrants)", "tests/test_islands.py::test_the_best_of_earlier_periods_migrate_again_until_they_are_beaten"),
    Mutant("search/islands.py", "[trial for trial in trials if not trial.foreign]", "trials", "tests/test_islands.py::test_trials_from_outside_reach_every_island_and_do_not_count"),
    Mutant("search/islands.py", 'near = [(i + 1) % count] if self.topology == "ring" else list(range(count))', "near = list(range(count))", "tests/test_islands.py::test_the_best_migrate_to_the_neighbors_as_foreign_trials"),
]  # fmt: skip
