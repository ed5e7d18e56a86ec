"""Groups in the store."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from voicegw.errors import NotFoundError
from voicegw.model.directory import Group
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.report_marks import mark_group
from voicegw.store.rows import require_unchanged, to_struct

_COLUMNS = schema.groups.c


class GroupRepository:
    """Reads and writes groups. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def create(self, group: Group) -> None:
        """Add `group`. Raises ConflictError when its id or external id is taken."""
        async with self._database.write() as connection:
            await connection.execute(schema.groups.insert(), msgspec.structs.asdict(group))

    async def get(self, group_id: str) -> Group | None:
        """Return the group with this id."""
        return await self._one(_COLUMNS.id == group_id)

    async def get_by_external_id(self, external_id: str) -> Group | None:
        """Return the group that the outside world calls `external_id`."""
        return await self._one(_COLUMNS.external_id == external_id)

    async def update(self, group: Group, *, expected: Group | None = None) -> None:
        """Replace the group of the same id.

        Raises NotFoundError, ConflictError; `revision-changed` when it is not as `expected`.
        """
        this = _COLUMNS.id == group.id
        async with self._database.write() as connection:
            query = sa.select(schema.groups).where(this).with_for_update()
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                raise NotFoundError("group", group.id)
            known = to_struct(row, Group)
            require_unchanged(known, expected)
            if known.timezone != group.timezone:
                await connection.run_sync(mark_group, group.id)
            await connection.execute(
                schema.groups.update().where(this), msgspec.structs.asdict(group)
            )

    async def delete(self, group_id: str) -> None:
        """Remove a group. Raises NotFoundError, ConflictError while anything belongs to it."""
        async with self._database.write() as connection:
            result = await connection.execute(schema.groups.delete().where(_COLUMNS.id == group_id))
            if result.rowcount == 0:
                raise NotFoundError("group", group_id)

    async def list(
        self,
        *,
        group_ids: Sequence[str] | None = None,
        external_id: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Group]:
        """Return a page of groups, oldest first; `group_ids` None means all.

        Raises InvalidError for a bad `limit` or `cursor`.
        """
        query = sa.select(schema.groups).order_by(_COLUMNS.id).limit(check_limit(limit) + 1)
        if group_ids is not None:
            query = query.where(_COLUMNS.id.in_(group_ids))
        if external_id is not None:
            query = query.where(_COLUMNS.external_id == external_id)
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            query = query.where(_COLUMNS.id > after)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        items = [to_struct(row, Group) for row in rows[:limit]]
        return Page(items, encode_cursor(items[-1].id) if len(rows) > limit else None)

    async def all(self) -> Sequence[Group]:
        """Return every group, oldest first; there are few of them."""
        async with self._database.read() as connection:
            query = sa.select(schema.groups).order_by(_COLUMNS.id)
            rows = (await connection.execute(query)).all()
        return [to_struct(row, Group) for row in rows]

    async def _one(self, condition: sa.ColumnElement[bool]) -> Group | None:
        async with self._database.read() as connection:
            query = sa.select(schema.groups).where(condition)
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else to_struct(row, Group)
