"""A disk is full: calls go on, what is missing of a recording is told, and none is forgotten."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.parts.capture import need_root
from tests.parts.lab import MANAGERS, Lab, customer_does, customer_number, customer_of, manager_does
from tests.parts.needs import missing
from tests.parts.node import wait_for
from tests.parts.raw_lab import make_raw_lab
from tests.parts.raw_sip import description
from tests.parts.rtp import sound_address, tone_alaw
from voicegw.demo.sound import CUSTOMER_HZ, tone_seconds

pytestmark = pytest.mark.peer


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder that holds 32 KiB."""
    with mounted(tmp_path / "tiny", "32k") as folder:
        yield folder


@pytest.fixture
def journal_disk(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of the journal of a lab in `tmp_path`: a small disk of its own."""
    (tmp_path / "data").mkdir(mode=0o700)
    with mounted(tmp_path / "data" / "journal", "256k") as folder:
        yield folder


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """Make a folder that holds so much."""
    need_root()
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
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


def test_a_talk_that_the_journal_does_not_know_is_recorded_all_the_same(
    tmp_path: Path, journal_disk: Path
) -> None:
    """Bridged while the disk takes no line, then killed: the capture says that it is owed."""
    raw = make_raw_lab(tmp_path, more='[transcription]\nengine = "none"\n')
    lab, node = raw.lab, raw.lab.node
    try:
        mouth = lab.sound()
        call_id, _manager = raw.manager_on()
        invite, customer = raw.customer_rung()
        fill(journal_disk / "full")
        wait_for("no room for the begin of a call", lambda: refuses_calls(lab))
        customer.answer(invite, 200, body=description(mouth.port))
        customer.expect("ACK")
        node.bridged(call_id)
        mouth.speak(invite.sound, tone_alaw(CUSTOMER_HZ, 1))
        spools = tmp_path / "data" / "spool"
        wait_for("two seconds on disk", lambda: largest(spools) > 2 * 8000)
        workers = node.media_workers()
        node.kill()
        wait_for("no worker", lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
        told = node.cli("recordings", "recover")
        assert (told.count("the node makes it"), told.count("deletes")) == (1, 0), told
        (journal_disk / "full").unlink()
        node.start()
        raw.over()
        call = lab.assert_ended(call_id, "interrupted", "failed")
        node.wait_for_event(call_id, "call.settled", 30)
        kinds = node.event_types(call_id)
        assert "call.bridged" not in kinds, "its journal has known of the talk"
        assert (call["bridged_at"] is not None, call["talk_s"] > 1) == (True, True), call
        assert [one["id"] for one in call["recordings"]] == [call["recording_id"]]
        _, samples = lab.recording(call_id)
        assert tone_seconds(samples[:, 0], CUSTOMER_HZ) >= 1
        assert (kinds.count("recording.completed"), kinds.count("call.settled")) == (1, 1)
        assert not list(spools.glob("*.spool"))
    finally:
        raw.close()


def fill(path: Path) -> None:
    """Write until the disk takes no more."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(descriptor, bytes(4096)) == 4096:
            pass
    except OSError:
        pass
    finally:
        os.close(descriptor)


def refuses_calls(lab: Lab) -> bool:
    """Begin calls of the other managers, whose lines take what the journal's last block has left.

    Return whether one was refused for want of room.
    """
    for manager in range(2, MANAGERS + 1):
        body = {
            "manager_external_id": f"m{manager}",
            "customer_external_id": f"c{customer_of(manager)}",
        }
        if lab.node.request("POST", "/v1/calls", body)[0] == 503:
            return True
    return False


def largest(folder: Path) -> int:
    """Return the size of the largest file of a folder in bytes."""
    return max((path.stat().st_size for path in folder.glob("*.spool")), default=0)
