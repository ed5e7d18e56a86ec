"""`voicegw recordings export` and `dossier`: archives without a running node."""

from __future__ import annotations

import asyncio
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from recordings.care.verify_dossier import Archive, Verifier
from tests.contract.test_search import said, transcript_row
from tests.parts.empty_store import empty_store_for
from tests.unit.api.fakes import CUSTOMER_MOBILE, make_call, make_recording
from voicegw.cli.commands import run
from voicegw.journal.entries import CallChanged, Entry, RecordingChanged
from voicegw.model.audit import AuditAction
from voicegw.model.recording import FileKind, Recording, RecordingFile
from voicegw.model.transcript import Transcript, TranscriptStatus
from voicegw.store import schema
from voicegw.store.audit import AuditLog
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database


@pytest.fixture
def recording(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Recording:
    """A recording in the store and on the disk of the configured node."""
    empty_store_for(config)
    capsys.readouterr()
    call = make_call(customer_id="cus_1")
    made = make_recording(call)
    key = f"2026/01/05/{made.id}.flac"
    master = tmp_path / "data" / "recordings" / key
    master.parent.mkdir(parents=True)
    soundfile.write(master, np.zeros((800, 2), np.int16), 8000, format="FLAC")
    content = master.read_bytes()
    sha256, size = hashlib.sha256(content).hexdigest(), len(content)
    made.files = [RecordingFile(FileKind.MASTER, key, "audio/flac", size, sha256, size, sha256)]
    transcript = Transcript(
        made.id, call.id, TranscriptStatus.COMPLETED, made.created_at, segments=said("保证收益")
    )

    async def write() -> None:
        database = await Database.open(f"sqlite:///{tmp_path}/data/voicegw.db")
        entries: list[Entry] = [CallChanged(call, []), RecordingChanged(made)]
        await BatchWriter(database, "n").apply_entries(entries, 1)
        async with database.write() as connection:
            await connection.execute(schema.transcripts.insert(), transcript_row(transcript))
        await database.close()

    asyncio.run(write())
    return made


def audited(tmp_path: Path) -> list[tuple[AuditAction, str]]:
    """Return what the audit log says."""

    async def read() -> list[tuple[AuditAction, str]]:
        database = await Database.open(f"sqlite:///{tmp_path}/data/voicegw.db")
        entries = (await AuditLog(database).list()).items
        await database.close()
        return [(entry.action, entry.principal) for entry in entries]

    return asyncio.run(read())


def result(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the JSON that was printed."""
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ([], 1),
        (["--q", "保证"], 1),
        (["--q", "退保"], 0),
        (["--number", CUSTOMER_MOBILE.removeprefix("+86")], 1),
        (["--number", "13700137000"], 0),
        (["--customer", "cus_1", "--from", "2026-01-01T00:00:00Z"], 1),
        (["--until", "2026-01-01T00:00:00+08:00"], 0),
        (["--no-transcript"], 0),
        (["--finding", "phrase-forbidden"], 0),
    ],
)
def test_an_archive_of_what_the_filters_leave(
    config: Path,
    recording: Recording,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    filters: list[str],
    count: int,
) -> None:
    target = tmp_path / "out.zip"
    command = ["recordings", "export", str(target), "--why", "x", "--config", str(config), "--json"]
    assert run([*command, *filters]) == 0
    found = result(capsys)
    assert (found["recordings"], found["incomplete"]) == (count, 0)
    assert found["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    names = zipfile.ZipFile(target).namelist()
    assert (f"recordings/{recording.id}.flac" in names) == bool(count)
    assert audited(tmp_path) == [
        *[(AuditAction.EXPORTED, "command line")] * count,
        (AuditAction.EXPORT_STARTED, "command line"),
    ]


def test_a_dossier_tells_what_nothing_vouches_for(
    config: Path, recording: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["recordings", "keys", "--config", str(config)]) == 0
    capsys.readouterr()
    target = tmp_path / "out.zip"
    command = ["recordings", "dossier", str(target), "--why", "x", "--config", str(config)]
    assert run([*command, "--customer", "cus_1", "--json"]) == 0
    assert result(capsys)["recordings"] == 1
    verifier = Verifier(Archive(target), [])
    verifier.run()
    # It was made in January, and no node has sealed it.
    assert verifier.faults == [
        f"{recording.id}: nothing vouches for it, and it is older than two days"
    ]
    assert f"{recording.id}: has no seal yet" in verifier.notes
    assert audited(tmp_path)[-1] == (AuditAction.DOSSIER_MADE, "command line")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["export", "{there}", "--why", "x"], "is there already"),
        (["export", "{new}", "--why", "x", "--from", "yesterday"], "--from"),
        (["export", "{new}", "--why", "x", "--number", "none"], "--number"),
        (["dossier", "{new}", "--why", "x"], "name a customer"),
        (["dossier", "{new}", "--why", "x", "--customer", "cus_x"], "no customer cus_x"),
        (["dossier", "{new}", "--why", "x", "--task", "tsk_x"], "no task tsk_x"),
        (["dossier", "{new}", "--why", "x", "--call", "call_x"], "no call call_x"),
        (["export", "{new}", "--why", "x", "--customer", "cus_x"], "no customer cus_x"),
        (["export", "{new}", "--why", "x", "--manager", "mgr_x"], "no manager mgr_x"),
        (["export", "{new}", "--why", "x", "--group", "grp_x"], "no group grp_x"),
        (["export", "{new}", "--why", "x", "--call", "call_x"], "no call call_x"),
        (["export", "{new}", "--why", "x", "--id", "rec_x"], "no recording rec_x"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    config: Path,
    recording: Recording,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    assert recording.files
    places = {"there": str(config), "new": str(tmp_path / "new.zip")}
    before = config.read_bytes()
    filled = [one.format_map(places) for one in arguments]
    assert run(["recordings", *filled, "--config", str(config)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert config.read_bytes() == before
    assert not (tmp_path / "new.zip").exists()
    # What is known to be wrong before anything is read for it is not noted as begun.
    assert told == "is there already" or audited(tmp_path) == []
