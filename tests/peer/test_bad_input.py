"""What no telephone should send: the node answers 400 or nothing, counts it and stays healthy."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

import pytest

from tests.parts.lab import CALLER_HOST, HOTLINE, Lab, customer_number, manager_does
from tests.parts.node import wait_for

pytestmark = pytest.mark.peer

INVITE = (
    "INVITE sip:{called}@127.0.0.1 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{number};rport\r\n"
    "From: <sip:+8613800000001@{host}>;tag=t{number}\r\n"
    "To: <sip:{called}@127.0.0.1>\r\n"
    "Call-ID: bad-{number}@{host}\r\n"
    "CSeq: 1 INVITE\r\n"
    "Contact: <sip:caller@{host}:{port}>\r\n"
    "Max-Forwards: 70\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: {length}\r\n\r\n{body}"
)
SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.31\r\ns=-\r\nc=IN IP4 127.0.0.31\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)
MALFORMED = 'voicegw_sip_events_total{event="malformed_dropped",part="agent"}'


@pytest.fixture
def wire(lab: Lab) -> Iterator[socket.socket]:
    """Return a UDP socket of the trunk's network, connected to the node."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind((CALLER_HOST, 0))
    opened.connect(("127.0.0.1", lab.sip_port))
    opened.settimeout(1)
    yield opened
    opened.close()


def invite(wire: socket.socket, number: str, called: str = HOTLINE) -> bytes:
    """Return an INVITE that is as it should be."""
    host, port = wire.getsockname()
    text = INVITE.format(
        called=called, host=host, port=port, number=number, length=len(SDP), body=SDP
    )
    return text.encode()


def answers(wire: socket.socket) -> list[bytes]:
    """Return what comes back until nothing does."""
    found = []
    try:
        while True:
            found.append(wire.recv(65535))
    except TimeoutError:
        return found


@pytest.mark.parametrize(
    "data",
    [
        b"\x01" * 200,
        b"hello\r\n\r\n",
        b"INVITE\r\n\r\n",
        b"INVITE sip:a@b SIP/2.0\r\n\r\n",
        b"\xff\xfe" * 5000,
        b"SIP/2.0 200 OK\r\n\r\n",
        b"SIP/2.0 999999999999999999999 No\r\nCSeq: 1 INVITE\r\n\r\n",
    ],
)
def test_nonsense(lab: Lab, wire: socket.socket, data: bytes) -> None:
    """What can't be read at all is counted and gets 400 at most."""
    before = lab.node.metrics().get(MALFORMED, 0)
    wire.send(data)
    wait_for("counted", lambda: lab.node.metrics().get(MALFORMED, 0) == before + 1)
    wire.settimeout(0.2)
    assert all(answer.startswith(b"SIP/2.0 400 ") for answer in answers(wire))


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"CSeq: 1 INVITE", b"CSeq: one INVITE", b"400"),
        (b"CSeq: 1 INVITE", b"CSeq: 1 BYE", b"400"),
        (b"From: <", b'From: "<', b"400"),
        (b"Max-Forwards: 70", b"Max-Forwards: many", b"400"),
        (b"INVITE sip:", b"INVITE tel:", b"4"),
        (b" SIP/2.0\r\nVia", b" SIP/7.0\r\nVia", b"505"),
        (b"Max-Forwards: 70", b"Max-Forwards: 0", b"483"),
        (b"Max-Forwards: 70", b"Max-Forwards: 70\r\nRequire: teleport", b"420"),
        (b"application/sdp", b"text/plain", b"415"),
        (b"v=0", b"w=0", b"4"),
    ],
)
def test_invite_that_breaks_a_rule(
    lab: Lab, wire: socket.socket, old: bytes, new: bytes, status: bytes
) -> None:
    """Where an answer is possible it says what was wrong; no session is left."""
    message = invite(wire, f"{random.getrandbits(64):x}")
    assert old in message
    wire.send(message.replace(old, new, 1))
    answer = wire.recv(65535)
    if answer.startswith(b"SIP/2.0 100"):
        answer = wire.recv(65535)
    assert answer.startswith(b"SIP/2.0 " + status), answer
    lab.node.assert_nothing_held()


def test_two_thousand_mutated_invites(lab: Lab, wire: socket.socket) -> None:
    """A burst of broken calls leaves nothing behind, and the next good one is served."""
    chance = random.Random(7)
    wire.setblocking(False)
    for number in range(2000):
        message = bytearray(invite(wire, f"m{number}", called="+864008009999"))
        for _ in range(chance.randint(1, 12)):
            mutate(message, chance)
        try:
            wire.send(bytes(message[:65000]))
            wire.recv(65535)
        except (BlockingIOError, ConnectionRefusedError):
            pass
    lab.node.assert_nothing_held(40)
    status, _ = lab.node.request("GET", "/readyz")
    assert status == 200
    assert lab.node.metrics()["voicegw_flow_faults_total"] == 0
    known = lab.node.call_ids()
    carrier = lab.carrier(manager_does("answers_then_hangs_up", 1), calls=1)
    caller = lab.caller("talks_until_hung_up", (customer_number(1), HOTLINE))
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")


def test_nonsense_over_tcp(lab: Lab) -> None:
    """A stream that can't be followed any more is closed; what comes next is served."""
    with socket.create_connection(
        ("127.0.0.1", lab.sip_port), 5, source_address=(CALLER_HOST, 0)
    ) as stream:
        stream.sendall(b"INVITE sip:a@b SIP/2.0\r\nContent-Length: -5\r\n\r\n" + b"\xff" * 70000)
        stream.settimeout(5)
        received = b""
        try:
            while data := stream.recv(65536):
                received += data
        except ConnectionResetError:
            pass
    assert not received or received.startswith(b"SIP/2.0 400 ")
    host, port = CALLER_HOST, 5060
    options = (
        f"OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP {host}:{port};branch=z9hG4bKopt\r\n"
        f"From: <sip:a@{host}>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: opt@{host}\r\n"
        "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
    with socket.create_connection(
        ("127.0.0.1", lab.sip_port), 5, source_address=(CALLER_HOST, 0)
    ) as stream:
        # A request in pieces, after the keep-alive of RFC 5626.
        stream.sendall(b"\r\n\r\n" + options[:30].encode())
        stream.sendall(options[30:].encode())
        stream.settimeout(5)
        answer = b""
        while b"SIP/2.0 200 " not in answer:
            received = stream.recv(65536)
            assert received, answer
            answer += received


def mutate(message: bytearray, chance: random.Random) -> None:
    """Change, drop, double or insert some bytes."""
    place = chance.randrange(len(message))
    match chance.randrange(5):
        case 0:
            message[place] = chance.randrange(256)
        case 1:
            del message[place : place + chance.randint(1, 20)]
        case 2:
            message[place:place] = message[place : place + chance.randint(1, 200)]
        case 3:
            message[place:place] = chance.choice((b"\r\n", b"\r\n\r\n", b"\x00", b'"', b"<", b";"))
        case _:
            message[place:place] = bytes(chance.randrange(256) for _ in range(8))
    if not message:
        message += b"\r\n"
