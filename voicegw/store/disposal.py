"""What may not be deleted, and what is: legal holds, deletions, and what goes with a recording.

A deletion is two steps. The first transaction makes it so: the record says `deleted`, the signed
stub is in the chain, the audit log says who, what was made of the sound is gone, archives that may
hold it are withdrawn, and the removal of the files waits as work. What that work has removed is
concluded by the second. A crash in between leaves a deleted recording whose files go a little
later, never half a recording.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError
from voicegw.model.audit import AuditEntry
from voicegw.model.event import Event
from voicegw.model.recording import LegalHold, Place, Recording, RecordingStatus
from voicegw.model.review import ReviewState
from voicegw.model.seal import ChainHead, Seal
from voicegw.model.work import WorkItem, WorkKind, WorkState, work_id
from voicegw.store import schema
from voicegw.store.audit import add_entries
from voicegw.store.database import Database
from voicegw.store.events import append_numbered
from voicegw.store.exports import withdraw_exports
from voicegw.store.recordings import change_recording
from voicegw.store.seals import append, lock_head, seals_of
from voicegw.store.settling import settle_calls
from voicegw.store.work import conclude_work, put_work, uploads_again, work_row

_WORK = schema.work.c
_UPLOADING: Final = sa.and_(_WORK.kind == WorkKind.UPLOAD, _WORK.state == WorkState.LEASED)
"""An upload in hand ends by itself, and removes what it has brought; the removal waits for it."""

MakeStub = Callable[[Recording, Sequence[Seal], ChainHead], Seal]
"""Makes the stub of a recording that is deleted, given its seals and the head it is to follow."""


class DisposalRepository:
    """Holds and deletes recordings. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used, NotFoundError when there
    is no such recording, and ConflictError, whose slug says why it may not be done.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def hold(self, recording_id: str, hold: LegalHold, entry: AuditEntry) -> Recording:
        """Keep a recording from being deleted, or change why; return it as it is then."""

        def change(recording: Recording) -> Recording:
            _refuse_unfinished(recording)
            return msgspec.structs.replace(recording, hold=hold)

        return await self._change(recording_id, change, entry)

    async def release(self, recording_id: str, entry: AuditEntry) -> Recording:
        """Take a hold away; return the recording as it is then. Without one nothing is done."""

        def change(recording: Recording) -> Recording | None:
            if recording.hold is None:
                return None
            return msgspec.structs.replace(recording, hold=None)

        return await self._change(recording_id, change, entry)

    async def delete(
        self, recording_id: str, node: str, now: datetime, make_stub: MakeStub, entry: AuditEntry
    ) -> Recording:
        """Delete a recording in the name of `node`, whose chain gets the stub; return it.

        Slugs of ConflictError: `recording-not-ready`, `recording-deleted`, `recording-held`,
        `recording-under-review`.
        """

        def delete(connection: sa.Connection) -> Recording:
            head = lock_head(self._database, connection, node)

            def gone(recording: Recording) -> Recording:
                _refuse_unfinished(recording)
                _refuse_kept(connection, recording)
                earlier = seals_of(connection, [recording_id]).get(recording_id, [])
                append(connection, [make_stub(recording, earlier, head)])
                return msgspec.structs.replace(
                    recording, status=RecordingStatus.DELETED, deleted_at=now
                )

            recording = change_recording(connection, recording_id, gone)
            is_awaited = _is_awaited(connection, recording_id)
            uploads_again(connection, now, _elsewhere(recording), _WORK.subject == recording_id)
            _forget_work(connection, recording_id, but=sa.or_(_UPLOADING, _elsewhere(recording)))
            # Words go at once: the files may have to wait for their node or their storage.
            _forget_derived(connection, recording)
            withdraw_exports(connection, recording_id, now)
            owner = None if recording.place is Place.REMOTE else recording.node
            row = work_row(WorkKind.DELETE, recording_id, now, node=owner)
            put_work(self._database, connection, [row])
            add_entries(connection, [entry])
            if is_awaited:
                settle_calls(self._database.dialect, connection, [recording.call_id], now)
            return recording

        return await self._database.do_write(delete)

    async def is_uploading(self, recording_id: str, now: datetime) -> bool:
        """Whether somebody is bringing the recording to the storage, and has not died of it."""
        query = sa.select(_WORK.id).where(
            _WORK.id == work_id(WorkKind.UPLOAD, recording_id),
            _WORK.state == WorkState.LEASED,
            _WORK.lease_until > now,
        )
        return await self._database.do_read(lambda one: one.execute(query).first()) is not None

    async def removed(
        self, item: WorkItem, now: datetime, event: Callable[[Recording], Event | None]
    ) -> bool:
        """Conclude a removal: forget what was kept of the recording, and tell of it.

        What was made of it meanwhile goes as well, and archives it came into meanwhile.

        Returns False when the work was not `item`'s any more: nothing was done then.
        """

        def conclude(connection: sa.Connection) -> bool:
            if not conclude_work(connection, item, now):
                return False
            recording = change_recording(connection, item.subject, _without_files)
            if recording.status is RecordingStatus.DELETED:
                _forget_derived(connection, recording)
                _forget_work(connection, recording.id, but=_elsewhere(recording))
                # One may have noted it and read it while the deletion was not committed yet.
                withdraw_exports(connection, recording.id, now)
                told = [one for one in (event(recording),) if one is not None]
                append_numbered(self._database.dialect, connection, told)
            return True

        return await self._database.do_write(conclude)

    async def _change(
        self,
        recording_id: str,
        change: Callable[[Recording], Recording | None],
        entry: AuditEntry,
    ) -> Recording:
        def work(connection: sa.Connection) -> Recording:
            recording = change_recording(connection, recording_id, change)
            add_entries(connection, [entry])
            return recording

        return await self._database.do_write(work)


