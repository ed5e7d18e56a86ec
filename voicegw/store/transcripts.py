"""Transcripts in the store: queued with their recording, written once, with what follows from them.

While a transcript is made, how far it is stands with its piece of work
(:mod:`voicegw.store.work`); the document is written when it is final.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.model.event import Event
from voicegw.model.transcript import Transcript, TranscriptStatus
from voicegw.model.work import WorkItem, WorkKind, WorkState, work_id
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.events import append_numbered
from voicegw.store.recordings import is_deleted
from voicegw.store.work import conclude_work, put_work_again, work_row

_TRANSCRIPT = schema.transcripts.c
_WORK = schema.work.c
_CHANGING = ("status", "text", "document")


@dataclass(frozen=True, slots=True)
class TranscriptionBacklog:
    """What waits to be transcribed or is being transcribed; `oldest_at` None: nothing."""

    count: int
    oldest_at: datetime | None


class TranscriptRepository:
    """Reads and concludes transcripts. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def get(self, recording_id: str) -> Transcript | None:
        """Return the transcript of a recording as far as it is; None when there is none."""
        query = (
            sa.select(_TRANSCRIPT.document, _WORK.state, _WORK.progress)
            .outerjoin_from(
                schema.transcripts,
                schema.work,
                sa.and_(
                    _WORK.subject == _TRANSCRIPT.recording_id, _WORK.kind == WorkKind.TRANSCRIBE
                ),
            )
            .where(_TRANSCRIPT.recording_id == recording_id)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        transcript = msgspec.convert(row.document, Transcript)
        if transcript.status is TranscriptStatus.QUEUED and row.state == WorkState.LEASED:
            transcript.status = TranscriptStatus.RUNNING
            transcript.progress = row.progress
        return transcript

    async def conclude(
        self, item: WorkItem, transcript: Transcript, event: Event | None, now: datetime
    ) -> bool:
        """Write the final `transcript` and `event`, and have the talk checked, all or nothing.

        Returns False, and changes nothing, when `item` is no longer ours. Of a recording that has
        been deleted meanwhile no word is written; its work ends all the same.
        """

        def write(connection: sa.Connection) -> bool:
            failed = transcript.failure if transcript.status is TranscriptStatus.FAILED else None
            if not conclude_work(connection, item, now, failure=failed):
                return False
            if is_deleted(connection, transcript.recording_id):
                connection.execute(
                    schema.transcripts.delete().where(
                        _TRANSCRIPT.recording_id == transcript.recording_id
                    )
                )
                return True
            insert = self._database.insert(schema.transcripts)
            changes = {name: insert.excluded[name] for name in _CHANGING}
            connection.execute(
                insert.on_conflict_do_update(index_elements=["recording_id"], set_=changes),
                [_row(transcript)],
            )
            if event is not None:
                append_numbered(self._database.dialect, connection, [event])
            kinds = [WorkKind.CHECK]
            if transcript.status is TranscriptStatus.COMPLETED:
                kinds.append(WorkKind.NETWORK)  # who answered: a person or a machine?
            rows = [work_row(kind, transcript.recording_id, now, node=item.node) for kind in kinds]
            for row in rows:  # again, where this transcript is not the first
                put_work_again(self._database, connection, row)
            return True

        return await self._database.do_write(write)

    async def again(self, recording_id: str, now: datetime) -> bool:
        """Have a recording transcribed once more; False: its transcript is not one without words.

        What is completed, or is being made, stays as it is.
        """

        def write(connection: sa.Connection) -> bool:
            query = sa.select(_TRANSCRIPT.document).where(
                _TRANSCRIPT.recording_id == recording_id,
                _TRANSCRIPT.status.in_([TranscriptStatus.FAILED, TranscriptStatus.NONE]),
            )
            document = connection.execute(query.with_for_update()).scalar_one_or_none()
            if document is None:
                return False
            old = msgspec.convert(document, Transcript)
            queued = msgspec.structs.replace(
                old, status=TranscriptStatus.QUEUED, failure=None, completed_at=None, progress=0.0
            )
            connection.execute(
                schema.transcripts.update()
                .where(_TRANSCRIPT.recording_id == recording_id)
                .values({name: value for name, value in _row(queued).items() if name in _CHANGING})
            )
            work = sa.select(_WORK.node).where(
                _WORK.id == work_id(WorkKind.TRANSCRIBE, recording_id)
            )
            node = connection.execute(work).scalar_one_or_none()
            row = work_row(WorkKind.TRANSCRIBE, recording_id, now, node=node)
            put_work_again(self._database, connection, row)
            return True

        return await self._database.do_write(write)

    async def backlog(self, node: str) -> TranscriptionBacklog:
        """Return what `node` has still to transcribe."""
        query = sa.select(sa.func.count(), sa.func.min(_WORK.created_at).label("oldest_at")).where(
            _WORK.kind == WorkKind.TRANSCRIBE,
            _WORK.state.in_([WorkState.WAITING, WorkState.LEASED]),
            sa.or_(_WORK.node.is_(None), _WORK.node == node),
        )
        async with self._database.read() as connection:
            count, oldest_at = (await connection.execute(query)).one()
        return TranscriptionBacklog(count, oldest_at)


def queue_transcripts(
    database: Database, connection: sa.Connection, recordings: Sequence[Mapping[str, Any]]
) -> None:
    """Add, inside a transaction, that `recordings` (rows) are to be transcribed."""
    rows = [
        _row(
            Transcript(
                recording_id=recording["id"],
                call_id=recording["call_id"],
                status=TranscriptStatus.QUEUED,
                created_at=recording["created_at"],
                group_id=recording["group_id"],
                manager_id=recording["manager_id"],
                duration_s=recording["document"].duration_s,
            )
        )
        for recording in recordings
    ]
    insert = database.insert(schema.transcripts)
    connection.execute(insert.on_conflict_do_nothing(index_elements=["recording_id"]), rows)


def _row(transcript: Transcript) -> dict[str, Any]:
    return {
        "recording_id": transcript.recording_id,
        "call_id": transcript.call_id,
        "status": transcript.status,
        "group_id": transcript.group_id,
        "manager_id": transcript.manager_id,
        "created_at": transcript.created_at,
        "text": transcript.search_text(),
        "document": transcript,
    }
