"""Mistakes in formulas: the space, its text, identity and library, the engine, and constants, one line an entry."""
# ruff: noqa: E501 - one line an entry

from __future__ import annotations

from mutant import Mutant

MUTANTS = [
    Mutant("optimizers/linear_recurrences.py", "if 2 * order <= n:", "if 2 * order < n:", "tests/test_linear_recurrences.py::test_no_shorter_recurrence_exists"),
    Mutant("optimizers/continued_fractions.py", "term, rest = term + 1, denominator - rest", "term, rest = term + 1, rest", "tests/test_continued_fractions.py::test_an_expansion_has_the_value_that_it_expands"),
    Mutant("problems/formulas/constants/conjectures.py", "if digits - max(given, default=0) < EARNED:", "if False:", "tests/test_constants.py::test_terms_alone_are_no_law_however_many_digits_they_give"),
    Mutant("problems/formulas/constants/conjectures.py", "if digits < DIGITS:", "if False:", "tests/test_constants.py::test_a_constant_with_one_wrong_digit_has_no_formula"),
    Mutant("problems/formulas/constants/formula_quality.py", "dict.fromkeys((recurrence.degree, recurrence.order))", "(recurrence.order,)", "tests/test_constants.py::test_esma_finds_what_is_published[sqrt_2-2-3-700-525-74-28]"),
    Mutant("problems/formulas/constants/left_sides.py", " if not _is_rational(value)]", "]", "tests/test_constants.py::test_left_sides_are_every_irrational_value_once"),
    Mutant("spaces/formulas/printing.py", "left = operands[0].within(binding + chains_right)", "left = operands[0].within(binding)", "tests/test_formula_text.py::test_parentheses_are_those_that_the_structure_needs"),
    Mutant("spaces/formulas/parsing.py", 'if "(" in self.syntax.between(node, node.operand):', "if False:", "tests/test_formula_text.py::test_what_is_printed_is_read_back_exactly"),
    Mutant("spaces/formulas/syntax.py", '_width(character.replace("^", "**"))', "_width(character)", "tests/test_formula_text.py::test_an_error_shows_its_place"),
    Mutant("spaces/formulas/like_terms.py", "elif is_integer(exponent) and (factors", "elif (factors", "tests/test_formula_simplification.py::test_values_are_kept_where_all_parts_are_finite"),
    Mutant("spaces/formulas/identities.py", "(_positive(base) if exponent / 2 % 2 else base, exponent / 2)", "(base, exponent / 2)", "tests/test_formula_simplification.py::test_values_are_kept_where_all_parts_are_finite"),
    Mutant("spaces/formulas/tree_layout.py", "right = tuple([end + shift for end in child.right]) + right[len(child.right) :]", "right = tuple([end + shift for end in child.right])", "tests/test_formula_drawing.py::test_boxes_do_not_overlap_and_parents_stand_above_the_middle"),
    Mutant("optimizers/zeta_function.py", "* (1 - 1j * lost)", "", "tests/test_zeta_function.py::test_it_agrees_with_mpmath"),
    Mutant("optimizers/argument_principle.py", "return round(float(riemann_siegel_theta(height)) / pi + 1 + argument / pi)", "return round(float(riemann_siegel_theta(height)) / pi + 1)", "tests/test_zeta_function.py::test_zeros_of_zeta_are_as_many_as_mpmath_says"),
    Mutant("problems/formulas/zeta/zero_search.py", "[end for end in ends if end.modulus < self.accepted]", "ends", "tests/test_zeta.py::test_a_box_without_zeros_gives_none_and_the_least_modulus"),
    Mutant("search/fitted_gaussians.py", "(1 - rate) * self.deviations + rate * other.deviations", "self.deviations", "tests/test_zeta.py::test_all_zeros_of_a_box_and_no_others_are_found"),
    Mutant("search/nucleus_decoding.py", "nucleus(pool, top_p, temperature, total)", "nucleus(pool, top_p, temperature)", "tests/test_accumulated_top_p.py::test_one_path_is_plain_top_p_bit_for_bit"),
    Mutant("search/accumulated_top_p.py", "del self.codes[len(self.decided) :]", "pass", "tests/test_accumulated_top_p.py::test_alone_it_asks_again_where_a_constraint_refuses"),
    Mutant("spaces/formulas/library.py", "return _rounded(a) * np.int64(0x9E3779B97F4A7C1) + _rounded(b)", "return _rounded(a) * np.int64(0x9E3779B97F4A7C1) ^ _rounded(b)", "tests/test_formula_library.py::test_every_function_of_the_space_stands_once"),
    Mutant("spaces/formulas/identity.py", "half = min(operands[0], P - operands[0])", "half = operands[0]", "tests/test_formulas.py::test_equal_expressions_have_one_key"),
    Mutant("spaces/formulas/identity.py", "found = scrambled(half, seed + code) % P", "found = scrambled(half, seed) % P", "tests/test_formulas.py::test_different_functions_have_different_keys"),
    Mutant("spaces/formulas/matching.py", "weights = weights - q @ (q.T @ weights)", "pass", "tests/test_formula_library.py::test_sums_with_any_factors_are_found_and_others_not"),
    Mutant("spaces/formulas/tiles.py", "columns[v, min(first + i, first + rows - 1)]", "columns[v, min(i, rows - 1)]", "tests/test_formula_evaluation.py::test_no_number_of_rows_is_special"),
    Mutant("spaces/formulas/evaluation.py", "wanted &= start.losses < EXPLAINED * data.variance", "wanted &= start.losses < 0", "tests/test_formula_evaluation.py::test_scaling_is_the_least_squares_line"),
    Mutant("spaces/formulas/compiled.py", "if target not in texts and target.exists():", "if False:", "tests/test_formula_evaluation.py::test_a_change_of_any_imported_file_makes_kernels_stale"),
    Mutant("optimizers/fitting_steps.py", "0.0 if fit.unknowns[LINEAR, c] == 1 else factor * scale[c]", "factor * scale[c]", "tests/test_constant_fitting.py::test_coefficients_are_found_in_one_step"),
    Mutant("optimizers/constant_fitting.py", "if there <= here else", "if True else", "tests/test_constant_fitting.py::test_no_formula_gets_worse"),
    Mutant("optimizers/levenberg_marquardt.py", "scale = np.maximum(scale, normal.diagonal())", "scale = np.ones(len(x))", "tests/test_levenberg_marquardt.py::test_scaling_of_the_parameters_changes_no_step"),
    Mutant("optimizers/variable_projection.py", "stack.append(max(operands, key=len))", "stack.append(operands[0] | operands[1])", "tests/test_levenberg_marquardt.py::test_constants_that_enter_linearly_are_seen"),
    Mutant("spaces/formulas/unit_rules.py", 'return None if first != last else 0 if name == "less" else first', 'return 0 if name == "less" else first', "tests/test_formula_units.py::test_units_that_do_not_match_are_told_with_their_place"),
    Mutant("spaces/formulas/unit_reach.py", "self.down.append(sorted(self._beneath(1)))", "self.down.append([])", "tests/test_formula_units.py::test_members_are_exactly_the_formulas_whose_units_match"),
    Mutant("spaces/formulas/unit_types.py", "floor + self._around[gives] <= self.max_size", "floor + self._around[gives] < self.max_size", "tests/conformance/test_space_laws.py::test_the_size_is_as_counted_by_hand[formulas with units]"),
    Mutant("spaces/formulas/unit_weights.py", "weights[mine] = shared * _tilt(shared, more) ** more", "weights[mine] = shared", "tests/test_formula_units.py::test_draws_do_not_run_to_the_bounds"),
    Mutant("spaces/formulas/opened.py", "        root_type=state.type,\n", "", "tests/test_formula_units.py::test_a_part_is_opened_with_its_unit"),
    Mutant("spaces/formulas/bulk_kernels.py", "room - placed - count, free, work.stream)", "room - placed, free, work.stream)", "tests/test_formula_bulk.py::test_samples_have_the_distribution_of_single_decisions[plain]"),
    Mutant("spaces/formulas/bulk_keys.py", "return P - found if parity < 0 and half != a else found", "return found", "tests/test_formula_bulk.py::test_keys_of_many_are_those_of_one"),
    Mutant("spaces/formulas/bulk.py", "if new.key == keys[i]:", "if False:", "tests/test_formula_bulk.py::test_mutation_differs_in_key_and_leaves_its_input"),
    Mutant("search/genetic_programming.py", "if self.brooding and not self.awaited:", "if self.brooding:", "tests/test_genetic_programming.py::test_a_brood_is_handed_out_in_pieces_and_awaited_whole"),
    Mutant("search/genetic_programming.py", "into = found if add(key(value)) else refused", "into = found", "tests/test_genetic_programming.py::test_no_known_candidate_is_proposed"),
    Mutant("search/age_fitness.py", "np.column_stack([-births, losses])", "np.column_stack([births, losses])", "tests/test_genetic_programming.py::test_the_young_are_compared_with_the_young"),
]  # fmt: skip
