"""Opening the database: SQLite embedded, PostgreSQL in production; the same code runs on both.

SQLite comes from the `pysqlite3` wheel (WAL-safe). Writing transactions begin IMMEDIATE, so that two commands
never deadlock half way; page reads stay deferred and short. On a library version with the WAL-reset fault the
WAL is refused in favour of TRUNCATE with EXTRA synchronisation.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import psycopg
import pysqlite3
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from engine import ranks
from engine.statements import send
from engine.tables import Base

Row = TypeVar("Row", bound=Base)
WRITING = "phoihop_writing"
LOCKED = "phoihop_locked_rows"
_WRITING_ENGINES: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()
BUSY_MILLISECONDS = 30_000
CACHED_STATEMENTS = 1_000  # of a connection: with the driver's 128, SQLite parses most of them anew each time
CACHE_KIBIBYTES = 32 * 1024  # of a connection: with SQLite's 2 MB, a year's store is read again and again
LAST_USE, REST_SECONDS = "phoihop_last_use", 1.0
WAL_FAULT_FROM, WAL_FAULT_TO = (3, 7, 0), (3, 51, 2)
WAL_BACKPORTS = frozenset({(3, 44, 6), (3, 50, 7)})


def opened(url: str) -> Engine:
    """The database at `url`, each of whose connections is set up as this module says."""
    return prepare(create_engine(url, **engine_options(url)))


def engine_options(url: str) -> dict[str, Any]:
    """Options for `create_engine` for that URL."""
    if url.startswith("sqlite"):
        waiting = {"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000}
        return {"module": pysqlite3, "connect_args": {**waiting, "cached_statements": CACHED_STATEMENTS}}
    return {"pool_size": 10, "max_overflow": 20}


def prepare(engine: Engine) -> Engine:
    """Set up each new connection and how transactions begin."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "checkin", _remember_use)
        event.listen(engine, "checkout", _ping_after_a_rest)
    return engine


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether that SQLite has no WAL-reset fault (3.7.0 to 3.51.2 have, but for two backports)."""
    return not WAL_FAULT_FROM <= version <= WAL_FAULT_TO or version in WAL_BACKPORTS


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One writing transaction: committed at the end, rolled back on any error.

    The transaction is the connection's; the session in it costs next to nothing until somebody uses it.
    """
    with (
        _for_writing(engine).begin() as connection,
        Session(connection, autoflush=True, join_transaction_mode="rollback_only") as session,
    ):
        yield session
        session.flush()


def connection_of(session: Session) -> Connection:
    """The connection of a `writing` session, without the session taking part."""
    return cast(Connection, session.bind)


def _for_writing(engine: Engine) -> Engine:
    """The engine with the option that makes its transactions writing ones, made once."""
    if engine not in _WRITING_ENGINES:
        _WRITING_ENGINES[engine] = engine.execution_options(**{WRITING: True})
    return _WRITING_ENGINES[engine]


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One short read; whatever is changed in it is thrown away."""
    with Session(engine, autoflush=False) as session:
        yield session


@contextmanager
def bundled(connection: Connection) -> Iterator[None]:
    """Statements whose results nobody waits for: PostgreSQL gets them without a pause between them.

    Raises:
        IntegrityError, DBAPIError: what any of them raised, at the end.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        yield
        return
    try:
        with driver.pipeline():
            yield
    except psycopg.IntegrityError as error:
        raise IntegrityError(None, None, error) from error
    except psycopg.Error as error:
        raise DBAPIError(None, None, error) from error


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """A part of the transaction that leaves no trace when it fails."""
    try:
        with session.begin_nested():
            yield
    except BaseException:
        session.info.pop(LOCKED, None)  # rows created in it are gone
        raise


def locked_or_new(session: Session, model: type[Row], key: Mapping[str, Any], **defaults: Any) -> Row:
    """The row with that key, locked until the end of the transaction; created first where it is missing.

    A row that this transaction has locked before is not asked for again: it cannot have changed.
    """
    locked: dict[tuple[Any, ...], Row] = session.info.setdefault(LOCKED, {})
    identity = (model, *key.values())
    if identity not in locked:
        locked[identity] = _lock_or_create(session, model, key, defaults)
    return locked[identity]


def _lock_or_create(session: Session, model: type[Row], key: Mapping[str, Any], defaults: Mapping[str, Any]) -> Row:
    row = session.get(model, dict(key), with_for_update=True)
    if row is not None:
        return row
    try:
        with session.begin_nested():
            row = model(**key, **defaults)
            session.add(row)
    except IntegrityError:  # another transaction created it in between: now it can be locked
        row = session.get(model, dict(key), with_for_update=True)
        assert row is not None
    return row


def _on_sqlite_connect(connection: Any, _: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    safe = wal_is_safe(pysqlite3.sqlite_version_info)
    for pragma in (
        "journal_mode=WAL" if safe else "journal_mode=TRUNCATE",
        "synchronous=FULL" if safe else "synchronous=EXTRA",
        "foreign_keys=ON",
        f"cache_size=-{CACHE_KIBIBYTES}",
        f"busy_timeout={BUSY_MILLISECONDS}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()
    connection.create_aggregate(ranks.NAME, 2, ranks.NearestRank)


def _remember_use(connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[LAST_USE] = time.monotonic()


def _ping_after_a_rest(connection: Any, record: ConnectionPoolEntry, proxy: object) -> None:
    """Ask whether the server is still there; not in the middle of busy work, where it would cost a round trip."""
    if time.monotonic() - record.info.get(LAST_USE, 0.0) < REST_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError() from error  # the pool opens a new one


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING)
    send(connection, "BEGIN IMMEDIATE" if writing else "BEGIN", ())
