"""A telephone for tests: one UDP socket, its own RTP stream, everything it heard."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from voicegw.media import dtmf, rtp
from voicegw.media.rtp import RtpPacket
from voicegw.sdp.codecs import Codec
from voicegw.sdp.description import parse

FRAME_S = 0.02


class Phone:
    """Speaks and listens on loopback; `ours` is where the gateway receives."""

    profile = "RTP/AVP"

    def __init__(
        self, codec: Codec = Codec.PCMA, events: int | None = 101, *, host: str = "127.0.0.1"
    ) -> None:
        self.agree(codec)
        self.events = events
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.setblocking(False)
        self.ours = ("127.0.0.1", 0)
        self.sequence = 65_530
        self.timestamp = 4_294_967_000
        self.ssrc = self.port
        self._heard: list[RtpPacket] = []

    def agree(self, codec: Codec) -> None:
        """Speak `codec` from now on."""
        static = codec.static_payload_type
        self.codec = codec
        self.payload_type = 107 if static is None else static
        self.frame_ticks = codec.clock_hz // 50

    @property
    def port(self) -> int:
        number = self.socket.getsockname()[1]
        assert isinstance(number, int)
        return number

    def description(self, *lines: str) -> str:
        """Return its offer or answer, with more `lines` at the end."""
        host = self.socket.getsockname()[0]
        family = "IP6" if ":" in host else "IP4"
        text = [
            *("v=0", f"o=- 1 1 IN {family} {host}", "s=-", f"c=IN {family} {host}", "t=0 0"),
            f"m=audio {self.port} {self.profile} {self.payload_type}"
            + ("" if self.events is None else f" {self.events}"),
            *lines,
        ]
        if self.codec is Codec.OPUS:
            text.append(f"a=rtpmap:{self.payload_type} opus/48000/2")
        if self.events is not None:
            text.append(f"a=rtpmap:{self.events} telephone-event/{self.codec.clock_hz}")
        return "\r\n".join(text) + "\r\n"

    def learn(self, description: str) -> None:
        """Take the gateway's description."""
        found = parse(description)
        assert found.connection is not None
        self.ours = (found.connection.address, found.media[0].port)

    def send(
        self, payload: bytes, payload_type: int | None = None, *, marker: bool = False
    ) -> None:
        """Send one packet."""
        number = self.payload_type if payload_type is None else payload_type
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + self.frame_ticks) & 0xFFFF_FFFF
        packet = RtpPacket(number, self.sequence, self.timestamp, self.ssrc, payload, marker)
        self.socket.sendto(self.seal(rtp.build(packet)), self.ours)

    def seal(self, packet: bytes) -> bytes:
        """Return a packet as it goes over the wire."""
        return packet

    def unseal(self, packet: bytes) -> bytes:
        """Return what is inside a packet from the wire."""
        return packet

    async def speak(self, payload: bytes, frames: int = 5) -> None:
        """Send `payload` in `frames` packets, 20 ms apart."""
        for _ in range(frames):
            self.send(payload)
            await asyncio.sleep(FRAME_S)

    async def dial(self, digit: str) -> None:
        """Press a digit as RFC 4733 has it."""
        assert self.events is not None
        timestamp = self.timestamp
        for number, payload in enumerate(dtmf.event_payloads(digit, self.codec.clock_hz)):
            self.timestamp = timestamp
            self.send(payload, self.events, marker=number == 0)
        self.timestamp = timestamp + 6 * self.frame_ticks

    def heard(self) -> list[RtpPacket]:
        """Return every packet heard so far."""
        while True:
            try:
                data = self.socket.recv(2048)
            except BlockingIOError:
                return self._heard
            packet = rtp.parse(self.unseal(data))
            assert packet is not None
            self._heard.append(packet)

    def heard_payloads(self) -> set[bytes]:
        """Return the different payloads heard so far."""
        return {packet.payload for packet in self.heard()}

    def close(self) -> None:
        self.socket.close()


async def until(condition: Callable[[], object], timeout_s: float = 5.0) -> None:
    """Wait until `condition` holds; fail after `timeout_s`."""
    end = asyncio.get_running_loop().time() + timeout_s
    while not condition():
        assert asyncio.get_running_loop().time() < end, "not in time"
        await asyncio.sleep(0.005)
