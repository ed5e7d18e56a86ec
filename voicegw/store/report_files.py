"""Files of reports in the store: to be made, made, brought to their places."""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa

from voicegw.model.event import Event
from voicegw.model.report_file import ReportFile
from voicegw.model.work import WorkItem
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.events import write_events
from voicegw.store.paging import DEFAULT_LIMIT, Page, newest_first, page_of
from voicegw.store.work import conclude_work

_COLUMNS = schema.report_files.c
_FILES = sa.select(_COLUMNS.document)


class ReportFileRepository:
    """Reads and writes files of reports. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def get(self, file_id: str) -> ReportFile | None:
        """Return what is known of a file."""
        query = _FILES.where(_COLUMNS.id == file_id)
        row = await self._database.do_read(lambda one: one.execute(query).one_or_none())
        return None if row is None else msgspec.convert(row.document, ReportFile)

    async def content(self, file_id: str) -> bytes | None:
        """Return the file itself; None when it is not made, or there is none."""
        query = sa.select(_COLUMNS.content).where(_COLUMNS.id == file_id)
        found: bytes | None = await self._database.do_read(
            lambda one: one.execute(query).scalar_one_or_none()
        )
        return found

    async def list(
        self,
        *,
        owner: str | None = None,
        schedule_id: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[ReportFile]:
        """Return a page of files, newest first; of one owner or schedule, if given."""
        query = newest_first(_FILES, _COLUMNS.created_at, _COLUMNS.id, limit=limit, cursor=cursor)
        for column, value in ((_COLUMNS.owner, owner), (_COLUMNS.schedule_id, schedule_id)):
            if value is not None:
                query = query.where(column == value)
        rows = await self._database.do_read(lambda one: one.execute(query).all())
        return page_of([msgspec.convert(row.document, ReportFile) for row in rows], limit)

    async def keep(self, file: ReportFile, content: bytes | None = None) -> None:
        """Write what is known of a file by now, and the file itself where it was just made."""
        values = file_row(file)
        if content is not None:
            values["content"] = content
        statement = schema.report_files.update().where(_COLUMNS.id == file.id).values(**values)
        await self._database.do_write(lambda connection: connection.execute(statement))

    async def conclude(self, item: WorkItem, file: ReportFile, now: datetime, event: Event) -> bool:
        """End the work of a file and tell of it; False when the work is no longer `item`'s.

        The event has the file's own id, so that there is one however often it is concluded.
        """
        own = schema.report_files.update().where(_COLUMNS.id == file.id)

        def end(connection: sa.Connection) -> bool:
            if not conclude_work(connection, item, now, failure=file.failure):
                return False
            connection.execute(own, file_row(file))
            write_events(self._database.dialect, connection, [event])
            return True

        return await self._database.do_write(end)


def file_row(file: ReportFile) -> dict[str, object]:
    """Return the row of a file, without the file itself."""
    return {
        "id": file.id,
        "schedule_id": file.schedule_id,
        "owner": file.owner,
        "created_at": file.created_at,
        "state": file.state,
        "document": file,
    }
