"""The messages of calls in the store: read here, written by :mod:`voicegw.store.batch` only."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.model.trace import CallTrace, unpack
from voicegw.store import schema
from voicegw.store.database import Database

_COLUMNS = schema.call_traces.c


class TraceRepository:
    """Reads traces. Raises StoreUnavailableError when the store can't be used."""

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def get(self, call_id: str) -> CallTrace | None:
        """Return what was kept of a call's messages; None when nothing was, or can't be read."""
        query = sa.select(_COLUMNS.data).where(_COLUMNS.call_id == call_id)
        async with self._database.read() as connection:
            data = (await connection.execute(query)).scalar_one_or_none()
        if data is None:
            return None
        try:
            return unpack(data)
        except ValueError:
            return None
