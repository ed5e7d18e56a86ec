"""pyVoIP as a telephone one can rely on for the length of a lab run.

pyVoIP 1.6.8 is somebody else's SIP stack, which is what makes it a good peer; but some of what it
does would end a call by itself. The subclasses here mend exactly that, each with its reason, and
leave the rest as it is: it knows no OPTIONS, no early media, no other transport than UDP.
"""

from __future__ import annotations

import audioop
import contextlib
import io
import socket
import threading
import uuid
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

# VoIP first: importing SIP or RTP before it runs into pyVoIP's circular imports.
from pyVoIP.VoIP import CallState, InvalidStateError, VoIPCall, VoIPPhone  # isort: skip
from pyVoIP.RTP import PayloadType, RTPClient, RTPMessage, RTPParseError, TransmitType
from pyVoIP.SIP import SIPClient, SIPMessage, SIPMessageType, SIPParseError

SAMPLE_RATE_HZ = 8000
_MAX_HEARD_S = 600
#: What pyVoIP raises on messages that it can't read.
_UNREADABLE = (
    SIPParseError,
    RTPParseError,
    ValueError,
    LookupError,
    AttributeError,
    NameError,
    TypeError,
)

__all__ = ["SAMPLE_RATE_HZ", "CallState", "LabCall", "LabPhone", "wav_as_u8"]


class Ear:
    """Keeps what was heard, by RTP timestamp, as 16-bit samples."""

    def __init__(self) -> None:
        self._pieces: dict[int, bytes] = {}
        self._first: int | None = None

    def take(self, timestamp: int, samples: bytes) -> None:
        """Keep the 16-bit samples of one packet."""
        if self._first is None:
            self._first = timestamp
        # Signed distance, so that the timestamp may wrap (RFC 3550 §5.1).
        offset = (timestamp - self._first + 0x80000000) % 0x100000000 - 0x80000000
        if 0 <= offset < _MAX_HEARD_S * SAMPLE_RATE_HZ:
            self._pieces[offset] = samples

    def samples(self) -> bytes:
        """Return everything heard, gaps silent."""
        if not self._pieces:
            return b""
        last = max(self._pieces)
        heard = bytearray(2 * last + len(self._pieces[last]))
        for offset, samples in self._pieces.items():
            heard[2 * offset : 2 * offset + len(samples)] = samples
        return bytes(heard)

    def save(self, path: Path) -> float:
        """Write a WAV file and return its length in seconds."""
        samples = self.samples()
        with wave.open(str(path), "wb") as stream:
            stream.setnchannels(1)
            stream.setsampwidth(2)
            stream.setframerate(SAMPLE_RATE_HZ)
            stream.writeframes(samples)
        return len(samples) / 2 / SAMPLE_RATE_HZ


class _Nowhere:
    """Takes the packets of a sender whose call is over."""

    def sendto(self, packet: bytes, _address: tuple[str, int]) -> int:
        """Drop the packet."""
        return len(packet)


