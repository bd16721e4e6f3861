"""Formulas drawn as trees: with the characters of a terminal, and with matplotlib."""

from __future__ import annotations

from typing import Any, NamedTuple

from .formula import Formula
from .latex import name_latex
from .operators import CONSTANT, LITERAL, OWN, VARIABLE
from .printing import number_text
from .tree_layout import places

# -- text ------------------------------------------------------------------------------------------------------------


def text_tree(formula: Formula) -> str:
    """A formula as a tree of text.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> print(text_tree(parse_formula("x*sin(y + 1.5)")))
    *
    ├─ x
    └─ sin
       └─ +
          ├─ y
          └─ 1.5
    """
    titles, lines, rest = _titles(formula), [], [(0, "", "")]
    while rest:
        node, lead, follow = rest.pop()
        lines.append(lead + titles[node])
        operands = formula.operands(node)
        for operand in reversed(operands):
            branch, below = ("└─ ", "   ") if operand == operands[-1] else ("├─ ", "│  ")
            rest.append((operand, follow + branch, follow + below))
    return "\n".join(lines)


def _titles(formula: Formula) -> list[str]:
    """The text of each node alone."""
    numbers, titles = iter(formula.numbers), []
    for code in formula.symbols():
        if code in (LITERAL, CONSTANT):
            titles.append(number_text(code, next(numbers)))
        else:
            sign = formula.vocabulary.operator(code).symbol if code < OWN else ""
            titles.append(sign or formula.vocabulary.name(code))
    return titles


# -- pictures --------------------------------------------------------------------------------------------------------

#: In units of the height of a box: the height of letters, the room beside a text, between boxes and between levels.
_LETTERS, _MARGIN, _GAP, _LEVEL = 0.52, 0.34, 0.42, 2.0
_SIGNS = {
    "subtract": "−",
    "multiply": "×",
    "divide": "÷",
    "power": "^",
    "negative": "−",
    "minimum": "min",
    "maximum": "max",
    "sqrt": "√",
    "both": "∧",
    "either": "∨",
    "contrary": "¬",
}
#: Fill and border of operators, variables and numbers.
_COLORS = {"operator": ("#e7eefb", "#5b7fc4"), "variable": ("#e5f5ea", "#4f9d69"), "number": ("#fdf0de", "#cf8b3c")}
_INK, _EDGE = "#1f2a37", "#9aa7b5"


class Box(NamedTuple):
    """A node as it is drawn: its text as outlines, its kind, its width and its middle."""

    outline: Any
    kind: str
    width: float
    x: float
    y: float


def plot_tree(formula: Formula, axes: Any = None) -> Any:
    """Draw a formula as a tree on matplotlib's axes, made where none are given; returns the axes.

    Boxes and letters are drawn in the units of the axes: they keep their proportions at every size of the figure, and
    never overlap. Constants are rounded to four digits. Raises `ImportError` without matplotlib.
    """
    boxes = _boxes(formula)
    left, right = min(box.x - box.width / 2 for box in boxes), max(box.x + box.width / 2 for box in boxes)
    bottom = min(box.y for box in boxes)
    axes = _sized(right - left + 1, 2 - bottom) if axes is None else axes
    axes.set(xlim=(left - 0.5, right + 0.5), ylim=(bottom - 1, 1), aspect="equal")
    axes.axis("off")
    stroke = _stroke(axes)
    for node, box in enumerate(boxes):
        for operand in formula.operands(node):
            axes.add_patch(_branch(box, boxes[operand], stroke))
        axes.add_patch(_frame(box, stroke))
        axes.add_patch(_letters(box))
    return axes


def _boxes(formula: Formula) -> list[Box]:
    """The boxes of all nodes in prefix order."""
    try:
        from matplotlib.textpath import TextPath
    except ImportError:
        raise ImportError("plots need matplotlib: pip install 'inlay[plots]'") from None
    labels = _labels(formula)
    outlines = [TextPath((0, 0), text, size=_LETTERS) for text, _ in labels]
    widths = [max(1.0, outline.get_extents().width + 2 * _MARGIN) for outline in outlines]
    middles = places(formula, widths, _GAP)
    rows = zip(outlines, labels, widths, middles, strict=True)
    return [Box(outline, kind, width, x, -_LEVEL * level) for outline, (_, kind), width, (x, level) in rows]


def _labels(formula: Formula) -> list[tuple[str, str]]:
    """What is written in the box of each node, and its kind."""
    numbers, labels = iter(formula.numbers), []
    for code in formula.symbols():
        name = formula.vocabulary.name(code)
        if code >= VARIABLE:
            labels.append((f"${name_latex(name)}$", "variable"))
        elif code >= LITERAL:
            number = next(numbers)
            text = f"{number:.4g}" if code == CONSTANT else number_text(code, number)
            labels.append((text.replace("-", "−").replace("pi", "π"), "number"))
        else:
            sign = formula.vocabulary.operator(code).symbol if code < OWN else ""
            labels.append((_SIGNS.get(name) or sign or name, "operator"))
    return labels


def _sized(width: float, height: float) -> Any:
    """Axes that fill a figure of the size that a tree asks for, within that of a page."""
    from matplotlib import pyplot

    scale = min(0.5, 14 / width, 10 / height)
    figure = pyplot.figure(figsize=(max(width * scale, 1.0), max(height * scale, 1.0)))
    return figure.add_axes((0, 0, 1, 1))


def _stroke(axes: Any) -> float:
    """The width of lines, in points: thinner where the tree is drawn small."""
    points = axes.get_window_extent().width * 72 / axes.figure.dpi
    return float(min(1.3, max(0.25, 0.036 * points / (axes.get_xlim()[1] - axes.get_xlim()[0]))))


def _branch(above: Box, below: Box, stroke: float) -> Any:
    """A curve from the bottom of a box to the top of another, between the levels, so that it crosses no box."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    top, bottom = above.y - 0.5, below.y + 0.5
    middle = (top + bottom) / 2
    points = [(above.x, top), (above.x, middle), (below.x, middle), (below.x, bottom)]
    curve = Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
    return PathPatch(curve, fill=False, edgecolor=_EDGE, linewidth=stroke, capstyle="round", zorder=1)


def _frame(box: Box, stroke: float) -> Any:
    """The rounded frame of a box."""
    from matplotlib.patches import FancyBboxPatch

    fill, border = _COLORS[box.kind]
    style = "round,pad=0,rounding_size=0.5" if box.kind != "number" else "round,pad=0,rounding_size=0.28"
    corner = box.x - box.width / 2, box.y - 0.5
    return FancyBboxPatch(corner, box.width, 1.0, style, facecolor=fill, edgecolor=border, linewidth=stroke, zorder=2)


def _letters(box: Box) -> Any:
    """The text of a box as outlines, in its middle, all on one line of writing."""
    from matplotlib.patches import PathPatch
    from matplotlib.transforms import Affine2D

    extents = box.outline.get_extents()
    shift = Affine2D().translate(box.x - (extents.x0 + extents.x1) / 2, box.y - 0.36 * _LETTERS)
    return PathPatch(box.outline.transformed(shift), facecolor=_INK, linewidth=0, snap=False, zorder=3)
