"""SQLite from threads of our own: a whole transaction is one visit to another thread.

The asynchronous driver goes to its thread and back for every cursor, statement and fetch; at some
hundred transactions a second these visits cost more than the statements.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import sqlalchemy as sa

T = TypeVar("T")


class SqliteThreads:
    """One thread that writes and a few that read, each with a connection from its engine."""

    def __init__(self, reader: sa.Engine, writer: sa.Engine, *, readers: int) -> None:
        """Take both engines over; `readers` transactions may read at once."""
        self._reader = reader
        self._writer = writer
        self._read_pool = ThreadPoolExecutor(readers, thread_name_prefix="store-read")
        self._write_pool = ThreadPoolExecutor(1, thread_name_prefix="store-write")

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Do `work` with a connection for queries. Raises what the driver raises."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._read_pool, self._read, work)

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Do `work` in one transaction. Raises what the driver raises; then nothing was written.

        Work that was begun is brought to its end even when the one who waits for it is cancelled.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._write_pool, self._write, work)

    async def close(self) -> None:
        """Let what was begun end, and close all connections. Safe to repeat."""
        await asyncio.to_thread(self._shut_down)

    def _read(self, work: Callable[[sa.Connection], T]) -> T:
        with self._reader.connect() as connection:
            return work(connection)

    def _write(self, work: Callable[[sa.Connection], T]) -> T:
        with self._writer.begin() as connection:
            return work(connection)

    def _shut_down(self) -> None:
        for pool in (self._read_pool, self._write_pool):
            pool.shutdown(wait=True)
        self._reader.dispose()
        self._writer.dispose()
