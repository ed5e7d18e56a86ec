"""API keys in the store; secrets are there as SHA-256 only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.audit import AuditEntry
from voicegw.model.directory import ApiKey, Role
from voicegw.store import schema
from voicegw.store.audit import add_entries
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.rows import to_struct

_COLUMNS = schema.api_keys.c


class KeyState(StrEnum):
    """Whether a key opens anything."""

    VALID = "valid"
    REVOKED = "revoked"
    EXPIRED = "expired"


class KeyFilter(msgspec.Struct, frozen=True):
    """Which keys a list shall hold; what is None does not filter. `now` is when `state` counts."""

    now: datetime
    role: Role | None = None
    group_id: str | None = None
    manager_id: str | None = None
    state: KeyState | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return the filter as SQL conditions on the table of keys."""
        equal = {"role": self.role, "group_id": self.group_id, "manager_id": self.manager_id}
        wanted: list[sa.ColumnElement[bool]] = [
            _COLUMNS[name] == value for name, value in equal.items() if value is not None
        ]
        if self.state is KeyState.REVOKED:
            wanted.append(_COLUMNS.revoked_at.is_not(None))
        elif self.state is not None:
            wanted.append(_COLUMNS.revoked_at.is_(None))
            is_over = sa.and_(_COLUMNS.expires_at.is_not(None), _COLUMNS.expires_at <= self.now)
            wanted.append(is_over if self.state is KeyState.EXPIRED else sa.not_(is_over))
        return wanted


class KeyRepository:
    """Reads and writes API keys. Every method is one short transaction.

    Writes take the entry of the audit log that tells of them: both are done or neither.
    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def create(self, key: ApiKey, *entries: AuditEntry) -> None:
        """Add `key`. Raises ConflictError when its id or secret exists or its group is gone."""

        def create(connection: sa.Connection) -> None:
            connection.execute(schema.api_keys.insert(), msgspec.structs.asdict(key))
            add_entries(connection, entries)

        await self._database.do_write(create)

    async def get(self, key_id: str) -> ApiKey | None:
        """Return the key with this id, revoked or not."""
        return await self._one(_COLUMNS.id == key_id)

    async def get_by_secret_hash(self, secret_sha256: str) -> ApiKey | None:
        """Return the key whose secret has, or had before it was rotated, this SHA-256.

        Whether it opens anything still is for :meth:`ApiKey.is_opened_by` to say.
        """
        found = await self._one(_COLUMNS.secret_sha256 == secret_sha256)
        return found or await self._one(_COLUMNS.previous_sha256 == secret_sha256)

    async def list(
        self,
        wanted: KeyFilter | None = None,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[ApiKey]:
        """Return a page of keys, oldest first. Raises InvalidError for a bad limit or cursor."""
        query = sa.select(schema.api_keys).order_by(_COLUMNS.id).limit(check_limit(limit) + 1)
        if wanted is not None:
            query = query.where(*wanted.conditions())
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            query = query.where(_COLUMNS.id > after)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        items = [to_struct(row, ApiKey) for row in rows[:limit]]
        return Page(items, encode_cursor(items[-1].id) if len(rows) > limit else None)

    async def change(self, key: ApiKey, *entries: AuditEntry) -> ApiKey:
        """Write the fields of `key`, which was read at `key.version`, and return it one up.

        Raises ConflictError `revision-changed` when it has been changed since, NotFoundError.
        """
        wanted = msgspec.structs.asdict(key) | {"version": key.version + 1}
        for kept in ("id", "created_at", "last_used_at"):
            del wanted[kept]

        def change(connection: sa.Connection) -> None:
            mine = _COLUMNS.id == key.id
            result = connection.execute(
                schema.api_keys.update().where(mine, _COLUMNS.version == key.version), wanted
            )
            if result.rowcount == 0:
                if connection.execute(sa.select(_COLUMNS.id).where(mine)).first() is None:
                    raise NotFoundError("key", key.id)
                raise ConflictError("revision-changed", "the key was changed meanwhile")
            add_entries(connection, entries)

        await self._database.do_write(change)
        return msgspec.structs.replace(key, version=key.version + 1)

    async def revoke(self, key_id: str, at: datetime, *entries: AuditEntry) -> None:
        """Make a key worthless from `at` on; one revoked before stays so. Raises NotFoundError."""

        def revoke(connection: sa.Connection) -> None:
            result = connection.execute(
                schema.api_keys.update()
                .where(_COLUMNS.id == key_id)
                .values(
                    revoked_at=sa.func.coalesce(
                        _COLUMNS.revoked_at, sa.literal(at, schema.UtcTime)
                    ),
                    version=_COLUMNS.version + 1,
                )
            )
            if result.rowcount == 0:
                raise NotFoundError("key", key_id)
            add_entries(connection, entries)

        await self._database.do_write(revoke)

    async def note_used(self, used: Mapping[str, datetime]) -> None:
        """Note when keys were used last, by their ids; unknown ones are ignored."""
        if not used:
            return
        later = sa.or_(
            _COLUMNS.last_used_at.is_(None), _COLUMNS.last_used_at < sa.bindparam("used_at")
        )
        statement = (
            schema.api_keys.update()
            .where(_COLUMNS.id == sa.bindparam("used_id"), later)
            .values(last_used_at=sa.bindparam("used_at"))
        )
        rows = [{"used_id": key_id, "used_at": at} for key_id, at in used.items()]
        await self._database.do_write(lambda connection: connection.execute(statement, rows))

    async def _one(self, condition: sa.ColumnElement[bool]) -> ApiKey | None:
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(schema.api_keys).where(condition))).first()
        return None if row is None else to_struct(row, ApiKey)
