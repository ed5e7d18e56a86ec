"""Figures follow what becomes known later, and stay when what they were counted from is deleted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from recordings.integrity.deletion import RecordingDeleter
from recordings.integrity.keys import KeyFolder
from tests.contract.records import a_call, a_recording
from tests.contract.test_report_months import IN_OCTOBER, OCTOBER, Books, talk
from tests.unit.recordings.quality.cards import make_review
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.call import AnsweredBy, Call, CallOutcome, Direction, Leg, LegRole
from voicegw.model.directory import Group
from voicegw.model.finding import Finding, FindingKind, QualityResult, Severity
from voicegw.model.recording import RecordingStatus
from voicegw.model.report import ReportKind
from voicegw.model.report_month import next_month
from voicegw.model.review import ReviewPart, ReviewState, ReviewTotal
from voicegw.model.survey import Disposition, DispositionSource
from voicegw.model.work import WorkKind
from voicegw.reports.service import ReportRequest, ReportService
from voicegw.store import schema
from voicegw.store.checks import CheckRepository
from voicegw.store.database import Database
from voicegw.store.disposal import DisposalRepository
from voicegw.store.groups import GroupRepository
from voicegw.store.report_names import ReportNames
from voicegw.store.report_rollups import LostLeaseError, RollupRepository
from voicegw.store.reviews import ReviewRepository
from voicegw.store.seals import SealRepository
from voicegw.store.work import WorkQueue


@pytest.fixture
def books(database: Database) -> Books:
    """Nothing is written yet."""
    return Books(database)


def called_back(by: AnsweredBy | None) -> Call:
    """Return a talk an hour after somebody was lost, answered by `by`."""
    at = IN_OCTOBER + timedelta(hours=26)
    leg = Leg("leg_1", LegRole.CUSTOMER, started_at=at, answered_at=at, answered_by=by)
    return talk("2", at, legs=[leg])


async def totals(books: Books, kind: ReportKind = ReportKind.ACTIVITY) -> dict[str, Any]:
    """Return what a report of October has in all."""
    return dict((await books.report(kind)).totals)


async def test_a_machine_that_is_recognised_late_has_called_nobody_back(books: Books) -> None:
    lost = a_call(
        "1",
        ended=True,
        created_at=IN_OCTOBER + timedelta(hours=3),
        direction=Direction.INBOUND,
        outcome=CallOutcome.MISSED,
        legs=[],
    )
    await books.write(CallChanged(lost), CallChanged(called_back(None)))
    assert (await totals(books))["called_back"] == 1
    # Another day than that of the call back: nothing else has it summed anew.
    await books.write(CallChanged(called_back(AnsweredBy.MACHINE)))
    found = await totals(books)
    assert (found["talks"], found["lost"], found["called_back"]) == (0, 1, 0)


async def check(database: Database, score: float, *kinds: FindingKind) -> None:
    """Have the talk's recording checked, with a finding of each of `kinds`."""
    now = datetime.now(UTC)
    queue = WorkQueue(database, "node-1")
    await queue.put(WorkKind.CHECK, "rec_1", now)
    item = await queue.lease([WorkKind.CHECK], now, 60.0)
    assert item is not None
    result = QualityResult("rec_1", "call_1", IN_OCTOBER, group_id="grp_1", score=score)
    event = EventFactory(Books(database).clock).quality(result)
    findings = [
        Finding(f"fnd_{place}", "rec_1", "call_1", kind, Severity.MAJOR, IN_OCTOBER)
        for place, kind in enumerate(kinds)
    ]
    assert await CheckRepository(database).conclude(item, result, findings, event, now)


def scored(share: float) -> dict[str, Any]:
    """What makes a review scored with this share of the points."""
    total = ReviewTotal(points=share * 100, most=100, share=share, passed=True)
    return {"total": total, "state": ReviewState.SCORED, "scored_at": IN_OCTOBER}


