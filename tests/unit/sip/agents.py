"""Two user agents wired to each other in memory, and a scripted far end, on one fake clock."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from voicegw.sip.admission import Defence
from voicegw.sip.events import SessionEvent, SessionListener
from voicegw.sip.invite_spec import InviteSpec
from voicegw.sip.message import Request, Response, parse, response_to
from voicegw.sip.registrar import Registrar
from voicegw.sip.session_timer import SessionTimerValues
from voicegw.sip.session_uas import UasSession
from voicegw.sip.timers import TimerValues
from voicegw.sip.trunk import SourcePolicy, Trunk, TrunkBook
from voicegw.sip.user_agent import UserAgentCore
from voicegw.sip.wire import Peer

OFFER = "v=0\r\ns=offer\r\n"
ANSWER = "v=0\r\ns=answer\r\n"
US = Peer("udp", "127.0.0.1", 5060)
THEM = Peer("udp", "127.0.0.2", 5060)
STRANGER = Peer("udp", "203.0.113.9", 5060)


@dataclass
class Clock:
    """A clock that moves when told."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class User:
    """Takes what a core tells: sessions offered, events, wishes to flush."""

    accept: bool = True
    offered: list[UasSession] = field(default_factory=list)
    events: list[SessionEvent] = field(default_factory=list)
    flushes: int = 0
    on_offer: Callable[[UasSession], None] | None = None

    def session_offered(self, session: UasSession, now: float) -> SessionListener | None:
        self.offered.append(session)
        if self.on_offer is not None:
            self.on_offer(session)
        return self.events.append if self.accept else None

    def transmissions_ready(self) -> None:
        self.flushes += 1


@dataclass
class Agent:
    """A core with its user and its address."""

    core: UserAgentCore
    user: User
    address: Peer

    @property
    def session(self) -> UasSession:
        return self.user.offered[-1]

    @property
    def events(self) -> list[SessionEvent]:
        return self.user.events


def make_agent(
    clock: Clock,
    address: Peer = US,
    *,
    name: str = "voicegw-test",
    sources: Iterable[str] = ("127.0.0.0/8",),
    registrar: Registrar | None = None,
    seed: int = 1,
    timers: TimerValues | None = None,
    trunk: Trunk | None = None,
    policy: SourcePolicy | None = None,
    session_timers: SessionTimerValues | None = None,
    defence: Defence | None = None,
    large_requests_by_tcp: bool = False,
) -> Agent:
    """Return an agent that takes calls from `sources`, or from whom `policy` says."""
    if trunk is None:
        trunk = Trunk("lab", "127.0.0.2", sources=tuple(ip_network(s) for s in sources))
    user = User()
    core = UserAgentCore(
        user=user,
        user_agent=name,
        contact=lambda _peer: (address.host, address.port),
        sources=policy or SourcePolicy(TrunkBook([trunk]), registrar_enabled=registrar is not None),
        registrar=registrar,
        rng=random.Random(seed),
        clock_monotonic=clock,
        timers=timers,
        session_timers=session_timers,
        defence=defence,
        large_requests_by_tcp=large_requests_by_tcp,
    )
    return Agent(core, user, address)


def spec_for(peer: Peer = THEM, **changes: Any) -> InviteSpec:
    """Return an INVITE to a customer over a trunk."""
    values: dict[str, Any] = {
        "peer": peer,
        "request_uri": f"sip:+8613800138000@{peer.host}:{peer.port}",
        "from_uri": "sip:+862112345678@trunk.example",
        "to_uri": f"sip:+8613800138000@{peer.host}",
        "sdp": OFFER,
        "contact_user": "+862112345678",
        "asserted": (("P-Asserted-Identity", "<sip:+862112345678@trunk.example>"),),
    }
    values.update(changes)
    return InviteSpec(**values)


class Pair:
    """Two agents joined by a wire; `drop(data)` may lose messages."""

    def __init__(
        self,
        *,
        drop: Callable[[bytes], bool] = lambda _data: False,
        session_timers: SessionTimerValues | None = None,
        their_timers: SessionTimerValues | None = None,
    ) -> None:
        self.clock = Clock()
        self.a = make_agent(self.clock, US, seed=1, session_timers=session_timers)
        self.b = make_agent(
            self.clock, THEM, name="other", seed=2, session_timers=their_timers or session_timers
        )
        self.drop = drop
        self.sent: list[bytes] = []

    def settle(self) -> None:
        """Carry messages until both are silent."""
        moved = True
        while moved:
            moved = False
            for agent, other in ((self.a, self.b), (self.b, self.a)):
                for peer, data in agent.core.take_transmissions():
                    moved = True
                    self.sent.append(data)
                    assert (peer.host, peer.port) == (other.address.host, other.address.port)
                    if not self.drop(data):
                        other.core.receive(data, agent.address, self.clock.now)

    def run(self, seconds: float) -> None:
        """Let `seconds` pass, timer by timer."""
        end = self.clock.now + seconds
        self.settle()
        while True:
            due = [t for t in (self.a.core.next_timer(), self.b.core.next_timer()) if t is not None]
            if not due or min(due) > end:
                break
            self.clock.now = max(self.clock.now, min(due))
            self.a.core.handle_timer(self.clock.now)
            self.b.core.handle_timer(self.clock.now)
            self.settle()
        self.clock.now = end


