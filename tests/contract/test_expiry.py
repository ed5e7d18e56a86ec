"""Recordings past their time, on both databases: who is deleted, who is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from recordings.integrity.deletion import RecordingDeleter
from recordings.integrity.expiry import Expiry
from tests.contract.records import a_call
from tests.contract.test_disposal import entry
from tests.contract.test_seals import write
from tests.contract.test_verify import Archive, archive
from tests.unit.recordings.integrity.records import NOW, a_recording
from voicegw.clock import SystemClock
from voicegw.journal.entries import CallChanged
from voicegw.model.audit import AuditAction
from voicegw.model.directory import Group, Hotline
from voicegw.model.recording import LegalHold, MarkKind, RecordingMark, RecordingStatus
from voicegw.model.review import ReviewState
from voicegw.store import schema
from voicegw.store.audit import AuditLog
from voicegw.store.batch import BatchWriter
from voicegw.store.directory import DirectoryRepository
from voicegw.store.disposal import DisposalRepository
from voicegw.store.recordings import RecordingRepository
from voicegw.store.retention import OldRecordings

__all__ = ["archive"]


class Later(SystemClock):
    """Some days after the recordings were made."""

    def __init__(self, days: float) -> None:
        self.days = days

    def now(self) -> datetime:
        return NOW + timedelta(days=self.days)


def expiry(archive: Archive, days: float, default_days: int = 30) -> Expiry:
    """Return what expires recordings, `days` after they were made."""
    database, clock = archive.database, Later(days)
    deleter = RecordingDeleter(
        DisposalRepository(database), archive.seals, archive.keys, "node-1", clock
    )
    return Expiry(
        DirectoryRepository(database),
        OldRecordings(database),
        deleter,
        clock,
        default_days=default_days,
        rest_s=0,
    )


async def alive(archive: Archive) -> set[int]:
    """Return the numbers of the recordings that are not deleted."""
    page = await RecordingRepository(archive.database).list(limit=100)
    return {
        int(one.id.removeprefix("rec_"))
        for one in page.items
        if one.status is not RecordingStatus.DELETED
    }


@pytest.fixture
async def varied(archive: Archive) -> Archive:
    """Recordings 1 and 2 of a team (10 days), 3 of a hotline (5 days), 5 held, 6 under review."""
    directory = DirectoryRepository(archive.database)
    await directory.groups.create(Group("grp_1", "City"))
    await directory.groups.create(Group("grp_2", "Team", parent_id="grp_1", retention_days=10))
    await directory.hotlines.create(Hotline("hot_1", "+8621123", "grp_1", retention_days=5))
    await write(archive.database, *(a_recording(n, group_id="grp_2") for n in (1, 2)))
    call = a_call("0003", ended=True, hotline_id="hot_1")
    await BatchWriter(archive.database, "node-1").apply_entries([CallChanged(call)], 3)
    disposal = DisposalRepository(archive.database)
    await disposal.hold("rec_0005", LegalHold("key_1", "court", NOW), entry(AuditAction.HELD))
    await archive.execute(
        schema.reviews.insert().values(
            id="rev_1", recording_id="rec_0006", call_id="call_0006", scorecard_id="crd_1",
            state=ReviewState.SCORED, created_at=NOW, document={},
        )
    )  # fmt: skip
    return archive


@pytest.mark.parametrize(
    ("days", "left"),
    [
        (4, {1, 2, 3, 4, 5, 6}),
        (6, {1, 2, 4, 5, 6}),
        (11, {4, 5, 6}),
        (400, {4, 5, 6}),  # 4 is absent: there is no sound
    ],
)
async def test_each_at_its_time_and_never_what_must_be_kept(
    varied: Archive, days: float, left: set[int]
) -> None:
    report = await expiry(varied, days).run(dry_run=True)
    assert (report.due, report.deleted) == (6 - len(left), 0)
    assert await alive(varied) == {1, 2, 3, 4, 5, 6}
    report = await expiry(varied, days).run()
    assert report.deleted == 6 - len(left)
    assert (report.held, report.under_review) == ((1, 1) if days == 400 else (0, 0))
    assert await alive(varied) == left
    assert (await expiry(varied, days).run()).due == 0
    assert (await varied.verify()).findings == []


async def test_the_stub_and_the_audit_log_say_why(varied: Archive) -> None:
    await expiry(varied, 6).run()
    stub = (await varied.seals.of_recordings(["rec_0003"]))["rec_0003"][-1]
    assert stub.document["deletion"]["by"] == "retention"
    assert stub.document["deletion"]["why"] == "kept for 5 days"
    noted = (await AuditLog(varied.database).list()).items[0]
    assert (noted.principal, noted.role, noted.subject) == ("retention", "system", "rec_0003")
    assert noted.detail == {"retention_days": 5}


async def test_a_recording_that_could_not_be_made_expires_as_well(archive: Archive) -> None:
    failed = a_recording(7, status=RecordingStatus.FAILED, files=[], path=None, sha256=None)
    await write(archive.database, failed)
    told: list[int] = []
    report = await expiry(archive, 31).run(progress=lambda one: told.append(one.looked_at))
    assert report.deleted == 6
    assert await alive(archive) == {4}
    assert told == [6]


async def test_many_are_paged_through(archive: Archive) -> None:
    many = [a_recording(number, files=[], path=None) for number in range(100, 350)]
    await write(archive.database, *many)
    report = await expiry(archive, 31).run(dry_run=True)
    assert (report.looked_at, report.due) == (255, 255)


async def test_one_that_cannot_be_sealed_does_not_keep_the_others(archive: Archive) -> None:
    inexact = a_recording(2, marks=[RecordingMark(MarkKind.HOLD, 1.0, None, {"n": 2**53 + 1})])
    await archive.execute(
        schema.recordings.update()
        .where(schema.recordings.c.id == inexact.id)
        .values(document=inexact)
    )
    report = await expiry(archive, 31).run()
    assert (report.due, report.deleted) == (5, 4)
    assert await alive(archive) == {2, 4}
