"""Recordings at rest: encrypted on the way and in the storage, whatever is away meanwhile."""

from __future__ import annotations

import hashlib
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.parts.lab import Lab, customer_does, customer_number, manager_does
from tests.parts.node import wait_for
from tests.parts.rtp import sound_address, tone_alaw
from tests.parts.s3 import BUCKET, S3Server
from voicegw.keyring import KeyRing, add_key
from voicegw.media.spool import CapturedPacket, SpoolReader

pytestmark = pytest.mark.peer

TONE = tone_alaw(580, 1)
STEP_BYTES = 61
WINDOW_BYTES = 24


@pytest.fixture
def server() -> Iterator[S3Server]:
    """An S3 server, not started yet."""
    made = S3Server()
    yield made
    made.stop()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A file with one key."""
    add_key(tmp_path / "keys", date(2026, 11, 21))
    return tmp_path / "keys"


def settings(server: S3Server, key_file: Path) -> str:
    return f"""storage = "s3://{BUCKET}/voicegw"
local_days = 0
key_file = "{key_file}"
[storage]
endpoint = "{server.endpoint}"
region = "us-east-1"
access_key = "test"
secret_key = "test"
"""


def files(*folders: Path) -> Iterator[bytes]:
    for folder in folders:
        yield from (path.read_bytes() for path in folder.rglob("*") if path.is_file())


def is_among(plain: bytes, stored: list[bytes]) -> bool:
    """Whether any piece of `plain` is to be seen."""
    pieces = [plain[n : n + WINDOW_BYTES] for n in range(0, len(plain), STEP_BYTES)]
    telling = [piece for piece in pieces if len(set(piece)) > WINDOW_BYTES // 2]
    assert telling
    return any(piece in one for one in stored for piece in telling)


def talk(lab: Lab, key_file: Path) -> str:
    """Have a talk with sound; return its recording's id. Its spool shows nothing meanwhile."""
    ear = lab.sound()
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2, sound=ear)
    call_id = lab.talking()
    customer = f"INVITE sip:{customer_number(1)}"
    ear.speak(sound_address(carrier.seen(), containing=customer), TONE)
    (spool,) = Path(lab.folder, "data", "spool").glob("*.spool")
    keys = KeyRing(key_file)

    def captured() -> int:
        return sum(isinstance(one, CapturedPacket) for one in SpoolReader(spool, keys))

    wait_for("a second captured", lambda: captured() > 50)
    assert not is_among(TONE, [spool.read_bytes()])
    assert call_id.encode() not in spool.read_bytes()
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
    return str(lab.node.get(f"/v1/calls/{call_id}")["recording_id"])


def completed(lab: Lab, recording_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = lab.node.get(f"/v1/recordings/{recording_id}")
        return found if found["status"] == "completed" else None

    found: dict[str, Any] = wait_for("recording completed", look)
    return found


def audio(lab: Lab, recording_id: str, query: str = "", **headers: str) -> bytes:
    request = urllib.request.Request(
        f"{lab.node.api}/v1/recordings/{recording_id}/audio{query}",
        headers={"Authorization": f"Bearer {lab.node.key}", **headers},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bytes(answer.read())


def alerted(lab: Lab, slug: str) -> bool:
    return lab.node.metrics().get(f'voicegw_alerts{{alert="{slug}"}}') == 1


def test_a_storage_that_is_away_gets_its_recordings_later_and_only_encrypted(
    new_lab: Callable[..., Lab], server: S3Server, key_file: Path
) -> None:
    lab = new_lab(recording=settings(server, key_file))
    recording_id = talk(lab, key_file)
    sha256 = completed(lab, recording_id)["sha256"]
    wait_for("alert", lambda: alerted(lab, "recording-storage-unavailable"))
    flac = audio(lab, recording_id)
    assert hashlib.sha256(flac).hexdigest() == sha256
    local = Path(lab.folder, "data", "recordings")
    on_node = list(files(local, Path(lab.folder, "data", "spool")))
    assert on_node
    assert not is_among(flac, on_node)
    metrics = lab.node.metrics()
    assert metrics["voicegw_upload_backlog"] == 1
    status, readiness = lab.node.request("GET", "/readyz")
    assert status == 200, "calls are taken while the storage is away"
    (part,) = [one for one in readiness["parts"] if one["name"] == "recording-storage"]
    assert "1 recordings wait" in part["detail"]

    server.start()
    wait_for("local files gone", lambda: not list(files(local)), 30)
    assert not alerted(lab, "recording-storage-unavailable")
    assert audio(lab, recording_id) == flac
    part = audio(lab, recording_id, Range="bytes=1000-4999")
    assert part == flac[1000:5000]
    assert audio(lab, recording_id, "?format=wav&channel=customer", Range="bytes=0-3") == b"RIFF"
    stored = [*server.objects().values(), *files(Path(lab.folder, "data"))]
    assert len(server.objects()) == 3
    assert not is_among(flac, stored)
    assert not is_among(TONE, stored)
    wait_for("backlog gone", lambda: lab.node.metrics()["voicegw_upload_backlog"] == 0)

    kept = key_file.read_bytes()
    key_file.unlink()
    add_key(key_file, date(2026, 11, 22))
    lab.node.stop()
    lab.node.start()
    status, problem = lab.node.request("GET", f"/v1/recordings/{recording_id}/audio")
    assert (status, problem["code"]) == (503, "key-missing")
    wait_for("alert", lambda: alerted(lab, "recording-key-missing"))
    key_file.write_bytes(key_file.read_bytes() + kept)
    assert audio(lab, recording_id) == flac
    wait_for("alert cleared", lambda: not alerted(lab, "recording-key-missing"))

    server.stop()
    status, problem = lab.node.request("GET", f"/v1/recordings/{recording_id}/audio")
    assert (status, problem["code"]) == (503, "storage-unavailable")


@pytest.mark.parametrize("fault", ["missing", "open to others"])
def test_a_node_does_not_start_without_its_keys(
    new_lab: Callable[..., Lab], server: S3Server, key_file: Path, fault: str
) -> None:
    if fault == "missing":
        key_file.unlink()
    else:
        key_file.chmod(0o644)
    lab = new_lab(recording=f'key_file = "{key_file}"', start=False)
    with pytest.raises(AssertionError):
        lab.node.start()
    log = lab.node.log.read_text()
    assert str(key_file) in log
    assert "recording.key_file" in log
    assert "Traceback" not in log
