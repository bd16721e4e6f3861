"""What can go wrong with a store: each error says what, where, and the remedy."""

import sqlite3


class StoreError(RuntimeError):
    """A store cannot do what was asked; the subclasses name the reasons that a caller may act on."""


class StoreLocked(StoreError):
    """Another process held the database for longer than the store waits."""


class StoreReadOnly(StoreError):
    """Nothing can be written at this address; what is there can still be read."""


class StoreVersion(StoreError):
    """The database was laid out by a newer or an older Inlay."""


class StoreCorrupt(StoreError):
    """The file is damaged, is not a database, or belongs to another application."""


class StoreRefused(StoreError):
    """The database refused a value or a row; nothing of the transaction was written."""


class StudyUnknown(StoreError):
    """The store has no study of this name."""


class StudyMismatch(StoreError):
    """A study of this name exists, with other settings."""


class StudyConflict(StoreError):
    """A trial of this number is already in the log: another process appends to the same study."""


_BUSY = StoreLocked, "another process holds the database", "wait for it to end, or give the store a longer `wait`"
_READ_ONLY = StoreReadOnly, "it cannot be written", "make the file and its folder writable, or write to another place"
_CLOSED = StoreReadOnly, "its file cannot be opened", "see that you may read and write the file and its folder"
_CORRUPT = StoreCorrupt, "the database is damaged or is none", "restore a backup, or give another file"
_FULL = StoreError, "the disk is full, nothing of this transaction was written", "free space, then run again"
_REASONS: dict[int | str, tuple[type[StoreError], str, str]] = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_PERM: _CLOSED,
    sqlite3.SQLITE_CORRUPT: _CORRUPT,
    sqlite3.SQLITE_NOTADB: _CORRUPT,
    sqlite3.SQLITE_FULL: _FULL,
    "55P03": _BUSY,  # SQLSTATE lock_not_available
    "40P01": _BUSY,  # SQLSTATE deadlock_detected
    "25006": _READ_ONLY,  # SQLSTATE read_only_sql_transaction
}
_UNNAMED = StoreError, "the database failed", "see the driver's message"


def explain(error: BaseException, where: str) -> StoreError:
    """The store error that a driver's error amounts to, at the address `where`."""
    code = getattr(error, "sqlite_errorcode", None)  # extended: its low byte is the primary code
    key = getattr(error, "sqlstate", None) if code is None else code & 0xFF
    kind, what, remedy = _REASONS.get(key or 0, _UNNAMED)
    return kind(f"{where}: {what} ({str(error).strip()}); {remedy}.")
