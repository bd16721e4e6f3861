"""Where the nodes of a tree go: level by level, parents above the middle of their children, no box over another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .formula import Formula


class Subtree(NamedTuple):
    """A part of a tree, its root at zero: the places of its children, and how far it reaches on each level."""

    shifts: tuple[float, ...]
    left: tuple[float, ...]
    right: tuple[float, ...]


def places(formula: Formula, widths: Sequence[float], gap: float) -> list[tuple[float, int]]:
    """The middle and the level of each node, in prefix order, for boxes of these widths with a gap between them.

    Source: Reingold and Tilford 1981, "Tidier Drawings of Trees", 10.1109/TSE.1981.234519.
    Differs: children are packed from the left for any number of them, by contours kept as lists.

    >>> from inlay.spaces.formulas.parsing import parse_formula
    >>> places(parse_formula("x + sin(x)", ["x"]), [1, 1, 1, 1], gap=1)
    [(0.0, 0), (-1.0, 1), (1.0, 1), (1.0, 2)]
    """
    subtrees = _subtrees(formula, widths, gap)
    found, rest = [(0.0, 0)] * formula.size, [(0, 0.0, 0)]
    while rest:
        node, x, level = rest.pop()
        found[node] = x, level
        children = zip(formula.operands(node), subtrees[node].shifts, strict=True)
        rest += [(child, x + shift, level + 1) for child, shift in children]
    return found


def _subtrees(formula: Formula, widths: Sequence[float], gap: float) -> list[Subtree]:
    """The subtree that each node heads."""
    made: list[Subtree] = [Subtree((), (), ())] * formula.size
    for node in reversed(range(formula.size)):
        made[node] = _joined([made[child] for child in formula.operands(node)], widths[node], gap)
    return made


def _joined(children: list[Subtree], width: float, gap: float) -> Subtree:
    """Children packed side by side, with their parent above the middle."""
    shifts, left, right = list[float](), tuple[float, ...](), tuple[float, ...]()
    for child in children:
        shift = max([end + gap - start for end, start in zip(right, child.left, strict=False)], default=0.0)
        shifts.append(shift)
        left += tuple([start + shift for start in child.left[len(left) :]])
        right = tuple([end + shift for end in child.right]) + right[len(child.right) :]
    middle = (shifts[0] + shifts[-1]) / 2 if shifts else 0.0
    return Subtree(
        tuple([shift - middle for shift in shifts]),
        (-width / 2, *[start - middle for start in left]),
        (width / 2, *[end - middle for end in right]),
    )
