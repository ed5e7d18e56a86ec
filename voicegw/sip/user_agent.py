"""The signalling core of a node: all sessions, over all transactions (RFC 3261 §8, §12 to §15).

Sans-IO: it takes `(bytes, peer, now)`, gives back what to send and when to call again, and tells
its user of new sessions. :mod:`voicegw.sip.transport` owns sockets and the clock. Two cores can be
wired to each other in memory.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from voicegw.errors import MalformedMessageError, SipStateError
from voicegw.sip.admission import Admission, Defence
from voicegw.sip.digest import RandomSource
from voicegw.sip.events import SessionListener
from voicegw.sip.exchange import Exchange
from voicegw.sip.grammar import URI
from voicegw.sip.headers import HeaderValue
from voicegw.sip.invite_spec import InviteSpec
from voicegw.sip.large_requests import LargeRequests
from voicegw.sip.message import Request, Response, response_to
from voicegw.sip.orphans import Orphans
from voicegw.sip.own_mark import OwnMark
from voicegw.sip.registrar import Registrar
from voicegw.sip.request_faults import Answer, fault_of, invite_fault_of
from voicegw.sip.session import Session, SessionState, capabilities
from voicegw.sip.session_timer import SessionTimerValues
from voicegw.sip.session_uac import UacSession
from voicegw.sip.session_uas import UasSession
from voicegw.sip.snapshot import SessionSnapshot
from voicegw.sip.timers import Timer, TimerValues
from voicegw.sip.trace import TraceBook, TraceLimits
from voicegw.sip.transaction import (
    ClientTransaction,
    FailureReason,
    InviteServerTransaction,
    ServerFailureReason,
    ServerTransaction,
    TransactionLayer,
    mark_source,
)
from voicegw.sip.trunk import PhoneSource, SourcePolicy
from voicegw.sip.wire import Peer, bracketed

__all__ = ["InviteSpec", "UserAgentCore", "UserAgentUser"]

_log = logging.getLogger(__name__)

_BUSY_RETRY_S: Final = 5
#: What the answer to a challenge adds to a request, about.
_PROOF_BYTES: Final = 300
_FAILURE_STATUS: Final[dict[FailureReason, int]] = {"timeout": 408, "transport": 503}


class UserAgentUser(Protocol):
    """Who owns the calls."""

    def session_offered(self, session: UasSession, now: float) -> SessionListener | None:
        """A new INVITE from a source that may call. `session.source` says who it is.

        Return the listener for its events; None when it has been refused already.
        """
        ...

    def transmissions_ready(self) -> None:
        """Something was queued outside `receive`: the adapter should flush."""
        ...


class TrafficObserver(Protocol):
    """Who wants to know which peers give signs of life."""

    def heard(self, data: bytes, peer: Peer, now: float) -> None:
        """A message came from `peer`, whoever that is."""
        ...

    def lost(self, peer: Peer) -> None:
        """Something for `peer` could not be sent, or its connection is lost."""
        ...


class UserAgentCore:
    """All sessions of a node; `len()` is the number of those that have not ended.

    `counters` holds running totals: `sessions_offered`, `sessions_started`, `malformed_dropped`,
    `challenges`, `strays_ended`, `loops_refused`, `listener_failures`; `sources.counters` what
    strangers sent; the transaction layer's own are in `transactions.counters`.
    """

    def __init__(
        self,
        *,
        user: UserAgentUser,
        user_agent: str,
        contact: Callable[[Peer], tuple[str, int]],
        sources: SourcePolicy,
        registrar: Registrar | None,
        rng: RandomSource,
        clock_monotonic: Callable[[], float],
        timers: TimerValues | None = None,
        session_timers: SessionTimerValues | None = None,
        defence: Defence | None = None,
        large_requests_by_tcp: bool = False,
        trace: TraceBook | None = None,
    ) -> None:
        """`contact` gives our own address as `peer` reaches it; `user_agent` is what we are called.

        With `large_requests_by_tcp` INVITEs too large for a datagram go by TCP where that works.

        `rng` must be a cryptographic source outside tests: tags and branches keep strangers out.
        """
        self.timers = timers or TimerValues()
        self.session_timers = session_timers or SessionTimerValues()
        self.rng = rng
        self.user_agent = user_agent
        self.sources = sources
        self.registrar = registrar
        self.traffic: TrafficObserver | None = None
        self.trace = trace or TraceBook(TraceLimits(messages=0))
        self.counters: Counter[str] = Counter()
        self.transactions = TransactionLayer(self.timers, user=self)
        self._user = user
        self._own_address = contact
        self._clock = clock_monotonic
        self._now = 0.0
        self._depth = 0
        self._live = 0
        self._sessions: dict[tuple[str, str], Session] = {}
        self._mark = OwnMark(rng)
        self._orphans = Orphans(self)
        self._large_requests = LargeRequests(self) if large_requests_by_tcp else None
        self.admission = Admission(
            sources=sources,
            registrar=registrar,
            transactions=self.transactions,
            has_session=lambda call_id, tag: (call_id, tag) in self._sessions,
            counters=self.counters,
            defence=defence or Defence(),
        )

    def __len__(self) -> int:
        """Return the number of live sessions."""
        return self._live

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way any more: no session, no transaction, no orphan."""
        return not (self._sessions or len(self.transactions) or self._orphans)

    @property
    def has_farewells(self) -> bool:
        """Whether a session has not ended, or a BYE or CANCEL of ours awaits its answer."""
        return bool(self._sessions or self._orphans)

    # What the user asks for.

    def invite(self, spec: InviteSpec, listener: SessionListener) -> UacSession:
        """Begin a session: the INVITE leaves at once.

        Raises MalformedMessageError for a bad URI in `spec`, InvalidError for a line break.
        """
        session = self.prepare(spec, listener)
        session.send()
        return session

    def prepare(self, spec: InviteSpec, listener: SessionListener) -> UacSession:
        """Build a session's INVITE without sending it; `session.send()` does.

        So the journal can hold `session.snapshot()` before anything leaves. A session that shall
        not be sent must be ended.
        """
        session = UacSession(self, spec)
        if self._large_requests is not None and spec.peer.flow == 0:
            size_bytes = len(bytes(session.invite)) + (_PROOF_BYTES if spec.credentials else 0)
            way = self._large_requests.way(spec.peer, size_bytes)
            if way != spec.peer:
                session = UacSession(self, replace(spec, peer=way, fallback=spec.peer))
        session.listener = listener
        self._add(session)
        self.counters["sessions_started"] += 1
        return session

    def end_orphan(self, snapshot: SessionSnapshot, now: float) -> None:
        """End a session that a killed node left, from its snapshot: CANCEL, BYE or 503.

        Raises MalformedMessageError when the snapshot can't be used.
        """
        self._depth += 1
        self._now = now
        try:
            self._orphans.end(snapshot)
        finally:
            self._depth -= 1
        self.commanded()

    # What the adapter brings (SipCore).

    def receive(self, data: bytes, peer: Peer, now: float) -> None:
        """Take one message from the wire."""
        self._depth += 1
        self._now = now
        try:
            if self.traffic is not None:
                self.traffic.heard(data, peer, now)
            self._receive(data, peer, now)
        finally:
            self._depth -= 1

    def handle_timer(self, now: float) -> None:
        """Do what is due."""
        self._depth += 1
        self._now = now
        try:
            self.transactions.handle_timers(now)
            if self.registrar is not None:
                self.registrar.handle_timer(now)
        finally:
            self._depth -= 1

    def next_timer(self) -> float | None:
        """Return when `handle_timer` has something to do."""
        due = self.transactions.next_timer()
        expiry = None if self.registrar is None else self.registrar.next_timer()
        if due is None or expiry is None:
            return expiry if due is None else due
        return min(due, expiry)

    def take_transmissions(self) -> list[tuple[Peer, bytes]]:
        """Return what is to be sent, in order, and forget it."""
        sent = self.transactions.take_transmissions()
        for peer, data in sent:
            self.trace.sent(data, peer, self.now)
        return sent

    def transport_failed(self, peer: Peer, now: float) -> None:
        """Take note that nothing reaches `peer`."""
        self._lost(peer, now, self.transactions.transport_failed)

    def connection_lost(self, peer: Peer, now: float) -> None:
        """Take note that a connection to `peer` has closed; others may be opened."""
        self._lost(peer, now, self.transactions.connection_lost)

    def _lost(self, peer: Peer, now: float, tell: Callable[[Peer, float], None]) -> None:
        self._depth += 1
        self._now = now
        try:
            tell(peer, now)
            if self.registrar is not None:
                self.registrar.transport_failed(peer)
            if self.traffic is not None:
                self.traffic.lost(peer)
        finally:
            self._depth -= 1

    def refuses(self, peer: Peer, now: float) -> bool:
        """Whether nothing that `peer` sends is looked at."""
        return self.admission.refuses(peer, now)

    def nonsense_received(self, peer: Peer, now: float) -> None:
        """Take note of a connection that brought no SIP."""
        self.admission.nonsense(peer, now)

    def came_for_nothing(self, peer: Peer, now: float) -> None:
        """Take note of a stranger's connection that brought nothing; it costs a handshake."""
        if not self.knows(peer):
            self.admission.defence.bans.came_for_nothing(peer, now)

    def observe_delay(self, delay_s: float, now: float) -> None:
        """Take note of how long something has waited to be handled."""
        self.admission.defence.overload.observe(delay_s, now)

    def knows(self, peer: Peer) -> bool:
        """Whether `peer` belongs to a trunk, or is where a telephone has registered."""
        return self.admission.knows(peer)

    def is_registered_at(self, peer: Peer) -> bool:
        """Whether a telephone is registered at `peer`."""
        return self.registrar is not None and self.registrar.user_at(peer) is not None

    def _receive(self, data: bytes, peer: Peer, now: float) -> None:
        message = self.admission.admit(data, peer, now)
        if message is None:
            return
        try:
            if not (isinstance(message, Request) and self._answered_at_once(message, peer)):
                self.transactions.receive(message, peer, now)
        except MalformedMessageError:
            # A header that only now was looked at, in an ACK or a stray: nobody waits for us.
            self.counters["malformed_dropped"] += 1
        # Only now: an INVITE has begun its session, and nothing is sent before this returns.
        self.trace.received(message.call_id, data, peer, now)

    # What transactions bring (TransactionUser).

    def request_received(
        self, transaction: ServerTransaction, request: Request, peer: Peer, now: float
    ) -> None:
        """Take a request that is no retransmission."""
        self._now = now
        try:
            self._dispatch(transaction, request, peer)
        except MalformedMessageError as error:
            self.counters["malformed_dropped"] += 1
            if not transaction.is_answered:
                self.respond_to(transaction, error.status)

    def ack_received(
        self,
        request: Request,
        peer: Peer,  # noqa: ARG002 - the dialog says whose it is
        now: float,
    ) -> None:
        """Take an ACK to a 2xx; one that belongs to nothing is let go."""
        self._now = now
        session = self._sessions.get((request.call_id, request.to.tag or ""))
        if session is not None and session.dialog_of(request.from_.tag or "") is not None:
            session.ack_received(request)

    def cancel_received(
        self, invite: InviteServerTransaction, cancel: ServerTransaction, now: float
    ) -> None:
        """Answer the CANCEL; the INVITE it names is the session's affair."""
        self._now = now
        session = self._session_of(invite)
        to_tag = None if session is None else session.local_tag
        self.respond(cancel, response_to(cancel.request, 200, to_tag=to_tag))
        if session is not None:
            session.invite_cancelled(invite, cancel.request)

    def server_failed(
        self, transaction: ServerTransaction, reason: ServerFailureReason, now: float
    ) -> None:
        """An answer of ours was not delivered."""
        self._now = now
        session = self._session_of(transaction)
        if isinstance(session, UasSession) and reason == "transport":
            session.invite_failed(transaction)

    def response_received(
        self, transaction: ClientTransaction, response: Response, now: float
    ) -> None:
        """Hand a response to the exchange it belongs to."""
        self._now = now
        exchange = transaction.context
        if not isinstance(exchange, Exchange):
            return
        try:
            exchange.response_received(response)
        except MalformedMessageError:
            self.counters["malformed_dropped"] += 1
            if response.status >= 200:
                exchange.lost(500)

    def client_failed(
        self, transaction: ClientTransaction, reason: FailureReason, now: float
    ) -> None:
        """Tell the exchange that no answer will come."""
        self._now = now
        if self._large_requests is not None:
            self._large_requests.failed(transaction.peer)
        exchange = transaction.context
        if isinstance(exchange, Exchange):
            exchange.lost(_FAILURE_STATUS[reason])

    def stray_response(self, response: Response, peer: Peer, now: float) -> None:
        """A 2xx to an INVITE nobody remembers is acknowledged, then ended; the rest is let go."""
        self._now = now
        if response.cseq.method != "INVITE" or response.status < 200:
            return
        if (response.call_id, response.from_.tag or "") in self._sessions:
            # A repetition after the INVITE's transaction has ended: the session has it already.
            return
        if not self.knows(peer):
            self.sources.drop("response")
            return
        self._orphans.response_received(response, peer)

    # What sessions need (SessionHost).

    @property
    def now(self) -> float:
        """The time of the input being handled, else the clock's."""
        return self._now if self._depth else self._clock()

    def new_tag(self) -> str:
        """Return a new tag (64 random bits; RFC 3261 §19.3 asks for 32)."""
        return f"{self.rng.getrandbits(64):016x}"

    def new_call_id(self) -> str:
        """Return a Call-ID for a session that we begin; it names no host."""
        return self._mark.new()

    def via(self, peer: Peer) -> str:
        """Return a Via value with a new branch (§8.1.1.7) that asks for rport (RFC 3581)."""
        host, port = self._own_address(peer)
        return (
            f"SIP/2.0/{peer.transport.upper()} {bracketed(host)}:{port}"
            f";branch=z9hG4bK{self._mark.new()};rport"
        )

    def contact(self, user: str, peer: Peer) -> str:
        """Return our Contact value towards `peer`."""
        host, port = self._own_address(peer)
        uri = str(URI("sip", bracketed(host), user or None, port=port))
        return f"<{uri}>" if peer.transport == "udp" else f"<{uri};transport={peer.transport}>"

    def request(self, request: Request, peer: Peer, exchange: Exchange) -> ClientTransaction:
        """Send a request in a transaction of its own."""
        return self.transactions.request(request, peer, self.now, context=exchange)

    def transmit(self, request: Request, peer: Peer) -> None:
        """Send a request outside any transaction."""
        self.transactions.send(request, peer)

    def respond(self, transaction: ServerTransaction, response: Response) -> None:
        """Answer a request. A transaction that failed in the meantime takes no answer."""
        try:
            self.transactions.respond(transaction, response, self.now)
        except SipStateError:
            self.counters["answers_too_late"] += 1

    def respond_to(
        self,
        transaction: ServerTransaction,
        status: int,
        *headers: tuple[str, HeaderValue],
    ) -> None:
        """Answer a request with `status` and `headers`."""
        self.respond(transaction, response_to(transaction.request, status, headers=headers))

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call back after `delay_s`."""

        def due(now: float) -> None:
            self._now = now
            callback()

        return self.transactions.timers.set(self.now + delay_s, due)

    def commanded(self) -> None:
        """Have the adapter send what a command queued, unless it is about to anyway."""
        if self._depth == 0:
            self._user.transmissions_ready()

    def session_ended(self, session: Session) -> None:
        """Count the session out."""
        self._live -= 1
        if isinstance(session, UasSession):
            self.admission.session_ended(session.source)
        _log.debug("session ended", extra={"session": session.id})

    def forget(self, session: Session) -> None:
        """Drop a session for which nothing more can arrive."""
        if self._sessions.pop((session.call_id, session.local_tag), None) is not None:
            self.admission.talk_ended(session.peer.host)
        self.trace.session_over(session.call_id)

    def listener_failed(self) -> None:
        """Count a listener that raised."""
        self.counters["listener_failures"] += 1

    # Requests, sorted out.

    def _answered_at_once(self, request: Request, peer: Peer) -> bool:
        """Answer a request that changes nothing, and keep nothing of it (RFC 3261 §8.2.7).

        A carrier may ask for signs of life as often as it likes, and anybody may in its name: were
        each kept for 64*T1, a flood would fill the memory. Repeated, it gets the same answer.
        """
        if (
            request.method in {"INVITE", "ACK"}
            or (request.method == "CANCEL" and self.transactions.has_invite_of(request))
            or (request.method == "REGISTER" and self.registrar is not None)
            or (request.call_id, request.to.tag or "") in self._sessions
            or self.transactions.knows(request)
        ):
            return False
        try:
            status, headers = self._fault_of(request) or self._answer_outside(request)
        except MalformedMessageError as error:
            self.counters["malformed_dropped"] += 1
            status, headers = error.status, ()
        mark_source(request, peer)
        answer = response_to(request, status, headers=headers)
        self.transactions.counters["requests_received"] += 1
        self.transactions.respond_once(request, answer, peer)
        return True

    def _answer_outside(self, request: Request) -> Answer:
        """Return how to answer a request that belongs to no session and begins nothing."""
        if request.to.tag is not None:
            return 481, ()
        if self._mark.is_on(request):
            self.counters["loops_refused"] += 1
            return 482, ()
        if request.method == "OPTIONS":
            return 200, capabilities()
        # Outside a session nobody may have us call anybody (RFC 3515 §5.1).
        return (403 if request.method == "REFER" else 481), ()

    def _dispatch(self, transaction: ServerTransaction, request: Request, peer: Peer) -> None:
        tag = request.to.tag
        if self._orphans.request_received(transaction):
            return
        fault = self._fault_of(request)
        if fault is not None:
            self.respond_to(transaction, fault[0], *fault[1])
            return
        if tag is not None:
            session = self._sessions.get((request.call_id, tag))
            if session is None:
                self.respond_to(transaction, 481)
            else:
                session.request_received(transaction, request, peer)
            return
        if self.transactions.is_merged(transaction):
            self.respond_to(transaction, 482)
        elif self._mark.is_on(request):
            self.counters["loops_refused"] += 1
            self.respond_to(transaction, 482)
        elif request.method == "REGISTER" and self.registrar is not None:
            proven = self.admission.proven_user
            response = self.registrar.register(request, peer, self.now, proven=proven)
            self.respond(transaction, response)
        else:
            self._invited(transaction, request, peer)

    def _fault_of(self, request: Request) -> Answer | None:
        return fault_of(request, registers=self.registrar is not None)

    def _invited(self, transaction: ServerTransaction, request: Request, peer: Peer) -> None:
        source = self.admission.identify(peer)
        if source is None:
            self.respond_to(transaction, 403)
            return
        fault = invite_fault_of(request, self.session_timers)
        if fault is not None:
            self.respond_to(transaction, fault[0], *fault[1])
            return
        if not self.admission.session_began(source):
            self.respond_to(transaction, 503, ("Retry-After", _BUSY_RETRY_S))
            return
        session = UasSession(self, transaction, source, same_flow=isinstance(source, PhoneSource))
        self._add(session)
        self.counters["sessions_offered"] += 1
        transaction.context = session
        status = 503
        try:
            session.listener = self._user.session_offered(session, self.now)
        except Exception:  # noqa: BLE001
            # One call's fault must not leave its caller ringing nowhere; counted and refused.
            self.listener_failed()
            _log.exception("offered session failed", extra={"session": session.id})
            status = 500
        if session.listener is None and session.state is not SessionState.ENDED:
            session.reject(status)

    def _session_of(self, transaction: ServerTransaction) -> Session | None:
        """Return the session an INVITE of the far end belongs to."""
        if isinstance(transaction.context, Session):
            return transaction.context
        request = transaction.request
        return self._sessions.get((request.call_id, request.to.tag or ""))

    def _add(self, session: Session) -> None:
        self._sessions[session.call_id, session.local_tag] = session
        self.admission.talk_began(session.peer.host)
        self.trace.session_begun(session.call_id)
        self._live += 1
