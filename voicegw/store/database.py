"""The one door to the database: engines, transactions, and the check of the schema's version."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection

from voicegw.distribution import Distribution
from voicegw.errors import ConfigError, Problem, StoreVersionError
from voicegw.store.engines import Engines, open_engines, open_threads
from voicegw.store.failures import mapped_errors
from voicegw.store.migration import expected_revision, present_revision, upgrade
from voicegw.store.sqlite_threads import SqliteThreads

_POOL_TIMEOUT_S = 5
_LEAST_PAUSE_S = 0.01
_MOST_PAUSE_S = 0.1
_BUCKETS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
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
        self,
        engines: Engines,
        threads: SqliteThreads | None = None,
        *,
        gives_way: bool = False,
    ) -> None:
        """Use :meth:`open`; engines are taken as they are, unchecked. `threads`: on SQLite."""
        self._reader, self._writer, self._finder = engines
        self._threads = threads
        self._turn = asyncio.Lock()
        self._gives_way = gives_way
        self._next_write_s = float("-inf")
        self.seconds = {kind: Distribution(_BUCKETS_S) for kind in ("read", "write")}
        """How long each piece of work took, waiting for a connection or a turn included."""

    @classmethod
    async def open(cls, url: str, *, node: str | None = None, gives_way: bool = False) -> Database:
        """Open the store at `url` (`sqlite:///path` or `postgresql://user:password@host/name`).

        `node` is in whose name this process writes; events tell it (:func:`writer_of`). One that
        `gives_way` pauses after each transaction on SQLite for as long as that has taken: other
        processes wait for the file's lock asleep, and would find it taken whenever they look.

        Raises ConfigError when the URL is of no supported kind, StoreVersionError when the schema
        is not this program's (`voicegw migrate` mends it), StoreUnavailableError when the store
        can't be reached.
        """
        parsed = parse_url(url)
        if _is_missing_file(parsed):
            raise StoreVersionError(None, expected_revision())
        options = {_WRITER: node}
        database = cls(
            open_engines(parsed, pool_timeout_s=_POOL_TIMEOUT_S, execution_options=options),
            open_threads(parsed, pool_timeout_s=_POOL_TIMEOUT_S, execution_options=options),
            gives_way=gives_way,
        )
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
        for engine in (self._reader, self._writer, self._finder):
            await engine.dispose()
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

    async def product(self) -> str:
        """Return the database and its version, as in `SQLite 3.40.1`, for people."""
        async with self.read() as connection:
            version = connection.dialect.server_version_info or ()
        name = "PostgreSQL" if self.dialect == "postgresql" else "SQLite"
        return " ".join((name, ".".join(str(part) for part in version))).rstrip()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection for queries; each statement sees what is committed when it begins."""
        with mapped_errors(), self._timed("read"):
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection inside a transaction, committed at the end, rolled back on an error.

        Keep it short: on SQLite nobody else writes meanwhile.
        """
        with mapped_errors(), self._timed("write"):
            async with self._turn_to_write(), self._writer.begin() as connection:
                yield connection

    async def do_read(self, work: Callable[[sa.Connection], T]) -> T:
        """Do `work`, which only queries, and return its result: the cheap way for every call.

        On SQLite `work` runs in another thread, so it touches nothing but its connection.
        """
        with mapped_errors(), self._timed("read"):
            if self._threads is not None:
                return await self._threads.read(work)
            async with self._reader.connect() as connection:
                return await connection.run_sync(work)

    async def look_up(self, work: Callable[[sa.Connection], T]) -> T:
        """Do `work`, whose statements find a few rows by an index, and return its result.

        On PostgreSQL such statements are planned once: for what every call waits for. Where a list
        is read, or a value decides which index is best, use :meth:`do_read`.
        """
        if self._threads is not None:
            return await self.do_read(work)
        with mapped_errors(), self._timed("read"):
            async with self._finder.connect() as connection:
                return await connection.run_sync(work)

    async def do_write(self, work: Callable[[sa.Connection], T]) -> T:
        """Do `work` in one transaction, all or nothing, and return its result.

        On SQLite `work` runs in another thread, so it touches nothing but its connection.
        """
        with mapped_errors(), self._timed("write"):
            if self._threads is not None:
                async with self._turn_to_write():
                    return await self._threads.write(work)
            async with self._writer.begin() as connection:
                return await connection.run_sync(work)

    @contextmanager
    def _timed(self, kind: str) -> Iterator[None]:
        began_s = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[kind].observe(time.perf_counter() - began_s)

    @asynccontextmanager
    async def _turn_to_write(self) -> AsyncIterator[None]:
        """Be the only one of this process who writes, on SQLite. Raises TimeoutError."""
        if self._threads is None:
            yield
            return
        async with asyncio.timeout(_POOL_TIMEOUT_S):
            await self._turn.acquire()
        loop = asyncio.get_running_loop()
        try:
            if self._gives_way:
                await asyncio.sleep(self._next_write_s - loop.time())
            began_s = loop.time()
            yield
            took_s = loop.time() - began_s
            self._next_write_s = loop.time() + min(max(took_s, _LEAST_PAUSE_S), _MOST_PAUSE_S)
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
    engines = open_engines(parsed, pool_timeout_s=_POOL_TIMEOUT_S)
    try:
        with mapped_errors():
            async with engines.writer.begin() as connection:
                await connection.run_sync(upgrade)
    finally:
        for engine in engines:
            await engine.dispose()
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
