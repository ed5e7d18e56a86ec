"""The audit log: entries are added and read, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.model.audit import AuditAction, AuditEntry
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.rows import to_struct

_COLUMNS = schema.audit_log.c


class AuditFilter(msgspec.Struct, frozen=True):
    """Which entries a list shall hold; what is None does not filter.

    `from_` is inclusive, `until` exclusive.
    """

    principal: str | None = None
    action: AuditAction | None = None
    subject: str | None = None
    group_ids: Sequence[str] | None = None
    from_: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return the filter as SQL conditions on the table of entries."""
        equal = {"principal": self.principal, "action": self.action, "subject": self.subject}
        wanted: list[sa.ColumnElement[bool]] = [
            _COLUMNS[name] == value for name, value in equal.items() if value is not None
        ]
        if self.group_ids is not None:
            wanted.append(_COLUMNS.group_id.in_(self.group_ids))
        if self.from_ is not None:
            wanted.append(_COLUMNS.at >= self.from_)
        if self.until is not None:
            wanted.append(_COLUMNS.at < self.until)
        return wanted


class AuditLog:
    """Adds to and reads the log. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used: then what was to be noted
    must not be done either.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def note(self, *entries: AuditEntry) -> None:
        """Add `entries`; once this returns they are committed."""
        if not entries:
            return
        await self._database.do_write(lambda connection: add_entries(connection, entries))

    async def note_once(self, entry: AuditEntry, within: timedelta) -> bool:
        """Add `entry` unless the same was noted during the time `within` before it.

        The same is: of the same principal, action, subject and detail. Returns whether it was
        added. Two nodes at the same moment may both add it.
        """

        def add(connection: sa.Connection) -> bool:
            if _is_noted(connection, entry, within):
                return False
            add_entries(connection, [entry])
            return True

        # A player asks for many ranges: those that follow the first take no turn to write.
        if await self._database.do_read(lambda connection: _is_noted(connection, entry, within)):
            return False
        return await self._database.do_write(add)

    async def list(
        self,
        wanted: AuditFilter = AuditFilter(),  # noqa: B008 - frozen
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[AuditEntry]:
        """Return a page of entries, newest first. Raises InvalidError for a bad cursor.

        Principal, subject, action and time have an index in the order of the list each, so that no
        page costs more than another; a list of some groups is read along the index of time.
        """
        query = (
            sa.select(schema.audit_log)
            .where(*wanted.conditions())
            .order_by(_COLUMNS.at.desc(), _COLUMNS.position.desc())
            .limit(check_limit(limit) + 1)
        )
        if cursor is not None:
            last_at, last = decode_cursor(cursor, tuple[datetime, int])
            # The first condition says again what the second does, in the way of an index.
            query = query.where(
                _COLUMNS.at <= last_at,
                sa.or_(_COLUMNS.at < last_at, _COLUMNS.position < last),
            )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        items = [to_struct(row, AuditEntry) for row in rows[:limit]]
        if len(rows) <= limit:
            return Page(items, None)
        return Page(items, encode_cursor(items[-1].at.isoformat(), items[-1].position))


def add_entries(connection: sa.Connection, entries: Sequence[AuditEntry]) -> None:
    """Add `entries` inside the caller's transaction, so that both are done or neither."""
    if entries:
        connection.execute(schema.audit_log.insert(), [_row(entry) for entry in entries])


def _row(entry: AuditEntry) -> dict[str, Any]:
    row = msgspec.structs.asdict(entry)
    del row["position"]
    return row


def _is_noted(connection: sa.Connection, entry: AuditEntry, within: timedelta) -> bool:
    query = sa.select(_COLUMNS.detail).where(
        _COLUMNS.principal == entry.principal,
        _COLUMNS.subject == entry.subject,
        _COLUMNS.action == entry.action,
        _COLUMNS.at > entry.at - within,
    )
    return any(detail == entry.detail for detail in connection.execute(query).scalars())
