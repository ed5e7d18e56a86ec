"""A core with a trunk, a registrar and running calls, under messages with faults in them.

Everything is drawn from one seed, so that what fails can be played again.
"""

from __future__ import annotations

import gc
import logging
import random
from collections import Counter, deque
from typing import Final

from tests.parts.mutation import mutated
from tests.unit.sip.agents import ANSWER, THEM, Clock, FarEnd, in_dialog, make_agent, spec_for
from tests.unit.sip.agents import invite_text as caller_invite
from tests.unit.sip.torture import OWN
from voicegw.errors import SipStateError
from voicegw.sip.admission import Defence
from voicegw.sip.bans import BanRules, Bans
from voicegw.sip.digest import Credentials, authorization, parse_challenges
from voicegw.sip.message import Request, Response, parse, response_to
from voicegw.sip.registrar import Registrar
from voicegw.sip.session import Session, SessionState
from voicegw.sip.session_uas import UasSession
from voicegw.sip.wire import Peer

PHONE: Final = Peer("udp", "198.51.100.7", 40000)
CONNECTION: Final = Peer("tcp", "198.51.100.8", 40001, 5)
_MOST_CALLS: Final = 12
_FAULTY: Final = 0.75
"""How many messages have faults: sound ones keep the calls going that the others hit."""
_BOUNDED: Final = frozenset({"voicegw.sip.grammar", "voicegw.sip.bans"})
_STATUSES: Final = (100, 180, 183, 200, 200, 202, 302, 401, 407, 422, 481, 486, 491, 500, 503, 603)
_METHODS: Final = (
    "ACK", "BYE", "CANCEL", "INVITE", "UPDATE", "INFO", "PRACK", "OPTIONS", "REFER", "NOTIFY",
)  # fmt: skip


