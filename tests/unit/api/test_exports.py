"""Exports by the API: made, followed, fetched, bounded in time and to whom they belong."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from api.schemas.base import ListView
from api.schemas.exports import ExportView
from recordings.care import export_service
from recordings.care.export import ExportWriter
from tests.contract.test_search import said, transcript_row
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE, make_call, make_recording
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.audit import AuditAction
from voicegw.model.directory import Role
from voicegw.model.export import Export, ExportKind, ExportState
from voicegw.model.numbers import spellings
from voicegw.model.recording import FileKind, Recording, RecordingFile
from voicegw.model.transcript import Transcript, TranscriptStatus
from voicegw.store import schema

WHY = "complaint 2026-17"


async def add_recording(world: World, group_id: str, manager_id: str, text: str) -> Recording:
    """Put a recording with its master and transcript into the store and the storage."""
    call = make_call(group_id=group_id, manager_id=manager_id)
    recording = make_recording(call)
    key = f"2026/01/05/{recording.id}.flac"
    master = world.storage.path(key)
    master.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(master, np.zeros((800, 2), np.int16), 8000, format="FLAC")
    content = master.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    recording.files = [
        RecordingFile(
            FileKind.MASTER, key, "audio/flac", len(content), sha256, len(content), sha256
        )
    ]
    await world.write(CallChanged(call, []), RecordingChanged(recording))
    transcript = Transcript(
        recording.id, call.id, TranscriptStatus.COMPLETED, world.clock.now(), segments=said(text)
    )
    async with world.database.write() as connection:
        await connection.execute(schema.transcripts.insert(), transcript_row(transcript))
    return recording


@pytest.fixture
async def recordings(world: World, directory: Directory) -> list[Recording]:
    """A recording in each county, made in this order."""
    made = [
        await add_recording(world, directory.chongming, directory.manager, "我们保证收益"),
        await add_recording(world, directory.fengxian, directory.other_manager, "不保证收益"),
    ]
    world.clock.pass_s(1)
    return made


async def _export(world: World, headers: dict[str, str], **body: Any) -> dict[str, Any]:
    """Ask for an export and wait for its end."""
    answer = await world.client.post(
        "/v1/recordings/export", headers=headers, json={"why": WHY, **body}
    )
    assert answer.status_code == 202, answer.text
    begun = answer.json()
    ExportView.model_validate(begun)
    await world.services.exports.join()
    found = await world.client.get(answer.headers["location"], headers=headers)
    view: dict[str, Any] = found.json()
    ExportView.model_validate(view)
    return view


async def _fetch(world: World, headers: dict[str, str], export_id: str) -> httpx.Response:
    return await world.client.get(f"/v1/exports/{export_id}/archive", headers=headers)


async def test_spaces_around_a_text_do_not_count(world: World, admin: dict[str, str]) -> None:
    export = await _export(world, admin, why=f" \n{'w' * 500} ")
    assert export["why"] == "w" * 500


async def test_an_archive_holds_all_of_it_with_hashes(
    world: World, admin: dict[str, str], recordings: list[Recording]
) -> None:
    export = await _export(world, admin)
    assert (export["state"], export["recordings"], export["incomplete"]) == ("completed", 2, 0)
    answer = await _fetch(world, admin, export["id"])
    assert answer.headers["content-type"] == "application/zip"
    assert hashlib.sha256(answer.content).hexdigest() == export["sha256"]
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["why"] == WHY
    assert [one["id"] for one in manifest["recordings"]] == [one.id for one in recordings[::-1]]
    listed = [file for one in manifest["recordings"] for file in one["files"]]
    assert {one["name"] for one in listed} == set(archive.namelist()) - {
        "manifest.json",
        "recordings.csv",
    }
    for file in listed:
        content = archive.read(file["name"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (
            file["size_bytes"],
            file["sha256"],
        )
    assert manifest["recordings"][0]["files"][0]["sha256"] == recordings[1].files[0].sha256
    assert "不保证收益" in archive.read(f"transcripts/{recordings[1].id}.txt").decode()
    rows = list(csv.DictReader(io.StringIO(archive.read("recordings.csv").decode("utf-8-sig"))))
    assert [row["recording_id"] for row in rows] == [one.id for one in recordings[::-1]]
    assert rows[0]["customer"] == "138****8000"


async def test_numbers_are_shown_by_role(
    world: World, admin: dict[str, str], recordings: list[Recording]
) -> None:
    assert len(recordings) == 2
    reviewer = await world.key(Role.QA_REVIEWER)
    for headers, number in ((admin, CUSTOMER_MOBILE), (reviewer, None)):
        export = await _export(world, headers, filters={"has_transcript": True})
        content = (await _fetch(world, headers, export["id"])).content
        archive = zipfile.ZipFile(io.BytesIO(content))
        manifest = json.loads(archive.read("manifest.json"))
        assert {one["customer_number"] for one in manifest["recordings"]} == {number}
        assert {one["customer_masked"] for one in manifest["recordings"]} == {"138****8000"}
        if number is None:
            for spelling in spellings(CUSTOMER_MOBILE):
                assert spelling.encode() not in content
        assert not any(CUSTOMER_MOBILE[3:] in name for name in archive.namelist())


async def test_filters_and_the_scope_hold(
    world: World, admin: dict[str, str], directory: Directory, recordings: list[Recording]
) -> None:
    local = await world.key(Role.QA_REVIEWER, directory.chongming)
    for headers, filters, expected in (
        (admin, {"ids": [recordings[1].id]}, [1]),
        (admin, {"q": "我们"}, [0]),
        (admin, {"group_id": directory.fengxian}, [1]),
        (admin, {"number": CUSTOMER_MOBILE, "ids": [recordings[0].id]}, [0]),
        (local, {}, [0]),
        (local, {"group_id": directory.fengxian}, []),
        (local, {"ids": [recordings[1].id]}, []),
    ):
        export = await _export(world, headers, filters=filters, contents=["transcript"])
        content = (await _fetch(world, headers, export["id"])).content
        manifest = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("manifest.json"))
        found = [one["id"] for one in manifest["recordings"]]
        assert found == [recordings[index].id for index in expected], filters
    blind = await world.client.post(
        "/v1/recordings/export",
        headers=local,
        json={"why": WHY, "filters": {"number": CUSTOMER_MOBILE}},
    )
    assert blind.status_code == 403


async def test_everything_is_noted_without_number_or_text(
    world: World, admin: dict[str, str], recordings: list[Recording]
) -> None:
    why = f"asked by {CUSTOMER_MOBILE}"
    export = await _export(world, admin, why=why, filters={"number": CUSTOMER_MOBILE, "q": "保证"})
    assert export["filters"] == {"number": "given", "q": "given"}
    await _fetch(world, admin, export["id"])
    entries = (await world.services.repositories.audit.list()).items
    assert [(entry.action, entry.subject) for entry in entries] == [
        (AuditAction.EXPORT_DOWNLOADED, export["id"]),
        *[(AuditAction.EXPORTED, one.id) for one in recordings],
        (AuditAction.EXPORT_STARTED, export["id"]),
    ]
    assert {entry.detail.get("export") for entry in entries[1:3]} == {export["id"]}
    noted = repr(entries) + json.dumps(export)
    assert not any(spelling in noted for spelling in spellings(CUSTOMER_MOBILE))
    assert "保证" not in noted


async def test_only_who_asked_and_administrators_fetch_it(
    world: World, admin: dict[str, str], directory: Directory, recordings: list[Recording]
) -> None:
    assert len(recordings) == 2
    owner, other = await world.key(Role.QA_REVIEWER), await world.key(Role.QA_REVIEWER)
    county = await world.key(Role.ADMIN, directory.chongming)
    export = await _export(world, owner)
    for headers, status in ((owner, 200), (admin, 200), (other, 404), (county, 404)):
        assert (await _fetch(world, headers, export["id"])).status_code == status
        listed = (await world.client.get("/v1/exports", headers=headers)).json()
        ListView[ExportView].model_validate(listed)
        assert len(listed["items"]) == (status == 200)


async def test_an_archive_is_served_in_ranges_and_by_etag(
    world: World, admin: dict[str, str], recordings: list[Recording]
) -> None:
    assert len(recordings) == 2
    export = await _export(world, admin)
    path = f"/v1/exports/{export['id']}/archive"
    whole = await world.client.get(path, headers=admin)
    part = await world.client.get(path, headers={**admin, "Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    etag = whole.headers["etag"]
    same = await world.client.get(path, headers={**admin, "If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")
    head = await world.client.head(path, headers=admin)
    assert head.headers["content-length"] == str(len(whole.content))
    beyond = await world.client.get(path, headers={**admin, "Range": "bytes=99999999-"})
    assert beyond.status_code == 416


async def test_an_archive_is_removed_when_its_time_is_over(
    world: World, admin: dict[str, str], recordings: list[Recording]
) -> None:
    assert len(recordings) == 2
    export = await _export(world, admin)
    world.clock.pass_s(24 * 3600 - 1)
    await world.services.exports.tidy()
    assert (await _fetch(world, admin, export["id"])).status_code == 200
    world.clock.pass_s(1)
    await world.services.exports.tidy()
    gone = await _fetch(world, admin, export["id"])
    assert (gone.status_code, gone.json()["code"]) == (409, "export-not-ready")
    stored = await world.services.repositories.exports.get(export["id"])
    assert stored is not None
    assert stored.state is ExportState.EXPIRED
    assert not world.services.exports.path(stored).exists()


async def test_what_is_missing_is_said_and_the_rest_exported(
    world: World, admin: dict[str, str], recordings: list[Recording]
) -> None:
    world.storage.path(recordings[0].files[0].key).unlink()
    damaged = world.storage.path(recordings[1].files[0].key)
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(content)
    export = await _export(world, admin, contents=["master", "listening"])
    assert (export["state"], export["incomplete"]) == ("completed", 2)
    answer = await _fetch(world, admin, export["id"])
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(answer.content)).read("manifest.json"))
    assert [one["missing"] for one in manifest["recordings"]] == [
        [
            {"what": "master", "why": "recording-error"},
            {"what": "listening", "why": "no-such-file"},
        ],
        [{"what": "master", "why": "not-found"}, {"what": "listening", "why": "no-such-file"}],
    ]
    # What is said to be missing is not there, nor is what followed it lost.
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.namelist() == ["recordings.csv", "manifest.json"]
    assert archive.testzip() is None
    assert b"fLaC" not in answer.content


async def test_a_redacted_export_holds_no_recording_without_a_copy(
    world: World, admin: dict[str, str], recordings: list[Recording]
) -> None:
    assert len(recordings) == 2
    export = await _export(world, admin, redacted=True)
    answer = await _fetch(world, admin, export["id"])
    assert b"fLaC" not in answer.content
    assert "收益".encode() not in answer.content
    assert export["incomplete"] == 2


async def test_what_a_crash_left_is_failed_and_removed(
    world: World, admin: dict[str, str], recordings: list[Recording]
) -> None:
    assert len(recordings) == 2
    left = Export("exp_left", ExportKind.RECORDINGS, "node-1", "key", "admin", world.clock.now())
    left.state = ExportState.RUNNING
    await world.services.repositories.exports.create(left)
    path = world.services.exports.path(left)
    path.parent.mkdir()
    for name in (path, path.with_name(path.name + ".table.part")):
        name.write_bytes(b"half")
    await world.services.exports.recover()
    assert list(path.parent.iterdir()) == []
    view = (await world.client.get("/v1/exports/exp_left", headers=admin)).json()
    assert (view["state"], view["failure"]) == ("failed", "interrupted")


async def test_a_full_disk_fails_the_export_and_leaves_nothing(
    world: World,
    admin: dict[str, str],
    recordings: list[Recording],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert len(recordings) == 2

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ExportWriter, "finish", full)
    export = await _export(world, admin)
    assert (export["state"], export["failure"]) == ("failed", "disk-full")
    stored = await world.services.repositories.exports.get(export["id"])
    assert stored is not None
    assert list(world.services.exports.path(stored).parent.iterdir()) == []
    answer = await _fetch(world, admin, export["id"])
    assert answer.status_code == 409


async def test_an_export_leaves_room_for_recordings(
    world: World,
    admin: dict[str, str],
    recordings: list[Recording],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert len(recordings) == 2
    monkeypatch.setattr(world.services.exports, "_min_free_bytes", 1 << 60)
    export = await _export(world, admin)
    assert (export["state"], export["failure"]) == ("failed", "disk-full")


async def test_no_more_exports_wait_than_may(
    world: World, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_service, "MAX_WAITING", 0)
    answer = await world.client.post("/v1/recordings/export", headers=admin, json={"why": WHY})
    assert (answer.status_code, answer.json()["code"]) == (503, "too-many-exports")
    assert answer.headers["retry-after"] == "60"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"why": ""},
        {"why": WHY, "contents": []},
        {"why": WHY, "contents": ["everything"]},
        {"why": WHY, "filters": {"nonsense": 1}},
        {"why": WHY, "filters": {"min_score": 200}},
    ],
)
async def test_bodies_that_are_none(
    world: World, admin: dict[str, str], body: dict[str, Any]
) -> None:
    answer = await world.client.post("/v1/recordings/export", headers=admin, json=body)
    assert answer.status_code == 422
