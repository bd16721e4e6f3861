"""The trials of a study as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..spaces import Program
from ..spaces.paths import format_path
from .trials import Trial

if TYPE_CHECKING:
    from .study import Study


def trial_frame(study: Study) -> Any:
    """A pandas data frame with a row for every told trial; raises `ImportError` with the remedy without pandas."""
    try:
        import pandas
    except ImportError:
        raise ImportError("Study.frame() needs pandas: pip install 'inlay[frames]'") from None
    return pandas.DataFrame([trial_row(trial) for trial in study.trials]).set_index("number")


def trial_row(trial: Trial) -> dict[str, Any]:
    """A trial as one flat row: what it scored, and every plain part of its program under its path."""
    row: dict[str, Any] = {"number": trial.number, "state": trial.state, **trial.objectives}
    if trial.violations:
        row["violation"] = trial.violation
    row |= {"seconds": trial.seconds, "cost": trial.cost, "reused": trial.reused, "error": trial.error}
    return row | plain_parts(trial.program)


def plain_parts(program: Any) -> dict[str, Any]:
    """The plain parts of a program under their paths as text; lists of plain values stay whole."""
    if program.__class__ is not Program:
        return {"value": program}
    parts: dict[str, Any] = {}
    stack: list[tuple[tuple[Any, ...], Any]] = [((), program)]
    while stack:
        path, value = stack.pop()
        if value.__class__ is Program and not _is_plain_list(value):
            if value.head not in (dict, list, tuple):
                parts[format_path(path) if path else "head"] = getattr(value.head, "__name__", str(value.head))
            stack.extend(((*path, name), arg) for name, arg in reversed(list(value.items())))
        else:
            parts[format_path(path)] = value.build() if value.__class__ is Program else value
    return parts


def _is_plain_list(value: Program) -> bool:
    return value.head is list and not any(arg.__class__ is Program for arg in value.args)
