"""Clicks sent at known times into a real call lie where they were heard, on the right channel."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from ivr.g711 import encode_alaw
from tests.parts.lab import CALLER_HOST, CARRIER_HOST
from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab, Talk, module_lab, raw
from tests.parts.raw_sip import Leg, description

__all__ = ["module_lab", "raw"]

pytestmark = pytest.mark.peer

PACKET = 160
WITHIN_S = 0.020
LOSS = 0.02
SILENT = encode_alaw(np.zeros(PACKET, np.int16))
CLICK = encode_alaw(np.r_[np.full(40, 12_000), np.zeros(PACKET - 40)].astype(np.int16))


class Clicker:
    """A telephone that is silent but for a click each `every` packets; some packets get lost.

    `clicks` are the times at which the packets with clicks that were not lost were sent.
    """

    def __init__(self, host: str, every: int, seed: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.port: int = self.socket.getsockname()[1]
        self.clicks: list[float] = []
        self._every = every
        self._chance = random.Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._target = ("", 0)

    def speak(self, target: tuple[str, int]) -> None:
        """Begin."""
        self._target = target
        self._thread.start()

    def close(self) -> None:
        """Be silent."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(5)
        self.socket.close()

    def _run(self) -> None:
        began = time.monotonic()
        number = 0
        while not self._over.wait(max(began + number * 0.02 - time.monotonic(), 0)):
            is_click = number % self._every == self._every - 1
            head = struct.pack("!BBHII", 0x80, 8, number, number * PACKET, self.port)
            if self._chance.random() >= LOSS:
                if is_click:
                    self.clicks.append(time.time())
                self.socket.sendto(head + (CLICK if is_click else SILENT), self._target)
            number += 1


@pytest.fixture
def clickers() -> Iterator[tuple[Clicker, Clicker]]:
    both = Clicker(CALLER_HOST, 17, 1), Clicker(CARRIER_HOST, 23, 2)
    yield both
    for clicker in both:
        clicker.close()


def test_clicks_are_heard_where_they_were_sent_through_hold_and_loss(
    raw: RawLab, clickers: tuple[Clicker, Clicker]
) -> None:
    customer, manager = clickers
    talk = raw.talking(ports=(customer.port, manager.port))
    customer.speak(talk.answer.sound)
    manager.speak(talk.manager_sound)
    time.sleep(1.5)
    held, unheld = hold(raw, talk, customer.port)
    time.sleep(2.0)
    for clicker in clickers:
        clicker.close()
    raw.hang_up(talk.customer)
    _, samples = raw.lab.recording(talk.call_id)
    recording_id = raw.lab.node.get(f"/v1/calls/{talk.call_id}")["recording_id"]
    recording = raw.lab.node.get(f"/v1/recordings/{recording_id}")
    started_s = datetime.fromisoformat(recording["started_at"]).timestamp()
    for channel, clicker in enumerate(clickers):
        expected = [
            at - started_s
            for at in clicker.clicks
            if at > started_s and not held - 0.1 < at < unheld + 0.1
        ]
        found = onsets_s(samples[:, channel])
        assert len(expected) >= 5
        assert len(found) >= len(expected)
        for at_s in expected:
            assert min(abs(at_s - one) for one in found) <= WITHIN_S
        # Nothing else is there: not the other's clicks, and none of what was said on hold.
        sent = np.array([at - started_s for at in clicker.clicks])
        for one in found:
            assert np.abs(sent - one).min() <= WITHIN_S
            assert not held + 0.1 < one + started_s < unheld - 0.1
    assert_listening_copy(raw, recording_id, samples)
    marks = {mark["kind"]: mark for mark in recording["marks"]}
    assert marks["bridge"]["at_s"] == 0
    assert marks["hold"]["channel"] == "customer"
    assert abs(started_s + marks["hold"]["at_s"] - held) < 0.2
    assert abs(started_s + marks["unhold"]["at_s"] - unheld) < 0.2


def assert_listening_copy(raw: RawLab, recording_id: str, master: NDArray[np.int16]) -> None:
    """The small copy has each click where the master has it, and the wave form shows them."""
    (file,) = (raw.lab.folder / "data" / "recordings").glob(f"**/{recording_id}.opus")
    copy, rate_hz = soundfile.read(file, dtype="int16")
    assert (rate_hz, copy.shape) == (8000, master.shape)
    form = raw.lab.node.get(f"/v1/recordings/{recording_id}/peaks")
    points = np.array(form["data"]).reshape(-1, 2, 2)
    assert len(points) == -(-len(master) // form["samples_per_pixel"])
    for channel in range(2):
        found = onsets_s(copy[:, channel], 2500)
        for at_s in onsets_s(master[:, channel]):
            assert min(abs(at_s - one) for one in found) <= WITHIN_S
            assert points[int(at_s * 20), channel, 1] > 20


def hold(raw: RawLab, talk: Talk, port: int) -> tuple[float, float]:
    """Have the customer hold for a second; return from when until when."""
    change(talk.customer, description(port, host=CALLER_HOST, direction="sendonly", version=2))
    raw.lab.node.wait_for_event(talk.call_id, "call.held")
    held = time.time()
    time.sleep(1.0)
    change(talk.customer, description(port, host=CALLER_HOST, version=3))
    unheld = time.time()
    wait_for(
        "the end of the hold",
        lambda: not raw.lab.node.get(f"/v1/calls/{talk.call_id}")["legs"][0].get("held", False),
    )
    return held, unheld


def change(leg: Leg, body: str) -> None:
    leg.cseq += 1
    leg.invite(body)
    leg.ack(leg.expect(200, method="INVITE"))


def onsets_s(channel: NDArray[np.int16], threshold: int = 6000) -> list[float]:
    """Return where clicks begin, in seconds."""
    found: list[int] = []
    for index in np.flatnonzero(np.abs(channel.astype(np.int32)) > threshold):
        if not found or index - found[-1] > 800:
            found.append(int(index))
    return [index / 8000 for index in found]
