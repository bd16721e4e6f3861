"""The append-only log of studies: what is told is written down once, and found again after any crash.

A store is a SQLite file unless a URL says otherwise; it needs no server, any number of processes may
read it while one writes, and several studies share it by name.
"""

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from difflib import unified_diff
from operator import attrgetter
from typing import Any, Self

import sqlalchemy as sa

from .records import Header, Record
from .store_database import Database
from .store_errors import (
    StoreCorrupt,
    StoreError,
    StoreLocked,
    StoreReadOnly,
    StoreRefused,
    StoreVersion,
    StudyConflict,
    StudyMismatch,
    StudyUnknown,
)
from .store_schema import NOTES, RECORDS, STUDIES

__all__ = [
    "Header",
    "Record",
    "Store",
    "StoreCorrupt",
    "StoreError",
    "StoreLocked",
    "StoreReadOnly",
    "StoreRefused",
    "StoreVersion",
    "StudyConflict",
    "StudyLog",
    "StudyMismatch",
    "StudyUnknown",
]


class Store:
    """Studies in one place: a SQLite file (made if need be), or the database at an SQLAlchemy URL.

    What a method has written when it returns survives the death of this process. `wait` is how many
    seconds to let another process finish with the file. Any thread may use a store; it cannot be pickled.

    Raises: StoreLocked, StoreReadOnly, StoreVersion, StoreCorrupt, or StoreError, when made or used.

    >>> with Store(":memory:") as store:
    ...     log = store.study(Header("demo", "sphere", "Real(-1, 1)", "RandomSearch()", 0, (("loss", "minimize"),)))
    ...     log.append([Record(0, "0.5", "done", '{"loss": 0.25}', 0, "[[0, 1]]", False, 0.01, 1.0, 1.7e9)])
    ...     [record.objectives for record in store.log("demo").records()]
    ['{"loss": 0.25}']
    """

    def __init__(self, address: str | os.PathLike[str], *, wait: float = 5.0) -> None:
        self._database = Database(address, wait)

    def __repr__(self) -> str:
        return f"Store({self._database.where!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; closing twice is allowed, using a closed store raises StoreError."""
        self._database.close()

    def study(self, header: Header) -> "StudyLog":
        """The log of the study that `header` describes, made if there is none.

        Raises: StudyMismatch if the stored study of this name is another one.
        """
        log = self._find(header.name) or self._create(header)
        if differences := _differences(log.header, header):
            where = f"{self._database.where}: study {header.name!r}"
            remedy = "Give the new study another name, or run with the stored settings."
            raise StudyMismatch("\n".join([f"{where} is another one:", *differences, remedy]))
        return log

    def log(self, name: str) -> "StudyLog":
        """The log of a stored study.

        Raises: StudyUnknown, listing the names there are.
        """
        log = self._find(name)
        if log is None:
            raise self._unknown(name)
        return log

    def header(self, name: str) -> Header | None:
        """What identifies the study of that name, or None where there is none."""
        log = self._find(name)
        return None if log is None else log.header

    def headers(self) -> list[Header]:
        """What identifies each study, the oldest first."""
        with self._database.transaction() as connection:
            rows = connection.execute(sa.select(STUDIES).order_by(STUDIES.c.id)).all()
        return [_header(row) for row in rows]

    def delete(self, name: str) -> None:
        """Remove a study with its records and notes, for good.

        Raises: StudyUnknown, listing the names there are.
        """
        with self._database.transaction() as connection:
            found = connection.execute(sa.delete(STUDIES).where(STUDIES.c.name == name)).rowcount
        if not found:
            raise self._unknown(name)

    def _find(self, name: str) -> "StudyLog | None":
        with self._database.transaction() as connection:
            row = connection.execute(sa.select(STUDIES).where(STUDIES.c.name == name)).one_or_none()
        return None if row is None else StudyLog(self._database, row.id, _header(row))

    def _create(self, header: Header) -> "StudyLog":
        values = {
            "name": header.name,
            "problem": header.problem,
            "space": header.space,
            "strategy": header.strategy,
            "seed": str(header.seed),
            "objectives": json.dumps(header.objectives),
            "details": header.details,
        }
        try:
            with self._database.transaction() as connection:
                connection.execute(sa.insert(STUDIES).values(values))
        except StoreRefused:
            if self._find(header.name) is None:  # else another process has just made it
                raise
        return self.log(header.name)

    def _unknown(self, name: str) -> StudyUnknown:
        names = ", ".join(repr(header.name) for header in self.headers()) or "none"
        return StudyUnknown(f"{self._database.where}: no study {name!r}; the studies there are: {names}.")


