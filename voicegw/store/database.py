"""The one door to the database: engines, transactions, and the check of the schema's version."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from voicegw.errors import ConfigError, Problem, StoreVersionError
from voicegw.store.failures import mapped_errors
from voicegw.store.migration import expected_revision, present_revision, upgrade
from voicegw.store.sqlite_threads import SqliteThreads

_BUSY_TIMEOUT_MS = 5000
_CONNECT_TIMEOUT_S = 5
_COMMAND_TIMEOUT_S = 15
_POOL_TIMEOUT_S = 5
_READERS = 5
#: The execution option of every connection that :func:`writer_of` reads.
_WRITER = "voicegw_node"

T = TypeVar("T")
Upsert = postgresql.Insert | sqlite.Insert


class Database:
    """An open store. Repositories take one and do each of their methods in one transaction.

    On SQLite the writers of this process take turns, in order, instead of sleeping on the file's
    lock; readers are never blocked, thanks to WAL.
    """

    def __init__(
        self, reader: AsyncEngine, writer: AsyncEngine, threads: SqliteThreads | None = None
    ) -> None:
        """Use :meth:`open`; engines are taken as they are, unchecked. `threads`: on SQLite."""
        self._reader = reader
        self._writer = writer
        self._threads = threads
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, url: str, *, node: str | None = None) -> Database:
        """Open the store at `url` (`sqlite:///path` or `postgresql://user:password@host/name`).

        `node` is in whose name this process writes; events tell it (:func:`writer_of`).

        Raises ConfigError when the URL is of no supported kind, StoreVersionError when the schema
        is not this program's (`voicegw migrate` mends it), StoreUnavailableError when the store
        can't be reached.
        """
        parsed = parse_url(url)
        if _is_missing_file(parsed):
            raise StoreVersionError(None, expected_revision())
        database = cls(*_engines(parsed, node), _threads(parsed, node))
        try:
            with mapped_errors():
                async with database._reader.connect() as connection:
                    found = await connection.run_sync(present_revision)
            if found != expected_revision():
                raise StoreVersionError(found, expected_revision())
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Close all connections. Safe to repeat."""
        await self._reader.dispose()
        await self._writer.dispose()
        if self._threads is not None:
            await self._threads.close()

    async def ping(self) -> None:
        """Ask the store for a sign of life. Raises StoreUnavailableError when it gives none."""
        async with self.read() as connection:
            await connection.execute(sa.select(sa.literal(1)))

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._writer.dialect.name

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection for queries; each statement sees what is committed when it begins."""
        with mapped_errors():
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection inside a transaction, committed at the end, rolled back on an error.

        Keep it short: on SQLite nobody else writes meanwhile.
        """
        with mapped_errors():
            async with self._turn_to_write(), self._writer.begin() as connection:
                yield connection

    async def do_read(self, work: Callable[[sa.Connection], T]) -> T:
        """Do `work`, which only queries, and return its result: the cheap way for every call.

        On SQLite `work` runs in another thread, so it touches nothing but its connection.
        """
        with mapped_errors():
            if self._threads is not None:
                return await self._threads.read(work)
            async with self._reader.connect() as connection:
                return await connection.run_sync(work)

    async def do_write(self, work: Callable[[sa.Connection], T]) -> T:
        """Do `work` in one transaction, all or nothing, and return its result.

        On SQLite `work` runs in another thread, so it touches nothing but its connection.
        """
        with mapped_errors():
            if self._threads is not None:
                async with self._turn_to_write():
                    return await self._threads.write(work)
            async with self._writer.begin() as connection:
                return await connection.run_sync(work)

    @asynccontextmanager
    async def _turn_to_write(self) -> AsyncIterator[None]:
        """Be the only one of this process who writes, on SQLite. Raises TimeoutError."""
        if self._threads is None:
            yield
            return
        async with asyncio.timeout(_POOL_TIMEOUT_S):
            await self._turn.acquire()
        try:
            yield
        finally:
            self._turn.release()

    def insert(self, table: sa.Table) -> Upsert:
        """Return an INSERT into `table` that knows ON CONFLICT, in this store's dialect."""
        if self.dialect == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)