async def test_what_reviewers_give_enters_the_day_of_the_talk(books: Books) -> None:
    database = books.database
    recording = a_recording("1", "call_1", RecordingStatus.COMPLETED, IN_OCTOBER)
    await books.write(CallChanged(talk("1")), RecordingChanged(recording))
    said, missing = FindingKind.STATEMENT_SAID, FindingKind.STATEMENT_MISSING
    await check(database, 80.0, said, missing, missing)
    await books.rollup.round()
    found = await totals(books, ReportKind.SCORES)
    assert {name: found[name] for name in ("talks", "checked", "check_rate", "fault_rate")} == {
        "talks": 1,
        "checked": 1,
        "check_rate": 1.0,
        "fault_rate": 1.0,
    }
    assert (found["fault_statement_missing"], found["reviewed"], found["review_share"]) == (
        2,
        0,
        None,
    )
    reviews = ReviewRepository(database)
    blind: dict[str, Any] = {"sample_id": "smp_1"}
    await reviews.add(
        [
            make_review(id="rev_1", part=ReviewPart.BLIND_FIRST, **blind),
            make_review(id="rev_2", part=ReviewPart.BLIND_SECOND, **blind),
        ]
    )

    async def score(review_id: str, **changes: Any) -> tuple[Any, ...]:
        await reviews.change(
            review_id, lambda review, _: msgspec.structs.replace(review, **changes)
        )
        await books.rollup.round()
        now = await totals(books, ReportKind.SCORES)
        return tuple(now[name] for name in ("reviewed", "review_share", "appealed", "upheld"))

    # The half that waits for the other is not told.
    assert await score("rev_1", **scored(0.6)) == (0, None, 0, 0)
    assert await score("rev_2", **scored(0.9)) == (2, 0.75, 0, 0)
    assert await score("rev_2", state=ReviewState.APPEALED) == (2, 0.75, 1, 0)
    # Once the month is closed it is a correction: the figures stay.
    assert len(await books.freeze()) >= 1
    assert await score("rev_1", **scored(0.2)) == (2, 0.75, 1, 0)
    listed = await books.months.corrections(OCTOBER)
    assert ("share_milli", 1500, 1100) in [
        (one.name, one.before, one.after) for one in listed.items
    ]


async def test_a_score_counts_on_when_its_recording_is_deleted(
    books: Books, tmp_path: Path
) -> None:
    database = books.database
    recording = a_recording("1", "call_1", RecordingStatus.COMPLETED, IN_OCTOBER)
    await books.write(CallChanged(talk("1")), RecordingChanged(recording))
    await check(database, 80.0)
    await books.rollup.round()
    before = await totals(books, ReportKind.MANAGERS)
    assert (before["checked"], before["quality_score"]) == (1, 80.0)
    entry = AuditEntry(
        IN_OCTOBER, "key_1", "admin", AuditAction.DELETED, SubjectKind.RECORDING, "rec_1"
    )
    keys = KeyFolder(tmp_path)
    await RecordingDeleter(
        DisposalRepository(database), SealRepository(database), keys, "node-1", books.clock
    ).delete("rec_1", "for its age", entry)
    query = sa.select(sa.func.count()).select_from(schema.quality_results)
    assert await database.do_read(lambda one: one.execute(query).scalar_one()) == 0
    # Its day is summed once more, for something else.
    await books.write(CallChanged(talk("3")))
    after = await totals(books, ReportKind.MANAGERS)
    assert (after["talks"], after["checked"], after["quality_score"]) == (2, 1, 80.0)


async def test_a_result_that_is_told_late_is_a_correction_of_its_code(books: Books) -> None:
    call = talk("1")
    call.disposition = Disposition("done", DispositionSource.API, "key_1", IN_OCTOBER)
    await books.write(CallChanged(call))
    await books.freeze()
    call.disposition = Disposition("refused", DispositionSource.API, "key_1", IN_OCTOBER)
    await books.write(CallChanged(call))
    found = (await books.months.corrections(OCTOBER)).items
    assert {(one.name, one.before, one.after) for one in found} == {
        ("code:done", 1, 0),
        ("code:refused", 0, 1),
    }
    await books.write(CallChanged(call))
    assert len((await books.months.corrections(OCTOBER)).items) == len(found), "told once"


async def test_a_month_before_the_first_closed_one_is_closed_when_a_call_of_it_comes_late(
    books: Books,
) -> None:
    await books.write(CallChanged(talk("1")))
    await books.freeze()
    await books.write(CallChanged(talk("2", IN_OCTOBER - timedelta(days=60))))
    months = [one.month for one in await books.freeze()]
    assert months == [OCTOBER, date(2026, 9, 1), date(2026, 8, 1)]


async def test_who_was_overtaken_writes_nothing_though_nobody_else_sums_by_now(
    database: Database,
) -> None:
    rollups = RollupRepository(database)
    assert await rollups.lease("one", IN_OCTOBER, 60)
    later = IN_OCTOBER + timedelta(seconds=61)
    assert await rollups.lease("other", later, 60)
    await rollups.release("other")
    with pytest.raises(LostLeaseError):
        await rollups.extend("one", later, 60)
    assert await rollups.lease("one", later, 60)
    await rollups.extend("one", later, 60)


async def test_days_of_what_has_no_group_may_be_of_another_time_zone(books: Books) -> None:
    await GroupRepository(books.database).create(Group("grp_1", "East", timezone="Asia/Tokyo"))
    await books.write(
        CallChanged(talk("1")), CallChanged(msgspec.structs.replace(talk("2"), group_id=None))
    )
    reports = ReportService(
        RollupRepository(books.database), ReportNames(books.database), books.clock, "Asia/Shanghai"
    )
    asked = ReportRequest(ReportKind.ACTIVITY, OCTOBER, next_month(OCTOBER))
    found = await reports.table(asked)
    # No one span of time holds just these.
    assert (found.timezone, found.rows[0].links) == (None, {})
    own = await reports.table(msgspec.structs.replace(asked, group_ids=("grp_1",)))
    assert own.timezone == "Asia/Tokyo"
