"""Flows in the store: every version of each, the newest in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from voicegw.errors import ConflictError
from voicegw.model.flow import FlowVersion
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor

_COLUMNS = schema.flows.c


class FlowRepository:
    """Reads and adds versions of flows. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def put(
        self, name: str, source: str, *, by: str, at: datetime, expected_version: int | None
    ) -> FlowVersion:
        """Add `source` as the newest version of `name` and return it.

        The same text again adds nothing: the newest version is returned as it is. Raises
        ConflictError `revision-changed` when `expected_version` is given and it is another one by
        now (0: that there is none yet), or when somebody else adds one at the same moment.
        """

        def work(connection: sa.Connection) -> FlowVersion:
            newest = _newest(name).with_for_update()
            row = connection.execute(newest).mappings().one_or_none()
            before = None if row is None else FlowVersion(**row)
            version = 0 if before is None else before.version
            if expected_version not in {None, version}:
                raise ConflictError("revision-changed", "Somebody else has changed it meanwhile.")
            if before is not None and before.source == source:
                return before
            added = FlowVersion(name, version + 1, source, at, by)
            connection.execute(schema.flows.insert(), _row(added))
            return added

        return await self._database.do_write(work)

    async def newest(self, name: str) -> FlowVersion | None:
        """Return the version that is in force."""
        return await self._one(_newest(name))

    async def get(self, name: str, version: int) -> FlowVersion | None:
        """Return one version."""
        return await self._one(
            sa.select(schema.flows).where(_COLUMNS.name == name, _COLUMNS.version == version)
        )

    async def heads(self) -> Mapping[str, int]:
        """Return the newest version's number of every flow."""
        query = sa.select(_COLUMNS.name, sa.func.max(_COLUMNS.version)).group_by(_COLUMNS.name)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return {str(row[0]): int(row[1]) for row in rows}

    async def list(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[FlowVersion]:
        """Return a page of flows by name, each in its newest version.

        Raises InvalidError for a bad `limit` or `cursor`.
        """
        later = schema.flows.alias()
        is_newest = ~sa.exists().where(
            later.c.name == _COLUMNS.name, later.c.version > _COLUMNS.version
        )
        query = sa.select(schema.flows).where(is_newest).order_by(_COLUMNS.name)
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            query = query.where(_COLUMNS.name > after)
        items = await self._all(query.limit(check_limit(limit) + 1))
        more = len(items) > limit
        return Page([*items[:limit]], encode_cursor(items[limit - 1].name) if more else None)

    async def versions(
        self, name: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[FlowVersion]:
        """Return a page of the versions of a flow, the newest first.

        Raises InvalidError for a bad `limit` or `cursor`.
        """
        query = sa.select(schema.flows).where(_COLUMNS.name == name)
        if cursor is not None:
            (before,) = decode_cursor(cursor, tuple[int])
            query = query.where(_COLUMNS.version < before)
        query = query.order_by(_COLUMNS.version.desc())
        items = await self._all(query.limit(check_limit(limit) + 1))
        more = len(items) > limit
        return Page([*items[:limit]], encode_cursor(items[limit - 1].version) if more else None)

    async def _one(self, query: sa.Select[tuple[object, ...]]) -> FlowVersion | None:
        found = await self._all(query)
        return found[0] if found else None

    async def _all(self, query: sa.Select[tuple[object, ...]]) -> Sequence[FlowVersion]:
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [FlowVersion(**row) for row in rows]


def _newest(name: str) -> sa.Select[tuple[object, ...]]:
    query = sa.select(schema.flows).where(_COLUMNS.name == name)
    return query.order_by(_COLUMNS.version.desc()).limit(1)


def _row(flow: FlowVersion) -> dict[str, object]:
    return {
        "name": flow.name,
        "version": flow.version,
        "source": flow.source,
        "created_at": flow.created_at,
        "created_by": flow.created_by,
    }
