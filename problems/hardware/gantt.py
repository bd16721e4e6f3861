"""Gantt charts: a schedule drawn with matplotlib, a row for each stream."""

from __future__ import annotations

from typing import Any

from ...search.plots import axes_or_new
from .schedules import Schedule, Times

#: Seconds in a unit of the axis, the largest first.
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
#: A label is drawn where its bar has this many characters' widths for each of its characters.
ROOM = 1.15


def plot_schedule(schedule: Schedule, axes: Any = None, candidate: int = 0, times: Times | None = None) -> Any:
    """Draw one candidate of a schedule: rows are streams, bars are tasks, a colour is a kind; returns the axes.

    Without `times`, those of the fixed orders are drawn. A bar that is wide enough bears its number, or its kind where
    no number ends its name; the share of the makespan in which a stream works stands beside its row. Raises
    `ImportError` without matplotlib.
    """
    axes = axes_or_new(axes, (11, 3.2))
    times = schedule.times() if times is None else times
    column = candidate if times.starts.shape[1] > 1 else 0
    starts, ends = times.starts[:, column], times.ends[:, column]
    unit, name = next((pair for pair in UNITS if pair[0] <= ends.max()), UNITS[-1])
    used = [stream for stream in schedule.streams if schedule.orders[stream]]
    colours = _colours(schedule)
    for i, task in enumerate(schedule.tasks):
        left, width = starts[i] / unit, (ends[i] - starts[i]) / unit
        if width > 0:
            axes.barh(used.index(task.stream), width, left=left, height=0.72, color=colours[task.kind],
                      edgecolor="white", linewidth=0.6)  # fmt: skip
            _label(axes, task.name, task.kind, left, width, used.index(task.stream), ends.max() / unit)
    _frame(axes, schedule, times, column, used, ends.max() / unit, name)
    _legend(axes, colours)
    return axes


def _colours(schedule: Schedule) -> dict[str, Any]:
    """A colour for each kind, in the order in which the kinds first occur."""
    from matplotlib import colormaps

    kinds = list(dict.fromkeys(task.kind for task in schedule.tasks))
    palette = colormaps["tab10" if len(kinds) <= 10 else "tab20"]
    return {kind: palette(i % palette.N) for i, kind in enumerate(kinds)}


def _label(axes: Any, name: str, kind: str, left: float, width: float, row: int, end: float) -> None:
    """The number of a chunk, or the kind of a task, in the middle of a bar that has room for it."""
    number = name[len(name.rstrip("0123456789")) :]
    pixels = axes.get_window_extent().width * width / end
    for text in (f"{kind} {number}".strip(), number or kind):
        if pixels * 72 / axes.figure.dpi > ROOM * 4.2 * len(text):  # a character of size 7 is about 4.2 points wide
            axes.text(left + width / 2, row, text, ha="center", va="center", fontsize=7, color="white")
            return


def _frame(axes: Any, schedule: Schedule, times: Times, column: int, used: list[str], end: float, unit: str) -> None:
    """The axes: streams from the top in their order, and how much of the makespan each works."""
    makespan = float(times.makespan[column])
    shares = [float(times.busy[stream][min(column, len(times.busy[stream]) - 1)]) / makespan for stream in used]
    axes.set_yticks(
        range(len(used)), [f"{stream}\n{share:.0%} busy" for stream, share in zip(used, shares, strict=True)]
    )
    axes.set(xlim=(0, end), ylim=(len(used) - 0.5, -0.5), xlabel=f"time ({unit}), makespan {end:.4g} {unit}")
    axes.spines[["top", "right"]].set_visible(False)


def _legend(axes: Any, colours: dict[str, Any]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=colour, label=kind) for kind, colour in colours.items()]
    axes.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(handles), frameon=False,
                fontsize=8)  # fmt: skip
