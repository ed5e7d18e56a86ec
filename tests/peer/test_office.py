"""An office: two hundred telephones behind one address, one of them with a wrong password."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab, make_raw_lab
from tests.parts.raw_sip import unique
from voicegw.sip.digest import Credentials, authorization, parse_challenges
from voicegw.sip.framing import StreamFramer
from voicegw.sip.message import Response, parse

pytestmark = pytest.mark.peer

PHONES = 200
OFFICES = {"udp": "127.0.0.91", "tcp": "127.0.0.92"}
#: What a telephone waits for an answer that does not come (timer F) is longer than any test.
PATIENCE_S = 8.0
T1_S = 0.5


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawLab]:
    """Return a lab with an account for each telephone, and the defence as it is by default."""
    users = {f"desk{number}": f"secret{number}" for number in range(PHONES)}
    made = make_raw_lab(tmp_path_factory.mktemp("office"), users=users)
    yield made
    made.clear()
    made.close()


@dataclass
class Desk:
    """A telephone: registers, answers one challenge after another, repeats datagrams."""

    number: int
    kind: str
    target: tuple[str, int]
    password: str
    status: int = 0
    wrong: int = 0
    socket: socket.socket = field(init=False)
    _proof: str = ""
    _sent: bytes = b""
    _repeat_at: float = 0.0
    _interval_s: float = T1_S
    _framer: StreamFramer = field(default_factory=StreamFramer)

    def __post_init__(self) -> None:
        kind = socket.SOCK_DGRAM if self.kind == "udp" else socket.SOCK_STREAM
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.bind((OFFICES[self.kind], 0))
        self.socket.connect(self.target)

    def register(self) -> None:
        """Send a REGISTER, with what proof there is."""
        host, port = self.socket.getsockname()
        user = f"desk{self.number}"
        self._sent = (
            "REGISTER sip:voicegw SIP/2.0\r\n"
            f"Via: SIP/2.0/{self.kind.upper()} {host}:{port};branch={unique('z9hG4bK')};rport\r\n"
            f"From: <sip:{user}@voicegw>;tag=1\r\nTo: <sip:{user}@voicegw>\r\n"
            f"Call-ID: {unique()}\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:{user}@{host}:{port}>\r\n{self._proof}Content-Length: 0\r\n\r\n"
        ).encode()
        self._interval_s, self._repeat_at = T1_S, time.monotonic() + T1_S
        self.socket.send(self._sent)

    def repeat(self) -> None:
        """Send it again where that is due (timer E)."""
        if self.kind == "udp" and not self.status and time.monotonic() >= self._repeat_at:
            self._interval_s *= 2
            self._repeat_at += self._interval_s
            self.socket.send(self._sent)

    def hear(self) -> None:
        """Take an answer; what is challenged is answered."""
        data = self.socket.recv(65536)
        for message in self._framer.feed(data) if self.kind == "tcp" else [data]:
            answer = parse(message)
            assert isinstance(answer, Response)
            if answer.status != 401:
                self.status = answer.status
                continue
            self.wrong += bool(self._proof)
            challenge = parse_challenges(answer.headers.get_all("WWW-Authenticate"))[-1]
            proof = authorization(
                challenge,
                Credentials(f"desk{self.number}", self.password),
                method="REGISTER",
                uri="sip:voicegw",
                cnonce="ab",
            )
            self._proof = f"Authorization: {proof}\r\n"
            self.register()


def open_for_business(desks: list[Desk]) -> None:
    """Have all register at once, and go on until all are or patience is at its end."""
    with selectors.DefaultSelector() as ready:
        for desk in desks:
            ready.register(desk.socket, selectors.EVENT_READ, desk)
        for desk in desks:
            desk.register()
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and any(not one.status for one in desks):
            for key, _ in ready.select(0.1):
                key.data.hear()
            for desk in desks:
                desk.repeat()


@pytest.mark.parametrize("kind", OFFICES)
def test_one_wrong_password_keeps_nobody_else_out(lab: RawLab, kind: str) -> None:
    """It came first and went on for long: the others come to a node that knows none of them."""
    wrong = Desk(0, kind, lab.target, "guess")
    bans = lab.count_of("bans")
    wrong.register()
    deadline = time.monotonic() + PATIENCE_S
    while lab.count_of("bans") == bans and time.monotonic() < deadline:
        wrong.hear()
    assert wrong.wrong in (4, 5)
    desks = [Desk(number, kind, lab.target, f"secret{number}") for number in range(1, PHONES)]
    open_for_business(desks)
    for desk in desks:
        desk.socket.close()
    assert [desk.number for desk in desks if desk.status != 200] == []
    wrong.register()
    wait_for("held off", lambda: lab.count_of("banned_dropped") >= 1)
    wrong.socket.close()


def test_after_a_restart_nobody_can_forge_a_ban_of_an_office_that_was_registered(
    lab: RawLab,
) -> None:
    (desk,) = desks = [Desk(1, "udp", lab.target, "secret1")]
    open_for_business(desks)
    assert desk.status == 200
    desk.socket.close()
    lab.lab.node.stop()
    lab.lab.node.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forger:
        forger.bind((OFFICES["udp"], 0))
        for number in range(600):
            forger.sendto(f"REGISTER sip:{number} SIP/2.0\r\n\r\n".encode(), lab.target)
            if number % 100 == 0:
                time.sleep(0.01)
    wait_for("held against nobody", lambda: lab.count_of("scans") >= 500)
    again = Desk(2, "udp", lab.target, "secret2")
    open_for_business([again])
    again.socket.close()
    assert again.status == 200
