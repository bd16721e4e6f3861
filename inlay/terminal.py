"""What the command line draws in the terminal: tables, trees, code, and errors in one red line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from .search.baselines import Row
from .search.comparison_tables import SUMMARY_HEADS, introduction, known_text, problem_table, summary
from .search.pages import number_text

if TYPE_CHECKING:
    from .problems.hardware.devices import Device, Error
    from .search.comparison_result import Comparison

_WIDTH_OF_FILES = 140
#: Characters that a column of text has at least, however many numbers stand beside it.
_LEAST_TEXT = 10


def console(stderr: bool = False) -> Console:
    """A console on what is now the standard output or error; wide where no person's window limits it."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, highlight=False, width=None if stream.isatty() else _WIDTH_OF_FILES)


def say(text: str = "", style: str = "") -> None:
    """Print text as it is, long lines unbroken."""
    console().print(Text(text, style=style), soft_wrap=True)


def complain(message: str) -> None:
    """Print an error in red, to the standard error."""
    console(stderr=True).print(Text(f"error: {message}", style="bold red"), soft_wrap=True)


def print_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> None:
    """Print a table; the columns with the given indices hold numbers."""
    table = Table(title=title or None, title_justify="left", title_style="bold", header_style="bold", box=_box())
    for i, head in enumerate(heads):
        longest = max((len(row[i]) for row in rows), default=0)
        least = longest if i in numbers else min(_LEAST_TEXT, longest)  # headings break, numbers never
        justify: Literal["left", "right"] = "right" if i in numbers else "left"
        table.add_column(head, justify=justify, overflow="fold", min_width=least)
    for row in rows:
        table.add_row(*[Text(cell) for cell in row])
    console().print(table)


def print_comparison(rows: Sequence[Row], objectives: Mapping[str, str]) -> None:
    """Print the comparison table of a study; `objectives` are the directions by name."""
    notes = any(row.note for row in rows)
    kinds = {name: _kinds(rows, name) for name in objectives}
    single = len(objectives) == 1
    corner = ", ".join(f"{name} ({direction})" for name, direction in objectives.items()) if single else ""
    heads = [corner, *(kind if single else f"{name},\n{kind}" for name in objectives for kind in kinds[name])]
    heads += ["trials", "seconds"]
    cells = [_cells(row, kinds) + ([row.note] if notes else []) for row in rows]
    print_table("", [*heads, "note"] if notes else heads, cells, range(1, len(heads)))


def print_ranking(comparison: Comparison) -> None:
    """Print the table of every problem of a comparison of strategies, then the mean ranks."""
    for facts in comparison.problems:
        heads, rows = problem_table(comparison, facts.name)
        last = len(heads) if any(row[-1] for row in rows) else len(heads) - 1  # without notes their column is left out
        say(f"\n{facts.name}{known_text(comparison, facts.name)}", style="bold")
        print_table("", heads[:last], [row[:last] for row in rows], range(1, len(heads) - 1))
    say(f"\n{introduction(comparison)}", style="bold")
    print_table("", SUMMARY_HEADS, summary(comparison), range(1, len(SUMMARY_HEADS)))
    if failed := comparison.failures():
        say(f"{len(failed)} runs did not come to a result, the first with: {failed[0].note}", style="red")


def print_machine(machine: Device, error: Error) -> None:
    """Print what a measured machine is and reaches, and the error of estimates on shapes of all kinds held out."""
    facts = [(f"peak of {dtype}", f"{peak / 1e9:.1f} GFLOP/s") for dtype, peak in machine.peak.items()]
    facts += [
        (f"copying in {m.name}", f"{m.bandwidth / 1e9:.1f} GB/s to {m.capacity / 1e6:.0f} MB") for m in machine.memory
    ]
    print_table("This machine, one thread", ["what", "measured"], facts, (1,))
    rows = [[kind, f"{each.start * 1e6:.1f} µs", f"{each.compute:.3f}", f"{each.stream:.3f}", *_error_cells(each.error)]
            for kind, each in machine.efficiency.items()]  # fmt: skip
    heads = ["kind", "start", "share of peak", "share of bandwidth", "error", "rank correlation", "within 2x", "shapes"]
    rows.append(["all, new shapes", "", "", "", *_error_cells(error)])
    print_table("What kinds of operators reach, and the error on shapes held out", heads, rows, range(1, len(heads)))


def _error_cells(error: Error | None) -> list[str]:
    if error is None:
        return [""] * 4
    return [
        f"{error.relative:.1%}",
        f"{error.rank_correlation:.3f}",
        f"{error.within_twice:.0%}",
        str(error.measurements),
    ]


@contextmanager
def progress_line(what: str) -> Iterator[Callable[[str, int, int], None]]:
    """A function to call with what has just been done, how much is done, and of how much; silent outside terminals."""
    with Progress(
        TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TimeRemainingColumn(), TextColumn("{task.fields[text]}"),
        console=console(stderr=True), disable=not sys.stderr.isatty(),
    ) as bar:  # fmt: skip
        task = bar.add_task(what, total=None, text="")
        yield lambda text, done, total: bar.update(task, completed=done, total=total, text=escape(text))


def _kinds(rows: Sequence[Row], objective: str) -> tuple[str, ...]:
    """The columns of an objective: what was held out only where it is scored there."""
    held_out = any(objective in row.held_out for row in rows)
    return ("searched", "held-out", "difference") if held_out else ("searched",)


def _cells(row: Row, kinds: Mapping[str, Sequence[str]]) -> list[str]:
    cells = [row.label]
    for name, columns in kinds.items():
        cells.append(number_text(row.searched.get(name)))
        if len(columns) > 1:
            cells += [number_text(row.held_out.get(name)), number_text(row.difference(name), sign=True)]
    return [*cells, str(row.trials), f"{row.seconds:.1f}"]


def _box() -> Any:
    from rich import box

    return box.SIMPLE_HEAD
