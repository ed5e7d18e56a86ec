"""`GET /v1/recordings` by text, number, finding and score, within what a role may know."""

from __future__ import annotations

from typing import Any

import pytest

from api.schemas.base import ListView
from api.schemas.recordings import RecordingView
from tests.contract.test_search import said, transcript_row
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE, make_call, make_recording
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.audit import AuditAction
from voicegw.model.directory import Role
from voicegw.model.finding import Finding, FindingKind, QualityResult, Severity
from voicegw.model.recording import Recording
from voicegw.model.transcript import Transcript, TranscriptStatus
from voicegw.store import schema


@pytest.fixture
async def recordings(world: World, directory: Directory) -> list[Recording]:
    """A talk in each county, with what was said."""
    made = []
    for group_id, manager_id, hotline_id, text in (
        (directory.chongming, directory.manager, "hot_1", "我们保证收益"),
        (directory.fengxian, directory.other_manager, "hot_2", "不保证收益"),
    ):
        call = make_call(group_id=group_id, manager_id=manager_id)
        call.hotline_id = hotline_id
        recording = make_recording(call, duration_s=63.4)
        await world.write(CallChanged(call, []), RecordingChanged(recording))
        transcript = Transcript(
            recording.id,
            call.id,
            TranscriptStatus.COMPLETED,
            world.clock.now(),
            segments=said("您好", text),
        )
        async with world.database.write() as connection:
            await connection.execute(schema.transcripts.insert(), transcript_row(transcript))
        made.append(recording)
    return made


async def _list(world: World, headers: dict[str, str], **query: str) -> list[dict[str, Any]]:
    answer = await world.client.get("/v1/recordings", headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    ListView[RecordingView].model_validate(answer.json())
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_what_was_said_is_found_and_shown_with_its_time(
    world: World, admin: dict[str, str], recordings: list[Recording]
) -> None:
    (found,) = await _list(world, admin, q="我们 保证")
    assert found["id"] == recordings[0].id
    assert found["matches"] == [
        {"channel": "customer", "start_s": 1.0, "end_s": 1.9, "text": "我们保证收益"}
    ]
    assert len(await _list(world, admin, q="保证")) == 2
    assert await _list(world, admin, q="退保") == []
    plain = await _list(world, admin, q=" ")
    assert len(plain) == 2
    assert "matches" not in plain[0]


async def test_what_a_search_shows_was_read(
    world: World, admin: dict[str, str], recordings: list[Recording]
) -> None:
    await _list(world, admin, q="我们")
    (entry,) = (await world.services.repositories.audit.list()).items
    assert (entry.action, entry.subject) == (AuditAction.TRANSCRIPT_READ, recordings[0].id)
    assert entry.detail == {"by": "search"}


async def test_a_search_stays_within_the_scope(
    world: World, directory: Directory, recordings: list[Recording]
) -> None:
    own = await world.key(Role.MANAGER, manager_id=directory.manager)
    county = await world.key(Role.COUNTY_MANAGER, directory.fengxian)
    assert [one["id"] for one in await _list(world, own, q="保证")] == [recordings[0].id]
    assert [one["id"] for one in await _list(world, county, q="保证")] == [recordings[1].id]
    assert await _list(world, county, q="保证", group_id=directory.chongming) == []


async def test_a_number_in_any_spelling_by_roles_that_see_it(
    world: World, admin: dict[str, str], recordings: list[Recording]
) -> None:
    national = CUSTOMER_MOBILE.removeprefix("+86")
    for spelling in (CUSTOMER_MOBILE, national, f"0{national}", f"0086 {national}"):
        assert len(await _list(world, admin, number=spelling)) == len(recordings)
    assert await _list(world, admin, number="13700137000") == []
    assert await _list(world, admin, number="no number") == []
    blind = await world.key(Role.QA_REVIEWER)
    answer = await world.client.get(
        "/v1/recordings", headers=blind, params={"number": CUSTOMER_MOBILE}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_who_may_not_hear_a_talk_finds_none_by_its_words(
    world: World, recordings: list[Recording]
) -> None:
    headers = await world.key(Role.INTEGRATOR)
    answer = await world.client.get("/v1/recordings", headers=headers, params={"q": "保证"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert len(await _list(world, headers, has_transcript="true")) == len(recordings)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"has_transcript": "true"}, 2),
        ({"has_transcript": "false"}, 0),
        ({"finding": "phrase-forbidden"}, 0),
        ({"severity": "major"}, 0),
        ({"min_score": "0"}, 0),
        ({"hotline_id": "hot_none"}, 0),
        ({"hotline_id": "hot_1"}, 1),
        ({"min_duration_s": "63"}, 2),
        ({"min_duration_s": "64"}, 0),
        ({"max_duration_s": "64"}, 2),
        ({"max_duration_s": "63"}, 0),
    ],
)
async def test_other_filters(
    world: World,
    admin: dict[str, str],
    recordings: list[Recording],
    query: dict[str, str],
    count: int,
) -> None:
    assert len(recordings) == 2
    assert len(await _list(world, admin, **query)) == count


async def test_a_list_shows_what_the_checks_came_to(
    world: World, admin: dict[str, str], recordings: list[Recording]
) -> None:
    """By kind, without a word of what was said, and not for those who see no quality."""
    checked, unchecked = recordings
    result = QualityResult(checked.id, checked.call_id, world.clock.now(), score=60.0, findings=2)
    found = [
        Finding(
            id=f"fnd_{number}",
            recording_id=checked.id,
            call_id=checked.call_id,
            kind=kind,
            severity=severity,
            created_at=world.clock.now(),
            evidence="保证收益",
        )
        for number, (kind, severity) in enumerate(
            (
                (FindingKind.STATEMENT_SAID, Severity.INFO),
                (FindingKind.PHRASE_FORBIDDEN, Severity.CRITICAL),
                (FindingKind.PHRASE_FORBIDDEN, Severity.MAJOR),
            )
        )
    ]
    async with world.database.write() as connection:
        await connection.execute(schema.quality_results.insert(), _row(result))
        await connection.execute(schema.findings.insert(), [_row(one) for one in found])
    shown = {one["id"]: one.get("check") for one in await _list(world, admin)}
    assert shown == {
        checked.id: {"score": 60.0, "findings": {"phrase-forbidden": 2}, "severity": "critical"},
        unchecked.id: None,
    }
    (searched,) = await _list(world, admin, q="我们")
    assert searched["check"] == shown[checked.id]
    blind = await world.key(Role.ADMIN, scopes=["recordings.read"])
    assert not any("check" in one for one in await _list(world, blind))


def _row(record: QualityResult | Finding) -> dict[str, Any]:
    """Return a row of what has the record's fields as columns beside the document."""
    columns = (schema.findings if isinstance(record, Finding) else schema.quality_results).c
    names = [column.key for column in columns if hasattr(record, column.key)]
    return {name: getattr(record, name) for name in names} | {"document": record}


@pytest.mark.parametrize(
    ("name", "value"),
    [("q", "x" * 101), ("min_score", "101"), ("severity", "huge"), ("finding", "none")],
)
async def test_values_that_are_none(
    world: World, admin: dict[str, str], name: str, value: str
) -> None:
    answer = await world.client.get("/v1/recordings", headers=admin, params={name: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == name
