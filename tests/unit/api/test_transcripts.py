"""`/v1/recordings/{id}/transcript`."""

from __future__ import annotations

import pytest

from api.schemas.transcripts import TranscriptView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import START, make_call, make_recording
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.directory import Role
from voicegw.model.recording import Channel, Recording, RecordingStatus
from voicegw.model.transcript import Segment, Transcript, TranscriptStatus, Word
from voicegw.model.work import WorkKind
from voicegw.store.batch import BatchWriter
from voicegw.store.work import WorkQueue

TEXT = "[00:00:01.000] customer: 您好\n[00:00:02.500] manager: a < b\n"
VTT = """WEBVTT

1
00:00:01.000 --> 00:00:02.000
<v customer>您好

2
00:00:02.500 --> 01:00:03.000
<v manager>a &lt; b
"""


@pytest.fixture
async def recording(world: World, directory: Directory) -> Recording:
    """A completed recording of Chongming, queued."""
    call = make_call(group_id=directory.chongming, manager_id=directory.manager)
    recording = make_recording(call)
    writer = BatchWriter(world.database, "node-1", follow_up=[WorkKind.TRANSCRIBE])
    await writer.apply_entries([CallChanged(call, []), RecordingChanged(recording)], 1)
    return recording


async def conclude(
    world: World, recording: Recording, status: TranscriptStatus = TranscriptStatus.COMPLETED
) -> None:
    """Finish the transcript."""
    item = await WorkQueue(world.database, "node-1").lease([WorkKind.TRANSCRIBE], START, 60)
    assert item is not None
    words = [Word("您好", 1.0, 2.0, 0.9)]
    completed = status is TranscriptStatus.COMPLETED
    transcript = Transcript(
        recording_id=recording.id,
        call_id=recording.call_id,
        status=status,
        created_at=recording.created_at,
        failure="transcriber-died" if status is TranscriptStatus.FAILED else None,
        segments=[
            Segment(Channel.CUSTOMER, 1.0, 2.0, "您好", 0.9, words),
            Segment(Channel.MANAGER, 2.5, 3603.0, "a < b"),
        ]
        if completed
        else [],
    )
    assert await world.services.repositories.transcripts.conclude(item, transcript, None, START)


