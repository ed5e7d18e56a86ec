"""A scripted SIP peer on plain sockets: it says what it is told to, and remembers what it hears.

It shares no code with the gateway, keeps no rule by itself and answers nothing of its own accord,
so that a test can break any rule it likes.
"""

from __future__ import annotations

import itertools
import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType

_serial = itertools.count(1)
_FOLD = re.compile(r"\r\n[ \t]+")
_STEP_S = 0.05
ANSWER_S = 3.0


def unique(prefix: str = "") -> str:
    """Return a text that was never used before, for branches, tags and Call-IDs."""
    return f"{prefix}{time.monotonic_ns():x}x{next(_serial)}"


def description(
    port: int = 9,
    *,
    host: str = "127.0.0.30",
    direction: str = "sendrecv",
    formats: str = "8 101",
    session_lines: Iterable[str] = (),
    media: Iterable[str] | None = None,
    version: int = 1,
) -> str:
    """Return a session description; `media` replaces all lines from the first `m=` on."""
    names = {"0": "PCMU/8000", "8": "PCMA/8000", "97": "telephone-event/8000"}
    names["101"] = "telephone-event/8000"
    if media is None:
        media = [
            f"m=audio {port} RTP/AVP {formats}",
            *(f"a=rtpmap:{one} {names[one]}" for one in formats.split() if one in names),
            f"a={direction}",
        ]
    head = ["v=0", f"o=peer 77 {version} IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"]
    return "\r\n".join([*head, *session_lines, *media, ""])


@dataclass(frozen=True)
class Message:
    """What was heard: start line, header lines in order, body, when and from where."""

    start: str
    lines: tuple[tuple[str, str], ...]
    body: str
    at: float
    source: tuple[str, int]
    size: int

    @classmethod
    def parse(cls, data: bytes, source: tuple[str, int]) -> Message:
        """Read a message; AssertionError when its shape is no message's."""
        head, blank, body = data.partition(b"\r\n\r\n")
        assert blank, data
        start, *lines = _FOLD.sub(" ", head.decode()).split("\r\n")
        fields = []
        for line in lines:
            name, colon, value = line.partition(":")
            assert colon, line
            fields.append((name.strip().lower(), value.strip()))
        found = cls(start, tuple(fields), body.decode(), time.monotonic(), source, len(data))
        assert found.header("content-length") == str(len(body)), data
        return found

    @property
    def is_response(self) -> bool:
        """Whether it is a response."""
        return self.start.startswith("SIP/2.0 ")

    @property
    def status(self) -> int:
        """The status code, 0 for a request."""
        return int(self.start.split()[1]) if self.is_response else 0

    @property
    def method(self) -> str:
        """The method of the request, or of the request that is answered."""
        return self.header("cseq").split()[1]

    @property
    def uri(self) -> str:
        """The Request-URI."""
        return self.start.split()[1]

    @property
    def branch(self) -> str:
        """The branch of the top Via."""
        found = re.search(r"branch=([^;, ]+)", self.header("via"))
        assert found, self.header("via")
        return found[1]

    @property
    def contact(self) -> str:
        """The URI in Contact."""
        return self.header("contact").partition("<")[2].partition(">")[0]

    def header(self, name: str) -> str:
        """Return the first value of a header; AssertionError when there is none."""
        values = self.all(name)
        assert values, f"no {name} in {self.start}"
        return values[0]

    def all(self, name: str) -> list[str]:
        """Return all values of a header."""
        return [value for key, value in self.lines if key == name.lower()]

    def tag(self, name: str) -> str:
        """Return the one tag of From or To; AssertionError when there is not exactly one."""
        found = re.findall(r";tag=([^;> ]+)", self.header(name))
        assert len(found) == 1, self.header(name)
        return str(found[0])

    def sdp_lines(self, prefix: str) -> list[str]:
        """Return the lines of the description that begin so."""
        return [line for line in self.body.split("\r\n") if line.startswith(prefix)]

    @property
    def sound(self) -> tuple[str, int]:
        """Where the description wants sound."""
        host = self.sdp_lines("c=")[0].split()[-1]
        return host, int(self.sdp_lines("m=audio")[0].split()[1])


