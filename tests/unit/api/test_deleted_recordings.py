"""Once a recording is deleted, none of its words is to be had, nor an archive that holds it."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from api.schemas.exports import ExportView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE
from tests.unit.api.test_exports import add_recording
from voicegw.model.finding import Finding, FindingKind, Severity
from voicegw.model.recording import Recording
from voicegw.store import schema

WORDS = "我们保证收益"


@pytest.fixture
async def recording(world: World, directory: Directory) -> Recording:
    """A recording with sound, transcript and a finding that quotes it."""
    made = await add_recording(world, directory.chongming, directory.manager, WORDS)
    finding = Finding(
        id="fnd_1",
        recording_id=made.id,
        call_id=made.call_id,
        kind=FindingKind.PHRASE_FORBIDDEN,
        severity=Severity.CRITICAL,
        created_at=world.clock.now(),
        evidence=WORDS,
    )
    row = {
        "id": finding.id, "recording_id": made.id, "kind": finding.kind,
        "severity": finding.severity, "created_at": finding.created_at, "document": finding,
    }  # fmt: skip
    async with world.database.write() as connection:
        await connection.execute(schema.findings.insert(), row)
    world.clock.pass_s(1)
    return made


async def ask(world: World, who: dict[str, str], path: str, **body: Any) -> str:
    """Have an archive made and return where it is."""
    answer = await world.client.post(path, headers=who, json={"why": "w", **body})
    assert answer.status_code == 202, answer.text
    await world.services.exports.join()
    return str(answer.headers["location"])


async def test_no_word_of_it_is_left_before_its_files_are_removed(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    path = f"/v1/recordings/{recording.id}"
    found = await world.client.get("/v1/recordings", params={"q": WORDS}, headers=admin)
    assert len(found.json()["items"]) == 1
    assert (await world.client.delete(path, headers=admin)).status_code == 200
    read = await world.client.get(f"{path}/transcript", headers=admin)
    assert (read.status_code, read.json()["code"]) == (410, "recording-deleted")
    assert (await world.client.get(f"{path}/findings", headers=admin)).json()["items"] == []
    found = await world.client.get("/v1/recordings", params={"q": WORDS}, headers=admin)
    assert found.json()["items"] == []
    for request, body in (
        ("/v1/recordings/export", {"filters": {"ids": [recording.id]}}),
        ("/v1/dossiers", {"call_ids": [recording.call_id]}),
    ):
        location = await ask(world, admin, request, **body)
        archive = await world.client.get(f"{location}/archive", headers=admin)
        members = zipfile.ZipFile(io.BytesIO(archive.content))
        assert not [name for name in members.namelist() if "rec_" in name]
        assert all(WORDS.encode() not in members.read(name) for name in members.namelist())


async def test_a_redaction_of_it_is_refused_as_gone(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    path = f"/v1/recordings/{recording.id}"
    await world.client.delete(path, headers=admin)
    body = {"spans": [{"start_s": 0, "end_s": 1}], "why": "w"}
    gone = await world.client.post(f"{path}/redactions", json=body, headers=admin)
    assert (gone.status_code, gone.json()["code"]) == (410, "recording-deleted")


async def test_archives_that_hold_it_are_withdrawn_at_once_and_then_removed(
    world: World, admin: dict[str, str], recording: Recording, directory: Directory
) -> None:
    other = await add_recording(world, directory.fengxian, directory.other_manager, "不保证")
    world.clock.pass_s(1)
    held = [
        await ask(world, admin, "/v1/recordings/export", filters={"ids": [recording.id]}),
        await ask(world, admin, "/v1/dossiers", call_ids=[recording.call_id]),
    ]
    kept = await ask(world, admin, "/v1/recordings/export", filters={"ids": [other.id]})
    assert (await world.client.delete(f"/v1/recordings/{recording.id}", headers=admin)).is_success
    for location in held:
        gone = await world.client.get(f"{location}/archive", headers=admin)
        assert (gone.status_code, gone.json()["code"]) == (410, "export-withdrawn")
        view = (await world.client.get(location, headers=admin)).json()
        ExportView.model_validate(view)
        assert view["withdrawn_at"] is not None
    await world.services.exports.tidy()
    for location in held:
        assert (await world.client.get(location, headers=admin)).json()["state"] == "expired"
        export = await world.services.repositories.exports.get(location.rpartition("/")[2])
        assert export is not None
        assert not world.services.exports.path(export).exists()
    assert (await world.client.get(f"{kept}/archive", headers=admin)).status_code == 200


async def test_an_archive_whose_time_is_over_is_not_sent_though_it_lies_there_still(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    location = await ask(world, admin, "/v1/recordings/export")
    world.clock.pass_s(24 * 3600)
    late = await world.client.get(f"{location}/archive", headers=admin)
    assert (late.status_code, late.json()["code"]) == (409, "export-not-ready")


async def test_reasons_are_kept_without_the_numbers_in_them(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    path, why = f"/v1/recordings/{recording.id}", f"asked for by {CUSTOMER_MOBILE}"
    held = await world.client.put(f"{path}/hold", json={"why": why}, headers=admin)
    assert held.json()["hold"]["why"] == "asked for by 138****8000"
    await world.client.delete(f"{path}/hold", headers=admin)
    await world.client.delete(path, params={"why": why}, headers=admin)
    seals = (await world.client.get(f"{path}/seals", headers=admin)).json()["items"]
    assert seals[-1]["document"]["deletion"]["why"] == "asked for by 138****8000"
    async with world.database.read() as connection:
        rows = (await connection.execute(schema.audit_log.select())).all()
    assert CUSTOMER_MOBILE[3:] not in str(rows)
    refused = await world.client.delete(path, params={"why": "a\0b"}, headers=admin)
    assert refused.status_code == 422
