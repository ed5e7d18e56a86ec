from __future__ import annotations

import struct
import warnings
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

with warnings.catch_warnings():
    # pyVoIP needs audioop, which Python 3.11 already calls deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    # First: it imports pyVoIP in the one order that works.
    from voicegw.demo.softphone import (
        CallState,
        Ear,
        LabCall,
        LabPhone,
        LabRtp,
        free_udp_port,
        wav_as_u8,
    )
    from pyVoIP.RTP import PayloadType, TransmitType  # isort: skip
    from pyVoIP.SIP import SIPMessage  # isort: skip

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
)


class Wire:
    """Stands in for the phone's socket."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.incoming: list[bytes] = []

    def sendto(self, data: bytes, address: tuple[str, int]) -> None:
        self.sent.append(data.decode())

    def recv(self, size: int) -> bytes:
        return self.incoming.pop(0)

    def setblocking(self, flag: bool) -> None:
        """Nothing blocks here."""


class Rig:
    """A phone whose wire is a list."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.offered: list[LabCall] = []
        self.tapped: list[bytes] = []
        self.phone = LabPhone(
            server=("127.0.0.1", 5070),
            number="13800138000",
            password="pw",
            host="127.0.0.1",
            on_offered=self.offered.append,
            on_call=lambda call: None,
            tap=self.tapped.append,
        )
        vars(self.phone.sip).update(s=self.wire, out=self.wire)
        self.phone.sip.NSD = True

    def receive(self, head: str, body: str = "", contact: str = "<sip:gw@127.0.0.1:5060>") -> None:
        text = (
            f"{head}\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKx\r\n"
            "From: <sip:10086@127.0.0.1>;tag=far\r\nTo: <sip:13800138000@127.0.0.1>\r\n"
            f"Call-ID: call-1\r\nCSeq: 1 {head.split(maxsplit=1)[0]}\r\n"
            f"Contact: {contact}\r\nContent-Type: application/sdp\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self.wire.incoming.append(text.encode())
        self.phone.sip.recv()

    def answer(self, status: str, call_id: str, body: str = "") -> None:
        text = (
            f"SIP/2.0 {status}\r\nVia: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bKx\r\n"
            "From: <sip:13800138000@127.0.0.1>;tag=own\r\n"
            f"To: <sip:10086@127.0.0.1>;tag=far\r\nCall-ID: {call_id}\r\nCSeq: 1 INVITE\r\n"
            "Contact: <sip:gw@127.0.0.1:5060;x=1>;q=1\r\nContent-Type: application/sdp\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self.wire.incoming.append(text.encode())
        self.phone.sip.recv()

    def dial(self) -> LabCall:
        def tried(number: str, media: dict[int, Any], direction: TransmitType) -> object:
            call_id = "out-1"
            text = self.phone.sip.gen_invite(number, "1", media, direction, "", call_id)
            return SIPMessage(text.encode()), call_id, 1

        vars(self.phone.sip)["invite"] = tried
        try:
            return self.phone.call("10086")
        finally:
            del vars(self.phone.sip)["invite"]


@pytest.fixture
def rig() -> Iterator[Rig]:
    running = Rig()
    yield running
    for timer in running.phone.threads:
        timer.cancel()


def test_an_ear_places_sound_by_its_timestamp(tmp_path: Path) -> None:
    ear = Ear()
    start = 0xFFFFFF60
    ear.take(start, b"\x01\x00" * 160)
    ear.take((start + 320) % 2**32, b"\x03\x00" * 160)
    ear.take(start - 160, b"\x09\x00" * 160)
    samples = struct.unpack("<480h", ear.samples())
    assert samples == (1,) * 160 + (0,) * 160 + (3,) * 160
    assert ear.save(tmp_path / "x.wav") == pytest.approx(0.06)
    with wave.open(str(tmp_path / "x.wav")) as stream:
        assert (stream.getnchannels(), stream.getframerate(), stream.getnframes()) == (1, 8000, 480)


def test_an_ear_that_heard_nothing_is_empty() -> None:
    assert Ear().samples() == b""


def test_a_law_is_spoken_where_it_was_agreed() -> None:
    silence_u8 = b"\x80" * 4
    spoken = {
        law: LabRtp(
            {pt: law}, "127.0.0.1", 0, "127.0.0.1", 0, TransmitType.SENDRECV, ear=Ear()
        ).encode_packet(silence_u8)
        for pt, law in ((0, PayloadType.PCMU), (8, PayloadType.PCMA))
    }
    assert spoken == {PayloadType.PCMU: b"\xff" * 4, PayloadType.PCMA: b"\xd5" * 4}


@pytest.mark.parametrize("payload_type", [0, 8])
def test_both_laws_are_heard(payload_type: int) -> None:
    ear = Ear()
    client = LabRtp(
        {0: PayloadType.PCMU, 8: PayloadType.PCMA},
        "127.0.0.1",
        0,
        "127.0.0.1",
        0,
        TransmitType.SENDRECV,
        ear=ear,
    )
    client.parse_packet(struct.pack("!BBHII", 0x80, payload_type, 1, 160, 7) + b"\x00" * 160)
    assert len(ear.samples()) == 320
    assert any(ear.samples())


def test_a_call_may_end_while_its_sender_still_sends() -> None:
    client = LabRtp(
        {0: PayloadType.PCMU},
        "127.0.0.1",
        free_udp_port("127.0.0.1"),
        "127.0.0.1",
        9,
        TransmitType.SENDRECV,
        ear=Ear(),
    )
    client.start()
    client.stop()
    assert client.sout.sendto(b"late", ("127.0.0.1", 9)) == 4


def test_an_offered_call_is_told_with_its_headers(rig: Rig) -> None:
    rig.receive("INVITE sip:13800138000@127.0.0.1 SIP/2.0", SDP)
    assert rig.offered[0].state == CallState.RINGING
    assert rig.wire.sent[0].startswith("SIP/2.0 180")
    assert rig.tapped[0].startswith(b"INVITE")


def test_a_cancelled_call_stops_ringing(rig: Rig) -> None:
    rig.receive("INVITE sip:13800138000@127.0.0.1 SIP/2.0", SDP)
    rig.receive("CANCEL sip:13800138000@127.0.0.1 SIP/2.0")
    assert [line.split(" ")[1] for line in rig.wire.sent] == ["180", "200", "487"]
    assert rig.offered[0].state == CallState.ENDED
    assert rig.offered[0].final_status == 487


def test_a_refused_call_is_acknowledged_and_ended(rig: Rig) -> None:
    call = rig.dial()
    rig.answer("486 Busy Here", "out-1")
    assert call.state == CallState.ENDED
    assert call.final_status == 486
    (ack,) = rig.wire.sent
    assert ack.startswith("ACK ")
    assert "To: <sip:10086@127.0.0.1>;tag=far\r\n" in ack
    assert "branch=z9hG4bKx" in ack


def test_an_answer_is_acknowledged_at_its_contact_and_hung_up_there(rig: Rig) -> None:
    call = rig.dial()
    rig.answer("200 OK", "out-1", SDP)
    assert call.state == CallState.ANSWERED
    call.end()
    ack, bye = rig.wire.sent
    assert ack.startswith("ACK sip:gw@127.0.0.1:5060;x=1 SIP/2.0\r\n")
    assert "branch=z9hG4bKx" not in ack
    assert bye.startswith("BYE sip:gw@127.0.0.1:5060;x=1 SIP/2.0\r\nVia: ")
    assert bye.count("Via: ") == 1
    call.end()
    assert len(rig.wire.sent) == 2


def test_what_it_can_not_read_is_noted(rig: Rig) -> None:
    rig.wire.incoming.append(b"OPTIONS sip:x SIP/2.0\r\n\r\n")
    rig.phone.sip.recv()
    assert rig.wire.sent == []
    assert rig.tapped[1].startswith(b"unreadable")


def test_rtp_ports_are_even_and_free() -> None:
    assert all(free_udp_port("127.0.0.1", even=True) % 2 == 0 for _ in range(5))


def test_a_wav_file_becomes_unsigned_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    with wave.open(str(path), "wb") as stream:
        stream.setparams((1, 2, 8000, 0, "NONE", ""))
        stream.writeframes(struct.pack("<3h", 0, 32767, -32768))
    assert wav_as_u8(path) == b"\x80\xff\x00"
