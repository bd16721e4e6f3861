"""The log of a study: trials as records, and the replay that brings a strategy back to where it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..spaces import read_json, write_json
from .records import Record
from .trials import Trial

if TYPE_CHECKING:
    from .study import Study


class ReplayError(RuntimeError):
    """A stored study cannot be repeated: the code of the space or of the strategy has changed since."""


_text = json.JSONEncoder(ensure_ascii=False, default=str).encode  # made once: `json.dumps` makes one for each call


def program_text(program: Any) -> str:
    """A program as readable JSON text."""
    return _text(write_json(program))


def record_of(trial: Trial, asks: str) -> Record:
    """A told trial as one record; `asks` says what was asked since the tell before."""
    assert trial.told is not None
    return Record(
        number=trial.number,
        program=program_text(trial.program),
        state=trial.state,
        objectives=_text(dict(trial.objectives)),
        told=trial.told,
        asks=asks,
        foreign=trial.foreign,
        seconds=trial.seconds,
        cost=trial.cost,
        finished=trial.finished,
        fidelity=trial.fidelity,
        violations=_text(list(trial.violations)) if trial.violations else "[]",
        feedback="null" if trial.feedback is None else _text(trial.feedback),
        origin="null" if trial.origin is None else _text(trial.origin),
        error=trial.error,
        reused=trial.reused,
    )


def restore(trial: Trial, record: Record, signs: Sequence[float]) -> None:
    """Write a record's outcome into its trial."""
    trial.state, trial.told, trial.foreign = record.state, record.told, record.foreign
    trial.objectives = json.loads(record.objectives)
    trial.losses = tuple(sign * value for sign, value in zip(signs, trial.objectives.values(), strict=False))
    trial.violations = tuple(json.loads(record.violations))
    trial.feedback = json.loads(record.feedback)
    trial.seconds, trial.cost, trial.finished = record.seconds, record.cost, record.finished
    trial.error, trial.reused = record.error, record.reused


def replay(study: Study, records: Sequence[Record]) -> None:
    """Ask and tell the strategy exactly as the log says, so that it goes on as if it had never stopped.

    Raises `ReplayError` when the strategy now proposes something else than the log holds.
    """
    for _, group in groupby(records, key=lambda record: record.told):
        told = list(group)
        for first, wanted in json.loads(told[0].asks or "[]"):
            study.ask_again(first, wanted)
        trials = [_matched(study, record) for record in told]
        study.tell_again(trials)


def _matched(study: Study, record: Record) -> Trial:
    """The trial that a record belongs to: one that was asked for, or a foreign one made from the record."""
    if record.foreign:
        member = study.space.adopt(read_json(json.loads(record.program), (study.space,)))
        trial = Trial(record.number, member, json.loads(record.origin), record.fidelity)
    else:
        trial = study.take_pending(record.number)
        text = program_text(trial.program)
        if text != record.program:
            raise ReplayError(
                f"study {study.name!r} cannot be resumed: trial {record.number} is stored as {record.program}, but the "
                f"strategy now proposes {text}; the space's or strategy's code has changed since: use another name"
            )
    restore(trial, record, study.problem.signs)
    return trial