class LabRtp(RTPClient):
    """Hears into an :class:`Ear`, and speaks A-law where that was agreed."""

    def __init__(self, *args: Any, ear: Ear, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ear = ear

    def stop(self) -> None:
        # The original closes the socket under its sender, which then complains of every call's end.
        self.NSD = False
        self.sout = cast(socket.socket, _Nowhere())
        self.sin.close()

    def trans(self) -> None:
        # The call may end between the sender's look at its socket and its use of it. The original
        # warns of that, which ends the sender where warnings are errors: its work is done.
        with contextlib.suppress(RuntimeWarning):
            super().trans()

    def encode_packet(self, payload: bytes) -> bytes:
        # The original encodes µ-law under A-law's payload type.
        if self.preference == PayloadType.PCMA:
            return self.encode_pcma(payload)
        return self.encode_pcmu(payload)

    def parse_packet(self, packet: bytes) -> None:
        # The original keeps 8 bits a sample and fills gaps with the most negative one.
        message = RTPMessage(packet, self.assoc)
        if message.payload_type == PayloadType.PCMU:
            self._ear.take(message.timestamp, audioop.ulaw2lin(message.payload, 2))
        elif message.payload_type == PayloadType.PCMA:
            self._ear.take(message.timestamp, audioop.alaw2lin(message.payload, 2))
        else:
            super().parse_packet(packet)


class LabCall(VoIPCall):
    """A call with an :class:`Ear`, that survives a re-INVITE."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.ear = Ear()
        self.final_status: int | None = None
        self.answer_headers: dict[str, Any] = {}
        super().__init__(*args, **kwargs)

    def create_rtp_clients(
        self,
        codecs: dict[int, PayloadType],
        ip: str,
        port: int,
        request: SIPMessage,
        baseport: int,
    ) -> None:
        for index, connection in enumerate(request.body["c"]):
            client = LabRtp(
                codecs,
                ip,
                port,
                connection["address"],
                baseport + index,
                self.sendmode,
                dtmf=self.dtmf_callback,
                ear=self.ear,
            )
            self.RTPClients.append(client)

    def renegotiate(self, request: SIPMessage) -> None:
        # The original starts a second sender beside the first.
        media = {client.inPort: client.assoc for client in self.RTPClients}
        message = self.sip.gen_answer(request, self.session_id, media, self.sendmode)
        self.sip.out.sendto(message.encode(), (self.phone.server, self.phone.port))
        audio = next(line for line in request.body["m"] if line["type"] == "audio")
        for client, connection in zip(self.RTPClients, request.body["c"], strict=False):
            client.outIP, client.outPort = connection["address"], audio["port"]

    def answered(self, request: SIPMessage) -> None:
        self.answer_headers = dict(request.headers)
        super().answered(request)

    def fail(self, status: int) -> None:
        """End a call that was never answered."""
        self.final_status = status
        self.state = CallState.ENDED

    def end(self) -> None:
        """Hang up, if there is anything to hang up."""
        with contextlib.suppress(InvalidStateError):
            self.hangup()


class LabClient(SIPClient):
    """The signalling half, mended where calls would not survive the original."""

    def __init__(self, *args: Any, tap: Callable[[bytes], None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tap = tap

    def recv(self) -> None:
        # As the original, but every byte that arrives can be looked at afterwards.
        raw = self.s.recv(8192)
        self._tap(raw)
        try:
            self.parse_message(SIPMessage(raw))
        except _UNREADABLE as error:
            self._tap(f"unreadable: {error!r}".encode())

    def gen_call_id(self) -> str:
        # The original counts from 1 in every process: the same Call-IDs again and again.
        return f"{uuid.uuid4().hex}@{self.myIP}"

    def gen_invite(self, *args: Any) -> str:
        # The original sends the INVITE with credentials under the branch of the refused one.
        number, session_id, media, direction, _branch, call_id = args
        return super().gen_invite(number, session_id, media, direction, self.gen_branch(), call_id)

    def gen_ack(self, request: SIPMessage) -> str:
        # The original makes up a To tag, and sends the ACK of a 2xx to the wrong target.
        lines = super().gen_ack(request).split("\r\n")
        is_success = 200 <= int(request.status) < 300
        to = request.headers["To"]
        for index, line in enumerate(lines):
            if line.startswith("To: "):
                lines[index] = f"To: {to['raw']};tag={to['tag']}"
            elif is_success and line.startswith("Via: "):
                lines[index] = self._via()
        if is_success:
            lines[0] = f"ACK {_uri(request.headers['Contact'])} SIP/2.0"
        return "\r\n".join(lines)

    def gen_bye(self, request: SIPMessage) -> str:
        # The original copies the Via lines of the INVITE and chokes on Contact parameters.
        request.headers["Contact"] = f"<{_uri(request.headers['Contact'])}>"
        lines = super().gen_bye(request).split("\r\n")
        kept = [line for line in lines if not line.startswith("Via: ")]
        return "\r\n".join([kept[0], self._via(), *kept[1:]])

    def parse_message(self, message: SIPMessage) -> None:
        # The original ignores most refusals and never stops ringing after CANCEL.
        if message.type == SIPMessageType.RESPONSE:
            status = int(message.status)
            if message.headers["CSeq"]["method"] == "INVITE" and status >= 300 and status != 401:
                self._send(self.gen_ack(message))
                self._drop_call(message.headers["Call-ID"], status)
                return
        elif message.method == "CANCEL":
            self._send(self.gen_ok(message))
            call = self._drop_call(message.headers["Call-ID"], 487)
            if call is not None:
                refusal = self.gen_busy(call.request)
                self._send(refusal.replace("486 Busy Here", "487 Request Terminated", 1))
            return
        super().parse_message(message)

    def _drop_call(self, call_id: str, status: int) -> LabCall | None:
        call = self.phone.calls.get(call_id)
        if not isinstance(call, LabCall) or call.state == CallState.ANSWERED:
            return None
        del self.phone.calls[call_id]
        call.fail(status)
        return call

    def _send(self, message: str) -> None:
        self.out.sendto(message.encode(), (self.server, self.port))

    def _via(self) -> str:
        return f"Via: SIP/2.0/UDP {self.myIP}:{self.myPort};branch={self.gen_branch()};rport"


class LabPhone(VoIPPhone):
    """A telephone that makes :class:`LabCall` objects and takes any free, even RTP port."""

    def __init__(
        self,
        *,
        server: tuple[str, int],
        number: str,
        password: str,
        host: str,
        on_offered: Callable[[LabCall], None],
        on_call: Callable[[VoIPCall], None],
        tap: Callable[[bytes], None],
    ) -> None:
        """Prepare; `on_call` runs in a thread of its own, one second after the INVITE."""
        super().__init__(server[0], server[1], number, password, myIP=host, callCallback=on_call)
        # The original's plain lock is taken twice by one thread when a call object is freed.
        self.portsLock = threading.RLock()  # type: ignore[assignment]
        self._on_offered = on_offered
        self.sip = LabClient(
            *server,
            number,
            password,
            phone=self,
            myIP=host,
            myPort=free_udp_port(host),
            callCallback=self.callback,
            fatalCallback=self.fatal,
            tap=tap,
        )

    def request_port(self, blocking: bool = True) -> int:  # noqa: ARG002
        """Return a free even port (RFC 3550 §11); the original takes odd ones too."""
        port = free_udp_port(self.myIP, even=True)
        self.assignedPorts.append(port)
        return port

    def call(self, number: str) -> LabCall:
        """Dial; returns once the network has answered 100."""
        media: dict[int, dict[Any, PayloadType]] = {
            self.request_port(): {0: PayloadType.PCMU, 101: PayloadType.EVENT}
        }
        request, call_id, session_id = self.sip.invite(number, media, TransmitType.SENDRECV)
        call = LabCall(
            self,
            CallState.DIALING,
            request,
            session_id,
            self.myIP,
            ms=media,
            sendmode=self.sendmode,
        )
        self.calls[call_id] = call
        return call

    def _create_Call(self, request: SIPMessage, sess_id: int) -> None:  # noqa: N802
        call = LabCall(self, CallState.RINGING, request, sess_id, self.myIP, sendmode=self.recvmode)
        self.calls[request.headers["Call-ID"]] = call
        self._on_offered(call)


def free_udp_port(host: str, *, even: bool = False) -> int:
    """Return a UDP port of `host` that is free at this moment."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
            port: int = probe.getsockname()[1]
        if not even or port % 2 == 0:
            return port


def wav_as_u8(path: Path) -> bytes:
    """Return an 8 kHz, mono, 16-bit WAV file in the 8-bit unsigned form that pyVoIP takes."""
    with wave.open(io.BytesIO(path.read_bytes())) as stream:
        samples = stream.readframes(stream.getnframes())
    return audioop.bias(audioop.lin2lin(samples, 2, 1), 1, 128)


def _uri(contact: str) -> str:
    if "<" in contact:
        return contact.split("<", 1)[1].split(">", 1)[0]
    return contact.split(";", 1)[0]
