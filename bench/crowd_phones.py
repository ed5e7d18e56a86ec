"""Many telephones in one event loop: callers whose sound is listened to, managers who take calls.

A small SIP user agent of its own, for programs that must hear what each of hundreds of callers is
played: only what a well-behaved trunk on a loopback needs (UDP, G.711 A-law, RFC 4733 keys). It
shares no code with the gateway's signalling.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ivr.g711 import encode_alaw

Address = tuple[str, int]
_HEAD = struct.Struct("!BBHII")
_SAMPLES = 160
_LOUD = 100
"""Peak of a sample that counts as sound: -50 dBFS; a pause of a prompt or a tone is below."""
_LOUD_SAMPLES = 4
_TONE = (6000 * np.sin(2 * np.pi * 600 * np.arange(_SAMPLES * 4) / 8000)).astype(np.int16)
_VOICE = [encode_alaw(part) for part in np.split(_TONE, 4)]
_QUIET = bytes([0xD5]) * _SAMPLES
_SPARSE_S = 0.2
"""How often a caller sends a packet: enough for the gateway to know that somebody is there."""


def _loud_table() -> bytes:
    """Return for every A-law octet whether it is sound (ITU-T G.711, table 1a)."""
    table = bytearray(256)
    for octet in range(256):
        code = octet ^ 0x55
        exponent, mantissa = code >> 4 & 7, code & 15
        value = (mantissa << 4) + 8 if not exponent else (mantissa << 4) + 264 << exponent - 1
        table[octet] = value > _LOUD
    return bytes(table)


_IS_LOUD = _loud_table()


class Sound(asyncio.DatagramProtocol):
    """An RTP port that knows how long it has heard nothing."""

    def __init__(self) -> None:
        """Listen from the moment the socket is there."""
        self.target: Address | None = None
        self.longest_silence_s = 0.0
        self.longest_gap_s = 0.0
        self.packets = 0
        self._listens_since: float | None = None
        self._loud_at = self._packet_at = 0.0
        self._sequence = random.randrange(1 << 15)
        self._ticks = random.randrange(1 << 30)
        self._ssrc = random.randrange(1 << 32)
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket to speak on."""
        self.transport = transport

    def listen(self) -> None:
        """Measure from now on."""
        self._listens_since = self._loud_at = self._packet_at = asyncio.get_running_loop().time()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Take a packet of sound."""
        del addr
        if self._listens_since is None or len(data) < 12 or data[1] & 0x7F != 8:
            return
        now = asyncio.get_running_loop().time()
        self.packets += 1
        self.longest_gap_s = max(self.longest_gap_s, now - self._packet_at)
        self._packet_at = now
        if data[12:].translate(_IS_LOUD).count(1) >= _LOUD_SAMPLES:
            self.longest_silence_s = max(self.longest_silence_s, now - self._loud_at)
            self._loud_at = now

    def stop(self) -> None:
        """Measure no more; what was not heard until now counts."""
        if self._listens_since is not None:
            now = asyncio.get_running_loop().time()
            self.longest_silence_s = max(self.longest_silence_s, now - self._loud_at)
            self.longest_gap_s = max(self.longest_gap_s, now - self._packet_at)
            self._listens_since = None

    def speak(self, payload: bytes, *, kind: int = 8, ticks: int = _SAMPLES) -> None:
        """Send one packet."""
        if self.target is None or self.transport is None:
            return
        self._sequence = self._sequence + 1 & 0xFFFF
        self._ticks = self._ticks + ticks & 0xFFFFFFFF
        head = _HEAD.pack(0x80, kind, self._sequence, self._ticks, self._ssrc)
        self.transport.sendto(head + payload, self.target)

    def press(self, digit: str) -> None:
        """Press a key (RFC 4733): three packets of it, and its end three times."""
        event = "0123456789*#".index(digit)
        for number in range(6):
            end, duration = (0x80, 1280) if number >= 3 else (0, 400 * (number + 1))
            payload = struct.pack("!BBH", event, end | 10, duration)
            self.speak(payload, kind=101, ticks=0 if number else _SAMPLES)


async def open_sound(host: str) -> tuple[Sound, int]:
    """Return an RTP port on `host` and its number."""
    loop = asyncio.get_running_loop()
    transport, sound = await loop.create_datagram_endpoint(Sound, local_addr=(host, 0))
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
    return sound, int(transport.get_extra_info("sockname")[1])


@dataclass
class Dialog:
    """One INVITE and what follows, from one telephone's side."""

    agent: Agent
    call_id: str
    is_caller: bool
    number: str
    """Who calls, where it is the caller's; else who was called."""
    local: str = ""
    remote: str = ""
    uri: str = ""
    peer: Address = ("", 0)
    sound: Sound | None = None
    port: int = 0
    invite: str = ""
    state: str = "ringing"
    status: int = 0
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    began_at: float = 0.0
    answered_at: float | None = None
    ended_at: float | None = None
    hung_up: bool = False
    """Whether this side ended it."""
    last: bytes = b""

    def end(self) -> None:
        """Note that it is over."""
        if self.state != "over":
            self.state = "over"
            self.ended_at = asyncio.get_running_loop().time()
            if self.sound is not None:
                self.sound.stop()
            self.answered.set()
            self.over.set()

    def bye(self) -> None:
        """Hang up."""
        if self.state == "talking":
            self.hung_up = True
            self.agent.request(self, "BYE", 2)
            self.end()

    def ring(self) -> None:
        """Answer 180."""
        self.agent.respond(self, self.invite, 180, "Ringing")

    def refuse(self, status: int) -> None:
        """Answer an INVITE with a refusal."""
        if self.state == "ringing":
            self.last = self.agent.respond(self, self.invite, status, "No")
            self.end()

    async def pick_up(self) -> None:
        """Answer an INVITE with sound of our own."""
        if self.state != "ringing":
            return
        self.sound, self.port = await open_sound(self.agent.host)
        if self.state != "ringing":  # it was cancelled meanwhile
            return
        self.state = "talking"
        self.answered_at = asyncio.get_running_loop().time()
        self.sound.target = sound_address(self.invite)
        body = self.agent.description(self.port)
        self.last = self.agent.respond(self, self.invite, 200, "OK", body)


