"""The history of tasks in the store: read, page by page. It is written with each change."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.model.task_history import HistoryEntry
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.rows import to_struct

_COLUMNS = schema.task_history.c


class TaskHistoryRepository:
    """Reads what became of tasks. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def list(
        self, task_id: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[HistoryEntry]:
        """Return a page of one task's history, oldest first. Raises InvalidError."""
        query = sa.select(schema.task_history).where(_COLUMNS.task_id == task_id)
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[int])
            query = query.where(_COLUMNS.number > after)
        query = query.order_by(_COLUMNS.number).limit(check_limit(limit) + 1)
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        found = [to_struct(row, HistoryEntry) for row in rows[:limit]]
        return Page(found, encode_cursor(found[-1].number) if len(rows) > limit else None)
