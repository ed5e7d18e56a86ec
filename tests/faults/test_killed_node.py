"""The node is killed and started again: it ends what it had begun, and begins nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.parts.lab import Lab, customer_does, customer_number, make_lab, manager_does
from tests.parts.node import wait_for
from tests.parts.rtp import sound_address, tone_alaw
from voicegw.demo.sound import CUSTOMER_HZ, tone_seconds

pytestmark = pytest.mark.peer


def assert_interrupted(lab: Lab, call_id: str) -> None:
    """Assert that a call was closed by the restart, once, and that nothing is held."""
    call = lab.assert_ended(call_id, "interrupted", "failed")
    assert call["hangup_source"] == "gateway"
    assert all(leg["ended_at"] is not None for leg in call["legs"])
    assert lab.node.get("/v1/calls?limit=200")["items"][0]["id"] == call_id, (
        "something was redialled"
    )


def test_in_the_middle_of_a_talk(new_lab: Callable[..., Lab]) -> None:
    """Both telephones get their BYE, the record is closed, the capture becomes a recording."""
    lab = new_lab()
    mouth = lab.sound()
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2, sound=mouth)
    call_id = lab.talking()
    address = sound_address(carrier.seen(), containing=f"INVITE sip:{customer_number(1)}")
    mouth.speak(address, tone_alaw(CUSTOMER_HZ, 1))
    spools = lab.folder / "data" / "spool"
    wait_for("two seconds on disk", lambda: total_size(spools) > 2 * 8000)
    workers = lab.node.media_workers()
    lab.node.kill()
    wait_for("no worker is left", lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    lab.node.start()
    carrier.finished()
    assert_interrupted(lab, call_id)
    _, samples = lab.recording(call_id)
    assert tone_seconds(samples[:, 0], CUSTOMER_HZ) >= 1
    assert lab.node.event_types(call_id).count("recording.completed") == 1
    assert not list(spools.glob("*.spool"))
    assert carrier.seen().count("\nINVITE sip:") == 2


@pytest.mark.parametrize("does", ["no_answer", "answers_while_cancelled"])
def test_while_the_manager_rings(new_lab: Callable[..., Lab], does: str) -> None:
    """The telephone is cancelled; a 200 that comes all the same is acknowledged and ended."""
    lab = new_lab()
    carrier = lab.carrier(manager_does(does), calls=1)
    call_id = lab.dial(1, ring_s=60)
    lab.node.call_with_status(call_id, "ringing")
    lab.node.kill()
    lab.node.start()
    carrier.finished()
    assert_interrupted(lab, call_id)
    assert customer_number(1) not in carrier.seen()


def test_while_the_customer_rings(new_lab: Callable[..., Lab]) -> None:
    """The manager gets a BYE, the customer a CANCEL."""
    lab = new_lab()
    carrier = lab.carrier(manager_does("answers"), customer_does("no_answer"), calls=2)
    call_id = lab.dial(1, ring_s=60)
    carrier.wait_for_messages("180 Ringing", 2)
    lab.node.kill()
    lab.node.start()
    carrier.finished()
    assert_interrupted(lab, call_id)


def test_in_the_middle_of_a_call_back(new_lab: Callable[..., Lab]) -> None:
    """The caller, too, gets a BYE."""
    lab = new_lab()
    carrier = lab.carrier(manager_does("answers"), calls=1)
    caller = lab.caller("talks_until_hung_up", (customer_number(1), "+864008001234"))
    (call_id,) = lab.node.new_calls(set())
    lab.node.bridged(call_id)
    lab.node.kill()
    lab.node.start()
    caller.finished()
    carrier.finished()
    assert_interrupted(lab, call_id)


def test_twice_in_a_row(new_lab: Callable[..., Lab]) -> None:
    """A restart that is killed as well leaves no second ending and no second BYE to anybody."""
    lab = new_lab()
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    call_id = lab.talking()
    lab.node.kill()
    lab.node.start()
    carrier.finished()
    lab.node.kill()
    lab.node.start()
    assert_interrupted(lab, call_id)


def test_many_calls_in_every_state(tmp_path: Path) -> None:
    """Calls that ring, talk and wait are each closed once."""
    lab = make_lab(tmp_path)
    try:
        carrier = lab.carrier(
            manager_does("no_answer", 1),
            manager_does("no_answer", 2),
            manager_does("answers"),
            customer_does("answers"),
            calls=8,
        )
        ringing = [lab.dial(index, ring_s=60) for index in (1, 2)]
        talking = [lab.talking(index) for index in (3, 4, 5)]
        for call_id in ringing:
            lab.node.call_with_status(call_id, "ringing")
        lab.node.kill()
        lab.node.start()
        carrier.finished()
        for call_id in (*ringing, *talking):
            lab.assert_ended(call_id, "interrupted", "failed")
    finally:
        lab.close()


def total_size(folder: Path) -> int:
    """Return the size of all files of a folder in bytes."""
    return sum(path.stat().st_size for path in folder.glob("*"))
