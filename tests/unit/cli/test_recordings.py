"""`voicegw recordings …` as a user types it."""

from __future__ import annotations

import asyncio
import fcntl
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config import load
from recordings.integrity.sealer import Sealer
from tests.parts.empty_store import empty_store_for
from tests.unit.recordings.integrity.records import a_recording
from voicegw.cli import commands as cli
from voicegw.clock import SystemClock
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import RecordingChanged
from voicegw.media.spool import encode_header, encode_mark
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.setup.integrity import key_folder
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.seals import SealRepository

NODE = "node-1"


@pytest.fixture
def archive(config: Path) -> Path:
    """A store with three sealed recordings and their files; returns the configuration."""
    config.write_text(config.read_text().replace("[node]", f'[node]\nname = "{NODE}"'))
    empty_store_for(config)
    made_at = datetime(2020, 1, 1, tzinfo=UTC)
    recordings = [a_recording(number, created_at=made_at) for number in (1, 2, 3)]
    folder = load(config, {}).storage_dir
    for number, recording in enumerate(recordings, 1):
        path = folder / recording.files[0].key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sound %d" % number)
    asyncio.run(_seal(config, recordings))
    return config


async def _seal(config: Path, recordings: list[Recording]) -> None:
    settings, clock = load(config, {}), SystemClock()
    database = await Database.open(settings.store.url)
    entries = [RecordingChanged(recording) for recording in recordings]
    await BatchWriter(database, NODE).apply_entries(entries, 1)
    seals = SealRepository(database)
    sealer = Sealer(seals, key_folder(settings), NODE, clock, EventFactory(clock))
    await sealer.start()
    await sealer.stop()
    await database.close()


