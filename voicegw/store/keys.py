"""API keys in the store; secrets are there as SHA-256 only."""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa

from voicegw.errors import NotFoundError
from voicegw.model.directory import ApiKey
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.rows import to_struct

_COLUMNS = schema.api_keys.c
_SHOWN = [column for column in _COLUMNS if column.name != "last_used_at"]


class KeyRepository:
    """Reads and writes API keys. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def create(self, key: ApiKey) -> None:
        """Add `key`. Raises ConflictError when its id or secret exists or its group is gone."""
        async with self._database.write() as connection:
            await connection.execute(schema.api_keys.insert(), msgspec.structs.asdict(key))

    async def get(self, key_id: str) -> ApiKey | None:
        """Return the key with this id, revoked or not."""
        return await self._one(_COLUMNS.id == key_id)

    async def get_by_secret_hash(self, secret_sha256: str) -> ApiKey | None:
        """Return the key whose secret has this SHA-256 (hexadecimal), revoked or not."""
        return await self._one(_COLUMNS.secret_sha256 == secret_sha256)

    async def list(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[ApiKey]:
        """Return a page of keys, oldest first. Raises InvalidError for a bad limit or cursor."""
        query = sa.select(*_SHOWN).order_by(_COLUMNS.id).limit(check_limit(limit) + 1)
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            query = query.where(_COLUMNS.id > after)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        items = [to_struct(row, ApiKey) for row in rows[:limit]]
        return Page(items, encode_cursor(items[-1].id) if len(rows) > limit else None)

    async def revoke(self, key_id: str, at: datetime) -> None:
        """Make a key worthless from `at` on; one revoked before stays so. Raises NotFoundError."""
        async with self._database.write() as connection:
            result = await connection.execute(
                schema.api_keys.update()
                .where(_COLUMNS.id == key_id)
                .values(
                    revoked_at=sa.func.coalesce(_COLUMNS.revoked_at, sa.literal(at, schema.UtcTime))
                )
            )
            if result.rowcount == 0:
                raise NotFoundError("key", key_id)

    async def touch(self, key_id: str, at: datetime) -> None:
        """Note that a key was used at `at`; an unknown key is ignored."""
        async with self._database.write() as connection:
            await connection.execute(
                schema.api_keys.update().where(_COLUMNS.id == key_id).values(last_used_at=at)
            )

    async def _one(self, condition: sa.ColumnElement[bool]) -> ApiKey | None:
        async with self._database.read() as connection:
            query = sa.select(*_SHOWN).where(condition)
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else to_struct(row, ApiKey)
