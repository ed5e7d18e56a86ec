"""Archives that were asked for, in the store; the files lie on the nodes that made them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa

from voicegw.errors import NotFoundError
from voicegw.model.export import Export, ExportState
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, newest_first, page_of

_COLUMNS = schema.exports.c
_UNFINISHED = (ExportState.QUEUED, ExportState.RUNNING)


class ExportRepository:
    """Reads and writes exports. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def create(self, export: Export) -> None:
        """Add `export`. Raises ConflictError when its id is taken."""
        async with self._database.write() as connection:
            await connection.execute(schema.exports.insert(), _row(export))

    async def update(self, export: Export) -> None:
        """Replace the export of the same id. Raises NotFoundError."""
        statement = schema.exports.update().where(_COLUMNS.id == export.id)
        async with self._database.write() as connection:
            result = await connection.execute(statement, _row(export))
            if result.rowcount == 0:
                raise NotFoundError("export", export.id)

    async def get(self, export_id: str) -> Export | None:
        """Return the export with this id."""
        query = sa.select(_COLUMNS.document).where(_COLUMNS.id == export_id)
        async with self._database.read() as connection:
            document = (await connection.execute(query)).scalar_one_or_none()
        return None if document is None else msgspec.convert(document, Export)

    async def list(
        self,
        *,
        created_by: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Export]:
        """Return a page of exports, newest first; of one principal, if given."""
        query = newest_first(
            sa.select(_COLUMNS.document), _COLUMNS.created_at, _COLUMNS.id, limit=limit,
            cursor=cursor,
        )  # fmt: skip
        if created_by is not None:
            query = query.where(_COLUMNS.created_by == created_by)
        async with self._database.read() as connection:
            documents = (await connection.execute(query)).scalars().all()
        return page_of([msgspec.convert(one, Export) for one in documents], limit)

    async def unfinished(self, node: str) -> Sequence[Export]:
        """Return what `node` had not finished."""
        return await self._of(_COLUMNS.node == node, _COLUMNS.state.in_(_UNFINISHED))

    async def expired(self, node: str, now: datetime) -> Sequence[Export]:
        """Return the completed archives of `node` whose time is over."""
        return await self._of(
            _COLUMNS.node == node,
            _COLUMNS.state == ExportState.COMPLETED,
            _COLUMNS.expires_at <= now,
        )

    async def _of(self, *conditions: sa.ColumnElement[bool]) -> Sequence[Export]:
        query = sa.select(_COLUMNS.document).where(*conditions).order_by(_COLUMNS.id)
        async with self._database.read() as connection:
            documents = (await connection.execute(query)).scalars().all()
        return [msgspec.convert(one, Export) for one in documents]


def _row(export: Export) -> dict[str, object]:
    return {
        "id": export.id,
        "node": export.node,
        "created_by": export.created_by,
        "state": export.state,
        "created_at": export.created_at,
        "expires_at": export.expires_at,
        "document": export,
    }
