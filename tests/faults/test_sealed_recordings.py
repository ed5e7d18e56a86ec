"""A whole node: what it records is sealed through a kill, verified, held, deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.parts.lab import Lab, customer_does, customer_number, manager_does
from tests.parts.node import wait_for
from tests.parts.rtp import sound_address, tone_alaw
from voicegw.demo.sound import CUSTOMER_HZ

pytestmark = pytest.mark.peer


def verified(lab: Lab) -> dict[str, Any]:
    """Return what `voicegw recordings verify` says; the command fails when anything is wrong."""
    told: dict[str, Any] = json.loads(lab.node.cli("recordings", "verify", "--json"))
    return told


def sealed_events(lab: Lab) -> list[dict[str, Any]]:
    """Return the events that handed out signed heads."""
    items = lab.node.get("/v1/events?limit=200")["items"]
    return [item for item in items if item["type"] == "recordings.sealed"]


def test_a_recording_from_its_seal_to_its_stub(new_lab: Callable[..., Lab]) -> None:
    """Sealed within seconds though the node is killed, its head handed out; deleted with a stub."""
    lab = new_lab()
    mouth = lab.sound()
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2, sound=mouth)
    call_id = lab.talking()
    address = sound_address(carrier.seen(), containing=f"INVITE sip:{customer_number(1)}")
    mouth.speak(address, tone_alaw(CUSTOMER_HZ, 1))
    lab.node.hangup(call_id)
    lab.node.wait_for_event(call_id, "recording.completed")
    lab.node.kill()
    lab.node.start()
    (recording,) = lab.node.get(f"/v1/recordings?call_id={call_id}")["items"]
    path = f"/v1/recordings/{recording['id']}"
    (seal,) = wait_for("the seal", lambda: lab.node.get(f"{path}/seals")["items"])
    hashes = [file["sha256"] for file in recording["files"]]
    assert [file["sha256"] for file in seal["document"]["recording"]["files"]] == hashes

    status, held = lab.node.request("PUT", f"{path}/hold", {"why": "court"})
    assert (status, held["hold"]["why"]) == (200, "court")
    status, refused = lab.node.request("DELETE", path)
    assert (status, refused["code"]) == (409, "recording-held")
    assert lab.node.request("DELETE", f"{path}/hold")[0] == 200
    assert lab.node.request("DELETE", path)[0] == 200
    lab.node.kill()  # whatever was removed by then
    lab.node.start()
    lab.node.wait_for_event(call_id, "recording.deleted")
    assert not list((lab.folder / "data" / "recordings").rglob("rec_*"))
    assert lab.node.request("GET", f"{path}/audio")[0] == 410
    assert lab.node.get(f"/v1/calls/{call_id}")["outcome"] == "connected"
    assert sealed_events(lab)[0]["data"]["head"]["seals"] >= 1  # signed at a start at the latest
    told = verified(lab)
    assert (told["deleted"], told["heads"] >= 1) == (1, True)
