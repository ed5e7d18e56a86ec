"""The typed client against a whole node: a call from its start to its disposition."""

from __future__ import annotations

import hashlib
import io
import time

import pytest

from tests.parts.lab import Lab, customer_does, manager_does
from tests.parts.rtp import sound_address, tone_alaw
from voicegw.client import AsyncClient, Client, NotFoundError

pytestmark = pytest.mark.peer


def test_a_call_is_started_followed_and_told_about(lab: Lab) -> None:
    ear = lab.sound()
    carrier = lab.carrier(
        manager_does("answers"), customer_does("answers"), calls=2, sound=ear, timeout_s=90
    )
    with Client(lab.node.api, lab.node.key) as gateway:
        call = gateway.calls.start(
            manager_external_id="m1", customer_external_id="c1", client_state="order 17"
        )
        assert (call.direction.is_known, call.outcome) == (True, None)
        events = []
        for event in gateway.calls.follow(call.id):
            events.append(event)
            if event.type == "call.bridged":
                ear.speak(sound_address(carrier.seen()), tone_alaw(580, 0.5))
                time.sleep(1)
                gateway.calls.hang_up(call.id)
        ended = gateway.calls.wait_until_ended(call.id)
        assert (ended.status, ended.outcome) == ("completed", "connected")
        listed = [event.id for event in gateway.calls.events(call.id)]
        assert [event.id for event in events] == listed[: len(events)]
        assert (events[0].type, events[-1].type) == ("call.initiated", "call.ended")
        assert ended.recording_id is not None
        recording = gateway.recordings.wait_until_final(ended.recording_id, timeout_s=30)
        assert recording.status == "completed"
        target = io.BytesIO()
        assert gateway.recordings.download(recording.id, target) == recording.size_bytes
        assert hashlib.sha256(target.getvalue()).hexdigest() == recording.sha256
        part = gateway.recordings.audio(recording.id, first_byte=2, last_byte=9)
        assert part == target.getvalue()[2:10]
        wav = gateway.recordings.audio(recording.id, audio_format="wav", channel="customer")
        assert wav.startswith(b"RIFF")
        told = gateway.calls.set_disposition(call.id, "success", note="wants two")
        assert told.disposition is not None
        assert told.disposition.code == "success"
        assert [one.id for one in gateway.calls.list(manager_id=call.manager_id or "")] == [call.id]
        with pytest.raises(NotFoundError):
            gateway.calls.get("call_nobody")


async def test_a_call_is_followed_by_asyncio(lab: Lab) -> None:
    lab.carrier(manager_does("busy"), calls=1)
    async with AsyncClient(lab.node.api, lab.node.key) as gateway:
        call = await gateway.calls.start(manager_external_id="m1", customer_external_id="c2")
        types = [event.type async for event in gateway.calls.follow(call.id)]
        assert types[-1] == "call.ended"
        assert (await gateway.calls.get(call.id)).outcome == "manager_busy"


def test_a_call_is_followed_past_a_killed_node(lab: Lab) -> None:
    lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    with Client(lab.node.api, lab.node.key) as gateway:
        call = gateway.calls.start(manager_external_id="m3", customer_external_id="c9")
        ids = []
        for event in gateway.calls.follow(call.id):
            ids.append(event.id)
            if event.type == "call.bridged":
                lab.node.kill()
                lab.node.start()
        assert ids == [event.id for event in gateway.calls.events(call.id)][: len(ids)]
        assert gateway.calls.get(call.id).outcome == "interrupted"
