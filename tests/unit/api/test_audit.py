"""`/v1/audit`, and that nothing is heard without its entry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from api.schemas.audit import AuditEntryView
from api.schemas.base import ListView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import make_call, make_recording
from voicegw.errors import ConflictError, StoreUnavailableError
from voicegw.journal.entries import RecordingChanged
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import Role
from voicegw.model.recording import Recording
from voicegw.store.audit import AuditLog


@pytest.fixture
async def recording(world: World, directory: Directory) -> Recording:
    """A finished recording of Chongming."""
    call = make_call(group_id=directory.chongming, manager_id=directory.manager)
    found = make_recording(call)
    assert found.path is not None
    master = world.storage.path(found.path)
    _write(master)
    found.size_bytes = master.stat().st_size
    await world.write(RecordingChanged(found))
    return found


def _write(master: Path) -> None:
    master.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(master, np.zeros((8000, 2), np.int16), 8000, format="FLAC")


async def _log(world: World, headers: dict[str, str], **query: str) -> list[dict[str, Any]]:
    answer = await world.client.get("/v1/audit", headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    ListView[AuditEntryView].model_validate(answer.json())
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_listening_is_one_entry_however_many_ranges_it_takes(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    path = f"/v1/recordings/{recording.id}/audio"
    for start in range(5):
        headers = {**admin, "Range": f"bytes={start}-{start + 9}"}
        assert (await world.client.get(path, headers=headers)).status_code == 206
    wav = await world.client.get(path, headers=admin, params={"format": "wav"})
    found = await _log(world, admin)
    assert [entry["detail"] for entry in found] == [
        {"format": "wav", "channel": "both", "copy": "original"},
        {"format": "flac", "channel": "both", "copy": "original"},
    ]
    assert found[0]["request_id"] == wav.headers["x-request-id"]
    assert found[0]["subject"] == recording.id
    assert (found[0]["role"], found[0]["group_id"]) == ("admin", recording.group_id)
    world.clock.pass_s(600)
    await world.client.get(path, headers=admin)
    assert len(await _log(world, admin)) == 3


async def test_what_serves_no_sound_is_no_listening(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    path = f"/v1/recordings/{recording.id}/audio"
    assert (await world.client.head(path, headers=admin)).status_code == 200
    refused = await world.client.get(path, headers={**admin, "Range": "bytes=99999999-"})
    assert refused.status_code == 416
    assert await _log(world, admin) == []


async def test_nothing_is_heard_without_its_entry(
    world: World,
    admin: dict[str, str],
    recording: Recording,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(*_: Any, **__: Any) -> bool:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(AuditLog, "note_once", away)
    answer = await world.client.get(f"/v1/recordings/{recording.id}/audio", headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (503, "store-unavailable")
    assert b"fLaC" not in answer.content


async def test_an_administrator_of_a_county_sees_that_county(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    entries = [
        AuditEntry(
            at=world.clock.now(),
            principal="key_x",
            role="admin",
            action=AuditAction.DELETED,
            subject_kind=SubjectKind.RECORDING,
            subject=f"rec_{number}",
            group_id=group_id,
        )
        for number, group_id in enumerate((directory.chongming, directory.fengxian, None))
    ]
    await world.services.repositories.audit.note(*entries)
    assert len(await _log(world, admin)) == 3
    assert len(await _log(world, admin, subject="rec_1", action="recording.deleted")) == 1
    assert await _log(world, admin, principal="key_y") == []
    local = await world.key(Role.ADMIN, directory.chongming)
    assert [entry["subject"] for entry in await _log(world, local)] == ["rec_0"]


@pytest.mark.parametrize("role", [Role.QA_REVIEWER, Role.INTEGRATOR])
async def test_only_administrators_read_it(world: World, role: Role) -> None:
    answer = await world.client.get("/v1/audit", headers=await world.key(role))
    assert answer.status_code == 404


LIVE = [
    ("POST", "recording/pause", None, "recording.paused", {}),
    ("POST", "recording/resume", None, "recording.resumed", {}),
    (
        "POST",
        "disclosure",
        {"statements": [{"id": "a", "prompt": "p"}]},
        "disclosure.started",
        {"script_id": None, "statements": 1},
    ),
    ("DELETE", "disclosure", None, "disclosure.aborted", {}),
    ("POST", "hold", None, "call.held", {}),
    ("POST", "hold", {"on": False}, "call.unheld", {}),
    (
        "POST",
        "transfer",
        {"short_code": "10010", "mode": "consult"},
        "call.transferred",
        {"to": "10010", "mode": "consult"},
    ),
    ("POST", "transfer/complete", None, "transfer.completed", {}),
    ("POST", "transfer/cancel", None, "transfer.canceled", {}),
    ("POST", "add", {"short_code": "10010"}, "call.joined", {"to": "10010", "mode": "add"}),
]


@pytest.mark.parametrize(("method", "path", "body", "action", "detail"), LIVE)
async def test_who_pauses_and_discloses_is_noted(
    world: World,
    admin: dict[str, str],
    directory: Directory,
    method: str,
    path: str,
    body: Any,
    action: str,
    detail: dict[str, Any],
) -> None:
    call = make_call(group_id=directory.chongming)
    world.control.calls[call.id] = call
    url = f"/v1/calls/{call.id}/{path}"
    assert (await world.client.request(method, url, json=body, headers=admin)).is_success
    (entry,) = await _log(world, admin)
    assert (entry["action"], entry["subject_kind"]) == (action, "call")
    assert (entry["subject"], entry["group_id"]) == (call.id, directory.chongming)
    assert entry["detail"] == detail
    world.control.refusals.append(ConflictError("not-recording", "no"))
    refused = await world.client.request(method, url, json=body, headers=admin)
    assert refused.status_code == 409
    assert len(await _log(world, admin)) == 1  # nothing was done


async def test_a_pause_does_not_wait_for_the_store(
    world: World,
    admin: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailableError("away")

    call = make_call()
    world.control.calls[call.id] = call
    monkeypatch.setattr(AuditLog, "note", away)
    answer = await world.client.post(f"/v1/calls/{call.id}/recording/pause", headers=admin)
    assert answer.status_code == 200
    assert world.control.calls[call.id].recording_paused_at is not None
    (told,) = [one for one in caplog.records if one.getMessage() == "not noted in the audit log"]
    assert vars(told)["call_id"] == call.id
