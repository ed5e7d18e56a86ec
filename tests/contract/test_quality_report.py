"""The report on quality in both stores."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.contract.conftest import NOW
from tests.unit.recordings.quality.cards import make_review
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.call import Call, CallStatus, Direction
from voicegw.model.finding import FindingKind, QualityResult, Severity
from voicegw.model.recording import Recording, RecordingKind, RecordingStatus
from voicegw.model.report import ReportBy, ReportScope
from voicegw.model.review import AppealDecision, ReviewPart, ReviewState, ReviewTotal
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.quality_report import QualityReports
from voicegw.store.reviews import ReviewRepository

DAY = ReportScope(NOW, NOW + timedelta(days=1))


def points(share: float) -> dict[str, Any]:
    """What makes a review scored with this share."""
    total = ReviewTotal(
        points=share * 100, most=100, share=share, passed=True, not_applicable=["tone"]
    )
    return {"total": total, "state": ReviewState.SCORED, "scored_at": NOW}


async def talk(database: Database, number: int, **changes: Any) -> str:
    """A recorded talk; its check found one phrase in it and gave it ten times its number."""
    at = NOW + timedelta(minutes=number)
    call = Call(f"call_{number}", Direction.INBOUND, CallStatus.COMPLETED, "node", at)
    fields = {"group_id": "grp_1", "manager_id": "mgr_1"} | changes
    recording = Recording(
        f"rec_{number}", call.id, RecordingKind.TALK, RecordingStatus.COMPLETED, "node", at,
        duration_s=60.0, **fields,
    )  # fmt: skip
    await BatchWriter(database, "node").apply_entries(
        [CallChanged(call), RecordingChanged(recording)], number
    )
    return recording.id


async def checked(database: Database, number: int, scripts: list[str]) -> None:
    """What the check of a talk came to."""
    recording_id = f"rec_{number}"
    result = QualityResult(recording_id, f"call_{number}", NOW, script_ids=scripts)
    async with database.write() as connection:
        await connection.execute(
            sa.insert(schema.quality_results),
            {
                "recording_id": recording_id, "call_id": f"call_{number}", "created_at": NOW,
                "score": number * 10.0, "document": result,
            },
        )  # fmt: skip
        await connection.execute(
            sa.insert(schema.findings),
            {
                "id": f"fnd_{number}", "recording_id": recording_id, "created_at": NOW,
                "kind": FindingKind.PHRASE_FORBIDDEN, "severity": Severity.MAJOR,
                "script_id": scripts[0], "document": {},
            },
        )  # fmt: skip


@pytest.fixture
async def month(database: Database) -> QualityReports:
    """Three talks of one manager, one of another, one of nobody."""
    for number in (1, 2, 3):
        await talk(database, number)
    await talk(database, 4, manager_id="mgr_2", group_id="grp_2")
    await talk(database, 5, manager_id=None)
    await checked(database, 1, ["scr_1", "scr_2"])
    await checked(database, 2, ["scr_1"])
    decided = AppealDecision("key_ben", NOW, upheld=True, text="", share_before=0.4)
    first: dict[str, Any] = {"sample_id": "smp_1", "part": ReviewPart.BLIND_FIRST}
    second: dict[str, Any] = {"sample_id": "smp_1", "part": ReviewPart.BLIND_SECOND}
    await ReviewRepository(database).add(
        [
            make_review(id="rev_1", **first, **points(0.6) | {"decision": decided}),
            make_review(id="rev_2", **second, **points(0.8)),
            make_review(id="rev_3", recording_id="rec_2", **first, **points(0.1)),
            make_review(id="rev_4", recording_id="rec_2", **second),
            make_review(
                id="rev_5", recording_id="rec_3", **points(1.0) | {"state": ReviewState.APPEALED}
            ),
        ]
    )
    return QualityReports(database)


async def test_talks_checks_and_reviews_are_counted_by_manager(month: QualityReports) -> None:
    first, second, nobody = await month.rows(DAY, ReportBy.MANAGER)
    assert [one.id for one in (first, second, nobody)] == ["mgr_1", "mgr_2", None]
    assert (first.talks, first.checked, first.score) == (3, 2, 15)
    assert first.findings == {FindingKind.PHRASE_FORBIDDEN: 2}
    # The half that waits for the other is begun, and its points are not told.
    assert (first.reviews, first.scored) == (5, 3)
    assert first.review_share == pytest.approx((0.6 + 0.8 + 1.0) / 3)
    assert (first.appeals, first.upheld) == (2, 1)
    assert (first.not_applicable, second.not_applicable) == (3, 0)
    assert first.pairs == [(0.4, 0.8)], "as they were before the appeal"
    assert (second.talks, second.checked, second.score, second.reviews) == (1, 0, None, 0)
    assert (second.review_share, second.pairs, nobody.talks) == (None, [], 1)


async def test_a_talk_counts_for_each_script_it_was_checked_against(month: QualityReports) -> None:
    first, second = await month.rows(DAY, ReportBy.SCRIPT)
    assert (first.id, first.talks, first.checked, first.score) == ("scr_1", 2, 2, 15)
    assert (second.id, second.talks, second.score) == ("scr_2", 1, 10)
    assert (first.findings, second.findings) == ({FindingKind.PHRASE_FORBIDDEN: 2}, {})
    assert second.pairs == [(0.4, 0.8)]


async def test_a_report_keeps_within_its_scope(month: QualityReports) -> None:
    async def seen(by: ReportBy, **scope: Any) -> list[tuple[str | None, int]]:
        fields = {"from_": DAY.from_, "until": DAY.until} | scope
        return [(row.id, row.talks) for row in await month.rows(ReportScope(**fields), by)]

    assert await seen(ReportBy.GROUP) == [("grp_1", 4), ("grp_2", 1)]
    assert await seen(ReportBy.GROUP, group_ids=("grp_2",)) == [("grp_2", 1)]
    assert await seen(ReportBy.MANAGER, manager_id="mgr_1") == [("mgr_1", 3)]
    assert await seen(ReportBy.MANAGER, until=NOW + timedelta(minutes=2)) == [("mgr_1", 1)]
    assert await seen(ReportBy.SCRIPT, group_ids=()) == []