class Agent(asyncio.DatagramProtocol):
    """All telephones behind one address."""

    def __init__(self, host: str, on_invite: Callable[[Dialog], None] | None = None) -> None:
        """`on_invite` is told of every new call to a telephone here."""
        self.host = host
        self.dialogs: dict[str, Dialog] = {}
        self._on_invite = on_invite
        self._transport: Any = None
        self._port = 0
        self._ids = itertools.count(random.randrange(1 << 20))

    async def open(self, port: int) -> None:
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self.host, port)
        )
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._transport, self._port = transport, port

    def description(self, port: int) -> str:
        """Return what we offer and answer."""
        return (
            f"v=0\r\no=- 1 1 IN IP4 {self.host}\r\ns=-\r\nc=IN IP4 {self.host}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
        )

    async def call(self, caller: str, dialled: str, server: Address) -> Dialog:
        """Send an INVITE; it is sent again until something comes back (timer A)."""
        number = next(self._ids)
        dialog = Dialog(self, f"crowd-{number}", True, caller)
        dialog.began_at = asyncio.get_running_loop().time()
        dialog.sound, dialog.port = await open_sound(self.host)
        dialog.peer = server
        dialog.uri = f"sip:{dialled}@{server[0]}:{server[1]}"
        dialog.local = f"<sip:{caller}@{self.host}:{self._port}>;tag=c{number}"
        dialog.remote = f"<sip:{dialled}@{server[0]}>"
        self.dialogs[dialog.call_id] = dialog
        body = self.description(dialog.port)
        dialog.last = self.request(dialog, "INVITE", 1, body)
        asyncio.get_running_loop().call_later(0.5, self._again, dialog, 0.5)
        return dialog

    def _again(self, dialog: Dialog, after_s: float) -> None:
        if dialog.status == 0 and dialog.state == "ringing" and after_s < 16:
            self._transport.sendto(dialog.last, dialog.peer)
            asyncio.get_running_loop().call_later(2 * after_s, self._again, dialog, 2 * after_s)

    def request(self, dialog: Dialog, method: str, cseq: int, body: str = "") -> bytes:
        """Send a request within or for `dialog`."""
        branch = f"z9hG4bK{dialog.call_id}-{method}-{cseq}"
        text = (
            f"{method} {dialog.uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.host}:{self._port};branch={branch};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: {dialog.local}\r\nTo: {dialog.remote}\r\n"
            f"Call-ID: {dialog.call_id}\r\nCSeq: {cseq} {method}\r\n"
            f"Contact: <sip:{dialog.number}@{self.host}:{self._port}>\r\n"
        )
        if body:
            text += "Content-Type: application/sdp\r\n"
        data = f"{text}Content-Length: {len(body)}\r\n\r\n{body}".encode()
        self._transport.sendto(data, dialog.peer)
        return data

    def respond(
        self, dialog: Dialog, request: str, status: int, reason: str, body: str = ""
    ) -> bytes:
        """Answer a request of the far end."""
        kept = [
            line
            for line in request.split("\r\n\r\n", 1)[0].split("\r\n")[1:]
            if line.partition(":")[0].lower() in {"via", "from", "call-id", "cseq", "record-route"}
        ]
        to = _field(request, "To")
        if ";tag=" not in to:
            to += f";tag=m{dialog.call_id[-8:]}"
        lines = [f"SIP/2.0 {status} {reason}", *kept, f"To: {to}"]
        lines.append(f"Contact: <sip:{dialog.number}@{self.host}:{self._port}>")
        if body:
            lines.append("Content-Type: application/sdp")
        data = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode()
        self._transport.sendto(data, dialog.peer)
        return data

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Take a message."""
        text = data.decode(errors="replace")
        dialog = self.dialogs.get(_field(text, "Call-ID"))
        if text.startswith("SIP/2.0 "):
            if dialog is not None:
                self._answered(dialog, text)
            return
        method = text.split(" ", 1)[0]
        if dialog is None:
            dialog = Dialog(self, _field(text, "Call-ID"), False, _user(text), peer=addr)
            if method != "INVITE":
                if method != "ACK":
                    self.respond(dialog, text, 481, "No such call")
                return
            self._invited(dialog, text)
        elif method == "INVITE":
            self._transport.sendto(dialog.last, addr) if dialog.last else dialog.ring()
        elif method == "BYE":
            self.respond(dialog, text, 200, "OK")
            dialog.end()
        elif method == "CANCEL":
            self.respond(dialog, text, 200, "OK")
            dialog.refuse(487)

    def _invited(self, dialog: Dialog, invite: str) -> None:
        self.dialogs[dialog.call_id] = dialog
        dialog.invite = invite
        dialog.began_at = asyncio.get_running_loop().time()
        dialog.local = f"{_field(invite, 'To')};tag=m{dialog.call_id[-8:]}"
        dialog.remote = _field(invite, "From")
        contact = re.search(r"<([^>]+)>", _field(invite, "Contact"))
        dialog.uri = contact[1] if contact else ""
        dialog.ring()
        if self._on_invite is not None:
            self._on_invite(dialog)

    def _answered(self, dialog: Dialog, text: str) -> None:
        status = int(text[8:11])
        if "INVITE" not in _field(text, "CSeq"):
            return
        dialog.status = status
        if status < 200:
            return
        dialog.remote = _field(text, "To")
        if status >= 300:
            self.request(dialog, "ACK", 1)
            dialog.end()
            return
        contact = re.search(r"<([^>]+)>", _field(text, "Contact"))
        dialog.uri = contact[1] if contact else dialog.uri
        self.request(dialog, "ACK", 1)
        if dialog.state == "ringing" and dialog.sound is not None:
            dialog.state = "talking"
            dialog.answered_at = asyncio.get_running_loop().time()
            dialog.sound.target = sound_address(text)
            dialog.sound.listen()
            dialog.answered.set()


async def speak_all(agents: tuple[Agent, Agent]) -> None:
    """Have managers who talk send a tone, 50 packets a second, and callers one now and then."""
    callers, managers = agents
    loop = asyncio.get_running_loop()
    for tick in itertools.count():
        due = loop.time() + 0.02
        for dialog in managers.dialogs.values():
            if dialog.state == "talking" and dialog.sound is not None:
                dialog.sound.speak(_VOICE[tick % len(_VOICE)])
        if tick % round(_SPARSE_S / 0.02) == 0:
            for dialog in callers.dialogs.values():
                if dialog.state == "talking" and dialog.sound is not None:
                    dialog.sound.speak(_QUIET)
        await asyncio.sleep(max(0.0, due - loop.time()))


def sound_address(message: str) -> Address:
    """Return where the description in a message wants sound."""
    host = re.search(r"^c=IN IP4 (\S+)", message, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", message, re.MULTILINE)
    if host is None or port is None:
        raise ValueError("a message without a description")
    return host[1], int(port[1])


def _field(message: str, name: str) -> str:
    found = re.search(rf"^{name}\s*:\s*(.*?)\r?$", message, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _user(request: str) -> str:
    found = re.match(r"\S+ sips?:([^@;> ]+)", request)
    return found[1] if found else ""
