"""A progress bar for terminals and notebooks, silent anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from .study import Study

Advance = Callable[[], None]


@contextmanager
def progress_bar(
    study: Study, trials: int | None, seconds: float | None, wanted: bool | None
) -> Iterator[Advance | None]:
    """A function to call after every trial, or None where no bar is shown.

    `wanted=None` shows the bar only where a person looks: in a terminal or a notebook.
    """
    if wanted is False or (wanted is None and not _is_watched()):
        yield None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    counted = trials is not None
    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn() if counted else TextColumn("{task.fields[told]} trials"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[best]}"),
    )
    with Progress(*columns, console=_console(), refresh_per_second=8) as bar:
        name = study.name if len(study.name) <= 32 else study.name[:31] + "…"  # the times need the room
        task = bar.add_task(name, total=trials if counted else seconds, best="", told=0)
        start, told, shown = time.monotonic(), 0, 0.0

        def advance() -> None:
            nonlocal told, shown
            told += 1
            now = time.monotonic()
            if now - shown > 0.1 or told == trials:
                shown = now
                bar.update(task, completed=told if counted else now - start, best=best_text(study), told=told)

        yield advance
        bar.update(task, completed=told if counted else time.monotonic() - start, best=best_text(study), told=told)


def best_text(study: Study) -> str:
    """What has been found so far, in a few words."""
    failed = sum(trial.state == "failed" for trial in study.trials[-1000:])
    suffix = f", {failed} of the last {min(1000, len(study.trials))} failed" if failed else ""
    if len(study.problem.objectives) > 1:
        return f"{len(study.pareto)} on the front{suffix}"
    if study._best is None:
        return f"no success yet{suffix}"
    return f"best {next(iter(study._best.objectives.values())):.6g}{suffix}"


def _is_watched() -> bool:
    return (sys.stderr is not None and sys.stderr.isatty()) or _in_notebook()


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    found = shell.get_ipython() if shell is not None else None
    return found is not None and found.__class__.__name__ == "ZMQInteractiveShell"


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=not _in_notebook())
