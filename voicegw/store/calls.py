"""Calls in the store: read here, and told what came of them when they are over.

Everything else is written by :mod:`voicegw.store.batch`, from the journal of their node.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.call import (
    Call,
    CallOutcome,
    CallStatus,
    Direction,
)
from voicegw.model.event import Event, EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.model.recording import RecordingKind, RecordingRef, RecordingStatus
from voicegw.model.survey import Disposition, is_same_result
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.events import append_numbered
from voicegw.store.paging import DEFAULT_LIMIT, Page, conditions, newest_first, page_of

_COLUMNS = schema.calls.c
_RECORDINGS = schema.recordings.c


class CallFilter(msgspec.Struct, frozen=True):
    """Which calls a list shall hold; what is None does not filter.

    `from_` (inclusive) and `until` (exclusive) are about `created_at`.
    """

    group_ids: Sequence[str] | None = None
    manager_id: str | None = None
    customer_id: str | None = None
    customer_number: str | None = None
    status: CallStatus | None = None
    outcome: CallOutcome | None = None
    direction: Direction | None = None
    hotline_id: str | None = None
    task_id: str | None = None
    ids: Sequence[str] | None = None
    from_: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return the filter as SQL conditions on the table of calls."""
        equal = {
            "manager_id": self.manager_id,
            "customer_id": self.customer_id,
            "customer_number": self.customer_number,
            "status": self.status,
            "outcome": self.outcome,
            "direction": self.direction,
            "hotline_id": self.hotline_id,
            "task_id": self.task_id,
        }
        wanted = conditions(
            schema.calls, equal, group_ids=self.group_ids, from_=self.from_, until=self.until
        )
        if self.ids is not None:
            wanted.append(_COLUMNS.id.in_(self.ids))
        return wanted


class CallRepository:
    """Reads calls. Every method is one short transaction.

    A call is the last snapshot its owner wrote, with its recordings as they are by now. All
    methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def get(self, call_id: str) -> Call | None:
        """Return the call with this id."""
        query = sa.select(_COLUMNS.document, _COLUMNS.sequence).where(_COLUMNS.id == call_id)
        async with self._database.read() as connection:
            calls = await _calls(connection, query)
        return calls[0] if calls else None

    async def list(
        self,
        wanted: CallFilter = CallFilter(),  # noqa: B008 - frozen
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Call]:
        """Return a page of calls, newest first. Raises InvalidError for a bad limit or cursor."""
        query = newest_first(
            sa.select(_COLUMNS.document, _COLUMNS.sequence).where(*wanted.conditions()),
            _COLUMNS.created_at,
            _COLUMNS.id,
            limit=limit,
            cursor=cursor,
        )
        async with self._database.read() as connection:
            return page_of(await _calls(connection, query), limit)

    async def talks_since(self, since: datetime) -> Sequence[tuple[str, int, datetime | None]]:
        """Return managers, how many calls begun since `since` they talked in, and the last's end.

        What a starting node needs to ring whoever has been idle longest.
        """
        ended_at = sa.func.max(_COLUMNS.document["ended_at"].as_string())
        query = (
            sa.select(_COLUMNS.manager_id, sa.func.count(), ended_at)
            .where(
                _COLUMNS.created_at >= since,
                _COLUMNS.manager_id.is_not(None),
                _COLUMNS.outcome.in_([CallOutcome.CONNECTED, CallOutcome.INTERRUPTED]),
            )
            .group_by(_COLUMNS.manager_id)
            .order_by(_COLUMNS.manager_id)
        )
        async with self._database.read() as connection:
            return [
                (row[0], row[1], None if row[2] is None else datetime.fromisoformat(row[2]))
                for row in await connection.execute(query)
            ]

    async def dialled_since(self, since: datetime) -> Sequence[tuple[str, datetime]]:
        """Return number and time of every call outward since `since`, oldest first.

        What a starting node needs to go on counting; calls that were refused do not count.
        """
        query = (
            sa.select(_COLUMNS.customer_number, _COLUMNS.created_at)
            .where(
                _COLUMNS.customer_number.is_not(None),
                _COLUMNS.created_at >= since,
                _COLUMNS.direction != Direction.INBOUND,
                sa.or_(_COLUMNS.outcome.is_(None), _COLUMNS.outcome != CallOutcome.REFUSED),
            )
            .order_by(_COLUMNS.created_at)
        )
        async with self._database.read() as connection:
            return [(row[0], row[1]) for row in await connection.execute(query)]

    async def dispose(self, call_id: str, disposition: Disposition) -> Call:
        """Note what came of a talk that is over; the last one told is the one that holds.

        Raises NotFoundError, and ConflictError `call-running` for a call that has not ended: its
        node alone may write it.
        """

        def write(connection: sa.Connection) -> Call:
            query = sa.select(_COLUMNS.document, _COLUMNS.sequence).where(_COLUMNS.id == call_id)
            row = connection.execute(query.with_for_update()).one_or_none()
            if row is None:
                raise NotFoundError("call", call_id)
            call = msgspec.convert(row.document, Call)
            call.sequence = row.sequence
            if not call.is_final:
                raise ConflictError("call-running", "The call runs on another node.")
            if is_same_result(call.disposition, disposition):
                return call
            call.disposition = disposition
            connection.execute(
                schema.calls.update().where(_COLUMNS.id == call_id).values(document=call)
            )
            told = Event(
                id=new_id(IdKind.EVENT),
                type=EventType.DISPOSITION_RECEIVED,
                subject=call_id,
                time=disposition.at,
                sequence=0,
                data=msgspec.to_builtins(call),
                group_id=call.group_id,
                manager_id=call.manager_id,
            )
            append_numbered(self._database.dialect, connection, [told])
            call.sequence += 1
            return call

        return await self._database.do_write(write)

    async def open_calls(self, node: str) -> Sequence[Call]:
        """Return the calls of `node` that have not ended, as far as the store knows."""
        query = sa.select(_COLUMNS.document, _COLUMNS.sequence).where(
            _COLUMNS.node == node, _COLUMNS.is_final == sa.false()
        )
        async with self._database.read() as connection:
            return await _calls(connection, query)


async def _calls(connection: AsyncConnection, query: sa.Select[Any]) -> list[Call]:
    rows = (await connection.execute(query)).all()
    if not rows:
        return []
    calls = [msgspec.convert(row.document, Call) for row in rows]
    for call, row in zip(calls, rows, strict=True):
        call.sequence = max(call.sequence, row.sequence)
    recordings = await connection.execute(
        sa.select(_RECORDINGS.id, _RECORDINGS.call_id, _RECORDINGS.kind, _RECORDINGS.status)
        .where(_RECORDINGS.call_id.in_([call.id for call in calls]))
        .order_by(_RECORDINGS.id)
    )
    by_id = {call.id: call for call in calls}
    for row in recordings:
        _attach(
            by_id[row.call_id],
            RecordingRef(row.id, RecordingKind(row.kind), RecordingStatus(row.status)),
        )
    return calls


def _attach(call: Call, recording: RecordingRef) -> None:
    """Make `call` name `recording` as it is now: the owner's snapshot may be older."""
    others = [ref for ref in call.recordings if ref.id != recording.id]
    call.recordings = [*others, recording]
    if recording.kind is RecordingKind.TALK:
        call.recording_id = recording.id
