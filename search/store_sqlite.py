"""A SQLite file as the home of a store: whether it is one of ours, whether it can be written, how it is set.

Only SQLite may open the file: under POSIX, closing a file that was opened in any other way drops the
locks of all the connections to it in this process, and with them the safety of what they write.
"""

import os
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from .store_errors import StoreCorrupt, StoreReadOnly

MEMORY = ":memory:"
# The mark of a store, SQLite's application_id: the first thing that is written into its file.
MARK = int.from_bytes(b"Inly", "big")
_WRITABLE = "mode=rwc"


def sqlite_engine(path: str, wait: float) -> sa.Engine:
    """An engine on the file at `path`, for any thread, that waits `wait` seconds for other processes.

    A file that cannot be written is opened for reading: with the changes of a process that writes it
    at that time, or where there is none, as it stands.

    Raises: StoreReadOnly if there can be no file at this path; connecting raises StoreCorrupt if it is no store.
    """
    connect = _connect_to_memory if path == MEMORY else partial(_connect, _place(path), wait)
    return sa.create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _place(path: str) -> Path:
    file = Path(path).absolute()
    if not path:
        raise StoreReadOnly("the address of the store is empty; give the path of a file, or the URL of a database.")
    if file.exists() and not file.is_file():
        raise StoreReadOnly(f"{file} is a folder or a device; give the path of a file.")
    if not file.parent.is_dir():
        raise StoreReadOnly(f"{file}: its folder does not exist; make the folder first, or give another path.")
    return file


def _connect(file: Path, wait: float) -> sqlite3.Connection:
    options = _options(file)
    _refuse_other(file, options, wait)
    return _set_up(_open(file, options, wait), writable=options == _WRITABLE)


def _connect_to_memory() -> sqlite3.Connection:
    return _set_up(sqlite3.connect(MEMORY, check_same_thread=False), writable=True)


def _open(file: Path, options: str, wait: float) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.as_uri()}?{options}", uri=True, timeout=wait, check_same_thread=False)


def _options(file: Path) -> str:
    """How SQLite is to open the file; a reader without rights must not leave files of its own beside it."""
    if _may_write(file.resolve().parent) and (not file.exists() or _may_write(file)):
        return _WRITABLE
    if not file.exists():
        raise StoreReadOnly(f"{file}: its folder cannot be written; make it writable, or give another path.")
    return "mode=ro" if _has_changes_beside(file) else "mode=ro&immutable=1"


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _has_changes_beside(file: Path) -> bool:
    real = file.resolve()
    return real.with_name(real.name + "-wal").exists()


def _refuse_other(file: Path, options: str, wait: float) -> None:
    """Raise StoreCorrupt, and change nothing, unless the file is marked as a store or is empty.

    Changes that a crash left beside a file would be moved into it by opening it for writing, hence
    "ro"; without them "rw" is what leaves no trace. The size is taken twice, for another process may
    write its mark in between, and SQLite may undo one that was half written.
    """
    if not (file.exists() and file.stat().st_size):
        return
    if options == _WRITABLE:
        options = "mode=ro" if _has_changes_beside(file) else "mode=rw"
    with closing(_open(file, options, wait)) as connection:
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
    if mark != MARK and file.stat().st_size:
        remedy = "It was left as it is; give another path, or restore a backup."
        raise StoreCorrupt(f"{file} is not an Inlay store: it belongs to another application, or is damaged. {remedy}")


def _set_up(connection: sqlite3.Connection, writable: bool) -> sqlite3.Connection:
    try:
        if writable:
            if connection.execute("PRAGMA application_id").fetchone() != (MARK,):
                connection.execute(f"PRAGMA application_id = {MARK}")
            connection.execute("PRAGMA journal_mode = WAL")  # many read while one writes
        connection.execute("PRAGMA synchronous = NORMAL")  # what is committed outlives the process, if not the machine
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection
