"""Mistakes in programs and spaces, one line an entry."""
# ruff: noqa: E501 - one line an entry

from __future__ import annotations

from mutant import SPACE_LAWS, Mutant

MUTANTS = [
    Mutant("spaces/choices.py", "return i + (i >= old)", "return i", f"{SPACE_LAWS}::test_mutation_reaches_every_member"),
    Mutant("spaces/choices.py", "if self.holed[i]:\n                option.enc", "if i == chosen:\n                option.enc", f"{SPACE_LAWS}::test_features_have_a_fixed_length_and_agree_with_equality"),
    Mutant("spaces/choices.py", "if not self.options[i].loose:", "if True:", f"{SPACE_LAWS}::test_decide_stays_inside_and_trace_inverts_it[alike]"),
    Mutant("spaces/ranges.py", "u = math.log(value) if self.log else value\n        for", "u = value\n        for", "tests/test_ranges.py::test_logarithmic_numbers_are_sampled_and_mutated_in_log_space"),
    Mutant("spaces/ranges.py", "if value.__class__ is not int:", "if not isinstance(value, int):", f"{SPACE_LAWS}::test_others_are_refused_with_path_and_reason[integer]"),
    Mutant("spaces/sequences.py", "share = (self.low - taken) / rest", "share = 0.5", f"{SPACE_LAWS}::test_holes_over_sets_are_uniform_over_members[subset]"),
    Mutant("spaces/sequences.py", "return make_list([self.element.decide(choose) for _ in range(n)])", "return make_list([self.element.decide(choose)] * n)", f"{SPACE_LAWS}::test_enumeration_is_exact_and_agrees_with_the_size[repeat]"),
    Mutant("spaces/masks.py", "flat[out], flat[into] = False, True", "flat[out] = False; flat[_position_of(flat, False, rng)] = True", f"{SPACE_LAWS}::test_mutation_differs_and_stays_inside[mask fixed]"),
    Mutant("spaces/masks.py", "flat[i] = choose.index(2, self, (rest - left, left))", "flat[i] = choose.index(2, self)", f"{SPACE_LAWS}::test_holes_over_sets_are_uniform_over_members[mask fixed]"),
    Mutant("spaces/values.py", "if kind is not b.__class__:", "if False:", "tests/test_programs.py::test_equality_is_typed"),
    Mutant("spaces/programs.py", "return lend(value)", "return value", "tests/test_programs.py::test_building_never_hands_out_an_object_that_the_space_owns"),
    Mutant("spaces/programs.py", "tuple([frozen(arg) for arg in args])", "args", "tests/test_programs.py::test_arrays_inside_are_write_protected_also_after_pickling"),
    Mutant("spaces/programs.py", "if value.names is not self.names and value.names != self.names:", "if False:", f"{SPACE_LAWS}::test_members_written_by_hand_are_recognised"),
    Mutant("spaces/programs.py", "if any(known[: len(position)] == position for known in edits):", "if False:", "tests/test_programs.py::test_replace_refuses_paths_that_overlap"),
    Mutant("spaces/sharing.py", "if self not in choose.scope:", "if True:", f"{SPACE_LAWS}::test_decide_stays_inside_and_trace_inverts_it[shared twice]"),
    Mutant("spaces/constraints.py", "if not self.holds(value):", "if False:", f"{SPACE_LAWS}::test_others_are_refused_with_path_and_reason[where]"),
    Mutant("spaces/moves.py", "FROM_AFAR = 0.03", "FROM_AFAR = 0.0", "tests/test_constraints.py::test_islands_are_left_now_and_then"),
    Mutant("spaces/moves.py", "return old if isinstance(old, int) and old < n else self.rest.index", "return self.rest.index", "tests/test_sharing.py::test_a_change_of_the_shared_value_keeps_what_still_fits"),
    Mutant("spaces/counting.py", "if key is not None and key in seen:", "if False:", f"{SPACE_LAWS}::test_enumeration_is_exact_and_agrees_with_the_size[overlapping]"),
    Mutant("spaces/counting.py", "if space.overlapping or (", "if (", f"{SPACE_LAWS}::test_the_size_is_as_counted_by_hand"),
    Mutant("spaces/counting.py", "if found > most:", "if False:", "tests/test_counting.py::test_few_members_are_counted_and_many_are_not_listed"),
    Mutant("spaces/counting.py", "if not (space.entangled or space.constrained or overlap):", "if True:", "tests/test_counting.py::test_few_members_are_counted_and_many_are_not_listed"),
    Mutant("spaces/choosers.py", "self.scope.clear()", "pass", "tests/test_sharing.py::test_a_refused_filling_leaves_no_shared_value_behind"),
    Mutant("spaces/reopening.py", "for hole in inside - used if", "for hole in inside if", "tests/test_edits.py::test_an_opened_hole_does_not_free_what_others_share"),
    Mutant("spaces/edits.py", "        new[space] = made\n", "        pass\n", "tests/test_edits.py::test_edits_pass_through_sharing_and_constraints"),
    Mutant("spaces/serialization.py", "args = sorted(", "args = list(", "tests/test_programs.py::test_values_that_mean_the_same_are_equal_with_the_same_hash_and_digest"),
    Mutant("spaces/serialization.py", "if len(found) > 1:", "if False:", "tests/test_serialization.py::test_two_things_of_one_name_are_refused_only_where_they_are_needed"),
    Mutant("spaces/display.py", "if value.shared and value in numbers:", "if False:", "tests/test_sharing.py::test_two_shared_holes_that_look_alike_are_two_decisions_and_two_fingerprints"),
]  # fmt: skip
