"""Redacted copies by the API: made, heard, listed, noted; the original as it was."""

from __future__ import annotations

import asyncio
import hashlib
import io
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from api.schemas.recordings import RecordingView
from recordings.care import redaction_service
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE
from tests.unit.api.test_exports import add_recording
from voicegw.errors import StoreUnavailableError
from voicegw.model.audit import AuditAction
from voicegw.model.directory import Role
from voicegw.model.recording import FileKind, Recording, RecordingStatus
from voicegw.model.work import WorkKind
from voicegw.store.database import Database
from voicegw.store.redactions import add_redacted_copy

SPAN = {"start_s": 0.02, "end_s": 0.05}
BODY = {"spans": [SPAN], "why": f"card number of {CUSTOMER_MOBILE}"}


@pytest.fixture
async def recording(world: World, directory: Directory) -> Recording:
    """A recording of a tenth of a second."""
    return await add_recording(world, directory.chongming, directory.manager, "卡号六二")


async def _redact(
    world: World, headers: dict[str, str], recording: Recording, body: Any = BODY
) -> httpx.Response:
    path = f"/v1/recordings/{recording.id}/redactions"
    return await world.client.post(path, headers=headers, json=body)


async def test_a_copy_is_made_and_the_original_stays(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    path = f"/v1/recordings/{recording.id}/audio"
    before = (await world.client.get(path, headers=admin)).content
    made = await _redact(world, admin, recording)
    assert made.status_code == 201, made.text
    view = made.json()
    RecordingView.model_validate(view)
    assert [file["kind"] for file in view["files"]] == ["master", "redacted"]
    assert view["redactions"][0]["spans"] == [{**SPAN, "channel": None}]
    copy = await world.client.get(made.headers["location"], headers=admin)
    assert copy.headers["content-type"] == "audio/flac"
    assert "redacted" in copy.headers["content-disposition"]
    assert hashlib.sha256(copy.content).hexdigest() == view["redactions"][0]["sha256"]
    samples = soundfile.read(io.BytesIO(copy.content), dtype="int16")[0]
    assert len(samples) == 800
    assert np.abs(samples[160:400]).max() > 3000
    assert not samples[:160].any()
    assert not samples[400:].any()
    after = await world.client.get(path, headers=admin)
    assert after.content == before
    assert after.headers["etag"] != copy.headers["etag"]


async def test_a_copy_is_had_as_wav_and_in_ranges(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    await _redact(world, admin, recording)
    path = f"/v1/recordings/{recording.id}/audio?copy=redacted"
    wav = await world.client.get(f"{path}&format=wav&channel=customer", headers=admin)
    samples = soundfile.read(io.BytesIO(wav.content), dtype="int16")[0]
    assert np.abs(samples[160:400]).max() > 3000
    part = await world.client.get(path, headers={**admin, "Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"fLaC")
    assert (await world.client.get(f"{path}&format=opus", headers=admin)).status_code == 406


async def test_it_is_noted_and_to_be_sealed(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    made = await _redact(world, admin, recording)
    await world.client.get(made.headers["location"], headers=admin)
    heard, redacted = (await world.services.repositories.audit.list()).items
    assert (redacted.action, redacted.subject) == (AuditAction.REDACTED, recording.id)
    assert redacted.detail == {"spans": 1, "why": "card number of 138****8000"}
    assert heard.detail == {"format": "flac", "channel": "both", "copy": "redacted"}
    assert made.json()["redactions"][0]["why"] == "card number of 138****8000"
    item = await world.services.repositories.work.lease([WorkKind.SEAL], world.clock.now(), 60)
    assert item is not None
    assert item.subject == recording.id


async def test_there_is_no_copy_before_one_is_made(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    path = f"/v1/recordings/{recording.id}/audio?copy=redacted"
    answer = await world.client.get(path, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_nothing_is_left_of_a_copy_that_could_not_be_written_down(
    world: World,
    admin: dict[str, str],
    recording: Recording,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(*_: Any) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(Database, "do_write", away)
    answer = await _redact(world, admin, recording)
    assert answer.status_code == 503
    flacs = sorted(path.name for path in world.storage.root.rglob("*.flac"))
    assert flacs == [f"{recording.id}.flac"]


async def test_a_recording_that_was_deleted_gets_no_copy(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    def delete(found: Recording) -> Recording:
        found.status = RecordingStatus.DELETED
        return found

    await world.services.repositories.recordings.change(recording.id, delete)
    answer = await _redact(world, admin, recording)
    assert (answer.status_code, answer.json()["code"]) == (410, "recording-deleted")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"why": "x"}, "spans"),
        ({"spans": [], "why": "x"}, "spans"),
        ({"spans": [SPAN]}, "why"),
        ({"spans": [{"start_s": 2, "end_s": 1}], "why": "x"}, "spans.0"),
        ({"spans": [{"start_s": -1, "end_s": 1}], "why": "x"}, "spans.0.start_s"),
        ({"spans": [{**SPAN, "channel": "third"}], "why": "x"}, "spans.0.channel"),
    ],
)
async def test_bodies_that_are_none(
    world: World, admin: dict[str, str], recording: Recording, body: dict[str, Any], field: str
) -> None:
    answer = await _redact(world, admin, recording, body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_it_stays_within_role_and_scope(
    world: World, directory: Directory, recording: Recording
) -> None:
    county = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    elsewhere = await world.key(Role.QA_REVIEWER, directory.fengxian)
    assert (await _redact(world, county, recording)).status_code == 403
    assert (await _redact(world, elsewhere, recording)).status_code == 404


async def test_an_export_may_hold_the_copy_instead(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    made = await _redact(world, admin, recording, {**BODY, "spans": [{**SPAN, "end_s": 5}]})
    world.clock.pass_s(1)
    answer = await world.client.post(
        "/v1/recordings/export", headers=admin, json={"why": "x", "redacted": True}
    )
    await world.services.exports.join()
    archive = await world.client.get(f"{answer.headers['location']}/archive", headers=admin)
    assert f"{recording.id}-redacted.flac".encode() in archive.content
    assert f"{recording.id}.flac".encode() not in archive.content
    assert "卡号六二".encode() not in archive.content
    copy = next(file for file in made.json()["files"] if file["kind"] == FileKind.REDACTED)
    assert copy["sha256"].encode() in archive.content


async def test_its_transcript_has_no_word_that_is_covered(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    path = f"/v1/recordings/{recording.id}/transcript"
    before = await world.client.get(path, headers=admin, params={"copy": "redacted"})
    assert before.status_code == 404
    await _redact(world, admin, recording)
    for form in ("json", "vtt", "text"):
        query = {"copy": "redacted", "format": form}
        redacted = await world.client.get(path, headers=admin, params=query)
        assert redacted.status_code == 200
        assert "六二" not in redacted.text
        original = await world.client.get(path, headers=admin, params={"format": form})
        assert "卡号六二" in original.text
    entries = (await world.services.repositories.audit.list()).items
    read = [one.detail for one in entries if one.action is AuditAction.TRANSCRIPT_READ]
    assert {"format": "json", "copy": "redacted"} in read


@pytest.mark.parametrize("is_stopped", [False, True])
async def test_a_copy_that_was_added_after_all_stays(
    world: World,
    admin: dict[str, str],
    recording: Recording,
    monkeypatch: pytest.MonkeyPatch,
    is_stopped: bool,
) -> None:
    """A connection breaks while it commits, or the node is stopped then: nobody knows better."""
    begun = asyncio.Event()

    async def added(*arguments: Any, **more: Any) -> Recording:
        begun.set()
        done = await add_redacted_copy(*arguments, **more)
        if not is_stopped:
            raise StoreUnavailableError("the connection broke")
        return done

    monkeypatch.setattr(redaction_service, "add_redacted_copy", added)
    redacting = asyncio.create_task(_redact(world, admin, recording))
    await begun.wait()
    if is_stopped:
        redacting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await redacting
    else:
        assert (await redacting).status_code == 503
    monkeypatch.undo()
    copy = await world.client.get(
        f"/v1/recordings/{recording.id}/audio?copy=redacted", headers=admin
    )
    assert (copy.status_code, copy.content[:4]) == (200, b"fLaC")
