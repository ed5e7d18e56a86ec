"""What bringing recordings to the storage, and forgetting local files, changes in the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa

from voicegw.model.recording import Place, Recording, RecordingFile, RecordingStatus
from voicegw.model.work import WorkItem, WorkKind, WorkState
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import MAX_LIMIT
from voicegw.store.recordings import RecordingFilter, RecordingRepository, change_recording
from voicegw.store.seals import put_seal_work
from voicegw.store.work import conclude_work, put_work_again, uploads_again, work_row

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
        self.node = node
        self._recordings = RecordingRepository(database)

    async def recording(self, recording_id: str) -> Recording | None:
        """Return the recording as it is now."""
        return await self._recordings.get(recording_id)

    async def uploaded(
        self,
        item: WorkItem,
        brought: Collection[RecordingFile],
        now: datetime,
        forget_at: datetime,
    ) -> Recording:
        """Note that the files `brought` are whole in the storage, and conclude `item`.

        From `forget_at` on the local ones may go. A recording that is not completed any more, or
        has got more files meanwhile, is returned as it is and nothing is concluded.
        """

        def note(connection: sa.Connection) -> Recording:
            recording = change_recording(
                connection, item.subject, lambda one: _placed(one, brought, Place.BOTH)
            )
            if _placed(recording, brought, Place.BOTH) is not None and conclude_work(
                connection, item, now
            ):
                row = work_row(WorkKind.FORGET_LOCAL, recording.id, now, node=self.node)
                put_work_again(self._database, connection, {**row, "not_before": forget_at})
            return recording

        return await self._database.do_write(note)

    async def forgotten(
        self, item: WorkItem, gone: Collection[RecordingFile], now: datetime
    ) -> bool:
        """Note that the local files `gone` are no more, and conclude `item`.

        Returns False, and concludes nothing, when the recording has other files by now.
        """

        def note(connection: sa.Connection) -> bool:
            recording = change_recording(
                connection, item.subject, lambda one: _placed(one, gone, Place.REMOTE)
            )
            if recording.status is RecordingStatus.COMPLETED and recording.place is Place.BOTH:
                return False
            conclude_work(connection, item, now)
            return True

        return await self._database.do_write(note)

    async def bring_again(self, item: WorkItem, now: datetime) -> None:
        """Conclude `item`, and have its recording, which lies on this node, uploaded once more."""

        def lost(recording: Recording) -> Recording | None:
            if recording.status is not RecordingStatus.COMPLETED:
                return None
            return msgspec.structs.replace(recording, place=Place.LOCAL)

        def note(connection: sa.Connection) -> None:
            # The recording's row is locked before the work's, as by everybody else.
            change_recording(connection, item.subject, lambda _one: None)
            if not conclude_work(connection, item, now):
                return
            recording = change_recording(connection, item.subject, lost)
            if recording.place is Place.LOCAL:
                row = work_row(WorkKind.UPLOAD, recording.id, now, node=self.node)
                put_work_again(self._database, connection, row)

        await self._database.do_write(note)

    async def uploads_again(self) -> None:
        """Have all uploads tried once more that were given up, each by its own node."""
        now = datetime.now(UTC)
        await self._database.do_write(lambda connection: uploads_again(connection, now))

    async def completed(self) -> AsyncIterator[Recording]:
        """Yield all completed recordings, the newest first."""
        cursor: str | None = None
        wanted = RecordingFilter(status=RecordingStatus.COMPLETED)
        while True:
            page = await self._recordings.list(wanted, limit=MAX_LIMIT, cursor=cursor)
            for recording in page.items:
                yield recording
            cursor = page.next_cursor
            if cursor is None:
                return

    async def rekeyed(self, recording_id: str, before: RecordingFile, after: RecordingFile) -> bool:
        """Replace `before` among a recording's files, and have the recording sealed again.

        Returns False, and changes nothing, when the recording has no such file any more.
        """
        now = datetime.now(UTC)

        def replaced(recording: Recording) -> Recording | None:
            if before not in recording.files:
                return None
            files = [after if file == before else file for file in recording.files]
            return msgspec.structs.replace(recording, files=files)

        def note(connection: sa.Connection) -> bool:
            changed = change_recording(connection, recording_id, replaced)
            if after not in changed.files:
                return False
            put_seal_work(self._database, connection, changed, now)
            return True

        return await self._database.do_write(note)

    async def conclude(self, item: WorkItem, now: datetime) -> None:
        """End `item`: there is nothing to be done."""
        await self._database.do_write(lambda connection: conclude_work(connection, item, now))

    async def backlog(self) -> Backlog:
        """Return what this node has not brought to the storage yet."""
        query = (
            sa.select(_WORK.state, sa.func.count(), sa.func.min(_WORK.created_at))
            .where(_WORK.kind == WorkKind.UPLOAD, _WORK.node == self.node)
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


def _placed(
    recording: Recording, files: Collection[RecordingFile], place: Place
) -> Recording | None:
    """Return the recording at `place` if it is completed and `files` are all that it has."""
    if recording.status is not RecordingStatus.COMPLETED or not recording.files:
        return None
    if not all(file in files for file in recording.files):
        return None
    return msgspec.structs.replace(recording, place=place)
