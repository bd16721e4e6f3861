"""The trials of a study as a table."""

from __future__ import annotations

from collections.abc import Iterable
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
    rows = [trial_row(trial, study.problem.objectives) for trial in study.trials]
    index = pandas.Index([row.pop("number") for row in rows], dtype="int64", name="number")
    return pandas.DataFrame(rows, index=index)


_COLUMNS = ("number", "state", "violation", "seconds", "cost", "reused", "error")


def trial_row(trial: Trial, objectives: Iterable[str]) -> dict[str, Any]:
    """A trial as one flat row: what it scored, and every plain part of its program under its path.

    A path or an objective that is called like another column is written `program.path` or `objective.name`.
    """
    named = {name: f"objective.{name}" if name in _COLUMNS else name for name in objectives}
    row: dict[str, Any] = {"number": trial.number, "state": trial.state}
    row |= {column: trial.objectives.get(name, float("nan")) for name, column in named.items()}
    if trial.violations:
        row["violation"] = trial.violation
    row |= {"seconds": trial.seconds, "cost": trial.cost, "reused": trial.reused, "error": trial.error}
    taken = {*_COLUMNS, *named.values()}
    parts = plain_parts(trial.program)
    return row | {f"program.{path}" if path in taken else path: part for path, part in parts.items()}


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
