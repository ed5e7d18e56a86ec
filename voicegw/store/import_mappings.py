"""What titles of columns mean to imports, kept for the next file of the kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
import sqlalchemy as sa

from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.rows import to_struct

_COLUMNS = schema.import_mappings.c


class ImportMapping(msgspec.Struct):
    """What titles mean in files of `kind`: a column, or "" for one that is passed over."""

    kind: str
    mapping: dict[str, str] = {}
    changed_at: datetime | None = None
    changed_by: str | None = None


class ImportMappingRepository:
    """Reads and writes mappings, one a kind. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def get(self, kind: str) -> ImportMapping:
        """Return the mapping for files of `kind`; an empty one where nobody gave any."""
        query = sa.select(schema.import_mappings).where(_COLUMNS.kind == kind)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return ImportMapping(kind) if row is None else to_struct(row, ImportMapping)

    async def put(
        self, kind: str, mapping: Mapping[str, str], *, by: str, at: datetime
    ) -> ImportMapping:
        """Keep `mapping` for files of `kind` in place of what was there, and return it."""
        kept = ImportMapping(kind, dict(mapping), at, by)
        row = msgspec.structs.asdict(kept)
        insert = self._database.insert(schema.import_mappings).values(row)
        del row["kind"]
        query = insert.on_conflict_do_update(index_elements=["kind"], set_=row)
        async with self._database.write() as connection:
            await connection.execute(query)
        return kept
