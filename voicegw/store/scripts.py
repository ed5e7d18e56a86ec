"""Scripts in the store."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.script import Script
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor

_COLUMNS = schema.scripts.c


class ScriptRepository:
    """Reads and writes scripts. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def create(self, script: Script) -> None:
        """Add `script`. Raises ConflictError when its id or external id is taken."""
        async with self._database.write() as connection:
            await connection.execute(schema.scripts.insert(), _row(script))

    async def get(self, script_id: str) -> Script | None:
        """Return the script with this id."""
        return await self._one(_COLUMNS.id == script_id)

    async def get_by_external_id(self, external_id: str) -> Script | None:
        """Return the script that the outside world calls `external_id`."""
        return await self._one(_COLUMNS.external_id == external_id)

    async def replace(self, script: Script, *, expected_version: int | None) -> Script:
        """Replace the script of the same id, one version up, and return it.

        Raises NotFoundError, and ConflictError `revision-changed` when `expected_version` is given
        and it is another one by now.
        """

        def work(connection: sa.Connection) -> Script:
            query = sa.select(_COLUMNS.document).where(_COLUMNS.id == script.id)
            document = connection.execute(query.with_for_update()).scalar_one_or_none()
            if document is None:
                raise NotFoundError("script", script.id)
            before = msgspec.convert(document, Script)
            if expected_version not in {None, before.version}:
                raise ConflictError("revision-changed", "Somebody else has changed it meanwhile.")
            raised = msgspec.structs.replace(
                script, version=before.version + 1, created_at=before.created_at
            )
            connection.execute(
                schema.scripts.update().where(_COLUMNS.id == script.id).values(_row(raised))
            )
            return raised

        return await self._database.do_write(work)

    async def delete(self, script_id: str) -> None:
        """Remove a script; findings keep its id and version. Raises NotFoundError."""
        async with self._database.write() as connection:
            result = await connection.execute(
                schema.scripts.delete().where(_COLUMNS.id == script_id)
            )
            if result.rowcount == 0:
                raise NotFoundError("script", script_id)

    async def list(
        self,
        *,
        group_ids: Sequence[str] | None = None,
        active: bool | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Script]:
        """Return a page of scripts, oldest first: those of `group_ids` and everybody's.

        Raises InvalidError for a bad `limit` or `cursor`.
        """
        query = sa.select(_COLUMNS.document).order_by(_COLUMNS.id).limit(check_limit(limit) + 1)
        if group_ids is not None:
            query = query.where(
                sa.or_(_COLUMNS.group_id.is_(None), _COLUMNS.group_id.in_(group_ids))
            )
        if active is not None:
            query = query.where(_COLUMNS.active == active)
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            query = query.where(_COLUMNS.id > after)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).scalars().all()
        items = [msgspec.convert(row, Script) for row in rows[:limit]]
        return Page(items, encode_cursor(items[-1].id) if len(rows) > limit else None)

    async def active(self) -> Sequence[Script]:
        """Return every active script, oldest first."""
        query = sa.select(_COLUMNS.document).where(_COLUMNS.active.is_(True)).order_by(_COLUMNS.id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).scalars().all()
        return [msgspec.convert(row, Script) for row in rows]

    async def _one(self, condition: sa.ColumnElement[bool]) -> Script | None:
        async with self._database.read() as connection:
            query = sa.select(_COLUMNS.document).where(condition)
            document = (await connection.execute(query)).scalar_one_or_none()
        return None if document is None else msgspec.convert(document, Script)


def _row(script: Script) -> dict[str, object]:
    return {
        "id": script.id,
        "external_id": script.external_id,
        "group_id": script.group_id,
        "name": script.name,
        "active": script.active,
        "version": script.version,
        "document": script,
    }