class StudyLog:
    """The log of one study, to be appended to and read; a Store makes it.

    Raises: StoreLocked, StoreReadOnly, StoreCorrupt, or StoreError, when used.
    """

    def __init__(self, database: Database, identity: int, header: Header) -> None:
        self.header = header
        self._database = database
        self._identity = identity

    def __repr__(self) -> str:
        return f"StudyLog({self.header.name!r} in {self._database.where!r})"

    def __len__(self) -> int:
        with self._database.transaction() as connection:
            query = sa.select(sa.func.count()).select_from(RECORDS).where(RECORDS.c.study == self._identity)
            return connection.scalar(query) or 0

    def append(self, records: Sequence[Record]) -> None:
        """Write all the records, or none of them when it raises.

        Raises: StudyConflict if a number is already there; StoreRefused if a value cannot be stored.
        """
        if not records:
            return
        try:
            self._database.insert([(self._identity, *_values(record)) for record in records])
        except StoreRefused as error:
            raise self._reason([record.number for record in records]) or error from error

    def records(self, after: int = -1) -> list[Record]:
        """The records told at an event later than `after`, in the order of `told`, then of `number`."""
        query = sa.select(*_columns).where(RECORDS.c.study == self._identity, RECORDS.c.told > after)
        with self._database.transaction() as connection:
            rows = connection.execute(query.order_by(RECORDS.c.told, RECORDS.c.number)).all()
        return [Record(*row) for row in rows]

    def note(self, told: int, text: str) -> None:
        """Write down what no record says, at the event `told`: that the strategy changed its space, say."""
        with self._database.transaction() as connection:
            connection.execute(sa.insert(NOTES).values(study=self._identity, told=told, text=text))

    def notes(self) -> list[tuple[int, str]]:
        """The notes as pairs of event index and text, in the order of writing."""
        query = sa.select(NOTES.c.told, NOTES.c.text).where(NOTES.c.study == self._identity).order_by(NOTES.c.id)
        with self._database.transaction() as connection:
            return [(row.told, row.text) for row in connection.execute(query)]

    def _reason(self, numbers: list[int]) -> StoreError | None:
        """Why the log did not take trials of these numbers, as far as the numbers tell."""
        where = f"{self._database.where}: study {self.header.name!r}"
        with self._database.transaction() as connection:
            mine = RECORDS.c.study == self._identity
            between = RECORDS.c.number.between(min(numbers), max(numbers))
            present = set(connection.scalars(sa.select(RECORDS.c.number).where(mine, between)))
            known = connection.scalar(sa.select(STUDIES.c.id).where(STUDIES.c.id == self._identity))
        if known is None:
            return StudyUnknown(f"{where} was deleted meanwhile, nothing was written; start it anew.")
        if taken := sorted(present.intersection(numbers)):
            what, remedy = "are in the log already", "Another process appends to this study: let only one run it."
        elif taken := sorted(number for number, times in Counter(numbers).items() if times > 1):
            what, remedy = "come more than once in one append", "Number every trial of a study differently."
        else:
            return None
        some = ", ".join(map(str, taken[:5])) + (", ..." if len(taken) > 5 else "")
        return StudyConflict(f"{where}: trials {some} {what}, nothing was written. {remedy}")


# Reading takes the columns in the order of a record's fields; writing, the fields in the order of the columns.
_columns = [RECORDS.c[field.name] for field in fields(Record)]
_values = attrgetter(*RECORDS.c.keys()[1:])


def _header(row: sa.Row[Any]) -> Header:
    objectives = tuple((name, direction) for name, direction in json.loads(row.objectives))
    return Header(row.name, row.problem, row.space, row.strategy, int(row.seed), objectives, row.details)


def _differences(stored: Header, given: Header) -> list[str]:
    """A line for each setting that differs, and a unified diff of the spaces."""
    lines = [
        f"{name}: stored {getattr(stored, name)!r}, given {getattr(given, name)!r}"
        for name in ("problem", "strategy", "seed", "objectives")
        if getattr(stored, name) != getattr(given, name)
    ]
    if stored.space != given.space:
        # split("\n") takes no two texts for the same; splitlines() would
        diff = unified_diff(stored.space.split("\n"), given.space.split("\n"), "stored", "given", lineterm="")
        lines += ["space:", *diff]
    return lines