class FarEnd:
    """A core under test and a far end played by the test, message by message."""

    def __init__(self, agent: Agent, clock: Clock, peer: Peer = THEM) -> None:
        self.agent = agent
        self.clock = clock
        self.peer = peer
        self.branches = 0

    def sent(self) -> list[Request | Response]:
        """Return what the core has sent since the last look, parsed."""
        return [parse(data) for _, data in self.agent.core.take_transmissions()]

    def sent_to(self) -> list[tuple[Peer, Request | Response]]:
        """Return what the core has sent and where to."""
        return [(peer, parse(data)) for peer, data in self.agent.core.take_transmissions()]

    def request(self) -> Request:
        """Return the only message sent, a request."""
        (message,) = self.sent()
        assert isinstance(message, Request), message
        return message

    def request_within(self, seconds: float) -> Request:
        """Let time pass until the core sends something; return it, a request."""
        end = self.clock.now + seconds
        core = self.agent.core
        while not (messages := self.sent()):
            due = core.next_timer()
            assert due is not None
            assert due <= end
            self.clock.now = max(due, self.clock.now)
            core.handle_timer(self.clock.now)
        (message,) = messages
        assert isinstance(message, Request), message
        return message

    def response(self) -> Response:
        """Return the last message sent, a response."""
        message = self.sent()[-1]
        assert isinstance(message, Response), message
        return message

    def send(self, message: Request | Response | str | bytes, peer: Peer | None = None) -> None:
        """Bring a message to the core."""
        if isinstance(message, str):
            message = message.replace("\r\n", "\n").replace("\n", "\r\n").encode()
        self.agent.core.receive(bytes(message), peer or self.peer, self.clock.now)

    def reply(
        self,
        request: Request,
        status: int,
        *headers: tuple[str, str],
        tag: str = "far",
        sdp: str | None = None,
        contact: str | None = "<sip:far@127.0.0.2:5060>",
    ) -> Response:
        """Answer a request of the core's and return the answer."""
        fields = list(headers)
        if request.method == "INVITE" and contact is not None and 100 < status < 300:
            fields.append(("Contact", contact))
        if sdp is not None:
            fields.append(("Content-Type", "application/sdp"))
        response = response_to(
            request, status, to_tag=tag, headers=fields, body=(sdp or "").encode()
        )
        self.send(response)
        return response

    def branch(self) -> str:
        """Return a new branch."""
        self.branches += 1
        return f"z9hG4bK-far-{self.branches}"

    def wait(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        end = self.clock.now + seconds
        core = self.agent.core
        while (due := core.next_timer()) is not None and due <= end:
            self.clock.now = max(due, self.clock.now)
            core.handle_timer(self.clock.now)
        self.clock.now = end


INVITE = """\
INVITE sip:+862112345678@127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.2:5060;branch={branch};rport
Max-Forwards: 70
From: <sip:+8613900139000@127.0.0.2>;tag=caller
To: <sip:+862112345678@127.0.0.1>
Call-ID: call-1
CSeq: {cseq} INVITE
Contact: <sip:caller@127.0.0.2:5060>
{extra}Content-Length: {length}

{body}"""


def invite_text(
    far: FarEnd,
    *,
    sdp: str = OFFER,
    extra: str = "Content-Type: application/sdp\n",
    cseq: int = 10,
    branch: str | None = None,
) -> str:
    """Return an INVITE of the far end's."""
    text = INVITE.format(
        branch=branch or far.branch(), cseq=cseq, extra=extra, length=len(sdp), body="{body}"
    )
    return text.replace("\n", "\r\n").replace("{body}", sdp)


def in_dialog(
    far: FarEnd,
    method: str,
    answer: Response,
    cseq: int,
    *,
    extra: str = "",
    body: str = "",
    branch: str | None = None,
) -> str:
    """Return a request of the far end's within the dialog that `answer` made."""
    head = (
        f"{method} {answer.contacts[0].uri} SIP/2.0\n"
        f"Via: SIP/2.0/UDP 127.0.0.2:5060;branch={branch or far.branch()};rport\n"
        "Max-Forwards: 70\n"
        f"From: {answer.header('From')}\n"
        f"To: {answer.header('To')}\n"
        f"Call-ID: {answer.call_id}\n"
        f"CSeq: {cseq} {method}\n"
        "Contact: <sip:caller@127.0.0.2:5060>\n"
        f"{extra}Content-Length: {len(body)}\n\n"
    )
    return head.replace("\n", "\r\n") + body
