"""The figure of a report page: an SVG element that takes its colours from the page and loads nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from .plots import plot_studies, plot_study

if TYPE_CHECKING:
    from .baselines import Row
    from .study import Study

# Everything drawn in these colours takes those of the page, which change with its mode.
_INK, _FAINT = "#010203", "#040506"
_COLORS = ("#2f7ed8", "#e07b39")
_STYLE: dict[Any, Any] = {
    "axes.edgecolor": _FAINT,
    "axes.facecolor": "none",
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "inlay",  # the same study, the same page
    "text.color": _INK,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "xtick.color": _FAINT,
    "xtick.labelcolor": _INK,
    "ytick.color": _FAINT,
    "ytick.labelcolor": _INK,
}


def figure(study: Study, baseline: Study | None, rows: list[Row]) -> str:
    """Best-so-far curves with a line for each published point, or the Pareto front; raises `ImportError`."""
    return svg_element(lambda axes: _draw(axes, study, baseline, rows), f"Progress of the study {study.name}")


def svg_element(draw: Callable[[Any], Any], title: str, size: tuple[float, float] = (7.6, 4.2)) -> str:
    """What `draw` draws on the axes it is given, as an element for a page; raises `ImportError`."""
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("this figure needs matplotlib: pip install 'inlay[plots]', then report again") from None
    with rc_context(_STYLE):
        drawing = Figure(figsize=size, layout="constrained")
        draw(drawing.add_subplot())
        out = io.StringIO()
        drawing.savefig(out, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return _embedded(out.getvalue(), title)


def _draw(axes: Any, study: Study, baseline: Study | None, rows: list[Row]) -> None:
    objectives = list(study.problem.objectives)
    if len(objectives) > 1:
        plot_study(study, axes)
        axes.set_title("")
        return
    axes.set_prop_cycle(color=_COLORS[:1] if baseline is None else _COLORS[1::-1])  # the study lies on top, in blue
    plot_studies([study] if baseline is None else [baseline, study], axes)
    published = [row for row in rows if row.label in study.problem.published and row.searched]
    for row, dashes in zip(published, ("--", ":", "-.") * len(published), strict=False):
        axes.axhline(row.searched[objectives[0]], color=_INK, linestyle=dashes, linewidth=1, label=row.label)
    axes.set_title("")
    axes.legend(loc="best")


def _embedded(svg: str, title: str) -> str:
    """The bare element: no prolog, no metadata, no namespaces (HTML knows them), colours by name of the page's."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg)
    svg = re.sub(r'(<svg[^>]*?)\swidth="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?)\sheight="[^"]*"', r"\1", svg, count=1)
    svg = svg.replace(_INK, "var(--ink)").replace(_FAINT, "var(--faint)")
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(title)}"', 1)