class _Errors(logging.Handler):
    """Keeps what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(self.format(record))


class MutatedCore:
    """Sends mutated messages into a core; see :meth:`run`. An exception of the core's is a failure.

    `errors` are the lines of the log at ERROR or above; `sent` counts messages by what they were
    made from.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.clock = Clock()
        self.errors = _Errors()
        self.sent: Counter[str] = Counter()
        self.agent = make_agent(
            self.clock,
            registrar=Registrar(
                realm="gw", passwords={"alice": "s", "user": "s"}, rng=random.Random(seed + 1)
            ),
            sources=("127.0.0.0/8",),
            # A few sources make a full table, so that what it holds later is no growth.
            defence=Defence(bans=Bans(BanRules(max_sources=10))),
        )
        self.agent.user.on_offer = self._offered
        self.far = FarEnd(self.agent, self.clock)
        self._asked: deque[bytes] = deque(maxlen=20)
        self._answered: deque[bytes] = deque(maxlen=20)
        self._live: list[Session] = []

    def run(self, count: int) -> None:
        """Send `count` messages, let time pass between them, and run calls beside them."""
        core = self.agent.core
        logger = logging.getLogger("voicegw")
        logger.addHandler(self.errors)
        try:
            for number in range(count):
                kind, data = self._message()
                if self.rng.random() < _FAULTY:
                    data = mutated(data, self.rng)
                self.sent[kind] += 1
                core.receive(data, self._peer(kind), self.clock.now)
                self._hear()
                if number % 10 == 0:
                    self._command()
                    self._pass(self.rng.choice((0, 0.05, 0.5, 4)))
        finally:
            logger.removeHandler(self.errors)

    def settle(self) -> None:
        """End every call and let time pass until nothing can be under way."""
        for _ in range(3):
            for session in self._live:
                session.end()
            for _ in range(60):
                self._pass(2)
        self._live.clear()
        self._asked.clear()
        self._answered.clear()
        self.agent.user.offered.clear()
        self.agent.user.events.clear()
        # Bindings that a message left by chance expire too.
        self._pass(4000)

    def census(self) -> Counter[str]:
        """Return how many objects of signalling there are, by class.

        Left out are caches and tables that are bounded: values of headers, and bans.
        """
        gc.collect()
        kinds = (type(one) for one in gc.get_objects())
        # Not every type names its module by a string.
        names = ((str(kind.__module__), kind.__qualname__) for kind in kinds)
        return Counter(
            f"{module}.{name}"
            for module, name in names
            if module.startswith("voicegw.sip.") and module not in _BOUNDED
        )

    # What is sent

    def _message(self) -> tuple[str, bytes]:
        kind = self.rng.choice(
            (
                "torture",
                "invite",
                "invite",
                "register",
                "echo",
                "answer",
                "answer",
                "dialog",
                "dialog",
            )
        )
        found: bytes | None = None
        if kind == "invite":
            found = self._invite()
        elif kind == "register":
            found = self._register()
        elif kind in {"answer", "dialog"}:
            found = self._reaction(kind)
        elif kind == "echo" and (recent := [*self._asked, *self._answered]):
            found = self.rng.choice(recent)
        return (kind, found) if found else ("torture", OWN[self.rng.choice(sorted(OWN))])

    def _invite(self) -> bytes:
        text = caller_invite(self.far, cseq=self.rng.randint(1, 100))
        return text.replace("call-1", f"call-{self.rng.randrange(10**6)}").encode()

    def _register(self) -> bytes:
        head = (
            "REGISTER sip:gw SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=BRANCH;rport\r\n"
            "Max-Forwards: 70\r\nFrom: <sip:alice@gw>;tag=1\r\nTo: <sip:alice@gw>\r\n"
            f"Call-ID: reg\r\nCSeq: {self.rng.randint(1, 10**6)} REGISTER\r\n"
            "Contact: <sip:alice@198.51.100.7:40000>;expires=300\r\n"
        )
        challenge = self._challenge(head)
        if challenge is not None:
            head += f"Authorization: {challenge}\r\n"
        return head.replace("BRANCH", self.far.branch()).encode() + b"\r\n"

    def _challenge(self, head: str) -> str | None:
        """Have the core challenge a REGISTER and return the answer to that."""
        core = self.agent.core
        core.receive(head.replace("BRANCH", self.far.branch()).encode() + b"\r\n", PHONE, self._now)
        for _, data in core.take_transmissions():
            found = parse(data)
            values = found.headers.get_all("WWW-Authenticate")
            if values:
                return authorization(
                    parse_challenges(values)[-1],
                    Credentials("alice", "wrong" if self.rng.random() < 0.1 else "s"),
                    method="REGISTER",
                    uri="sip:gw",
                    cnonce="ab",
                )
        return None

    def _reaction(self, kind: str) -> bytes | None:
        """Return an answer to something the core has asked, or a request within its dialogs."""
        recent = self._asked if kind == "answer" else self._answered
        if not recent:
            return None
        message = parse(self.rng.choice(recent))
        if kind == "answer" and isinstance(message, Request):
            status = self.rng.choice(_STATUSES)
            contact = () if self.rng.random() < 0.1 else (("Contact", "<sip:far@127.0.0.2:5060>"),)
            body = ANSWER.encode() if status in {183, 200} else b""
            headers = (*contact, *((("Content-Type", "application/sdp"),) if body else ()))
            return bytes(response_to(message, status, to_tag="far", headers=headers, body=body))
        if kind == "dialog" and isinstance(message, Response) and message.contacts:
            method, number = self.rng.choice(_METHODS), self.rng.randint(1, 200)
            return in_dialog(self.far, method, message, number).encode()
        return None

    def _peer(self, kind: str) -> Peer:
        chance = self.rng.random()
        if kind == "register" and chance < 0.9:
            return PHONE
        if chance < 0.75:
            return THEM
        if chance < 0.85:
            return PHONE
        if chance < 0.9:
            return CONNECTION
        return Peer("udp", f"203.0.113.{self.rng.randrange(256)}", 5060)

    # What the core's side does meanwhile

    @property
    def _now(self) -> float:
        return self.clock.now

    def _hear(self) -> None:
        for _, data in self.agent.core.take_transmissions():
            if not data.startswith(b"SIP/2.0 "):
                self._asked.append(data)
            elif b"\r\nContact: " in data:
                self._answered.append(data)

    def _pass(self, seconds: float) -> None:
        self.clock.now += seconds
        self.agent.core.handle_timer(self.clock.now)
        self._hear()

    def _offered(self, session: UasSession) -> None:
        self._live.append(session)
        chance = self.rng.random()
        if chance < 0.6:
            session.ring()
        if chance < 0.4:
            session.answer(ANSWER)
        elif chance > 0.9:
            session.reject(486)

    def _command(self) -> None:
        core = self.agent.core
        self._live = [one for one in self._live if one.state is not SessionState.ENDED]
        if len(core) < _MOST_CALLS or self.rng.random() < 0.5:
            self._live.append(core.invite(spec_for(), self.agent.events.append))
        session = self.rng.choice(self._live)
        chance = self.rng.random()
        try:
            if chance < 0.2 and session.answered:
                session.reoffer(ANSWER)
            elif chance < 0.4:
                session.answer_reoffer(ANSWER)
            elif chance < 0.6 and session.answered:
                session.send_info_digit("5")
        except SipStateError:
            self.sent["commands refused"] += 1
        if len(core) > _MOST_CALLS:
            self._live[0].end()
        self.agent.user.offered.clear()
        self.agent.events.clear()