async def migrate(url: str) -> str:
    """Bring the store at `url` to this program's schema, creating it where missing.

    Returns the schema's revision. Raises ConfigError, StoreUnavailableError, and StoreVersionError
    when the schema is of a newer program. Safe to repeat.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        with mapped_errors():
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    reader, writer = _engines(parsed)
    try:
        with mapped_errors():
            async with writer.begin() as connection:
                await connection.run_sync(upgrade)
    finally:
        await reader.dispose()
        await writer.dispose()
    return expected_revision()


def writer_of(connection: sa.Connection) -> str | None:
    """Return in whose name `connection` writes: the node that its database was opened for."""
    node: str | None = connection.get_execution_options().get(_WRITER)
    return node


def parse_url(url: str) -> URL:
    """Return the configured `url` with its asynchronous driver.

    Raises ConfigError when it is neither SQLite's nor PostgreSQL's.
    """
    mend = "use sqlite:///path/to/file.db or postgresql://user:password@host:5432/database"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ConfigError([Problem("store.url", "not a database URL", mend)]) from error
    backend = parsed.drivername.partition("+")[0]
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed.set(drivername="sqlite+aiosqlite")
    if backend in ("postgresql", "postgres") and parsed.database:
        return parsed.set(drivername="postgresql+asyncpg")
    raise ConfigError([Problem("store.url", "not a store this program knows", mend)])


def _is_missing_file(url: URL) -> bool:
    return (
        url.get_backend_name() == "sqlite"
        and url.database is not None
        and not Path(url.database).exists()
    )


def _encode_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _engines(url: URL, node: str | None = None) -> tuple[AsyncEngine, AsyncEngine]:
    """Return the engine for reading and the one for writing."""
    if url.get_backend_name() == "sqlite":
        reader = _sqlite_engine(url, readers=_READERS, node=node)
        writer = _sqlite_engine(url, readers=1, node=node)
        event.listen(writer.sync_engine, "begin", _begin_immediate)
        return reader, writer
    engine = create_async_engine(
        url,
        json_serializer=_encode_json,
        json_deserializer=msgspec.json.decode,
        pool_size=_READERS,
        max_overflow=_READERS,
        pool_timeout=_POOL_TIMEOUT_S,
        pool_pre_ping=True,
        hide_parameters=True,
        execution_options={_WRITER: node},
        connect_args={"timeout": _CONNECT_TIMEOUT_S, "command_timeout": _COMMAND_TIMEOUT_S},
    )
    event.listen(engine.sync_engine, "connect", _prepare_postgresql)
    return engine.execution_options(isolation_level="AUTOCOMMIT"), engine


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    # A plan kept from when a table was small reads all of it while an import fills it: three times
    # the time for the first 20,000 customers, and worse with more.
    cursor = connection.cursor()
    cursor.execute("SET plan_cache_mode = force_custom_plan")
    cursor.close()
    connection.commit()


def _sqlite_engine(url: URL, *, readers: int, node: str | None) -> AsyncEngine:
    engine = create_async_engine(url, **_sqlite_options(readers, node))
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _threads(url: URL, node: str | None) -> SqliteThreads | None:
    """Return the threads of a SQLite store; None for a store that needs none."""
    if url.get_backend_name() != "sqlite":
        return None
    plain = url.set(drivername="sqlite")
    reader = sa.create_engine(plain, **_sqlite_options(_READERS, node))
    writer = sa.create_engine(plain, **_sqlite_options(1, node))
    for engine in (reader, writer):
        event.listen(engine, "connect", _prepare_sqlite)
    event.listen(writer, "begin", _begin_immediate)
    return SqliteThreads(reader, writer, readers=_READERS)


def _sqlite_options(connections: int, node: str | None) -> dict[str, Any]:
    return {
        "json_serializer": _encode_json,
        "json_deserializer": msgspec.json.decode,
        "pool_size": connections,
        # The connection used last knows its statements and the file's pages best.
        "pool_use_lifo": True,
        "max_overflow": 0,
        "pool_timeout": _POOL_TIMEOUT_S,
        "hide_parameters": True,
        "execution_options": {_WRITER: node},
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
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: sa.Connection) -> None:
    # A deferred transaction that turns to writing late fails at once when another has written.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
