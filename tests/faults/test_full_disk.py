"""The disk that captures go to is full: calls go on, and the missing recording is told."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.parts.capture import need_root
from tests.parts.lab import Lab, customer_does, customer_number, manager_does
from tests.parts.node import wait_for
from tests.parts.rtp import sound_address, tone_alaw
from tests.parts.sipp import missing

pytestmark = pytest.mark.peer


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder that holds 32 KiB."""
    need_root()
    folder = tmp_path / "tiny"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        missing(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_in_the_middle_of_a_talk(new_lab: Callable[..., Lab], tiny_disk: Path) -> None:
    """Sound still crosses, the call ends in order, its recording says what it lacks."""
    spools = tiny_disk / "spool"
    lab = new_lab(recording=f'spool_dir = "{spools}"', min_free="0 MB")
    ear = lab.sound()
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2, sound=ear)
    call_id = lab.talking()
    tone = tone_alaw(580, 1)
    customer = f"INVITE sip:{customer_number(1)}"
    ear.speak(sound_address(carrier.seen(), containing=customer), tone)
    dropped = "voicegw_capture_dropped_packets_total"
    wait_for("packets dropped", lambda: lab.node.metrics()[dropped] > 0, 20)
    before = len(ear.heard())
    wait_for("sound still crosses", lambda: len(ear.heard()) > before + 8000)
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
    recording_id = lab.node.get(f"/v1/calls/{call_id}")["recording_id"]

    def settled() -> bool:
        return bool(lab.node.get(f"/v1/recordings/{recording_id}")["status"] != "pending")

    wait_for("recording settled", settled)
    recording = lab.node.get(f"/v1/recordings/{recording_id}")
    assert recording["reason"] == "packets-lost", recording
    assert "capture is incomplete" in lab.node.log.read_text()
    kinds = lab.node.event_types(call_id)
    assert kinds.count(f"recording.{recording['status']}") == 1


def test_calls_that_must_be_recorded_are_refused(
    new_lab: Callable[..., Lab], tiny_disk: Path
) -> None:
    """Below the wanted room a click-to-dial is refused before anybody rings, a caller too."""
    lab = new_lab(recording=f'spool_dir = "{tiny_disk}/spool"')
    body = {"manager_external_id": "m1", "customer_external_id": "c1"}
    status, problem = lab.node.request("POST", "/v1/calls", body)
    assert (status, problem["code"]) == (503, "recording-unavailable")
    caller = lab.caller("meets_503", (customer_number(1), "+864008001234"))
    caller.finished()
    assert "Retry-After:" in "".join(caller.received())
    lab.node.assert_nothing_held()
