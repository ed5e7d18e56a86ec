"""What people call what a report's rows are about, and in which time zones it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from voicegw.model.report import SplitBy
from voicegw.store import schema
from voicegw.store.database import Database

_TABLES: Final = {
    SplitBy.GROUP: schema.groups,
    SplitBy.MANAGER: schema.managers,
    SplitBy.HOTLINE: schema.hotlines,
}
_AT_ONCE: Final = 1000


class ReportNames:
    """Looks names up. Raises StoreUnavailableError when the store can't be used."""

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def names(self, split: SplitBy, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the names of groups, managers or hotlines by id; of those that are there."""
        columns = _TABLES[split].c
        found: dict[str, str] = {}
        for start in range(0, len(ids), _AT_ONCE):
            query = sa.select(columns.id, columns.name).where(
                columns.id.in_(ids[start : start + _AT_ONCE])
            )
            found |= await self._database.do_read(partial(_pairs, query))
        return found

    async def timezones(self) -> Mapping[str, str]:
        """Return the time zone of each group."""
        query = sa.select(schema.groups.c.id, schema.groups.c.timezone).order_by(schema.groups.c.id)
        return await self._database.do_read(partial(_pairs, query))


def _pairs(query: sa.Select[Any], connection: sa.Connection) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute(query).all()}
