"""A SQLite file as the home of a store: whether it is one of ours, whether it can be written, how it is set."""

import os
import sqlite3
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from .store_errors import StoreCorrupt, StoreReadOnly

MEMORY = ":memory:"
# The mark of a store: the application_id of SQLite, bytes 68 to 71 of its file, written before anything else.
_MARK = b"Inly"
_MAGIC = b"SQLite format 3\0"
_WRITABLE = "mode=rwc"


def sqlite_engine(path: str, wait: float) -> sa.Engine:
    """An engine on the file at `path`, for any thread, that waits `wait` seconds for other processes.

    A file that cannot be written is opened for reading: with the changes of a process that writes it
    at that time, or where there is none, as it stands.

    Raises: StoreReadOnly if no file can be there; StoreCorrupt if the file is not a store.
    """
    target, options = (":memory:", _WRITABLE) if path == MEMORY else _inspect(Path(path).absolute())

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(f"{target}?{options}", uri=True, timeout=wait, check_same_thread=False)
        try:
            _set_up(connection, path, writable=options == _WRITABLE)
        except BaseException:
            connection.close()
            raise
        return connection

    return sa.create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _inspect(file: Path) -> tuple[str, str]:
    """The address of the file as SQLite wants it, and the way to open it."""
    if file.exists() and not file.is_file():
        raise StoreReadOnly(f"{file} is a folder or a device; give the path of a file.")
    if not file.parent.is_dir():
        raise StoreReadOnly(f"{file}: its folder does not exist; make the folder first, or give another path.")
    _refuse_other(file)
    return file.as_uri(), _options(file.resolve())


def _options(file: Path) -> str:
    """How SQLite is to open the file; a reader without rights must not leave files of its own beside it."""
    if _may_write(file.parent) and (not file.exists() or _may_write(file)):
        return _WRITABLE
    if not file.exists():
        raise StoreReadOnly(f"{file}: its folder cannot be written; make it writable, or give another path.")
    return "mode=ro" if _beside(file, "-wal").exists() else "mode=ro&immutable=1"


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


def _refuse_other(file: Path) -> None:
    """Refuse a file that is not a store, without SQLite: it would settle, and so change, another's open journal.

    A journal beside the file means that its beginning is being written; then `_set_up` decides. It
    may have gone since the first look, hence the second.
    """
    if not (_looks_ours(file) or _beside(file, "-journal").exists() or _looks_ours(file)):
        raise _not_a_store(file)


def _looks_ours(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            start = stream.read(72)
    except FileNotFoundError:
        return True
    except OSError as error:
        raise StoreReadOnly(f"{file} cannot even be read ({error.strerror}); ask its owner for access.") from error
    return not start or (start.startswith(_MAGIC) and start[68:] == _MARK)


def _set_up(connection: sqlite3.Connection, path: str, writable: bool) -> None:
    """Mark and set what was opened. Only what is empty or marked is changed."""
    mark = int.from_bytes(_MARK, "big")
    (found,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if found != mark and (found or tables):
        raise _not_a_store(Path(path))
    if writable and found != mark:
        connection.execute(f"PRAGMA application_id = {mark}")
    if writable:
        connection.execute("PRAGMA journal_mode = WAL")  # many read while one writes
    connection.execute("PRAGMA synchronous = NORMAL")  # what is committed survives the process, if not the machine
    connection.execute("PRAGMA foreign_keys = ON")


def _not_a_store(file: Path) -> StoreCorrupt:
    return StoreCorrupt(
        f"{file} is not an Inlay store: it is damaged, or belongs to another application. It was left as it is; "
        "give another path, or restore a backup."
    )
