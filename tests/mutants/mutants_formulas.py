"""Mistakes in formulas: the space, its text and identity, its library, and constants."""
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
]
