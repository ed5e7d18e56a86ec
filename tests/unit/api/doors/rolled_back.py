"""A store in which nothing that is written stays: every request finds it as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from voicegw.store import schema
from voicegw.store.database import Database

T = TypeVar("T")

_ENTRIES = sa.select(schema.audit_log.c.request_id, schema.audit_log.c.action).order_by(
    schema.audit_log.c.position.desc()
)


class _UndoError(Exception):
    """Ends a transaction after all that was to be done in it has worked."""


class RolledBack:
    """Undoes every transaction of a database, and remembers what it noted in the audit log."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of what writes to `database`."""
        self.noted: list[tuple[str | None, str]] = []
        """Request and action of each entry that would stand in the log."""
        self.wrote: int = 0
        """How many transactions there were."""
        self._write = database.write
        self._do_write = database.do_write
        monkeypatch.setattr(database, "write", self.write)
        monkeypatch.setattr(database, "do_write", self.do_write)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection whose transaction is undone."""
        try:
            async with self._write() as connection:
                yield connection
                self._remember((await connection.execute(_ENTRIES)).all())
                raise _UndoError
        except _UndoError:
            self.wrote += 1

    async def do_write(self, work: Callable[[sa.Connection], T]) -> T:
        """Do `work`, return its result and undo it."""
        results: list[T] = []

        def undone(connection: sa.Connection) -> None:
            results.append(work(connection))
            self._remember(connection.execute(_ENTRIES).all())
            raise _UndoError

        try:
            await self._do_write(undone)
        except _UndoError:
            self.wrote += 1
        return results[0]

    def _remember(self, rows: Any) -> None:
        self.noted += [(row.request_id, row.action) for row in rows]
