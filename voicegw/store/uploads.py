"""What bringing recordings to the storage, and forgetting local files, changes in the store."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec
import sqlalchemy as sa

from voicegw.model.recording import Place, Recording, RecordingStatus
from voicegw.model.work import WorkItem, WorkKind, WorkState
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.recordings import RecordingRepository, change_recording
from voicegw.store.work import conclude_work, work_row

_WORK = schema.work.c
_OPEN = (WorkState.WAITING, WorkState.LEASED)


class Backlog(msgspec.Struct, frozen=True):
    """How many recordings wait to be brought away, since when, and how many were given up."""

    waiting: int
    oldest: datetime | None
    failed: int


class UploadStore:
    """Each method is one transaction; all raise StoreUnavailableError."""

    def __init__(self, database: Database, node: str) -> None:
        """Work on `database` in the name of `node`."""
        self._database = database
        self._node = node
        self._recordings = RecordingRepository(database)

    async def recording(self, recording_id: str) -> Recording | None:
        """Return the recording as it is now."""
        return await self._recordings.get(recording_id)

    async def uploaded(
        self, item: WorkItem, keys: Collection[str], now: datetime, forget_at: datetime
    ) -> Recording:
        """Note that the files `keys` are whole in the storage, and conclude `item`.

        From `forget_at` on the local ones may go. A recording that is not completed any more, or
        has got more files meanwhile, is returned as it is and nothing is concluded.
        """

        def note(connection: sa.Connection) -> Recording:
            recording = change_recording(
                connection, item.subject, lambda one: _placed(one, keys, Place.BOTH)
            )
            if _placed(recording, keys, Place.BOTH) is not None and conclude_work(
                connection, item, now
            ):
                self._put_again(connection, WorkKind.FORGET_LOCAL, recording.id, now, forget_at)
            return recording

        return await self._database.do_write(note)

    async def forgotten(self, item: WorkItem, keys: Collection[str], now: datetime) -> None:
        """Note that the local files `keys` are gone, and conclude `item`."""

        def note(connection: sa.Connection) -> None:
            change_recording(connection, item.subject, lambda one: _placed(one, keys, Place.REMOTE))
            conclude_work(connection, item, now)

        await self._database.do_write(note)

    async def conclude(self, item: WorkItem, now: datetime) -> None:
        """End `item`: there is nothing to be done."""
        await self._database.do_write(lambda connection: conclude_work(connection, item, now))

    async def backlog(self) -> Backlog:
        """Return what this node has not brought to the storage yet."""
        query = (
            sa.select(_WORK.state, sa.func.count(), sa.func.min(_WORK.created_at))
            .where(_WORK.kind == WorkKind.UPLOAD, _WORK.node == self._node)
            .group_by(_WORK.state)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        found = {state: (int(count), oldest) for state, count, oldest in rows}
        waiting = [found[state] for state in _OPEN if state in found]
        return Backlog(
            waiting=sum(count for count, _ in waiting),
            oldest=min((oldest for _, oldest in waiting), default=None),
            failed=found.get(WorkState.FAILED, (0, None))[0],
        )

    def _put_again(
        self,
        connection: sa.Connection,
        kind: WorkKind,
        subject: str,
        now: datetime,
        not_before: datetime,
    ) -> None:
        """Put work, or have what was done before done once more."""
        row = {**work_row(kind, subject, now, node=self._node), "not_before": not_before}
        insert = self._database.insert(schema.work)
        again = {"state": WorkState.WAITING, "attempts": 0, "not_before": not_before}
        connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=again), [row])


def _placed(recording: Recording, keys: Collection[str], place: Place) -> Recording | None:
    """Return the recording at `place` if it is completed and `keys` are all that it has."""
    if recording.status is not RecordingStatus.COMPLETED or not recording.files:
        return None
    if not all(file.key in keys for file in recording.files):
        return None
    return msgspec.structs.replace(recording, place=place)