@dataclass
class RawPeer:
    """One socket that talks to the node.

    `heard` holds what nobody has expected yet, `invites` every INVITE heard, by branch.
    """

    host: str
    target: tuple[str, int]
    port: int = 0
    heard: list[Message] = field(default_factory=list)
    invites: dict[str, Message] = field(default_factory=dict)
    transport = "UDP"

    def __post_init__(self) -> None:
        """Open the socket."""
        self.socket = self._open()
        self.port = self.socket.getsockname()[1]

    def _open(self) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.bind((self.host, self.port))
        return opened

    def __enter__(self) -> RawPeer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()

    def via(self, branch: str | None = None, parameters: str = ";rport") -> str:
        """Return a Via value of this peer, by default with a new branch."""
        name = branch or unique("z9hG4bK")
        return f"SIP/2.0/{self.transport} {self.host}:{self.port};branch={name}{parameters}"

    def send(self, message: str | bytes) -> None:
        """Send a message, or anything else."""
        data = message.encode() if isinstance(message, str) else message
        self._send(data)

    def _send(self, data: bytes) -> None:
        self.socket.sendto(data, self.target)

    def listen(self, seconds: float) -> None:
        """Hear what arrives within `seconds`."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._hear(left)

    def _hear(self, timeout_s: float) -> None:
        for message in self._receive(timeout_s):
            self.heard.append(message)
            if not message.is_response and message.method == "INVITE":
                self.invites[message.branch] = message

    def _receive(self, timeout_s: float) -> list[Message]:
        self.socket.settimeout(timeout_s)
        try:
            data, source = self.socket.recvfrom(65536)
        except (TimeoutError, ConnectionRefusedError):
            return []
        return [Message.parse(data, source)]

    def expect(
        self,
        what: str | int,
        *,
        method: str | None = None,
        call_id: str | None = None,
        timeout_s: float = ANSWER_S,
    ) -> Message:
        """Return the first request (a method) or response (a status, 0: any) not expected yet."""
        deadline = time.monotonic() + timeout_s
        while True:
            for message in self.heard:
                if _fits(message, what, method, call_id):
                    self.heard.remove(message)
                    return message
            left = deadline - time.monotonic()
            if left <= 0:
                starts = [message.start for message in self.heard]
                raise AssertionError(f"not in {timeout_s} s: {what}; heard {starts}")
            self._hear(min(left, _STEP_S))

    def count(
        self,
        what: str | int,
        within_s: float,
        *,
        method: str | None = None,
        call_id: str | None = None,
    ) -> int:
        """Listen for a while and return how many have come; they stay unexpected."""
        self.listen(within_s)
        return sum(_fits(message, what, method, call_id) for message in self.heard)


def _fits(message: Message, what: str | int, method: str | None, call_id: str | None) -> bool:
    if isinstance(what, str):
        found = not message.is_response and message.method == what
    else:
        found = message.is_response and (what in (0, message.status))
    return (
        found
        and (method is None or message.method == method)
        and (call_id is None or message.header("call-id") == call_id)
    )


class RawStream(RawPeer):
    """A TCP connection to the node."""

    transport = "TCP"

    def __post_init__(self) -> None:
        """Connect."""
        super().__post_init__()
        self._pending = b""

    def _open(self) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        opened.bind((self.host, self.port))
        opened.connect(self.target)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened

    def _send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self, timeout_s: float) -> bytes:
        """Return bytes as they come, b"" when none did or the connection is closed."""
        self.socket.settimeout(timeout_s)
        try:
            return self.socket.recv(65536)
        except (TimeoutError, ConnectionResetError):
            return b""

    def is_closed(self, timeout_s: float = ANSWER_S) -> bool:
        """Whether the node closes the connection within `timeout_s`."""
        self.socket.settimeout(timeout_s)
        try:
            return self.socket.recv(65536) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def _receive(self, timeout_s: float) -> list[Message]:
        self._pending += self.read(timeout_s)
        found = []
        while b"\r\n\r\n" in self._pending:
            head, _, rest = self._pending.partition(b"\r\n\r\n")
            length = re.search(rb"(?im)^content-length: *(\d+)", head)
            assert length, head
            size = int(length[1])
            if len(rest) < size:
                break
            found.append(Message.parse(head + b"\r\n\r\n" + rest[:size], self.target))
            self._pending = rest[size:]
        return found


def request(
    method: str,
    uri: str,
    *,
    via: str,
    from_: str,
    to: str,
    call_id: str,
    cseq: int,
    headers: Iterable[str] = (),
    body: str = "",
    content_type: str = "application/sdp",
    max_forwards: int = 70,
) -> str:
    """Return a request as text; `headers` are whole lines."""
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: {via}",
        f"Max-Forwards: {max_forwards}",
        f"From: {from_}",
        f"To: {to}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        *headers,
    ]
    if body:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join([*lines, f"Content-Length: {len(body.encode())}", "", body])


class Leg:
    """One dialog of the scripted peer, in either role."""

    def __init__(
        self, peer: RawPeer, *, call_id: str, local: str, remote: str, target: str
    ) -> None:
        """Begin; `local` and `remote` are From and To of the peer's own requests."""
        self.peer = peer
        self.call_id = call_id
        self.local = local
        self.remote = remote
        self.target = target
        self.cseq = 1
        self.branch = ""
        self.routes: list[str] = []

    @classmethod
    def calling(
        cls, peer: RawPeer, called: str, *, caller: str = "+8613800000001", node: str = ""
    ) -> Leg:
        """Return a leg that is going to call a number at the node."""
        where = node or f"{peer.target[0]}:{peer.target[1]}"
        return cls(
            peer,
            call_id=unique("call"),
            local=f"<sip:{caller}@{peer.host}>;tag={unique('t')}",
            remote=f"<sip:{called}@{where}>",
            target=f"sip:{called}@{where}",
        )

    @property
    def contact(self) -> str:
        """The peer's Contact line."""
        tail = ";transport=tcp" if self.peer.transport == "TCP" else ""
        return f"Contact: <sip:peer@{self.peer.host}:{self.peer.port}{tail}>"

    def text(
        self,
        method: str,
        *,
        cseq: int | None = None,
        branch: str | None = None,
        headers: Iterable[str] = (),
        body: str = "",
        content_type: str = "application/sdp",
        max_forwards: int = 70,
        via: str | None = None,
    ) -> str:
        """Return a request of this leg as text."""
        self.branch = branch or unique("z9hG4bK")
        contact = [self.contact] if method in ("INVITE", "UPDATE") else []
        routes = [f"Route: {route}" for route in self.routes]
        return request(
            method,
            self.target,
            via=via or self.peer.via(self.branch),
            from_=self.local,
            to=self.remote,
            call_id=self.call_id,
            cseq=self.cseq if cseq is None else cseq,
            headers=[*routes, *contact, *headers],
            body=body,
            content_type=content_type,
            max_forwards=max_forwards,
        )

    def invite(self, body: str = "", *, headers: Iterable[str] = ()) -> str:
        """Send an INVITE, or a re-INVITE, and return its text."""
        text = self.text("INVITE", headers=headers, body=body)
        self.peer.send(text)
        return text

    def send(
        self,
        method: str,
        *,
        headers: Iterable[str] = (),
        body: str = "",
        content_type: str = "application/sdp",
        max_forwards: int = 70,
    ) -> str:
        """Send a request with the next number and return its text."""
        self.cseq += 1
        text = self.text(
            method,
            headers=headers,
            body=body,
            content_type=content_type,
            max_forwards=max_forwards,
        )
        self.peer.send(text)
        return text

    def ack(self, answer: Message, body: str = "") -> str:
        """Acknowledge an answer to our INVITE, and return the ACK."""
        self.remote = answer.header("to")
        is_success = 200 <= answer.status < 300
        if is_success:
            self.target = answer.contact
            self.routes = list(reversed(answer.all("record-route")))
        branch = None if is_success else answer.branch
        cseq = int(answer.header("cseq").split()[0])
        text = self.text("ACK", cseq=cseq, branch=branch, body=body)
        self.peer.send(text)
        return text

    def cancel(self) -> str:
        """Take the INVITE back that was sent last, and return the CANCEL."""
        text = self.text("CANCEL", branch=self.branch)
        self.peer.send(text)
        return text

    def expect(
        self, what: str | int, *, method: str | None = None, timeout_s: float = ANSWER_S
    ) -> Message:
        """Return the next message of this leg that fits."""
        return self.peer.expect(what, method=method, call_id=self.call_id, timeout_s=timeout_s)

    def count(self, what: str | int, within_s: float, *, method: str | None = None) -> int:
        """Return how many messages of this leg fit, after listening for a while."""
        return self.peer.count(what, within_s, method=method, call_id=self.call_id)

    @classmethod
    def called(cls, peer: RawPeer, invite: Message) -> Leg:
        """Return the leg that an INVITE of the node begins."""
        leg = cls(
            peer,
            call_id=invite.header("call-id"),
            local=f"{invite.header('to')};tag={unique('t')}",
            remote=invite.header("from"),
            target=invite.contact,
        )
        leg.cseq = 100
        return leg

    def answer(
        self,
        message: Message,
        status: int,
        *,
        headers: Iterable[str] = (),
        body: str = "",
        to: str | None = None,
        contact: str | None = None,
    ) -> str:
        """Answer a request of the node and return the text."""
        text = response(
            message,
            status,
            to=to or (message.header("to") if ";tag=" in message.header("to") else self.local),
            headers=[contact or self.contact, *headers],
            body=body,
        )
        self.peer.send(text)
        return text


def response(
    message: Message, status: int, *, to: str, headers: Iterable[str] = (), body: str = ""
) -> str:
    """Return an answer to a request as text."""
    lines = [
        f"SIP/2.0 {status} Scripted",
        *(f"Via: {via}" for via in message.all("via")),
        *(f"Record-Route: {route}" for route in message.all("record-route")),
        f"From: {message.header('from')}",
        f"To: {to}",
        f"Call-ID: {message.header('call-id')}",
        f"CSeq: {message.header('cseq')}",
        *headers,
    ]
    if body:
        lines.append("Content-Type: application/sdp")
    return "\r\n".join([*lines, f"Content-Length: {len(body.encode())}", "", body])
