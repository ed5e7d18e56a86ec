"""Hotlines in the store."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from voicegw.errors import NotFoundError
from voicegw.model.directory import Hotline
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.flows import hold_flow, require_flow
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.rows import require_unchanged, to_struct

_COLUMNS = schema.hotlines.c


class HotlineRepository:
    """Reads and writes hotlines. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def create(self, hotline: Hotline) -> None:
        """Add `hotline`.

        Raises ConflictError when its number is taken or its group is gone, InvalidError when its
        flow is.
        """

        def work(connection: sa.Connection) -> None:
            hold_flow(connection, hotline.flow)
            connection.execute(schema.hotlines.insert(), msgspec.structs.asdict(hotline))

        await self._database.do_write(work)

    async def get(self, hotline_id: str) -> Hotline | None:
        """Return the hotline with this id."""
        return await self._one(_COLUMNS.id == hotline_id)

    async def get_by_external_id(self, external_id: str) -> Hotline | None:
        """Return the hotline that the outside world calls `external_id`."""
        return await self._one(_COLUMNS.external_id == external_id)

    async def get_by_number(self, number: str) -> Hotline | None:
        """Return the hotline with this normalised number."""
        return await self._one(_COLUMNS.number == number)

    async def update(self, hotline: Hotline, *, expected: Hotline | None = None) -> None:
        """Replace the hotline of the same id.

        Raises NotFoundError, ConflictError (`revision-changed` when it is not as `expected`), and
        InvalidError when its flow is gone.
        """
        this = _COLUMNS.id == hotline.id

        def work(connection: sa.Connection) -> None:
            query = sa.select(schema.hotlines).where(this).with_for_update()
            row = connection.execute(query).one_or_none()
            if row is None:
                raise NotFoundError("hotline", hotline.id)
            require_unchanged(to_struct(row, Hotline), expected)
            hold_flow(connection, hotline.flow)
            connection.execute(
                schema.hotlines.update().where(this), msgspec.structs.asdict(hotline)
            )

        await self._database.do_write(work)

    async def check_flow(self, name: str | None) -> None:
        """Raise InvalidError when a hotline could not have this flow: there is none."""
        await self._database.do_read(lambda connection: require_flow(connection, name))

    async def delete(self, hotline_id: str) -> None:
        """Remove a hotline. Raises NotFoundError."""
        async with self._database.write() as connection:
            result = await connection.execute(
                schema.hotlines.delete().where(_COLUMNS.id == hotline_id)
            )
            if result.rowcount == 0:
                raise NotFoundError("hotline", hotline_id)

    async def list(
        self,
        *,
        group_ids: Sequence[str] | None = None,
        external_id: str | None = None,
        number: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Hotline]:
        """Return a page of hotlines, oldest first; filters that are None do not filter.

        Raises InvalidError for a bad `limit` or `cursor`.
        """
        query = sa.select(schema.hotlines).order_by(_COLUMNS.id).limit(check_limit(limit) + 1)
        if group_ids is not None:
            query = query.where(_COLUMNS.group_id.in_(group_ids))
        if number is not None:
            query = query.where(_COLUMNS.number == number)
        if external_id is not None:
            query = query.where(_COLUMNS.external_id == external_id)
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            query = query.where(_COLUMNS.id > after)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        items = [to_struct(row, Hotline) for row in rows[:limit]]
        return Page(items, encode_cursor(items[-1].id) if len(rows) > limit else None)

    async def all(self) -> Sequence[Hotline]:
        """Return every hotline, oldest first; there are few of them."""
        async with self._database.read() as connection:
            query = sa.select(schema.hotlines).order_by(_COLUMNS.id)
            rows = (await connection.execute(query)).all()
        return [to_struct(row, Hotline) for row in rows]

    async def _one(self, condition: sa.ColumnElement[bool]) -> Hotline | None:
        async with self._database.read() as connection:
            query = sa.select(schema.hotlines).where(condition)
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else to_struct(row, Hotline)