def run(config: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """Run a command of recordings with --json; return its code and what it printed."""
    capsys.readouterr()
    code = cli.run(["recordings", *arguments, "--json", "--config", str(config)])
    told = capsys.readouterr()
    return code, json.loads(told.out) if told.out else told.err


def sealed_event(config: Path) -> dict[str, Any]:
    """Return the event that handed out the signed head."""

    async def read() -> dict[str, Any]:
        database = await Database.open(load(config, {}).store.url)
        (head,) = await SealRepository(database).heads()
        await database.close()
        return {"type": "recordings.sealed", "data": head.document | {"sequence": 0}}

    return asyncio.run(read())


def test_an_archive_that_is_right(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(archive, capsys, "verify")
    assert (code, told["ok"], told["first"], told["findings"]) == (0, True, None, [])
    assert (told["seals"], told["heads"], told["files"]) == ({NODE: 3}, 2, 3)
    assert cli.run(["recordings", "verify", "--fast", "--config", str(archive)]) == 0
    assert "nothing was altered, removed or inserted" in capsys.readouterr().out


def test_the_first_fault_is_named(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = load(archive, {}).storage_dir
    for number in (2, 3):
        (folder / a_recording(number).files[0].key).unlink()
    code, told = run(archive, capsys, "verify")
    assert (code, told["ok"], len(told["findings"])) == (1, False, 2)
    assert told["first"]["fault"] == "file-missing"
    assert (told["first"]["number"], told["first"]["recording_id"]) == (2, "rec_0002")
    assert cli.run(["recordings", "verify", "--config", str(archive)]) == 1
    shown = capsys.readouterr().out
    assert f"first fault: {NODE} seal 2 (rec_0002): file-missing" in shown


@pytest.mark.parametrize("form", ["line", "array", "page", "data", "heads", "appended"])
def test_heads_that_were_kept_elsewhere(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    event, other = sealed_event(archive), {"type": "call.ended", "data": {"id": "call_1"}}
    text = {
        "line": f"{json.dumps(other)}\n{json.dumps(event)}\n",
        "array": json.dumps([other, event]),
        "page": json.dumps({"items": [event], "next_cursor": None}),
        "data": json.dumps(event["data"]),
        "heads": json.dumps({"items": [{"node": NODE, "document": event["data"]}]}),
        "appended": json.dumps(event) + json.dumps({"items": [other]}),
    }[form]
    kept = tmp_path / "heads.json"
    kept.write_text(text)
    code, told = run(archive, capsys, "verify", "--heads", str(kept))
    assert (code, told["heads"]) == (0, 3)
    asyncio.run(_forget_the_last_seal(archive))
    code, told = run(archive, capsys, "verify")  # the node remembers what it has signed
    assert (code, told["first"]["fault"], told["first"]["number"]) == (1, "seal-removed", 3)
    (load(archive, {}).node.data_dir / "keys" / "seals-head.json").unlink()
    assert run(archive, capsys, "verify")[0] == 0
    code, told = run(archive, capsys, "verify", "--heads", str(kept))
    assert code == 1
    assert (told["first"]["fault"], told["first"]["number"]) == ("seal-removed", 3)


async def _forget_the_last_seal(config: Path) -> None:
    database = await Database.open(load(config, {}).store.url)
    async with database.write() as connection:
        for statement in (
            "DELETE FROM seals WHERE number = 3",
            "DELETE FROM seal_heads",
            "UPDATE seal_chains SET number = 2, hash = (SELECT hash FROM seals WHERE number = 2)",
            "DELETE FROM recordings WHERE id = 'rec_0003'",
        ):
            await connection.exec_driver_sql(statement)
    await database.close()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--from", "yesterday"], "expected a time"),
        (["--until", "2026-01-01"], "needs a time zone"),
        (["--public-key", "AAAA"], "expected 32 bytes"),
        (["--heads", "nowhere.json"], "nowhere.json"),
    ],
)
def test_what_cannot_be_read_is_told(
    archive: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    code, told = run(archive, capsys, "verify", *arguments)
    assert code == 1
    assert complaint in told


@pytest.mark.parametrize("text", ["", "{", '{"type": "call.ended", "data": {}}', "[1]"])
def test_a_file_without_heads_is_told(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / "heads.json").write_text(text)
    code, told = run(archive, capsys, "verify", "--heads", str(tmp_path / "heads.json"))
    assert code == 1
    assert "--heads" in told


def test_the_public_key_and_its_successor(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, first = run(archive, capsys, "keys")
    assert (code, first["node"]) == (0, NODE)
    assert run(archive, capsys, "keys") == (0, first)
    code, second = run(archive, capsys, "keys", "--rotate")
    assert code == 0
    assert second["public_key"] != first["public_key"]
    for key in (first, second):
        assert run(archive, capsys, "verify", "--public-key", key["public_key"])[0] == 0
    other = "A" * 43 + "="
    code, told = run(archive, capsys, "verify", "--public-key", other)
    assert (code, told["first"]["fault"]) == (1, "head-forged")


def test_what_is_past_its_time_is_told_and_deleted(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = run(archive, capsys, "expire", "--dry-run")
    assert (code, told["due"], told["deleted"]) == (0, 3, 0)
    assert run(archive, capsys, "expire")[1]["deleted"] == 3
    code, told = run(archive, capsys, "verify")
    assert (code, told["deleted"]) == (0, 3)
    assert cli.run(["recordings", "expire", "--config", str(archive)]) == 0
    assert "0 are past their time, 0 deleted" in capsys.readouterr().out


def spool(config: Path, number: int, node: str = NODE, *, marks: bytes = b"") -> Path:
    """Write a capture that has only begun, or that has these marks; return its file."""
    header = {
        "tells_owed": 1,
        "recording_id": f"rec_{number:04}",
        "call_id": f"call_{number:04}",
        "node": node,
        "created_at": "2026-03-04T05:06:07Z",
    }
    folder = load(config, {}).recording.spool_dir
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"rec_{number:04}.spool"
    path.write_bytes(encode_header(header) + marks)
    return path


def test_captures_are_explained_and_tried_again(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(archive, capsys, "recover") == (0, {"spools": [], "retried": 0})
    statuses = [RecordingStatus.PENDING, RecordingStatus.FAILED, RecordingStatus.ABSENT]
    others = [
        a_recording(number, status=status, reason="spool-damaged", files=[], path=None)
        for number, status in enumerate(statuses, 4)
    ]
    asyncio.run(_seal(archive, others))
    for number in range(3, 8):  # 3 is completed, 7 unknown
        spool(archive, number)
    spool(archive, 8, node="node-9")
    spool(archive, 9).write_bytes(b"nonsense")
    spool(archive, 10, marks=encode_mark(0, {"kind": "owed", "recording": "talk"}))
    with spool(archive, 11).open("rb") as running:
        fcntl.flock(running, fcntl.LOCK_EX)
        code, told = run(archive, capsys, "recover")
    assert code == 0
    then = {one["file"][4:8]: one["next"] for one in told["spools"]}
    assert then["0007"] == "the node deletes it at its next start"
    assert then["0010"] == "the node makes it at its next start"
    assert then["0011"].endswith("when the call ends")
    found = {one["file"][4:8]: (one["status"], one["what"]) for one in told["spools"]}
    assert [found[f"000{number}"][0] for number in range(3, 10)] == [
        "completed", "pending", "failed", "absent", None, None, None,
    ]  # fmt: skip
    assert found["0005"][1] == "it could not be made: spool-damaged"
    assert "node-9" in found["0008"][1]
    assert "no usable capture" in found["0009"][1]
    code, told = run(archive, capsys, "recover", "--retry")
    assert told["retried"] == 1
    code, told = run(archive, capsys, "recover", "--retry")
    assert (told["retried"], told["spools"][2]["status"]) == (0, "pending")
    assert run(archive, capsys, "verify")[0] == 0
    assert cli.run(["recordings", "recover", "--config", str(archive)]) == 0
    assert "9 captures, 0 to be tried again" in capsys.readouterr().out
