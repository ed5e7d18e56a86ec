"""Archives that were asked for, in the store; the files lie on the nodes that made them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction
from voicegw.model.export import Export, ExportState
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, newest_first, page_of

_COLUMNS = schema.exports.c
_EXPORTS = sa.select(_COLUMNS.document, _COLUMNS.withdrawn_at)
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
        query = _EXPORTS.where(_COLUMNS.id == export_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _export(row)

    async def list(
        self,
        *,
        created_by: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Export]:
        """Return a page of exports, newest first; of one principal, if given."""
        query = newest_first(_EXPORTS, _COLUMNS.created_at, _COLUMNS.id, limit=limit, cursor=cursor)
        if created_by is not None:
            query = query.where(_COLUMNS.created_by == created_by)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return page_of([_export(row) for row in rows], limit)

    async def unfinished(self, node: str) -> Sequence[Export]:
        """Return what `node` had not finished."""
        return await self._of(_COLUMNS.node == node, _COLUMNS.state.in_(_UNFINISHED))

    async def expired(self, node: str, now: datetime) -> Sequence[Export]:
        """Return the completed archives of `node` whose time is over, or that were withdrawn."""
        return await self._of(
            _COLUMNS.node == node,
            _COLUMNS.state == ExportState.COMPLETED,
            sa.or_(_COLUMNS.expires_at <= now, _COLUMNS.withdrawn_at.is_not(None)),
        )

    async def _of(self, *conditions: sa.ColumnElement[bool]) -> Sequence[Export]:
        query = _EXPORTS.where(*conditions).order_by(_COLUMNS.id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [_export(row) for row in rows]


def withdraw_exports(connection: sa.Connection, recording_id: str, now: datetime) -> None:
    """Withdraw every archive that the recording may be in, inside the caller's transaction.

    Those that are still being made are withdrawn as well: what the audit log says of a recording is
    written before the recording is read.
    """
    log = schema.audit_log.c
    noted = sa.select(log.detail).where(
        log.subject == recording_id, log.action == AuditAction.EXPORTED
    )
    ids = {detail["export"] for detail in connection.execute(noted).scalars()}
    connection.execute(
        schema.exports.update()
        .where(_COLUMNS.id.in_(sorted(ids)), _COLUMNS.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )


def _export(row: sa.Row[Any, Any]) -> Export:
    export = msgspec.convert(row.document, Export)
    export.withdrawn_at = row.withdrawn_at
    return export


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
