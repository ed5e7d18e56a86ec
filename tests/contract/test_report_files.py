"""Schedules of reports and their files: due once, made once, told once, on both databases."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.contract.conftest import NOW
from tests.contract.test_purge import retention
from voicegw.clock import SystemClock
from voicegw.errors import ConflictError, NotFoundError
from voicegw.events.factory import EventFactory
from voicegw.model.report import ReportKind
from voicegw.model.report_file import FileState, Period, ReportFile, ReportSchedule
from voicegw.model.work import WorkKind
from voicegw.reports.schedule import due_file, next_after
from voicegw.retention.run import Retention
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.purge import Purged
from voicegw.store.report_files import ReportFileRepository
from voicegw.store.report_schedules import ReportScheduleRepository
from voicegw.store.work import WorkQueue


def a_schedule(key: str = "1", **more: Any) -> ReportSchedule:
    """Return a schedule of each morning that is due at NOW."""
    fields: dict[str, Any] = {
        "id": f"sch_{key}",
        "owner": "key_1",
        "created_at": NOW,
        "name": "Daily",
        "report": ReportKind.ACTIVITY,
        "period": Period.DAY,
        "at": "05:00",
        "timezone": "UTC",
        "next_at": NOW,
    }
    return ReportSchedule(**(fields | more))


async def begin(database: Database, now: datetime = NOW) -> int:
    """Have begun what is due at `now`."""
    schedules = ReportScheduleRepository(database)
    return await schedules.begin_due(now, lambda one: due_file(one, now))


async def only_file(database: Database) -> ReportFile:
    """Return the one file."""
    (file,) = (await ReportFileRepository(database).list()).items
    return file


async def test_nodes_that_look_at_once_begin_it_once(database: Database) -> None:
    schedules = ReportScheduleRepository(database)
    await schedules.create(a_schedule(), most=1)
    begun = await asyncio.gather(*(begin(database) for _ in range(5)))
    assert sorted(begun) == [0, 0, 0, 0, 1]
    assert await begin(database) == 0
    file = await only_file(database)
    assert await WorkQueue(database, "node-1").counts() == {(WorkKind.REPORT, "waiting"): 1}
    known = await schedules.get("sch_1")
    assert known is not None
    assert known.next_at == next_after(known, NOW)
    assert await begin(database, NOW + timedelta(days=1)) == 1
    assert file.state is FileState.WAITING


async def test_what_is_switched_off_or_deleted_is_not_begun(database: Database) -> None:
    schedules = ReportScheduleRepository(database)
    await schedules.create(a_schedule("1", enabled=False), most=2)
    await schedules.create(a_schedule("2"), most=2)
    await schedules.delete("sch_2")
    assert await begin(database) == 0
    with pytest.raises(NotFoundError):
        await schedules.delete("sch_2")


async def test_an_owner_has_only_so_many(database: Database) -> None:
    schedules = ReportScheduleRepository(database)
    assert await schedules.create(a_schedule("1"), most=1)
    assert not await schedules.create(a_schedule("2"), most=1)
    assert await schedules.create(a_schedule("3", owner="key_2"), most=1)
    page = await schedules.list(owner="key_1")
    assert [one.id for one in page.items] == ["sch_1"]


async def test_who_changes_a_stale_one_is_told(database: Database) -> None:
    schedules = ReportScheduleRepository(database)
    await schedules.create(a_schedule(), most=1)
    changed = await schedules.replace(a_schedule(name="Other"), 1)
    assert (changed.name, changed.version) == ("Other", 2)
    with pytest.raises(ConflictError):
        await schedules.replace(a_schedule(), 1)
    with pytest.raises(NotFoundError):
        await schedules.replace(a_schedule("9"), 1)


async def test_the_end_of_a_file_is_told_once(database: Database) -> None:
    await ReportScheduleRepository(database).create(a_schedule(), most=1)
    await begin(database)
    files, queue = ReportFileRepository(database), WorkQueue(database, "node-1")
    made = msgspec.structs.replace(await only_file(database), state=FileState.MADE, rows=3)
    await files.keep(made, b"PK")
    item = await queue.lease([WorkKind.REPORT], NOW, 60)
    assert item is not None
    ended = msgspec.structs.replace(made, state=FileState.COMPLETED)
    event = EventFactory(SystemClock()).report(ended)
    assert await files.conclude(item, ended, NOW, event)
    assert not await files.conclude(item, ended, NOW, event)
    assert await files.content(made.id) == b"PK", "what was made stays"
    assert (await only_file(database)).state is FileState.COMPLETED
    told = [one.event for one in await EventRepository(database).after(None)]
    assert [(one.subject, one.data["rows"]) for one in told] == [(made.id, 3)]


async def test_old_files_go(database: Database) -> None:
    await ReportScheduleRepository(database).create(a_schedule(), most=1)
    await begin(database)
    old: Retention = retention(database, days=50, report_files_days=40)
    assert await old.run() == {Purged.REPORT_FILES: 0}, "it is still to be made"
    file = msgspec.structs.replace(await only_file(database), state=FileState.FAILED)
    await ReportFileRepository(database).keep(file)
    assert await retention(database, days=50, report_files_days=60).run() == {
        Purged.REPORT_FILES: 0
    }
    assert await old.run() == {Purged.REPORT_FILES: 1}