async def test_the_three_forms(world: World, admin: dict[str, str], recording: Recording) -> None:
    await conclude(world, recording)
    path = f"/v1/recordings/{recording.id}/transcript"
    answer = await world.client.get(path, headers=admin)
    view = TranscriptView.model_validate(answer.json())
    assert (view.status, view.segments[0].words[0].text) == ("completed", "您好")
    for query, accept, media_type, text in (
        ({}, "text/vtt", "text/vtt", VTT),
        ({"format": "vtt"}, "application/json", "text/vtt", VTT),
        ({}, "text/plain, */*;q=0.1", "text/plain", TEXT),
    ):
        answer = await world.client.get(path, params=query, headers={**admin, "Accept": accept})
        assert answer.headers["Content-Type"].startswith(media_type)
        assert answer.text == text
        assert answer.headers["Cache-Control"] == "private, no-store"
    answer = await world.client.get(path, headers={**admin, "Accept": "image/png"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")


async def test_before_it_is_finished_json_tells_how_far_it_is(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    path = f"/v1/recordings/{recording.id}/transcript"
    answer = await world.client.get(path, headers=admin)
    assert TranscriptView.model_validate(answer.json()).status == "queued"
    answer = await world.client.get(path, params={"format": "vtt"}, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (409, "transcript-not-ready")
    assert answer.headers["Retry-After"] == "10"
    await conclude(world, recording, TranscriptStatus.FAILED)
    assert (await world.client.get(path, headers=admin)).json()["failure"] == "transcriber-died"
    answer = await world.client.get(path, params={"format": "text"}, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (409, "transcript-failed")


async def test_switched_off(world: World, admin: dict[str, str], recording: Recording) -> None:
    await conclude(world, recording, TranscriptStatus.NONE)
    path = f"/v1/recordings/{recording.id}/transcript"
    assert (await world.client.get(path, headers=admin)).json()["status"] == "none"
    answer = await world.client.get(path, params={"format": "text"}, headers=admin)
    assert answer.json()["code"] == "transcript-failed"


async def test_where_there_is_none(world: World, admin: dict[str, str]) -> None:
    pending = make_recording(make_call(), status=RecordingStatus.PENDING)
    absent = make_recording(make_call(), status=RecordingStatus.ABSENT)
    await world.write(RecordingChanged(pending), RecordingChanged(absent))
    answers = [
        await world.client.get(f"/v1/recordings/{one}/transcript", headers=admin)
        for one in (pending.id, absent.id, "rec_none")
    ]
    assert [answer.status_code for answer in answers] == [409, 404, 404]
    assert answers[0].json()["code"] == "recording-not-ready"


async def test_reading_takes_the_right_to_listen_and_is_noted(
    world: World, admin: dict[str, str], directory: Directory, recording: Recording
) -> None:
    await conclude(world, recording)
    path = f"/v1/recordings/{recording.id}/transcript"
    expected = {
        (Role.MANAGER, None, directory.manager): 200,
        (Role.MANAGER, None, directory.other_manager): 404,
        (Role.COUNTY_MANAGER, directory.fengxian, None): 404,
        (Role.QA_REVIEWER, None, None): 200,
        (Role.INTEGRATOR, None, None): 403,
    }
    for (role, group_id, manager_id), status in expected.items():
        key = await world.key(role, group_id, manager_id)
        assert (await world.client.get(path, headers=key)).status_code == status, role
    log = (await world.client.get("/v1/audit", headers=admin)).json()["items"]
    read = [one for one in log if one["action"] == "transcript.read"]
    assert {one["subject"] for one in read} == {recording.id}
    assert sorted(one["role"] for one in read) == ["manager", "qa_reviewer"]


@pytest.mark.parametrize("status", [TranscriptStatus.FAILED, TranscriptStatus.NONE])
async def test_what_failed_is_transcribed_and_checked_again(
    world: World,
    admin: dict[str, str],
    directory: Directory,
    recording: Recording,
    status: TranscriptStatus,
) -> None:
    path = f"/v1/recordings/{recording.id}"
    queue = WorkQueue(world.database, "node-1")
    answer = await world.client.post(f"{path}/transcribe", headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")  # it is queued
    await conclude(world, recording, status)
    check = await queue.lease([WorkKind.CHECK], START, 60)
    assert check is not None
    await queue.conclude(check, START)
    other = await world.key(Role.COUNTY_MANAGER, directory.fengxian, None)
    assert (await world.client.post(f"{path}/transcribe", headers=other)).status_code in {403, 404}
    manager = await world.key(Role.MANAGER, None, directory.manager)
    assert (await world.client.post(f"{path}/transcribe", headers=manager)).status_code == 403
    for expected in (202, 409):
        answer = await world.client.post(f"{path}/transcribe", headers=admin)
        assert answer.status_code == expected
    found = TranscriptView.model_validate(
        (await world.client.get(f"{path}/transcript", headers=admin)).json()
    )
    assert (found.status, found.failure) == ("queued", None)
    await world.services.repositories.work.reclaim(START)  # changes nothing: it is not leased
    item = await queue.lease([WorkKind.TRANSCRIBE], world.clock.now(), 60)
    assert item is not None
    assert (item.attempts, item.node) == (1, "node-1")
    await queue.put_back(item, START, "for the next line", attempt_counts=False)
    await conclude(world, recording)
    answer = await world.client.get(f"{path}/transcript", headers=admin)
    assert answer.json()["status"] == "completed"
    assert (await queue.lease([WorkKind.CHECK], START, 60)) is not None
    assert (await world.client.post(f"{path}/transcribe", headers=admin)).status_code == 409
    assert (
        await world.client.post("/v1/recordings/rec_no/transcribe", headers=admin)
    ).status_code == 404
