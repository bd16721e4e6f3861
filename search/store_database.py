"""The database under a store: one connection to it, at which threads take turns."""

import math
import os
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, cast

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from .store_errors import StoreError, StoreRefused, explain
from .store_schema import RECORDS, bring_up, is_current
from .store_sqlite import MEMORY, sqlite_engine

# A connection unused for so many seconds is tried before it is used: servers drop those that idle.
IDLE = 30.0


class Database:
    """One connection to the database at an address, for the threads of this process.

    Raises: StoreReadOnly, StoreCorrupt, StoreVersion, StoreLocked, StoreError.
    """

    def __init__(self, address: str | os.PathLike[str], wait: float) -> None:
        self.where, self._engine = _open(os.fspath(address), wait)
        self._driver = self._engine.dialect.loaded_dbapi
        self._errors = (SQLAlchemyError, self._driver.Error, OverflowError, UnicodeError)
        self._lock, self._used, self._closed = threading.Lock(), -math.inf, False
        with self._explained():
            self._connection = self._engine.connect()
        self._release = weakref.finalize(self, _release, self._connection, os.getpid())
        insert = sa.insert(RECORDS).inline().compile(dialect=self._engine.dialect)
        self._insert, self._by_position = str(insert), insert.positional
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"the store {self.where} is an open connection, which cannot be pickled; pass its address on.")

    def close(self) -> None:
        """Let go of the database; closing twice is allowed."""
        with self._lock:
            self._closed = True
            self._release()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A block whose writes are kept as a whole, or not at all when it raises."""
        with self._turn(), self._connection.begin():
            yield self._connection

    def insert(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows, in the order of the columns of RECORDS, in one transaction.

        The one hot statement: compiled once and handed straight to the driver, for SQLAlchemy's own
        path takes more than twice the time for a single row.
        """
        parameters: Sequence[Any] = rows
        if not self._by_position:
            names = RECORDS.columns.keys()
            parameters = [dict(zip(names, row, strict=True)) for row in rows]
        # Written out, without the context managers of `transaction`: they cost as much as the statement.
        with self._lock:
            self._ready()
            try:
                self._insert_and_commit(parameters)
            except self._errors as error:
                raise self._translated(error) from error

    def _insert_and_commit(self, parameters: Sequence[Any]) -> None:
        connection = self._connection.connection
        try:
            cursor = connection.cursor()
            cursor.executemany(self._insert, parameters)
            cursor.close()
            connection.commit()
        except BaseException:
            self._used = -math.inf  # the connection may be lost
            with suppress(self._driver.Error):
                connection.rollback()
            raise

    def _prepare(self) -> None:
        """Bring the tables up to date; where several processes begin a store on a server together, one succeeds."""
        for pause in (0.1, 0.3, 1.0, 0.0):
            with self.transaction() as connection:
                if is_current(connection, self.where):
                    return
            try:
                with self.transaction() as connection:
                    return bring_up(connection, self.where)
            except StoreError as error:
                if not pause or type(error) not in (StoreError, StoreRefused):
                    raise
            time.sleep(pause)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock, self._explained():
            self._ready()
            yield

    def _ready(self) -> None:
        """Refuse a closed store, and try a connection that has idled."""
        if self._closed:
            raise StoreError(f"{self.where}: this store is closed; open it again with Store(...).")
        now = time.monotonic()
        if now - self._used > IDLE:
            self._revive()
        self._used = now

    def _revive(self) -> None:
        try:
            self._engine.dialect.do_ping(cast(Any, self._connection.connection.dbapi_connection))
        except self._driver.Error:
            self._connection.invalidate()  # its next use opens another

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """A block in which errors of the driver become errors of the store."""
        try:
            yield
        except self._errors as error:
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> StoreError:
        """The error of the store that an error of the driver means."""
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        if isinstance(cause, (self._driver.IntegrityError, self._driver.DataError, OverflowError, UnicodeError)):
            return StoreRefused(f"{self.where}: a value was refused, nothing was written ({cause}).")
        return explain(cause, self.where)


def _open(address: str, wait: float) -> tuple[str, sa.Engine]:
    """The address as errors name it, and an engine for it."""
    if "://" not in address:
        return address, sqlite_engine(address, wait)
    try:
        url = sa.make_url(address)
        if url.drivername in ("sqlite", "sqlite+pysqlite"):
            return _open(_path(url), wait)
        engine = sa.create_engine(url, poolclass=NullPool, pool_reset_on_return=None)
    except (ArgumentError, ImportError) as error:
        remedy = "check the URL, or install the driver it asks for (psycopg, pymysql, ...)"
        raise StoreError(f"no database can be reached through this address ({error}); {remedy}.") from error
    return url.render_as_string(hide_password=True), engine


def _path(url: sa.URL) -> str:
    if url.query:
        raise StoreError(f"{url}: a store sets up its SQLite file itself; leave out what follows the question mark.")
    return url.database or MEMORY


def _release(connection: sa.Connection, process: int) -> None:
    if os.getpid() == process:  # a forked child would close the connection of its parent
        connection.close()
