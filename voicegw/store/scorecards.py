"""Scorecards in the store."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.review import Scorecard
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor

_COLUMNS = schema.scorecards.c


class ScorecardRepository:
    """Reads and writes scorecards. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def create(self, scorecard: Scorecard) -> None:
        """Add `scorecard`. Raises ConflictError when its id or external id is taken."""
        async with self._database.write() as connection:
            await connection.execute(schema.scorecards.insert(), _row(scorecard))

    async def get(self, scorecard_id: str) -> Scorecard | None:
        """Return the scorecard with this id."""
        return await self._one(_COLUMNS.id == scorecard_id)

    async def get_by_external_id(self, external_id: str) -> Scorecard | None:
        """Return the scorecard that the outside world calls `external_id`."""
        return await self._one(_COLUMNS.external_id == external_id)

    async def replace(self, scorecard: Scorecard, *, expected_version: int | None) -> Scorecard:
        """Replace the scorecard of the same id, one version up, and return it.

        Raises NotFoundError, and ConflictError `revision-changed` when `expected_version` is given
        and it is another one by now.
        """

        def work(connection: sa.Connection) -> Scorecard:
            query = sa.select(_COLUMNS.version).where(_COLUMNS.id == scorecard.id)
            version = connection.execute(query.with_for_update()).scalar_one_or_none()
            if version is None:
                raise NotFoundError("scorecard", scorecard.id)
            if expected_version not in {None, version}:
                raise ConflictError("revision-changed", "Somebody else has changed it meanwhile.")
            raised = msgspec.structs.replace(scorecard, version=version + 1)
            connection.execute(
                schema.scorecards.update().where(_COLUMNS.id == scorecard.id).values(_row(raised))
            )
            return raised

        return await self._database.do_write(work)

    async def delete(self, scorecard_id: str) -> None:
        """Remove a scorecard; reviews keep their copy of it. Raises NotFoundError."""
        async with self._database.write() as connection:
            result = await connection.execute(
                schema.scorecards.delete().where(_COLUMNS.id == scorecard_id)
            )
            if result.rowcount == 0:
                raise NotFoundError("scorecard", scorecard_id)

    async def list(
        self,
        *,
        group_ids: Sequence[str] | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Scorecard]:
        """Return a page of scorecards, oldest first: those of `group_ids` and everybody's.

        Raises InvalidError for a bad `limit` or `cursor`.
        """
        query = sa.select(_COLUMNS.document).order_by(_COLUMNS.id).limit(check_limit(limit) + 1)
        if group_ids is not None:
            query = query.where(
                sa.or_(_COLUMNS.group_id.is_(None), _COLUMNS.group_id.in_(group_ids))
            )
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            query = query.where(_COLUMNS.id > after)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).scalars().all()
        items = [msgspec.convert(row, Scorecard) for row in rows[:limit]]
        return Page(items, encode_cursor(items[-1].id) if len(rows) > limit else None)

    async def _one(self, condition: sa.ColumnElement[bool]) -> Scorecard | None:
        async with self._database.read() as connection:
            query = sa.select(_COLUMNS.document).where(condition)
            document = (await connection.execute(query)).scalar_one_or_none()
        return None if document is None else msgspec.convert(document, Scorecard)


def _row(scorecard: Scorecard) -> dict[str, object]:
    return {
        "id": scorecard.id,
        "external_id": scorecard.external_id,
        "group_id": scorecard.group_id,
        "name": scorecard.name,
        "active": scorecard.active,
        "version": scorecard.version,
        "document": scorecard,
    }
