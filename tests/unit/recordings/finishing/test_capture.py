"""From packets on the wire to a finished file, with the real engine in between."""

from __future__ import annotations

import asyncio
import socket
import struct
from pathlib import Path

import numpy as np
import soundfile

from ivr.g711 import encode_alaw
from recordings.finishing.finisher import FinishedRecording, finish
from recordings.service import recording_from_header
from recordings.storage.local import LocalStorage
from tests.unit.recordings.spools import PACKET, clicks, loudest_hz, onsets, sine
from voicegw.media.embedded import EmbeddedEngine, EmbeddedEngineOptions
from voicegw.media.engine import CaptureSpec, FromLeg, MediaEvent
from voicegw.media.spool import SpoolReader
from voicegw.model.call import LegRole

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
)
HEADER = {
    "recording_id": "rec_a",
    "call_id": "call_a",
    "kind": "talk",
    "node": "n1",
    "created_at": "2026-11-21T09:30:00+00:00",
}


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Phone:
    """Sends `sound` as A-law, 20 ms a packet."""

    def __init__(self, sound: np.ndarray, sequence: int, timestamp: int) -> None:
        self.payload = encode_alaw(sound)
        self.sequence = sequence
        self.timestamp = timestamp
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)

    @property
    def description(self) -> str:
        return SDP.format(port=self.socket.getsockname()[1])

    def call(self, answer: str) -> None:
        media = next(line for line in answer.splitlines() if line.startswith("m=audio"))
        self.gateway = ("127.0.0.1", int(media.split()[1]))

    def send(self, number: int) -> None:
        head = struct.pack(
            "!BBHII",
            0x80,
            8,
            self.sequence + number & 0xFFFF,
            self.timestamp + number * PACKET & 0xFFFFFFFF,
            self.sequence,
        )
        payload = self.payload[number * PACKET : (number + 1) * PACKET]
        self.socket.sendto(head + payload, self.gateway)


async def test_what_the_telephones_send_is_in_the_file(tmp_path: Path) -> None:
    first_port = free_port() & ~1
    engine = EmbeddedEngine(
        EmbeddedEngineOptions(
            workers=1,
            ports=f"{first_port}-{min(first_port + 40, 65535)}",
            advertise="127.0.0.1",
            bind_host="127.0.0.1",
        )
    )
    spool = tmp_path / "rec_a.spool"
    beat = clicks(3, period_s=0.5, width=400).astype(bool)
    customer = Phone(sine(400, 3) * beat, 65_500, 2**32 - 4000)
    manager = Phone(sine(1000, 3) * beat, 7, 99)
    events: list[MediaEvent] = []
    await engine.start()
    try:
        session = await engine.open("call_a", CaptureSpec(spool, HEADER), events.append)
        customer.call(await session.answer("c", LegRole.CUSTOMER, customer.description))
        manager.call(await session.answer("m", LegRole.MANAGER, manager.description))
        session.connect(FromLeg("c"), "m")
        session.connect(FromLeg("m"), "c")
        loop = asyncio.get_running_loop()
        started = loop.time()
        for number in range(120):
            if number == 20:
                session.mark("bridge")
            customer.send(number)
            manager.send(number)
            await asyncio.sleep(max(0.0, started + (number + 1) * 0.02 - loop.time()))
        summary = await session.close()
    finally:
        await engine.stop()
        customer.socket.close()
        manager.socket.close()
    assert summary.captured_packets == 240

    pending = recording_from_header(SpoolReader(spool).header(), spool.name)
    result = finish(spool, pending, LocalStorage(tmp_path / "store"))
    assert isinstance(result, FinishedRecording)
    assert abs(result.duration_s - 2.0) < 0.3
    sound, _ = soundfile.read(tmp_path / "store" / result.master.key, dtype="int16")
    for channel, frequency_hz in ((0, 400), (1, 1000)):
        assert abs(loudest_hz(sound[:, channel]) - frequency_hz) < 10
    left, right = (onsets(sound[:, channel], threshold=2500, apart=1000) for channel in (0, 1))
    assert len(left) == len(right) >= 3
    assert max(abs(a - b) for a, b in zip(left, right, strict=True)) <= 20 * 8
