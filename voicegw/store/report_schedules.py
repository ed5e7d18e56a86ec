"""Schedules of reports in the store, and the moment at which one is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.report_file import ReportFile, ReportSchedule
from voicegw.model.work import WorkKind
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, newest_first, page_of
from voicegw.store.report_files import file_row
from voicegw.store.work import put_work, work_row

_COLUMNS = schema.report_schedules.c
_SCHEDULES = sa.select(_COLUMNS.document)

Plan = Callable[[ReportSchedule], tuple[ReportFile, ReportSchedule]]
"""Returns the file that a due schedule asks for, and the schedule with its next time."""


class ReportScheduleRepository:
    """Reads and writes schedules. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def create(self, schedule: ReportSchedule, *, most: int) -> bool:
        """Add `schedule`; False when its owner has `most` of them already."""
        owned = sa.select(sa.func.count()).where(_COLUMNS.owner == schedule.owner)

        def add(connection: sa.Connection) -> bool:
            if connection.execute(owned).scalar_one() >= most:
                return False
            connection.execute(schema.report_schedules.insert(), _row(schedule))
            return True

        return await self._database.do_write(add)

    async def get(self, schedule_id: str) -> ReportSchedule | None:
        """Return the schedule with this id."""
        query = _SCHEDULES.where(_COLUMNS.id == schedule_id)
        row = await self._database.do_read(lambda one: one.execute(query).one_or_none())
        return None if row is None else msgspec.convert(row.document, ReportSchedule)

    async def list(
        self, *, owner: str | None = None, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[ReportSchedule]:
        """Return a page of schedules, newest first; of one owner, if given."""
        query = newest_first(
            _SCHEDULES, _COLUMNS.created_at, _COLUMNS.id, limit=limit, cursor=cursor
        )
        if owner is not None:
            query = query.where(_COLUMNS.owner == owner)
        rows = await self._database.do_read(lambda one: one.execute(query).all())
        return page_of([msgspec.convert(row.document, ReportSchedule) for row in rows], limit)

    async def replace(self, schedule: ReportSchedule, expected_version: int) -> ReportSchedule:
        """Replace the schedule of the same id, one version up, and return it.

        Raises NotFoundError, and ConflictError `revision-changed` when it is another version.
        """
        new = msgspec.structs.replace(schedule, version=expected_version + 1)
        statement = schema.report_schedules.update().where(
            _COLUMNS.id == schedule.id, _COLUMNS.version == expected_version
        )

        def work(connection: sa.Connection) -> ReportSchedule:
            if connection.execute(statement, _row(new)).rowcount:
                return new
            known = sa.select(_COLUMNS.id).where(_COLUMNS.id == schedule.id)
            if connection.execute(known).first() is None:
                raise NotFoundError("report schedule", schedule.id)
            raise ConflictError("revision-changed", "Somebody else has changed it meanwhile.")

        return await self._database.do_write(work)

    async def delete(self, schedule_id: str) -> None:
        """Delete a schedule; its files stay for their time. Raises NotFoundError."""
        statement = schema.report_schedules.delete().where(_COLUMNS.id == schedule_id)
        async with self._database.write() as connection:
            if (await connection.execute(statement)).rowcount == 0:
                raise NotFoundError("report schedule", schedule_id)

    async def begin_due(self, now: datetime, plan: Plan, *, limit: int = 20) -> int:
        """Put the files of up to `limit` due schedules into the queue of work; return how many.

        The file, its work and the schedule's next time are one transaction with the schedules
        locked: whichever nodes look, and whenever one is killed, each time is made once.
        """
        due = (
            _SCHEDULES.where(_COLUMNS.next_at <= now)
            .order_by(_COLUMNS.next_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        is_due = sa.select(_COLUMNS.id).where(_COLUMNS.next_at <= now).limit(1)
        if await self._database.do_read(lambda one: one.execute(is_due).first()) is None:
            return 0

        def begin(connection: sa.Connection) -> int:
            found = connection.execute(due).scalars().all()
            for document in found:
                file, schedule = plan(msgspec.convert(document, ReportSchedule))
                connection.execute(schema.report_files.insert(), file_row(file))
                put_work(self._database, connection, [work_row(WorkKind.REPORT, file.id, now)])
                own = schema.report_schedules.update().where(_COLUMNS.id == schedule.id)
                connection.execute(own, _row(schedule))
            return len(found)

        return await self._database.do_write(begin)


def _row(schedule: ReportSchedule) -> dict[str, object]:
    return {
        "id": schedule.id,
        "owner": schedule.owner,
        "created_at": schedule.created_at,
        "next_at": schedule.next_at if schedule.enabled else None,
        "version": schedule.version,
        "document": schedule,
    }
