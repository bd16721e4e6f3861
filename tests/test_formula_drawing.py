"""Formulas drawn as trees."""

from __future__ import annotations

import sys
from collections import defaultdict
from itertools import pairwise

import pytest
from formula_samples import MEMBERS, SPACES
from hypothesis import example, given, settings
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from inlay.spaces.formulas import Formula, Formulas, parse_formula
from inlay.spaces.formulas.tree_layout import places

law = settings(deadline=None, derandomize=True, database=None, max_examples=100)


@law
@given(MEMBERS)
@example((SPACES[0], parse_formula("where(x0 < x1, 2, sin(x1))")))
def test_boxes_do_not_overlap_and_parents_stand_above_the_middle(member: tuple[Formulas, Formula]) -> None:
    formula, levels = member[1], defaultdict(list)
    widths = [1.0 + code % 7 for code in formula.symbols()]
    found = places(formula, widths, gap=0.5)
    for (x, level), width in zip(found, widths, strict=True):
        levels[level].append((x - width / 2, x + width / 2))
    for row in levels.values():
        ordered = sorted(row)
        assert ordered == row, "the order of operands is kept"
        assert all(b[0] - a[1] >= 0.5 - 1e-9 for a, b in pairwise(ordered))
    for node in range(formula.size):
        if operands := formula.operands(node):
            assert found[node][0] == pytest.approx((found[operands[0]][0] + found[operands[-1]][0]) / 2)


@law
@given(MEMBERS)
def test_a_text_tree_has_one_line_for_each_node(member: tuple[Formulas, Formula]) -> None:
    assert len(member[1].tree().splitlines()) == member[1].size


def test_a_picture_has_one_box_for_each_node_inside_its_axes() -> None:
    formula = parse_formula("where(x < 1.25, sqrt(omega_max)/2, -pi*exp(speed - 2.71828e-7))")
    axes = Figure().add_subplot()
    assert formula.plot(axes) is axes
    boxes = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    assert len(boxes) == formula.size
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    for box in boxes:
        assert left < box.get_x() < box.get_x() + box.get_width() < right
        assert bottom < box.get_y() < box.get_y() + box.get_height() < top


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.textpath", None)
    with pytest.raises(ImportError, match=r"pip install 'inlay\[plots\]'"):
        parse_formula("x").plot()
