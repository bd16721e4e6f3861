"""How a store is laid out: its tables, and the version by which another Inlay knows whether it can read them."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from .store_errors import StoreCorrupt, StoreVersion

SCHEMA = 1
# How to bring a database of schema v to v + 1, by v. All the steps of one opening are one transaction.
MIGRATIONS: dict[int, Callable[[sa.Connection], None]] = {}

TABLES = sa.MetaData()
_name = sa.String(255).with_variant(mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb")
_text = sa.Text().with_variant(mysql.LONGTEXT(charset="utf8mb4"), "mysql", "mariadb")


META = sa.Table(
    "inlay_meta",
    TABLES,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("value", sa.String(64), nullable=False),
)
STUDIES = sa.Table(
    "inlay_studies",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", _name, unique=True, nullable=False),
    sa.Column("problem", _text, nullable=False),
    sa.Column("space", _text, nullable=False),
    sa.Column("strategy", _text, nullable=False),
    sa.Column("seed", _text, nullable=False),  # text, for a seed may exceed 64 bits
    sa.Column("objectives", _text, nullable=False),
    sa.Column("details", _text, nullable=False),
    sqlite_autoincrement=True,  # so that the id of a deleted study is never given to another
)
# No index on `told`: every append would pay a fifth more for it. The numbers come first instead, so that a
# search by `told` need not read through the programs.
RECORDS = sa.Table(
    "inlay_records",
    TABLES,
    sa.Column("study", sa.ForeignKey(STUDIES.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("told", sa.BigInteger, nullable=False),
    sa.Column("foreign", sa.Boolean, nullable=False),
    sa.Column("fidelity", sa.Double),
    sa.Column("reused", sa.BigInteger),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("cost", sa.Double, nullable=False),
    sa.Column("finished", sa.Double, nullable=False),
    sa.Column("state", sa.String(32), nullable=False),
    sa.Column("asks", _text, nullable=False),
    sa.Column("objectives", _text, nullable=False),
    sa.Column("violations", _text, nullable=False),
    sa.Column("program", _text, nullable=False),
    sa.Column("feedback", _text, nullable=False),
    sa.Column("origin", _text, nullable=False),
    sa.Column("error", _text, nullable=False),
    sqlite_with_rowid=False,  # one tree instead of two: an append touches half as many pages
)
NOTES = sa.Table(
    "inlay_notes",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("study", sa.ForeignKey(STUDIES.c.id, ondelete="CASCADE"), index=True, nullable=False),
    sa.Column("told", sa.BigInteger, nullable=False),
    sa.Column("text", _text, nullable=False),
)

_SCHEMA_ROW = META.c.key == "schema"


def is_current(connection: sa.Connection, where: str) -> bool:
    """Whether the tables are here, laid out as this Inlay lays them out.

    Raises: StoreVersion if a newer Inlay made them; StoreCorrupt if their version cannot be read.
    """
    return _version(connection, where) == SCHEMA


def bring_up(connection: sa.Connection, where: str) -> None:
    """Make the tables, or run the migrations from an older layout, within the caller's transaction.

    Raises: StoreVersion if no migrations lead from the stored version to this one.
    """
    if connection.dialect.name == "sqlite":  # whose driver begins no transaction before it makes a table
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    version = _version(connection, where, lock=True)
    if version is None:
        TABLES.create_all(connection)  # where tables cannot be made in a transaction, this goes on from those made
        connection.execute(sa.insert(META).values(key="schema", value=str(SCHEMA)))
        return
    steps = range(version, SCHEMA)
    if not all(step in MIGRATIONS for step in steps):
        remedy = "open it with the Inlay that wrote it, or give another address"
        raise StoreVersion(f"{where}: the store has schema {version}, older than this Inlay's {SCHEMA}; {remedy}.")
    for step in steps:
        MIGRATIONS[step](connection)
    connection.execute(sa.update(META).where(_SCHEMA_ROW).values(value=str(SCHEMA)))


def _version(connection: sa.Connection, where: str, lock: bool = False) -> int | None:
    if not sa.inspect(connection).has_table(META.name):
        return None
    query = sa.select(META.c.value).where(_SCHEMA_ROW)
    text = connection.scalar(query.with_for_update() if lock else query)
    if text is None:
        return None
    if not text.isdecimal():
        raise StoreCorrupt(f"{where}: the store's schema version reads {text!r}, not a number; restore a backup.")
    if int(text) > SCHEMA:
        remedy = "upgrade Inlay, or give another address"
        raise StoreVersion(f"{where}: the store has schema {text}, newer than this Inlay's {SCHEMA}; {remedy}.")
    return int(text)
