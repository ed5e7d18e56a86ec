"""Calls in the store: read here, and told what came of them when they are over.

Everything else is written by :mod:`voicegw.store.batch`, from the journal of their node.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.call import (
    FINAL_STATUSES,
    Call,
    CallOutcome,
    CallStatus,
    Direction,
    final_status,
)
from voicegw.model.event import Event, EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.model.recording import RecordingKind, RecordingRef, RecordingStatus
from voicegw.model.survey import Disposition, is_same_result
from voicegw.store import schema
from voicegw.store.call_list import WantedCalls, calls_query
from voicegw.store.database import Database
from voicegw.store.events import append_numbered
from voicegw.store.paging import DEFAULT_LIMIT, Page, page_of
from voicegw.store.purge import Purged
from voicegw.store.report_marks import mark_calls

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

    def wanted(self) -> WantedCalls:
        """Return the filter as columns and the values that they may have."""
        one_of: dict[str, Sequence[str]] = {
            name: [value]
            for name, value in (
                ("manager_id", self.manager_id),
                ("customer_id", self.customer_id),
                ("customer_number", self.customer_number),
                ("hotline_id", self.hotline_id),
                ("task_id", self.task_id),
                ("outcome", self.outcome),
                ("direction", self.direction),
            )
            if value is not None
        }
        if self.group_ids is not None:
            one_of["group_id"] = self.group_ids
        if self.ids is not None:
            one_of["id"] = self.ids
        is_live = self.status is not None and self.status not in FINAL_STATUSES
        if self.status is not None and is_live:
            one_of["status"] = [self.status]
        elif self.status is not None:
            # By outcomes: how calls stand changes too often to be worth an index.
            implied = [one for one in CallOutcome if final_status(one) is self.status]
            one_of["outcome"] = [one for one in implied if self.outcome in {None, one}]
        return WantedCalls(one_of, self.from_, self.until, is_live)


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
        calls = await self._database.do_read(
            lambda connection: _calls(
                connection, connection.execute(_BY_ID, {"call_id": call_id}).all()
            )
        )
        return calls[0] if calls else None

    async def list(
        self,
        wanted: CallFilter = CallFilter(),  # noqa: B008 - frozen
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Call]:
        """Return a page of calls, newest first. Raises InvalidError for a bad limit or cursor."""
        query, parameters = calls_query(
            self._database.dialect, wanted.wanted(), limit=limit, cursor=cursor
        )
        found = await self._database.do_read(
            lambda connection: _calls(connection, connection.execute(query, parameters).all())
        )
        return page_of(found, limit)

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

        Of a call whose persons were taken out for its age no note is kept.

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
            told_of = _as_kept(connection, call, disposition)
            if is_same_result(call.disposition, told_of):
                return call
            call.disposition = told_of
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
            mark_calls(connection, [call])
            call.sequence += 1
            return call

        return await self._database.do_write(write)

    async def open_calls(self, node: str) -> Sequence[Call]:
        """Return the calls of `node` that have not ended, as far as the store knows."""
        asked = {"node": node}
        return await self._database.do_read(
            lambda connection: _calls(connection, connection.execute(_OPEN, asked).all())
        )

    async def all_open(self) -> Sequence[Call]:
        """Return the calls of all nodes that have not ended, their recordings as they were.

        There are as many as the nodes carry.
        """

        def read(connection: sa.Connection) -> Sequence[Call]:
            return [_call(row) for row in connection.execute(_ALL_OPEN)]

        return await self._database.do_read(read)


#: Documents are read as text: what they say is decoded once, by the shape of a call.
_TEXT = sa.cast(_COLUMNS.document, sa.Text).label("document")
_BY_ID = sa.select(_TEXT, _COLUMNS.sequence).where(_COLUMNS.id == sa.bindparam("call_id"))
_OPEN = sa.select(_TEXT, _COLUMNS.sequence).where(
    _COLUMNS.node == sa.bindparam("node"), _COLUMNS.is_final == sa.false()
)
_ALL_OPEN = sa.select(_TEXT, _COLUMNS.sequence).where(_COLUMNS.is_final == sa.false())
_RECORDINGS_OF = (
    sa.select(_RECORDINGS.id, _RECORDINGS.call_id, _RECORDINGS.kind, _RECORDINGS.status)
    .where(_RECORDINGS.call_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(_RECORDINGS.id)
)
_decode = msgspec.json.Decoder(Call).decode


def _calls(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[Call]:
    """Return the calls of rows of `document` (text) and `sequence`, with their recordings."""
    calls = {call.id: call for call in (_call(row) for row in rows)}
    if not calls:
        return []
    for row in connection.execute(_RECORDINGS_OF, {"ids": list(calls)}):
        _attach(
            calls[row.call_id],
            RecordingRef(row.id, RecordingKind(row.kind), RecordingStatus(row.status)),
        )
    return list(calls.values())


def _call(row: sa.Row[Any]) -> Call:
    call = _decode(row.document)
    call.sequence = max(call.sequence, row.sequence)
    return call


def _as_kept(connection: sa.Connection, call: Call, disposition: Disposition) -> Disposition:
    """Return what is kept of a result: of a call that names nobody any more, no words."""
    if not disposition.note or call.customer_number is not None:
        return disposition
    marks = schema.retention_marks.c
    query = sa.select(marks.until).where(marks.what == Purged.CALLS_ANONYMISED)
    until: datetime | None = connection.execute(query).scalar_one_or_none()
    if until is None or call.created_at >= until:
        return disposition
    return msgspec.structs.replace(disposition, note="")


def _attach(call: Call, recording: RecordingRef) -> None:
    """Make `call` name `recording` as it is now: the owner's snapshot may be older."""
    others = [ref for ref in call.recordings if ref.id != recording.id]
    call.recordings = [*others, recording]
    if recording.kind is RecordingKind.TALK:
        call.recording_id = recording.id
