"""Connections to both kinds of stores: how they are opened and shared, and believed to be alive.

What counts on PostgreSQL are ways to the server and back. A connection is asked for a sign of life
only after it has lain unused for a while, statements stay prepared, reading needs no transaction.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from voicegw.store.sqlite_threads import SqliteThreads

_BUSY_TIMEOUT_MS: Final = 5000
#: Pages that are written before SQLite brings them to the database's file, 16 MB. Whoever writes
#: does it, and look-ups wait for the disk meanwhile; its own 1,000 pages are full every second of
#: busy calls, and most of them are the same pages again.
_WAL_PAGES: Final = 4000
_CONNECT_TIMEOUT_S: Final = 5
_COMMAND_TIMEOUT_S: Final = 15
_READERS: Final = 5
#: How long an unused connection is believed to be alive, unless its end was seen.
_TRUSTED_S: Final = 10.0
#: More than the node's different statements: one that is not kept is prepared at each use.
_PREPARED_STATEMENTS: Final = 500
_SHARED: Final = {"pool_size": _READERS, "max_overflow": _READERS}
_ALONE: Final = {"pool_size": 2, "max_overflow": 0, "isolation_level": "AUTOCOMMIT"}

# A plan kept from when a table was small reads all of it while an import fills it: three times
# the time for the first 20,000 customers, and worse with more.
_PLANS_ANEW: Final = ("SET plan_cache_mode = force_custom_plan",)
# Planning the look-up of a caller takes ten times as long as carrying it out. A plan that goes by
# indexes is the right one for a few rows, however large the tables have become since. What it must
# not do counts as so costly that the server would compile every statement.
_PLANS_ONCE: Final = (
    "SET plan_cache_mode = force_generic_plan",
    "SET enable_seqscan = off",
    "SET jit = off",
)


class Engines(NamedTuple):
    """Three ways to one store. Nothing is connected before one is used."""

    reader: AsyncEngine
    """Each statement by itself, planned for its values."""
    writer: AsyncEngine
    """Transactions."""
    finder: AsyncEngine
    """Each statement by itself, planned once, by indexes: for what finds a few rows."""


def open_engines(
    url: URL,
    *,
    pool_timeout_s: float,
    execution_options: Mapping[str, Any] = MappingProxyType({}),
) -> Engines:
    """Return engines for `url`, as `parse_url` gives it.

    Who waits for a connection longer than `pool_timeout_s` gets SQLAlchemy's TimeoutError. Every
    connection has the `execution_options`.
    """
    common = {"pool_timeout": pool_timeout_s, "execution_options": dict(execution_options)}
    if url.get_backend_name() == "sqlite":
        reader = _sqlite_engine(url, _READERS, common)
        writer = _sqlite_engine(url, 1, common)
        event.listen(writer.sync_engine, "begin", _begin_immediate)
        return Engines(reader, writer, finder=reader)
    writer = _postgres_engine(url, _PLANS_ANEW, common | _SHARED)
    finder = _postgres_engine(url, _PLANS_ONCE, common | _ALONE)
    return Engines(writer.execution_options(isolation_level="AUTOCOMMIT"), writer, finder)


def open_threads(
    url: URL,
    *,
    pool_timeout_s: float,
    execution_options: Mapping[str, Any] = MappingProxyType({}),
) -> SqliteThreads | None:
    """Return the threads of a SQLite store; None for a store that needs none."""
    if url.get_backend_name() != "sqlite":
        return None
    common = {"pool_timeout": pool_timeout_s, "execution_options": dict(execution_options)}
    plain = url.set(drivername="sqlite")
    reader = sa.create_engine(plain, **_sqlite_options(_READERS), **common)
    writer = sa.create_engine(plain, **_sqlite_options(1), **common)
    for engine in (reader, writer):
        event.listen(engine, "connect", _prepare_sqlite)
    event.listen(writer, "begin", _begin_immediate)
    return SqliteThreads(reader, writer, readers=_READERS)


def _encode_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _postgres_engine(
    url: URL, statements: tuple[str, ...], options: Mapping[str, Any]
) -> AsyncEngine:
    """Return an engine each connection of which begins with `statements`."""
    engine = create_async_engine(
        url,
        json_serializer=_encode_json,
        json_deserializer=msgspec.json.decode,
        # The connection used last has most of its statements prepared.
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={
            "timeout": _CONNECT_TIMEOUT_S,
            "command_timeout": _COMMAND_TIMEOUT_S,
            "prepared_statement_cache_size": _PREPARED_STATEMENTS,
        },
        **options,
    )

    def prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
        connection.commit()

    event.listen(engine.sync_engine, "connect", prepare)
    _replace_dead(engine)
    return engine


def _replace_dead(engine: AsyncEngine) -> None:
    """Have the pool replace connections that have ended, and ask those that lay unused."""
    dialect = engine.sync_engine.dialect

    def used(_connection: Any, record: Any) -> None:
        record.info["used_s"] = time.monotonic()

    def check(connection: Any, record: Any, _fairy: Any) -> None:
        if _has_ended(connection):
            raise exc.InvalidatePoolError
        now_s = time.monotonic()
        if now_s - record.info.get("used_s", now_s) <= _TRUSTED_S:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise exc.InvalidatePoolError from error

    event.listen(engine.sync_engine, "checkin", used)
    event.listen(engine.sync_engine, "checkout", check)


def _has_ended(connection: Any) -> bool:
    """Whether the end of a connection was seen already; no message is sent to find out."""
    return bool(connection.driver_connection.is_closed())


def _sqlite_engine(url: URL, connections: int, options: Mapping[str, Any]) -> AsyncEngine:
    engine = create_async_engine(url, **_sqlite_options(connections), **options)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _sqlite_options(connections: int) -> dict[str, Any]:
    return {
        "json_serializer": _encode_json,
        "json_deserializer": msgspec.json.decode,
        "pool_size": connections,
        # The connection used last knows its statements and the file's pages best.
        "pool_use_lifo": True,
        "max_overflow": 0,
        "hide_parameters": True,
    }


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Without this the driver opens transactions by itself, too late and without IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {_BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        f"wal_autocheckpoint = {_WAL_PAGES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: sa.Connection) -> None:
    # A deferred transaction that turns to writing late fails at once when another has written.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
