"""What running calls have done, written to the store in groups: one transaction a group.

A group is cheap because it is few statements whatever its size: the last snapshot of each call and
each recording is upserted, all events are added, and the node's position in its journal moves on,
all or nothing. Replaying a group, or any suffix of the journal, leads to the same store.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.journal.entries import Entry
from voicegw.journal.group import Group, LegsLine, read_group
from voicegw.journal.segment import encode_line
from voicegw.model.call import Call
from voicegw.model.event import Event
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.model.sms_follow_up import SmsFollowUp
from voicegw.model.work import WorkKind
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.events import append_numbered, write_events
from voicegw.store.report_marks import mark_calls
from voicegw.store.settling import settled_events
from voicegw.store.task_changes import note_attempts
from voicegw.store.tasks import put_matters
from voicegw.store.transcripts import queue_transcripts
from voicegw.store.work import put_work, work_row

#: What a call begins with and keeps: a column that is set has all its indexes written anew.
_FIXED = frozenset({"id", "node", "direction", "created_at"})
_CALL_COLUMNS = tuple(column.name for column in schema.calls.c if column.name not in _FIXED)
_RECORDING_COLUMNS = tuple(column.name for column in schema.recordings.c if column.name != "id")
_WITHOUT_SOUND = frozenset({RecordingStatus.ABSENT, RecordingStatus.FAILED})
_WITH_PENDING = sa.select(schema.recordings.c.call_id).where(
    schema.recordings.c.call_id.in_(sa.bindparam("ids", expanding=True)),
    schema.recordings.c.status == RecordingStatus.PENDING,
)


class BatchWriter:
    """Takes a node's journal to the store."""

    def __init__(
        self,
        database: Database,
        node: str,
        *,
        follow_up: Collection[WorkKind] = (),
        messages: SmsFollowUp | None = None,
    ) -> None:
        """Write to `database` in the name of `node`.

        `follow_up` is what is to be done with each completed recording, besides being sealed: that
        work is put into the queue in the transaction that completes it. `messages` says which calls
        are looked at for a short message that follows; None: none are.
        """
        self._database = database
        self._node = node
        self._follow_up = tuple(follow_up)
        self._messages = messages
        self._upsert_call = self._call_statement()
        self._upsert_recording = self._recording_statement()
        self._upsert_trace = self._trace_statement()
        self._upsert_position = self._position_statement()

    async def position(self) -> int:
        """Return up to where this node's journal is in the store; 0 for a new node."""
        query = sa.select(schema.journal_positions.c.position).where(
            schema.journal_positions.c.node == self._node
        )
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one_or_none() or 0)

    async def apply_lines(self, lines: Sequence[bytes], journal_position: int) -> None:
        """Write the entries of `lines`, which end at `journal_position`, in one transaction.

        Raises StoreUnavailableError: nothing was written, try the same again later;
        DamagedLineError, StoreError, ConflictError: nothing was written, and one of the lines is
        damaged or what no store can hold. An event of a recording with sequence 0 gets the next
        number of its call here, because nobody owns the call any more when its recording is done.
        """
        await self._database.do_write(
            partial(self._write_lines, lines=lines, position=journal_position)
        )

    async def apply_entries(self, entries: Sequence[Entry], journal_position: int) -> None:
        """Do as :meth:`apply_lines` with entries that have not been in a journal."""
        await self.apply_lines([encode_line(entry) for entry in entries], journal_position)

    def _write_lines(
        self, connection: sa.Connection, *, lines: Sequence[bytes], position: int
    ) -> None:
        self._write_group(connection, read_group(lines))
        connection.execute(self._upsert_position, {"node": self._node, "position": position})

    def _write_group(self, connection: sa.Connection, group: Group) -> None:
        changed = [*group.calls, *_with_legs(connection, group.legs)]
        calls = [_call_row(call) for call in changed]
        recordings = [_recording_row(recording) for recording in group.recordings]
        work = [work_row(one.work, one.subject, one.at, node=self._node) for one in group.work]
        if calls:
            connection.execute(self._upsert_call, calls)
        work += self._looks(group.calls)
        if recordings:
            connection.execute(self._upsert_recording, recordings)
            self._queue_transcripts(connection, recordings)
            work += self._follow_up_work(recordings)
        write_events(self._database.dialect, connection, group.events)
        if work:
            put_work(self._database, connection, work)
        told = [*group.unnumbered, *self._settled(connection, calls, recordings)]
        if told:
            append_numbered(self._database.dialect, connection, told)
        note_attempts(connection, group.calls)
        mark_calls(connection, group.calls)
        if group.matters:
            put_matters(connection, group.matters)
        if group.traces:
            connection.execute(
                self._upsert_trace,
                [{"call_id": call_id, "data": data} for call_id, data in group.traces.items()],
            )

    def _looks(self, calls: Sequence[Call]) -> list[dict[str, object]]:
        """Return which of the calls are to be looked at, and when; any node may."""
        if self._messages is None:
            return []
        looked = ((call.id, self._messages.looks_at(call)) for call in calls if call.is_final)
        return [work_row(WorkKind.MESSAGE, id_, at) for id_, at in looked if at is not None]

    def _settled(
        self,
        connection: sa.Connection,
        calls: Sequence[Mapping[str, Any]],
        recordings: Sequence[Mapping[str, Any]],
    ) -> Sequence[Event]:
        """Settle calls whose recordings came to nothing; the others are when they are checked."""
        asked = {
            row["call_id"]: row["document"].completed_at or row["created_at"]
            for row in recordings
            if row["status"] in _WITHOUT_SOUND
        }
        late = [row for row in calls if row["is_final"] and row["document"].recordings]
        if late:
            # Most calls end before their recording is made: whoever ends that asks again.
            waiting = self._with_pending(connection, [row["id"] for row in late])
            asked |= {
                row["id"]: row["document"].ended_at or row["created_at"]
                for row in late
                if row["id"] not in waiting
            }
        return settled_events(connection, asked) if asked else []

    @staticmethod
    def _with_pending(connection: sa.Connection, call_ids: Sequence[str]) -> Collection[str]:
        """Return which of the calls have a recording that this writer has still to end."""
        return set(connection.execute(_WITH_PENDING, {"ids": call_ids}).scalars())

    def _follow_up_work(self, recordings: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
        """Return what is to be done with the recordings that are final."""
        rows = []
        for row in recordings:
            if row["status"] == RecordingStatus.PENDING:
                continue
            since = row["document"].completed_at or row["created_at"]
            # Absent and failed ones are sealed too: that there is no sound must be provable.
            rows.append(work_row(WorkKind.SEAL, row["id"], since, node=row["node"]))
            if row["status"] == RecordingStatus.COMPLETED:
                rows += [
                    work_row(kind, row["id"], since, node=self._node) for kind in self._follow_up
                ]
        return rows

    def _queue_transcripts(
        self, connection: sa.Connection, recordings: Sequence[Mapping[str, Any]]
    ) -> None:
        completed = [row for row in recordings if row["status"] == RecordingStatus.COMPLETED]
        if completed and WorkKind.TRANSCRIBE in self._follow_up:
            queue_transcripts(self._database, connection, completed)

    def _call_statement(self) -> Any:
        insert = self._database.insert(schema.calls)
        changes: dict[str, Any] = {name: insert.excluded[name] for name in _CALL_COLUMNS}
        # Events of a recording may have raised the number past what the call's owner knew.
        changes["sequence"] = sa.case(
            (insert.excluded.sequence > schema.calls.c.sequence, insert.excluded.sequence),
            else_=schema.calls.c.sequence,
        )
        return insert.on_conflict_do_update(index_elements=["id"], set_=changes)

    def _recording_statement(self) -> Any:
        insert = self._database.insert(schema.recordings)
        return insert.on_conflict_do_update(
            index_elements=["id"],
            set_={name: insert.excluded[name] for name in _RECORDING_COLUMNS},
        )

    def _trace_statement(self) -> Any:
        insert = self._database.insert(schema.call_traces)
        return insert.on_conflict_do_update(
            index_elements=["call_id"], set_={"data": insert.excluded.data}
        )

    def _position_statement(self) -> Any:
        insert = self._database.insert(schema.journal_positions)
        return insert.on_conflict_do_update(
            index_elements=["node"], set_={"position": insert.excluded.position}
        )


def _with_legs(connection: sa.Connection, legs: Mapping[str, Sequence[LegsLine]]) -> list[Call]:
    """Return the calls whose legs have changed since the store knew them; others stay as known."""
    if not legs:
        return []
    query = sa.select(schema.calls.c.document).where(schema.calls.c.id.in_(list(legs)))
    changed = []
    for document in connection.execute(query.with_for_update()).scalars():
        call = msgspec.convert(document, Call)
        known = call.sequence
        for line in legs[call.id]:
            call.take_legs(line.legs, line.sequence)
        if call.sequence > known and not call.is_final:
            changed.append(call)
    return changed


def _call_row(call: Call) -> dict[str, Any]:
    return {
        "id": call.id,
        "node": call.node,
        "direction": call.direction,
        "status": call.status,
        "is_final": call.is_final,
        "outcome": call.outcome,
        "group_id": call.group_id,
        "manager_id": call.manager_id,
        "customer_id": call.customer_id,
        "customer_number": call.customer_number,
        "hotline_id": call.hotline_id,
        "task_id": call.task_id,
        "created_at": call.created_at,
        "sequence": call.sequence,
        "document": call,
    }


def _recording_row(recording: Recording) -> dict[str, Any]:
    return {
        "id": recording.id,
        "call_id": recording.call_id,
        "kind": recording.kind,
        "status": recording.status,
        "node": recording.node,
        "group_id": recording.group_id,
        "manager_id": recording.manager_id,
        "customer_id": recording.customer_id,
        "hotline_id": recording.hotline_id,
        "duration_s": recording.duration_s,
        "created_at": recording.created_at,
        "document": recording,
    }
