"""Telephones and the routes to them: sessions that keep the contract of `voicegw.sip.session`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_network
from typing import Any, cast

from voicegw.calls.ports import Target
from voicegw.errors import SipStateError
from voicegw.identity import Presentation
from voicegw.model.call import PHONE
from voicegw.sip.events import (
    EndedBy,
    InfoDigit,
    ReferReceived,
    ReofferAnswered,
    ReofferReceived,
    ReofferRefused,
    SessionAnswered,
    SessionConfirmed,
    SessionEnded,
    SessionEvent,
    SessionListener,
    SessionProgressed,
)
from voicegw.sip.grammar import URI
from voicegw.sip.message import Request, parse
from voicegw.sip.refer import Referral
from voicegw.sip.snapshot import SessionSnapshot, SnapshotRole
from voicegw.sip.trunk import PhoneSource, Trunk, TrunkSource
from voicegw.sip.wire import Peer

HOTLINE_NUMBER = "+862162340000"
CUSTOMER_NUMBER = "+8613800138000"
MANAGER_NUMBER = "+8613900139000"
SDP = "v=0 good"


UDP_PEER = Peer("udp", "127.0.0.1", 5060)
TLS_PEER = Peer("tls", "127.0.0.1", 5061)


class FakeReferral:
    """A REFER: `told` is what the telephone has been answered and notified of."""

    def __init__(self, user: str) -> None:
        self.target = URI("sip", "gateway.invalid", user or None)
        self.told: list[tuple[str, int]] = []

    def accept(self) -> None:
        self.told.append(("accept", 202))

    def refuse(self, status: int) -> None:
        self.told.append(("refuse", status))

    def progress(self, status: int) -> None:
        self.told.append(("progress", status))

    def finish(self, status: int) -> None:
        self.told.append(("finish", status))


class FakeSession:
    """What both sides of an INVITE have in common. Exactly one SessionEnded, nothing after it."""

    role: SnapshotRole

    def __init__(self, listener: SessionListener | None) -> None:
        self.id = f"session-{id(self):x}"
        self.call_id = f"{self.id}@gateway.invalid"
        self.peer = UDP_PEER
        self.listener = listener
        self.on_snapshot: Callable[[SessionSnapshot], None] | None = None
        self.state = "new"
        self.answered = False
        self.commands: list[tuple[Any, ...]] = []
        self.ended_with: SessionEnded | None = None
        self.ended_text: str | None = None
        """What our CANCEL or BYE says of why (RFC 3326)."""
        self.reoffers = 0

    @property
    def is_caller(self) -> bool:
        return self.role is SnapshotRole.UAC

    @property
    def over(self) -> bool:
        return self.ended_with is not None

    def said(self, name: str) -> list[tuple[Any, ...]]:
        """Return the commands with this name."""
        return [command for command in self.commands if command[0] == name]

    def emit(self, event: SessionEvent) -> None:
        if self.listener is not None:
            self.listener(event)

    def snapshot(self) -> SessionSnapshot:
        return SessionSnapshot(
            role=self.role,
            confirmed=self.answered,
            request="INVITE sip:x SIP/2.0\r\n\r\n",
            transport="udp",
            peer_host="127.0.0.1",
            peer_port=5060,
        )

    def changed(self) -> None:
        if self.on_snapshot is not None and not self.over:
            self.on_snapshot(self.snapshot())

    def finish(self, event: SessionEnded) -> None:
        if self.over:
            return
        self.ended_with = event
        self.state = "ended"
        self.emit(event)
        self.listener = None
        self.on_snapshot = None

    def answer_reoffer(self, sdp: str) -> None:
        self.commands.append(("answer_reoffer", sdp))
        self.reoffers = max(0, self.reoffers - 1)

    def refuse_reoffer(self, status: int) -> None:
        self.commands.append(("refuse_reoffer", status))
        self.reoffers = max(0, self.reoffers - 1)

    def reoffer(self, sdp: str) -> None:
        if self.over:
            return
        if self.state not in ("answered", "confirmed"):
            raise SipStateError("a re-offer needs an answered session")
        self.commands.append(("reoffer", sdp))

    # What the far end does.

    def take_reoffer(self, sdp: str) -> None:
        """The far end accepts our re-INVITE with `sdp`."""
        self.emit(ReofferAnswered(sdp))

    def decline_reoffer(self, status: int = 488) -> None:
        """The far end refuses our re-INVITE."""
        self.emit(ReofferRefused(status))

    def reinvite(self, sdp: str | None) -> None:
        """The far end sends a re-INVITE; None: it asks for our offer."""
        if self.state == "confirmed":
            self.reoffers += 1
            self.emit(ReofferReceived(sdp))

    def refer(self, user: str) -> FakeReferral:
        """The far end wants to hand its talk on to `user`."""
        referral = FakeReferral(user)
        self.emit(ReferReceived(cast(Referral, referral)))
        return referral

    def press_info(self, digit: str) -> None:
        """The far end sends a digit by INFO."""
        if self.state == "confirmed":
            self.emit(InfoDigit(digit))

    def bye(self, q850: int | None = 16) -> None:
        """The far end hangs up."""
        if self.answered:
            self.finish(SessionEnded(EndedBy.REMOTE, 200, answered=True, q850=q850))

    def vanish(self) -> None:
        """The network to the far end fails."""
        if not self.over:
            self.finish(SessionEnded(EndedBy.NETWORK, 408, answered=self.answered))


class FakeUac(FakeSession):
    """A call that the gateway makes."""

    role = SnapshotRole.UAC

    def __init__(
        self,
        listener: SessionListener,
        *,
        target: Target,
        presentation: Presentation,
        sdp: str,
        route: FakeRoute,
    ) -> None:
        super().__init__(listener)
        self.state = "prepared"
        self.target = target
        self.presentation = presentation
        self.sdp = sdp
        self.route = route
        self.prepared_at_s = asyncio.get_running_loop().time()
        self.answered_at_s: float | None = None

    def send(self) -> None:
        if self.over:
            return
        if self.state != "prepared":
            raise SipStateError("the INVITE has been sent")
        assert self.on_snapshot is not None, "an INVITE left before the journal knew of it"
        self.commands.append(("send",))
        self.state = "calling"

    def end(
        self, *, status: int | None = None, q850: int | None = None, text: str | None = None
    ) -> None:
        self.commands.append(("end", status, q850))
        self.ended_text = text
        if self.state == "prepared":
            self.finish(SessionEnded(EndedBy.LOCAL, 487, answered=False))
        elif self.state in ("calling", "proceeding"):
            self.state = "cancelling"
        elif self.state == "confirmed":
            self.finish(SessionEnded(EndedBy.LOCAL, 200, answered=True, q850=q850))

    # What the far end does.

    def progress(self, status: int = 180, sdp: str | None = None) -> None:
        if self.state in ("calling", "proceeding"):
            self.state = "proceeding"
            self.emit(SessionProgressed(status, sdp))

    def silence(self) -> None:
        """The telephone that sent early media has given up; others ring on."""
        self.emit(SessionProgressed(199, silenced=True))

    def pick_up(self, sdp: str | None = SDP) -> None:
        """A 200; one that crosses our CANCEL ends the session at once."""
        if self.state == "cancelling":
            self.finish(SessionEnded(EndedBy.LOCAL, 487, answered=False))
        elif self.state in ("calling", "proceeding"):
            self.state = "confirmed"
            self.answered = True
            self.answered_at_s = asyncio.get_running_loop().time()
            self.changed()
            self.emit(SessionAnswered(sdp))

    def refuse(self, status: int, q850: int | None = None, contacts: tuple[str, ...] = ()) -> None:
        if self.state == "cancelling":
            self.finish(SessionEnded(EndedBy.LOCAL, 487, answered=False, q850=q850))
        elif self.state in ("calling", "proceeding"):
            self.finish(
                SessionEnded(EndedBy.REMOTE, status, answered=False, q850=q850, contacts=contacts)
            )


class FakeUas(FakeSession):
    """A call that came in."""

    role = SnapshotRole.UAS

    def __init__(
        self,
        *,
        caller: str | None = CUSTOMER_NUMBER,
        dialled: str = HOTLINE_NUMBER,
        sdp: str | None = SDP,
        phone: str | None = None,
        headers: Sequence[str] = (),
        max_forwards: int | None = 70,
    ) -> None:
        super().__init__(None)
        self.state = "incoming"
        self.remote_sdp = sdp
        self.source = TrunkSource(TRUNK) if phone is None else PhoneSource(phone)
        self.invite = _invite(caller, dialled, headers)
        if max_forwards is None:
            self.invite.headers.remove("Max-Forwards")
        else:
            self.invite.headers.set("Max-Forwards", max_forwards)
        self._wish: tuple[int | None, int | None] | None = None
        self.final_status: int | None = None
        self.final_headers: dict[str, str] = {}

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        if self.over:
            return
        if self.state not in ("incoming", "ringing"):
            raise SipStateError("ringing comes before the answer")
        self.state = "ringing"
        self.commands.append(("ring", status, sdp))

    def answer(self, sdp: str) -> None:
        if self.over:
            return
        if self.state not in ("incoming", "ringing"):
            raise SipStateError("the session is answered already")
        self.commands.append(("answer", sdp))
        self.state = "answered"
        self.answered = True
        self.changed()

    def reject(
        self, status: int, reason: str | None = None, headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        if self.over:
            return
        if self.state not in ("incoming", "ringing"):
            raise SipStateError("a refusal comes before the answer")
        self.commands.append(("reject", status))
        self.final_headers = dict(headers)
        self._refuse(status)

    def end(
        self, *, status: int | None = None, q850: int | None = None, text: str | None = None
    ) -> None:
        self.commands.append(("end", status, q850))
        if self.state in ("incoming", "ringing"):
            self._refuse(status or 480)
        elif self.state == "answered":
            self._wish = self._wish or (status, q850)
        elif self.state == "confirmed":
            self.finish(SessionEnded(EndedBy.LOCAL, 200, answered=True, q850=q850))

    def _refuse(self, status: int) -> None:
        self.final_status = status
        self.finish(SessionEnded(EndedBy.LOCAL, status, answered=False))

    # What the far end does.

    def ack(self, sdp: str | None = None) -> None:
        if self.state == "answered":
            self.state = "confirmed"
            if self._wish is not None:
                self.finish(SessionEnded(EndedBy.LOCAL, 200, answered=True, q850=self._wish[1]))
            else:
                self.emit(SessionConfirmed(sdp))

    def cancel(self) -> None:
        if self.state in ("incoming", "ringing"):
            self.finish(SessionEnded(EndedBy.REMOTE, 487, answered=False))


def _invite(caller: str | None, dialled: str, headers: Sequence[str]) -> Request:
    user = caller or "anonymous"
    lines = [
        f"INVITE sip:{dialled}@127.0.0.1 SIP/2.0",
        "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1",
        f"From: <sip:{user}@carrier.invalid>;tag=1",
        f"To: <sip:{dialled}@127.0.0.1>",
        "Call-ID: one@127.0.0.1",
        "CSeq: 1 INVITE",
        "Max-Forwards: 70",
        *headers,
        "Content-Length: 0",
        "",
        "",
    ]
    request = parse("\r\n".join(lines).encode())
    assert isinstance(request, Request)
    return request


TRUNK = Trunk(
    name="carrier",
    host="127.0.0.1",
    port=5060,
    sources=(ip_network("127.0.0.0/8"),),
)


class FakeRoute:
    """A trunk with a limited number of places."""

    def __init__(self, name: str, made: list[FakeUac], places: int = 1000) -> None:
        self.name = name
        self.peer = UDP_PEER
        self.codecs: Sequence[str] | None = None
        self.places = places
        self.taken = 0
        self._made = made

    delay_s = 0.0

    def serves(self, host: str) -> bool:
        return host == f"{self.name}.invalid"

    def take(self) -> bool:
        if self.taken >= self.places:
            return False
        self.taken += 1
        return True

    def give_back(self) -> None:
        assert self.taken > 0, "a place was given back twice"
        self.taken -= 1

    def prepare(
        self, target: Target, presentation: Presentation, sdp: str, listener: SessionListener
    ) -> Any:
        assert self.taken > 0, "a call was prepared without a place"
        session = FakeUac(listener, target=target, presentation=presentation, sdp=sdp, route=self)
        self._made.append(session)
        return session


class FakeRouter:
    """Two trunks and one registered contact by default; fails over on 5xx and lost networks."""

    def __init__(self) -> None:
        self.made: list[FakeUac] = []
        self.broken = False
        """Whether looking for a way fails."""
        self.room_left: int | None = None
        self.delay_s = 0.0
        self.full = False
        self.reserved = 0
        self.arrived = 0
        self.listed = frozenset({"opus", "G722", "PCMA", "PCMU"})
        self.trunks = [FakeRoute("first", self.made), FakeRoute("second", self.made)]
        self.contacts = [FakeRoute(PHONE, self.made)]

    def routes(self, target: Target, presentation: Presentation) -> Sequence[FakeRoute]:
        if self.broken:
            raise RuntimeError("a defect")
        return list(self.trunks if target.aor is None else self.contacts)

    def trunk_codecs(self) -> frozenset[str]:
        return self.listed

    def reserve(self, numbers: Sequence[str], presentation: Presentation) -> FakeRouter | None:
        if not self.trunks or (self.room_left is not None and self.room_left < len(numbers)):
            return None
        self.reserved += 1
        return self

    def give_back(self) -> None:
        self.reserved -= 1

    def has_room(self, numbers: Sequence[str], presentation: Presentation) -> bool:
        return bool(self.trunks) and (self.room_left is None or self.room_left >= len(numbers))

    def arrive(self, trunk: Trunk) -> bool:
        if self.full:
            return False
        self.arrived += 1
        return True

    def depart(self, trunk: Trunk) -> None:
        self.arrived -= 1

    def may_fail_over(self, ended: SessionEnded) -> bool:
        return ended.by is EndedBy.NETWORK or 500 <= ended.status < 600