def under_review(recording_id: str) -> sa.Select[str]:
    """Return the query for reviews of a recording that are not final: they need its sound."""
    columns = schema.reviews.c
    return (
        sa.select(columns.id)
        .where(columns.recording_id == recording_id, columns.state != ReviewState.FINAL)
        .limit(1)
    )


def _refuse_unfinished(recording: Recording) -> None:
    if recording.status is RecordingStatus.PENDING:
        raise ConflictError("recording-not-ready", "The recording is not finished.")
    if recording.status is RecordingStatus.DELETED:
        raise ConflictError("recording-deleted", "The recording has been deleted.")


def _refuse_kept(connection: sa.Connection, recording: Recording) -> None:
    if recording.hold is not None:
        raise ConflictError("recording-held", "The recording is on hold and may not be deleted.")
    if connection.execute(under_review(recording.id)).first() is not None:
        raise ConflictError("recording-under-review", "A review of the recording is not final.")


def _without_files(recording: Recording) -> Recording | None:
    if recording.status is not RecordingStatus.DELETED:
        return None
    return msgspec.structs.replace(recording, files=[], path=None, spool=None)


def _forget_derived(connection: sa.Connection, recording: Recording) -> None:
    """Delete what was made of the sound, and the messages of its call; the call's record stays.

    The messages stay as long as another recording of the call is on hold.
    """
    for table in (schema.transcripts, schema.findings, schema.quality_results):
        connection.execute(table.delete().where(table.c.recording_id == recording.id))
    traces, others = schema.call_traces, schema.recordings.c
    held = sa.exists().where(
        others.call_id == recording.call_id,
        others.id != recording.id,
        others.document["hold"]["by"].as_string().is_not(None),
    )
    connection.execute(traces.delete().where(traces.c.call_id == recording.call_id, ~held))


def _is_awaited(connection: sa.Connection, recording_id: str) -> bool:
    """Whether the last word about the call waits for something to be done with the recording."""
    query = sa.select(_WORK.id).where(
        _WORK.subject == recording_id,
        _WORK.kind.in_([WorkKind.TRANSCRIBE, WorkKind.CHECK, WorkKind.NETWORK]),
        _WORK.state.in_([WorkState.WAITING, WorkState.LEASED]),
    )
    return connection.execute(query.limit(1)).first() is not None


def _elsewhere(recording: Recording) -> sa.ColumnElement[bool]:
    """Whether work is that of another node to bring away a copy that it has made.

    It lies on its disk alone: that node removes it when it finds the recording deleted, also where
    it had given up.
    """
    return sa.and_(
        _WORK.kind == WorkKind.UPLOAD,
        _WORK.state != WorkState.DONE,
        sa.func.coalesce(_WORK.node, recording.node) != recording.node,
    )


def _forget_work(
    connection: sa.Connection, recording_id: str, *, but: sa.ColumnElement[bool] | None = None
) -> None:
    statement = schema.work.delete().where(_WORK.subject == recording_id)
    connection.execute(statement if but is None else statement.where(~but))
